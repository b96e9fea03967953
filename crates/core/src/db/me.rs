//! Tables `meta`, `manifests`, `devices`, `cuts`, `device_addrs`: who this is, and whose devices are whose.

use rusqlite::{Connection, OptionalExtension, params};

use super::Tx;
use crate::error::Result;
use crate::ids::{Conversation, Device, Person};
use crate::wire::{Signed, Version};

pub fn meta(conn: &Connection, key: &str) -> Result<Option<Vec<u8>>> {
    Ok(conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?)
}

pub fn set_meta(tx: &Tx<'_>, key: &str, value: &[u8]) -> Result<()> {
    tx.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
        .execute(params![key, value])?;
    Ok(())
}

/// A number kept in `meta`; 0 when absent.
pub fn meta_u64(conn: &Connection, key: &str) -> Result<u64> {
    let bytes = meta(conn, key)?.unwrap_or_default();
    Ok(<[u8; 8]>::try_from(bytes.as_slice()).map_or(0, u64::from_be_bytes))
}

pub fn set_meta_u64(tx: &Tx<'_>, key: &str, value: u64) -> Result<()> {
    set_meta(tx, key, &value.to_be_bytes())
}

/// A manifest as stored.
pub struct Manifest {
    pub version: Version,
    pub signed: Signed,
}

pub fn manifest(conn: &Connection, owner: Person, kind: &str) -> Result<Option<Manifest>> {
    let mut query =
        conn.prepare_cached("SELECT counter, device, bytes, signature FROM manifests WHERE owner = ?1 AND kind = ?2")?;
    Ok(query
        .query_row(params![owner, kind], |row| {
            Ok(Manifest {
                version: Version { counter: row.get(0)?, device: row.get(1)? },
                signed: Signed { bytes: row.get(2)?, signature: row.get(3)? },
            })
        })
        .optional()?)
}

/// Stores a manifest if it is newer than the one here; says whether it was.
pub fn take_manifest(tx: &Tx<'_>, owner: Person, kind: &str, version: Version, signed: &Signed) -> Result<bool> {
    if manifest(tx, owner, kind)?.is_some_and(|held| held.version >= version) {
        return Ok(false);
    }
    tx.prepare_cached(
        "INSERT INTO manifests (owner, kind, counter, device, bytes, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (owner, kind) DO UPDATE SET counter = excluded.counter, device = excluded.device,
            bytes = excluded.bytes, signature = excluded.signature",
    )?
    .execute(params![owner, kind, version.counter, version.device, signed.bytes, signed.signature])?;
    Ok(true)
}

pub fn forget_manifests(tx: &Tx<'_>, owner: Person) -> Result<()> {
    tx.execute("DELETE FROM manifests WHERE owner = ?1", [owner])?;
    tx.execute("DELETE FROM devices WHERE person = ?1", [owner])?;
    Ok(())
}

/// Replaces the devices of a person. A device that another person already lists stays theirs.
pub fn set_devices(tx: &Tx<'_>, person: Person, live: &[Device], retired: &[Device]) -> Result<()> {
    tx.execute("DELETE FROM devices WHERE person = ?1", [person])?;
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO devices (device, person, retired) VALUES (?1, ?2, ?3)")?;
    for (devices, gone) in [(live, false), (retired, true)] {
        for device in devices {
            insert.execute(params![device, person, gone])?;
        }
    }
    Ok(())
}

/// Whose device this is, retired or not.
pub fn person_of(conn: &Connection, device: Device) -> Result<Option<(Person, bool)>> {
    let mut query = conn.prepare_cached("SELECT person, retired FROM devices WHERE device = ?1")?;
    Ok(query.query_row([device], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub fn devices_of(conn: &Connection, person: Person) -> Result<Vec<Device>> {
    let mut query = conn.prepare_cached("SELECT device FROM devices WHERE person = ?1 AND retired = 0 ORDER BY device")?;
    let rows = query.query_map([person], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

pub fn set_cut(tx: &Tx<'_>, device: Device, conversation: Conversation, seq: u64) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO cuts (device, conversation, seq) VALUES (?1, ?2, ?3)", params![device, conversation, seq])?;
    Ok(())
}

/// The last seq of a retired device's log.
pub fn cut(conn: &Connection, device: Device, conversation: Conversation) -> Result<u64> {
    let mut query = conn.prepare_cached("SELECT seq FROM cuts WHERE device = ?1 AND conversation = ?2")?;
    Ok(query.query_row(params![device, conversation], |row| row.get(0)).optional()?.unwrap_or(0))
}

pub fn addrs(conn: &Connection, device: Device) -> Result<Vec<String>> {
    let mut query = conn.prepare_cached("SELECT addrs FROM device_addrs WHERE device = ?1")?;
    let joined: Option<String> = query.query_row([device], |row| row.get(0)).optional()?;
    Ok(joined.unwrap_or_default().lines().map(str::to_owned).collect())
}

pub fn set_addrs(tx: &Tx<'_>, device: Device, addrs: &[String]) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO device_addrs (device, addrs) VALUES (?1, ?2) ON CONFLICT (device) DO UPDATE SET addrs = excluded.addrs",
    )?
    .execute(params![device, addrs.join("\n")])?;
    Ok(())
}
