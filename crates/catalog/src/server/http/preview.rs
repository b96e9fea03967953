//! Cards as a buyer will see them, for the seller.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::super::{Access, Card, Catalog, Draft, Error, Studio};
use super::answers::{PRIVATE, Refusal, Refused, whole};
use super::auth::{Operator, Seller};
use super::body::{Json, LAYOUT_CAP, read};
use super::question::{Named, Of};
use super::schemas::Binary;
use super::seller::draft;
use super::{Site, gate};
use crate::{Availability, CodeKind, Hash, ImageStyle, Manifest, Price, Product, Seller as Shown};

const LOCALE_CAP: usize = 35;

/// How the card is drawn.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Look {
    /// `light` (when it is missing) or `dark`.
    theme: Option<String>,
    /// BCP 47, such as `de` or `zh-Hans`; `en` when it is missing.
    locale: Option<String>,
    /// Device pixels per CSS pixel: 1 (when it is missing) or 2.
    scale: Option<u8>,
}

impl Look {
    /// Dark, locale, scale.
    fn checked(self) -> Result<(bool, String, u8), Refusal> {
        let dark = match self.theme.as_deref() {
            None | Some("light") => false,
            Some("dark") => true,
            Some(_) => return Err(Refusal::bad_request("theme is light or dark")),
        };
        let locale = self.locale.unwrap_or_else(|| "en".to_owned());
        let shaped =
            !locale.is_empty() && locale.len() <= LOCALE_CAP && locale.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let scale = self.scale.unwrap_or(1);
        if !shaped || !matches!(scale, 1 | 2) {
            return Err(Refusal::bad_request("locale is a BCP 47 tag, scale is 1 or 2"));
        }
        Ok((dark, locale, scale))
    }
}

/// The card of a draft, which is not stored
#[utoipa::path(post, path = "/preview", tag = "seller", security(("key" = [])), params(Look), request_body = Draft, responses(
    (status = 200, description = "The card", content_type = "image/webp", body = Binary),
    (status = 422, description = "A field is wrong, or the layout cannot be drawn", body = Refused),
    (status = 501, description = "This catalog runs without cards", body = Refused),
))]
pub(super) async fn preview(
    State(site): State<Site>,
    Seller(access): Seller,
    Of(look): Of<Look>,
    Json(body): Json<Value>,
) -> Result<Response<Body>, Refusal> {
    let (studio, look, draft) = (site.studio()?, look.checked()?, draft(None, body)?);
    draft.check()?;
    let whose = gate::holder(&access).to_owned();
    let card = site.work(&site.drawings, Some(&whose), move |catalog| {
        let seller = holder(catalog, &access)?;
        draw(catalog, &studio, draft.into_product(seller, 1, now()), look)
    });
    Ok(whole(StatusCode::OK, "image/webp", PRIVATE, card.await?))
}

/// The card of a product
#[utoipa::path(get, path = "/products/{code}/card", tag = "seller", security(("key" = [])),
    params(("code" = String, Path, example = "honey-500"), Look),
    responses(
        (status = 200, description = "The card", content_type = "image/webp", body = Binary),
        (status = 404, description = "Not known", body = Refused),
        (status = 422, description = "The layout cannot be drawn", body = Refused),
        (status = 501, description = "This catalog runs without cards", body = Refused),
    )
)]
pub(super) async fn card(
    State(site): State<Site>,
    Seller(access): Seller,
    Named(code): Named,
    Of(look): Of<Look>,
) -> Result<Response<Body>, Refusal> {
    let (studio, look) = (site.studio()?, look.checked()?);
    let card = site.work(&site.drawings, Some(gate::holder(&access)), move |catalog| {
        let signed = catalog.product(&code)?.ok_or_else(Refusal::not_found)?;
        draw(catalog, &studio, signed.parse().map_err(|_| Refusal::internal())?, look)
    });
    Ok(whole(StatusCode::OK, "image/webp", PRIVATE, card.await?))
}

/// An operator who sells nothing sees a seller with the catalog's name.
fn holder(catalog: &Catalog, access: &Access) -> Result<Shown, Refusal> {
    if access.seller.is_none() && access.rights.operator {
        return Ok(Shown { id: "catalog".to_owned(), name: manifest(catalog)?.name, logo: None, badges: Vec::new() });
    }
    Ok(catalog.seller(access.products()?)?.ok_or(Error::NotFound)?)
}

fn manifest(catalog: &Catalog) -> Result<Manifest, Refusal> {
    catalog.manifest()?.parse().map_err(|_| Refusal::internal())
}

/// A card with a layout that is not stored, of the newest product
#[utoipa::path(post, path = "/operator/layout-preview", tag = "operator", security(("key" = [])), params(Look),
    request_body(content = String, description = "The layout", content_type = "text/html"),
    responses(
        (status = 200, description = "The card", content_type = "image/webp", body = Binary),
        (status = 422, description = "`layout`: the linter says why not; `card`: it cannot be drawn", body = Refused),
        (status = 501, description = "This catalog runs without cards", body = Refused),
    )
)]
pub(super) async fn layout(
    State(site): State<Site>,
    Operator(access): Operator,
    Of(look): Of<Look>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    let (studio, look) = (site.studio()?, look.checked()?);
    let layout = read(&headers, body, LAYOUT_CAP).await?;
    let card = site.work(&site.drawings, Some(gate::holder(&access)), move |catalog| {
        (studio.lint)(&layout).map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "layout", why))?;
        let newest = catalog.search("", None, 1)?.items.into_iter().next();
        let product = newest.map_or_else(|| Ok(sample()), |signed| signed.parse()).map_err(|_| Refusal::internal())?;
        draw_with(catalog, &studio, product, layout, look)
    });
    Ok(whole(StatusCode::OK, "image/webp", PRIVATE, card.await?))
}

/// For a catalog that has no product yet.
fn sample() -> Product {
    Product {
        code: "sample".to_owned(),
        kind: CodeKind::Sku,
        gtin: None,
        version: 1,
        name: "Thyme honey 500 g".to_owned(),
        description: None,
        brand: Some("Hymettus".to_owned()),
        price: Some(Price { minor: 1250, currency: "EUR".to_owned() }),
        availability: Availability::InStock,
        quantity: Some(12),
        images: Vec::new(),
        image_style: ImageStyle::Cover,
        seller: Shown { id: "sample".to_owned(), name: "Market".to_owned(), logo: None, badges: Vec::new() },
        url: "https://shop.example/p/sample".to_owned(),
        layout: "sample".to_owned(),
        withdrawn: false,
        as_of: now(),
        fresh_seconds: 3600,
    }
}

fn draw(catalog: &Catalog, studio: &Studio, product: Product, look: (bool, String, u8)) -> Result<Vec<u8>, Refusal> {
    let hash = manifest(catalog)?.layouts.get(&product.layout).copied();
    let found = hash.map_or(Ok(None), |hash| catalog.blob(&hash))?;
    let (_, layout) = found.ok_or_else(|| Refusal {
        field: Some("layout"),
        ..Refusal::invalid(format!("the catalog has no layout {}", product.layout))
    })?;
    draw_with(catalog, studio, product, layout, look)
}

fn draw_with(
    catalog: &Catalog,
    studio: &Studio,
    product: Product,
    layout: Vec<u8>,
    (dark, locale, scale): (bool, String, u8),
) -> Result<Vec<u8>, Refusal> {
    let manifest = manifest(catalog)?;
    let bytes = |hash: Option<&Hash>| hash.map_or(Ok(None), |hash| catalog.blob(hash)).map(|found| found.map(|(_, bytes)| bytes));
    let mut badges = Vec::new();
    for badge in &product.seller.badges {
        badges.extend(bytes(manifest.badges.get(badge))?.map(|picture| (badge.clone(), picture)));
    }
    let (photo, logo) = (bytes(product.images.first())?, bytes(product.seller.logo.as_ref())?);
    let card = Card { product, layout, photo, logo, badges, dark, locale, scale };
    (studio.card)(&card).map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "card", why))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
