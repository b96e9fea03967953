//! What a card is drawn from, and its limits.

use crate::Error;

/// A product as the renderer needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardData {
    /// At most 300 characters, like every other text but `description` (4000).
    pub name: String,
    pub description: Option<String>,
    pub brand: Option<String>,
    pub price: Option<Price>,
    pub availability: Availability,
    /// Pieces left.
    pub quantity: Option<u32>,
    pub seller: String,
    /// Badge ids; one without a picture is left out, and so are all after the fourth.
    pub badges: Vec<String>,
    /// The photo is shown whole instead of cut to its frame.
    pub photo_whole: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Cents for EUR, yen for JPY.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    InStock,
    Limited,
    PreOrder,
    BackOrder,
    OutOfStock,
    SoldOut,
    Discontinued,
}

impl Availability {
    /// Nothing to be had: the card is drawn faded.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::OutOfStock | Self::SoldOut | Self::Discontinued)
    }
}

/// A decoded picture for a slot of the layout: straight RGBA, at most 2048 px on a side.
#[derive(Clone, Debug)]
pub struct Image {
    pub slot: String,
    pub rgba: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    Light,
    Dark,
}

/// How the reader looks at it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// BCP 47; words and numbers for the languages of `cldr.tsv`, English otherwise.
    pub locale: &'a str,
    pub theme: Theme,
    /// Device pixels per CSS pixel, 1 to 3.
    pub scale: u32,
}

const IMAGE_SIDE: u32 = 2048;

pub(crate) fn check(data: &CardData, images: &[Image], view: &View<'_>) -> Result<(), Error> {
    let refuse = |what: &str| Err(Error::Data(what.to_owned()));
    let short = |text: &str, cap: usize| text.chars().count() <= cap;
    let brand = data.brand.as_deref().unwrap_or_default();
    if !short(&data.name, 300) || !short(&data.seller, 300) || !short(brand, 300) {
        return refuse("a text of more than 300 characters");
    }
    if !short(data.description.as_deref().unwrap_or_default(), 4000) {
        return refuse("a description of more than 4000 characters");
    }
    if data.badges.len() > 8 || data.badges.iter().any(|badge| badge.len() > 64) {
        return refuse("more than 8 badges, or a badge id of more than 64 bytes");
    }
    if images.len() > 16 || view.locale.len() > 64 || !(1..=3).contains(&view.scale) {
        return refuse("at most 16 pictures, a locale of 64 bytes, a scale of 1 to 3");
    }
    for image in images {
        let bytes = image.width as usize * image.height as usize * 4;
        if !(1..=IMAGE_SIDE).contains(&image.width) || !(1..=IMAGE_SIDE).contains(&image.height) || image.rgba.len() != bytes {
            return refuse("a picture whose size is not what it says, or more than 2048 px on a side");
        }
    }
    Ok(())
}
