//! To whom the owner is invisible.
//!
//! To them the owner has quit: they are shut out by the gate, their links end, nothing of theirs is answered and nothing is sent
//! to them. While there is anybody, the node neither listens nor announces itself, since whoever it answers could tell others.

use rusqlite::Connection;

use crate::api::{Hidden, PresenceHide};
use crate::contacts::find::find;
use crate::db::{self, Tx};
use crate::error::{Code, Result, bad};
use crate::gate;
use crate::ids::Person;
use crate::stoa::Stoa;
use crate::touch::{Touched, Wake};

/// Contacts named in one command, at most.
const NAMED: usize = 1_000;

pub async fn hide(stoa: &Stoa, PresenceHide { hidden, from }: PresenceHide) -> Result<Hidden> {
    if from.as_ref().is_some_and(|from| from.is_empty() || from.len() > NAMED) {
        return bad(Code::BadRequest, format!("name 1 to {NAMED} contacts, or none for everybody"));
    }
    let now = stoa
        .db
        .write(move |tx| {
            match from {
                None if hidden => db::set_hidden_from_all(tx, true)?,
                None => db::show_to_all(tx)?,
                Some(from) => {
                    let people = from.iter().map(|text| Ok(find(tx, text)?.person)).collect::<Result<Vec<_>>>()?;
                    choose(tx, &people, hidden)?;
                }
            }
            changed(tx);
            view(tx)
        })
        .await?;
    // answered when it is so, not only decided
    gate::follow(stoa).await?;
    Ok(now)
}

fn choose(tx: &Tx<'_>, people: &[Person], hidden: bool) -> Result<()> {
    if hidden {
        return people.iter().try_for_each(|person| db::hide_from(tx, *person));
    }
    // visible to these alone: everybody else is then hidden from by name
    if db::hidden_from_all(tx)? {
        db::set_hidden_from_all(tx, false)?;
        for row in db::contacts(tx)?.into_iter().filter(|row| !row.blocked) {
            db::hide_from(tx, row.person)?;
        }
    }
    for person in people {
        db::show_to(tx, *person)?;
    }
    Ok(())
}

/// The faces hear of it, the node follows.
pub fn changed(tx: &mut Tx<'_>) {
    tx.touch(Touched::Hidden);
    tx.touch(Touched::Me);
    tx.wake(Wake::Links);
}

pub fn view(conn: &Connection) -> Result<Hidden> {
    let from = db::hidden_from(conn)?.iter().map(Person::to_string).collect();
    Ok(Hidden { from_all: db::hidden_from_all(conn)?, from })
}

/// Somebody is no contact any more, or blocked: there is nothing to hide from.
pub fn forget(tx: &mut Tx<'_>, person: Person) -> Result<()> {
    if db::show_to(tx, person)? {
        changed(tx);
    }
    Ok(())
}

/// Making a contact shows the owner to somebody.
///
/// # Errors
/// `bad_request` while the owner is invisible to everybody.
pub async fn may_meet(stoa: &Stoa) -> Result<()> {
    if stoa.db.read(db::hidden_from_all).await? {
        return bad(Code::BadRequest, "you are invisible to everybody; become visible before you make a contact");
    }
    Ok(())
}

/// What needs others to find this node.
///
/// # Errors
/// `bad_request` while the owner is invisible to anybody.
pub async fn may_be_found(stoa: &Stoa) -> Result<()> {
    if stoa.db.read(db::is_hidden).await? {
        return bad(
            Code::BadRequest,
            "while you are invisible nobody can reach this Stoa; become visible before you invite somebody",
        );
    }
    Ok(())
}
