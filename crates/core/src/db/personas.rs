//! Table `packs`: accessories of trusted catalogs.

use rusqlite::{Connection, params};

use super::Tx;
use crate::error::Result;

pub struct PackRow {
    /// The catalog's origin.
    pub catalog: String,
    pub id: String,
    /// BLAKE3 of `bytes`, hex.
    pub hash: String,
    pub bytes: Vec<u8>,
}

pub fn packs(conn: &Connection) -> Result<Vec<PackRow>> {
    let mut query = conn.prepare_cached("SELECT catalog, id, hash, bytes FROM packs ORDER BY catalog, id")?;
    let rows = query
        .query_map([], |row| Ok(PackRow { catalog: row.get(0)?, id: row.get(1)?, hash: row.get(2)?, bytes: row.get(3)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn put_pack(tx: &Tx<'_>, row: &PackRow) -> Result<()> {
    tx.execute(
        "INSERT INTO packs (catalog, id, hash, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (catalog, id) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes",
        params![row.catalog, row.id, row.hash, row.bytes],
    )?;
    Ok(())
}

pub fn remove_pack(tx: &Tx<'_>, catalog: &str, id: &str) -> Result<()> {
    tx.execute("DELETE FROM packs WHERE catalog = ?1 AND id = ?2", params![catalog, id])?;
    Ok(())
}

/// With the catalog that they came from.
pub fn remove_packs(tx: &Tx<'_>, catalog: &str) -> Result<()> {
    tx.execute("DELETE FROM packs WHERE catalog = ?1", [catalog])?;
    Ok(())
}
