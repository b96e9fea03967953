//! Tables `entries`, `heads`, `forks`, `registers` and what peers acknowledged of them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Conversation, Device, Entry, Person};
use crate::log::{Body, Head, Hybrid, Opened, Place, Sealed};
use crate::wire::{Height, Known, Register};

pub fn head(conn: &Connection, conversation: Conversation, device: Device) -> Result<Option<Head>> {
    let mut query = conn.prepare_cached("SELECT seq, hash, frozen FROM heads WHERE conversation = ?1 AND device = ?2")?;
    Ok(query
        .query_row(params![conversation, device], |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)?, frozen: row.get(2)? }))
        .optional()?)
}

pub fn at_seq(conn: &Connection, conversation: Conversation, device: Device, seq: u64) -> Result<Option<Entry>> {
    let mut query = conn.prepare_cached("SELECT id FROM entries WHERE conversation = ?1 AND device = ?2 AND seq = ?3")?;
    Ok(query.query_row(params![conversation, device, seq], |row| row.get(0)).optional()?)
}

pub fn insert(tx: &Tx<'_>, author: Person, opened: &Opened, sealed: &Sealed) -> Result<()> {
    let header = &opened.header;
    tx.prepare_cached(
        "INSERT INTO entries (id, conversation, device, seq, author, kind, header, signature, salt, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        opened.id,
        header.conversation,
        header.device,
        header.seq,
        author,
        header.kind,
        sealed.header,
        sealed.signature,
        sealed.body.as_ref().map(|body| body.salt),
        sealed.body.as_ref().map(|body| &body.bytes)
    ])?;
    tx.prepare_cached(
        "INSERT INTO heads (conversation, device, seq, hash, frozen) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (conversation, device) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    )?
    .execute(params![header.conversation, header.device, header.seq, opened.id])?;
    Ok(())
}

/// Keeps the second header as proof and freezes the device in this conversation.
pub fn freeze(tx: &Tx<'_>, opened: &Opened, sealed: &Sealed) -> Result<()> {
    let header = &opened.header;
    tx.execute(
        "INSERT OR IGNORE INTO forks (id, conversation, device, seq, header, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![opened.id, header.conversation, header.device, header.seq, sealed.header, sealed.signature],
    )?;
    tx.execute(
        "UPDATE heads SET frozen = 1 WHERE conversation = ?1 AND device = ?2",
        params![header.conversation, header.device],
    )?;
    Ok(())
}

#[cfg(test)]
pub fn forks(conn: &Connection, conversation: Conversation) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM forks WHERE conversation = ?1", [conversation], |row| row.get(0))?)
}

/// Heads of other devices' placed logs, newest first: what a new entry names as its causal parents.
pub fn parents(conn: &Connection, conversation: Conversation, own: Device, limit: usize) -> Result<Vec<Entry>> {
    let mut query = conn.prepare_cached(
        "SELECT e.id FROM heads h JOIN entries e ON e.id = h.hash
         WHERE h.conversation = ?1 AND h.device <> ?2 AND e.place IS NOT NULL ORDER BY e.place DESC LIMIT ?3",
    )?;
    let rows = query.query_map(params![conversation, own, limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// An entry's time in the order: `None` while it is unknown or unplaced.
pub fn placed_time(conn: &Connection, conversation: Conversation, id: Entry) -> Result<Option<Hybrid>> {
    let mut query = conn.prepare_cached("SELECT place FROM entries WHERE id = ?1 AND conversation = ?2")?;
    let place: Option<Option<[u8; 48]>> = query.query_row(params![id, conversation], |row| row.get(0)).optional()?;
    Ok(place.flatten().map(|bytes| Place(bytes).time()))
}

pub fn set_place(tx: &Tx<'_>, id: Entry, place: Place) -> Result<()> {
    tx.prepare_cached("UPDATE entries SET place = ?2 WHERE id = ?1")?.execute(params![id, place.0])?;
    Ok(())
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    let body = match (row.get(2)?, row.get(3)?) {
        (Some(salt), Some(bytes)) => Some(Body { salt, bytes }),
        _ => None,
    };
    Ok(Sealed { header: row.get(0)?, signature: row.get(1)?, body })
}

/// Ids, authors and headers of entries that wait for a causal parent, per device in order.
pub fn unplaced(conn: &Connection, conversation: Conversation) -> Result<Vec<(Entry, Person, Vec<u8>)>> {
    let mut query = conn.prepare_cached(
        "SELECT id, author, header FROM entries WHERE conversation = ?1 AND place IS NULL ORDER BY device, seq",
    )?;
    let rows = query.query_map([conversation], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Entries of a device that wait for a causal parent, and the bytes of their bodies.
pub fn unplaced_of(conn: &Connection, conversation: Conversation, device: Device) -> Result<(u64, u64)> {
    let mut query = conn.prepare_cached(
        "SELECT count(*), coalesce(sum(length(body)), 0) FROM entries INDEXED BY entries_unplaced
         WHERE conversation = ?1 AND device = ?2 AND place IS NULL",
    )?;
    Ok(query.query_row(params![conversation, device], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The body of an entry; `None` when it is gone.
pub fn body(conn: &Connection, id: Entry) -> Result<Option<Vec<u8>>> {
    let mut query = conn.prepare_cached("SELECT body FROM entries WHERE id = ?1")?;
    Ok(query.query_row([id], |row| row.get(0)).optional()?.flatten())
}

/// Entries of one device after `seq`, in order, at most `entries` and about `bytes`.
pub fn after(
    conn: &Connection,
    conversation: Conversation,
    device: Device,
    seq: u64,
    entries: usize,
    bytes: usize,
) -> Result<Vec<Sealed>> {
    let mut query = conn.prepare_cached(
        "SELECT header, signature, salt, body FROM entries
         WHERE conversation = ?1 AND device = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = query.query(params![conversation, device, seq, entries])?;
    let (mut found, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let entry = sealed(row)?;
        size += entry.size() + 128;
        if size > bytes && !found.is_empty() {
            break;
        }
        found.push(entry);
    }
    Ok(found)
}

pub fn heights(conn: &Connection, conversation: Conversation) -> Result<Vec<Height>> {
    let mut query = conn.prepare_cached("SELECT device, seq FROM heads WHERE conversation = ?1 ORDER BY device")?;
    let rows = query.query_map([conversation], |row| Ok(Height { device: row.get(0)?, seq: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Heights and registers of a conversation.
pub fn known(conn: &Connection, conversation: Conversation) -> Result<Known> {
    let mut query =
        conn.prepare_cached("SELECT device, key, version FROM registers WHERE conversation = ?1 ORDER BY device, key")?;
    let rows = query.query_map([conversation], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let registers = rows.collect::<rusqlite::Result<_>>()?;
    Ok(Known { conversation, heights: heights(conn, conversation)?, registers })
}

/// Same digest, same heads and registers.
pub fn digest(conn: &Connection, conversation: Conversation) -> Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new_derive_key("stoa conversation digest v1");
    let mut query = conn.prepare_cached("SELECT device, seq, hash FROM heads WHERE conversation = ?1 ORDER BY device")?;
    let mut rows = query.query([conversation])?;
    while let Some(row) = rows.next()? {
        let (device, seq, hash): (Device, u64, Entry) = (row.get(0)?, row.get(1)?, row.get(2)?);
        hasher.update(&device.0).update(&seq.to_be_bytes()).update(&hash.0);
    }
    hasher.update(b"registers");
    for (device, key, version) in known(conn, conversation)?.registers {
        hasher.update(&device.0).update(&(key.len() as u64).to_be_bytes()).update(key.as_bytes());
        hasher.update(&version.to_be_bytes());
    }
    Ok(*hasher.finalize().as_bytes())
}

pub fn peer_height(conn: &Connection, peer: Device, conversation: Conversation, device: Device) -> Result<u64> {
    let mut query = conn.prepare_cached("SELECT seq FROM peer_heights WHERE peer = ?1 AND conversation = ?2 AND device = ?3")?;
    Ok(query.query_row(params![peer, conversation, device], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Notes what a peer's device has. Heights may fall when a peer was restored from an older copy.
pub fn set_peer_known(tx: &Tx<'_>, peer: Device, known: &Known) -> Result<()> {
    let conversation = known.conversation;
    let mut insert = tx.prepare_cached(
        "INSERT INTO peer_heights (peer, conversation, device, seq) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (peer, conversation, device) DO UPDATE SET seq = excluded.seq",
    )?;
    for height in &known.heights {
        insert.execute(params![peer, conversation, height.device, height.seq])?;
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO peer_registers (peer, conversation, device, key, version) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (peer, conversation, device, key) DO UPDATE SET version = excluded.version",
    )?;
    for (device, key, version) in &known.registers {
        insert.execute(params![peer, conversation, device, key, version])?;
    }
    Ok(())
}

/// Stores a register if its version is newer; says whether it was.
pub fn take_register(tx: &Tx<'_>, conversation: Conversation, register: &Register) -> Result<bool> {
    let changed = tx
        .prepare_cached(
            "INSERT INTO registers (conversation, device, key, version, value) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (conversation, device, key) DO UPDATE SET version = excluded.version, value = excluded.value
             WHERE excluded.version > version",
        )?
        .execute(params![conversation, register.device, register.key, register.version, register.value])?;
    Ok(changed > 0)
}

pub fn register(conn: &Connection, conversation: Conversation, device: Device, key: &str) -> Result<Option<Register>> {
    let mut query =
        conn.prepare_cached("SELECT version, value FROM registers WHERE conversation = ?1 AND device = ?2 AND key = ?3")?;
    Ok(query
        .query_row(params![conversation, device, key], |row| {
            Ok(Register { device, key: key.to_owned(), version: row.get(0)?, value: row.get(1)? })
        })
        .optional()?)
}

/// A device's registers that a peer does not have yet.
pub fn registers_owed(conn: &Connection, peer: Device, conversation: Conversation, own: Device) -> Result<Vec<Register>> {
    let mut query = conn.prepare_cached(
        "SELECT r.key, r.version, r.value FROM registers r LEFT JOIN peer_registers p
           ON p.peer = ?1 AND p.conversation = r.conversation AND p.device = r.device AND p.key = r.key
         WHERE r.conversation = ?2 AND r.device = ?3 AND r.version > coalesce(p.version, 0) LIMIT 200",
    )?;
    let rows = query.query_map(params![peer, conversation, own], |row| {
        Ok(Register { device: own, key: row.get(0)?, version: row.get(1)?, value: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn owe(tx: &Tx<'_>, person: Person, conversation: Conversation) -> Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO outbox (person, conversation) VALUES (?1, ?2)")?
        .execute(params![person, conversation])?;
    Ok(())
}

pub fn owed(conn: &Connection, person: Person) -> Result<Vec<Conversation>> {
    let mut query = conn.prepare_cached("SELECT conversation FROM outbox WHERE person = ?1")?;
    Ok(query.query_map([person], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub fn settle(tx: &Tx<'_>, person: Person, conversation: Conversation) -> Result<()> {
    tx.prepare_cached("DELETE FROM outbox WHERE person = ?1 AND conversation = ?2")?.execute(params![person, conversation])?;
    Ok(())
}

/// Forgets what was said in a conversation. The headers stay: a log that started anew would be a fork to the other side.
pub fn forget(tx: &Tx<'_>, conversation: Conversation) -> Result<()> {
    tx.execute("UPDATE entries SET salt = NULL, body = NULL WHERE conversation = ?1", [conversation])?;
    for table in ["outbox", "links", "messages"] {
        tx.execute(&format!("DELETE FROM {table} WHERE conversation = ?1"), [conversation])?;
    }
    Ok(())
}
