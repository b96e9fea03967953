//! Product cards: a link is recognised by a trusted catalog's rules, its data kept, asked of contacts or fetched, its card drawn here.

pub mod api;
mod arrivals;
mod blobs;
pub(crate) mod card;
mod catalogs;
pub mod codes;
mod hosts;
pub mod input;
mod known;
mod own;
mod peers;
mod refresh;
mod render;
pub mod rules;
pub mod search;
pub mod serve;
#[cfg(test)]
mod signer;
mod state;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use arrivals::linked;
pub(crate) use blobs::from_catalog as blob;
pub(crate) use card::drawn;
pub(crate) use catalogs::renewed;
pub use catalogs::{answer, catalogs, forget, trust};
pub(crate) use own::{changed, draw_draft};
pub use state::Cards;

use crate::api::{Card, CardShow};
use crate::error::{Code, Result, bad};
use crate::stoa::Stoa;

/// Shows what is kept at once and refreshes it behind; asks contacts, then the catalog, only when nothing is.
pub async fn show(stoa: &Stoa, show: CardShow) -> Result<Card> {
    render::View::new(show.theme, &show.locale, show.scale)?;
    let from = match &show.from {
        Some(person) => Some(person.parse()?),
        None => None,
    };
    let target = target::of(stoa, &show.link, from).await?;
    let known = refresh::current(stoa, &target).await?;
    if known.product.withdrawn {
        return bad(Code::NoCard, "the product is no longer offered");
    }
    card::draw(stoa, &known, &show).await
}
