//! Tables `catalogs`, `products`, `rules` and `links`: whom to ask and what was answered, what makes a link a card, where links stand.

use rusqlite::{Connection, OptionalExtension, Row, params};

use stoa_catalog::gs1::gtin14;

use super::Tx;
use crate::error::Result;
use crate::ids::{Conversation, Entry, Person};
use crate::time::Time;

#[derive(Clone, Debug)]
pub struct CatalogRow {
    /// The origin, without a trailing slash.
    pub url: String,
    pub name: String,
    pub key: [u8; 32],
    /// The signed manifest as it came.
    pub manifest: Vec<u8>,
    /// Of the manifest as the catalog answered it; empty when it came from a contact.
    pub etag: String,
    pub checked: Time,
    /// When it was trusted.
    pub since: Time,
    /// Hosts that the person let it answer for.
    pub hosts: Vec<String>,
}

const CATALOG: &str = "url, name, key, manifest, etag, checked, since, hosts";

fn catalog_row(row: &Row<'_>) -> rusqlite::Result<CatalogRow> {
    Ok(CatalogRow {
        url: row.get(0)?,
        name: row.get(1)?,
        key: row.get(2)?,
        manifest: row.get(3)?,
        etag: row.get(4)?,
        checked: Time(row.get(5)?),
        since: Time(row.get(6)?),
        hosts: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
    })
}

/// The one trusted first comes first.
pub fn catalogs(conn: &Connection) -> Result<Vec<CatalogRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {CATALOG} FROM catalogs ORDER BY since, url"))?;
    Ok(query.query_map([], catalog_row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn catalog(conn: &Connection, url: &str) -> Result<Option<CatalogRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {CATALOG} FROM catalogs WHERE url = ?1"))?;
    Ok(query.query_row([url], catalog_row).optional()?)
}

/// Trusts a catalog; one that is trusted already stays as old as it is.
pub fn put_catalog(tx: &Tx<'_>, row: &CatalogRow) -> Result<()> {
    tx.execute(
        "INSERT INTO catalogs (url, name, key, manifest, etag, checked, since, hosts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (url) DO UPDATE SET name = excluded.name, key = excluded.key, manifest = excluded.manifest,
            etag = excluded.etag, checked = excluded.checked, hosts = excluded.hosts",
        params![row.url, row.name, row.key, row.manifest, row.etag, row.checked.0, row.since.0, hosts(row)],
    )?;
    Ok(())
}

/// Stores a newer manifest of a catalog that is still trusted with the key `pinned`; the row's key is pinned from then on. Says whether it was.
pub fn renew_catalog(tx: &Tx<'_>, row: &CatalogRow, pinned: &[u8; 32]) -> Result<bool> {
    let renewed = tx.execute(
        "UPDATE catalogs SET name = ?2, key = ?3, manifest = ?4, etag = ?5, checked = ?6, hosts = ?8 WHERE url = ?1 AND key = ?7",
        params![row.url, row.name, row.key, row.manifest, row.etag, row.checked.0, pinned, hosts(row)],
    )?;
    Ok(renewed > 0)
}

fn hosts(row: &CatalogRow) -> String {
    serde_json::json!(row.hosts).to_string()
}

/// The manifest of last time still holds.
pub fn catalog_checked(tx: &Tx<'_>, url: &str, at: Time) -> Result<()> {
    tx.execute("UPDATE catalogs SET checked = ?2 WHERE url = ?1", params![url, at.0])?;
    Ok(())
}

/// Forgets a catalog and its products; says whether it was there.
pub fn remove_catalog(tx: &Tx<'_>, url: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM catalogs WHERE url = ?1", [url])? > 0)
}

#[derive(Clone, Debug)]
pub struct ProductRow {
    /// The product's own, whatever it was asked by.
    pub code: String,
    /// 14 digits.
    pub gtin: Option<String>,
    /// No longer offered; its GTIN may be another's.
    pub withdrawn: bool,
    pub version: u64,
    pub etag: String,
    /// The signed answer as it came.
    pub signed: Vec<u8>,
    pub checked: Time,
}

/// What is kept of a code, or of a GTIN in any form that is nobody's code.
pub fn product(conn: &Connection, catalog: &str, code: &str) -> Result<Option<ProductRow>> {
    match (product_where(conn, "code", catalog, code)?, gtin14(code)) {
        (None, Some(gtin)) => product_where(conn, "gtin", catalog, &gtin),
        (found, _) => Ok(found),
    }
}

/// What is kept of a product by its GTIN alone, of 14 digits, whatever codes look like it.
pub fn product_of_gtin(conn: &Connection, catalog: &str, gtin: &str) -> Result<Option<ProductRow>> {
    product_where(conn, "gtin", catalog, gtin)
}

fn product_where(conn: &Connection, column: &str, catalog: &str, value: &str) -> Result<Option<ProductRow>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT code, gtin, withdrawn, version, etag, signed, checked FROM products WHERE catalog = ?1 AND {column} = ?2"
    ))?;
    let read = |row: &Row<'_>| {
        Ok(ProductRow {
            code: row.get(0)?,
            gtin: row.get(1)?,
            withdrawn: row.get(2)?,
            version: row.get(3)?,
            etag: row.get(4)?,
            signed: row.get(5)?,
            checked: Time(row.get(6)?),
        })
    };
    Ok(query.query_row(params![catalog, value], read).optional()?)
}

/// Keeps an answer unless a newer one is known. The same one again keeps its tag and the later of its times.
pub fn put_product(tx: &Tx<'_>, catalog: &str, row: &ProductRow) -> Result<()> {
    let kept = tx.execute(
        "INSERT INTO products (catalog, code, gtin, withdrawn, version, etag, signed, checked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (catalog, code) DO UPDATE SET gtin = excluded.gtin, withdrawn = excluded.withdrawn,
            etag = CASE WHEN excluded.etag = '' AND excluded.version = version THEN etag ELSE excluded.etag END,
            checked = CASE WHEN excluded.version = version THEN max(checked, excluded.checked) ELSE excluded.checked END,
            version = excluded.version, signed = excluded.signed
         WHERE excluded.version >= version",
        params![catalog, row.code, row.gtin, row.withdrawn, row.version, row.etag, row.signed, row.checked.0],
    )?;
    if let (1.., Some(gtin)) = (kept, &row.gtin) {
        one_per_gtin(tx, catalog, gtin, row)?;
    }
    Ok(())
}

/// A GTIN leads to one product: to the one that was told of last, but not to one that ended while another is offered.
fn one_per_gtin(tx: &Tx<'_>, catalog: &str, gtin: &str, row: &ProductRow) -> Result<()> {
    let mut offered =
        tx.prepare_cached("SELECT 1 FROM products WHERE catalog = ?1 AND gtin = ?2 AND code <> ?3 AND withdrawn = 0")?;
    let other = row.withdrawn && offered.exists(params![catalog, gtin, row.code])?;
    tx.execute(
        "UPDATE products SET gtin = NULL WHERE catalog = ?1 AND gtin = ?2 AND (code = ?3) = ?4",
        params![catalog, gtin, row.code, other],
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

/// The answer of last time was given at this time.
pub fn product_checked(tx: &Tx<'_>, catalog: &str, code: &str, at: Time) -> Result<()> {
    tx.execute("UPDATE products SET checked = ?3 WHERE catalog = ?1 AND code = ?2", params![catalog, code, at.0])?;
    Ok(())
}

/// A rule made by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    pub id: String,
    pub host: String,
    pub path: Option<String>,
    pub param: Option<String>,
    pub value: Option<String>,
    pub gs1: bool,
    pub catalog: String,
}

pub fn rules(conn: &Connection) -> Result<Vec<RuleRow>> {
    let mut query = conn.prepare_cached("SELECT id, host, path, param, value, gs1, catalog FROM rules ORDER BY id")?;
    let row = |row: &Row<'_>| {
        Ok(RuleRow {
            id: row.get(0)?,
            host: row.get(1)?,
            path: row.get(2)?,
            param: row.get(3)?,
            value: row.get(4)?,
            gs1: row.get(5)?,
            catalog: row.get(6)?,
        })
    };
    Ok(query.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn put_rule(tx: &Tx<'_>, row: &RuleRow) -> Result<()> {
    tx.execute(
        "INSERT INTO rules (id, host, path, param, value, gs1, catalog) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET host = excluded.host, path = excluded.path, param = excluded.param,
            value = excluded.value, gs1 = excluded.gs1, catalog = excluded.catalog",
        params![row.id, row.host, row.path, row.param, row.value, row.gs1, row.catalog],
    )?;
    Ok(())
}

/// Says whether it was there.
pub fn remove_rule(tx: &Tx<'_>, id: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM rules WHERE id = ?1", [id])? > 0)
}

/// Notes that a link stands in a message.
pub fn put_link(tx: &Tx<'_>, link: &str, conversation: Conversation, message: Entry) -> Result<()> {
    tx.prepare_cached("INSERT INTO links (link, conversation, message) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![link, conversation, message])?;
    Ok(())
}

/// Whether the link stands in a message of the conversation.
pub fn link_stands(conn: &Connection, link: &str, conversation: Conversation) -> Result<bool> {
    let mut query = conn.prepare_cached("SELECT 1 FROM links WHERE link = ?1 AND conversation = ?2 LIMIT 1")?;
    Ok(query.exists(params![link, conversation])?)
}

/// Contacts with whom the link stands in a conversation, at most `limit`; not the blocked ones.
pub fn people_of_link(conn: &Connection, link: &str, limit: u32) -> Result<Vec<Person>> {
    let mut query = conn.prepare_cached(
        "SELECT DISTINCT c.person FROM links l JOIN contacts c ON c.conversation = l.conversation
         WHERE l.link = ?1 AND c.blocked = 0 ORDER BY c.since LIMIT ?2",
    )?;
    Ok(query.query_map(params![link, limit], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Texts with something like a link, of which none is noted yet: written before links were noted.
pub fn texts_without_links(conn: &Connection) -> Result<Vec<(Entry, Conversation, String)>> {
    let mut query = conn.prepare_cached(
        "SELECT m.id, m.conversation, m.text FROM messages m
         WHERE instr(m.text, '://') > 0 AND NOT EXISTS (SELECT 1 FROM links l WHERE l.message = m.id)",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
