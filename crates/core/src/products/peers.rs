//! Cards from contacts: what the catalog signed, asked of those with whom the link stands in a conversation.
//!
//! Everything is checked as if the catalog had sent it: signed by the pinned key or its successor, of this code, not older than known,
//! pictures and layouts by their hash. The catalog is not contacted.

use std::time::Duration;

use stoa_catalog::{BLOB_CAP, Hash, Manifest, Product, Signed};
use stoa_p2p::Protocol;

use crate::db;
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Device, Person};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{CardAnswer, CardAsk, CardWant, PIECE_CAP, decode, encode};

use super::catalogs::{self, Trusted};
use super::known::{self, Target};
use super::{blobs, state::SUPPLY};

/// Freshness that a contact's unsigned word can give, in milliseconds.
const BELIEVED: i64 = 60 * 60 * 1_000;
/// Contacts asked about one link, at most.
const PEOPLE: u32 = 6;
/// Until a contact answers one question.
const PATIENCE: Duration = Duration::from_secs(5);
/// The sender's answer may wait for what they are fetching themselves: asking the catalog meanwhile would tell it who was sent the link.
const SENDER_PATIENCE: Duration = SUPPLY.saturating_add(PATIENCE);
/// Until a contact passed on one whole blob.
const BLOB_PATIENCE: Duration = Duration::from_secs(60);
/// Until the catalog is asked for a card in view, however slowly contacts answer: for its product, for one of its blobs.
const PRODUCT_IN_VIEW: Duration = SENDER_PATIENCE;
const BLOB_IN_VIEW: Duration = Duration::from_secs(30);

/// Asks the sender of the link for all that its card is drawn with. Says whether anything came.
pub async fn everything(stoa: &Stoa, sender: Person, target: &Target, link: &str) -> bool {
    let devices = match devices(stoa, sender).await {
        Ok(devices) => devices,
        Err(error) => {
            tracing::warn!(%error, "a sender's devices could not be read");
            return false;
        }
    };
    let mut came = false;
    for device in devices {
        let asking = Asking { stoa, device, target, link, patience: SENDER_PATIENCE };
        match asking.everything().await {
            Ok(some) => came |= some,
            Err(error) => tracing::debug!(%error, "a sender did not pass a card on"),
        }
    }
    came
}

/// Asks contacts, the sender first, for the product of the link. Says whether something newer came.
pub async fn product(stoa: &Stoa, target: &Target) -> bool {
    tokio::time::timeout(PRODUCT_IN_VIEW, product_of_any(stoa, target)).await.unwrap_or(false)
}

async fn product_of_any(stoa: &Stoa, target: &Target) -> bool {
    let Some(link) = &target.link else { return false };
    for (device, patience) in those_who_may_know(stoa, target, link).await {
        let asking = Asking { stoa, device, target, link, patience };
        match asking.product().await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "a contact did not pass a product on"),
        }
    }
    false
}

/// Asks contacts for a blob that the product or the manifest names.
pub async fn blob(stoa: &Stoa, target: &Target, hash: &Hash) -> Option<Vec<u8>> {
    tokio::time::timeout(BLOB_IN_VIEW, blob_of_any(stoa, target, hash)).await.unwrap_or(None)
}

async fn blob_of_any(stoa: &Stoa, target: &Target, hash: &Hash) -> Option<Vec<u8>> {
    let link = target.link.as_ref()?;
    for (device, patience) in those_who_may_know(stoa, target, link).await {
        let asking = Asking { stoa, device, target, link, patience };
        match asking.blob(hash).await {
            Ok(Some(bytes)) => return Some(bytes),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a contact did not pass a blob on"),
        }
    }
    None
}

/// Connected devices of contacts with whom the link stands in a conversation, the sender's first, and how long each is waited for.
async fn those_who_may_know(stoa: &Stoa, target: &Target, link: &str) -> Vec<(Device, Duration)> {
    let (asked, first) = (link.to_owned(), target.from);
    let people = stoa.db.read(move |conn| db::people_of_link(conn, &asked, PEOPLE)).await;
    let mut people = people.unwrap_or_default();
    people.sort_by_key(|person| Some(*person) != first);
    let mut found = Vec::new();
    for person in people {
        let patience = if Some(person) == first { SENDER_PATIENCE } else { PATIENCE };
        found.extend(devices(stoa, person).await.unwrap_or_default().into_iter().map(|device| (device, patience)));
    }
    found
}

async fn devices(stoa: &Stoa, person: Person) -> Result<Vec<Device>> {
    let connected = stoa.node.connected();
    let mut devices = stoa.db.read(move |conn| db::devices_of(conn, person)).await?;
    devices.retain(|device| connected.contains(&(*device).into()));
    Ok(devices)
}

/// One device of a contact, asked about one link.
struct Asking<'a> {
    stoa: &'a Stoa,
    device: Device,
    target: &'a Target,
    link: &'a str,
    /// Until one question is answered.
    patience: Duration,
}

impl Asking<'_> {
    async fn ask(&self, trusted: &Trusted, want: CardWant) -> Result<CardAnswer> {
        let ask = CardAsk {
            catalog: self.target.catalog.clone(),
            key: *trusted.manifest.key.as_bytes(),
            link: self.link.to_owned(),
            want,
        };
        let asked = self.stoa.node.request(self.device.into(), Protocol::Card, encode(&ask));
        let late = || Error::new(Code::PeerUnreachable, "the contact's Stoa did not answer in time");
        let answer = tokio::time::timeout(self.patience, asked).await.map_err(|_| late())??;
        decode(&answer).ok_or_else(|| Error::new(Code::Refused, "the other side answered in no known way"))
    }

    /// A newer manifest, then the product. Says whether the product is newer than what is known here.
    async fn product(&self) -> Result<bool> {
        let trusted = self.manifest().await?;
        let kept = known::kept(self.stoa, self.target).await?;
        let held = kept.as_ref().map_or(0, |row| row.version);
        let want = CardWant::Product { code: self.target.code.clone(), version: held };
        let CardAnswer::Signed { payload, signature, checked } = self.ask(&trusted, want).await? else { return Ok(false) };
        let signed = Signed::<Product>::from_parts(payload, signature);
        let product = signed.verify(&trusted.manifest.key)?;
        let other = kept.is_some_and(|row| row.code != product.code);
        if other || !product.answers_to(&self.target.code) || product.version <= held {
            return bad(Code::CatalogInvalid, "an answer about another product, or an older one");
        }
        let checked = confirmed(checked, product.as_of, product.fresh_seconds, Time::now());
        let row = known::row(&product, &signed, String::new(), checked)?;
        known::keep_passed_on(self.stoa, self.target, &row, product.as_of).await?;
        Ok(true)
    }

    async fn manifest(&self) -> Result<Trusted> {
        let trusted = catalogs::trusted(self.stoa, &self.target.catalog).await?;
        let want = CardWant::Manifest { version: trusted.manifest.version };
        let CardAnswer::Signed { payload, signature, .. } = self.ask(&trusted, want).await? else { return Ok(trusted) };
        let signed = Signed::<Manifest>::from_parts(payload, signature);
        match catalogs::take(self.stoa, &trusted, &signed).await {
            Ok(true) => catalogs::trusted(self.stoa, &self.target.catalog).await,
            Ok(false) => Ok(trusted),
            Err(error) => {
                tracing::debug!(%error, "a manifest that a contact passed on was refused");
                Ok(trusted)
            }
        }
    }

    async fn blob(&self, hash: &Hash) -> Result<Option<Vec<u8>>> {
        let trusted = catalogs::trusted(self.stoa, &self.target.catalog).await?;
        let whole = tokio::time::timeout(BLOB_PATIENCE, self.pieces(&trusted, hash)).await;
        let Some(bytes) = whole.unwrap_or_else(|_| bad(Code::PeerUnreachable, "a blob took too long"))? else { return Ok(None) };
        if Hash::of(&bytes) != *hash {
            return bad(Code::CatalogInvalid, "the bytes do not have the hash they were asked by");
        }
        blobs::keep(self.stoa, hash, &bytes).await;
        Ok(Some(bytes))
    }

    async fn pieces(&self, trusted: &Trusted, hash: &Hash) -> Result<Option<Vec<u8>>> {
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let want = CardWant::Blob { hash: hash.0, from: bytes.len() as u64 };
            let CardAnswer::Piece { size, bytes: piece } = self.ask(trusted, want).await? else { return Ok(None) };
            bytes.extend_from_slice(&piece);
            if size > BLOB_CAP || piece.len() > PIECE_CAP || bytes.len() as u64 > size {
                return bad(Code::TooLarge, "a blob larger than a blob may be");
            }
            if bytes.len() as u64 == size {
                return Ok(Some(bytes));
            }
            if piece.len() < PIECE_CAP {
                return bad(Code::CatalogInvalid, "a blob in pieces smaller than they are asked for");
            }
        }
    }

    /// Product, manifest, layout, photo, logo and badges. Says whether anything came.
    async fn everything(&self) -> Result<bool> {
        let mut came = self.product().await?;
        let Some(row) = known::kept(self.stoa, self.target).await? else { return Ok(came) };
        let trusted = catalogs::trusted(self.stoa, &self.target.catalog).await?;
        for hash in blobs::named(&trusted.manifest, &known::opened(&row)?) {
            if blobs::kept(self.stoa, &hash).await.is_none() {
                came |= self.blob(&hash).await?.is_some();
            }
        }
        Ok(came)
    }
}

/// When a product from a contact counts as confirmed: what the catalog signed was true at its `as_of`; a later time is the contact's word
/// only, nobody confirms in the future, and an old price on such a word is asked about within the hour.
fn confirmed(word: i64, signed_at: i64, fresh_seconds: u32, now: Time) -> Time {
    let within = now.0 + BELIEVED - i64::from(fresh_seconds) * 1_000;
    Time(word.min(within).max(signed_at).min(now.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contacts_word_makes_an_old_price_fresh_for_an_hour_at_most() {
        let (day, signed_at, now) = (24 * 60 * 60, 1_000_000_000_000, Time(1_000_500_000_000));
        let fresh_for = |word| confirmed(word, signed_at, day, now).plus_seconds(day);
        assert_eq!(fresh_for(now.0), Time(now.0 + BELIEVED));
        assert_eq!(fresh_for(i64::MAX), Time(now.0 + BELIEVED));
        assert_eq!(confirmed(i64::MIN, signed_at, day, now), Time(signed_at), "what was signed needs nobody's word");
        assert_eq!(confirmed(now.0 - 5, signed_at, 60, now), Time(now.0 - 5));
        assert_eq!(confirmed(now.0 + 5, signed_at, 60, now), now, "nobody confirms in the future");
    }
}
