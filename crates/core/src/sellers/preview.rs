//! The card of a draft, drawn here before anybody else sees it.

use stoa_catalog::gs1::gtin14;
use stoa_catalog::{Hash, Product, Seller, Signable};

use crate::api::{Card, SellerPreview};
use crate::db;
use crate::error::{Code, Error, Result, bad};
use crate::products;
use crate::stoa::Stoa;

use super::goods::catalog_draft;

pub async fn preview(stoa: &Stoa, SellerPreview { url, draft, theme, locale, scale }: SellerPreview) -> Result<Card> {
    let url = url.trim().trim_end_matches('/').to_owned();
    let asked = url.clone();
    let Some(shop) = stoa.db.read(move |conn| db::shop(conn, &asked)).await? else {
        return bad(Code::NotFound, "there is no key for this catalog; join it first with the key its operator gave you");
    };
    let draft = catalog_draft(draft)?;
    let product = Product {
        code: draft.code,
        kind: draft.kind,
        gtin: draft.gtin.as_deref().and_then(gtin14),
        version: 0,
        name: draft.name,
        description: draft.description,
        brand: draft.brand,
        price: draft.price,
        availability: draft.availability,
        quantity: draft.quantity,
        images: draft.images,
        image_style: draft.image_style,
        seller: Seller { id: shop.seller, name: shop.name, logo: shop.logo.map(Hash), badges: shop.badges },
        url: draft.url,
        layout: draft.layout,
        withdrawn: false,
        as_of: 0,
        fresh_seconds: draft.fresh_seconds,
    };
    product.check().map_err(|error| Error::new(Code::BadRequest, error.to_string()))?;
    products::draw_draft(stoa, &url, product, theme, locale, scale).await
}
