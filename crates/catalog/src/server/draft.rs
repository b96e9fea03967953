//! The checks a draft has to pass, each with its field, and the product it becomes.

use super::Error;
use crate::gs1::gtin14;
use crate::{CODE_CAP, CodeKind, Draft, IMAGES_CAP, Product, Seller, Signable, id, plain};

/// The longest a product may be shown without asking again: 30 days.
const FRESH_CAP: u32 = 30 * 24 * 3600;

impl Draft {
    /// What the product says, to be written again.
    pub fn of(product: Product) -> Self {
        Self {
            code: product.code,
            kind: product.kind,
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
        if self.kind == CodeKind::Gtin && gtin14(&self.code).is_none() {
            return Err(Error::Field {
                field: "code",
                message: "a GTIN has 8, 12, 13 or 14 digits, the last of them a check digit".to_owned(),
            });
        }
        self.clone().into_product(nobody(), 1, 0).check().map_err(|error| {
            let message = error.to_string();
            let field = ["description", "price", "url"].into_iter().find(|field| message.contains(field)).unwrap_or("code");
            Error::Field { field, message }
        })
    }

    pub(super) fn into_product(self, seller: Seller, version: u64, as_of: i64) -> Product {
        Product {
            code: self.code,
            kind: self.kind,
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

/// The product's GTIN of 14 digits, when its code is one.
pub(super) fn gtin(product: &Product) -> Option<String> {
    (product.kind == CodeKind::Gtin).then(|| gtin14(&product.code)).flatten()
}
