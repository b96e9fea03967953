//! How somebody is: a state and a line of text, live while connected. Schemes build on this.

pub mod api;
pub mod hidden;
pub mod idle;
pub mod standing;

use std::sync::Mutex;
use stoa_p2p::Protocol;
use tokio::time::Instant;

use crate::api::{Done, Presence, PresenceSet, PresenceShow, PresenceStates, State};
use crate::contacts::find::find;
use crate::db::{self, Tx};
use crate::error::{Code, Result, bad};
use crate::gate;
use crate::ids::{Device, Person};
use crate::live::Said;
use crate::looks::{self, manifest};
use crate::me::manifests;
use crate::presence::api::TEXT_CAP;
use crate::rate::{Buckets, Rate, counted};
use crate::stoa::Stoa;
use crate::text::visible;
use crate::time::Time;
use crate::touch::Touched;
use crate::wire::{Live, decode, encode};

/// Own states that were used and are still offered, at most.
const USED_CAP: usize = 32;
const USED: &str = "states_used";
/// Live messages of one person: each is shown to the owner.
const TOLD: Rate = Rate { burst: 300.0, per_second: 20.0 };
/// The longest that a state may be set for, in milliseconds: a year.
const LONGEST: i64 = 366 * 86_400_000;

/// What contacts may tell.
pub fn told() -> Mutex<Buckets> {
    Mutex::new(Buckets::new(TOLD))
}

/// A state's text as every reader shows it: nothing that a reader takes out gets in.
///
/// # Errors
/// `bad_request` unless it is one line of at most [`TEXT_CAP`] visible letters.
pub fn line(text: &str) -> Result<String> {
    let text = text.trim();
    if visible(text, TEXT_CAP) == text {
        Ok(text.to_owned())
    } else {
        bad(Code::BadRequest, format!("a state's text is one line of at most {TEXT_CAP} visible letters"))
    }
}

pub async fn set(stoa: &Stoa, PresenceSet { state, text, until }: PresenceSet) -> Result<Done> {
    if state == *State::OFFLINE {
        return bad(
            Code::BadRequest,
            "offline is what others see when this Stoa is closed; to look so while it runs, become invisible",
        );
    }
    let text = line(&text)?;
    let now = Time::now();
    if until.is_some_and(|end| end <= now || end.0 > now.0.saturating_add(LONGEST)) {
        return bad(Code::BadRequest, "a state ends later than now and within a year");
    }
    let _turn = stoa.turns.one.lock().await;
    let chosen = Presence { state: state.clone(), text, since: now, until };
    let mut standing = stoa.live().standing.clone();
    standing.choose(chosen.clone(), Instant::now());
    let shown_again = stoa
        .db
        .write(move |tx| {
            standing.keep(tx)?;
            note_used(tx, &state)?;
            let hidden = db::hidden_from_all(tx)?;
            if hidden {
                db::set_hidden_from_all(tx, false)?;
                hidden::changed(tx);
            }
            Ok(hidden)
        })
        .await?;
    // not the clone: input may have been told of meanwhile
    stoa.live().standing.choose(chosen, Instant::now());
    idle::show(stoa);
    if shown_again {
        gate::follow(stoa).await?;
    }
    Ok(Done {})
}

pub async fn show(stoa: &Stoa, PresenceShow { contact }: PresenceShow) -> Result<Presence> {
    let Some(contact) = contact else { return Ok(stoa.live().own.clone()) };
    let person = stoa.db.read(move |conn| Ok(find(conn, &contact)?.person)).await?;
    Ok(stoa.live().presence(person))
}

pub async fn states(stoa: &Stoa, _: PresenceStates) -> Result<Vec<State>> {
    let me = stoa.own.person.person();
    stoa.db
        .read(move |conn| {
            let mut own = used(conn)?;
            own.extend(manifest::scheme(conn, me)?.into_iter().flat_map(|scheme| scheme.looks).map(|look| look.state));
            own.retain(|state| !state.is_built_in());
            own.sort();
            own.dedup();
            let mut states = State::BUILT_IN.into_iter().map(State::new).collect::<Result<Vec<_>>>()?;
            states.extend(own);
            Ok(states)
        })
        .await
}

/// Own states that were set, the latest first.
fn used(conn: &rusqlite::Connection) -> Result<Vec<State>> {
    Ok(db::meta(conn, USED)?.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default())
}

fn note_used(tx: &Tx<'_>, state: &State) -> Result<()> {
    if state.is_built_in() {
        return Ok(());
    }
    let mut used = used(tx)?;
    used.retain(|known| known != state);
    used.insert(0, state.clone());
    used.truncate(USED_CAP);
    db::set_meta(tx, USED, &serde_json::to_vec(&used).unwrap_or_default())
}

/// Sends the own state over a link unless it was sent already; the link tries again when it fails.
pub async fn send_state(stoa: &Stoa, device: Device, sent: &mut Option<(u64, Said)>) -> Result<()> {
    let me = stoa.own.person.person();
    let held = stoa.db.read(move |conn| manifests::holds(conn, me)).await?;
    let (state, version) = {
        let live = stoa.live();
        let own = live.own.clone();
        let until = own.until.map(|until| until.0);
        let (scheme, persona) = (held.scheme, held.persona);
        let sending = (live.own_version, Said { scheme, persona });
        (Live::State { state: own.state, text: own.text, since: own.since.0, until, scheme, persona }, sending)
    };
    if *sent != Some(version) {
        let state = encode(&state);
        tracing::debug!(%device, bytes = state.len(), "the state is told");
        stoa.node.request(device.into(), Protocol::Live, state).await?;
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
        if other.presence.state == *State::OFFLINE {
            other.presence = Presence { state: State::online(), since: Time::now(), ..Presence::default() };
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
///
/// # Errors
/// `too_many` to who tells too much: a state is sent again, nothing else is missed.
pub fn heard(stoa: &Stoa, device: Device, person: Person, body: &[u8]) -> Result<()> {
    if !counted(&stoa.told, person) {
        return bad(Code::TooMany, "told too much");
    }
    match decode::<Live>(body) {
        Some(Live::State { state, text, since, until, scheme, persona }) if state != *State::OFFLINE => {
            let (text, now) = (visible(&text, TEXT_CAP), Time::now());
            // shown as they said it: their clock ends it, and a date that no calendar has is none
            let until = until.filter(|end| (0..=now.0.saturating_add(2 * LONGEST)).contains(end)).map(Time);
            let said = Said { scheme, persona };
            let before = {
                let links = stoa.links();
                if !links.contains_key(&device) {
                    return Ok(());
                }
                let mut live = stoa.live();
                let other = live.people.entry(person).or_default();
                other.devices.insert(device);
                other.presence = Presence { state, text, since: Time(since.clamp(0, now.0)), until };
                std::mem::replace(&mut other.looks, said)
            };
            stoa.touch(Touched::Contact(person));
            if said != before {
                looks::heard(stoa, device);
            }
        }
        Some(Live::Typing) => stoa.touch(Touched::Typing(person)),
        _ => tracing::debug!(%person, "an unreadable live message"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tells_without_end_is_refused_and_nobody_else() {
        let (told, [bob, eve]) = (told(), [Person([1; 32]), Person([2; 32])]);
        assert!((0..10_000).filter(|_| counted(&told, eve)).count() < 1_000);
        assert!(counted(&told, bob));
    }
}
