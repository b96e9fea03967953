//! What everybody may read: the manifest, products, search and blobs.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};
use serde::{Deserialize, Serialize};

use super::super::{Catalog, LOOKUP_CAP, PAGE_CAP};
use super::Site;
use super::answers::{IMMUTABLE, Refusal, Refused, cached, json, signed};
use super::question::{Named, Of};
use super::schemas::{Binary, Found, SignedAnswer, SignedPage};
use crate::{Hash, MANIFEST_HEADER, Product, Signed};

/// What stands for itself in one segment of a path.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PAGE: u32 = 20;
/// Words searched for, in characters; a cursor, in bytes.
const WORDS_CAP: usize = 200;
const CURSOR_CAP: usize = 200;

/// The catalog's manifest, signed
///
/// Who the catalog is, which hosts' links it answers for, its rules, layouts, badges and packs.
#[utoipa::path(get, path = "/manifest", tag = "public", responses(
    (status = 200, description = "The manifest in force", body = SignedAnswer),
    (status = 304, description = "As known by If-None-Match"),
))]
pub(super) async fn manifest(State(site): State<Site>, headers: HeaderMap) -> Result<Response<Body>, Refusal> {
    let found = site.read(Catalog::manifest).await?;
    signed(&headers, &found)
}

/// One product, signed
///
/// A withdrawn one too: a signed end, so that an older answer cannot bring it back.
#[utoipa::path(get, path = "/products/{code}", tag = "public",
    params(("code" = String, Path, description = "Scoped to the catalog, at most 128 characters, percent-encoded; or a GTIN of 8, 12, 13 or 14 digits", example = "honey-500")),
    responses(
        (status = 200, description = "The product", body = SignedAnswer),
        (status = 304, description = "As known by If-None-Match"),
        (status = 404, description = "Not known", body = Refused),
    )
)]
pub(super) async fn product(State(site): State<Site>, code: Named, headers: HeaderMap) -> Result<Response<Body>, Refusal> {
    let code = code.0;
    let found = site.read(move |catalog| catalog.product_now(&code)).await?;
    let (product, manifest) = found.ok_or_else(Refusal::not_found)?;
    let mut response = signed(&headers, &product)?;
    response.headers_mut().insert(MANIFEST_HEADER, HeaderValue::from(manifest));
    Ok(response)
}

#[derive(Serialize)]
struct Looked {
    products: Vec<Signed<Product>>,
    missing: Vec<String>,
}

/// Up to 50 products at once
#[utoipa::path(get, path = "/products", tag = "public",
    params(("codes" = String, Query, description = "Codes or GTINs, each percent-encoded (a comma inside one as %2C), with commas between them", example = "honey-500,qinghua-wan")),
    responses(
        (status = 200, description = "What is known, and the codes that are not", body = Found),
        (status = 304, description = "As known by If-None-Match"),
        (status = 400, description = "No code, or more than 50", body = Refused),
    )
)]
pub(super) async fn products(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let codes = codes(query.as_deref().unwrap_or_default())?;
    let (products, missing) = site.read(move |catalog| catalog.lookup(&codes)).await?;
    json(&headers, &Looked { products, missing })
}

/// Split before it is decoded: a code may hold a comma.
fn codes(query: &str) -> Result<Vec<String>, Refusal> {
    let mut codes = Vec::new();
    let lists = query.split('&').filter_map(|pair| pair.strip_prefix("codes="));
    for code in lists.flat_map(|list| list.split(',')).filter(|code| !code.is_empty()) {
        let code =
            percent_decode_str(code).decode_utf8().map_err(|_| Refusal::bad_request("a code that is not UTF-8"))?.into_owned();
        if codes.len() == LOOKUP_CAP {
            return Err(Refusal::bad_request(format!("at most {LOOKUP_CAP} codes at once")));
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        return Err(Refusal::bad_request("name the products: ?codes=one,another"));
    }
    Ok(codes)
}

/// A question for one page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Words; the last may be unfinished. Chinese is found by single characters. At most 200 characters.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    after: Option<String>,
    /// 1 to 50; 20 when it is missing.
    limit: Option<u32>,
}

impl Asked {
    /// Words when there are any, cursor, number of items.
    pub fn checked(self) -> Result<(Option<String>, Option<String>, u32), Refusal> {
        if self.q.chars().count() > WORDS_CAP || self.after.as_ref().is_some_and(|after| after.len() > CURSOR_CAP) {
            return Err(Refusal::bad_request(format!("search for at most {WORDS_CAP} characters")));
        }
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE_CAP).contains(&limit) {
            return Err(Refusal::bad_request(format!("limit is 1 to {PAGE_CAP}")));
        }
        Ok((Some(self.q).filter(|q| !q.trim().is_empty()), self.after.filter(|after| !after.is_empty()), limit))
    }
}

#[derive(Serialize)]
pub(super) struct Listed<T> {
    pub products: Vec<T>,
    /// `after` of the next page; null on the last one.
    pub next: Option<String>,
}

/// Products by words, newest change first
///
/// Withdrawn ones are left out. Without words: all of them.
#[utoipa::path(get, path = "/search", tag = "public", params(Asked), responses(
    (status = 200, description = "One page", body = SignedPage),
    (status = 304, description = "As known by If-None-Match"),
    (status = 400, description = "A limit or cursor that is none", body = Refused),
))]
pub(super) async fn search(
    State(site): State<Site>,
    Of(asked): Of<Asked>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let (words, after, limit) = asked.checked()?;
    let page = site.read(move |catalog| catalog.search(words.as_deref().unwrap_or_default(), after.as_deref(), limit)).await?;
    json(&headers, &Listed { products: page.items, next: page.next })
}

/// A picture, layout, badge or pack by its BLAKE3 hash; it never changes
#[utoipa::path(get, path = "/blobs/{hash}", tag = "public",
    params(("hash" = String, Path, description = "64 hexadecimal digits, as a product or the manifest names it")),
    responses(
        (status = 200, description = "Its bytes, at most 4 MiB", content_type = "application/octet-stream", body = Binary),
        (status = 304, description = "As known by If-None-Match"),
        (status = 404, description = "Not known", body = Refused),
    )
)]
pub(super) async fn blob(State(site): State<Site>, hash: Named, headers: HeaderMap) -> Result<Response<Body>, Refusal> {
    let Ok(hash) = hash.0.parse::<Hash>() else {
        return Err(Refusal::not_found());
    };
    let (media, bytes) = site.read(move |catalog| catalog.blob(&hash)).await?.ok_or_else(Refusal::not_found)?;
    // Pictures travel as they are; what is compressed on the way has a weak tag.
    let etag = if media.starts_with("image/") { format!("\"{hash}\"") } else { format!("W/\"{hash}\"") };
    let mut response = cached(&headers, &etag, IMMUTABLE, &media, bytes);
    // A layout is HTML by a stranger: a browser that opens it runs nothing of it.
    response.headers_mut().insert("content-security-policy", super::pages::INERT);
    Ok(response)
}
