//! `/01/{gtin}`: the catalog as a GS1-Conformant Resolver (standard 1.2, 2026), with link sets after RFC 9264. A link type that a product
//! has no link of is answered with 404 rather than the default link, as the standard's conformance list asks.
//!
//! References in a link set are relative, so that one answer serves every name the catalog is reached by.

use axum::Extension;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::http::header::{ACCEPT, HOST, LINK, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};

use super::super::Catalog;
use super::Site;
use super::answers::{REVALIDATED, Refusal, Refused, revalidated, whole};
use super::connections::Peer;
use super::public::SEGMENT;
use crate::Product;
use crate::gs1::DigitalLink;

const LINKSET: &str = "application/linkset+json";
const VOCABULARY: &str = "https://gs1.org/voc/";
const REFERENCE: &str = "https://ref.gs1.org/voc/";
const CONTEXT: &str = "<https://ref.gs1.org/standards/resolver/linkset-context>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";
/// What a request says to the resolver and not to the page behind it.
const TO_RESOLVER: [&str; 3] = ["linkType", "linktype", "context"];

/// A GS1 Digital Link: the page of the product, or what there is to know of it
///
/// The GTIN may have 8, 12, 13 or 14 digits; qualifiers (`/22/…/10/…/21/…`) and attributes may follow it in their order. Redirects
/// (307) to the product's page, passing the query on. `Accept: application/linkset+json` or `?linkType=linkset` answers with the
/// link set (RFC 9264).
#[utoipa::path(
    get,
    path = "/01/{gtin}",
    tag = "public",
    params(
        ("gtin" = String, Path, description = "8, 12, 13 or 14 digits", example = "09506000134352"),
        ("linkType" = Option<String>, Query, description = "`linkset`, `all`, or a link type such as `gs1:pip`; none: the default link"),
    ),
    responses(
        (status = 200, description = "The link set", content_type = "application/linkset+json", body = Value),
        (status = 307, description = "To the product's page"),
        (status = 400, description = "Not a GS1 Digital Link: the message says why", body = Refused),
        (status = 404, description = "No such product, or no link of this type", body = Refused),
        (status = 410, description = "Withdrawn", body = Refused),
    )
)]
pub(super) async fn resolve(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let link = DigitalLink::parse(&format!("https://catalog.example{uri}"))
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.code(), format!("not a GS1 Digital Link: {error}")))?;
    let gtin = link.gtin().ok_or_else(Refusal::not_found)?.to_owned();
    let wanted = Wanted::of(&uri, &headers)?;
    let asked = gtin.clone();
    let signed = site.read(move |catalog| catalog.by_gtin(&asked)).await?.ok_or_else(Refusal::not_found)?;
    let product: Product = signed.parse().map_err(|_| Refusal::internal())?;
    if product.withdrawn {
        return Err(Refusal::new(StatusCode::GONE, "withdrawn", "this product is no longer offered"));
    }
    let mut response = match wanted {
        Wanted::Linkset => linkset(&headers, &uri, &product),
        Wanted::Page => redirect(&product.url, &uri)?,
        Wanted::Description => redirect(&described_by(&product), &uri)?,
    };
    let out = response.headers_mut();
    out.append(VARY, HeaderValue::from_static("accept"));
    if let Ok(link) = HeaderValue::from_str(&format!("</01/{gtin}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET}\"")) {
        out.append(LINK, link);
    }
    Ok(response)
}

enum Wanted {
    Linkset,
    Page,
    Description,
}

impl Wanted {
    fn of(uri: &Uri, headers: &HeaderMap) -> Result<Self, Refusal> {
        let query = uri.query().unwrap_or_default();
        let named = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name.eq_ignore_ascii_case("linktype"));
        let Some((_, named)) = named else {
            return Ok(if accepts_linkset(headers) { Self::Linkset } else { Self::Page });
        };
        let bare =
            named.strip_prefix("gs1:").or_else(|| named.strip_prefix(VOCABULARY)).or_else(|| named.strip_prefix(REFERENCE));
        match (named.as_ref(), bare) {
            ("linkset" | "all", _) => Ok(Self::Linkset),
            (_, Some("pip" | "defaultLink")) => Ok(Self::Page),
            ("describedby", _) | (_, Some("masterData")) => Ok(Self::Description),
            _ => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "no_such_link",
                "there is no link of this type; linkType=linkset lists them",
            )),
        }
    }
}

fn accepts_linkset(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|media| media.split(';').next()).any(|media| {
        let media = media.trim();
        media.eq_ignore_ascii_case(LINKSET) || media.eq_ignore_ascii_case("application/linkset")
    })
}

fn linkset(headers: &HeaderMap, uri: &Uri, product: &Product) -> Response<Body> {
    let page = json!([{ "href": product.url, "title": product.name, "type": "text/html" }]);
    let data = json!([{ "href": described_by(product), "title": product.name, "type": "application/json" }]);
    let mut links = json!({ "anchor": uri.path(), "itemDescription": product.name, "describedby": data });
    links[format!("{VOCABULARY}defaultLink")] = page.clone();
    links[format!("{VOCABULARY}pip")] = page;
    links[format!("{VOCABULARY}masterData")] = links["describedby"].clone();
    let bytes = json!({ "linkset": [links] }).to_string().into_bytes();
    let mut response = revalidated(headers, LINKSET, bytes);
    response.headers_mut().append(LINK, HeaderValue::from_static(CONTEXT));
    response
}

fn described_by(product: &Product) -> String {
    format!("/products/{}", utf8_percent_encode(&product.code, SEGMENT))
}

/// 307, with the query passed on as the resolver standard asks, save for what was said to the resolver.
fn redirect(target: &str, from: &Uri) -> Result<Response<Body>, Refusal> {
    let pairs = url::form_urlencoded::parse(from.query().unwrap_or_default().as_bytes());
    let passed: Vec<_> = pairs.filter(|(name, _)| !TO_RESOLVER.contains(&name.as_ref())).collect();
    let location = match url::Url::parse(target) {
        Ok(mut page) if !passed.is_empty() => {
            page.query_pairs_mut().extend_pairs(passed);
            page.to_string()
        }
        Ok(page) => page.to_string(),
        Err(_) => target.to_owned(),
    };
    let mut response = whole(StatusCode::TEMPORARY_REDIRECT, "text/plain; charset=utf-8", REVALIDATED, Body::empty());
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(&location).map_err(|_| Refusal::internal())?);
    Ok(response)
}

/// What this resolver does, for other resolvers (GS1-Conformant Resolver Standard)
#[utoipa::path(get, path = "/.well-known/gs1resolver", tag = "public", responses((status = 200, description = "The resolver description file", body = Value)))]
pub(super) async fn description(
    State(site): State<Site>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let manifest = site.read(Catalog::manifest).await?;
    let manifest: crate::Manifest = manifest.parse().map_err(|_| Refusal::internal())?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let secure = peer.proxied && headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
    let scheme = if secure { "https" } else { "http" };
    let description: Value = json!({
        "name": manifest.name,
        "resolverRoot": format!("{scheme}://{host}"),
        "supportedPrimaryKeys": ["01"],
        "linkTypeDefaultCanBeLinkset": false,
        "supportedLinkType": [{ "namespace": VOCABULARY, "prefix": "gs1:" }],
    });
    Ok(revalidated(&headers, "application/json", description.to_string().into_bytes()))
}
