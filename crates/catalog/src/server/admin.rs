//! What an operator does to a catalog. Each verb is one transaction; what changes the manifest signs it anew in the same one.

use rusqlite::{Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use super::{Catalog, Error, now, store};
use crate::hosts::check_host;
use crate::{Availability, BLOB_CAP, CodeKind, Hash, Manifest, Price, Product, Rule, Seller, Signed, id, plain};

const DAY: i64 = 24 * 60 * 60 * 1000;
const MANIFEST_LIFE: i64 = 30 * DAY;
/// Signed anew when less than this is left.
const MANIFEST_RENEW: i64 = 7 * DAY;

pub(super) const LAYOUT_MEDIA: &str = "text/html; charset=utf-8";

/// A product as its seller writes it; the catalog adds version, time and signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    pub code: String,
    #[serde(default = "sku")]
    pub kind: CodeKind,
    pub name: String,
    pub description: Option<String>,
    pub brand: Option<String>,
    pub price: Option<Price>,
    #[serde(default = "in_stock")]
    pub availability: Availability,
    pub quantity: Option<u32>,
    /// A blob of this catalog.
    pub image: Option<Hash>,
    pub seller: Seller,
    pub url: String,
    #[serde(default = "compact")]
    pub layout: String,
    #[serde(default = "hour")]
    pub fresh_seconds: u32,
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

impl Catalog {
    /// Adds the product or replaces the one of the same code; returns it as signed.
    pub fn add_product(&self, draft: Draft) -> Result<Product, Error> {
        self.write(|tx| self.add_product_in(tx, draft))
    }

    /// Stores bytes under their BLAKE3 hash, at most [`BLOB_CAP`]; the media type is sent along when they are asked for.
    pub fn put_blob(&self, bytes: &[u8], media: &str) -> Result<Hash, Error> {
        self.write(|tx| put_blob_in(tx, bytes, media))
    }

    /// Sets the layout of this id. The bytes are not judged here: lint them before.
    pub fn put_layout(&self, layout: &str, bytes: &[u8]) -> Result<Hash, Error> {
        id("layout", layout)?;
        self.write(|tx| {
            let hash = put_blob_in(tx, bytes, LAYOUT_MEDIA)?;
            store::put_layout(tx, layout, &hash)?;
            self.sign_manifest(tx, None)?;
            Ok(hash)
        })
    }

    /// Adds or replaces a rule, after its samples matched, and entitles the catalog to the rule's host.
    pub fn put_rule(&self, rule: &Rule) -> Result<(), Error> {
        rule.check()?;
        self.write(|tx| {
            store::put_rule(tx, rule)?;
            store::put_host(tx, &rule.host)?;
            self.sign_manifest(tx, None)
        })
    }

    /// Lets the catalog speak for links of one more host or suffix.
    pub fn put_host(&self, host: &str) -> Result<(), Error> {
        check_host(host)?;
        self.write(|tx| {
            store::put_host(tx, host)?;
            self.sign_manifest(tx, None)
        })
    }

    pub fn set_name(&self, name: &str) -> Result<(), Error> {
        plain("name", name, 100)?;
        self.write(|tx| self.sign_manifest(tx, Some(name)))
    }

    pub fn product(&self, code: &str) -> Result<Option<Signed<Product>>, Error> {
        store::product(&self.reader(), code)
    }

    /// Media type and bytes.
    pub fn blob(&self, hash: &Hash) -> Result<Option<(String, Vec<u8>)>, Error> {
        store::blob(&self.reader(), hash)
    }

    /// The manifest in force, signed anew when it nears its end.
    pub fn manifest(&self) -> Result<Signed<Manifest>, Error> {
        let current = store::manifest(&self.reader())?;
        match current {
            Some(row) if row.expires - now() > MANIFEST_RENEW => Ok(row.signed),
            _ => {
                self.write(|tx| self.sign_manifest(tx, None))?;
                store::manifest(&self.reader())?.map(|row| row.signed).ok_or_else(|| Error::Invalid("no manifest".to_owned()))
            }
        }
    }

    pub(super) fn sign_first_manifest(&self) -> Result<(), Error> {
        self.write(|tx| if store::manifest(tx)?.is_none() { self.sign_manifest(tx, None) } else { Ok(()) })
    }

    pub(super) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.writer();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    pub(super) fn add_product_in(&self, tx: &Transaction<'_>, draft: Draft) -> Result<Product, Error> {
        if let Some(image) = &draft.image
            && !store::has_blob(tx, image)?
        {
            return Err(Error::Invalid("its image is not among the catalog's blobs".to_owned()));
        }
        let product = Product {
            version: store::product_version(tx, &draft.code)? + 1,
            code: draft.code,
            kind: draft.kind,
            name: draft.name,
            description: draft.description,
            brand: draft.brand,
            price: draft.price,
            availability: draft.availability,
            quantity: draft.quantity,
            image: draft.image,
            seller: draft.seller,
            url: draft.url,
            layout: draft.layout,
            as_of: now(),
            fresh_seconds: draft.fresh_seconds,
        };
        let signed = Signed::sign(&product, &self.0.key)?;
        store::put_product(tx, &product, &signed)?;
        Ok(product)
    }

    pub(super) fn sign_manifest(&self, tx: &Transaction<'_>, name: Option<&str>) -> Result<(), Error> {
        let old = store::manifest(tx)?;
        let (old_name, version) = old.map_or((None, 0), |row| (Some(row.name), row.version));
        let manifest = Manifest {
            name: name.map(str::to_owned).or(old_name).unwrap_or_else(|| "Catalog".to_owned()),
            key: self.key(),
            version: version + 1,
            expires: now() + MANIFEST_LIFE,
            hosts: store::hosts(tx)?,
            rules: store::rules(tx)?,
            layouts: store::layouts(tx)?.into_iter().collect(),
        };
        let signed = Signed::sign(&manifest, &self.0.key)?;
        store::put_manifest(tx, &manifest, &signed)
    }
}

pub(super) fn put_blob_in(tx: &Transaction<'_>, bytes: &[u8], media: &str) -> Result<Hash, Error> {
    if bytes.len() as u64 > BLOB_CAP {
        return Err(Error::Invalid(format!("a blob has at most {BLOB_CAP} bytes")));
    }
    let printable = !media.is_empty() && media.len() <= 100 && media.bytes().all(|b| (0x20..0x7F).contains(&b));
    if !printable {
        return Err(Error::Invalid("not a media type".to_owned()));
    }
    let hash = Hash::of(bytes);
    store::put_blob(tx, &hash, media, bytes)?;
    Ok(hash)
}
