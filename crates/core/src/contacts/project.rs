//! Contacts as entries of the self-conversation.

use serde::{Deserialize, Serialize};

use crate::db::{self, ContactRow, Tx};
use crate::entries::Own;
use crate::entries::{self, Placed};
use crate::error::Result;
use crate::ids::{Conversation, Entry, Person};
use crate::looks;
use crate::presence::hidden;
use crate::time::Time;
use crate::touch::{Touched, Wake};
use crate::wire::{decode, encode};

/// A contact's whole state.
pub const CONTACT: &str = "contact/1";
/// A contact was removed.
pub const FORGOTTEN: &str = "forgotten/1";

/// Body of `contact/1`: the whole state, so that the newest entry wins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contacted {
    pub person: Person,
    pub name: String,
    pub alias: String,
    pub verified: bool,
    pub blocked: bool,
    pub since: i64,
}

/// Body of `forgotten/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Forgotten {
    pub person: Person,
}

impl From<ContactRow> for Contacted {
    fn from(row: ContactRow) -> Self {
        Self {
            person: row.person,
            name: row.own_name,
            alias: row.alias,
            verified: row.verified,
            blocked: row.blocked,
            since: row.since.0,
        }
    }
}

pub fn append(tx: &mut Tx<'_>, own: &Own, body: &Contacted) -> Result<Entry> {
    entries::append(tx, own, Conversation::own(own.person.person()), CONTACT, encode(body))
}

pub fn contact(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    let me = own.person.person();
    let Some(body) = decode::<Contacted>(entry.body) else { return Ok(()) };
    if entry.header.conversation != Conversation::own(me) || body.person == me {
        return Ok(());
    }
    db::put_contact(
        tx,
        &ContactRow {
            person: body.person,
            conversation: Conversation::pair(me, body.person),
            own_name: body.name,
            alias: body.alias,
            verified: body.verified,
            blocked: body.blocked,
            since: Time(body.since),
        },
    )?;
    looks::follow(tx, me, body.person)?;
    if body.blocked {
        hidden::forget(tx, body.person)?;
        for device in db::devices_of(tx, body.person)? {
            tx.wake(Wake::Drop(device));
        }
    }
    tx.touch(Touched::Contact(body.person));
    tx.touch(Touched::Nearby);
    tx.touch(Touched::Requests);
    tx.wake(Wake::Links);
    Ok(())
}

pub fn forgotten(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    let me = own.person.person();
    let Some(Forgotten { person }) = decode(entry.body) else { return Ok(()) };
    if entry.header.conversation != Conversation::own(me) || person == me {
        return Ok(());
    }
    for device in db::devices_of(tx, person)? {
        db::drop_requests(tx, Person(device.0))?;
        db::set_addrs(tx, device, &[])?;
        tx.wake(Wake::Drop(device));
    }
    for share in db::shares_with(tx, Some(person))? {
        db::forget_share_with(tx, share, person)?;
        tx.wake(Wake::Cut(share));
    }
    db::forget(tx, Conversation::pair(me, person))?;
    db::remove_contact(tx, person)?;
    db::forget_manifests(tx, person)?;
    looks::follow(tx, me, person)?;
    hidden::forget(tx, person)?;
    tx.touch(Touched::ContactGone(person));
    tx.wake(Wake::Links);
    Ok(())
}
