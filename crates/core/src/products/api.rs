//! Product cards: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::time::Time;

/// Draws the card of a link that a rule recognises, or of a product code of a trusted catalog.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CardShow {
    pub link: String,
    pub theme: Theme,
    /// BCP 47, e.g. `en` or `zh-Hans`.
    pub locale: String,
    /// 1 or 2.
    pub scale: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    Light,
    Dark,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Card {
    /// `media.get` id of the drawn card.
    pub picture: String,
    /// In CSS pixels, whatever the scale.
    pub width: u32,
    pub height: u32,
    /// For screen readers and for copying: name and price.
    pub title: String,
    pub price: String,
    pub catalog: String,
    pub as_of: Time,
    /// Drawn from the cache because the catalog did not answer.
    pub offline: bool,
}

/// Which rule recognises the text, without contacting anybody.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct RulesTest {
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct RuleMatch {
    pub link: String,
    pub rule: String,
    pub code: String,
    pub catalog: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct CatalogList {}

/// Trusts the catalog at this http(s) origin: fetches its name, key and rules and shows what was trusted.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CatalogTrust {
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CatalogForget {
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Catalog {
    pub url: String,
    pub name: String,
    /// The key its answers are signed with, hex.
    pub key: String,
    /// Hosts whose links it may answer for.
    pub hosts: Vec<String>,
}
