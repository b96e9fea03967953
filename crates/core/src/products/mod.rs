//! Product cards: a link is recognised by a trusted catalog's rules, its data fetched, its card drawn here.

pub mod api;
mod card;
mod catalogs;
mod refresh;
pub mod rules;

pub(crate) use card::drawn;
pub use catalogs::{catalogs, forget, trust};

use crate::api::{Card, CardShow, RuleMatch, RulesTest};
use crate::error::{Code, Result, bad};
use crate::stoa::Stoa;

pub async fn test(stoa: &Stoa, RulesTest { text }: RulesTest) -> Result<RuleMatch> {
    match stoa.rules().tested(&text) {
        Some(found) => Ok(RuleMatch { link: found.normal, rule: found.rule, code: found.code, catalog: found.catalog }),
        None => bad(Code::NoCard, "no rule recognises a link in this text"),
    }
}

/// Shows what is cached at once and refreshes behind it; asks the catalog only when nothing is.
pub async fn show(stoa: &Stoa, show: CardShow) -> Result<Card> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if !(1..=2).contains(&show.scale) || show.locale.len() > 35 || !show.locale.chars().all(fits) {
        return bad(Code::BadRequest, "scale is 1 or 2, locale a BCP 47 tag");
    }
    let (catalog, code) = target(stoa, &show.link).await?;
    let known = refresh::current(stoa, &catalog, &code, &show.link).await?;
    card::draw(stoa, &known, &show).await
}

/// A recognised link, or a bare code of the only trusted catalog.
async fn target(stoa: &Stoa, text: &str) -> Result<(String, String)> {
    if let Some(found) = stoa.rules().first(text) {
        return Ok((found.catalog, found.code));
    }
    let bare = !text.is_empty() && text.len() <= stoa_catalog::CODE_CAP && !text.contains(['/', ' ', ':']);
    let trusted = stoa.db.read(crate::db::catalogs).await?;
    match trusted.as_slice() {
        [only] if bare => Ok((only.url.clone(), text.to_owned())),
        [] => bad(Code::NoCard, "no catalog is trusted yet; trust one to see cards"),
        _ => bad(Code::NoCard, "no rule of a trusted catalog recognises this link"),
    }
}
