//! What is known of a product: from the cache at once, from the catalog when nothing is cached or it is stale.

use std::time::{Duration, Instant};

use stoa_catalog::{Answer, Known as Conditional, Manifest, Product, Signed};

use crate::db::{self, ProductRow};
use crate::error::{Code, Error, Result};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::catalogs;

/// A catalog that did not answer is left alone this long.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// A checked answer with what it takes to draw it.
pub struct Known {
    pub catalog: String,
    pub product: Product,
    /// The signed bytes: part of the card's cache key.
    pub signed: Vec<u8>,
    pub manifest: Manifest,
    pub client: stoa_catalog::Client,
    /// Older than its stated freshness, and the catalog is away.
    pub offline: bool,
}

pub async fn current(stoa: &Stoa, catalog: &str, code: &str, link: &str) -> Result<Known> {
    let (client, manifest) = catalogs::client(stoa, catalog).await?;
    let (url, wanted) = (catalog.to_owned(), code.to_owned());
    let Some(row) = stoa.db.read(move |conn| db::product(conn, &url, &wanted)).await? else {
        let manifest = catalogs::renew(stoa, &client, manifest).await?;
        let (product, row) = ask(stoa, &client, &manifest.key, code, None).await?;
        return Ok(Known { catalog: catalog.into(), product, signed: row.signed, manifest, client, offline: false });
    };
    let product = open(&row, &manifest.key)?;
    let stale = Time::now() >= row.checked.plus_seconds(product.fresh_seconds);
    let away = stoa.live().away.get(catalog).is_some_and(|since| since.elapsed() < LEFT_ALONE);
    if stale && !away {
        let (stoa, known, link) = (stoa.clone(), row.clone(), link.to_owned());
        let (client, manifest, code) = (client.clone(), manifest.clone(), code.to_owned());
        stoa.clone().spawn(async move { behind(&stoa, &client, manifest, &code, known, link).await });
    }
    Ok(Known { catalog: catalog.into(), product, signed: row.signed, manifest, client, offline: stale && away })
}

fn open(row: &ProductRow, key: &stoa_catalog::Key) -> Result<Product> {
    let signed: Signed<Product> = serde_json::from_slice(&row.signed)
        .map_err(|error| Error::new(Code::CatalogInvalid, format!("the cached answer is damaged: {error}")))?;
    Ok(signed.verify(key)?)
}

/// Asks the catalog, and stores its answer.
async fn ask(
    stoa: &Stoa,
    client: &stoa_catalog::Client,
    key: &stoa_catalog::Key,
    code: &str,
    held: Option<&ProductRow>,
) -> Result<(Product, ProductRow)> {
    let known = held.map_or_else(Conditional::default, |row| Conditional {
        version: row.version,
        etag: Some(row.etag.clone()).filter(|etag| !etag.is_empty()),
    });
    let (catalog, wanted) = (client.origin(), code.to_owned());
    match client.product(code, &known).await? {
        Answer::Changed { value, signed, etag } => {
            let signed = serde_json::to_vec(&signed).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
            let row = ProductRow { version: value.version, etag: etag.unwrap_or_default(), signed, checked: Time::now() };
            let stored = row.clone();
            stoa.db
                .write(move |tx| {
                    db::put_product(tx, &catalog, &wanted, &stored)?;
                    db::trim_products(tx)
                })
                .await?;
            Ok((value, row))
        }
        Answer::Unchanged => {
            let Some(row) = held else { return crate::error::bad(Code::CatalogInvalid, "unchanged, but nothing was known") };
            let at = Time::now();
            stoa.db.write(move |tx| db::product_checked(tx, &catalog, &wanted, at)).await?;
            Ok((open(row, key)?, ProductRow { checked: at, ..row.clone() }))
        }
    }
}

/// Refreshes a stale answer behind the card that is shown already.
async fn behind(stoa: &Stoa, client: &stoa_catalog::Client, manifest: Manifest, code: &str, held: ProductRow, link: String) {
    let before = (manifest.version, held.version);
    let refreshed = async {
        let manifest = catalogs::renew(stoa, client, manifest).await?;
        let (_, row) = ask(stoa, client, &manifest.key, code, Some(&held)).await?;
        Ok::<_, Error>((manifest.version, row.version))
    };
    let told = match refreshed.await {
        Ok(now) => {
            let was_away = stoa.live().away.remove(&client.origin()).is_some();
            now != before || was_away
        }
        Err(error) => {
            tracing::debug!(%error, "a card was not refreshed");
            stoa.live().away.insert(client.origin(), Instant::now());
            true
        }
    };
    if told {
        stoa.touch(Touched::Card(link));
    }
}
