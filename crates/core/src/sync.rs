//! Meeting a contact's device: digests, then what the other lacks, acknowledged after commit.
//!
//! Both sides do the same: each asks with its digests, hears the other's heights where they differ, and pushes what
//! stands above them. A push is answered with heights that are durable. Nothing is pulled, so nobody can be made to
//! send what they did not decide to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stoa_p2p::Protocol;
use tokio::sync::Notify;

use crate::contacts::intro;
use crate::conversations;
use crate::db::{self, Tx};
use crate::entries;
use crate::entries::Own;
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Conversation, Device, Person};
use crate::log::{Opened, Sealed};
use crate::looks;
use crate::me::manifests;
use crate::outbox;
use crate::photos;
use crate::presence;
use crate::schemes;
use crate::stoa::Stoa;
use crate::touch::Touched;
use crate::wire::{Holds, Known, LookKind, MEET_CAP, PUSH_ENTRIES, PairAsk, Register, SyncAnswer, SyncAsk, decode, encode};

/// Bytes of a register's value, and registers in one push, at most.
const REGISTER_VALUE: usize = 4_096;
const REGISTERS_CAP: usize = 200;
/// Before a link that failed is tried again while the connection stands: this long at first, then doubled.
const RETRY: Duration = Duration::from_secs(2);
const RETRY_CAP: Duration = Duration::from_secs(120);

/// Sends to one connected device whatever it is owed, until it goes.
pub async fn link(stoa: Stoa, device: Device, person: Person, notify: Arc<Notify>) {
    let listed = || {
        let links = stoa.links();
        links.get(&device).is_some_and(|(_, listed)| Arc::ptr_eq(listed, &notify))
    };
    let mut retry = RETRY;
    let mut introduced = false;
    while listed() {
        let started = Instant::now();
        match serve(&stoa, device, person, &notify, &listed).await {
            Ok(()) => return,
            // they may know this person by an older device only
            Err(error) if error.code == Code::Refused && !introduced => {
                introduced = true;
                if introduce(&stoa, device).await.is_ok() {
                    continue;
                }
            }
            Err(error) => tracing::debug!(%error, %device, "sending stopped"),
        }
        if started.elapsed() > RETRY_CAP {
            retry = RETRY;
        }
        // a broken link is reported as Disconnected; anything else is worth another try
        let _ = tokio::time::timeout(retry, notify.notified()).await;
        retry = RETRY_CAP.min(retry * 2);
    }
}

/// Shows the own device list to a contact that knows this device as a stranger.
async fn introduce(stoa: &Stoa, device: Device) -> Result<()> {
    let accept = PairAsk::Accept { intro: intro::own(stoa).await? };
    stoa.node.request(device.into(), Protocol::Pair, encode(&accept)).await?;
    Ok(())
}

async fn serve(stoa: &Stoa, device: Device, person: Person, notify: &Notify, listed: &impl Fn() -> bool) -> Result<()> {
    let mut holds = meet(stoa, device, person).await?;
    // who does not meet us, as after they forgot us, is not online to us
    presence::met(stoa, device, person);
    stoa.fetch.notify_one();
    looks::met(stoa, person, holds).await?;
    let sending = async {
        let mut state = None;
        while listed() {
            send_manifests(stoa, device, &mut holds).await?;
            for conversation in stoa.db.read(move |conn| db::owed(conn, person)).await? {
                push(stoa, device, person, conversation).await?;
            }
            presence::send_state(stoa, device, &mut state).await?;
            notify.notified().await;
        }
        Ok(())
    };
    tokio::select! {
        sent = sending => sent,
        never = looks::ask::run(stoa, device, person) => match never {},
    }
}

/// The conversations that are this person's business.
fn shared(own: &Own, person: Person) -> Conversation {
    let me = own.person.person();
    if person == me { Conversation::own(me) } else { Conversation::pair(me, person) }
}

async fn meet(stoa: &Stoa, device: Device, person: Person) -> Result<Holds> {
    let conversation = shared(&stoa.own, person);
    let (digest, ours) = stoa.db.read(move |conn| Ok((db::digest(conn, conversation)?, db::known(conn, conversation)?))).await?;
    let ask = SyncAsk::Meet { addrs: intro::own_addrs(stoa), digests: vec![(conversation, digest)] };
    let SyncAnswer::Met { holds, differ } = ask_sync(stoa, device, &ask).await? else {
        return bad(Code::Refused, "not an answer to a meeting");
    };
    let theirs = differ.into_iter().find(|known| known.conversation == conversation);
    let equal = theirs.is_none();
    // an equal digest acknowledges all that is here
    note_known(stoa, device, person, theirs.unwrap_or(ours)).await?;
    if !equal {
        push(stoa, device, person, conversation).await?;
    }
    Ok(holds)
}

async fn ask_sync(stoa: &Stoa, device: Device, ask: &SyncAsk) -> Result<SyncAnswer> {
    let answer = stoa.node.request(device.into(), Protocol::Sync, encode(ask)).await?;
    decode(&answer).ok_or_else(|| Error::new(Code::Refused, "the other side answered in no known way"))
}

async fn send_manifests(stoa: &Stoa, device: Device, held: &mut Holds) -> Result<()> {
    let me = stoa.own.person.person();
    let (ours, (devices, profile)) =
        stoa.db.read(move |conn| Ok((manifests::holds(conn, me)?, manifests::signed(conn, me)?))).await?;
    let devices = (ours.devices > held.devices).then_some(devices);
    let profile = (ours.profile > held.profile).then_some(profile);
    let scheme = if ours.scheme > held.scheme { stoa.db.read(move |conn| schemes::pushed(conn, me)).await? } else { None };
    if devices.is_some() || profile.is_some() || scheme.is_some() {
        // what is not pushed is asked for
        let scheme_held = if scheme.is_some() { ours.scheme } else { held.scheme };
        ask_sync(stoa, device, &SyncAsk::Manifests { devices, profile, scheme }).await?;
        *held = Holds { scheme: scheme_held, ..ours };
    }
    Ok(())
}

/// Pushes a conversation until the device has all of it, then settles what was owed.
async fn push(stoa: &Stoa, device: Device, person: Person, conversation: Conversation) -> Result<()> {
    let own = stoa.own.device.device();
    loop {
        let parcel = stoa.db.read(move |conn| outbox::pack(conn, own, device, conversation)).await?;
        if parcel.is_empty() {
            // in one transaction with a second look: something may have been appended meanwhile
            let settled = stoa
                .db
                .write(move |tx| {
                    let nothing = outbox::pack(tx, own, device, conversation)?.is_empty();
                    if nothing {
                        db::settle(tx, person, conversation)?;
                    }
                    Ok(nothing)
                })
                .await?;
            if settled {
                return Ok(());
            }
            continue;
        }
        let before = stoa.db.read(move |conn| peer_state(conn, device, conversation)).await?;
        let ask = SyncAsk::Push { conversation, entries: parcel.entries, registers: parcel.registers };
        let SyncAnswer::Stored(known) = ask_sync(stoa, device, &ask).await? else {
            return bad(Code::Refused, "the other side does not share this conversation");
        };
        if known.conversation != conversation {
            return bad(Code::Refused, "an answer about another conversation");
        }
        note_known(stoa, device, person, known).await?;
        let after = stoa.db.read(move |conn| peer_state(conn, device, conversation)).await?;
        let grown = after.0 >= before.0 && after.1 >= before.1 && after != before;
        if !grown {
            return bad(Code::BadRequest, "the other side took nothing of what was sent");
        }
    }
}

fn peer_state(conn: &rusqlite::Connection, peer: Device, conversation: Conversation) -> Result<(u64, u64)> {
    let sum = |table: &str, column: &str| {
        let sql = format!("SELECT coalesce(sum({column}), 0) FROM {table} WHERE peer = ?1 AND conversation = ?2");
        conn.query_row(&sql, rusqlite::params![peer, conversation], |row| row.get(0))
    };
    Ok((sum("peer_heights", "seq")?, sum("peer_registers", "version")?))
}

/// Stores what a device has, and tells which own messages that delivered.
async fn note_known(stoa: &Stoa, device: Device, person: Person, known: Known) -> Result<()> {
    let me = stoa.own.person.person();
    stoa.db
        .write(move |tx| {
            let conversation = known.conversation;
            for height in &known.heights {
                let mine = db::person_of(tx, height.device)?.is_some_and(|(of, _)| of == me);
                if mine {
                    let before = db::delivered(tx, conversation, person, height.device)?;
                    for id in db::acknowledged(tx, conversation, height.device, before, height.seq)? {
                        tx.touch(Touched::Message(id));
                    }
                }
            }
            db::set_peer_known(tx, device, &capped(tx, known)?)?;
            tx.touch(Touched::Contact(person));
            Ok(())
        })
        .await
}

/// Nobody can have acknowledged more than there is.
fn capped(tx: &Tx<'_>, mut known: Known) -> Result<Known> {
    let here = db::known(tx, known.conversation)?;
    known.heights.retain_mut(|height| match here.heights.iter().find(|ours| ours.device == height.device) {
        Some(ours) => {
            height.seq = height.seq.min(ours.seq);
            true
        }
        None => false,
    });
    let ours: HashMap<(Device, &str), u64> =
        here.registers.iter().map(|(of, key, version)| ((*of, key.as_str()), *version)).collect();
    known.registers.retain_mut(|(device, key, version)| match ours.get(&(*device, key.as_str())) {
        Some(ours) => {
            *version = (*version).min(*ours);
            true
        }
        None => false,
    });
    // what is not named is not there
    for ours in &here.heights {
        if !known.heights.iter().any(|height| height.device == ours.device) {
            known.heights.push(crate::wire::Height { device: ours.device, seq: 0 });
        }
    }
    Ok(known)
}

/// Answers a contact's device. What the answer acknowledges is durable.
pub async fn answer(stoa: &Stoa, from: Device, person: Person, body: &[u8]) -> Result<SyncAnswer> {
    let own = stoa.own.clone();
    match decode::<SyncAsk>(body) {
        Some(SyncAsk::Meet { addrs, digests }) if digests.len() <= MEET_CAP => {
            stoa.db.write(move |tx| met(tx, &own, from, person, &addrs, &digests)).await
        }
        Some(SyncAsk::Manifests { devices, profile, scheme }) => {
            stoa.db
                .write(move |tx| {
                    if let Some(signed) = devices {
                        manifests::take_devices(tx, &own, person, &signed)?;
                    }
                    if let Some(signed) = profile {
                        manifests::take_profile(tx, person, &signed)?;
                    }
                    if let Some(signed) = scheme
                        && let Err(error) = looks::take(tx, &own, person, LookKind::Scheme, &signed)
                    {
                        tracing::debug!(%error, %person, "a pushed scheme was refused");
                    }
                    Ok(SyncAnswer::Taken)
                })
                .await
        }
        Some(SyncAsk::Push { conversation, entries, registers }) => {
            if conversation != shared(&own, person) || entries.len() > PUSH_ENTRIES || registers.len() > REGISTERS_CAP {
                return Ok(SyncAnswer::NotYours);
            }
            let entries = checked(entries).await?;
            stoa.db.write(move |tx| pushed(tx, &own, from, person, conversation, &entries, registers)).await
        }
        _ => bad(Code::BadRequest, "unreadable"),
    }
}

fn met(
    tx: &mut Tx<'_>,
    own: &Own,
    from: Device,
    person: Person,
    addrs: &[String],
    digests: &[(Conversation, [u8; 32])],
) -> Result<SyncAnswer> {
    let addrs = intro::capped(addrs);
    if !addrs.is_empty() {
        db::set_addrs(tx, from, &addrs)?;
    }
    let mut differ = Vec::new();
    for (conversation, digest) in digests {
        if *conversation == shared(own, person) && db::digest(tx, *conversation)? != *digest {
            differ.push(db::known(tx, *conversation)?);
        }
    }
    Ok(SyncAnswer::Met { holds: manifests::holds(tx, person)?, differ })
}

/// Sizes, shapes and signatures, away from the writer's thread. What fails is left out, and so not acknowledged.
async fn checked(sent: Vec<Sealed>) -> Result<Vec<(Opened, Sealed)>> {
    let open = |sealed: Sealed| match sealed.open() {
        Ok(opened) => Some((opened, sealed)),
        Err(why) => {
            tracing::debug!(%why, "an entry was refused");
            None
        }
    };
    let work = tokio::task::spawn_blocking(move || sent.into_iter().filter_map(open).collect());
    work.await.map_err(|error| Error::new(Code::Internal, error.to_string()))
}

fn pushed(
    tx: &mut Tx<'_>,
    own: &Own,
    from: Device,
    person: Person,
    conversation: Conversation,
    sent: &[(Opened, Sealed)],
    registers: Vec<Register>,
) -> Result<SyncAnswer> {
    for (opened, sealed) in sent {
        match entries::take(tx, own, conversation, opened, sealed) {
            Ok(_) => {}
            // one bad entry does not cost the good ones; what is not in the heights is not acknowledged
            Err(error) if matches!(error.code, Code::BadRequest | Code::Refused) => {
                tracing::debug!(%error, %from, "an entry was refused");
            }
            Err(error) => return Err(error),
        }
    }
    for register in registers {
        // only the device itself speaks for its registers, and only of what is known here
        let read = register.key == conversations::READ;
        if register.device != from || register.value.len() > REGISTER_VALUE || register.version > 1 << 48 {
            continue;
        }
        if !read && !photos::is_receipt(tx, own, person, &register.key)? {
            continue;
        }
        let before = db::register(tx, conversation, from, &register.key)?;
        if db::take_register(tx, conversation, &register)? {
            if read {
                conversations::read_by(tx, conversation, before.as_ref(), &register)?;
            } else {
                photos::fetched_by(tx, person, before.as_ref(), &register)?;
            }
        }
    }
    Ok(SyncAnswer::Stored(db::known(tx, conversation)?))
}
