//! Schemes and personas as their owners sign them. Only the newest version matters; an older one is refused.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::db::{self, Tx};
use crate::entries::Own;
use crate::error::{Code, Result, bad};
use crate::ids::{Hash, Person};
use crate::keys::{Domain, verify};
use crate::presence::api::{State, TEXT_CAP};
use crate::text::visible;
use crate::time::Time;
use crate::wire::{LookKind, Signed, Version, decode, encode};

/// States that a scheme has looks for, at most.
pub const LOOKS_CAP: usize = 32;
/// Bytes of a scheme's or persona's manifest, at most.
pub const MANIFEST_CAP: usize = 32 * 1024;
/// How far an own version's counter may be behind a contact's.
const LEAP: u64 = 1 << 16;
/// Bytes of all media of a scheme, each blob once, at most.
pub const BUDGET: u64 = 24 << 20;
/// Bytes of one of each, at most.
pub const PICTURE_BYTES: u64 = 512 << 10;
pub const ANIMATION_BYTES: u64 = 3 << 20;
pub const SOUND_BYTES: u64 = 2 << 20;
pub const VIDEO_BYTES: u64 = 8 << 20;

/// A blob by its hash and size in bytes. What it is, its reader finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Blob {
    pub hash: Hash,
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeManifest {
    pub person: Person,
    pub version: Version,
    /// Milliseconds since 1970, by the owner's clock.
    pub time: i64,
    pub looks: Vec<StateLook>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateLook {
    pub state: State,
    pub text: String,
    pub picture: Option<Blob>,
    pub animation: Option<Blob>,
    pub sound: Option<Blob>,
    pub video: Option<Blob>,
}

impl StateLook {
    /// What it names, each with the most bytes it may have.
    pub fn media(&self) -> impl Iterator<Item = (Part, Blob)> {
        let parts = [
            (Part::Picture, self.picture),
            (Part::Animation, self.animation),
            (Part::Sound, self.sound),
            (Part::Video, self.video),
        ];
        parts.into_iter().filter_map(|(part, blob)| Some((part, blob?)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Picture,
    Animation,
    Sound,
    Video,
}

impl Part {
    pub fn cap(self) -> u64 {
        match self {
            Self::Picture => PICTURE_BYTES,
            Self::Animation => ANIMATION_BYTES,
            Self::Sound => SOUND_BYTES,
            Self::Video => VIDEO_BYTES,
        }
    }

    /// By the word in the table `look_media`.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Picture, Self::Animation, Self::Sound, Self::Video].into_iter().find(|part| part.word() == word)
    }

    /// As in the table `look_media`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Animation => "animation",
            Self::Sound => "sound",
            Self::Video => "video",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonaManifest {
    pub person: Person,
    pub version: Version,
    /// Milliseconds since 1970, by the owner's clock.
    pub time: i64,
    /// 96 and 512 px square; none when it was taken back.
    pub pictures: Option<PersonaBlobs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonaBlobs {
    pub small: Blob,
    pub large: Blob,
}

impl LookKind {
    /// As in the table `manifests`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Persona => "persona",
        }
    }

    fn domain(self) -> Domain {
        match self {
            Self::Scheme => Domain::Scheme,
            Self::Persona => Domain::Persona,
        }
    }
}

/// The version of a person's scheme or persona that is here.
pub fn held(conn: &rusqlite::Connection, person: Person, kind: LookKind) -> Result<Version> {
    Ok(db::manifest(conn, person, kind.word())?.map_or_else(Version::default, |held| held.version))
}

/// As the owner signed it.
pub fn signed(conn: &rusqlite::Connection, person: Person, kind: LookKind) -> Result<Option<Signed>> {
    Ok(db::manifest(conn, person, kind.word())?.map(|held| held.signed))
}

/// The newest scheme of a person that is here.
pub fn scheme(conn: &rusqlite::Connection, person: Person) -> Result<Option<SchemeManifest>> {
    Ok(signed(conn, person, LookKind::Scheme)?.and_then(|signed| decode(&signed.bytes)))
}

/// The newest persona of a person that is here.
pub fn persona(conn: &rusqlite::Connection, person: Person) -> Result<Option<PersonaManifest>> {
    Ok(signed(conn, person, LookKind::Persona)?.and_then(|signed| decode(&signed.bytes)))
}

/// When its owner says that it was made; not in the future, and a time that calendars have.
pub fn shown_time(said: i64) -> Time {
    Time(said.clamp(0, Time::now().0.max(0)))
}

/// Signs the looks as the owner's next scheme. The caller stores it by [`super::take`].
pub fn next_scheme(tx: &Tx<'_>, own: &Own, looks: Vec<StateLook>) -> Result<Signed> {
    let (person, version) = next(tx, own, LookKind::Scheme)?;
    Ok(sign(own, LookKind::Scheme, &SchemeManifest { person, version, time: Time::now().0, looks }))
}

/// Signs the pictures as the owner's next persona. The caller stores it by [`super::take`].
pub fn next_persona(tx: &Tx<'_>, own: &Own, pictures: Option<PersonaBlobs>) -> Result<Signed> {
    let (person, version) = next(tx, own, LookKind::Persona)?;
    Ok(sign(own, LookKind::Persona, &PersonaManifest { person, version, time: Time::now().0, pictures }))
}

fn next(tx: &Tx<'_>, own: &Own, kind: LookKind) -> Result<(Person, Version)> {
    let person = own.person.person();
    let counter = held(tx, person, kind)?.counter.max(db::meta_u64(tx, floor(kind))?) + 1;
    Ok((person, Version { counter, device: own.device.device().0 }))
}

/// Where the counter of an own version that a contact holds is kept.
fn floor(kind: LookKind) -> &'static str {
    match kind {
        LookKind::Scheme => "scheme_floor",
        LookKind::Persona => "persona_floor",
    }
}

/// A contact says that it holds this version of one's own. When it is newer than what is here, as after a home was
/// restored from a copy, the next own version is newer still. A leap past [`LEAP`] is not believed, whether at once or by steps.
pub fn overtaken(tx: &Tx<'_>, me: Person, kind: LookKind, said: Version) -> Result<()> {
    let held = held(tx, me, kind)?.counter;
    let known = held.max(db::meta_u64(tx, floor(kind))?);
    if said.counter > known && said.counter - held <= LEAP {
        db::set_meta_u64(tx, floor(kind), said.counter)?;
    }
    Ok(())
}

fn sign<T: Serialize>(own: &Own, kind: LookKind, value: &T) -> Signed {
    let bytes = encode(value);
    Signed { signature: own.person.sign(kind.domain(), &bytes), bytes }
}

fn checked<T: serde::de::DeserializeOwned>(person: Person, kind: LookKind, signed: &Signed) -> Result<T> {
    if signed.bytes.len() > MANIFEST_CAP || !verify(&person.0, kind.domain(), &signed.bytes, &signed.signature) {
        return bad(Code::BadRequest, format!("{}: not signed by its person", kind.word()));
    }
    match decode(&signed.bytes) {
        Some(value) => Ok(value),
        None => bad(Code::BadRequest, format!("{}: unreadable", kind.word())),
    }
}

/// Versions begin with 1; one that could not grow any more would end the person's looks for good.
fn counts(version: Version) -> bool {
    (1..=1 << 48).contains(&version.counter)
}

/// A scheme, checked for its signer and caps.
///
/// # Errors
/// `bad_request`; `too_large` past [`BUDGET`].
pub fn open_scheme(person: Person, signed: &Signed) -> Result<SchemeManifest> {
    let scheme: SchemeManifest = checked(person, LookKind::Scheme, signed)?;
    let states: std::collections::HashSet<&State> = scheme.looks.iter().map(|look| &look.state).collect();
    let text = |look: &StateLook| visible(&look.text, TEXT_CAP) == look.text;
    if scheme.person != person || !counts(scheme.version) {
        return bad(Code::BadRequest, "scheme: of somebody else, or its version is none");
    }
    if scheme.looks.len() > LOOKS_CAP || states.len() != scheme.looks.len() {
        return bad(Code::BadRequest, "scheme: too many states, or one of them twice");
    }
    if !scheme.looks.iter().all(text) {
        return bad(Code::BadRequest, format!("scheme: a text is one line of at most {TEXT_CAP} visible letters"));
    }
    let media: Vec<(Part, Blob)> = scheme.looks.iter().flat_map(StateLook::media).collect();
    let mut once: HashMap<Hash, (Part, u64)> = HashMap::new();
    if !media.iter().all(|(part, blob)| *once.entry(blob.hash).or_insert((*part, blob.size)) == (*part, blob.size)) {
        return bad(Code::BadRequest, "scheme: a file is named as two things");
    }
    if media.iter().any(|(part, blob)| blob.size == 0 || blob.size > part.cap())
        || total(media.iter().map(|(_, blob)| *blob)) > BUDGET
    {
        return bad(Code::TooLarge, format!("scheme: more than {} MiB, or one of its files is too large", BUDGET >> 20));
    }
    Ok(scheme)
}

/// Bytes of the blobs, each once.
pub fn total(blobs: impl Iterator<Item = Blob>) -> u64 {
    let once: HashMap<Hash, u64> = blobs.map(|blob| (blob.hash, blob.size)).collect();
    once.values().fold(0, |sum, size| sum.saturating_add(*size))
}

/// A persona, checked for its signer and caps.
///
/// # Errors
/// `bad_request`, `too_large`.
pub fn open_persona(person: Person, signed: &Signed) -> Result<PersonaManifest> {
    let persona: PersonaManifest = checked(person, LookKind::Persona, signed)?;
    if persona.person != person || !counts(persona.version) {
        return bad(Code::BadRequest, "persona: of somebody else, or its version is none");
    }
    let sizes = persona.pictures.map(|both| [both.small.size, both.large.size]);
    if sizes.is_some_and(|sizes| sizes.iter().any(|size| *size == 0 || *size > PICTURE_BYTES)) {
        return bad(Code::TooLarge, "persona: a picture is too large");
    }
    Ok(persona)
}
