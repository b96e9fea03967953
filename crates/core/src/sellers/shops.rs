//! The catalogs this person sells in.

use rusqlite::Connection;
use stoa_catalog::{Client, SellerClient, SellerKey, Standing};

use crate::api::{CatalogTrust, Done, SellerJoin, SellerLeave, SellerList, Shop};
use crate::db::{self, ShopRow};
use crate::error::{Code, Error, Result, bad};
use crate::products;
use crate::stoa::Stoa;
use crate::touch::Touched;

use super::{Selling, refusal};

pub async fn join(stoa: &Stoa, SellerJoin { url, key }: SellerJoin) -> Result<Shop> {
    let misread = |error: stoa_catalog::Error| Error::new(Code::BadRequest, error.to_string());
    let key: SellerKey = key.parse().map_err(misread)?;
    let client = Client::new(stoa.fetcher.clone(), url.trim(), None).map_err(misread)?;
    let origin = client.origin();
    let standing = SellerClient::new(client, &key)?.standing().await.map_err(refusal)?;
    products::trust(stoa, CatalogTrust { url: origin.clone() }).await?;
    let shop = row(origin.clone(), key.as_text().to_owned(), standing);
    stoa.db
        .write(move |tx| {
            if db::catalog(tx, &shop.url)?.is_none() {
                return bad(Code::NotFound, "the catalog was forgotten meanwhile; join it again");
            }
            db::put_shop(tx, &shop)?;
            tx.touch(Touched::Shops);
            shop_view(tx, &shop)
        })
        .await
}

pub async fn list(stoa: &Stoa, _: SellerList) -> Result<Vec<Shop>> {
    stoa.db.read(view).await
}

pub async fn leave(stoa: &Stoa, SellerLeave { url }: SellerLeave) -> Result<Done> {
    let url = url.trim().trim_end_matches('/').to_owned();
    stoa.db
        .write(move |tx| {
            if !db::remove_shop(tx, &url)? {
                return bad(Code::NotFound, "there is no key for this catalog");
            }
            tx.touch(Touched::Shops);
            Ok(Done {})
        })
        .await
}

pub(crate) fn view(conn: &Connection) -> Result<Vec<Shop>> {
    db::shops(conn)?.iter().map(|row| shop_view(conn, row)).collect()
}

fn shop_view(conn: &Connection, row: &ShopRow) -> Result<Shop> {
    let catalog = db::catalog(conn, &row.url)?;
    let layouts = catalog.as_ref().and_then(|catalog| products::rules::manifest(catalog).ok()).map(|manifest| manifest.layouts);
    Ok(Shop {
        url: row.url.clone(),
        catalog: catalog.map(|catalog| catalog.name).unwrap_or_default(),
        seller: row.seller.clone(),
        name: row.name.clone(),
        badges: row.badges.clone(),
        rights: row.rights.clone(),
        layouts: layouts.unwrap_or_default().into_keys().collect(),
    })
}

fn row(url: String, key: String, standing: Standing) -> ShopRow {
    let Standing { id, name, logo, badges, rights } = standing;
    ShopRow { url, key, seller: id, name, logo: logo.map(|hash| hash.0), badges, rights }
}

/// Takes the name, badges and rights that the operator gave since the last time.
pub(super) async fn renew(stoa: &Stoa, selling: &Selling) -> Result<()> {
    let standing = selling.client.standing().await.map_err(refusal)?;
    let url = selling.url.clone();
    stoa.db
        .write(move |tx| {
            let Some(held) = db::shop(tx, &url)? else { return Ok(()) };
            let now = row(url, held.key.clone(), standing);
            if now != held {
                db::put_shop(tx, &now)?;
                tx.touch(Touched::Shops);
            }
            Ok(())
        })
        .await
}
