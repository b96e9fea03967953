//! How the owner and contacts look in every state.

pub mod api;
pub mod prepare;

use rusqlite::Connection;

use crate::api::{Bytes, Done, Scheme, SchemePush, SchemeSet, SchemeShow, State};
use crate::contacts::find::find;
use crate::db::{self, Tx};
use crate::entries::Own;
use crate::error::{Code, Result, bad};
use crate::ids::{Hash, Person};
use crate::looks::manifest::{self, BUDGET, Blob, LOOKS_CAP, Part, SchemeManifest, StateLook};
use crate::looks::{self, look_of};
use crate::presence;
use crate::stoa::Stoa;
use crate::touch::{Touched, Wake};
use crate::wire::{LookKind, Signed};

const PUSH: &str = "scheme_push";

pub async fn show(stoa: &Stoa, SchemeShow { contact }: SchemeShow) -> Result<Scheme> {
    let me = stoa.own.person.person();
    stoa.db
        .read(move |conn| {
            let person = match contact {
                Some(contact) => find(conn, &contact)?.person,
                None => me,
            };
            view(conn, me, person)
        })
        .await
}

/// A scheme as the faces see it.
pub(crate) fn view(conn: &Connection, me: Person, person: Person) -> Result<Scheme> {
    let scheme = manifest::scheme(conn, person)?;
    let version = scheme.as_ref().map_or(0, |scheme| u32::try_from(scheme.version.counter).unwrap_or(u32::MAX));
    let time = manifest::shown_time(scheme.as_ref().map_or(0, |scheme| scheme.time));
    let mut looks = scheme.map(|scheme| scheme.looks).unwrap_or_default();
    sort(&mut looks);
    Ok(Scheme {
        person: person.to_string(),
        version,
        time,
        bytes: Bytes(total(&looks)),
        budget: Bytes(BUDGET),
        looks: looks.iter().map(|look| look_of(conn, person, look)).collect::<Result<_>>()?,
        push: person == me && pushes(conn)?,
    })
}

fn total(looks: &[StateLook]) -> u64 {
    manifest::total(looks.iter().flat_map(StateLook::media).map(|(_, blob)| blob))
}

/// Built-in states in their order, then own ones by name.
fn sort(looks: &mut [StateLook]) {
    let place = |state: &State| State::BUILT_IN.iter().position(|name| state == *name).unwrap_or(State::BUILT_IN.len());
    looks.sort_by(|one, other| (place(&one.state), &one.state).cmp(&(place(&other.state), &other.state)));
}

pub async fn set(stoa: &Stoa, set: SchemeSet) -> Result<Scheme> {
    let set = SchemeSet { text: presence::line(&set.text)?, ..set };
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let me = own.person.person();
            let look = named(tx, me, &set)?;
            publish(tx, &own, look)?;
            view(tx, me, me)
        })
        .await
}

/// The look that a command describes, of media that are here.
fn named(conn: &Connection, me: Person, set: &SchemeSet) -> Result<StateLook> {
    let one = |part: Part, hash: &Option<String>| hash.as_ref().map(|hash| own_media(conn, me, part, hash)).transpose();
    Ok(StateLook {
        state: set.state.clone(),
        text: set.text.clone(),
        picture: one(Part::Picture, &set.picture)?,
        animation: one(Part::Animation, &set.animation)?,
        sound: one(Part::Sound, &set.sound)?,
        video: one(Part::Video, &set.video)?,
    })
}

fn own_media(conn: &Connection, me: Person, part: Part, hash: &str) -> Result<Blob> {
    let word = part.word();
    let hash: Hash = hash.parse()?;
    match db::look_media(conn, me, hash)? {
        Some(row) if row.standing == "here" && row.part == word => Ok(Blob { hash, size: row.size }),
        Some(row) if row.standing == "here" => {
            bad(Code::BadRequest, format!("this is no {word} but {} file", with_article(&row.part)))
        }
        _ => bad(Code::NotFound, format!("this {word} is not here any more; choose its file again")),
    }
}

fn with_article(part: &str) -> String {
    let article = if part.starts_with('a') { "an" } else { "a" };
    format!("{article} {part}")
}

/// Signs and stores the scheme with this look in place of its state's, unless it is the same.
fn publish(tx: &mut Tx<'_>, own: &Own, look: StateLook) -> Result<()> {
    let held: Option<SchemeManifest> = manifest::scheme(tx, own.person.person())?;
    let mut looks = held.map(|scheme| scheme.looks).unwrap_or_default();
    sort(&mut looks);
    let before = looks.clone();
    let empty = look.text.is_empty() && look.media().next().is_none();
    match looks.iter_mut().find(|known| known.state == look.state) {
        Some(known) if !empty => *known = look,
        Some(_) => looks.retain(|known| known.state != look.state),
        None if !empty => looks.push(look),
        None => {}
    }
    sort(&mut looks);
    if looks == before {
        return Ok(());
    }
    if looks.len() > LOOKS_CAP {
        return bad(Code::TooLarge, format!("a scheme has at most {LOOKS_CAP} states; clear one first"));
    }
    let bytes = total(&looks);
    if bytes > BUDGET {
        return bad(
            Code::TooLarge,
            format!("the scheme would have {} of at most {}; remove a video or an animation first", mib(bytes), mib(BUDGET)),
        );
    }
    let signed = manifest::next_scheme(tx, own, looks)?;
    looks::take(tx, own, own.person.person(), LookKind::Scheme, &signed).map(drop)
}

/// `1.5 MiB`, rounded up, so that one past a cap does not read like the cap.
pub(crate) fn mib(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(1 << 20);
    if tenths.is_multiple_of(10) { format!("{} MiB", tenths / 10) } else { format!("{}.{} MiB", tenths / 10, tenths % 10) }
}

pub async fn push(stoa: &Stoa, SchemePush { on }: SchemePush) -> Result<Done> {
    let me = stoa.own.person.person();
    stoa.db
        .write(move |tx| {
            db::set_meta(tx, PUSH, &[u8::from(on)])?;
            tx.touch(Touched::Scheme(me));
            tx.wake(Wake::State);
            Ok(Done {})
        })
        .await
}

/// The own scheme, where state changes carry it.
pub(crate) fn pushed(conn: &Connection, me: Person) -> Result<Option<Signed>> {
    if pushes(conn)? { manifest::signed(conn, me, LookKind::Scheme) } else { Ok(None) }
}

fn pushes(conn: &Connection) -> Result<bool> {
    Ok(db::meta(conn, PUSH)?.is_some_and(|kept| kept == [1]))
}
