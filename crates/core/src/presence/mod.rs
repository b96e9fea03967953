//! How somebody is: a state and a line of text, live while connected. Schemes build on this.

pub mod api;

use stoa_p2p::Protocol;

use crate::api::{Done, Presence, PresenceSet, PresenceShow, State};
use crate::contacts::find::find;
use crate::db;
use crate::error::{Code, Result, bad};
use crate::ids::{Device, Person};
use crate::me::manifests::visible;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;
use crate::wire::{Live, decode, encode};

/// Letters of a state's text, at most.
pub const TEXT_CAP: usize = 140;

pub async fn set(stoa: &Stoa, PresenceSet { state, text }: PresenceSet) -> Result<Done> {
    if state == State::Offline {
        return bad(Code::BadRequest, "offline is what others see when this Stoa is closed; choose online, away or busy");
    }
    if text.chars().count() > TEXT_CAP || text.contains(char::is_control) {
        return bad(Code::BadRequest, format!("a state's text is one line of at most {TEXT_CAP} letters"));
    }
    let presence = Presence { state, text: text.trim().to_owned(), since: Time::now() };
    let kept = serde_json::to_vec(&presence).unwrap_or_default();
    stoa.db.write(move |tx| db::set_meta(tx, "presence", &kept)).await?;
    {
        let mut live = stoa.live();
        live.own = presence;
        live.own_version += 1;
    }
    stoa.touch(Touched::Me);
    for (_, notify) in stoa.links().values() {
        notify.notify_one();
    }
    Ok(Done {})
}

pub async fn show(stoa: &Stoa, PresenceShow { contact }: PresenceShow) -> Result<Presence> {
    let Some(contact) = contact else { return Ok(stoa.live().own.clone()) };
    let person = stoa.db.read(move |conn| Ok(find(conn, &contact)?.person)).await?;
    Ok(stoa.live().presence(person))
}

/// The state this Stoa was left in.
pub fn kept(conn: &rusqlite::Connection) -> Result<Presence> {
    let kept = db::meta(conn, "presence")?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(kept.unwrap_or(Presence { state: State::Online, text: String::new(), since: Time::now() }))
}

/// Sends the own state over a link unless it was sent already; the link tries again when it fails.
pub async fn send_state(stoa: &Stoa, device: Device, sent: &mut Option<u64>) -> Result<()> {
    let (state, version) = {
        let live = stoa.live();
        let own = live.own.clone();
        (Live::State { state: own.state, text: own.text, since: own.since.0 }, live.own_version)
    };
    if *sent != Some(version) {
        stoa.node.request(device.into(), Protocol::Live, encode(&state)).await?;
        *sent = Some(version);
    }
    Ok(())
}

/// Says something live to every connected device of a person; lost when the link breaks.
pub fn tell(stoa: &Stoa, person: Person, what: &Live) {
    let devices: Vec<Device> =
        stoa.live().people.get(&person).map_or_else(Vec::new, |other| other.devices.iter().copied().collect());
    for device in devices {
        tell_device(stoa, device, what);
    }
}

fn tell_device(stoa: &Stoa, device: Device, what: &Live) {
    let (node, body) = (stoa.node.clone(), encode(what));
    stoa.spawn(async move {
        if let Err(error) = node.request(device.into(), Protocol::Live, body).await {
            tracing::debug!(%error, %device, "a live message was lost");
        }
    });
}

/// A contact's device met us: its person is online.
pub fn met(stoa: &Stoa, device: Device, person: Person) {
    {
        // held together, so that a device that goes meanwhile is not left behind; links before live, everywhere
        let links = stoa.links();
        if !links.contains_key(&device) {
            return;
        }
        let mut live = stoa.live();
        let other = live.people.entry(person).or_default();
        other.devices.insert(device);
        if other.presence.state == State::Offline {
            other.presence = Presence { state: State::Online, text: String::new(), since: Time::now() };
        }
    }
    stoa.touch(Touched::Contact(person));
}

/// A device went; with the last one its person is offline.
pub fn left(stoa: &Stoa, device: Device) {
    let mut gone = None;
    stoa.live().people.retain(|person, other| {
        if other.devices.remove(&device) {
            gone = Some(*person);
        }
        !other.devices.is_empty()
    });
    if let Some(person) = gone {
        stoa.touch(Touched::Contact(person));
    }
}

/// Something live from a contact's device. It may speak before this side's own meeting with it is over.
pub fn heard(stoa: &Stoa, device: Device, person: Person, body: &[u8]) {
    match decode::<Live>(body) {
        Some(Live::State { state, text, since }) if state != State::Offline => {
            let text = visible(&text, TEXT_CAP);
            {
                let links = stoa.links();
                if !links.contains_key(&device) {
                    return;
                }
                let mut live = stoa.live();
                let other = live.people.entry(person).or_default();
                other.devices.insert(device);
                other.presence = Presence { state, text, since: Time(since.clamp(0, Time::now().0)) };
            }
            stoa.touch(Touched::Contact(person));
        }
        Some(Live::Typing) => stoa.touch(Touched::Typing(person)),
        _ => tracing::debug!(%person, "an unreadable live message"),
    }
}
