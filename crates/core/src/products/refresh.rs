//! What is known of a product: from the cache at once, from contacts, and from the catalog when nobody else has it or it is stale.

use stoa_catalog::{Answer, Known as Conditional};

use crate::db::ProductRow;
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::catalogs::{self, Trusted};
use super::known::{Known, Target, away, is_stale, keep, kept, note_away, opened, row};
use super::peers;

/// What is shown now: kept, from a contact, or from the catalog. A stale one is refreshed behind it.
///
/// # Errors
/// `no_card`, `catalog_unreachable`, `catalog_invalid`.
pub async fn current(stoa: &Stoa, target: &Target) -> Result<Known> {
    let trusted = catalogs::trusted(stoa, &target.catalog).await?;
    if let Some(row) = kept(stoa, target).await? {
        let stale = is_stale(&row, &opened(&row)?);
        let away = away(stoa, &target.catalog);
        if stale && !away {
            let (stoa, target, row) = (stoa.clone(), target.clone(), row.clone());
            stoa.clone().spawn(async move { behind(&stoa, &target, row).await });
        }
        return Known::new(target, trusted, &row, stale && away);
    }
    let flight = stoa.cards.flight(&target.catalog, &target.code);
    let _alone = flight.lock().await;
    // somebody may have asked meanwhile
    let here = match kept(stoa, target).await? {
        Some(row) => Some(row),
        None if peers::product(stoa, target).await => kept(stoa, target).await?,
        None => None,
    };
    match here {
        Some(row) => Known::new(target, catalogs::trusted(stoa, &target.catalog).await?, &row, false),
        None => from_catalog(stoa, trusted, target, None).await,
    }
}

/// As [`current`], from the catalog alone: what a sender needs to pass it on.
pub async fn supplied(stoa: &Stoa, target: &Target) -> Result<Known> {
    let trusted = catalogs::trusted(stoa, &target.catalog).await?;
    let flight = stoa.cards.flight(&target.catalog, &target.code);
    let _alone = flight.lock().await;
    match kept(stoa, target).await? {
        Some(row) if !is_stale(&row, &opened(&row)?) || away(stoa, &target.catalog) => Known::new(target, trusted, &row, false),
        row => from_catalog(stoa, trusted, target, row.as_ref()).await,
    }
}

/// Asks the catalog, stores its answer, and notes whether it is away.
pub async fn from_catalog(stoa: &Stoa, trusted: Trusted, target: &Target, held: Option<&ProductRow>) -> Result<Known> {
    if away(stoa, &target.catalog) {
        return bad(Code::CatalogUnreachable, "the catalog does not answer, and no contact who is here has this card");
    }
    let asked = ask(stoa, trusted, target, held).await;
    match &asked {
        Err(error) if error.code == Code::CatalogUnreachable => {
            note_away(stoa, &target.catalog);
        }
        _ => {
            stoa.live().away.remove(&target.catalog);
        }
    }
    let (trusted, row) = asked?;
    Known::new(target, trusted, &row, false)
}

async fn ask(stoa: &Stoa, trusted: Trusted, target: &Target, held: Option<&ProductRow>) -> Result<(Trusted, ProductRow)> {
    let known = held.map_or_else(Conditional::default, |row| Conditional {
        version: row.version,
        etag: Some(row.etag.clone()).filter(|etag| !etag.is_empty()),
    });
    // a kept product is asked about by its own code: its GTIN may be another's by now
    let code = held.map_or(&target.code, |row| &row.code);
    let (asked, trusted) = match trusted.client.product_now(code, &known).await {
        // the catalog may sign with a new key by now
        Err(stoa_catalog::Error::Signature) => {
            let renewed = catalogs::renew(stoa, trusted).await?;
            (renewed.client.product_now(code, &known).await?, renewed)
        }
        asked => (asked?, trusted),
    };
    let row = match asked.answer {
        Answer::Changed { value, signed, etag } => row(&value, &signed, etag.unwrap_or_default(), Time::now())?,
        Answer::Unchanged => match held {
            Some(row) => ProductRow { checked: Time::now(), ..row.clone() },
            None => return bad(Code::CatalogInvalid, "unchanged, but nothing was known"),
        },
    };
    keep(stoa, target, &row).await?;
    // asked by its GTIN, it may be known by its code already, and newer
    let stands = Target { code: row.code.clone(), ..target.clone() };
    let row = kept(stoa, &stands).await?.unwrap_or(row);
    if held.is_some() && code != &target.code && (row.withdrawn || !opened(&row)?.answers_to(&target.code)) {
        return Box::pin(ask(stoa, trusted, target, None)).await;
    }
    let version = trusted.manifest.version;
    let newer = asked.manifest.is_none_or(|now| now > version) || trusted.manifest.expires <= Time::now().0;
    Ok((if newer { catalogs::renew(stoa, trusted).await? } else { trusted }, row))
}

/// Refreshes a stale answer behind the card that is shown already; contacts may know more while the catalog is away.
async fn behind(stoa: &Stoa, target: &Target, held: ProductRow) {
    let flight = stoa.cards.flight(&target.catalog, &target.code);
    let Ok(_alone) = flight.try_lock() else { return };
    let refreshed = async {
        let trusted = catalogs::trusted(stoa, &target.catalog).await?;
        let before = (trusted.manifest.version, held.version);
        let was_away = stoa.live().away.contains_key(&target.catalog);
        let now = from_catalog(stoa, trusted, target, Some(&held)).await?;
        Ok::<_, Error>((now.trusted.manifest.version, now.product.version) != before || was_away)
    };
    let told = match refreshed.await {
        Ok(told) => told,
        Err(error) => {
            tracing::debug!(%error, "a card was not refreshed");
            let gone = error.code == Code::CatalogUnreachable;
            if gone {
                peers::product(stoa, target).await;
            }
            gone
        }
    };
    if told && let Some(link) = &target.link {
        stoa.touch(Touched::Card(link.clone()));
    }
}
