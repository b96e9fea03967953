//! Table `hidden`, and `hidden_all` in `meta`: to whom the owner is invisible.

use rusqlite::Connection;

use super::{Tx, meta, set_meta};
use crate::error::Result;
use crate::ids::Person;

const ALL: &str = "hidden_all";

pub fn hidden_from_all(conn: &Connection) -> Result<bool> {
    Ok(meta(conn, ALL)?.is_some_and(|kept| kept == [1]))
}

pub fn set_hidden_from_all(tx: &Tx<'_>, hidden: bool) -> Result<()> {
    set_meta(tx, ALL, &[u8::from(hidden)])
}

/// Those chosen one by one.
pub fn hidden_from(conn: &Connection) -> Result<Vec<Person>> {
    let mut query = conn.prepare_cached("SELECT person FROM hidden ORDER BY person")?;
    Ok(query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub fn is_hidden_from(conn: &Connection, person: Person) -> Result<bool> {
    let mut query = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM hidden WHERE person = ?1)")?;
    Ok(hidden_from_all(conn)? || query.query_row([person], |row| row.get(0))?)
}

/// Whether there is anybody who is not to see the owner.
pub fn is_hidden(conn: &Connection) -> Result<bool> {
    let mut query = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM hidden)")?;
    Ok(hidden_from_all(conn)? || query.query_row([], |row| row.get(0))?)
}

pub fn hide_from(tx: &Tx<'_>, person: Person) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO hidden (person) VALUES (?1)", [person])?;
    Ok(())
}

/// Says whether it was hidden from that person by choice.
pub fn show_to(tx: &Tx<'_>, person: Person) -> Result<bool> {
    Ok(tx.execute("DELETE FROM hidden WHERE person = ?1", [person])? > 0)
}

pub fn show_to_all(tx: &Tx<'_>) -> Result<()> {
    tx.execute("DELETE FROM hidden", [])?;
    set_hidden_from_all(tx, false)
}
