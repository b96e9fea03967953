//! What is known here of products: answers of catalogs that were checked when they were taken, and which catalogs are away.

use std::time::{Duration, Instant};

use stoa_catalog::{Product, Signed};

use crate::db::{self, ProductRow};
use crate::error::{Code, Error, Result};
use crate::ids::Person;
use crate::stoa::Stoa;
use crate::time::Time;

use super::catalogs::Trusted;

/// A catalog that did not answer is left alone this long.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// Which product, of which trusted catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub catalog: String,
    pub code: String,
    /// As it stands in messages; contacts are asked about links only.
    pub link: Option<String>,
    /// Who sent the link.
    pub from: Option<Person>,
}

/// A checked answer with what it takes to draw it.
pub struct Known {
    pub target: Target,
    pub product: Product,
    /// When the catalog last said so.
    pub checked: Time,
    pub trusted: Trusted,
    /// Older than its stated freshness, and the catalog is away.
    pub offline: bool,
}

impl Known {
    pub fn new(target: &Target, trusted: Trusted, row: &ProductRow, offline: bool) -> Result<Self> {
        let product = opened(row)?;
        Ok(Self { target: target.clone(), product, checked: row.checked, trusted, offline })
    }
}

/// Whether the catalog did not answer a moment ago.
pub fn away(stoa: &Stoa, catalog: &str) -> bool {
    stoa.live().away.get(catalog).is_some_and(|since| since.elapsed() < LEFT_ALONE)
}

/// The catalog did not answer just now.
pub fn note_away(stoa: &Stoa, catalog: &str) {
    stoa.live().away.insert(catalog.to_owned(), Instant::now());
}

pub async fn kept(stoa: &Stoa, target: &Target) -> Result<Option<ProductRow>> {
    let (catalog, code) = (target.catalog.clone(), target.code.clone());
    stoa.db.read(move |conn| db::product(conn, &catalog, &code)).await
}

/// A kept answer. It was checked when it was taken, by the key of that time.
pub fn opened(row: &ProductRow) -> Result<Product> {
    let damaged = |error| Error::new(Code::CatalogInvalid, format!("the cached answer is damaged: {error}"));
    let signed: Signed<Product> = serde_json::from_slice(&row.signed).map_err(damaged)?;
    serde_json::from_str(&signed.payload).map_err(damaged)
}

pub fn is_stale(row: &ProductRow, product: &Product) -> bool {
    Time::now() >= row.checked.plus_seconds(product.fresh_seconds)
}

pub fn row(product: &Product, signed: &Signed<Product>, etag: String, checked: Time) -> Result<ProductRow> {
    let signed = serde_json::to_vec(signed).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let (code, gtin, withdrawn) = (product.code.clone(), product.gtin14(), product.withdrawn);
    Ok(ProductRow { code, gtin, withdrawn, version: product.version, etag, signed, checked })
}

pub async fn keep(stoa: &Stoa, target: &Target, row: &ProductRow) -> Result<()> {
    let (catalog, row) = (target.catalog.clone(), row.clone());
    stoa.db
        .write(move |tx| {
            db::put_product(tx, &catalog, &row)?;
            db::trim_products(tx)
        })
        .await
}

/// As [`keep`], of what a contact passed on, signed at this time: it may be an older word of the catalog, which takes a GTIN from no product
/// that had it later.
pub async fn keep_passed_on(stoa: &Stoa, target: &Target, row: &ProductRow, signed_at: i64) -> Result<()> {
    let (catalog, mut row) = (target.catalog.clone(), row.clone());
    stoa.db
        .write(move |tx| {
            if let Some(gtin) = &row.gtin
                && let Some(other) = db::product_of_gtin(tx, &catalog, gtin)?.filter(|other| other.code != row.code)
                && !other.withdrawn
                && opened(&other)?.as_of > signed_at
            {
                row.gtin = None;
            }
            db::put_product(tx, &catalog, &row)?;
            db::trim_products(tx)
        })
        .await
}
