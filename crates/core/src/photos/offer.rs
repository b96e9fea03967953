//! What a share says in the log, and the owner's grant that a fetcher shows.

use serde::{Deserialize, Serialize};

use crate::ids::{Hash, Person, ShareId};
use crate::keys::{Domain, Key, verify};
use crate::time::Time;
use crate::wire::{Signed, decode, encode};

/// The longer side of a thumbnail, px.
pub const THUMB_SIDE: u32 = 320;
/// Pictures in a share, at most.
pub const ITEMS_CAP: usize = 2_000;
/// Bytes of a picture, at most.
pub const PICTURE_CAP: u64 = 64 * 1024 * 1024;
/// Bytes of a thumbnail, at most.
pub const THUMB_CAP: u64 = 256 * 1024;

/// A share's time, at most, in milliseconds: a year, and a day for clocks.
const LONGEST: i64 = 366 * 86_400_000;

/// Body of `share/1`. Each person gets their own, with their own grant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offer {
    pub share: ShareId,
    pub name: String,
    /// Milliseconds since 1970.
    pub expires: i64,
    pub items: Vec<OfferItem>,
    pub grant: Signed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfferItem {
    pub index: u32,
    pub name: String,
    pub hash: Hash,
    pub size: u64,
    pub width: u32,
    pub height: u32,
    pub thumb: Hash,
    pub thumb_size: u64,
}

/// Body of `revoke/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke {
    pub share: ShareId,
}

/// The owner's word that a person may fetch a share, until a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub share: ShareId,
    pub version: u64,
    pub person: Person,
    /// Milliseconds since 1970.
    pub not_after: i64,
}

impl Grant {
    pub fn sign(&self, owner: &Key) -> Signed {
        let bytes = encode(self);
        Signed { signature: owner.sign(Domain::Grant, &bytes), bytes }
    }

    /// Whether `shown` is `owner`'s grant of `share` to `person`, and its time is not over.
    pub fn holds(shown: &[u8], owner: Person, share: ShareId, person: Person, now: Time) -> bool {
        let Some(signed) = decode::<Signed>(shown) else { return false };
        if !verify(&owner.0, Domain::Grant, &signed.bytes, &signed.signature) {
            return false;
        }
        decode::<Self>(&signed.bytes)
            .is_some_and(|grant| grant.share == share && grant.person == person && now.0 < grant.not_after)
    }
}

impl Offer {
    /// Within the caps, and granted by its author to this person for the time it says. `at`: when it was written.
    pub fn fits(&self, author: Person, me: Person, at: Time) -> bool {
        let item = |item: &OfferItem| {
            item.index as usize <= ITEMS_CAP
                && (1..=PICTURE_CAP).contains(&item.size)
                && (1..=THUMB_CAP).contains(&item.thumb_size)
                && item.width <= 100_000
                && item.height <= 100_000
        };
        let shown = encode(&self.grant);
        let holds = |now| Grant::holds(&shown, author, self.share, me, Time(now));
        let granted =
            holds(self.expires.saturating_sub(1)) && !holds(self.expires) && self.expires <= at.0.saturating_add(LONGEST);
        // each index once, from 1
        let ordered = self.items.windows(2).all(|pair| pair[0].index < pair[1].index);
        granted
            && ordered
            && self.items.first().is_some_and(|item| item.index >= 1)
            && self.items.len() <= ITEMS_CAP
            && self.items.iter().all(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_for_one_share_one_person_and_a_time() {
        let (owner, other) = (Key::generate(), Key::generate());
        let (share, person) = (ShareId([7; 32]), other.person());
        let shown = encode(&Grant { share, version: 1, person, not_after: 1_000 }.sign(&owner));
        let holds = |owner: Person, share, person, now| Grant::holds(&shown, owner, share, person, Time(now));
        assert!(holds(owner.person(), share, person, 999));
        assert!(!holds(owner.person(), share, person, 1_000));
        assert!(!holds(owner.person(), ShareId([8; 32]), person, 0));
        assert!(!holds(owner.person(), share, owner.person(), 0));
        assert!(!holds(other.person(), share, person, 0));
        assert!(!Grant::holds(b"garbage", owner.person(), share, person, Time(0)));
    }
}
