//! One product, in schema.org's names where it has them.

use serde::{Deserialize, Serialize};

use crate::gs1::gtin14;
use crate::signed::{Hash, Signable};
use crate::{CODE_CAP, Error, id, plain};

/// Pictures of one product, at most.
pub const IMAGES_CAP: usize = 8;

/// What a catalog says about a code at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Scoped to the catalog.
    pub code: String,
    pub kind: CodeKind,
    /// The GTIN of a product whose code is another: 14 digits. [`Product::gtin14`] tells it of every product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// Grows with every change; a lower one never replaces a higher one.
    pub version: u64,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    pub availability: Availability,
    /// Pieces left, when the seller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// The card shows the first; at most [`IMAGES_CAP`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Hash>,
    /// How the picture lies in its place.
    #[serde(default, skip_serializing_if = "ImageStyle::is_cover")]
    pub image_style: ImageStyle,
    pub seller: Seller,
    /// The page of the product, http(s).
    pub url: String,
    /// A layout id of the manifest.
    pub layout: String,
    /// No longer offered: a signed end, so that an older answer cannot bring it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub as_of: i64,
    /// How long after `as_of`, or after a confirming 304, the answer is shown without asking again.
    pub fresh_seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CodeKind {
    Gtin,
    Sku,
}

/// Money as it is charged: minor units (cents for EUR, yen for JPY) and an ISO 4217 code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Price {
    pub minor: i64,
    pub currency: String,
}

/// The values of schema.org's ItemAvailability that a card tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Availability {
    InStock,
    LimitedAvailability,
    PreOrder,
    BackOrder,
    OutOfStock,
    SoldOut,
    Discontinued,
}

/// How a product's picture lies in the place a layout gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ImageStyle {
    /// Fills it; edges may be cut off.
    #[default]
    Cover,
    /// Whole, on the card's ground: for goods cut out on white.
    Contain,
}

impl ImageStyle {
    fn is_cover(&self) -> bool {
        *self == Self::Cover
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Seller {
    /// Scoped to the catalog.
    pub id: String,
    pub name: String,
    /// A blob of the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Hash>,
    /// Badge ids such as `verified` and `crown`; only the catalog's operator grants them.
    #[serde(default)]
    pub badges: Vec<String>,
}

impl Product {
    /// The product's GTIN, 14 digits: beside its code, or the code itself.
    pub fn gtin14(&self) -> Option<String> {
        self.gtin.clone().or_else(|| (self.kind == CodeKind::Gtin).then(|| gtin14(&self.code)).flatten())
    }

    /// Whether a question for this code is a question for this product: its code, or its GTIN in any form.
    pub fn answers_to(&self, code: &str) -> bool {
        self.code == code || gtin14(code).is_some_and(|asked| self.gtin14() == Some(asked))
    }
}

impl Signable for Product {
    const TAG: &'static [u8] = b"stoa catalog product v1\0";
    const CAP: usize = 32 * 1024;

    fn check(&self) -> Result<(), Error> {
        plain("code", &self.code, CODE_CAP)?;
        if self.gtin.as_ref().is_some_and(|gtin| gtin14(gtin).as_ref() != Some(gtin)) {
            return Err(Error::invalid("a GTIN is signed with its 14 digits, the last of them a check digit"));
        }
        plain("name", &self.name, 300)?;
        if let Some(description) = &self.description
            && (description.chars().count() > 4000 || description.chars().any(|c| c.is_control() && c != '\n'))
        {
            return Err(Error::invalid("description must be at most 4000 plain characters"));
        }
        self.brand.as_deref().map_or(Ok(()), |brand| plain("brand", brand, 100))?;
        self.price.as_ref().map_or(Ok(()), Price::check)?;
        if self.images.len() > IMAGES_CAP {
            return Err(Error::invalid(format!("a product has at most {IMAGES_CAP} pictures")));
        }
        id("seller id", &self.seller.id)?;
        plain("seller", &self.seller.name, 100)?;
        if self.seller.badges.len() > 8 {
            return Err(Error::invalid("a seller has at most 8 badges"));
        }
        self.seller.badges.iter().try_for_each(|badge| id("badge", badge))?;
        id("layout", &self.layout)?;
        let url = url::Url::parse(&self.url).map_err(|_| Error::invalid("url must be a link"))?;
        if self.url.len() > 2048 || !matches!(url.scheme(), "http" | "https") {
            return Err(Error::invalid("url must be http or https and at most 2048 bytes"));
        }
        Ok(())
    }
}

impl Price {
    fn check(&self) -> Result<(), Error> {
        let currency = self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase());
        if !currency || !(0..=1_000_000_000_000_000).contains(&self.minor) {
            return Err(Error::invalid("a price is minor units, not negative, with an ISO 4217 code"));
        }
        Ok(())
    }
}
