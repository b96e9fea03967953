//! The photo under the accessories: upright, square, pixels alone. Where and when it was taken does not get this far.

use std::path::PathBuf;
use std::sync::Arc;

use stoa_media::{PORTRAIT, Pixels};

use crate::api::{Code, Crop, PersonaBase, PersonaPhoto};
use crate::error::{Error, Result, bad};
use crate::files;
use crate::stoa::Stoa;

use super::pack;

/// Photos kept besides the recipe's own, the newest: those that undoing may come back to.
const KEPT: usize = 16;
/// The built-in figure's name in the wardrobe.
const FIGURE: &str = "figure";

pub async fn photo(stoa: &Stoa, PersonaPhoto { path, crop }: PersonaPhoto) -> Result<PersonaBase> {
    if crop.is_some_and(|crop| !fits(crop)) {
        return bad(Code::BadRequest, "the crop lies in the picture: x and y are 0 to 1, its side 0.05 to 1");
    }
    let crop = crop.map(|Crop { x, y, side }| stoa_media::Crop { x, y, side });
    let pixels = Arc::new(stoa.media.portrait(files::read(&path).await?, crop).await?);
    let id = blake3::hash(&pixels.rgba).to_hex().to_string();
    let png = {
        let pixels = pixels.clone();
        super::work(move || Ok(stoa_media::encode_png(&pixels)?)).await?
    };
    let folder = folder(stoa);
    tokio::fs::create_dir_all(&folder).await?;
    let part = folder.join(format!("{id}.part"));
    tokio::fs::write(&part, png).await?;
    tokio::fs::rename(&part, file(stoa, &id)).await?;
    forget_unused(stoa).await;
    stoa.wardrobe.keep_photo(id.clone(), pixels);
    Ok(PersonaBase { photo: id })
}

fn fits(Crop { x, y, side }: Crop) -> bool {
    let within = |number: f32, low: f32| number.is_finite() && (low..=1.0).contains(&number);
    within(x, 0.0) && within(y, 0.0) && within(side, 0.05)
}

fn folder(stoa: &Stoa) -> PathBuf {
    stoa.home.join("persona")
}

fn file(stoa: &Stoa, id: &str) -> PathBuf {
    folder(stoa).join(format!("{id}.png"))
}

/// The photo, or the built-in figure.
///
/// # Errors
/// `not_found` for a photo that is not here.
pub async fn base(stoa: &Stoa, photo: Option<&str>) -> Result<Arc<Pixels>> {
    let id = photo.unwrap_or(FIGURE);
    if let Some(pixels) = stoa.wardrobe.photo(id) {
        return Ok(pixels);
    }
    let pixels = match photo {
        None => stoa.media.vector(pack::figure().as_bytes().to_vec(), PORTRAIT).await?,
        // an id becomes a path only when it is one
        Some(id) if id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            let gone = |_| Error::new(Code::NotFound, "the photo is not kept any more; choose it again");
            let bytes = tokio::fs::read(file(stoa, id)).await.map_err(gone)?;
            stoa.media.pixels(bytes, PORTRAIT).await?
        }
        Some(_) => return bad(Code::NotFound, "no such photo"),
    };
    let pixels = Arc::new(pixels);
    stoa.wardrobe.keep_photo(id.to_owned(), pixels.clone());
    Ok(pixels)
}

/// Removes all but the recipe's photo and the newest few.
pub async fn forget_unused(stoa: &Stoa) {
    let used = stoa.db.read(super::kept_recipe).await.ok().flatten().and_then(|recipe| recipe.photo);
    let folder = folder(stoa);
    let work = move || {
        let Ok(listed) = std::fs::read_dir(&folder) else { return };
        let mut files: Vec<_> = listed
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .filter(|(_, path)| path.file_stem().and_then(|stem| stem.to_str()) != used.as_deref())
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(KEPT);
        for (_, path) in files.into_iter().take(surplus) {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(%error, "an old photo was not removed");
            }
        }
    };
    let _ = tokio::task::spawn_blocking(work).await;
}
