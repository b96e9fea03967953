//! The keys of a home, made at first start. A home that was copied or restored becomes a new device and retires the
//! old one, so that no log is written by two.
//!
//! A copy shows itself by its fingerprint: machine id, and inode and birth time of the database's file. Moving a home
//! between file systems looks like a copy too, which costs nothing but a new device.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::db::{self, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::{Conversation, Device};
use crate::keys::Key;
use crate::wire::Version;

use super::manifests::{self, DeviceList, ENDS_CAP, Listed, RETIRED_CAP, Retired};
use crate::entries::{Own, Project};

/// Where this home lies. Not secret; hashed to one value.
pub fn fingerprint(database: &Path) -> Result<[u8; 32]> {
    let meta = std::fs::metadata(database)?;
    let born = meta.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let mut hasher = blake3::Hasher::new_derive_key("stoa home fingerprint v1");
    hasher.update(&machine).update(&meta.ino().to_be_bytes());
    hasher.update(&born.map_or(0, |at| at.as_nanos()).to_be_bytes());
    Ok(*hasher.finalize().as_bytes())
}

/// The keys of this home: made, loaded, or the device renewed.
pub fn own(tx: &mut Tx<'_>, fingerprint: [u8; 32], project: Project) -> Result<Own> {
    let (Some(person), Some(device)) = (secret(tx, "person_key")?, secret(tx, "device_key")?) else {
        return first_start(tx, fingerprint, project);
    };
    let own = Own { person, device, project };
    if db::meta(tx, "fingerprint")?.as_deref() == Some(&fingerprint) {
        return Ok(own);
    }
    renew(tx, &own, fingerprint)
}

fn secret(tx: &Tx<'_>, name: &str) -> Result<Option<Key>> {
    let Some(bytes) = db::meta(tx, name)? else { return Ok(None) };
    let secret = bytes.try_into().map_err(|_| Error::new(Code::HomeLocked, "a key in this home is damaged"))?;
    Ok(Some(Key::from_secret(secret)))
}

fn first_start(tx: &mut Tx<'_>, fingerprint: [u8; 32], project: Project) -> Result<Own> {
    let own = Own { person: Key::generate(), device: Key::generate(), project };
    store(tx, &own, fingerprint)?;
    let version = Version { counter: 1, device: own.device.device().0 };
    let list = DeviceList { person: own.person.person(), version, devices: vec![Listed::new(&own)], retired: Vec::new() };
    manifests::publish_devices(tx, &own, &list)?;
    manifests::publish_profile(tx, &own, "")?;
    Ok(own)
}

fn store(tx: &Tx<'_>, own: &Own, fingerprint: [u8; 32]) -> Result<()> {
    db::set_meta(tx, "person_key", &own.person.secret())?;
    db::set_meta(tx, "device_key", &own.device.secret())?;
    db::set_meta(tx, "fingerprint", &fingerprint)
}

/// A new device takes over; the old one's logs end where this home knows them.
fn renew(tx: &mut Tx<'_>, old: &Own, fingerprint: [u8; 32]) -> Result<Own> {
    let own = Own { person: old.person.clone(), device: Key::generate(), project: old.project };
    store(tx, &own, fingerprint)?;
    let person = own.person.person();
    let gone = old.device.device();
    let before = manifests::device_list(tx, person)?;
    let counter = before.as_ref().map_or(0, |list| list.version.counter) + 1;
    let mut retired = before.map_or_else(Vec::new, |list| list.retired);
    retired.push(Retired { listed: Listed::new(old), ends: ends(tx, gone)? });
    trim(&mut retired);
    let version = Version { counter, device: own.device.device().0 };
    manifests::publish_devices(tx, &own, &DeviceList { person, version, devices: vec![Listed::new(&own)], retired })?;
    tracing::info!(old = %gone, new = %own.device.device(), "this home was copied or moved; it goes on as a new device");
    Ok(own)
}

/// Keeps the list within its caps: the oldest devices go first, then the oldest ends.
fn trim(retired: &mut Vec<Retired>) {
    let surplus = retired.len().saturating_sub(RETIRED_CAP);
    retired.drain(..surplus);
    let mut room = ENDS_CAP;
    for device in retired.iter_mut().rev() {
        device.ends.truncate(room);
        room -= device.ends.len();
    }
}

fn ends(tx: &Tx<'_>, device: Device) -> Result<Vec<(Conversation, u64)>> {
    let mut query = tx.prepare("SELECT conversation, seq FROM heads WHERE device = ?1 ORDER BY seq DESC")?;
    let rows = query.query_map([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
