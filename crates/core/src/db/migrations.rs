//! The schema, grown step by step. A migration that has shipped is never edited.

use rusqlite::Connection;

use crate::error::{Code, Result, bad};

const STEPS: &[&str] = &[include_str!("schema-1.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql")];

/// Brings the database to this Stoa's version.
///
/// # Errors
/// `home_locked` when the key does not fit or a newer Stoa wrote it.
pub fn migrate(conn: &mut Connection) -> Result<()> {
    let version: usize = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > STEPS.len() {
        return bad(Code::HomeLocked, "this home was written by a newer Stoa; update Stoa to open it");
    }
    for (at, step) in STEPS.iter().enumerate().skip(version) {
        let tx = conn.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", at + 1)?;
        tx.commit()?;
    }
    Ok(())
}
