//! Manifests of a person: the device list and the profile. Signed by the person key; only the newest version matters.

use serde::{Deserialize, Serialize};

use crate::db::{self, Tx};
use crate::entries::Own;
use crate::error::{Code, Result, bad};
use crate::ids::{Conversation, Device, Person};
use crate::keys::{Domain, Key, verify};
use crate::text::visible;
use crate::touch::{Touched, Wake};
use crate::wire::{Holds, Signed, Version, decode, encode};

/// Devices of a person, at most.
pub const DEVICES_CAP: usize = 16;
/// Retired devices a list names, at most.
pub const RETIRED_CAP: usize = 64;
/// Conversations in which a retired device's end is named, at most.
pub const ENDS_CAP: usize = 1_000;
/// Letters of a name, at most.
pub const NAME_CAP: usize = 64;
/// Bytes of a manifest, at most.
const MANIFEST_CAP: usize = 512 * 1024;

const DEVICES: &str = "devices";
const PROFILE: &str = "profile";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    pub person: Person,
    pub version: Version,
    pub devices: Vec<Listed>,
    pub retired: Vec<Retired>,
}

/// A device with its own word that it belongs to the person: nobody can list another's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub device: Device,
    pub signature: Vec<u8>,
}

/// A device that writes no more, and where its logs end; entries past that are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    pub listed: Listed,
    pub ends: Vec<(Conversation, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub person: Person,
    pub version: Version,
    pub name: String,
}

impl Listed {
    pub fn new(own: &Own) -> Self {
        let device = own.device.device();
        Self { device, signature: own.device.sign(Domain::DeviceOf, &own.person.person().0) }
    }
}

fn sign<T: Serialize>(key: &Key, domain: Domain, value: &T) -> Signed {
    let bytes = encode(value);
    Signed { signature: key.sign(domain, &bytes), bytes }
}

/// Signs and stores the own device list.
pub fn publish_devices(tx: &mut Tx<'_>, own: &Own, list: &DeviceList) -> Result<()> {
    let signed = sign(&own.person, Domain::DeviceList, list);
    take_devices(tx, own, own.person.person(), &signed).map(drop)
}

/// Signs and stores a new own profile.
pub fn publish_profile(tx: &mut Tx<'_>, own: &Own, name: &str) -> Result<()> {
    let person = own.person.person();
    let counter = db::manifest(tx, person, PROFILE)?.map_or(0, |held| held.version.counter) + 1;
    let version = Version { counter, device: own.device.device().0 };
    let profile = Profile { person, version, name: name.to_owned() };
    take_profile(tx, person, &sign(&own.person, Domain::Profile, &profile)).map(drop)
}

/// The list as it was signed, checked for its signer and caps.
pub fn open_devices(person: Person, signed: &Signed) -> Result<DeviceList> {
    let refuse = |why: &str| bad(Code::BadRequest, format!("device list: {why}"));
    if signed.bytes.len() > MANIFEST_CAP || !verify(&person.0, Domain::DeviceList, &signed.bytes, &signed.signature) {
        return refuse("not signed by its person");
    }
    let Some(list) = decode::<DeviceList>(&signed.bytes) else { return refuse("unreadable") };
    let ends: usize = list.retired.iter().map(|retired| retired.ends.len()).sum();
    if list.person != person || list.devices.is_empty() || list.devices.len() > DEVICES_CAP {
        return refuse("of somebody else, empty or too long");
    }
    if list.retired.len() > RETIRED_CAP || ends > ENDS_CAP {
        return refuse("too many retired devices");
    }
    let retired = list.retired.iter().map(|retired| &retired.listed);
    if !list.devices.iter().chain(retired).all(|listed| verify(&listed.device.0, Domain::DeviceOf, &person.0, &listed.signature))
    {
        return refuse("a device did not sign that it belongs to the person");
    }
    Ok(list)
}

/// Takes a newer device list of a person; says whether it was newer.
pub fn take_devices(tx: &mut Tx<'_>, own: &Own, person: Person, signed: &Signed) -> Result<bool> {
    let list = open_devices(person, signed)?;
    if !db::take_manifest(tx, person, DEVICES, list.version, signed)? {
        return Ok(false);
    }
    let live: Vec<_> = list.devices.iter().map(|listed| listed.device).collect();
    let retired: Vec<_> = list.retired.iter().map(|retired| retired.listed.device).collect();
    db::set_devices(tx, person, &live, &retired)?;
    let me = own.person.person();
    for Retired { listed, ends } in &list.retired {
        // the ends of others' conversations are nobody's business here
        for (conversation, seq) in ends {
            if person == me || *conversation == Conversation::pair(me, person) {
                db::set_cut(tx, listed.device, *conversation, *seq)?;
            }
        }
        tx.wake(Wake::Drop(listed.device));
    }
    tx.wake(Wake::Links);
    Ok(true)
}

/// The profile, checked for its signer and caps.
pub fn open_profile(person: Person, signed: &Signed) -> Result<Profile> {
    if signed.bytes.len() > 4_096 || !verify(&person.0, Domain::Profile, &signed.bytes, &signed.signature) {
        return bad(Code::BadRequest, "profile: not signed by its person");
    }
    match decode::<Profile>(&signed.bytes) {
        Some(profile) if profile.person == person => Ok(Profile { name: clean_name(&profile.name), ..profile }),
        _ => bad(Code::BadRequest, "profile: unreadable or of somebody else"),
    }
}

/// Takes a newer profile of a person; says whether it was newer.
pub fn take_profile(tx: &mut Tx<'_>, person: Person, signed: &Signed) -> Result<bool> {
    let profile = open_profile(person, signed)?;
    if !db::take_manifest(tx, person, PROFILE, profile.version, signed)? {
        return Ok(false);
    }
    db::set_own_name(tx, person, &profile.name)?;
    tx.touch(Touched::Contact(person));
    Ok(true)
}

/// What is held of a person's manifests.
pub fn holds(conn: &rusqlite::Connection, person: Person) -> Result<Holds> {
    let version =
        |kind| Ok::<_, crate::error::Error>(db::manifest(conn, person, kind)?.map_or_else(Version::default, |held| held.version));
    Ok(Holds { devices: version(DEVICES)?, profile: version(PROFILE)?, scheme: version("scheme")?, persona: version("persona")? })
}

/// The own or another's manifests as signed: (devices, profile).
pub fn signed(conn: &rusqlite::Connection, person: Person) -> Result<(Signed, Signed)> {
    let one = |kind| match db::manifest(conn, person, kind)? {
        Some(held) => Ok(held.signed),
        None => bad(Code::Internal, "a manifest is missing"),
    };
    Ok((one(DEVICES)?, one(PROFILE)?))
}

/// The current device list of a person, if one is here.
pub fn device_list(conn: &rusqlite::Connection, person: Person) -> Result<Option<DeviceList>> {
    Ok(db::manifest(conn, person, DEVICES)?.and_then(|held| decode(&held.signed.bytes)))
}

/// A person's name from anywhere: see [`visible`].
pub fn clean_name(name: &str) -> String {
    visible(name, NAME_CAP)
}
