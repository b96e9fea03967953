//! Answers contacts about links that stand in a conversation with them, from what is kept here. Nobody is contacted for it.

use std::time::Instant;

use rusqlite::Connection;
use stoa_catalog::{CODE_CAP, Hash, Manifest, Match, Product, Signed};

use crate::db::{self, CatalogRow, ProductRow};
use crate::error::{Code, Result, bad};
use crate::ids::{Conversation, Person};
use crate::stoa::Stoa;
use crate::wire::{CardAnswer, CardAsk, CardWant, PIECE_CAP, decode};

use super::rules::manifest;
use super::{blobs, known};

/// Bytes of a link and of a catalog's address, at most.
const LINK_CAP: usize = 2_048;
const ADDRESS_CAP: usize = 512;

/// # Errors
/// `too_many`, `bad_request`. What the asker may not have is [`CardAnswer::Nothing`], like what is not here.
pub async fn answer(stoa: &Stoa, person: Person, body: &[u8]) -> Result<CardAnswer> {
    if !stoa.cards.admit(person, Instant::now()) {
        return bad(Code::TooMany, "a contact asks for cards too often");
    }
    let Some(ask) = decode::<CardAsk>(body).filter(fits) else { return bad(Code::BadRequest, "unreadable") };
    let Some(found) = stoa.rules().exact(&ask.link) else { return Ok(CardAnswer::Nothing) };
    let me = stoa.own.person.person();
    let (link, want) = (ask.link.clone(), ask.want.clone());
    // waiting would tell anybody else that the link is being sent to somebody
    if !stoa.db.read(move |conn| stands(conn, me, person, &link)).await? {
        return Ok(CardAnswer::Nothing);
    }
    stoa.cards.supplied(&ask.link).await;
    let held = stoa.db.read(move |conn| permitted(conn, me, person, &found, &ask)).await?;
    let Some(held) = held else { return Ok(CardAnswer::Nothing) };
    match want {
        CardWant::Manifest { version } => held.manifest(version),
        CardWant::Product { version, .. } => held.product(version),
        CardWant::Blob { hash, from } => Ok(match held.names(&Hash(hash)) {
            true => piece(blobs::kept(stoa, &Hash(hash)).await, from),
            false => CardAnswer::Nothing,
        }),
    }
}

fn fits(ask: &CardAsk) -> bool {
    let code = match &ask.want {
        CardWant::Product { code, .. } => code.chars().count() <= CODE_CAP,
        _ => true,
    };
    code && ask.link.len() <= LINK_CAP && ask.catalog.len() <= ADDRESS_CAP
}

/// What is kept of the link's product and its catalog.
struct Held {
    catalog: CatalogRow,
    manifest: Manifest,
    product: Option<(ProductRow, Product)>,
}

/// Whether the link stands in the conversation with a contact that is not blocked.
fn stands(conn: &Connection, me: Person, person: Person, link: &str) -> Result<bool> {
    let contact = person != me && db::contact(conn, person)?.is_some_and(|row| !row.blocked);
    Ok(contact && db::link_stands(conn, link, Conversation::pair(me, person))?)
}

/// Who: a contact that is not blocked. May they here: the link stands in the conversation with them. What: the product that the own
/// rules find in the link, of the catalog that they ask about, by its key or one that this key followed.
fn permitted(conn: &Connection, me: Person, person: Person, found: &Match, ask: &CardAsk) -> Result<Option<Held>> {
    if !stands(conn, me, person, &ask.link)? || found.catalog != ask.catalog {
        return Ok(None);
    }
    if matches!(&ask.want, CardWant::Product { code, .. } if *code != found.code) {
        return Ok(None);
    }
    let Some(catalog) = db::catalog(conn, &ask.catalog)? else { return Ok(None) };
    let manifest = manifest(&catalog)?;
    let followed = manifest.successions.iter().any(|step| *step.old.as_bytes() == ask.key);
    if catalog.key != ask.key && !followed {
        return Ok(None);
    }
    let product = match db::product(conn, &ask.catalog, &found.code)? {
        Some(row) => {
            let product = known::opened(&row)?;
            Some((row, product))
        }
        None => None,
    };
    Ok(Some(Held { catalog, manifest, product }))
}

impl Held {
    fn manifest(&self, version: u64) -> Result<CardAnswer> {
        if self.manifest.version <= version {
            return Ok(CardAnswer::Nothing);
        }
        signed(serde_json::from_slice::<Signed<Manifest>>(&self.catalog.manifest), self.catalog.checked.0)
    }

    fn product(&self, version: u64) -> Result<CardAnswer> {
        match &self.product {
            Some((row, _)) if row.version > version => {
                signed(serde_json::from_slice::<Signed<Product>>(&row.signed), row.checked.0)
            }
            _ => Ok(CardAnswer::Nothing),
        }
    }

    /// Any picture of the product, its seller's logo, a layout or badge of the catalog.
    fn names(&self, hash: &Hash) -> bool {
        let of_product = |product: &Product| product.images.contains(hash) || product.seller.logo.as_ref() == Some(hash);
        let product = self.product.as_ref().is_some_and(|(_, product)| of_product(product));
        product || self.manifest.layouts.values().chain(self.manifest.badges.values()).any(|named| named == hash)
    }
}

fn signed<T>(kept: serde_json::Result<Signed<T>>, checked: i64) -> Result<CardAnswer> {
    match kept {
        Ok(Signed { payload, signature, .. }) => Ok(CardAnswer::Signed { payload, signature, checked }),
        Err(error) => bad(Code::CatalogInvalid, format!("a kept answer is damaged: {error}")),
    }
}

fn piece(blob: Option<Vec<u8>>, from: u64) -> CardAnswer {
    let Some(blob) = blob else { return CardAnswer::Nothing };
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(blob.len());
    let to = blob.len().min(from.saturating_add(PIECE_CAP));
    CardAnswer::Piece { size: blob.len() as u64, bytes: blob[from..to].to_vec() }
}

#[cfg(test)]
mod tests;
