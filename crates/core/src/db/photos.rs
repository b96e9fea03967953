//! Tables `shares`, `share_people`, `share_sources`, `share_items`, `share_fetched`.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Hash, Person, ShareId};
use crate::time::Time;

#[derive(Clone, Debug)]
pub struct ShareRow {
    pub id: ShareId,
    pub owner: Person,
    pub mine: bool,
    pub name: String,
    pub at: Time,
    pub expires: Time,
    /// preparing, open, revoked, expired, failed
    pub state: String,
    pub paused: bool,
    /// JSON array of `api::Problem`.
    pub problems: String,
    pub grant: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct ItemRow {
    pub share: ShareId,
    pub index: u32,
    pub name: String,
    pub hash: Hash,
    pub size: u64,
    pub width: u32,
    pub height: u32,
    pub thumb: Hash,
    pub thumb_size: u64,
    pub thumb_here: bool,
    /// listed, wanted, here, failed
    pub state: String,
}

const SHARE: &str = "id, owner, mine, name, at, expires, state, paused, problems, grant_bytes";
const ITEM: &str = "share, idx, name, hash, size, width, height, thumb, thumb_size, thumb_here, state";

fn share_row(row: &Row<'_>) -> rusqlite::Result<ShareRow> {
    Ok(ShareRow {
        id: row.get(0)?,
        owner: row.get(1)?,
        mine: row.get(2)?,
        name: row.get(3)?,
        at: Time(row.get(4)?),
        expires: Time(row.get(5)?),
        state: row.get(6)?,
        paused: row.get(7)?,
        problems: row.get(8)?,
        grant: row.get(9)?,
    })
}

fn item_row(row: &Row<'_>) -> rusqlite::Result<ItemRow> {
    Ok(ItemRow {
        share: row.get(0)?,
        index: row.get(1)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        size: row.get(4)?,
        width: row.get(5)?,
        height: row.get(6)?,
        thumb: row.get(7)?,
        thumb_size: row.get(8)?,
        thumb_here: row.get(9)?,
        state: row.get(10)?,
    })
}

pub fn put_share(tx: &Tx<'_>, row: &ShareRow) -> Result<bool> {
    let added = tx.execute(
        &format!("INSERT INTO shares ({SHARE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING"),
        params![row.id, row.owner, row.mine, row.name, row.at.0, row.expires.0, row.state, row.paused, row.problems, row.grant],
    )?;
    Ok(added > 0)
}

pub fn share(conn: &Connection, id: ShareId) -> Result<Option<ShareRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {SHARE} FROM shares WHERE id = ?1"))?;
    Ok(query.query_row([id], share_row).optional()?)
}

/// Shares with or from a person, or all; newest first.
pub fn shares_with(conn: &Connection, person: Option<Person>) -> Result<Vec<ShareId>> {
    let mut query = conn.prepare_cached(
        "SELECT id FROM shares s WHERE ?1 IS NULL OR owner = ?1
           OR EXISTS (SELECT 1 FROM share_people p WHERE p.share = s.id AND p.person = ?1)
         ORDER BY at DESC, id",
    )?;
    Ok(query.query_map([person], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub fn shares_in(conn: &Connection, state: &str) -> Result<Vec<ShareId>> {
    let mut query = conn.prepare_cached("SELECT id FROM shares WHERE state = ?1 ORDER BY at")?;
    Ok(query.query_map([state], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Shares that are over, by time or by the owner's word, and whose copies may still be here.
pub fn shares_over(conn: &Connection, now: Time) -> Result<Vec<ShareId>> {
    let mut query = conn.prepare_cached(
        "SELECT id FROM shares s WHERE (expires <= ?1 AND state = 'open') OR (state = 'revoked' AND EXISTS
           (SELECT 1 FROM share_items i WHERE i.share = s.id AND (i.thumb_here = 1 OR i.state <> 'listed')))",
    )?;
    Ok(query.query_map([now.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub fn set_share_state(tx: &Tx<'_>, id: ShareId, state: &str) -> Result<()> {
    tx.execute("UPDATE shares SET state = ?2 WHERE id = ?1", params![id, state])?;
    Ok(())
}

pub fn set_share_paused(tx: &Tx<'_>, id: ShareId, paused: bool) -> Result<()> {
    tx.execute("UPDATE shares SET paused = ?2 WHERE id = ?1", params![id, paused])?;
    Ok(())
}

pub fn set_share_problems(tx: &Tx<'_>, id: ShareId, problems: &str) -> Result<()> {
    tx.execute("UPDATE shares SET problems = ?2 WHERE id = ?1", params![id, problems])?;
    Ok(())
}

/// Forgets a share with somebody who is no contact any more: theirs wholly, an own one as far as them.
pub fn forget_share_with(tx: &Tx<'_>, id: ShareId, person: Person) -> Result<()> {
    tx.execute("DELETE FROM share_people WHERE share = ?1 AND person = ?2", params![id, person])?;
    tx.execute("UPDATE shares SET state = 'revoked' WHERE id = ?1 AND owner = ?2", params![id, person])?;
    Ok(())
}

pub fn add_share_person(tx: &Tx<'_>, id: ShareId, person: Person) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO share_people (share, person, revoked) VALUES (?1, ?2, 0)", params![id, person])?;
    Ok(())
}

/// (person, revoked)
pub fn share_people(conn: &Connection, id: ShareId) -> Result<Vec<(Person, bool)>> {
    let mut query = conn.prepare_cached("SELECT person, revoked FROM share_people WHERE share = ?1 ORDER BY person")?;
    let rows = query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn revoke_share(tx: &Tx<'_>, id: ShareId, person: Person) -> Result<()> {
    tx.execute("UPDATE share_people SET revoked = 1 WHERE share = ?1 AND person = ?2", params![id, person])?;
    Ok(())
}

pub fn add_source(tx: &Tx<'_>, id: ShareId, index: u32, path: &str) -> Result<()> {
    tx.prepare_cached("INSERT INTO share_sources (share, idx, path) VALUES (?1, ?2, ?3)")?.execute(params![id, index, path])?;
    Ok(())
}

pub fn sources(conn: &Connection, id: ShareId) -> Result<Vec<(u32, String)>> {
    let mut query = conn.prepare_cached("SELECT idx, path FROM share_sources WHERE share = ?1 ORDER BY idx")?;
    let rows = query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn drop_source(tx: &Tx<'_>, id: ShareId, index: u32) -> Result<()> {
    tx.prepare_cached("DELETE FROM share_sources WHERE share = ?1 AND idx = ?2")?.execute(params![id, index])?;
    Ok(())
}

pub fn put_item(tx: &Tx<'_>, row: &ItemRow) -> Result<()> {
    tx.prepare_cached(&format!(
        "INSERT INTO share_items ({ITEM}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING"
    ))?
    .execute(params![
        row.share,
        row.index,
        row.name,
        row.hash,
        row.size,
        row.width,
        row.height,
        row.thumb,
        row.thumb_size,
        row.thumb_here,
        row.state
    ])?;
    Ok(())
}

pub fn items(conn: &Connection, id: ShareId) -> Result<Vec<ItemRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {ITEM} FROM share_items WHERE share = ?1 ORDER BY idx"))?;
    Ok(query.query_map([id], item_row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn item(conn: &Connection, id: ShareId, index: u32) -> Result<Option<ItemRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {ITEM} FROM share_items WHERE share = ?1 AND idx = ?2"))?;
    Ok(query.query_row(params![id, index], item_row).optional()?)
}

/// Positions of the pictures whose bytes are here.
pub fn indices_here(conn: &Connection, id: ShareId) -> Result<Vec<u32>> {
    let mut query = conn.prepare_cached("SELECT idx FROM share_items WHERE share = ?1 AND state IN ('here', 'failed')")?;
    Ok(query.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether a share holds this picture or thumbnail.
pub fn share_holds(conn: &Connection, id: ShareId, hash: Hash) -> Result<bool> {
    let mut query =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM share_items WHERE share = ?1 AND (hash = ?2 OR thumb = ?2))")?;
    Ok(query.query_row(params![id, hash], |row| row.get(0))?)
}

pub fn share_count(conn: &Connection, id: ShareId) -> Result<u32> {
    let mut query = conn.prepare_cached("SELECT count(*) FROM share_items WHERE share = ?1")?;
    Ok(query.query_row([id], |row| row.get(0))?)
}

/// What is missing from an owner's open shares: thumbnails, or wanted pictures of shares that are not paused.
pub fn missing(conn: &Connection, owner: Person, now: Time, thumbs: bool, limit: u32) -> Result<Vec<ItemRow>> {
    let columns = ITEM.split(", ").map(|column| format!("i.{column}")).collect::<Vec<_>>().join(", ");
    let mut query = conn.prepare_cached(&format!(
        "SELECT {columns} FROM share_items i JOIN shares s ON s.id = i.share
         WHERE s.owner = ?3 AND s.mine = 0 AND s.state = 'open' AND s.expires > ?1
           AND iif(?4, i.thumb_here = 0, i.state = 'wanted' AND s.paused = 0)
         ORDER BY s.at, i.share, i.idx LIMIT ?2"
    ))?;
    let rows = query.query_map(params![now.0, limit, owner, thumbs], item_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn set_thumb_here(tx: &Tx<'_>, id: ShareId, index: u32) -> Result<()> {
    tx.prepare_cached("UPDATE share_items SET thumb_here = 1 WHERE share = ?1 AND idx = ?2")?.execute(params![id, index])?;
    Ok(())
}

pub fn set_item_state(tx: &Tx<'_>, id: ShareId, index: u32, state: &str) -> Result<()> {
    tx.prepare_cached("UPDATE share_items SET state = ?3 WHERE share = ?1 AND idx = ?2")?.execute(params![id, index, state])?;
    Ok(())
}

/// Moves all items of a share from one state to another.
pub fn move_items(tx: &Tx<'_>, id: ShareId, from: &str, to: &str) -> Result<()> {
    tx.execute("UPDATE share_items SET state = ?3 WHERE share = ?1 AND state = ?2", params![id, from, to])?;
    Ok(())
}

/// Forgets that copies of a share's pictures are here.
pub fn clear_items(tx: &Tx<'_>, id: ShareId) -> Result<()> {
    tx.execute("UPDATE share_items SET state = 'listed', thumb_here = 0 WHERE share = ?1", [id])?;
    Ok(())
}

pub fn set_fetched(tx: &Tx<'_>, id: ShareId, person: Person, index: u32) -> Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO share_fetched (share, person, idx) VALUES (?1, ?2, ?3)")?
        .execute(params![id, person, index])?;
    Ok(())
}

/// Who fetched which.
pub fn fetched(conn: &Connection, id: ShareId) -> Result<Vec<(Person, u32)>> {
    let mut query = conn.prepare_cached("SELECT person, idx FROM share_fetched WHERE share = ?1 ORDER BY person, idx")?;
    let rows = query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
