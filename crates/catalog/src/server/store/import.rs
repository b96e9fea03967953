//! Feeds on their way: the import, its drafts that wait, what came of those that were taken.

use super::{Row, Rows, Value, int};
use crate::server::{Error, Imported};

/// Drafts are filled in; nothing is taken yet, and nothing will be when nobody goes on.
const FILLING: i64 = 0;
/// All are there: from now on it is finished.
const TAKING: i64 = 1;
const DONE: i64 = 2;

/// An import whose drafts are being taken.
pub(in crate::server) struct ImportRow {
    pub(in crate::server) seller: String,
    pub(in crate::server) limited: bool,
    pub(in crate::server) taken: Imported,
}

/// A draft that waits.
pub(in crate::server) struct Waiting {
    /// Its order in the feed, from 1.
    pub(in crate::server) place: i64,
    /// What the feed's reader calls the row.
    pub(in crate::server) line: u64,
    pub(in crate::server) draft: String,
}

pub(in crate::server) fn begin_import(rows: &mut dyn Rows, id: &str, seller: &str, limited: bool, now: i64) -> Result<(), Error> {
    let sql = "INSERT INTO import (id, seller, limited, state, touched, added, changed, unchanged, refused, errors)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, '[]')";
    let values = [Value::Text(id), Value::Text(seller), Value::Int(limited.into()), Value::Int(FILLING), Value::Int(now)];
    rows.execute(sql, &values)?;
    Ok(())
}

/// False when the import has been given up meanwhile.
pub(in crate::server) fn touch_import(rows: &mut dyn Rows, id: &str, now: i64) -> Result<bool, Error> {
    let sql = "UPDATE import SET touched = ?2 WHERE id = ?1 AND state = ?3";
    Ok(rows.execute(sql, &[Value::Text(id), Value::Int(now), Value::Int(FILLING)])? > 0)
}

pub(in crate::server) fn add_waiting(rows: &mut dyn Rows, id: &str, waiting: &Waiting) -> Result<(), Error> {
    let sql = "INSERT INTO import_draft (import, place, line, draft) VALUES (?1, ?2, ?3, ?4)";
    rows.execute(sql, &[Value::Text(id), Value::Int(waiting.place), int(waiting.line), Value::Text(&waiting.draft)])?;
    Ok(())
}

/// All drafts are there. False when the import has been given up meanwhile.
pub(in crate::server) fn close_import(rows: &mut dyn Rows, id: &str, now: i64) -> Result<bool, Error> {
    let sql = "UPDATE import SET touched = ?2, state = ?3 WHERE id = ?1 AND state = ?4";
    Ok(rows.execute(sql, &[Value::Text(id), Value::Int(now), Value::Int(TAKING), Value::Int(FILLING)])? > 0)
}

/// Imports whose drafts are being taken and that nobody touched since then, each with its seller.
pub(in crate::server) fn open_imports(rows: &mut dyn Rows, before: i64) -> Result<Vec<(String, String)>, Error> {
    let sql = "SELECT id, seller FROM import WHERE state = ?1 AND touched <= ?2 ORDER BY touched, id";
    let found = rows.query(sql, &[Value::Int(TAKING), Value::Int(before)])?;
    found.into_iter().map(|mut row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// An import of the seller whose drafts are being taken.
pub(in crate::server) fn open_import_of(rows: &mut dyn Rows, seller: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT id FROM import WHERE seller = ?1 AND state = ?2 ORDER BY touched, id LIMIT 1";
    let found = rows.query(sql, &[Value::Text(seller), Value::Int(TAKING)])?;
    found.into_iter().next().map(|mut row| row.text(0)).transpose()
}

/// `None` when its drafts are not being taken: not yet, or no more.
pub(in crate::server) fn open_import(rows: &mut dyn Rows, id: &str) -> Result<Option<ImportRow>, Error> {
    import_in(rows, id, TAKING)
}

/// An import of which all is done.
pub(in crate::server) fn done_import(rows: &mut dyn Rows, id: &str) -> Result<Option<ImportRow>, Error> {
    import_in(rows, id, DONE)
}

fn import_in(rows: &mut dyn Rows, id: &str, state: i64) -> Result<Option<ImportRow>, Error> {
    let sql = "SELECT seller, limited, added, changed, unchanged, refused, errors FROM import WHERE id = ?1 AND state = ?2";
    let read = |mut row: Row| {
        let (seller, limited) = (row.text(0)?, row.int(1)? == 1);
        let errors = serde_json::from_str(&row.text(6)?).map_err(|error| Error::Corrupt(format!("an import: {error}")))?;
        let taken = Imported {
            added: row.version(2)?,
            changed: row.version(3)?,
            unchanged: row.version(4)?,
            refused: row.version(5)?,
            errors,
        };
        Ok(ImportRow { seller, limited, taken })
    };
    rows.query(sql, &[Value::Text(id), Value::Int(state)])?.into_iter().next().map(read).transpose()
}

/// The first that wait.
pub(in crate::server) fn waiting(rows: &mut dyn Rows, id: &str, limit: i64) -> Result<Vec<Waiting>, Error> {
    let sql = "SELECT place, line, draft FROM import_draft WHERE import = ?1 ORDER BY place LIMIT ?2";
    let found = rows.query(sql, &[Value::Text(id), Value::Int(limit)])?;
    found.into_iter().map(|mut row| Ok(Waiting { place: row.int(0)?, line: row.version(1)?, draft: row.text(2)? })).collect()
}

/// Those up to this place have been taken; `errors` when there are new ones.
pub(in crate::server) fn note_taken(
    rows: &mut dyn Rows,
    id: &str,
    place: i64,
    taken: &Imported,
    errors: Option<&str>,
    now: i64,
) -> Result<(), Error> {
    let sql = "DELETE FROM import_draft WHERE import = ?1 AND place <= ?2";
    rows.execute(sql, &[Value::Text(id), Value::Int(place)])?;
    let sql = "UPDATE import SET touched = ?2, added = ?3, changed = ?4, unchanged = ?5, refused = ?6 WHERE id = ?1";
    let values =
        [Value::Text(id), Value::Int(now), int(taken.added), int(taken.changed), int(taken.unchanged), int(taken.refused)];
    rows.execute(sql, &values)?;
    if let Some(errors) = errors {
        rows.execute("UPDATE import SET errors = ?2 WHERE id = ?1", &[Value::Text(id), Value::Text(errors)])?;
    }
    Ok(())
}

pub(in crate::server) fn end_import(rows: &mut dyn Rows, id: &str) -> Result<(), Error> {
    rows.execute("UPDATE import SET state = ?2 WHERE id = ?1", &[Value::Text(id), Value::Int(DONE)])?;
    Ok(())
}

pub(in crate::server) fn drop_import(rows: &mut dyn Rows, id: &str) -> Result<(), Error> {
    rows.execute("DELETE FROM import WHERE id = ?1", &[Value::Text(id)])?;
    Ok(())
}

/// Imports that nobody goes on filling, and reports that nobody fetched.
pub(in crate::server) fn drop_idle_imports(rows: &mut dyn Rows, before: i64) -> Result<u64, Error> {
    rows.execute("DELETE FROM import WHERE state <> ?1 AND touched < ?2", &[Value::Int(TAKING), Value::Int(before)])
}

pub(in crate::server) fn has_idle_import(rows: &mut dyn Rows, before: i64) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM import WHERE state <> ?1 AND touched < ?2 LIMIT 1";
    Ok(!rows.query(sql, &[Value::Int(TAKING), Value::Int(before)])?.is_empty())
}
