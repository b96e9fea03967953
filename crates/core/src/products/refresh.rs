//! What is known of a product: from the cache at once, from contacts, and from the catalog when nobody else has it or it is stale.

use std::time::{Duration, Instant};

use stoa_catalog::{Answer, Known as Conditional, Product, Signed};

use crate::db::{self, ProductRow};
use crate::error::{Code, Error, Result, bad};
use crate::ids::Person;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::catalogs::{self, Trusted};
use super::peers;

/// A catalog that did not answer is left alone this long.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// Which product, of which trusted catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub catalog: String,
    pub code: String,
    /// As it stands in messages; contacts are asked about links only.
    pub link: Option<String>,
    /// Who sent the link.
    pub from: Option<Person>,
}

/// A checked answer with what it takes to draw it.
pub struct Known {
    pub target: Target,
    pub product: Product,
    /// When the catalog last said so.
    pub checked: Time,
    pub trusted: Trusted,
    /// Older than its stated freshness, and the catalog is away.
    pub offline: bool,
}

impl Known {
    fn new(target: &Target, trusted: Trusted, row: &ProductRow, offline: bool) -> Result<Self> {
        let product = opened(row)?;
        Ok(Self { target: target.clone(), product, checked: row.checked, trusted, offline })
    }
}

/// Whether the catalog did not answer a moment ago.
pub fn away(stoa: &Stoa, catalog: &str) -> bool {
    stoa.live().away.get(catalog).is_some_and(|since| since.elapsed() < LEFT_ALONE)
}

pub async fn kept(stoa: &Stoa, target: &Target) -> Result<Option<ProductRow>> {
    let (catalog, code) = (target.catalog.clone(), target.code.clone());
    stoa.db.read(move |conn| db::product(conn, &catalog, &code)).await
}

/// A kept answer. It was checked when it was taken, by the key of that time.
pub fn opened(row: &ProductRow) -> Result<Product> {
    let damaged = |error| Error::new(Code::CatalogInvalid, format!("the cached answer is damaged: {error}"));
    let signed: Signed<Product> = serde_json::from_slice(&row.signed).map_err(damaged)?;
    serde_json::from_str(&signed.payload).map_err(damaged)
}

pub fn is_stale(row: &ProductRow, product: &Product) -> bool {
    Time::now() >= row.checked.plus_seconds(product.fresh_seconds)
}

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
            stoa.live().away.insert(target.catalog.clone(), Instant::now());
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
    let (asked, trusted) = match trusted.client.product_now(&target.code, &known).await {
        // the catalog may sign with a new key by now
        Err(stoa_catalog::Error::Signature) => {
            let renewed = catalogs::renew(stoa, trusted).await?;
            (renewed.client.product_now(&target.code, &known).await?, renewed)
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
    let version = trusted.manifest.version;
    let newer = asked.manifest.is_none_or(|now| now > version) || trusted.manifest.expires <= Time::now().0;
    Ok((if newer { catalogs::renew(stoa, trusted).await? } else { trusted }, row))
}

pub fn row(product: &Product, signed: &Signed<Product>, etag: String, checked: Time) -> Result<ProductRow> {
    let signed = serde_json::to_vec(signed).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    Ok(ProductRow { version: product.version, etag, signed, checked })
}

pub async fn keep(stoa: &Stoa, target: &Target, row: &ProductRow) -> Result<()> {
    let (catalog, code, row) = (target.catalog.clone(), target.code.clone(), row.clone());
    stoa.db
        .write(move |tx| {
            db::put_product(tx, &catalog, &code, &row)?;
            db::trim_products(tx)
        })
        .await
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
