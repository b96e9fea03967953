//! Drawing: pictures and layout from the cache or the catalog, the card by stoa-layouts, kept by all that went into it.

use std::path::PathBuf;
use std::time::Duration;

use stoa_catalog::Hash;
use stoa_layouts::{CardData, Image, Layout, View};
use tokio::io::AsyncReadExt;

use crate::api::{Card, CardShow, Theme};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;

use super::refresh::Known;

/// The longer side of a product's photo on a card, px.
const PHOTO_SIDE: u32 = 720;
/// Drawing that takes longer is given up.
const DEADLINE: Duration = Duration::from_secs(3);

pub async fn draw(stoa: &Stoa, known: &Known, show: &CardShow) -> Result<Card> {
    let layout = layout(stoa, known).await;
    let photo = photo(stoa, known).await;
    let with_photo = key(known, &layout, photo.is_some(), show);
    let (key, (width, height)) = match kept_size(&path(stoa, &with_photo)).await {
        Some(size) => (with_photo, size),
        None => {
            // decoded only now: a kept card costs no picture
            let pixels = pixels(stoa, photo).await;
            let key = key(known, &layout, pixels.is_some(), show);
            let size = drawn_anew(known, &layout, pixels, show, &path(stoa, &key)).await?;
            (key, size)
        }
    };
    let product = &known.product;
    Ok(Card {
        picture: format!("card/{key}"),
        width,
        height,
        title: product.name.clone(),
        price: price(known).map(|price| stoa_layouts::price_text(&price, &show.locale)).unwrap_or_default(),
        catalog: known.catalog.clone(),
        as_of: Time(product.as_of),
        offline: known.offline,
    })
}

/// The bytes of a drawn card.
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

/// Same product, layout, locale, theme and scale: same card.
fn key(known: &Known, layout: &[u8], photo: bool, show: &CardShow) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("stoa card v2");
    for part in [known.signed.as_slice(), layout, show.locale.as_bytes(), &[show.scale as u8, show.theme as u8, u8::from(photo)]]
    {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    hasher.finalize().to_hex().to_string()
}

/// Width and height in CSS pixels stand before the picture's bytes.
async fn kept_size(path: &std::path::Path) -> Option<(u32, u32)> {
    let mut file = tokio::fs::File::open(path).await.ok()?;
    Some((file.read_u32().await.ok()?, file.read_u32().await.ok()?))
}

async fn drawn_anew(
    known: &Known,
    layout: &[u8],
    photo: Option<stoa_media::Pixels>,
    show: &CardShow,
    path: &std::path::Path,
) -> Result<(u32, u32)> {
    let (layout, data) = (layout.to_vec(), data(known));
    let (locale, scale) = (show.locale.clone(), show.scale);
    let theme = match show.theme {
        Theme::Light => stoa_layouts::Theme::Light,
        Theme::Dark => stoa_layouts::Theme::Dark,
    };
    let work = tokio::task::spawn_blocking(move || {
        let layout = Layout::parse(&layout)?;
        let image = |photo: stoa_media::Pixels| Image {
            slot: "photo".into(),
            rgba: photo.rgba,
            width: photo.width,
            height: photo.height,
        };
        let images: Vec<Image> = photo.map(image).into_iter().collect();
        stoa_layouts::render(&layout, &data, &images, &View { locale: &locale, theme, scale })
    });
    let drawn = tokio::time::timeout(DEADLINE, work).await;
    let Ok(Ok(drawn)) = drawn else { return bad(Code::CatalogInvalid, "the layout takes too long to draw") };
    let drawn = drawn.map_err(|error| Error::new(Code::CatalogInvalid, error.to_string()))?;
    let (width, height) = (drawn.width / scale, drawn.height / scale);
    let webp = stoa_media::encode_webp(&stoa_media::Pixels { rgba: drawn.rgba, width: drawn.width, height: drawn.height })?;
    let file = [&width.to_be_bytes(), &height.to_be_bytes(), webp.as_slice()].concat();
    crate::cache::keep(path, &file).await;
    Ok((width, height))
}

fn data(known: &Known) -> CardData {
    use stoa_catalog::Availability as From;
    use stoa_layouts::Availability as To;
    let product = &known.product;
    CardData {
        name: product.name.clone(),
        description: product.description.clone(),
        brand: product.brand.clone(),
        price: price(known),
        availability: match product.availability {
            From::InStock => To::InStock,
            From::LimitedAvailability => To::Limited,
            From::PreOrder => To::PreOrder,
            From::BackOrder => To::BackOrder,
            From::OutOfStock => To::OutOfStock,
            From::SoldOut => To::SoldOut,
            From::Discontinued => To::Discontinued,
        },
        quantity: product.quantity,
        seller: product.seller.name.clone(),
        badges: product.seller.badges.clone(),
    }
}

fn price(known: &Known) -> Option<stoa_layouts::Price> {
    let price = known.product.price.as_ref()?;
    Some(stoa_layouts::Price { minor: price.minor, currency: price.currency.clone() })
}

/// The catalog's layout; a built-in one of that name, or the plainest, when it cannot be had.
async fn layout(stoa: &Stoa, known: &Known) -> Vec<u8> {
    let wanted = &known.product.layout;
    if let Some(hash) = known.manifest.layouts.get(wanted) {
        match blob(stoa, known, hash).await {
            Ok(bytes) if Layout::parse(&bytes).is_ok() => return bytes,
            Ok(_) => tracing::info!(layout = wanted, "a catalog's layout was refused; a built-in one is used"),
            Err(error) => tracing::debug!(%error, layout = wanted, "a layout could not be had"),
        }
    }
    let built_in = |id: &str| stoa_layouts::BUILT_IN.iter().find(|(name, _)| *name == id).map(|(_, bytes)| bytes.to_vec());
    built_in(wanted).or_else(|| built_in("compact")).unwrap_or_default()
}

async fn photo(stoa: &Stoa, known: &Known) -> Option<Vec<u8>> {
    blob(stoa, known, known.product.image.as_ref()?).await.ok()
}

async fn pixels(stoa: &Stoa, photo: Option<Vec<u8>>) -> Option<stoa_media::Pixels> {
    match stoa.media.pixels(photo?, PHOTO_SIDE).await {
        Ok(pixels) => Some(pixels),
        Err(error) => {
            tracing::info!(%error, "a product's photo is not readable");
            None
        }
    }
}

/// A catalog's blob, from the home's cache or the catalog; its hash was checked when it came.
async fn blob(stoa: &Stoa, known: &Known, hash: &Hash) -> Result<Vec<u8>> {
    let path = stoa.home.join("catalog").join(hash.to_string());
    if let Ok(bytes) = tokio::fs::read(&path).await
        && Hash::of(&bytes) == *hash
    {
        return Ok(bytes);
    }
    let bytes = known.client.blob(hash).await?.to_vec();
    crate::cache::keep(&path, &bytes).await;
    Ok(bytes)
}
