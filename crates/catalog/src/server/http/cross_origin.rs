//! Pages of other origins may read what is public (the Fetch standard's CORS protocol), and nothing that needs a key.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, ORIGIN,
};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;

pub(super) async fn allow(request: Request, next: Next) -> Response<Body> {
    if !is_public(request.uri().path()) {
        return next.run(request).await;
    }
    if *request.method() == Method::OPTIONS {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, if-none-match"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        return response;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let page = request.headers().contains_key(ORIGIN);
    let mut response = next.run(request).await;
    // A cache keeps what stood on the whole answer, so a program that confirms one is not sent it again.
    if reads && (page || response.status() != StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, link"));
    }
    response
}

fn is_public(path: &str) -> bool {
    let whole = matches!(path, "/manifest" | "/products" | "/search" | "/openapi.json" | "/.well-known/gs1resolver");
    let product = path.strip_prefix("/products/").is_some_and(|code| !code.contains('/'));
    whole || product || path.starts_with("/01/") || path.starts_with("/blobs/")
}
