//! From a recipe to pixels: the one road for the preview, the published pictures and the export.

use std::sync::Arc;
use std::time::Duration;

use stoa_media::{Layer, PORTRAIT, Pixels};

use crate::api::Recipe;
use crate::error::Result;
use crate::stoa::Stoa;

use super::packs::Found;
use super::recipe::{Place, check, one_of_each, place};
use super::{packs, photo, slots, wardrobe};

/// Pixels are let go of when nothing was composed for so long.
const REST: Duration = Duration::from_secs(60);

/// The recipe at [`PORTRAIT`] px.
///
/// # Errors
/// `bad_request`, `not_found`.
pub async fn composed(stoa: &Stoa, recipe: &Recipe) -> Result<Arc<Pixels>> {
    check(recipe)?;
    let base = photo::base(stoa, recipe.photo.as_deref()).await?;
    let packs = packs::all(stoa).await?;
    let mut worn = Vec::with_capacity(recipe.worn.len());
    for one in &recipe.worn {
        worn.push((one, packs.find(&one.item)?));
    }
    one_of_each(worn.iter().map(|(_, found)| found.item))?;
    let mut layers = Vec::with_capacity(worn.len());
    for (one, found) in &worn {
        let Some(rule) = slots::rule(&found.item.slot) else { continue };
        let rough = place(rule, found.item, recipe.face, one, 1.0);
        let pixels = drawn(stoa, found, rough.width).await?;
        let aspect = pixels.height as f32 / pixels.width.max(1) as f32;
        layers.push(layer(pixels, place(rule, found.item, recipe.face, one, aspect)));
    }
    if stoa.wardrobe.wakes() {
        let resting = stoa.clone();
        stoa.spawn(async move {
            loop {
                let used = resting.wardrobe.used();
                tokio::time::sleep(REST).await;
                if resting.wardrobe.rest(used) {
                    break;
                }
            }
        });
    }
    let wardrobe = stoa.clone();
    super::work(move || Ok(Arc::new(wardrobe.wardrobe.compose(&base, layers)))).await
}

/// A composed picture at another side.
pub fn at(composed: &Arc<Pixels>, side: u32) -> Arc<Pixels> {
    if side == composed.width { composed.clone() } else { Arc::new(stoa_media::shrink(composed, side)) }
}

fn layer(pixels: Arc<Pixels>, Place { x, y, width, tilt }: Place) -> Layer {
    let side = PORTRAIT as f32;
    Layer { pixels, x: x * side, y: y * side, width: width * side, tilt }
}

/// The drawing at the size it is needed in, or the next greater one. `width`: a fraction of the picture's side.
async fn drawn(stoa: &Stoa, found: &Found<'_>, width: f32) -> Result<Arc<Pixels>> {
    let longest = wardrobe::step(width * PORTRAIT as f32);
    let key = (found.key, longest);
    if let Some(pixels) = stoa.wardrobe.drawing(&key) {
        return Ok(pixels);
    }
    let pixels = Arc::new(stoa.media.vector(found.item.svg.clone().into_bytes(), longest).await?);
    stoa.wardrobe.keep_drawing(key, pixels.clone());
    Ok(pixels)
}
