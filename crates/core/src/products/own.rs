//! Own products: a draft's card before anybody sees it, and cards that follow what their seller does.

use stoa_catalog::Product;
use stoa_catalog::gs1::gtin_forms;

use crate::api::{Card, CardShow, Theme};
use crate::db;
use crate::error::Result;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::card;
use super::catalogs;
use super::known::{self, Known, Target};
use super::refresh;

/// Draws a product that no catalog has signed yet, with the catalog's layouts, pictures and badges.
///
/// # Errors
/// As `card.show`.
pub async fn draw_draft(stoa: &Stoa, catalog: &str, product: Product, theme: Theme, locale: String, scale: u32) -> Result<Card> {
    let show = CardShow { link: product.url.clone(), theme, locale, scale, from: None };
    let trusted = catalogs::trusted(stoa, catalog).await?;
    let target = target(catalog, &product.code);
    // the same draft is the same card, whenever it is drawn
    let product = Product { version: 0, as_of: 0, ..product };
    let known = Known { target, product, checked: Time::now(), trusted, offline: false };
    card::draw(stoa, &known, &show).await
}

/// After its seller changed a product: the kept answer is asked for anew, and its cards are drawn again.
pub async fn changed(stoa: &Stoa, catalog: &str, product: &Product) {
    if let Err(error) = follow(stoa, &target(catalog, &product.code)).await {
        tracing::debug!(%error, "an own card is not refreshed yet");
    }
    let found = stoa.db.read(db::links).await.unwrap_or_default();
    let rules = stoa.rules();
    let of_it =
        |link: &String| rules.first(link).is_some_and(|found| found.catalog == catalog && product.answers_to(&found.code));
    let gtins = product.gtin14().map(|gtin| gtin_forms(&gtin)).unwrap_or_default();
    let own = [product.url.clone(), product.code.clone()].into_iter().chain(gtins);
    for link in found.into_iter().filter(of_it).chain(own) {
        stoa.touch(Touched::Card(link));
    }
}

async fn follow(stoa: &Stoa, target: &Target) -> Result<()> {
    let flight = stoa.cards.flight(&target.catalog, &target.code);
    let _alone = flight.lock().await;
    let Some(held) = known::kept(stoa, target).await? else { return Ok(()) };
    let trusted = catalogs::trusted(stoa, &target.catalog).await?;
    if let Err(error) = refresh::from_catalog(stoa, trusted, target, Some(&held)).await {
        let (catalog, code) = (target.catalog.clone(), target.code.clone());
        // no longer fresh, so that it is asked for when it is next in view
        stoa.db.write(move |tx| db::product_checked(tx, &catalog, &code, Time(0))).await?;
        return Err(error);
    }
    Ok(())
}

fn target(catalog: &str, code: &str) -> Target {
    Target { catalog: catalog.to_owned(), code: code.to_owned(), link: None, from: None }
}
