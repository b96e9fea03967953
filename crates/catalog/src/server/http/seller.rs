//! What a seller does to their own products, with a key.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::super::{Access, Draft, Expect, Patch, Usage};
use super::Site;
use super::answers::{Refusal, Refused, private};
use super::auth::Seller;
use super::body::{Json, PHOTO_CAP, media_type, read};
use super::gate::holder;
use super::public::{Asked, Listed};
use super::question::{Named, Of, Within};
use super::schemas::{Binary, Goods};
use crate::{Hash, Product};

/// Whose key it is.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Holder)]
pub(super) struct Holder {
    /// Null for an operator who sells nothing.
    id: Option<String>,
    name: Option<String>,
    /// Its hash.
    logo: Option<String>,
    badges: Vec<String>,
    /// `products`, `stock`.
    rights: Vec<&'static str>,
    operator: bool,
    /// Null for an operator who sells nothing.
    usage: Option<Usage>,
}

/// Who this key belongs to and what it may do
#[utoipa::path(get, path = "/seller", tag = "seller", security(("key" = [])), responses(
    (status = 200, description = "The key's holder", body = Holder),
    (status = 401, description = "No key, or a wrong one", body = Refused),
    (status = 429, description = "Too many wrong keys came from this address", body = Refused),
))]
pub(super) async fn standing(State(site): State<Site>, Seller(access): Seller) -> Result<Response<Body>, Refusal> {
    let rights = access.rights;
    let (seller, usage) = site
        .read(move |catalog| match access.seller {
            Some(id) => Ok((catalog.seller(&id)?, Some(catalog.usage(&id)?))),
            None => Ok((None, None)),
        })
        .await?;
    let (id, name, logo, badges) =
        seller.map_or((None, None, None, Vec::new()), |seller| (Some(seller.id), Some(seller.name), seller.logo, seller.badges));
    let named = rights.names().into_iter().filter(|right| *right != "operator").collect();
    let logo = logo.map(|logo| logo.to_string());
    Ok(private(StatusCode::OK, &Holder { id, name, logo, badges, rights: named, operator: rights.operator, usage }))
}

/// The seller's own products, withdrawn ones too, newest change first
#[utoipa::path(get, path = "/seller/products", tag = "seller", security(("key" = [])), params(Asked), responses(
    (status = 200, description = "One page", body = Goods),
    (status = 401, description = "No key, or a wrong one", body = Refused),
    (status = 403, description = "A key that belongs to no seller", body = Refused),
))]
pub(super) async fn goods(
    State(site): State<Site>,
    Seller(access): Seller,
    Of(asked): Of<Asked>,
) -> Result<Response<Body>, Refusal> {
    let (words, after, limit) = asked.checked()?;
    let page = site.read(move |catalog| catalog.goods(&access, words.as_deref(), after.as_deref(), limit)).await?;
    Ok(private(StatusCode::OK, &Listed { products: page.items, next: page.next }))
}

/// Adds a product, or replaces the seller's own of this code
///
/// `code` may be left out of the body. With `If-Match: "<version>"` only that version is replaced, with `If-None-Match: *` nothing is.
#[utoipa::path(put, path = "/products/{code}", tag = "seller", security(("key" = [])),
    params(
        ("code" = String, Path, description = "At most 128 characters, percent-encoded", example = "honey-500"),
        ("If-Match" = Option<String>, Header, description = "The version that stands, in quotes"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only when there is none"),
    ),
    request_body = Draft,
    responses(
        (status = 200, description = "Changed, or the same already", body = Product),
        (status = 201, description = "Added", body = Product),
        (status = 400, description = "Not JSON", body = Refused),
        (status = 401, description = "No key, or a wrong one", body = Refused),
        (status = 403, description = "`not_yours`: another seller's code; `forbidden`: the right is missing", body = Refused),
        (status = 409, description = "`quota_products`: the seller may have no more; `gtin_taken`: another product has the GTIN", body = Refused),
        (status = 412, description = "`changed`: another version stands", body = Refused),
        (status = 413, description = "More than 64 KiB", body = Refused),
        (status = 415, description = "Not application/json", body = Refused),
        (status = 422, description = "A field is wrong: `field` says which", body = Refused),
    )
)]
pub(super) async fn put(
    State(site): State<Site>,
    Seller(access): Seller,
    Named(code): Named,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response<Body>, Refusal> {
    let draft = draft(Some(code), body)?;
    let expect = expected(&headers)?;
    let (known, product) = site
        .write_as(access, move |catalog, access| {
            // A GTIN that is asked for as a code may lead to another product.
            let found = catalog.product(&draft.code)?.map(|signed| signed.parse::<Product>()).transpose()?;
            let known = found.is_some_and(|product| product.code == draft.code);
            Ok((known, catalog.put(access, draft, expect)?))
        })
        .await?;
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    Ok(written(status, &product))
}

/// Of this code, when one is given.
pub(super) fn draft(code: Option<String>, mut body: Value) -> Result<Draft, Refusal> {
    if let (Some(code), Some(fields)) = (code, body.as_object_mut()) {
        let named = fields.entry("code").or_insert_with(|| code.as_str().into());
        if *named != code {
            return Err(Refusal { field: Some("code"), ..Refusal::invalid("the body names another code than the address") });
        }
    }
    serde_json::from_value(body).map_err(|error| Refusal::invalid(error.to_string()))
}

/// RFC 9110 sections 13.1.1 and 13.1.2, for versions.
fn expected(headers: &HeaderMap) -> Result<Expect, Refusal> {
    let of = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
    match (of(IF_MATCH), of(IF_NONE_MATCH)) {
        (None, None) => Ok(Expect::Any),
        (None, Some("*")) => Ok(Expect::New),
        (Some(tag), None) => {
            let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|version| version.parse().ok());
            version.map(Expect::Version).ok_or_else(|| Refusal::bad_request("If-Match takes one version in quotes"))
        }
        _ => Err(Refusal::bad_request("If-None-Match takes *, and not together with If-Match")),
    }
}

/// The version is the entity tag of what a seller writes.
fn written(status: StatusCode, product: &Product) -> Response<Body> {
    let mut response = private(status, product);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", product.version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Changes price and stock; the right `stock` suffices
///
/// What is absent stays, what is null is taken away.
#[utoipa::path(patch, path = "/products/{code}", tag = "seller", security(("key" = [])),
    params(("code" = String, Path, example = "honey-500")),
    request_body = Patch,
    responses(
        (status = 200, description = "As it is now", body = Product),
        (status = 403, description = "Another seller's code, or the right is missing", body = Refused),
        (status = 404, description = "Not known", body = Refused),
        (status = 409, description = "`gtin_taken`: another product has the GTIN", body = Refused),
        (status = 422, description = "A field is wrong", body = Refused),
    )
)]
pub(super) async fn patch(
    State(site): State<Site>,
    Seller(access): Seller,
    Named(code): Named,
    headers: HeaderMap,
    Json(patch): Json<Patch>,
) -> Result<Response<Body>, Refusal> {
    unconditional(&headers)?;
    let product = site.write_as(access, move |catalog, access| catalog.patch(access, &code, patch)).await?;
    Ok(written(StatusCode::OK, &product))
}

/// Withdraws a product: a signed answer that it is no longer offered
///
/// The code stays the seller's, who may put it again.
#[utoipa::path(delete, path = "/products/{code}", tag = "seller", security(("key" = [])),
    params(("code" = String, Path, example = "honey-500")),
    responses(
        (status = 200, description = "Withdrawn", body = Product),
        (status = 403, description = "Another seller's code, or the right is missing", body = Refused),
        (status = 404, description = "Not known", body = Refused),
    )
)]
pub(super) async fn withdraw(
    State(site): State<Site>,
    Seller(access): Seller,
    Named(code): Named,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    unconditional(&headers)?;
    let product = site.write_as(access, move |catalog, access| catalog.withdraw(access, &code)).await?;
    Ok(written(StatusCode::OK, &product))
}

/// A condition that is not kept is refused rather than passed over.
fn unconditional(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH) {
        return Err(Refusal::bad_request("conditions are for PUT"));
    }
    Ok(())
}

/// Adds a picture behind the others; it is decoded and written anew without its metadata
#[utoipa::path(post, path = "/products/{code}/photos", tag = "seller", security(("key" = [])),
    params(("code" = String, Path, example = "honey-500")),
    request_body(content = Binary, description = "JPEG, PNG, WebP or GIF of at most 16 MiB", content_type = "image/*"),
    responses(
        (status = 200, description = "With the picture", body = Product),
        (status = 404, description = "Not known", body = Refused),
        (status = 413, description = "More than 16 MiB; `quota_pictures`: the seller's pictures take all they may", body = Refused),
        (status = 415, description = "Not sent as a picture", body = Refused),
        (status = 422, description = "`picture`: it cannot be decoded", body = Refused),
        (status = 501, description = "This catalog runs without pictures", body = Refused),
    )
)]
pub(super) async fn add_photo(
    State(site): State<Site>,
    Seller(access): Seller,
    Named(code): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    access.products()?;
    let own = code.clone();
    let known = site.read(move |catalog| catalog.product(&own)).await?.ok_or_else(Refusal::not_found)?;
    owned(&access, &known.parse().map_err(|_| Refusal::internal())?)?;
    let picture = picture(&site, &access, &headers, body).await?;
    let product = site.write_as(access, move |catalog, access| catalog.add_image(access, &code, &picture)).await?;
    Ok(written(StatusCode::OK, &product))
}

/// Removes a picture
#[utoipa::path(delete, path = "/products/{code}/photos/{hash}", tag = "seller", security(("key" = [])),
    params(("code" = String, Path, example = "honey-500"), ("hash" = String, Path, description = "As the product names it")),
    responses(
        (status = 200, description = "Without the picture", body = Product),
        (status = 404, description = "Not known", body = Refused),
    )
)]
pub(super) async fn remove_photo(
    State(site): State<Site>,
    Seller(access): Seller,
    Within(code, hash): Within,
) -> Result<Response<Body>, Refusal> {
    let hash: Hash = hash.parse().map_err(|_| Refusal::not_found())?;
    let product = site.write_as(access, move |catalog, access| catalog.remove_image(access, &code, &hash)).await?;
    Ok(written(StatusCode::OK, &product))
}

/// Sets the seller's logo
#[utoipa::path(put, path = "/seller/logo", tag = "seller", security(("key" = [])),
    request_body(content = Binary, description = "JPEG, PNG, WebP or GIF of at most 16 MiB", content_type = "image/*"),
    responses(
        (status = 200, description = "The seller as every card shows it", body = crate::Seller),
        (status = 429, description = "`too_often`: six an hour", body = Refused),
        (status = 413, description = "More than 16 MiB; `quota_pictures`: the seller's pictures take all they may", body = Refused),
        (status = 422, description = "`picture`: it cannot be decoded", body = Refused),
        (status = 501, description = "This catalog runs without pictures", body = Refused),
    )
)]
pub(super) async fn logo(
    State(site): State<Site>,
    Seller(access): Seller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    site.logos.pass(access.products()?)?;
    let picture = picture(&site, &access, &headers, body).await?;
    let seller = site.write_as(access, move |catalog, access| catalog.set_logo(access, &picture)).await?;
    Ok(private(StatusCode::OK, &seller))
}

fn owned(access: &Access, product: &Product) -> Result<(), Refusal> {
    if access.seller.as_ref() == Some(&product.seller.id) { Ok(()) } else { Err(super::Error::NotYours.into()) }
}

/// An upload as the studio makes it. The gate stands before the first byte: so many uploads fit into memory.
async fn picture(site: &Site, access: &Access, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Refusal> {
    let studio = site.studio()?;
    let media = media_type(headers).unwrap_or_default();
    if !media.is_empty() && !media.starts_with("image/") && media != "application/octet-stream" {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "send the picture's bytes with content-type: image/…",
        ));
    }
    let place = site.photos.pass(Some(holder(access))).await?;
    let bytes = read(headers, body, PHOTO_CAP).await?;
    let decode =
        move |_: &_| (studio.picture)(&bytes).map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "picture", why));
    let picture = site.work(&site.drawings, Some(holder(access)), decode).await;
    drop(place);
    picture
}
