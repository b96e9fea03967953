//! Table `messages`: the projection that chats are read from.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Conversation, Device, Entry, Person, ShareId};
use crate::log::Place;
use crate::time::Time;

#[derive(Clone, Debug)]
pub struct MessageRow {
    pub id: Entry,
    pub conversation: Conversation,
    pub place: Place,
    pub device: Device,
    pub seq: u64,
    pub author: Person,
    pub mine: bool,
    pub at: Time,
    pub kind: String,
    pub text: String,
    pub reply: Option<Entry>,
    pub share: Option<ShareId>,
}

const COLUMNS: &str = "id, conversation, place, device, seq, author, mine, at, kind, text, reply, share";

fn message_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: row.get(0)?,
        conversation: row.get(1)?,
        place: Place(row.get(2)?),
        device: row.get(3)?,
        seq: row.get(4)?,
        author: row.get(5)?,
        mine: row.get(6)?,
        at: Time(row.get(7)?),
        kind: row.get(8)?,
        text: row.get(9)?,
        reply: row.get(10)?,
        share: row.get(11)?,
    })
}

pub fn insert_message(tx: &Tx<'_>, row: &MessageRow) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO messages (id, conversation, place, device, seq, author, mine, at, kind, text, reply, share)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        row.id,
        row.conversation,
        row.place.0,
        row.device,
        row.seq,
        row.author,
        row.mine,
        row.at.0,
        row.kind,
        row.text,
        row.reply,
        row.share
    ])?;
    Ok(())
}

pub fn message(conn: &Connection, id: Entry) -> Result<Option<MessageRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE id = ?1"))?;
    Ok(query.query_row([id], message_row).optional()?)
}

/// The newest `limit` before a place, oldest first.
pub fn messages_before(
    conn: &Connection,
    conversation: Conversation,
    before: Option<Place>,
    limit: u32,
) -> Result<Vec<MessageRow>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE conversation = ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3"
    ))?;
    let before = before.map_or([0xff; 48], |place| place.0);
    let mut rows: Vec<_> =
        query.query_map(params![conversation, before, limit], message_row)?.collect::<rusqlite::Result<_>>()?;
    rows.reverse();
    Ok(rows)
}

/// The first `limit` after a place, oldest first.
pub fn messages_after(conn: &Connection, conversation: Conversation, after: Place, limit: u32) -> Result<Vec<MessageRow>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE conversation = ?1 AND place > ?2 ORDER BY place LIMIT ?3"
    ))?;
    Ok(query.query_map(params![conversation, after.0, limit], message_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Messages of others after a place.
pub fn unread(conn: &Connection, conversation: Conversation, seen: Option<Place>) -> Result<u32> {
    let mut query = conn.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM messages WHERE conversation = ?1 AND place > ?2 AND mine = 0 LIMIT 1000)",
    )?;
    let seen = seen.map_or([0; 48], |place| place.0);
    Ok(query.query_row(params![conversation, seen], |row| row.get(0))?)
}

/// A device's messages with seq in (after, upto]: those whose mark an acknowledgement changed.
pub fn acknowledged(conn: &Connection, conversation: Conversation, device: Device, after: u64, upto: u64) -> Result<Vec<Entry>> {
    let mut query = conn.prepare_cached(
        "SELECT id FROM messages WHERE conversation = ?1 AND device = ?2 AND seq > ?3 AND seq <= ?4 ORDER BY seq LIMIT 500",
    )?;
    let rows = query.query_map(params![conversation, device, after, upto], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Messages with a place in (after, upto], by this side or by the other.
pub fn between(
    conn: &Connection,
    conversation: Conversation,
    mine: bool,
    after: Option<Place>,
    upto: Place,
) -> Result<Vec<Entry>> {
    let mut query = conn.prepare_cached(
        "SELECT id FROM messages WHERE conversation = ?1 AND mine = ?2 AND place > ?3 AND place <= ?4 ORDER BY place DESC LIMIT 500",
    )?;
    let after = after.map_or([0; 48], |place| place.0);
    let rows = query.query_map(params![conversation, mine, after, upto.0], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The furthest read position of a person's devices in a conversation.
pub fn read_place(conn: &Connection, conversation: Conversation, person: Person) -> Result<Option<Place>> {
    let mut query = conn.prepare_cached(
        "SELECT max(r.value) FROM registers r JOIN devices d ON d.device = r.device
         WHERE r.conversation = ?1 AND r.key = 'read' AND d.person = ?2",
    )?;
    let place: Option<Vec<u8>> = query.query_row(params![conversation, person], |row| row.get(0))?;
    Ok(place.and_then(|bytes| bytes.try_into().ok()).map(Place))
}

/// How far any device of a person has acknowledged a device's log.
pub fn delivered(conn: &Connection, conversation: Conversation, person: Person, device: Device) -> Result<u64> {
    let mut query = conn.prepare_cached(
        "SELECT coalesce(max(p.seq), 0) FROM peer_heights p JOIN devices d ON d.device = p.peer
         WHERE p.conversation = ?1 AND p.device = ?2 AND d.person = ?3",
    )?;
    Ok(query.query_row(params![conversation, device, person], |row| row.get(0))?)
}
