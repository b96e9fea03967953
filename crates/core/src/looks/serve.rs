//! Answers contacts: the own look, and that of mutual contacts who are away.

use rusqlite::Connection;

use crate::db;
use crate::error::{Code, Result, bad};
use crate::ids::{Device, Hash, Person};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{LookAnswer, LookAsk, LookFound, LookOther, OTHERS_CAP, Signed, decode};

use super::grant;

/// Bytes of manifests in one answer, at most; what does not fit is asked for again.
const ANSWER_CAP: usize = 448 * 1024;

/// Answers a contact's device.
///
/// # Errors
/// `bad_request`; `too_many` to who asks too often.
pub async fn answer(stoa: &Stoa, person: Person, body: &[u8]) -> Result<LookAnswer> {
    if !stoa.looks.may_ask(person) {
        return bad(Code::TooMany, "asked too often");
    }
    let now = stoa.now();
    match decode::<LookAsk>(body) {
        Some(LookAsk::Yours { kind, have, granted }) => {
            let me = stoa.own.person.person();
            let held = stoa.db.read(move |conn| db::manifest(conn, me, kind.word())).await?;
            let found = match held {
                None => LookFound::None,
                Some(held) if held.version <= have => LookFound::Unchanged,
                Some(held) => LookFound::New(held.signed),
            };
            let ends = granted < now.0.saturating_add(grant::RENEW);
            Ok(LookAnswer::Yours { found, grant: ends.then(|| grant::give(&stoa.own, person, now)) })
        }
        Some(LookAsk::Others(asks)) if asks.len() <= OTHERS_CAP => {
            let device = stoa.own.device.device();
            Ok(LookAnswer::Others(stoa.db.read(move |conn| others(conn, device, person, &asks, now)).await?))
        }
        _ => bad(Code::BadRequest, "unreadable"),
    }
}

/// What is newer of the people whom both know and who gave the asker their word. Of everybody else nothing is said.
pub fn others(conn: &Connection, device: Device, asker: Person, asks: &[LookOther], now: Time) -> Result<Vec<(u16, Signed)>> {
    let known = db::contacts(conn)?.into_iter().filter(|row| !row.blocked && row.person != asker);
    let known: std::collections::HashMap<[u8; 16], Person> =
        known.map(|row| (grant::tag(device, row.person), row.person)).collect();
    let (mut found, mut room) = (Vec::new(), ANSWER_CAP);
    for (index, ask) in (0_u16..).zip(asks) {
        let Some(owner) = known.get(&ask.tag) else { continue };
        if !grant::holds(*owner, asker, ask.not_after, &ask.signature, now) {
            continue;
        }
        let Some(held) = db::manifest(conn, *owner, ask.kind.word())?.filter(|held| held.version > ask.have) else { continue };
        let size = held.signed.bytes.len() + held.signed.signature.len() + 16;
        if size <= room {
            room -= size;
            found.push((index, held.signed));
        }
    }
    Ok(found)
}

/// Whether a contact may have a blob under this scope: of the own look, or of another contact's with that contact's word.
pub fn may_have(
    conn: &Connection,
    me: Person,
    person: Person,
    scope: [u8; 32],
    hash: Hash,
    shown: &[u8],
    now: Time,
) -> Result<bool> {
    let Some(owner) = db::look_owners(conn, hash)?.into_iter().find(|owner| grant::scope(*owner) == scope) else {
        return Ok(false);
    };
    if owner == me {
        return Ok(true);
    }
    let known = db::contact(conn, owner)?.is_some_and(|row| !row.blocked);
    Ok(known && grant::shown_holds(shown, owner, person, now))
}
