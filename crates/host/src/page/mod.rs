//! The window's own files, built into the program, and the files that a page hands to the node.

pub mod upload;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

mod files {
    include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));
}

const INDEX: &str = "index.html";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
     connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page itself.
pub async fn index() -> Response {
    asset(INDEX).unwrap_or_else(|| words(StatusCode::NOT_FOUND, "The window's files were not built.\n"))
}

/// A file of the page by its path in `ui/dist`; not the page itself.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    asset(path).filter(|_| path != INDEX).unwrap_or_else(|| nothing(path))
}

/// A file, or the page for every path that names none: its views have addresses of their own.
pub async fn file_or_index(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(response) = asset(path) {
        return response;
    }
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file || path.starts_with("api/") { nothing(path) } else { index().await }
}

fn nothing(path: &str) -> Response {
    if path.ends_with("favicon.ico") {
        return StatusCode::NO_CONTENT.into_response();
    }
    words(StatusCode::NOT_FOUND, "There is nothing here.\n")
}

/// A page of plain words, for a person who came the wrong way.
pub fn words(status: StatusCode, text: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// What every answer to a browser says of itself, unless it says otherwise.
pub fn harden(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in
        [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer"), (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"));
}

fn asset(path: &str) -> Option<Response> {
    let (name, bytes) = files::FILES.iter().find(|(name, _)| *name == path)?;
    // Vite names what stands in assets/ by its content.
    let cache = if name.starts_with("assets/") { "private, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(CONTENT_TYPE, mime(name)), (CACHE_CONTROL, cache), (CONTENT_SECURITY_POLICY, POLICY)];
    Some((headers, *bytes).into_response())
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
