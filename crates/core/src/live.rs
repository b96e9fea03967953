//! Live state: who is connected, how they are, what moves. Never stored.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use crate::api::Presence;
use crate::ids::{Device, Person, ShareId};
use crate::presence::standing::Standing;
use crate::time::Time;
use crate::wire::Version;

#[derive(Default)]
pub struct LiveState {
    /// The own state as others see it.
    pub own: Presence,
    /// What it follows from.
    pub standing: Standing,
    /// Grows with every change of the own state: links send it when they are behind.
    pub own_version: u64,
    /// Contacts with a device connected.
    pub people: HashMap<Person, Other>,
    /// Devices seen on the LAN, with the name they greet strangers with.
    pub nearby: HashMap<Device, String>,
    /// Pictures on their way here.
    pub transfers: HashMap<(ShareId, u32), Transfer>,
    /// Catalogs that did not answer, and when.
    pub away: HashMap<String, Instant>,
    /// The highest time recorded: expiry is never judged by an earlier one.
    pub floor: Time,
}

#[derive(Default)]
pub struct Other {
    pub devices: HashSet<Device>,
    pub presence: Presence,
    /// The newest versions they said.
    pub looks: Said,
}

/// Versions of somebody's scheme and persona.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub scheme: Version,
    pub persona: Version,
}

#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Bytes of the picture that are here.
    pub done: u64,
    /// Bytes that were here when it started.
    pub before: u64,
    pub started: Instant,
}

impl LiveState {
    pub fn presence(&self, person: Person) -> Presence {
        let offline = Presence::default();
        self.people.get(&person).map_or(offline, |other| other.presence.clone())
    }

    /// Bytes a second over the running transfers of a share.
    pub fn rate(&self, share: ShareId) -> u64 {
        let running = self.transfers.iter().filter(|((of, _), _)| *of == share);
        running
            .map(|(_, transfer)| {
                let seconds = transfer.started.elapsed().as_secs_f64().max(0.2);
                // whole bytes a second are exact enough
                ((transfer.done - transfer.before.min(transfer.done)) as f64 / seconds) as u64
            })
            .sum()
    }
}
