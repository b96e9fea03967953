//! Blobs: their bytes, who names them, and since when nobody does.
//!
//! A row of `blob_age` is what transactions about one blob wait for: whoever is to name a blob touches it first, and so does a sweep.

use super::{Row, Rows, Value};
use crate::Hash;
use crate::server::Error;

/// Media type, and the bytes unless an object store has them.
type Blob = (String, Option<Vec<u8>>);

fn key(hash: &Hash) -> Value<'_> {
    Value::Bytes(&hash.0)
}

fn number(found: Vec<Row>) -> Result<u64, Error> {
    found.into_iter().next().map_or(Ok(0), |mut row| row.version(0))
}

pub(in crate::server) fn blob(rows: &mut dyn Rows, hash: &Hash) -> Result<Option<Blob>, Error> {
    let found = rows.query("SELECT media, bytes FROM blob WHERE hash = ?1", &[key(hash)])?;
    found.into_iter().next().map(|mut row| Ok((row.text(0)?, row.maybe_bytes(1)?))).transpose()
}

pub(in crate::server) fn has_blob(rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
    Ok(!rows.query("SELECT 1 FROM blob_age WHERE hash = ?1", &[key(hash)])?.is_empty())
}

/// False when there is none. Else it stays while this transaction lasts and is as old as before: who names it and then does not keeps
/// nothing from being swept.
pub(in crate::server) fn hold_blob(rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
    Ok(rows.execute("UPDATE blob_age SET since = since WHERE hash = ?1", &[key(hash)])? > 0)
}

/// As [`hold_blob`], and it counts as new from `now` on.
pub(in crate::server) fn keep_blob(rows: &mut dyn Rows, hash: &Hash, now: i64) -> Result<bool, Error> {
    Ok(rows.execute("UPDATE blob_age SET since = ?2 WHERE hash = ?1", &[key(hash), Value::Int(now)])? > 0)
}

/// Another transaction may store the same at the same time. Without bytes an object store is to have them.
pub(in crate::server) fn add_blob(
    rows: &mut dyn Rows,
    hash: &Hash,
    media: &str,
    (size, bytes): (i64, Option<&[u8]>),
    now: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO blob (hash, media, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    rows.execute(sql, &[key(hash), Value::Text(media), bytes.map_or(Value::Null, Value::Bytes)])?;
    let sql =
        "INSERT INTO blob_age (hash, size, since) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO UPDATE SET since = excluded.since";
    rows.execute(sql, &[key(hash), Value::Int(size), Value::Int(now)])?;
    Ok(())
}

/// The database itself has the bytes, whatever else is there.
pub(in crate::server) fn lies_inside(rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
    Ok(!rows.query("SELECT 1 FROM blob WHERE hash = ?1 AND bytes IS NOT NULL", &[key(hash)])?.is_empty())
}

/// In an object store rather than here.
pub(in crate::server) fn lies_outside(rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
    Ok(!rows.query("SELECT 1 FROM blob WHERE hash = ?1 AND bytes IS NULL", &[key(hash)])?.is_empty())
}

/// In bytes.
pub(in crate::server) fn blob_size(rows: &mut dyn Rows, hash: &Hash) -> Result<u64, Error> {
    number(rows.query("SELECT size FROM blob_age WHERE hash = ?1", &[key(hash)])?)
}

/// Shown by a product of this code, or by the seller's name when the code is empty. The blob has been kept before.
pub(in crate::server) fn show_picture(rows: &mut dyn Rows, seller: &str, code: &str, hash: &Hash) -> Result<(), Error> {
    let sql = "INSERT INTO picture (seller, hash, code, dropped) VALUES (?1, ?2, ?3, 0)
        ON CONFLICT (seller, hash, code) DO UPDATE SET dropped = 0";
    rows.execute(sql, &[Value::Text(seller), key(hash), Value::Text(code)])?;
    Ok(())
}

pub(in crate::server) fn drop_picture(rows: &mut dyn Rows, seller: &str, code: &str, hash: &Hash, now: i64) -> Result<(), Error> {
    keep_blob(rows, hash, now)?;
    let sql = "UPDATE picture SET dropped = ?4 WHERE seller = ?1 AND hash = ?2 AND code = ?3";
    rows.execute(sql, &[Value::Text(seller), key(hash), Value::Text(code), Value::Int(now)])?;
    Ok(())
}

/// One of the seller's already, or not long ago.
pub(in crate::server) fn holds_picture(rows: &mut dyn Rows, seller: &str, hash: &Hash) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM picture WHERE seller = ?1 AND hash = ?2 LIMIT 1";
    Ok(!rows.query(sql, &[Value::Text(seller), key(hash)])?.is_empty())
}

/// Sellers who no longer show some picture since before then.
pub(in crate::server) fn dropping_sellers(rows: &mut dyn Rows, before: i64) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT seller FROM picture WHERE dropped > 0 AND dropped < ?1";
    rows.query(sql, &[Value::Int(before)])?.into_iter().map(|mut row| row.text(0)).collect()
}

/// The seller's pictures that are no longer shown since before then: nobody counts them any more.
pub(in crate::server) fn forget_pictures(rows: &mut dyn Rows, seller: &str, before: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM picture WHERE seller = ?1 AND dropped > 0 AND dropped < ?2";
    rows.execute(sql, &[Value::Text(seller), Value::Int(before)])
}

/// A page of all blobs by hash, each with whether it may go.
pub(in crate::server) fn idle_blobs(
    rows: &mut dyn Rows,
    after: &[u8],
    before: i64,
    limit: i64,
) -> Result<Vec<(Hash, bool)>, Error> {
    let sql = "SELECT page.hash, CASE WHEN page.since < ?2 AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.hash = page.hash)
            AND NOT EXISTS (SELECT 1 FROM named WHERE named.hash = page.hash) THEN 1 ELSE 0 END
        FROM (SELECT hash, since FROM blob_age WHERE hash > ?1 ORDER BY hash LIMIT ?3) AS page ORDER BY page.hash";
    let found = rows.query(sql, &[Value::Bytes(after), Value::Int(before), Value::Int(limit)])?;
    found.into_iter().map(|mut row| Ok((row.hash(0)?, row.int(1)? == 1))).collect()
}

/// Removes a blob that nothing has named since before then; its size, and whether an object store has its bytes.
pub(in crate::server) fn remove_idle_blob(rows: &mut dyn Rows, hash: &Hash, before: i64) -> Result<Option<(u64, bool)>, Error> {
    // Waits for whoever is naming it, before it is looked whether somebody does.
    let sql = "UPDATE blob_age SET since = since WHERE hash = ?1 AND since < ?2";
    if rows.execute(sql, &[key(hash), Value::Int(before)])? == 0 {
        return Ok(None);
    }
    let sql = "SELECT 1 FROM picture WHERE hash = ?1 UNION ALL SELECT 1 FROM named WHERE hash = ?1 LIMIT 1";
    if !rows.query(sql, &[key(hash)])?.is_empty() {
        return Ok(None);
    }
    let (size, outside) = (blob_size(rows, hash)?, lies_outside(rows, hash)?);
    remove_blob(rows, hash)?;
    Ok(Some((size, outside)))
}

pub(in crate::server) fn remove_blob(rows: &mut dyn Rows, hash: &Hash) -> Result<(), Error> {
    rows.execute("DELETE FROM blob_age WHERE hash = ?1", &[key(hash)])?;
    rows.execute("DELETE FROM blob WHERE hash = ?1", &[key(hash)])?;
    Ok(())
}

/// Stands in for an object of the store that no row knows, so that nobody stores it meanwhile. False when a row knows it.
pub(in crate::server) fn claim_stray(rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
    let sql = "INSERT INTO blob (hash, media, bytes) VALUES (?1, 'stray', NULL) ON CONFLICT DO NOTHING";
    Ok(rows.execute(sql, &[key(hash)])? > 0)
}
