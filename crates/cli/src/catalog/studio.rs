//! What the catalog's server is given: the linter and the renderer of `stoa-layouts`, pictures decoded in the media child.

use std::path::PathBuf;
use std::sync::Arc;

use stoa_catalog::server::{Card, Studio};
use stoa_core::card_input;
use stoa_layouts::{Image, Layout, Theme, View};
use stoa_media::Media;
use tokio::runtime::Handle;

/// The longer side of a stored picture, px.
const PICTURE_SIDE: u32 = 1600;

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
    let badges = card.badges.iter().map(|(id, bytes)| (format!("badge-{id}"), bytes));
    let single = [("photo", &card.photo), ("logo", &card.logo)];
    let single = single.into_iter().filter_map(|(slot, bytes)| Some((slot.to_owned(), bytes.as_ref()?)));
    let mut images = Vec::new();
    for (slot, bytes) in single.chain(badges) {
        // A picture that is not readable leaves its place empty, as on a reader's machine.
        if let Ok(pixels) = media.pixels(bytes.clone(), card_input::side(&slot)).await {
            images.push(Image { slot, rgba: pixels.rgba, width: pixels.width, height: pixels.height });
        }
    }
    let (data, locale, scale) = (card_input::data(&card.product), card.locale.clone(), u32::from(card.scale));
    let theme = if card.dark { Theme::Dark } else { Theme::Light };
    let drawn = tokio::task::spawn_blocking(move || {
        let drawn = stoa_layouts::render(&layout, &data, &images, &View { locale: &locale, theme, scale });
        let drawn = drawn.map_err(|error| error.to_string())?;
        let pixels = stoa_media::Pixels { rgba: drawn.rgba, width: drawn.width, height: drawn.height };
        stoa_media::encode_webp(&pixels).map_err(|error| error.to_string())
    });
    drawn.await.map_err(|_| "the layout cannot be drawn".to_owned())?
}
