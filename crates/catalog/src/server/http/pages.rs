//! The two pages for people: `/admin` for sellers and operator, `/docs` for programmers. Plain HTML, CSS and JavaScript modules from here.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, Response};

use super::Site;
use super::answers::{Refusal, Refused, revalidated};

/// For what is somebody else's and only ever data.
pub(super) const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const HTML: &str = "text/html; charset=utf-8";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("admin/", $name)))),*]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "admin.css",
    "admin.js",
    "dom.js",
    "icon.svg",
    "api.js",
    "money.js",
    "words.js",
    "words-zh.js",
    "products.js",
    "product.js",
    "import.js",
    "sellers.js",
    "shop.js",
    "docs.css",
    "docs.js",
];

/// The page for sellers and the operator
#[utoipa::path(get, path = "/admin", tag = "pages", responses((status = 200, description = "HTML", content_type = "text/html", body = String)))]
pub(super) async fn admin(headers: HeaderMap) -> Response<Body> {
    page(&headers, HTML, include_bytes!("admin/admin.html"))
}

/// This document as a page
#[utoipa::path(get, path = "/docs", tag = "pages", responses((status = 200, description = "HTML", content_type = "text/html", body = String)))]
pub(super) async fn docs(headers: HeaderMap) -> Response<Body> {
    page(&headers, HTML, include_bytes!("admin/docs.html"))
}

/// A script or style of the pages
#[utoipa::path(get, path = "/admin/{file}", tag = "pages", params(("file" = String, Path, example = "admin.js")), responses(
    (status = 200, description = "CSS or JavaScript", content_type = "text/javascript", body = String),
    (status = 404, description = "Not known", body = Refused),
))]
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response<Body>, Refusal> {
    let (name, bytes) = FILES.iter().find(|(known, _)| *known == name).ok_or_else(Refusal::not_found)?;
    let media = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    Ok(page(&headers, media, bytes))
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "public", responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Value)))]
pub(super) async fn document(State(site): State<Site>, headers: HeaderMap) -> Response<Body> {
    revalidated(&headers, "application/json", site.document.clone())
}

fn page(headers: &HeaderMap, media: &str, bytes: &[u8]) -> Response<Body> {
    let mut response = revalidated(headers, media, bytes.to_vec());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
