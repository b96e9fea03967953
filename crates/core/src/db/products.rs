//! Tables `catalogs` and `products`: whom to ask, and what was answered.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::time::Time;

#[derive(Clone, Debug)]
pub struct CatalogRow {
    /// The origin, without a trailing slash.
    pub url: String,
    pub name: String,
    pub key: [u8; 32],
    /// The signed manifest as it came.
    pub manifest: Vec<u8>,
    pub checked: Time,
}

fn catalog_row(row: &Row<'_>) -> rusqlite::Result<CatalogRow> {
    Ok(CatalogRow { url: row.get(0)?, name: row.get(1)?, key: row.get(2)?, manifest: row.get(3)?, checked: Time(row.get(4)?) })
}

pub fn catalogs(conn: &Connection) -> Result<Vec<CatalogRow>> {
    let mut query = conn.prepare_cached("SELECT url, name, key, manifest, checked FROM catalogs ORDER BY url")?;
    Ok(query.query_map([], catalog_row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn catalog(conn: &Connection, url: &str) -> Result<Option<CatalogRow>> {
    let mut query = conn.prepare_cached("SELECT url, name, key, manifest, checked FROM catalogs WHERE url = ?1")?;
    Ok(query.query_row([url], catalog_row).optional()?)
}

pub fn put_catalog(tx: &Tx<'_>, row: &CatalogRow) -> Result<()> {
    tx.execute(
        "INSERT INTO catalogs (url, name, key, manifest, checked) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (url) DO UPDATE SET name = excluded.name, key = excluded.key, manifest = excluded.manifest,
            checked = excluded.checked",
        params![row.url, row.name, row.key, row.manifest, row.checked.0],
    )?;
    Ok(())
}

/// Stores a newer manifest of a catalog that is still trusted with this key.
pub fn renew_catalog(tx: &Tx<'_>, row: &CatalogRow) -> Result<()> {
    tx.execute(
        "UPDATE catalogs SET name = ?2, manifest = ?4, checked = ?5 WHERE url = ?1 AND key = ?3",
        params![row.url, row.name, row.key, row.manifest, row.checked.0],
    )?;
    Ok(())
}

/// Forgets a catalog and its products; says whether it was there.
pub fn remove_catalog(tx: &Tx<'_>, url: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM catalogs WHERE url = ?1", [url])? > 0)
}

#[derive(Clone, Debug)]
pub struct ProductRow {
    pub version: u64,
    pub etag: String,
    /// The signed answer as it came.
    pub signed: Vec<u8>,
    pub checked: Time,
}

pub fn product(conn: &Connection, catalog: &str, code: &str) -> Result<Option<ProductRow>> {
    let mut query =
        conn.prepare_cached("SELECT version, etag, signed, checked FROM products WHERE catalog = ?1 AND code = ?2")?;
    Ok(query
        .query_row(params![catalog, code], |row| {
            Ok(ProductRow { version: row.get(0)?, etag: row.get(1)?, signed: row.get(2)?, checked: Time(row.get(3)?) })
        })
        .optional()?)
}

pub fn put_product(tx: &Tx<'_>, catalog: &str, code: &str, row: &ProductRow) -> Result<()> {
    tx.execute(
        "INSERT INTO products (catalog, code, version, etag, signed, checked) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (catalog, code) DO UPDATE SET version = excluded.version, etag = excluded.etag,
            signed = excluded.signed, checked = excluded.checked WHERE excluded.version >= version",
        params![catalog, code, row.version, row.etag, row.signed, row.checked.0],
    )?;
    Ok(())
}

/// Products that are remembered, at most; those asked for longest ago go first.
const PRODUCTS_CAP: u32 = 10_000;

pub fn trim_products(tx: &Tx<'_>) -> Result<()> {
    tx.execute(
        "DELETE FROM products WHERE (catalog, code) IN
           (SELECT catalog, code FROM products ORDER BY checked DESC LIMIT -1 OFFSET ?1)",
        [PRODUCTS_CAP],
    )?;
    Ok(())
}

/// The answer of last time still holds.
pub fn product_checked(tx: &Tx<'_>, catalog: &str, code: &str, at: Time) -> Result<()> {
    tx.execute("UPDATE products SET checked = ?3 WHERE catalog = ?1 AND code = ?2", params![catalog, code, at.0])?;
    Ok(())
}
