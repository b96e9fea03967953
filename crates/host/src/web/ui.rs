//! The window's own files, built into the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::words;

mod files {
    include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; \
     connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file by its path; the page itself for every path that names no file.
pub(super) async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let wanted = if path.is_empty() { "index.html" } else { path };
    if let Some(response) = respond(wanted) {
        return response;
    }
    if wanted == "favicon.ico" {
        return StatusCode::NO_CONTENT.into_response();
    }
    let is_file = wanted.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file || wanted.starts_with("api/") {
        return words(StatusCode::NOT_FOUND, "There is nothing here.\n");
    }
    respond("index.html").unwrap_or_else(|| words(StatusCode::NOT_FOUND, "The window's files were not built.\n"))
}

fn respond(path: &str) -> Option<Response> {
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
