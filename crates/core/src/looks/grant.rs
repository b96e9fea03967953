//! An owner's word that mutual contacts may show their look to somebody, and how to ask for it without saying whose it is.

use crate::db::GrantRow;
use crate::entries::Own;
use crate::ids::{Device, Person};
use crate::keys::{Domain, verify};
use crate::time::Time;
use crate::wire::{decode, encode};

/// How long a word holds, and how long before its end another is given, in milliseconds.
const HOLDS: i64 = 30 * 86_400_000;
pub const RENEW: i64 = 15 * 86_400_000;

/// What is signed.
fn said(owner: Person, person: Person, not_after: i64) -> Vec<u8> {
    encode(&(owner, person, not_after))
}

/// The owner's word for a contact: until when, and the signature.
pub fn give(own: &Own, person: Person, now: Time) -> (i64, Vec<u8>) {
    let not_after = now.0.saturating_add(HOLDS);
    (not_after, own.person.sign(Domain::LookGrant, &said(own.person.person(), person, not_after)))
}

/// Whether it is `owner`'s word for `person`, and its time is not over.
pub fn holds(owner: Person, person: Person, not_after: i64, signature: &[u8], now: Time) -> bool {
    now.0 < not_after && verify(&owner.0, Domain::LookGrant, &said(owner, person, not_after), signature)
}

/// As it is shown for a blob; empty when there is none, as to the owner.
pub fn shown(grant: Option<&GrantRow>) -> Vec<u8> {
    grant.map_or_else(Vec::new, |grant| encode(&(grant.not_after, &grant.signature)))
}

pub fn shown_holds(shown: &[u8], owner: Person, person: Person, now: Time) -> bool {
    decode::<(i64, Vec<u8>)>(shown).is_some_and(|(not_after, signature)| holds(owner, person, not_after, &signature, now))
}

/// How a device is asked about somebody: it finds the person only among those it knows, and no other device sees the same.
pub fn tag(asked: Device, owner: Person) -> [u8; 16] {
    let hash = blake3::keyed_hash(&blake3::derive_key("stoa look tag v1", &asked.0), &owner.0);
    let mut tag = [0; 16];
    tag.copy_from_slice(&hash.as_bytes()[..16]);
    tag
}

/// The scope of blob streams for an owner's look.
pub fn scope(owner: Person) -> [u8; 32] {
    blake3::derive_key("stoa look scope v1", &owner.0)
}
