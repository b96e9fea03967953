//! What contacts see of a person beside words: schemes and personas travel here, between the two and by mutual contacts.
//!
//! A state carries versions only. Who has older ones asks ([`ask`]), is answered ([`serve`]), takes what is newer
//! ([`take()`]) and fetches what is missing of it ([`fetch`]).

pub mod api;
pub mod ask;
pub mod fetch;
pub mod grant;
pub mod made;
pub mod manifest;
mod room;
pub mod serve;
mod take;
#[cfg(test)]
mod tests;
pub mod tidy;
mod view;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::api::{Done, LookRefresh};
use crate::contacts::find::find;
use crate::db;
use crate::error::Result;
use crate::ids::{Device, Hash, Person};
use crate::rate::{Buckets, Rate, counted};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{Holds, LookKind};

pub use take::{follow, take};
pub use view::{look, look_of, media, persona_picture};

/// Devices remembered as holders of somebody's look, at most.
const HOLDERS_CAP: usize = 8;
/// Questions of one person: a meeting takes a few, each change of a look one or two.
const ASKS: Rate = Rate { burst: 300.0, per_second: 10.0 };

/// What the links to contacts' devices share about looks. Never stored.
pub struct Looks {
    /// Sets fetching and tidying going.
    pub fetch: Notify,
    /// Held while somebody else's medium is made.
    making: tokio::sync::Mutex<()>,
    asked: Mutex<Buckets>,
    askers: Mutex<HashMap<Device, Arc<ask::Asker>>>,
    /// Devices that showed somebody's look while that person was away.
    holders: Mutex<HashMap<Person, HashSet<Device>>>,
}

impl Default for Looks {
    fn default() -> Self {
        let (fetch, making, askers, holders) = Default::default();
        Self { fetch, making, asked: Mutex::new(Buckets::new(ASKS)), askers, holders }
    }
}

impl Looks {
    /// Counts a question of a contact, or says that they ask too often.
    fn may_ask(&self, person: Person) -> bool {
        counted(&self.asked, person)
    }

    fn askers(&self) -> MutexGuard<'_, HashMap<Device, Arc<ask::Asker>>> {
        self.askers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<Person, HashSet<Device>>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, owner: Person, device: Device) {
        let mut holders = self.holders();
        let of = holders.entry(owner).or_default();
        if of.len() < HOLDERS_CAP {
            of.insert(device);
        }
    }
}

/// How the names of looks' blobs begin.
const BLOB_NAMES: &str = "look/";

/// The blob store's name that keeps a medium.
pub fn blob_name(owner: Person, hash: Hash) -> String {
    format!("{BLOB_NAMES}{owner}/{hash}")
}

pub async fn refresh(stoa: &Stoa, LookRefresh { contact }: LookRefresh) -> Result<Done> {
    let person = stoa.db.read(move |conn| Ok(find(conn, &contact)?.person)).await?;
    let devices = stoa.live().people.get(&person).map(|other| other.devices.clone());
    match devices {
        Some(devices) => {
            for device in devices {
                heard_of(stoa, device, ask::Asker::yours);
            }
        }
        None => away(stoa, person),
    }
    Ok(Done {})
}

/// A device may have said a newer version.
pub fn heard(stoa: &Stoa, device: Device) {
    heard_of(stoa, device, ask::Asker::look);
}

fn heard_of(stoa: &Stoa, device: Device, tell: impl FnOnce(&ask::Asker)) {
    if let Some(asker) = stoa.looks.askers().get(&device) {
        tell(asker);
    }
}

/// Asks everybody who is there about somebody who is not.
fn away(stoa: &Stoa, person: Person) {
    for asker in stoa.looks.askers().values() {
        asker.others(person);
    }
}

/// Somebody is there, who holds these versions of the own look: what is missing of theirs may come.
///
/// # Errors
/// `disk_full`
pub async fn met(stoa: &Stoa, person: Person, holds: Holds) -> Result<()> {
    stoa.looks.fetch.notify_one();
    let me = stoa.own.person.person();
    stoa.db
        .write(move |tx| {
            manifest::overtaken(tx, me, LookKind::Scheme, holds.scheme)?;
            manifest::overtaken(tx, me, LookKind::Persona, holds.persona)?;
            db::set_look_seen(tx, person, Time::now())
        })
        .await
}

/// A device went. When its person went with it, others may have what did not come.
pub async fn left(stoa: Stoa, device: Device, person: Person) {
    stoa.looks.holders().values_mut().for_each(|devices| {
        devices.remove(&device);
    });
    if stoa.live().people.contains_key(&person) {
        return;
    }
    match stoa.db.read(move |conn| db::look_missing(conn, person)).await {
        Ok(true) => away(&stoa, person),
        Ok(false) => {}
        Err(error) => tracing::debug!(%error, "what is missing of a look could not be read"),
    }
}
