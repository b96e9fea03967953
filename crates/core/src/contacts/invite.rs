//! Invitations: `stoa://invite/…`, single use, expiring, bound to the inviter's device key.
//!
//! The redeemer dials the device that the link names; libp2p's handshake proves that it is that device, and only then
//! is the secret spoken. The inviter uses the secret up and stores the contact in one transaction, then answers with
//! its own introduction; a redeemer whose answer was lost may ask again with the same secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stoa_p2p::Protocol;

use crate::api::{Contact, ContactAccept, ContactInvite, Invitation};
use crate::db::{self, Redemption};
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Device, Person};
use crate::presence::hidden;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{Intro, PairAnswer, PairAsk, decode, encode};

use super::{intro, view_of};

const PREFIX: &str = "stoa://invite/";
const WEEK: u32 = 7 * 86_400;
/// Addresses in a link, at most: the code must stay small enough to scan.
const LINK_ADDRS: usize = 4;
const LINK_CAP: usize = 2_000;

#[derive(Debug, Serialize, Deserialize)]
struct Link {
    version: u8,
    person: Person,
    device: Device,
    secret: [u8; 16],
    /// Seconds since 1970.
    expires: u64,
    addrs: Vec<String>,
}

pub async fn invite(stoa: &Stoa, ContactInvite { expires }: ContactInvite) -> Result<Invitation> {
    let seconds = expires.unwrap_or(WEEK);
    if !(60..=30 * 86_400).contains(&seconds) {
        return bad(Code::BadRequest, "an invitation lasts a minute to 30 days");
    }
    hidden::may_be_found(stoa).await?;
    let expires = Time::now().plus_seconds(seconds);
    let secret: [u8; 16] = rand::random();
    let link = Link {
        version: 1,
        person: stoa.own.person.person(),
        device: stoa.own.device.device(),
        secret,
        expires: u64::try_from(expires.0 / 1_000).unwrap_or(0),
        addrs: stoa.node.addrs().into_iter().take(LINK_ADDRS).collect(),
    };
    stoa.db.write(move |tx| db::put_invitation(tx, hash(&secret), expires)).await?;
    let mut bytes = encode(&link);
    bytes.extend(checksum(&bytes));
    Ok(Invitation { link: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)), expires })
}

fn hash(secret: &[u8; 16]) -> [u8; 32] {
    *blake3::Hasher::new_derive_key("stoa invitation secret v1").update(secret).finalize().as_bytes()
}

/// A letter lost or changed on the way is told from a wrong address.
fn checksum(link: &[u8]) -> [u8; 4] {
    let hash = blake3::Hasher::new_derive_key("stoa invitation checksum v1").update(link).finalize();
    let mut sum = [0; 4];
    sum.copy_from_slice(&hash.as_bytes()[..4]);
    sum
}

fn parse(text: &str) -> Result<Link> {
    let invalid = || Error::new(Code::InviteInvalid, "this is no Stoa invitation, or a part of it is missing");
    let code = text.trim().strip_prefix(PREFIX).ok_or_else(invalid)?;
    if code.len() > LINK_CAP {
        return Err(invalid());
    }
    let bytes = URL_SAFE_NO_PAD.decode(code).map_err(|_| invalid())?;
    let (link, sum) = bytes.split_last_chunk::<4>().ok_or_else(invalid)?;
    if checksum(link) != *sum {
        return Err(invalid());
    }
    decode::<Link>(link).filter(|link| link.version == 1).ok_or_else(invalid)
}

pub async fn accept(stoa: &Stoa, ContactAccept { link }: ContactAccept) -> Result<Contact> {
    let link = parse(&link)?;
    if link.person == stoa.own.person.person() {
        return bad(Code::InviteInvalid, "this is your own invitation; give it to somebody else");
    }
    if u64::try_from(Time::now().0 / 1_000).unwrap_or(0) >= link.expires {
        return bad(Code::InviteExpired, "the invitation is over; ask for a new one");
    }
    hidden::may_meet(stoa).await?;
    let addrs = intro::capped(&link.addrs);
    stoa.node.connect(link.device.into(), addrs).await.map_err(|error| {
        Error::new(Code::PeerUnreachable, format!("the inviter could not be reached; is their Stoa running? ({error})"))
    })?;
    let ask = PairAsk::Redeem { secret: link.secret, intro: intro::own(stoa).await? };
    let welcome = match ask_pair(stoa, link.device, &ask).await? {
        PairAnswer::Welcome { intro } if intro.person == link.person => intro,
        PairAnswer::Expired => return bad(Code::InviteExpired, "the invitation is over; ask for a new one"),
        PairAnswer::Used => return bad(Code::InviteUsed, "the invitation was already used; ask for a new one"),
        PairAnswer::Invalid => return bad(Code::InviteInvalid, "the inviter does not know this invitation"),
        _ => return bad(Code::InviteInvalid, "somebody else answered for the inviter"),
    };
    let (own, person) = (stoa.own.clone(), link.person);
    stoa.db.write(move |tx| intro::befriend(tx, &own, &welcome, link.device)).await?;
    let own = stoa.clone();
    let contact = stoa.db.read(move |conn| view_of(&own, conn, person)).await?;
    contact.ok_or_else(|| Error::new(Code::Internal, "the contact was not stored"))
}

/// One question on the pairing protocol.
pub(super) async fn ask_pair(stoa: &Stoa, device: Device, ask: &PairAsk) -> Result<PairAnswer> {
    let answer = stoa.node.request(device.into(), Protocol::Pair, encode(ask)).await?;
    decode(&answer).ok_or_else(|| Error::new(Code::Refused, "the other side answered in no known way"))
}

/// Somebody redeems an invitation of ours.
pub async fn redeemed(stoa: &Stoa, from: Device, secret: [u8; 16], theirs: Intro) -> Result<PairAnswer> {
    let mine = intro::own(stoa).await?;
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            intro::check(&theirs, from)?;
            if db::contact(tx, theirs.person)?.is_some_and(|row| row.blocked) || theirs.person == own.person.person() {
                return Ok(PairAnswer::Invalid);
            }
            Ok(match db::redeem(tx, hash(&secret), theirs.person, Time::now())? {
                Redemption::Unknown => PairAnswer::Invalid,
                Redemption::Expired => PairAnswer::Expired,
                Redemption::Used => PairAnswer::Used,
                // their answer may have been lost; somebody forgotten since needs a new invitation
                Redemption::Again if db::contact(tx, theirs.person)?.is_none() => PairAnswer::Used,
                Redemption::Redeemed | Redemption::Again => {
                    intro::befriend(tx, &own, &theirs, from)?;
                    PairAnswer::Welcome { intro: mine }
                }
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_link_is_invalid() {
        for text in ["", "stoa://invite/", "stoa://invite/AAAA", "https://example.org", "stoa://invite/%%%"] {
            assert_eq!(parse(text).map(drop).map_err(|error| error.code), Err(Code::InviteInvalid), "{text}");
        }
    }
}
