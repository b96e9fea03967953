//! People on the same LAN: seen by mDNS, asked, and consented to on both sides.

use stoa_p2p::Protocol;

use crate::api::{ContactAsk, ContactConsent, ContactNearby, ContactRequest, ContactRequests, Done, Nearby};
use crate::db::{self, RequestRow};
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Device, Person};
use crate::me::manifests::clean_name;
use crate::presence::hidden;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;
use crate::wire::{Intro, PairAnswer, PairAsk, decode, encode};

use super::intro;
use super::invite::ask_pair;

/// Devices remembered as nearby, at most.
pub const NEARBY_CAP: usize = 200;

pub async fn list(stoa: &Stoa, _: ContactNearby) -> Result<Vec<Nearby>> {
    let own = stoa.clone();
    stoa.db.read(move |conn| view(&own, conn)).await
}

pub(crate) fn view(stoa: &Stoa, conn: &rusqlite::Connection) -> Result<Vec<Nearby>> {
    let asked: Vec<_> = db::requests(conn, true)?.into_iter().map(|row| row.device).collect();
    let seen: Vec<(Device, String)> = stoa.live().nearby.iter().map(|(device, name)| (*device, name.clone())).collect();
    let mut found = Vec::new();
    for (device, name) in seen {
        let known = match db::person_of(conn, device)? {
            Some((person, _)) => db::contact(conn, person)?.is_some() || person == stoa.own.person.person(),
            None => false,
        };
        if !known {
            found.push(Nearby { device: device.to_string(), name, asked: asked.contains(&device) });
        }
    }
    found.sort_by(|one, other| (&one.name, &one.device).cmp(&(&other.name, &other.device)));
    Ok(found)
}

/// A device showed itself: ask the name it answers strangers with.
pub async fn seen(stoa: &Stoa, device: Device, addrs: Vec<String>) {
    {
        let mut live = stoa.live();
        if live.nearby.contains_key(&device) || live.nearby.len() >= NEARBY_CAP {
            return;
        }
        live.nearby.insert(device, String::new());
    }
    let known = stoa.db.read(move |conn| Ok(db::person_of(conn, device)?.is_some())).await.unwrap_or(false);
    if known {
        return;
    }
    let greeted = stoa.node.connect(device.into(), addrs).await;
    if greeted.is_ok()
        && let Ok(PairAnswer::Greeting { name }) = ask_pair(stoa, device, &PairAsk::Greet).await
        && let Some(known) = stoa.live().nearby.get_mut(&device)
    {
        *known = clean_name(&name);
    }
    stoa.touch(Touched::Nearby);
}

pub fn gone(stoa: &Stoa, device: Device) {
    if stoa.live().nearby.remove(&device).is_some() {
        stoa.touch(Touched::Nearby);
    }
}

pub async fn ask(stoa: &Stoa, ContactAsk { device }: ContactAsk) -> Result<Done> {
    let device: Device = device.parse()?;
    let Some(name) = stoa.live().nearby.get(&device).cloned() else {
        return bad(Code::NotFound, "nobody of that id is nearby");
    };
    stoa.node.connect(device.into(), Vec::new()).await?;
    // remembered before it is asked: their yes may come at once
    let row = RequestRow { person: Person(device.0), device, name, intro: Vec::new(), at: Time::now(), refused: false };
    stoa.db.write(move |tx| db::put_request(tx, true, &row)).await?;
    match ask_pair(stoa, device, &PairAsk::Request { intro: intro::own(stoa).await? }).await {
        Ok(PairAnswer::Noted) => {
            stoa.touch(Touched::Nearby);
            Ok(Done {})
        }
        Ok(_) => bad(Code::Refused, "they cannot be asked now"),
        Err(error) => Err(error),
    }
}

pub async fn requests(stoa: &Stoa, _: ContactRequests) -> Result<Vec<ContactRequest>> {
    stoa.db.read(waiting).await
}

pub(crate) fn waiting(conn: &rusqlite::Connection) -> Result<Vec<ContactRequest>> {
    let shown = |row: RequestRow| ContactRequest { person: row.person.to_string(), name: row.name, at: row.at };
    Ok(db::requests(conn, false)?.into_iter().filter(|row| !row.refused).map(shown).collect())
}

/// Somebody asks to become a contact. A blocked or refused one is told nothing else.
pub async fn asked(stoa: &Stoa, from: Device, theirs: Intro) -> Result<PairAnswer> {
    let name = intro::check(&theirs, from)?;
    stoa.db
        .write(move |tx| {
            if db::contact(tx, theirs.person)?.is_some_and(|row| row.blocked) {
                return Ok(());
            }
            let row =
                RequestRow { person: theirs.person, device: from, name, intro: encode(&theirs), at: Time::now(), refused: false };
            db::put_request(tx, false, &row)?;
            tx.touch(Touched::Requests);
            Ok(())
        })
        .await?;
    Ok(PairAnswer::Noted)
}

pub async fn consent(stoa: &Stoa, ContactConsent { person, yes }: ContactConsent) -> Result<Done> {
    let person: Person = person.parse()?;
    let rows = stoa.db.read(|conn| db::requests(conn, false)).await?;
    let Some(row) = rows.into_iter().find(|row| row.person == person) else {
        return bad(Code::NotFound, "nobody of that id has asked");
    };
    if !yes {
        stoa.db
            .write(move |tx| {
                tx.touch(Touched::Requests);
                db::refuse_request(tx, person)
            })
            .await?;
        return Ok(Done {});
    }
    hidden::may_meet(stoa).await?;
    let theirs: Intro = decode(&row.intro).ok_or_else(|| Error::new(Code::Internal, "the request is damaged"))?;
    stoa.node.connect(row.device.into(), theirs.addrs.clone()).await?;
    let accept = PairAsk::Accept { intro: intro::own(stoa).await? };
    let answer = stoa.node.request(row.device.into(), Protocol::Pair, encode(&accept)).await?;
    if decode(&answer) != Some(PairAnswer::Noted) {
        return bad(Code::Refused, "they no longer wait for this");
    }
    let own = stoa.own.clone();
    stoa.db.write(move |tx| intro::befriend(tx, &own, &theirs, row.device)).await?;
    Ok(Done {})
}

/// The yes to what this side asked: only from a device that was asked.
pub async fn accepted(stoa: &Stoa, from: Device, theirs: Intro) -> Result<PairAnswer> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let already = db::contact(tx, theirs.person)?.is_some_and(|row| !row.blocked);
            let asked = db::requests(tx, true)?.iter().any(|row| row.device == from);
            if !asked && !already {
                return Ok(PairAnswer::Invalid);
            }
            intro::befriend(tx, &own, &theirs, from)?;
            Ok(PairAnswer::Noted)
        })
        .await
}
