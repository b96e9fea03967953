//! Writing to the logs and taking in what others wrote. What an entry means is projected in the same transaction.

use crate::db::{self, Tx};
use crate::error::{Code, Result, bad};
use crate::ids::{Conversation, Device, Entry, Person};
use crate::keys::Key;
use crate::log::{Header, Hybrid, Opened, PARENTS_CAP, Place, Sealed, Verdict, judge};
use crate::time::Time;
use crate::wire::decode;

const CLOCK: &str = "clock";
/// Entries of one device that may wait for a causal parent, and bytes of their bodies.
const WAITING_CAP: u64 = 1_000;
const WAITING_BYTES: u64 = 8 * 1024 * 1024;

/// Who writes: the signing keys, and what gives entries their meaning.
pub struct Own {
    pub person: Key,
    pub device: Key,
    pub project: Project,
}

/// Projects a placed entry, in the transaction that placed it.
pub type Project = fn(&mut Tx<'_>, &Own, &Placed<'_>) -> Result<()>;

/// An entry that has its place, with whose it is.
pub struct Placed<'a> {
    pub id: Entry,
    pub header: &'a Header,
    pub place: Place,
    pub author: Person,
    pub body: &'a [u8],
}

/// Appends an entry of this device and projects it.
pub fn append(tx: &mut Tx<'_>, own: &Own, conversation: Conversation, kind: &str, body: Vec<u8>) -> Result<Entry> {
    if body.len() > crate::log::BODY_CAP {
        return bad(Code::TooLarge, format!("an entry holds at most {} KiB", crate::log::BODY_CAP / 1024));
    }
    let device = own.device.device();
    let head = db::head(tx, conversation, device)?;
    if head.is_some_and(|head| head.frozen) {
        return bad(Code::Internal, "this home was restored from an older copy; restart Stoa to go on as a new device");
    }
    let header = Header {
        kind: kind.to_owned(),
        conversation,
        device,
        seq: head.map_or(1, |head| head.seq + 1),
        prev: head.map_or([0; 32], |head| head.hash.0),
        time: tick(tx)?,
        parents: db::parents(tx, conversation, device, PARENTS_CAP)?,
        body_hash: [0; 32],
    };
    let (id, sealed) = Sealed::write(&own.device, header.clone(), body);
    let author = own.person.person();
    db::insert(tx, author, &Opened { id, header: header.clone() }, &sealed)?;
    if !place(tx, own, id, author, &header)? {
        return bad(Code::Internal, "an own entry found no place");
    }
    Ok(id)
}

/// Takes in an entry that another device brought. `true` when it is stored here, now or before.
///
/// A gap is no error: the heights in the answer ask for what is missing.
pub fn take(tx: &mut Tx<'_>, own: &Own, conversation: Conversation, opened: &Opened, sealed: &Sealed) -> Result<bool> {
    if opened.header.conversation != conversation {
        return bad(Code::BadRequest, "the entry belongs to another conversation");
    }
    let device = opened.header.device;
    let at_seq = db::at_seq(tx, conversation, device, opened.header.seq)?;
    if at_seq == Some(opened.id) {
        return Ok(true);
    }
    let Some(author) = writer(tx, own, conversation, device, opened.header.seq)? else {
        return bad(Code::Refused, "the device may not write here");
    };
    let (waiting, bytes) = db::unplaced_of(tx, conversation, device)?;
    match judge(opened, db::head(tx, conversation, device)?, at_seq) {
        Verdict::Known => Ok(true),
        Verdict::Gap | Verdict::Frozen => Ok(false),
        Verdict::Append if waiting > WAITING_CAP || bytes > WAITING_BYTES => Ok(false),
        Verdict::Fork => {
            db::freeze(tx, opened, sealed)?;
            tracing::warn!(%device, "a device wrote two entries with one number; it is frozen");
            if device == own.device.device() {
                // an older copy of this home wrote what the other side never saw: the next start makes a new device
                db::set_meta(tx, "fingerprint", &[])?;
            }
            Ok(false)
        }
        Verdict::Append => {
            db::insert(tx, author, opened, sealed)?;
            observe(tx, opened.header.time)?;
            if place(tx, own, opened.id, author, &opened.header)? {
                place_waiting(tx, own, conversation)?;
            }
            Ok(true)
        }
    }
}

/// Who: the device is on the list of a member. May they here: the conversation is theirs, and a retired device
/// ends at its cut.
fn writer(tx: &Tx<'_>, own: &Own, conversation: Conversation, device: Device, seq: u64) -> Result<Option<Person>> {
    let Some((person, retired)) = db::person_of(tx, device)? else { return Ok(None) };
    let me = own.person.person();
    let member = conversation == Conversation::own(me) && person == me
        || conversation == Conversation::pair(me, person)
        || person == me && db::contact_of(tx, conversation)?.is_some();
    let may = member && (!retired || seq <= db::cut(tx, device, conversation)?);
    Ok(may.then_some(person))
}

/// Gives an entry its place and projects it, once its predecessor and every parent have theirs.
fn place(tx: &mut Tx<'_>, own: &Own, id: Entry, author: Person, header: &Header) -> Result<bool> {
    let mut before = Vec::with_capacity(header.parents.len() + 1);
    let prev = (header.seq > 1).then_some(Entry(header.prev));
    for id in header.parents.iter().copied().chain(prev) {
        match db::placed_time(tx, header.conversation, id)? {
            Some(time) => before.push(time),
            None => return Ok(false),
        }
    }
    let place = Place::of(header, before);
    db::set_place(tx, id, place)?;
    if let Some(body) = db::body(tx, id)? {
        (own.project)(tx, own, &Placed { id, header, place, author, body: &body })?;
    }
    Ok(true)
}

fn place_waiting(tx: &mut Tx<'_>, own: &Own, conversation: Conversation) -> Result<()> {
    loop {
        let mut moved = false;
        for (id, author, header) in db::unplaced(tx, conversation)? {
            // checked when it was stored
            let Some(header) = decode::<Header>(&header) else { continue };
            moved |= place(tx, own, id, author, &header)?;
        }
        if !moved {
            return Ok(());
        }
    }
}

fn now() -> u64 {
    u64::try_from(Time::now().0).unwrap_or(0)
}

fn tick(tx: &Tx<'_>) -> Result<Hybrid> {
    let time = Hybrid::from_millis(now()).tick(Hybrid(db::meta_u64(tx, CLOCK)?));
    db::set_meta_u64(tx, CLOCK, time.0)?;
    Ok(time)
}

/// Another's time advances the clock, by at most five minutes past the wall clock.
fn observe(tx: &Tx<'_>, time: Hybrid) -> Result<()> {
    let ours = db::meta_u64(tx, CLOCK)?;
    let theirs = time.0.min(Hybrid::from_millis(now() + Hybrid::SKEW).0);
    if theirs > ours {
        db::set_meta_u64(tx, CLOCK, theirs)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
