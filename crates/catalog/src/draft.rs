//! What a seller says about a product, and what must stand for it to be written.

use serde::{Deserialize, Deserializer, Serialize};

use crate::product::{Availability, CodeKind, ImageStyle, Price};
use crate::signed::Hash;

/// A product as its seller writes it; the catalog adds seller, version, time and signature. Limits are those of [`crate::Product`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// Scoped to the catalog.
    pub code: String,
    #[serde(default = "sku")]
    pub kind: CodeKind,
    /// The number under the barcode where the code is another: 8, 12, 13 or 14 digits. One product that is offered has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default = "in_stock")]
    pub availability: Availability,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Blobs of this catalog; the card shows the first.
    #[serde(default)]
    pub images: Vec<Hash>,
    #[serde(default)]
    pub image_style: ImageStyle,
    /// The page of the product, http(s).
    pub url: String,
    #[serde(default = "compact")]
    pub layout: String,
    #[serde(default = "hour")]
    pub fresh_seconds: u32,
}

/// A change of price and stock, or of the GTIN; what is absent stays, what is null is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patch {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub price: Option<Option<Price>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Option<u32>>,
    /// Needs the right to write products.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub gtin: Option<Option<String>>,
}

/// What must stand for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    #[default]
    Any,
    /// Nothing under this code.
    New,
    /// This version of the product.
    Version(u64),
}

fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

fn sku() -> CodeKind {
    CodeKind::Sku
}

fn in_stock() -> Availability {
    Availability::InStock
}

fn compact() -> String {
    "compact".to_owned()
}

fn hour() -> u32 {
    3600
}
