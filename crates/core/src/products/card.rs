//! A product's card: layout and pictures by hash, decoded in the media child, drawn by stoa-layouts, kept by all that went into it.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use stoa_catalog::{Hash, Product};
use stoa_layouts::{Image, Layout};
use tokio::io::AsyncReadExt;

use crate::api::{Card, CardShow};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;

use super::input::{self, price};
use super::known::Known;
use super::render::{self, View};
use super::{blobs, peers};

/// A picture for a slot of the layout: as it came, to be decoded.
pub struct Picture {
    /// `photo`, `logo`, or `badge-` with a badge's id.
    pub slot: String,
    pub bytes: Vec<u8>,
}

/// A drawn card that is kept: its `media.get` id, and its size in CSS pixels.
pub struct Kept {
    pub id: String,
    pub width: u32,
    pub height: u32,
}

pub async fn draw(stoa: &Stoa, known: &Known, show: &CardShow) -> Result<Card> {
    let view = View::new(show.theme, &show.locale, show.scale)?;
    let (layout, pictures) = tokio::join!(layout(stoa, known), pictures(stoa, known));
    let product = &known.product;
    let kept = match drawn_as(stoa, product, &layout, &pictures, &view).await {
        // a layout that fails on this product gives way to the plainest
        Err(error) if error.code == Code::CatalogInvalid => {
            tracing::info!(%error, layout = product.layout, "a catalog's layout was refused; a built-in one is used");
            drawn_as(stoa, product, &built_in("compact").unwrap_or_default(), &pictures, &view).await?
        }
        drawn => drawn?,
    };
    Ok(Card {
        picture: kept.id,
        width: kept.width,
        height: kept.height,
        title: product.name.clone(),
        price: price_text(product, &view.locale),
        catalog: known.target.catalog.clone(),
        as_of: Time(product.as_of.max(known.checked.0)),
        offline: known.offline,
        link: product.url.clone(),
        code: product.code.clone(),
        seller: product.seller.name.clone(),
        description: product.description.clone().unwrap_or_default(),
    })
}

/// In the reader's words and digits, never converted; empty without a price.
pub fn price_text(product: &Product, locale: &str) -> String {
    price(product).map(|price| stoa_layouts::price_text(&price, locale)).unwrap_or_default()
}

/// The card of this product in this layout, drawn now or kept from before.
///
/// # Errors
/// `catalog_invalid` when the layout is refused or takes too long.
pub async fn drawn_as(stoa: &Stoa, product: &Product, layout: &[u8], pictures: &[Picture], view: &View) -> Result<Kept> {
    let slots: Vec<&str> = pictures.iter().map(|picture| picture.slot.as_str()).collect();
    let whole = key(product, layout, pictures, &slots, view)?;
    if let Some((width, height)) = kept_size(&path(stoa, &whole)).await {
        return Ok(Kept { id: format!("card/{whole}"), width, height });
    }
    // decoded only now: a kept card costs no picture
    let images: Vec<Image> =
        join_all(pictures.iter().map(|picture| decoded(stoa, picture))).await.into_iter().flatten().collect();
    let slots: Vec<&str> = images.iter().map(|image| image.slot.as_str()).collect();
    let key = key(product, layout, pictures, &slots, view)?;
    let hash = Hash::of(layout);
    if stoa.cards.is_slow(&hash) {
        return bad(Code::CatalogInvalid, "the layout takes too long to draw");
    }
    let drawn = match render::render(layout.to_vec(), input::data(product), images, view.clone()).await {
        Err(render::Failed::Slow) => {
            stoa.cards.note_slow(hash);
            return bad(Code::CatalogInvalid, "the layout takes too long to draw");
        }
        Err(render::Failed::Refused(why)) => return bad(Code::CatalogInvalid, why),
        Ok(drawn) => drawn,
    };
    let file = [&drawn.width.to_be_bytes(), &drawn.height.to_be_bytes(), drawn.png.as_slice()].concat();
    crate::cache::keep(&path(stoa, &key), &file).await;
    Ok(Kept { id: format!("card/{key}"), width: drawn.width, height: drawn.height })
}

/// The bytes of a drawn card, PNG.
pub(crate) async fn drawn(stoa: &Stoa, key: &str) -> Result<Vec<u8>> {
    if key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return bad(Code::NotFound, "no such picture");
    }
    match tokio::fs::read(path(stoa, key)).await {
        Ok(bytes) if bytes.len() > 8 => Ok(bytes[8..].to_vec()),
        _ => bad(Code::NotFound, "the card was cleared from the cache; it is drawn again when shown"),
    }
}

fn path(stoa: &Stoa, key: &str) -> PathBuf {
    stoa.home.join("cards").join(format!("{key}.card"))
}

/// Same product (its version and all), layout, pictures, locale, theme, scale and Stoa: same card.
fn key(product: &Product, layout: &[u8], pictures: &[Picture], slots: &[&str], view: &View) -> Result<String> {
    let product = serde_json::to_vec(product).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let mut hasher = blake3::Hasher::new_derive_key("stoa card v4");
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(&product);
    part(layout);
    part(view.locale.as_bytes());
    part(&[view.scale as u8, view.theme as u8]);
    for picture in pictures.iter().filter(|picture| slots.contains(&picture.slot.as_str())) {
        part(picture.slot.as_bytes());
        part(&Hash::of(&picture.bytes).0);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Width and height in CSS pixels stand before the picture's bytes.
async fn kept_size(path: &Path) -> Option<(u32, u32)> {
    let mut file = tokio::fs::File::open(path).await.ok()?;
    Some((file.read_u32().await.ok()?, file.read_u32().await.ok()?))
}

/// The catalog's layout; a built-in one of that name, or the plainest, when it cannot be had.
async fn layout(stoa: &Stoa, known: &Known) -> Vec<u8> {
    let wanted = &known.product.layout;
    if let Some(hash) = known.trusted.manifest.layouts.get(wanted) {
        match blob(stoa, known, hash).await {
            Ok(bytes) if Layout::parse(&bytes).is_ok() => return bytes,
            Ok(_) => tracing::info!(layout = wanted, "a catalog's layout was refused; a built-in one is used"),
            Err(error) => tracing::debug!(%error, layout = wanted, "a layout could not be had"),
        }
    }
    built_in(wanted).or_else(|| built_in("compact")).unwrap_or_default()
}

/// A layout that comes with Stoa.
pub fn built_in(id: &str) -> Option<Vec<u8>> {
    stoa_layouts::BUILT_IN.iter().find(|(name, _)| *name == id).map(|(_, bytes)| bytes.to_vec())
}

/// First picture, logo and badges; what cannot be had is left out.
async fn pictures(stoa: &Stoa, known: &Known) -> Vec<Picture> {
    let (product, badges) = (&known.product, &known.trusted.manifest.badges);
    let photo = product.images.first().map(|hash| ("photo".to_owned(), *hash));
    let logo = product.seller.logo.map(|hash| ("logo".to_owned(), hash));
    let badge = |id: &String| Some((format!("badge-{id}"), *badges.get(id)?));
    let wanted = photo.into_iter().chain(logo).chain(product.seller.badges.iter().filter_map(badge));
    let get = |(slot, hash): (String, Hash)| async move {
        match blob(stoa, known, &hash).await {
            Ok(bytes) => Some(Picture { slot, bytes }),
            Err(error) => {
                tracing::debug!(%error, slot, "a card's picture could not be had");
                None
            }
        }
    };
    join_all(wanted.map(get)).await.into_iter().flatten().collect()
}

/// For a card in view: contacts are asked before the catalog is.
async fn blob(stoa: &Stoa, known: &Known, hash: &Hash) -> Result<Vec<u8>> {
    if let Some(bytes) = blobs::kept(stoa, hash).await {
        return Ok(bytes);
    }
    match peers::blob(stoa, &known.target, hash).await {
        Some(bytes) => Ok(bytes),
        None => blobs::from_catalog(stoa, &known.trusted, hash).await,
    }
}

async fn decoded(stoa: &Stoa, picture: &Picture) -> Option<Image> {
    match stoa.media.pixels(picture.bytes.clone(), input::side(&picture.slot)).await {
        Ok(pixels) => Some(Image { slot: picture.slot.clone(), rgba: pixels.rgba, width: pixels.width, height: pixels.height }),
        Err(error) => {
            tracing::info!(%error, slot = picture.slot, "a card's picture is not readable");
            None
        }
    }
}
