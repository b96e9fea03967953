//! What every request passes first: Host, Origin, and the session or a one-time token.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName, HeaderValue, LOCATION, ORIGIN, SET_COOKIE, UPGRADE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use stoa_core::api::{Code, Error};

use super::session::Entrance;
use super::{Failure, Web};
use crate::page::{self, words};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) async fn check(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let mut response = admit(&web, request, next).await;
    page::harden(&mut response);
    response
}

async fn admit(web: &Web, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !host_is_ours(headers, web.address) {
        return words(StatusCode::MISDIRECTED_REQUEST, "This address is not Stoa's.\n");
    }
    let page = request.method() == Method::GET && request.uri().path() == "/";
    if !origin_is_ours(request.method(), headers, web.address, page) {
        return Failure(Error::new(Code::Refused, "a page of another origin may not do this")).into_response();
    }
    if page && let Some(token) = token(request.uri().query()) {
        return enter(web, token, headers);
    }
    let admitted = match request.uri().path().starts_with("/api/") {
        true => web.sessions.commands(headers),
        false => web.sessions.admits(headers),
    };
    if admitted {
        return next.run(request).await;
    }
    if page {
        return words(
            StatusCode::UNAUTHORIZED,
            "Open Stoa with the address that \"stoa node run --web\" or \"stoa node web\" prints; it works once.\n",
        );
    }
    let error = Error::new(Code::Refused, "no session; open the address that \"stoa node web\" prints");
    (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response()
}

fn enter(web: &Web, token: &str, headers: &HeaderMap) -> Response {
    match web.sessions.exchange(token) {
        // the fragment stays in the browser; the page keeps the key and takes it out of the address
        Some(Entrance { cookie, key }) => {
            (StatusCode::SEE_OTHER, [(LOCATION, format!("/#k={key}")), (SET_COOKIE, cookie)]).into_response()
        }
        None if web.sessions.admits(headers) => (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response(),
        None => words(StatusCode::UNAUTHORIZED, "This address was used already. Get a new one with: stoa node web\n"),
    }
}

fn token(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

fn names(address: SocketAddr) -> [String; 2] {
    let port = address.port();
    let number = match address.ip() {
        IpAddr::V4(ip) => format!("{ip}:{port}"),
        IpAddr::V6(ip) => format!("[{ip}]:{port}"),
    };
    [number, format!("localhost:{port}")]
}

fn host_is_ours(headers: &HeaderMap, address: SocketAddr) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    names(address).iter().any(|name| host.as_bytes() == name.as_bytes())
}

/// Whatever changes something, and the WebSocket, must name our origin; the rest must not name another.
fn origin_is_ours(method: &Method, headers: &HeaderMap, address: SocketAddr, page: bool) -> bool {
    let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    // Following a link to the page itself is how the one-time address is opened.
    if !page && matches!(site, Some(b"cross-site" | b"same-site")) {
        return false;
    }
    let needed = *method != Method::GET || headers.contains_key(UPGRADE);
    match headers.get(ORIGIN) {
        None => !needed,
        Some(origin) => names(address).iter().any(|name| origin.as_bytes() == format!("http://{name}").as_bytes()),
    }
}
