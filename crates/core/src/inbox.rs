//! The only place where p2p's events are matched; each is handed to its feature.

use std::sync::Arc;

use stoa_p2p::{Event, Events, Protocol};
use tokio::sync::{Notify, mpsc};

use crate::contacts::{invite, nearby};
use crate::db;
use crate::error::{Code, Result, bad};
use crate::ids::{Device, Person};
use crate::open;
use crate::stoa::Stoa;
use crate::touch::{Touched, Wake};
use crate::wire::{PairAnswer, PairAsk, decode, encode};
use crate::{gate, looks, photos, presence, products, sync};

pub async fn events(stoa: Stoa, mut events: Events) {
    while let Some(event) = events.next().await {
        match event {
            Event::Connected { device } => {
                stoa.spawn(connected(stoa.clone(), device.into()));
            }
            Event::Disconnected { device } => disconnected(&stoa, device.into()),
            Event::Nearby { device, addrs } => {
                let stoa = stoa.clone();
                stoa.clone().spawn(async move { nearby::seen(&stoa, device.into(), addrs).await });
            }
            Event::NearbyGone { device } => nearby::gone(&stoa, device.into()),
            Event::Listening { addrs } => {
                open::keep_ports(&stoa, addrs).await;
                stoa.touch(Touched::Node);
            }
            Event::Request { from, protocol, body, reply } => {
                let stoa = stoa.clone();
                stoa.clone().spawn(async move {
                    match answer(&stoa, from.into(), protocol, body).await {
                        Ok(body) => reply.send(body),
                        Err(error) => {
                            tracing::debug!(%error, %from, "a request was refused");
                            reply.refuse();
                        }
                    }
                });
            }
            _ => {}
        }
    }
}

/// Who a connected device belongs to: a contact that is neither blocked nor hidden from, or this person.
async fn welcome(stoa: &Stoa, device: Device) -> Result<Option<Person>> {
    let me = stoa.own.person.person();
    stoa.db
        .read(move |conn| {
            let Some((person, false)) = db::person_of(conn, device)? else { return Ok(None) };
            let contact = db::contact(conn, person)?.is_some_and(|row| !row.blocked) && !db::is_hidden_from(conn, person)?;
            Ok((contact || person == me).then_some(person))
        })
        .await
}

async fn connected(stoa: Stoa, device: Device) {
    stoa.touch(Touched::Node);
    match welcome(&stoa, device).await {
        Ok(Some(person)) => link(&stoa, device, person).await,
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "a connected device could not be looked up"),
    }
}

/// Sets up sending to a contact's device, once per connection.
async fn link(stoa: &Stoa, device: Device, person: Person) {
    let notify = {
        let mut links = stoa.links();
        if links.contains_key(&device) {
            return;
        }
        let notify = Arc::new(Notify::new());
        links.insert(device, (person, notify.clone()));
        notify
    };
    // it may have gone while it was looked up
    if !stoa.node.connected().contains(&device.into()) {
        return disconnected(stoa, device);
    }
    let addrs = stoa.node.known_addrs(device.into());
    if !addrs.is_empty()
        && let Err(error) = stoa.db.write(move |tx| db::set_addrs(tx, device, &addrs)).await
    {
        tracing::warn!(%error, "addresses were not kept");
    }
    stoa.spawn(sync::link(stoa.clone(), device, person, notify));
}

fn disconnected(stoa: &Stoa, device: Device) {
    let link = stoa.links().remove(&device);
    if let Some((_, notify)) = &link {
        // the link's task sees that it is no longer the one listed, and ends
        notify.notify_one();
    }
    presence::left(stoa, device);
    if let Some((person, _)) = link {
        stoa.spawn(looks::left(stoa.clone(), device, person));
    }
    stoa.touch(Touched::Node);
}

async fn answer(stoa: &Stoa, from: Device, protocol: Protocol, body: Vec<u8>) -> Result<Vec<u8>> {
    if protocol == Protocol::Pair {
        return Ok(encode(&pair(stoa, from, &body).await?));
    }
    let Some(person) = welcome(stoa, from).await? else {
        return bad(Code::Refused, "not a contact");
    };
    match protocol {
        Protocol::Sync => Ok(encode(&sync::answer(stoa, from, person, &body).await?)),
        Protocol::Live => {
            presence::heard(stoa, from, person, &body)?;
            Ok(Vec::new())
        }
        Protocol::Look => Ok(encode(&looks::serve::answer(stoa, person, &body).await?)),
        Protocol::Card => Ok(encode(&products::serve::answer(stoa, person, &body).await?)),
        _ => bad(Code::Refused, "no request of this protocol"),
    }
}

async fn pair(stoa: &Stoa, from: Device, body: &[u8]) -> Result<PairAnswer> {
    // nobody is to find out that somebody hides here; an introduction may come over a link that this side dialled
    let hidden = stoa.db.read(db::is_hidden).await?;
    match decode::<PairAsk>(body) {
        Some(PairAsk::Greet | PairAsk::Redeem { .. } | PairAsk::Request { .. }) if hidden => bad(Code::Refused, "hidden"),
        // only where this Stoa shows itself on the LAN does it say a name to strangers
        Some(PairAsk::Greet) if stoa.lan => {
            let name = stoa.db.read(|conn| db::meta(conn, "name")).await?.unwrap_or_default();
            Ok(PairAnswer::Greeting { name: String::from_utf8(name).unwrap_or_default() })
        }
        Some(PairAsk::Redeem { secret, intro }) => invite::redeemed(stoa, from, secret, intro).await,
        Some(PairAsk::Request { intro }) if stoa.lan => nearby::asked(stoa, from, intro).await,
        Some(PairAsk::Accept { intro }) => nearby::accepted(stoa, from, intro).await,
        Some(_) => Ok(PairAnswer::Invalid),
        None => bad(Code::BadRequest, "unreadable"),
    }
}

/// Acts on what transactions set going. Awaits nothing but the queue, since the writer waits when it is full.
pub async fn wakes(stoa: Stoa, mut wakes: mpsc::Receiver<Wake>) {
    while let Some(wake) = wakes.recv().await {
        match wake {
            Wake::Owed(person) => {
                let links = stoa.links();
                for (_, notify) in links.values().filter(|(of, _)| *of == person) {
                    notify.notify_one();
                }
            }
            Wake::Links => stoa.links_changed.notify_one(),
            Wake::State => stoa.links().values().for_each(|(_, notify)| notify.notify_one()),
            Wake::Looks => stoa.looks.fetch.notify_one(),
            Wake::Fetch => stoa.fetch.notify_one(),
            Wake::Prepare => stoa.prepare.notify_one(),
            Wake::Cut(share) => {
                stoa.node.blobs().cut(share.0);
                stoa.spawn(photos::expiry::clear(stoa.clone(), share));
            }
            Wake::Drop(device) => stoa.node.disconnect(device.into()),
            Wake::Linked { person, mine, links } => products::linked(&stoa, person, mine, &links),
        }
    }
}

/// Keeps gate and links to what contacts and devices say.
pub async fn links(stoa: Stoa) {
    loop {
        if let Err(error) = gate::follow(&stoa).await {
            tracing::warn!(%error, "the gate could not be read");
        }
        // a device may have been connected as a stranger before it became a contact's
        for device in stoa.node.connected() {
            stoa.spawn(connected(stoa.clone(), device.into()));
        }
        stoa.links_changed.notified().await;
    }
}
