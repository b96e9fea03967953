//! Tables `contacts`, `invitations`, `requests`.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Conversation, Device, Person};
use crate::time::Time;

#[derive(Clone, Debug)]
pub struct ContactRow {
    pub person: Person,
    pub conversation: Conversation,
    pub own_name: String,
    pub alias: String,
    pub verified: bool,
    pub blocked: bool,
    pub since: Time,
}

const COLUMNS: &str = "person, conversation, own_name, alias, verified, blocked, since";

fn contact_row(row: &Row<'_>) -> rusqlite::Result<ContactRow> {
    Ok(ContactRow {
        person: row.get(0)?,
        conversation: row.get(1)?,
        own_name: row.get(2)?,
        alias: row.get(3)?,
        verified: row.get(4)?,
        blocked: row.get(5)?,
        since: Time(row.get(6)?),
    })
}

impl ContactRow {
    /// What lists show.
    pub fn name(&self) -> &str {
        if self.alias.is_empty() { &self.own_name } else { &self.alias }
    }
}

pub fn contact(conn: &Connection, person: Person) -> Result<Option<ContactRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts WHERE person = ?1"))?;
    Ok(query.query_row([person], contact_row).optional()?)
}

/// The other person of a pair conversation.
pub fn contact_of(conn: &Connection, conversation: Conversation) -> Result<Option<ContactRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts WHERE conversation = ?1"))?;
    Ok(query.query_row([conversation], contact_row).optional()?)
}

pub fn contacts(conn: &Connection) -> Result<Vec<ContactRow>> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts ORDER BY since, person"))?;
    Ok(query.query_map([], contact_row)?.collect::<rusqlite::Result<_>>()?)
}

pub fn put_contact(tx: &Tx<'_>, row: &ContactRow) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO contacts (person, conversation, own_name, alias, verified, blocked, since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (person) DO UPDATE SET alias = excluded.alias, verified = excluded.verified, blocked = excluded.blocked",
    )?
    .execute(params![row.person, row.conversation, row.own_name, row.alias, row.verified, row.blocked, row.since.0])?;
    Ok(())
}

pub fn set_own_name(tx: &Tx<'_>, person: Person, name: &str) -> Result<()> {
    tx.execute("UPDATE contacts SET own_name = ?2 WHERE person = ?1", params![person, name])?;
    Ok(())
}

pub fn remove_contact(tx: &Tx<'_>, person: Person) -> Result<()> {
    tx.execute("DELETE FROM contacts WHERE person = ?1", [person])?;
    tx.execute("DELETE FROM requests WHERE person = ?1", [person])?;
    Ok(())
}

pub fn put_invitation(tx: &Tx<'_>, secret_hash: [u8; 32], expires: Time) -> Result<()> {
    tx.execute("INSERT INTO invitations (secret_hash, expires) VALUES (?1, ?2)", params![secret_hash, expires.0])?;
    // kept a month past their end, so that a late redeemer hears "expired" and not "invalid"
    tx.execute("DELETE FROM invitations WHERE expires < ?1", [Time::now().0 - 30 * 86_400_000])?;
    Ok(())
}

pub enum Redemption {
    Unknown,
    Expired,
    Used,
    Redeemed,
    /// By the same person as before.
    Again,
}

/// Uses an invitation up, once.
pub fn redeem(tx: &Tx<'_>, secret_hash: [u8; 32], by: Person, now: Time) -> Result<Redemption> {
    let row: Option<(i64, Option<Person>)> = tx
        .query_row("SELECT expires, used_by FROM invitations WHERE secret_hash = ?1", [secret_hash], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(match row {
        None => Redemption::Unknown,
        Some((_, Some(used_by))) if used_by == by => Redemption::Again,
        Some((_, Some(_))) => Redemption::Used,
        Some((expires, None)) if expires <= now.0 => Redemption::Expired,
        Some((_, None)) => {
            tx.execute("UPDATE invitations SET used_by = ?2 WHERE secret_hash = ?1", params![secret_hash, by])?;
            Redemption::Redeemed
        }
    })
}

#[derive(Clone, Debug)]
pub struct RequestRow {
    pub person: Person,
    pub device: Device,
    pub name: String,
    /// Postcard of `wire::Intro`; empty for outgoing ones.
    pub intro: Vec<u8>,
    pub at: Time,
    pub refused: bool,
}

/// Requests that are remembered, at most, and for how many milliseconds.
const REQUESTS_CAP: u64 = 100;
const REQUEST_AGE: i64 = 30 * 86_400_000;

pub fn requests(conn: &Connection, outgoing: bool) -> Result<Vec<RequestRow>> {
    let mut query =
        conn.prepare_cached("SELECT person, device, name, intro, at, refused FROM requests WHERE outgoing = ?1 ORDER BY at")?;
    let rows = query.query_map([outgoing], |row| {
        Ok(RequestRow {
            person: row.get(0)?,
            device: row.get(1)?,
            name: row.get(2)?,
            intro: row.get(3)?,
            at: Time(row.get(4)?),
            refused: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn put_request(tx: &Tx<'_>, outgoing: bool, row: &RequestRow) -> Result<()> {
    tx.execute("DELETE FROM requests WHERE at < ?1", [row.at.0 - REQUEST_AGE])?;
    // the newest are kept, so that a crowd of strangers cannot end requests for good
    tx.execute(
        "DELETE FROM requests WHERE outgoing = ?1 AND person IN
           (SELECT person FROM requests WHERE outgoing = ?1 ORDER BY refused, at DESC LIMIT -1 OFFSET ?2)",
        params![outgoing, REQUESTS_CAP - 1],
    )?;
    // a request refused before stays refused
    tx.execute(
        "INSERT INTO requests (person, outgoing, device, name, intro, at, refused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
         ON CONFLICT (person, outgoing) DO UPDATE SET device = excluded.device, name = excluded.name, intro = excluded.intro",
        params![row.person, outgoing, row.device, row.name, row.intro, row.at.0],
    )?;
    Ok(())
}

pub fn refuse_request(tx: &Tx<'_>, person: Person) -> Result<()> {
    tx.execute("UPDATE requests SET refused = 1 WHERE person = ?1 AND outgoing = 0", [person])?;
    Ok(())
}

pub fn drop_requests(tx: &Tx<'_>, person: Person) -> Result<()> {
    tx.execute("DELETE FROM requests WHERE person = ?1", [person])?;
    Ok(())
}
