//! One picture made of a photo and accessories: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;
use specta_typescript::Number;

use crate::time::Time;

/// Shows the own persona, or a contact's as it is known here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PersonaShow {
    pub contact: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Persona {
    /// The owner's public key, hex.
    pub person: String,
    /// 0: none was ever published, or none is known here.
    pub version: u32,
    pub time: Time,
    pub picture: Option<PersonaPicture>,
    /// How it was made. The owner's alone.
    pub recipe: Option<Recipe>,
}

/// The published picture, for `media.get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PersonaPicture {
    /// 96 px square.
    pub small: String,
    /// 512 px square; `small` until it is here.
    pub large: String,
}

/// How a persona is made. Lengths and places are fractions of the picture's side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Recipe {
    /// The photo by the id that `persona.photo` named; the built-in figure without one.
    pub photo: Option<String>,
    pub face: Face,
    /// From below to above; at most one of each slot.
    pub worn: Vec<Worn>,
}

/// Where the face is: a hint that accessories are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Face {
    /// The centre.
    #[specta(type = Number)]
    pub x: f32,
    #[specta(type = Number)]
    pub y: f32,
    /// With ears; a face is 1.35 as high as it is wide.
    #[specta(type = Number)]
    pub width: f32,
}

impl Default for Face {
    /// The typical portrait, and the built-in figure's.
    fn default() -> Self {
        Self { x: 0.5, y: 0.42, width: 0.30 }
    }
}

/// An accessory, and how it differs from where its slot puts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Worn {
    /// `pack/item`.
    pub item: String,
    /// Moved by so much of the picture's side, right and down; -1 to 1.
    #[specta(type = Number)]
    pub x: f32,
    #[specta(type = Number)]
    pub y: f32,
    /// Degrees clockwise, -180 to 180.
    #[specta(type = Number)]
    pub tilt: f32,
    /// 0.2 to 5 of the size that the slot gives.
    #[specta(type = Number)]
    pub scale: f32,
}

/// The accessories there are: the built-in pack, then those of trusted catalogs.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PersonaAccessories {}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Accessories {
    /// In the order of the default stacking, from below.
    pub slots: Vec<Slot>,
    pub items: Vec<Accessory>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Slot {
    /// `hat`, `hair`, `glasses`, `beard`, `scarf`, `coat`, `badge`, `frame`.
    pub slot: String,
    pub measured: Measured,
    /// Where the anchors of its items lie.
    #[specta(type = Number)]
    pub x: f32,
    #[specta(type = Number)]
    pub y: f32,
}

/// What a slot's places and its items' widths are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Face widths from the face's centre, x right and y down.
    Face,
    /// Fractions of the picture's side.
    Picture,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Accessory {
    /// `pack/item`.
    pub item: String,
    pub slot: String,
    /// By BCP 47 tag; `en` is always there.
    pub names: std::collections::BTreeMap<String, String>,
    /// The catalog's name; empty for the built-in pack.
    pub pack: String,
    /// A picture of it alone, for `media.get`.
    pub id: String,
    /// The point of that picture that lies at its slot's place, in fractions of its width and height.
    #[specta(type = [Number; 2])]
    pub anchor: [f32; 2],
    /// As its slot is measured.
    #[specta(type = Number)]
    pub width: f32,
}

/// Reads a photo: upright, cropped to a square, scaled to 1,024 px, without where and when it was taken.
///
/// Errors: `file_unreadable`, `picture_unreadable`, `too_large`; `bad_request` for a crop out of the picture.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PersonaPhoto {
    /// An absolute path on the machine of the node.
    pub path: String,
    pub crop: Option<Crop>,
}

/// A square of the upright picture, in fractions: its left and top (0 to 1) of width and height, its side (0.05 to 1) of the shorter
/// side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Crop {
    #[specta(type = Number)]
    pub x: f32,
    #[specta(type = Number)]
    pub y: f32,
    #[specta(type = Number)]
    pub side: f32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PersonaBase {
    /// For `Recipe::photo`.
    pub photo: String,
}

/// Draws a recipe: the very pixels that `persona.set` would publish at this side. Nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PersonaPreview {
    pub recipe: Recipe,
    /// 96, 512 or 1,024 px.
    pub side: u32,
}

/// Composes the recipe at 1,024 px, publishes it at 512 and 96 px and keeps the recipe.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PersonaSet {
    pub recipe: Recipe,
}

/// Takes the persona back: contacts show the initial again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PersonaClear {}

/// Writes the composed picture of 1,024 px, WebP or PNG by the ending.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PersonaExport {
    /// An absolute path on the machine of the node; not overwritten.
    pub path: String,
}
