//! The checks a draft has to pass, each with its field, and the product it becomes.

use super::Error;
use crate::gs1::gtin14;
use crate::{CODE_CAP, CodeKind, Draft, IMAGES_CAP, Product, Seller, Signable, id, plain};

/// The longest a product may be shown without asking again: 30 days.
const FRESH_CAP: u32 = 30 * 24 * 3600;

/// What a number under a barcode looks like.
const NO_GTIN: &str = "a GTIN has 8, 12, 13 or 14 digits, the last of them a check digit";

impl Draft {
    /// What the product says, to be written again.
    pub fn of(product: Product) -> Self {
        Self {
            code: product.code,
            kind: product.kind,
            gtin: product.gtin,
            name: product.name,
            description: product.description,
            brand: product.brand,
            price: product.price,
            availability: product.availability,
            quantity: product.quantity,
            images: product.images,
            image_style: product.image_style,
            url: product.url,
            layout: product.layout,
            fresh_seconds: product.fresh_seconds,
        }
    }

    /// Everything that can be said about it without the database.
    pub fn check(&self) -> Result<(), Error> {
        let of = |field| move |error: crate::Error| Error::Field { field, message: error.to_string() };
        let must = |holds: bool, field, message: &str| {
            if holds { Ok(()) } else { Err(Error::Field { field, message: message.to_owned() }) }
        };
        plain("code", &self.code, CODE_CAP).map_err(of("code"))?;
        must(!matches!(self.code.as_str(), "." | ".."), "code", "a code may not be . or ..")?;
        plain("name", &self.name, 300).map_err(of("name"))?;
        if let Some(brand) = &self.brand {
            plain("brand", brand, 100).map_err(of("brand"))?;
        }
        must(self.images.len() <= IMAGES_CAP, "images", &format!("a product has at most {IMAGES_CAP} pictures"))?;
        id("layout", &self.layout).map_err(of("layout"))?;
        must(self.fresh_seconds <= FRESH_CAP, "freshSeconds", "a product stays fresh for at most 30 days")?;
        let is_gtin = |text: &str| gtin14(text).is_some();
        must(self.kind != CodeKind::Gtin || is_gtin(&self.code), "code", NO_GTIN)?;
        must(self.gtin.as_deref().is_none_or(is_gtin), "gtin", NO_GTIN)?;
        must(
            !matches!(self.numbered(), (CodeKind::Gtin, Some(_))),
            "gtin",
            "the code is another GTIN: give one of them, or make the code a seller's own (kind sku)",
        )?;
        self.clone().into_product(nobody(), 1, 0).check().map_err(|error| {
            let message = error.to_string();
            let field = ["description", "price", "url"].into_iter().find(|field| message.contains(field)).unwrap_or("code");
            Error::Field { field, message }
        })
    }

    /// What the code is, and the GTIN beside it: none where the code says it already.
    fn numbered(&self) -> (CodeKind, Option<String>) {
        let gtin = self.gtin.as_deref().and_then(gtin14);
        if gtin.is_some() && gtin == gtin14(&self.code) { (CodeKind::Gtin, None) } else { (self.kind, gtin) }
    }

    pub(super) fn into_product(self, seller: Seller, version: u64, as_of: i64) -> Product {
        let (kind, gtin) = self.numbered();
        Product {
            code: self.code,
            kind,
            gtin,
            version,
            name: self.name,
            description: self.description,
            brand: self.brand,
            price: self.price,
            availability: self.availability,
            quantity: self.quantity,
            images: self.images,
            image_style: self.image_style,
            seller,
            url: self.url,
            layout: self.layout,
            withdrawn: false,
            as_of,
            fresh_seconds: self.fresh_seconds,
        }
    }
}

/// Stands in for the seller while the rest is checked.
fn nobody() -> Seller {
    Seller { id: "nobody".to_owned(), name: "nobody".to_owned(), logo: None, badges: Vec::new() }
}
