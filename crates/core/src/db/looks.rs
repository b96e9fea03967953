//! Tables `look_media`, `look_seen`, `look_grants`: what schemes and personas name, whom it is of, who may pass it on.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Hash, Person};
use crate::time::Time;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRow {
    pub owner: Person,
    pub hash: Hash,
    /// picture, animation, sound, video
    pub part: String,
    /// Bytes.
    pub size: u64,
    /// missing, here, broken, gone
    pub standing: String,
    /// Of an offline look or a persona.
    pub lasting: bool,
    /// Empty until it was inspected.
    pub media_type: String,
    /// Pixels, 0 for sound.
    pub width: u32,
    pub height: u32,
    pub duration_ms: u32,
    /// Prepared and named by nothing yet: until then.
    pub until: Option<Time>,
}

const COLUMNS: &str = "owner, hash, part, size, standing, lasting, media_type, width, height, duration_ms, until";

fn media_row(row: &Row<'_>) -> rusqlite::Result<MediaRow> {
    Ok(MediaRow {
        owner: row.get(0)?,
        hash: row.get(1)?,
        part: row.get(2)?,
        size: row.get(3)?,
        standing: row.get(4)?,
        lasting: row.get(5)?,
        media_type: row.get(6)?,
        width: row.get(7)?,
        height: row.get(8)?,
        duration_ms: row.get(9)?,
        until: row.get::<_, Option<i64>>(10)?.map(Time),
    })
}

pub fn put_look_media(tx: &Tx<'_>, row: &MediaRow) -> Result<()> {
    tx.prepare_cached(&format!(
        "INSERT OR REPLACE INTO look_media ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?
    .execute(params![
        row.owner,
        row.hash,
        row.part,
        row.size,
        row.standing,
        row.lasting,
        row.media_type,
        row.width,
        row.height,
        row.duration_ms,
        row.until.map(|until| until.0)
    ])?;
    Ok(())
}

/// One that is not on its way out.
pub fn look_media(conn: &Connection, owner: Person, hash: Hash) -> Result<Option<MediaRow>> {
    let mut query =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM look_media WHERE owner = ?1 AND hash = ?2 AND standing <> 'gone'"))?;
    Ok(query.query_row(params![owner, hash], media_row).optional()?)
}

/// All of an owner's, those on their way out too.
pub fn look_media_of(conn: &Connection, owner: Person) -> Result<Vec<MediaRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM look_media WHERE owner = ?1"))?;
    Ok(query.query_map([owner], media_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Everything that has a row, whatever became of its bytes.
pub fn look_media_names(conn: &Connection) -> Result<Vec<(Person, Hash)>> {
    let mut query = conn.prepare_cached("SELECT owner, hash FROM look_media")?;
    Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// Whose scheme or persona names this blob, of those whose bytes are here.
pub fn look_owners(conn: &Connection, hash: Hash) -> Result<Vec<Person>> {
    let mut query =
        conn.prepare_cached("SELECT owner FROM look_media WHERE hash = ?1 AND standing = 'here' AND until IS NULL")?;
    Ok(query.query_map([hash], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub fn look_media_in(conn: &Connection, standing: &str) -> Result<Vec<MediaRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM look_media WHERE standing = ?1"))?;
    Ok(query.query_map([standing], media_row)?.collect::<rusqlite::Result<_>>()?)
}

/// What others' looks take and want, most recently met people first; `me` is left out.
pub fn looks_by_recency(conn: &Connection, me: Person) -> Result<Vec<MediaRow>> {
    let columns = COLUMNS.split(", ").map(|column| format!("m.{column}")).collect::<Vec<_>>().join(", ");
    let mut query = conn.prepare_cached(&format!(
        "SELECT {columns} FROM look_media m LEFT JOIN look_seen s ON s.person = m.owner
         WHERE m.owner <> ?1 AND m.standing IN ('here', 'missing') ORDER BY coalesce(s.at, 0) DESC, m.owner, m.hash"
    ))?;
    Ok(query.query_map([me], media_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether anything of an owner is still to be fetched.
pub fn look_missing(conn: &Connection, owner: Person) -> Result<bool> {
    let mut query = conn.prepare_cached("SELECT 1 FROM look_media WHERE owner = ?1 AND standing = 'missing'")?;
    Ok(query.exists([owner])?)
}

pub fn set_look_standing(tx: &Tx<'_>, owner: Person, hash: Hash, standing: &str) -> Result<()> {
    tx.prepare_cached("UPDATE look_media SET standing = ?3 WHERE owner = ?1 AND hash = ?2")?
        .execute(params![owner, hash, standing])?;
    Ok(())
}

/// Whether prepared media are past their time.
pub fn prepared_late(conn: &Connection, now: Time) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM look_media WHERE until <= ?1")?.exists([now.0])?)
}

/// Bytes of others' media, here and missing.
pub fn looks_size(conn: &Connection, me: Person) -> Result<u64> {
    let mut query = conn
        .prepare_cached("SELECT coalesce(sum(size), 0) FROM look_media WHERE owner <> ?1 AND standing IN ('here', 'missing')")?;
    Ok(query.query_row([me], |row| row.get(0))?)
}

/// Prepared media whose time is over are on their way out.
pub fn expire_prepared(tx: &Tx<'_>, now: Time) -> Result<()> {
    tx.execute("UPDATE look_media SET standing = 'gone', until = NULL WHERE until <= ?1", [now.0])?;
    Ok(())
}

/// Forgets one that was removed; whether it had not been named again.
pub fn remove_gone(tx: &Tx<'_>, owner: Person, hash: Hash) -> Result<bool> {
    let removed =
        tx.execute("DELETE FROM look_media WHERE owner = ?1 AND hash = ?2 AND standing = 'gone'", params![owner, hash])?;
    Ok(removed > 0)
}

pub fn set_look_seen(tx: &Tx<'_>, person: Person, at: Time) -> Result<()> {
    tx.prepare_cached("INSERT INTO look_seen (person, at) VALUES (?1, ?2) ON CONFLICT (person) DO UPDATE SET at = excluded.at")?
        .execute(params![person, at.0])?;
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    pub owner: Person,
    /// Milliseconds since 1970.
    pub not_after: i64,
    pub signature: Vec<u8>,
}

fn grant_row(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    Ok(GrantRow { owner: row.get(0)?, not_after: row.get(1)?, signature: row.get(2)? })
}

pub fn look_grant(conn: &Connection, owner: Person) -> Result<Option<GrantRow>> {
    let mut query = conn.prepare_cached("SELECT owner, not_after, signature FROM look_grants WHERE owner = ?1")?;
    Ok(query.query_row([owner], grant_row).optional()?)
}

pub fn look_grants(conn: &Connection) -> Result<Vec<GrantRow>> {
    let mut query = conn.prepare_cached("SELECT owner, not_after, signature FROM look_grants ORDER BY owner")?;
    Ok(query.query_map([], grant_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps a grant unless one that holds longer is here.
pub fn put_look_grant(tx: &Tx<'_>, row: &GrantRow) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO look_grants (owner, not_after, signature) VALUES (?1, ?2, ?3)
         ON CONFLICT (owner) DO UPDATE SET not_after = excluded.not_after, signature = excluded.signature
         WHERE excluded.not_after > not_after",
    )?
    .execute(params![row.owner, row.not_after, row.signature])?;
    Ok(())
}

/// Forgets that somebody was met, and their grant.
pub fn forget_looks(tx: &Tx<'_>, person: Person) -> Result<()> {
    tx.execute("DELETE FROM look_grants WHERE owner = ?1", [person])?;
    tx.execute("DELETE FROM look_seen WHERE person = ?1", [person])?;
    Ok(())
}
