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
    /// The person id of the contact who sent the link, who is asked before the catalog is.
    #[serde(default)]
    pub from: Option<String>,
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
    /// The product's page: what opens, is copied and is sent.
    pub link: String,
    /// Scoped to the catalog.
    pub code: String,
    pub seller: String,
    pub description: String,
}

/// Reads the product codes of a picture: EAN, UPC, Code 128 and 39, ITF, DataBar, QR, Data Matrix, PDF417, Aztec.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CardCodes {
    /// An absolute path on the machine of the node, at most 64 MiB.
    pub path: String,
    /// Looks longer and harder; may find what is not there.
    #[serde(default)]
    pub thorough: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PictureCode {
    /// `ean-13`, `qr-code` and so on.
    pub format: String,
    /// As the code holds it, at most 4,096 characters.
    pub text: String,
    /// What `card.show` takes: the product link in the text, or the code; none when it is neither.
    pub show: Option<String>,
}

/// A rule: a host, then a regular expression on the path or on one parameter; its first group is the product's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CardRule {
    pub id: String,
    /// `market.example`, or `.market.example` for every true subdomain.
    pub host: String,
    #[serde(default)]
    pub path: Option<String>,
    /// A parameter's name; then `value` is the expression on it.
    #[serde(default)]
    pub param: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
    /// The host's links are GS1 Digital Links; then without path and parameter.
    #[serde(default)]
    pub gs1: bool,
    /// The trusted catalog that is asked for what the rule finds.
    pub catalog: String,
    /// Made by hand, not signed by the catalog.
    #[serde(default)]
    pub by_hand: bool,
}

/// All rules, those made by hand first: they are tried first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct RulesList {}

/// Adds a rule by hand, or replaces the one of this id. A person's own rule entitles its catalog to the rule's host.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct RulesAdd {
    pub rule: CardRule,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct RulesRemove {
    pub id: String,
}

/// Looks for products by words, in Chinese by one character or more.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CatalogSearch {
    /// A trusted catalog's address.
    pub catalog: String,
    pub words: String,
    /// BCP 47, for prices.
    pub locale: String,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Hits {
    pub hits: Vec<Hit>,
    pub next: Option<String>,
}

/// A product found; its `link` can be sent, or shown as a card.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Hit {
    pub code: String,
    pub title: String,
    pub price: String,
    pub seller: String,
    pub link: String,
}

/// Which rule recognises the text, without contacting anybody.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct RulesTest {
    pub text: String,
    /// Tries this rule alone, before it is added.
    #[serde(default)]
    pub rule: Option<CardRule>,
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
    /// Hosts whose links it answers for.
    pub hosts: Vec<String>,
    /// Hosts that it added after it was trusted: its links stay plain until `catalog.answer`.
    pub new_hosts: Vec<String>,
    /// Hosts that it names and another trusted catalog answers for.
    pub taken_hosts: Vec<String>,
}

/// Lets a trusted catalog answer for hosts that it added.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct CatalogAnswer {
    pub url: String,
    /// Of `new_hosts`, as they were shown.
    pub hosts: Vec<String>,
}
