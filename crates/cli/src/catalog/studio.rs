//! What the catalog's server is given: the linter and the renderer of `stoa-layouts`, pictures decoded in the media child.

use std::path::PathBuf;
use std::sync::Arc;

use stoa_catalog::server::{Card, Studio};
use stoa_catalog::{Availability as From, ImageStyle, Product};
use stoa_layouts::{Availability as To, CardData, Image, Layout, Price, Theme, View};
use stoa_media::Media;
use tokio::runtime::Handle;

/// The longer side of a stored picture, px.
const PICTURE_SIDE: u32 = 1600;
/// The longer sides of what a card shows, px.
const PHOTO_SIDE: u32 = 720;
const LOGO_SIDE: u32 = 160;
const BADGE_SIDE: u32 = 96;

/// The media child is this program.
pub fn media() -> Media {
    Media::new(PathBuf::from("/proc/self/exe"))
}

/// As WebP of at most 1600 pixels a side, upright, without metadata; why not, in a sentence.
pub async fn picture(media: &Media, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    media.scaled(bytes, PICTURE_SIDE).await.map(|picture| picture.webp).map_err(|error| error.to_string())
}

pub fn lint(layout: &[u8]) -> Result<(), String> {
    Layout::parse(layout).map(drop).map_err(|error| error.to_string())
}

/// Its functions block; they belong to the runtime this is called on.
pub fn build() -> Studio {
    let (media, runtime) = (media(), Handle::current());
    let (of_card, on) = (media.clone(), runtime.clone());
    Studio {
        lint: Arc::new(lint),
        picture: Arc::new(move |bytes| runtime.block_on(picture(&media, bytes.to_vec()))),
        card: Arc::new(move |card| on.block_on(draw(&of_card, card))),
    }
}

async fn draw(media: &Media, card: &Card) -> Result<Vec<u8>, String> {
    let layout = Layout::parse(&card.layout).map_err(|error| error.to_string())?;
    let (photo, logo) = (("photo".to_owned(), &card.photo, PHOTO_SIDE), ("logo".to_owned(), &card.logo, LOGO_SIDE));
    let badges = card.badges.iter().map(|(id, bytes)| (format!("badge-{id}"), bytes, BADGE_SIDE));
    let single = [photo, logo].into_iter().filter_map(|(slot, bytes, side)| Some((slot, bytes.as_ref()?, side)));
    let mut images = Vec::new();
    for (slot, bytes, side) in single.chain(badges) {
        // A picture that is not readable leaves its place empty, as on a reader's machine.
        if let Ok(pixels) = media.pixels(bytes.clone(), side).await {
            images.push(Image { slot, rgba: pixels.rgba, width: pixels.width, height: pixels.height });
        }
    }
    let (data, locale, scale) = (data(&card.product), card.locale.clone(), u32::from(card.scale));
    let theme = if card.dark { Theme::Dark } else { Theme::Light };
    let drawn = tokio::task::spawn_blocking(move || {
        let drawn = stoa_layouts::render(&layout, &data, &images, &View { locale: &locale, theme, scale });
        let drawn = drawn.map_err(|error| error.to_string())?;
        let pixels = stoa_media::Pixels { rgba: drawn.rgba, width: drawn.width, height: drawn.height };
        stoa_media::encode_webp(&pixels).map_err(|error| error.to_string())
    });
    drawn.await.map_err(|_| "the layout cannot be drawn".to_owned())?
}

fn data(product: &Product) -> CardData {
    CardData {
        name: product.name.clone(),
        description: product.description.clone(),
        brand: product.brand.clone(),
        price: product.price.as_ref().map(|price| Price { minor: price.minor, currency: price.currency.clone() }),
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
        photo_whole: product.image_style == ImageStyle::Contain,
    }
}
