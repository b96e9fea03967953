//! What the catalog's operator does, with a key that has the right `operator`.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{Catalog, Error, KeyInfo, Quota, Rights, Usage};
use super::Site;
use super::answers::{Refusal, Refused, private};
use super::auth::Operator;
use super::body::{Json, LAYOUT_CAP, read};
use super::question::Named;
use super::schemas::Binary;
use crate::{BLOB_CAP, Hash, Rule, Seller};

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct SellerWithKeys {
    #[serde(flatten)]
    seller: Seller,
    keys: Vec<KeyLine>,
    usage: Usage,
    /// What the operator set; the rest is the catalog's own measure.
    quota: Quota,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Key)]
struct KeyLine {
    id: String,
    /// `products`, `stock`, `operator`.
    rights: Vec<&'static str>,
    /// Milliseconds since 1970-01-01 UTC.
    made: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Sellers {
    sellers: Vec<SellerWithKeys>,
    /// Keys of the operator that belong to no seller.
    keys: Vec<KeyLine>,
}

impl KeyLine {
    fn of(key: KeyInfo) -> Self {
        Self { id: key.id, rights: key.rights.names(), made: key.made }
    }
}

/// All sellers by name, with what is known of their keys
#[utoipa::path(get, path = "/operator/sellers", tag = "operator", security(("key" = [])), responses(
    (status = 200, description = "Sellers and keys", body = Sellers),
    (status = 403, description = "Not the operator's key", body = Refused),
))]
pub(super) async fn sellers(State(site): State<Site>, _: Operator) -> Result<Response<Body>, Refusal> {
    let (sellers, mut keys) = site.read(|catalog| Ok((catalog.sellers_and_usage()?, catalog.keys()?))).await?;
    let mut of = |seller: Option<&str>| {
        let (own, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut keys).into_iter().partition(|key| key.seller.as_deref() == seller);
        keys = others;
        own.into_iter().map(KeyLine::of).collect::<Vec<_>>()
    };
    let with_keys =
        |(seller, usage, quota): (Seller, Usage, Quota)| SellerWithKeys { keys: of(Some(&seller.id)), seller, usage, quota };
    let sellers = sellers.into_iter().map(with_keys).collect();
    Ok(private(StatusCode::OK, &Sellers { sellers, keys: of(None) }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    /// 1 to 100 characters.
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct NewSeller {
    id: String,
    name: String,
    /// Shown this once; the catalog keeps only its hash.
    key: String,
}

/// Adds a seller with a first key, which is shown this once
#[utoipa::path(post, path = "/operator/sellers", tag = "operator", security(("key" = [])), request_body = Name, responses(
    (status = 201, description = "The seller and their key", body = NewSeller),
    (status = 422, description = "Not a name", body = Refused),
))]
pub(super) async fn add_seller(
    State(site): State<Site>,
    _: Operator,
    Json(Name { name }): Json<Name>,
) -> Result<Response<Body>, Refusal> {
    let (seller, key) = site.write(move |catalog| catalog.welcome_seller(&name)).await?;
    Ok(private(StatusCode::CREATED, &NewSeller { id: seller.id, name: seller.name, key: key.text }))
}

/// Renames a seller; their cards follow
#[utoipa::path(put, path = "/operator/sellers/{id}", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)), request_body = Name,
    responses((status = 200, description = "As it is now", body = Seller), (status = 404, description = "Not known", body = Refused))
)]
pub(super) async fn rename_seller(
    State(site): State<Site>,
    Operator(access): Operator,
    Named(id): Named,
    Json(Name { name }): Json<Name>,
) -> Result<Response<Body>, Refusal> {
    let seller = site.write(move |catalog| catalog.set_seller_name(&access, &id, &name)).await?;
    Ok(private(StatusCode::OK, &seller))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithRights {
    /// `products` (`stock` included), `stock`, `operator`.
    rights: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct NewKey {
    id: String,
    /// Shown this once; the catalog keeps only its hash.
    key: String,
}

/// A further key of a seller
#[utoipa::path(post, path = "/operator/sellers/{id}/keys", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)), request_body = WithRights,
    responses(
        (status = 201, description = "The key", body = NewKey),
        (status = 404, description = "No such seller", body = Refused),
        (status = 422, description = "Not rights", body = Refused),
    )
)]
pub(super) async fn add_key(
    State(site): State<Site>,
    _: Operator,
    Named(id): Named,
    Json(WithRights { rights }): Json<WithRights>,
) -> Result<Response<Body>, Refusal> {
    let key = site.write(move |catalog| catalog.add_key(Some(&id), Rights::from_names(&rights)?)).await?;
    Ok(private(StatusCode::CREATED, &NewKey { id: key.id, key: key.text }))
}

/// A further key of the operator
#[utoipa::path(post, path = "/operator/keys", tag = "operator", security(("key" = [])), responses((status = 201, description = "The key", body = NewKey)))]
pub(super) async fn add_operator_key(State(site): State<Site>, _: Operator) -> Result<Response<Body>, Refusal> {
    let key = site.write(|catalog| catalog.add_key(None, Rights::OPERATOR)).await?;
    Ok(private(StatusCode::CREATED, &NewKey { id: key.id, key: key.text }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Removed {
    removed: String,
}

/// Ends a key; it is refused from now on
#[utoipa::path(delete, path = "/operator/keys/{id}", tag = "operator", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Ended", body = Removed), (status = 404, description = "Not known", body = Refused)))]
pub(super) async fn remove_key(State(site): State<Site>, _: Operator, Named(id): Named) -> Result<Response<Body>, Refusal> {
    remove(&site, id, Catalog::remove_key).await
}

async fn remove(site: &Site, id: String, remove: fn(&Catalog, &str) -> Result<(), Error>) -> Result<Response<Body>, Refusal> {
    let name = id.clone();
    site.write(move |catalog| remove(catalog, &name)).await?;
    Ok(private(StatusCode::OK, &Removed { removed: id }))
}

/// The badges of a seller, in place of those before; their cards follow
#[utoipa::path(put, path = "/operator/sellers/{id}/badges", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)),
    request_body(content = Vec<String>, example = json!(["verified"])),
    responses(
        (status = 200, description = "As it is now", body = Seller),
        (status = 404, description = "No such seller", body = Refused),
        (status = 422, description = "Not badge ids, or more than 8", body = Refused),
    )
)]
pub(super) async fn set_badges(
    State(site): State<Site>,
    Operator(access): Operator,
    Named(id): Named,
    Json(badges): Json<Vec<String>>,
) -> Result<Response<Body>, Refusal> {
    let seller = site.write(move |catalog| catalog.set_badges(&access, &id, &badges)).await?;
    Ok(private(StatusCode::OK, &seller))
}

/// How much a seller may keep; what is there already stays
///
/// What is absent or null is the catalog's own measure.
#[utoipa::path(put, path = "/operator/sellers/{id}/quota", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)),
    request_body(content = Quota, example = json!({ "products": 1000, "pictureBytes": 1_073_741_824 })),
    responses(
        (status = 200, description = "What the seller keeps and may keep", body = Usage),
        (status = 404, description = "No such seller", body = Refused),
    )
)]
pub(super) async fn set_quota(
    State(site): State<Site>,
    Operator(access): Operator,
    Named(id): Named,
    Json(quota): Json<Quota>,
) -> Result<Response<Body>, Refusal> {
    let usage = site.write(move |catalog| catalog.set_quota(&access, &id, quota)).await?;
    Ok(private(StatusCode::OK, &usage))
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Stored {
    id: String,
    /// The blob's BLAKE3 hash, as the manifest names it.
    hash: String,
}

fn stored(id: String, hash: Hash) -> Response<Body> {
    private(StatusCode::OK, &Stored { id, hash: hash.to_string() })
}

/// A blob that the manifest names, as it came.
async fn put_blob(
    site: &Site,
    id: String,
    headers: &HeaderMap,
    body: Body,
    put: fn(&Catalog, &str, &[u8]) -> Result<Hash, Error>,
) -> Result<Response<Body>, Refusal> {
    let bytes = read(headers, body, BLOB_CAP).await?;
    let name = id.clone();
    Ok(stored(id, site.write(move |catalog| put(catalog, &name, &bytes)).await?))
}

/// Sets a layout; cards drawn from now on look like it
#[utoipa::path(put, path = "/operator/layouts/{id}", tag = "operator", security(("key" = [])),
    params(("id" = String, Path, description = "a-z, 0-9, - and _; at most 64", example = "compact")),
    request_body(content = String, description = "HTML with inline CSS, as the linter allows it", content_type = "text/html"),
    responses(
        (status = 200, description = "Stored", body = Stored),
        (status = 413, description = "Too large", body = Refused),
        (status = 422, description = "`layout`: the linter says why not", body = Refused),
        (status = 501, description = "This catalog runs without a linter", body = Refused),
    )
)]
pub(super) async fn put_layout(
    State(site): State<Site>,
    _: Operator,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    let studio = site.studio()?;
    let bytes = read(&headers, body, LAYOUT_CAP).await?;
    let name = id.clone();
    let hash = site.work(&site.drawings, None, move |catalog| {
        (studio.lint)(&bytes).map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "layout", why))?;
        Ok(catalog.put_layout(&name, &bytes)?)
    });
    Ok(stored(id, hash.await?))
}

/// Removes a layout; products that name it are drawn with another
#[utoipa::path(delete, path = "/operator/layouts/{id}", tag = "operator", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Removed", body = Removed), (status = 404, description = "Not known", body = Refused)))]
pub(super) async fn remove_layout(State(site): State<Site>, _: Operator, Named(id): Named) -> Result<Response<Body>, Refusal> {
    remove(&site, id, Catalog::remove_layout).await
}

/// Sets a rule, after its samples matched, and speaks for its host from now on
#[utoipa::path(put, path = "/operator/rules/{id}", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)),
    request_body(content = Value, description = "A rule, as the manifest shows them; `id` may be left out", content_type = "application/json"),
    responses((status = 200, description = "Stored", body = Value), (status = 422, description = "What is wrong with it", body = Refused))
)]
pub(super) async fn put_rule(
    State(site): State<Site>,
    _: Operator,
    Named(id): Named,
    Json(mut rule): Json<Value>,
) -> Result<Response<Body>, Refusal> {
    if let Some(fields) = rule.as_object_mut()
        && *fields.entry("id").or_insert_with(|| id.as_str().into()) != *id
    {
        return Err(Refusal::invalid("the body names another rule than the address"));
    }
    let rule: Rule = serde_json::from_value(rule).map_err(|error| Refusal::invalid(error.to_string()))?;
    let set = rule.clone();
    site.write(move |catalog| catalog.put_rule(&set)).await?;
    Ok(private(StatusCode::OK, &rule))
}

/// Removes a rule; the host stays among the catalog's
#[utoipa::path(delete, path = "/operator/rules/{id}", tag = "operator", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Removed", body = Removed), (status = 404, description = "Not known", body = Refused)))]
pub(super) async fn remove_rule(State(site): State<Site>, _: Operator, Named(id): Named) -> Result<Response<Body>, Refusal> {
    remove(&site, id, Catalog::remove_rule).await
}

/// The hosts whose links the catalog speaks for, in place of those before
#[utoipa::path(put, path = "/operator/hosts", tag = "operator", security(("key" = [])),
    request_body(content = Vec<String>, example = json!(["shop.example", ".shop.example"])),
    responses((status = 200, description = "As they are now", body = Vec<String>), (status = 422, description = "Not host names", body = Refused))
)]
pub(super) async fn set_hosts(
    State(site): State<Site>,
    _: Operator,
    Json(hosts): Json<Vec<String>>,
) -> Result<Response<Body>, Refusal> {
    let set = hosts.clone();
    site.write(move |catalog| catalog.set_hosts(&set)).await?;
    Ok(private(StatusCode::OK, &hosts))
}

/// Sets the picture of a badge: PNG or WebP
#[utoipa::path(put, path = "/operator/badges/{id}", tag = "operator", security(("key" = [])),
    params(("id" = String, Path, example = "verified")),
    request_body(content = Binary, description = "At most 4 MiB", content_type = "image/png"),
    responses((status = 200, description = "Stored", body = Stored), (status = 422, description = "Neither PNG nor WebP", body = Refused))
)]
pub(super) async fn put_badge(
    State(site): State<Site>,
    _: Operator,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    put_blob(&site, id, &headers, body, Catalog::put_badge).await
}

/// Removes a badge's picture
#[utoipa::path(delete, path = "/operator/badges/{id}", tag = "operator", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Removed", body = Removed), (status = 404, description = "Not known", body = Refused)))]
pub(super) async fn remove_badge(State(site): State<Site>, _: Operator, Named(id): Named) -> Result<Response<Body>, Refusal> {
    remove(&site, id, Catalog::remove_badge).await
}

/// Sets an accessory pack
#[utoipa::path(put, path = "/operator/packs/{id}", tag = "operator", security(("key" = [])),
    params(("id" = String, Path)),
    request_body(content = Binary, description = "At most 4 MiB", content_type = "application/octet-stream"),
    responses((status = 200, description = "Stored", body = Stored), (status = 413, description = "Too large", body = Refused))
)]
pub(super) async fn put_pack(
    State(site): State<Site>,
    _: Operator,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    put_blob(&site, id, &headers, body, Catalog::put_pack).await
}

/// Removes an accessory pack
#[utoipa::path(delete, path = "/operator/packs/{id}", tag = "operator", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Removed", body = Removed), (status = 404, description = "Not known", body = Refused)))]
pub(super) async fn remove_pack(State(site): State<Site>, _: Operator, Named(id): Named) -> Result<Response<Body>, Refusal> {
    remove(&site, id, Catalog::remove_pack).await
}

/// Names the catalog
#[utoipa::path(put, path = "/operator/name", tag = "operator", security(("key" = [])), request_body = Name,
    responses((status = 200, description = "Its name", body = Value), (status = 422, description = "Not a name", body = Refused)))]
pub(super) async fn set_name(
    State(site): State<Site>,
    _: Operator,
    Json(Name { name }): Json<Name>,
) -> Result<Response<Body>, Refusal> {
    let set = name.clone();
    site.write(move |catalog| catalog.set_name(&set)).await?;
    Ok(private(StatusCode::OK, &serde_json::json!({ "name": name })))
}

/// Makes a new signing key; the old one names it, and everything is signed anew
///
/// Who pinned the old key follows. Other instances on the same database need the new key file before they can write.
#[utoipa::path(post, path = "/operator/rotate-key", tag = "operator", security(("key" = [])),
    responses((status = 200, description = "The new public key", body = Value)))]
pub(super) async fn rotate_key(State(site): State<Site>, _: Operator) -> Result<Response<Body>, Refusal> {
    let key = site.write(Catalog::rotate_key).await?;
    Ok(private(StatusCode::OK, &serde_json::json!({ "key": key.to_string() })))
}
