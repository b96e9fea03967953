//! Selling in a catalog: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::api::Theme;
use crate::time::Time;

/// Takes a seller's key for a catalog: proves it, trusts the catalog and remembers both.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerJoin {
    pub url: String,
    /// As the catalog's operator gave it.
    pub key: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct SellerList {}

/// Forgets the key; the products stay.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerLeave {
    pub url: String,
}

/// A catalog this person sells in.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Shop {
    pub url: String,
    /// The catalog's name.
    pub catalog: String,
    /// Scoped to the catalog.
    pub seller: String,
    pub name: String,
    pub badges: Vec<String>,
    /// `products`, `stock`: what the key may do.
    pub rights: Vec<String>,
    /// Layout ids to choose from.
    pub layouts: Vec<String>,
}

/// The seller's own products, newest change first, withdrawn ones too.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerProducts {
    pub url: String,
    #[serde(default)]
    pub words: Option<String>,
    #[serde(default)]
    pub after: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Goods {
    pub goods: Vec<Good>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Good {
    pub draft: Draft,
    pub version: u32,
    pub withdrawn: bool,
    pub as_of: Time,
}

/// A product as its seller writes it; the catalog adds version, time, seller and signature.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Draft {
    /// Scoped to the catalog, at most 128 characters.
    pub code: String,
    /// The number under the barcode, with a right check digit; the code itself where that is one. Written in 8, 12, 13 or 14 digits, read
    /// in as few as it has.
    pub gtin: Option<String>,
    /// At most 300 characters.
    pub name: String,
    /// At most 4,000 characters.
    pub description: Option<String>,
    pub brand: Option<String>,
    pub price: Option<Money>,
    pub availability: Availability,
    /// Pieces left.
    pub quantity: Option<u32>,
    /// Hashes of the catalog's pictures, the card's first; at most 8.
    pub images: Vec<String>,
    /// The whole picture is shown; otherwise it fills its place.
    pub whole_picture: bool,
    /// The product's page, http(s).
    pub url: String,
    pub layout: String,
    /// Seconds an answer is shown without asking again.
    pub fresh: u32,
}

/// Minor units (cents for EUR, yen for JPY) and an ISO 4217 code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Money {
    #[specta(type = u32)]
    pub minor: i64,
    pub currency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    InStock,
    LimitedAvailability,
    PreOrder,
    BackOrder,
    OutOfStock,
    SoldOut,
    Discontinued,
}

/// Adds a product or replaces one's own.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerPut {
    pub url: String,
    pub draft: Draft,
    /// The version that was edited; refused with `changed` when the catalog has another. 0: must be new.
    pub version: Option<u32>,
}

/// Changes price or stock and nothing else; what is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerPatch {
    pub url: String,
    pub code: String,
    #[serde(default)]
    pub price: Option<Money>,
    #[serde(default)]
    pub availability: Option<Availability>,
    #[serde(default)]
    pub quantity: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerWithdraw {
    pub url: String,
    pub code: String,
}

/// Adds a picture to a product; scaled down, without its location, before it leaves this machine.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerPhoto {
    pub url: String,
    pub code: String,
    /// An absolute path on the machine of the node, at most 64 MiB.
    pub path: String,
}

/// Imports a feed: CSV or TSV (Google's, Shopify's, WooCommerce's columns), XML (Google's RSS), JSON or JSON-LD (schema.org).
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerImport {
    pub url: String,
    /// An absolute path on the machine of the node, at most 64 MiB.
    pub path: String,
    /// Checks everything and keeps nothing.
    pub dry_run: bool,
    /// ISO 4217, for prices without a currency, as in Shopify's export.
    #[serde(default)]
    #[specta(optional)]
    pub currency: Option<String>,
    /// The page of a product that has none, http(s); `{code}` in it is replaced.
    #[serde(default)]
    #[specta(optional)]
    pub link: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct FeedImported {
    pub added: u32,
    pub changed: u32,
    pub unchanged: u32,
    pub refused: u32,
    pub dry_run: bool,
    /// The first thousand.
    pub errors: Vec<FeedError>,
    /// Columns that say nothing a product has; the first hundred.
    pub unused: Vec<String>,
    /// Rows that their shop does not offer: drafts, private ones, parents of variations.
    pub unpublished: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct FeedError {
    /// The line where the row begins, from 1; in XML and JSON the place in the list.
    pub row: u32,
    /// The column or property, when one is to blame.
    pub field: Option<String>,
    pub message: String,
}

/// The seller's products as a feed that `seller.import` takes back.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerExport {
    pub url: String,
    pub format: FeedFormat,
    /// An absolute path on the machine of the node; not overwritten.
    pub path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedFormat {
    Csv,
    Tsv,
    Xml,
    JsonLd,
}

/// Draws the card of a draft here, before anybody else sees it.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SellerPreview {
    pub url: String,
    pub draft: Draft,
    pub theme: Theme,
    pub locale: String,
    pub scale: u32,
}
