//! Looking for products of a trusted catalog by words.

use crate::api::{CatalogSearch, Hit, Hits};
use crate::db;
use crate::error::{Code, Error, Result};
use crate::stoa::Stoa;
use crate::time::Time;

use super::card::price_text;
use super::render::View;
use super::{catalogs, known};

/// One page. Every hit was checked and is kept, so that its card is here when it is shown.
///
/// # Errors
/// `no_card` when the catalog is not trusted, `bad_request`, `catalog_unreachable`, `catalog_invalid`.
pub async fn search(stoa: &Stoa, CatalogSearch { catalog, words, locale, after }: CatalogSearch) -> Result<Hits> {
    View::new(crate::api::Theme::Light, &locale, 1)?;
    let catalog = catalog.trim().trim_end_matches('/').to_owned();
    let trusted = catalogs::trusted(stoa, &catalog).await?;
    let page = trusted.client.search(words.trim(), after.as_deref()).await.map_err(|error| match error {
        stoa_catalog::Error::Invalid(why) => Error::new(Code::BadRequest, why),
        other => other.into(),
    })?;
    let hits = page.products.iter().map(|(product, _)| Hit {
        code: product.code.clone(),
        title: product.name.clone(),
        price: price_text(product, &locale),
        seller: product.seller.name.clone(),
        link: product.url.clone(),
    });
    let hits = hits.collect();
    let row = |(product, signed): &(_, _)| -> Result<_> {
        let product: &stoa_catalog::Product = product;
        known::row(product, signed, String::new(), Time::now())
    };
    let rows = page.products.iter().map(row).collect::<Result<Vec<_>>>()?;
    stoa.db
        .write(move |tx| {
            for row in &rows {
                db::put_product(tx, &catalog, row)?;
            }
            db::trim_products(tx)
        })
        .await?;
    Ok(Hits { hits, next: page.next })
}
