//! Table `shops`: the catalogs this person sells in, with the keys.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;

#[derive(Clone, PartialEq, Eq)]
pub struct ShopRow {
    /// The catalog's origin.
    pub url: String,
    pub key: String,
    /// Scoped to the catalog.
    pub seller: String,
    pub name: String,
    /// Hash of a blob of the catalog.
    pub logo: Option<[u8; 32]>,
    pub badges: Vec<String>,
    pub rights: Vec<String>,
}

const SHOP: &str = "url, key, seller, name, logo, badges, rights";

fn shop_row(row: &Row<'_>) -> rusqlite::Result<ShopRow> {
    // ids were checked when they came; a damaged list is an empty one
    let list = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(ShopRow {
        url: row.get(0)?,
        key: row.get(1)?,
        seller: row.get(2)?,
        name: row.get(3)?,
        logo: row.get(4)?,
        badges: list(row.get(5)?),
        rights: list(row.get(6)?),
    })
}

pub fn shops(conn: &Connection) -> Result<Vec<ShopRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {SHOP} FROM shops ORDER BY url"))?;
    Ok(query.query_map([], shop_row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn shop(conn: &Connection, url: &str) -> Result<Option<ShopRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {SHOP} FROM shops WHERE url = ?1"))?;
    Ok(query.query_row([url], shop_row).optional()?)
}

pub fn put_shop(tx: &Tx<'_>, row: &ShopRow) -> Result<()> {
    let list = |ids: &[String]| serde_json::to_string(ids).unwrap_or_default();
    tx.execute(
        "INSERT INTO shops (url, key, seller, name, logo, badges, rights) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (url) DO UPDATE SET key = excluded.key, seller = excluded.seller, name = excluded.name,
            logo = excluded.logo, badges = excluded.badges, rights = excluded.rights",
        params![row.url, row.key, row.seller, row.name, row.logo, list(&row.badges), list(&row.rights)],
    )?;
    Ok(())
}

/// Forgets the key; says whether it was there.
pub fn remove_shop(tx: &Tx<'_>, url: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM shops WHERE url = ?1", [url])? > 0)
}

/// Every cached answer of the catalog is asked for again when it is next in view.
pub fn products_stale(tx: &Tx<'_>, catalog: &str) -> Result<()> {
    tx.execute("UPDATE products SET checked = 0 WHERE catalog = ?1", [catalog])?;
    Ok(())
}

/// Links in messages, each once; the most that are looked through for a product's own.
const LINKS: u32 = 20_000;

pub fn links(conn: &Connection) -> Result<Vec<String>> {
    let mut query = conn.prepare_cached("SELECT DISTINCT link FROM links LIMIT ?1")?;
    Ok(query.query_map([LINKS], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
