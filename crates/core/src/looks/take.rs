//! Manifests are taken, and the table of their media follows.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::db::{self, MediaRow, Tx};
use crate::entries::Own;
use crate::error::{Code, Result, bad};
use crate::ids::{Hash, Person};
use crate::presence::api::State;
use crate::touch::{Touched, Wake};
use crate::wire::{LookKind, Signed};

use super::manifest::{self, Blob, Part, StateLook};

/// Takes a newer scheme or persona of the owner or a contact, whoever brought it; says whether it was newer.
///
/// # Errors
/// `bad_request` when its person did not sign it, when it is unreadable, or when another of the same version is known;
/// `too_large`; `refused` for who is no contact.
pub fn take(tx: &mut Tx<'_>, own: &Own, person: Person, kind: LookKind, signed: &Signed) -> Result<bool> {
    let me = own.person.person();
    if !may_look(tx, me, person)? {
        return bad(Code::Refused, "a look of somebody who is no contact");
    }
    let version = match kind {
        LookKind::Scheme => manifest::open_scheme(person, signed)?.version,
        LookKind::Persona => manifest::open_persona(person, signed)?.version,
    };
    let held = db::manifest(tx, person, kind.word())?;
    if held.is_some_and(|held| held.version == version && held.signed.bytes != signed.bytes) {
        return bad(Code::BadRequest, format!("{}: another one of this version is known", kind.word()));
    }
    if !db::take_manifest(tx, person, kind.word(), version, signed)? {
        return Ok(false);
    }
    follow(tx, me, person)?;
    changed(tx, me, person, kind);
    if person == me {
        tx.wake(Wake::State);
    }
    Ok(true)
}

/// The owner, and contacts that are not blocked.
fn may_look(conn: &Connection, me: Person, person: Person) -> Result<bool> {
    Ok(person == me || db::contact(conn, person)?.is_some_and(|row| !row.blocked))
}

/// Tells the faces how somebody looks now.
pub fn changed(tx: &mut Tx<'_>, me: Person, person: Person, kind: LookKind) {
    tx.touch(match kind {
        LookKind::Scheme => Touched::Scheme(person),
        LookKind::Persona => Touched::Persona(person),
    });
    tx.touch(if person == me { Touched::Me } else { Touched::Contact(person) });
}

/// What a manifest says of a blob.
#[derive(Clone, Copy)]
struct Named {
    part: Part,
    size: u64,
    lasting: bool,
}

/// What the newest manifests of a person name.
fn named(conn: &Connection, person: Person) -> Result<HashMap<Hash, Named>> {
    let mut named: HashMap<Hash, Named> = HashMap::new();
    let persona = manifest::persona(conn, person)?.and_then(|persona| persona.pictures);
    for blob in persona.iter().flat_map(|both| [both.small, both.large]) {
        named.insert(blob.hash, Named { part: Part::Picture, size: blob.size, lasting: true });
    }
    let looks = manifest::scheme(conn, person)?.map(|scheme| scheme.looks).unwrap_or_default();
    let lasting = |look: &StateLook| look.state == *State::OFFLINE;
    for (look, part, blob) in looks.iter().flat_map(|look| look.media().map(move |(part, blob)| (look, part, blob))) {
        let one = named.entry(blob.hash).or_insert(Named { part, size: blob.size, lasting: false });
        one.lasting |= lasting(look);
    }
    Ok(named)
}

/// Which manifests of a person name the blob.
pub fn kinds_naming(conn: &rusqlite::Connection, owner: Person, hash: Hash) -> Result<Vec<LookKind>> {
    let persona = manifest::persona(conn, owner)?.and_then(|persona| persona.pictures);
    let looks = manifest::scheme(conn, owner)?.map(|scheme| scheme.looks).unwrap_or_default();
    let is = |blob: Blob| blob.hash == hash;
    let mut kinds = Vec::new();
    if persona.is_some_and(|both| is(both.small) || is(both.large)) {
        kinds.push(LookKind::Persona);
    }
    if looks.iter().flat_map(StateLook::media).any(|(_, blob)| is(blob)) {
        kinds.push(LookKind::Scheme);
    }
    Ok(kinds)
}

/// Brings the table of media in line with what the person's manifests name: nothing for who is no contact, or blocked.
pub fn follow(tx: &mut Tx<'_>, me: Person, person: Person) -> Result<()> {
    let wanted = may_look(tx, me, person)?;
    let mut named = if wanted { named(tx, person)? } else { HashMap::new() };
    if !wanted {
        db::forget_looks(tx, person)?;
    }
    // what the owner publishes was put into the store before
    let fresh = if person == me { "here" } else { "missing" };
    for row in db::look_media_of(tx, person)? {
        match named.remove(&row.hash) {
            Some(now) if now.part.word() == row.part && now.size == row.size => {
                let standing = if row.standing == "gone" { fresh.to_owned() } else { row.standing.clone() };
                let kept = MediaRow { standing, lasting: now.lasting, until: None, ..row.clone() };
                if kept != row {
                    db::put_look_media(tx, &kept)?;
                }
            }
            Some(now) => db::put_look_media(tx, &new_row(person, row.hash, now, fresh))?,
            None if row.until.is_none() => db::set_look_standing(tx, person, row.hash, "gone")?,
            None => {}
        }
    }
    for (hash, now) in named {
        db::put_look_media(tx, &new_row(person, hash, now, fresh))?;
    }
    tx.wake(Wake::Looks);
    Ok(())
}

fn new_row(owner: Person, hash: Hash, named: Named, standing: &str) -> MediaRow {
    let media_type = if named.part == Part::Picture { "image/webp" } else { "" };
    MediaRow {
        owner,
        hash,
        part: named.part.word().to_owned(),
        size: named.size,
        standing: standing.to_owned(),
        lasting: named.lasting,
        media_type: media_type.to_owned(),
        width: 0,
        height: 0,
        duration_ms: 0,
        until: None,
    }
}
