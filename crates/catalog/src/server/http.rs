//! The catalog's HTTP: `/manifest`, `/products/{code}`, `/blobs/{hash}`; read only, with entity tags for every cache on the way.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::{Catalog, Error};
use crate::{Hash, Signable, Signed};

const CONNECTIONS: usize = 1024;
const REQUESTS: usize = 256;
const HEADER_TIME: Duration = Duration::from_secs(5);
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// What open requests get when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Listens, and returns the address (for port 0) and the future that serves until `stop` is ready; open requests are finished.
pub async fn serve(
    catalog: Catalog,
    listen: SocketAddr,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<(SocketAddr, impl Future<Output = ()> + Send + 'static)> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    Ok((address, run(listener, routes(catalog), stop)))
}

fn routes(catalog: Catalog) -> Router {
    Router::new()
        .route("/manifest", get(manifest))
        .route("/products/{code}", get(product))
        .route("/blobs/{hash}", get(blob))
        .with_state(catalog)
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(1024))
        .layer(GlobalConcurrencyLimitLayer::new(REQUESTS))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
}

async fn run(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let open = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &open) => accepted,
            () = &mut stop => break,
        };
        let Some((socket, permit)) = accepted else {
            continue;
        };
        let service = TowerToHyperService::new(routes.clone());
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(16 * 1024);
        http.http2().timer(TokioTimer::new()).max_concurrent_streams(64).max_header_list_size(16 * 1024);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(socket), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
}

async fn accept(listener: &TcpListener, open: &Arc<Semaphore>) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(open).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, _)) => Some((socket, permit)),
        Err(error) => {
            // Out of file descriptors: the connections that are open must end first.
            tracing::warn!(%error, "accept failed");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn manifest(State(catalog): State<Catalog>, headers: HeaderMap) -> Response<Body> {
    answer(&headers, ask(move || catalog.manifest().map(Some)).await)
}

async fn product(State(catalog): State<Catalog>, Path(code): Path<String>, headers: HeaderMap) -> Response<Body> {
    answer(&headers, ask(move || catalog.product(&code)).await)
}

async fn blob(State(catalog): State<Catalog>, Path(hash): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Ok(hash) = hash.parse::<Hash>() else {
        return status(StatusCode::NOT_FOUND);
    };
    let etag = format!("\"{hash}\"");
    let found = ask(move || catalog.blob(&hash)).await;
    match found {
        Ok(Some(_)) if matches(&headers, &etag) => cached(StatusCode::NOT_MODIFIED, &etag, IMMUTABLE, None),
        Ok(Some((media, bytes))) => cached(StatusCode::OK, &etag, IMMUTABLE, Some((&media, bytes))),
        Ok(None) => status(StatusCode::NOT_FOUND),
        Err(code) => status(code),
    }
}

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATED: &str = "public, max-age=0, must-revalidate";

/// SQLite blocks, so it is asked off the async threads.
async fn ask<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, StatusCode> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            tracing::error!(%error, "a request failed");
            Err(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn answer<T: Signable>(headers: &HeaderMap, found: Result<Option<Signed<T>>, StatusCode>) -> Response<Body> {
    let signed = match found {
        Ok(Some(signed)) => signed,
        Ok(None) => return status(StatusCode::NOT_FOUND),
        Err(code) => return status(code),
    };
    let digest = blake3::Hasher::new().update(signed.signature.as_bytes()).update(signed.payload.as_bytes()).finalize().to_hex();
    let etag = format!("\"{}\"", &digest[..32]);
    if matches(headers, &etag) {
        return cached(StatusCode::NOT_MODIFIED, &etag, REVALIDATED, None);
    }
    match serde_json::to_vec(&signed) {
        Ok(bytes) => cached(StatusCode::OK, &etag, REVALIDATED, Some(("application/json", bytes))),
        Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// RFC 9110 section 13.1.2: weak comparison, a list, or `*`.
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn cached(code: StatusCode, etag: &str, cache: &str, content: Option<(&str, Vec<u8>)>) -> Response<Body> {
    let response = Response::builder().status(code).header(ETAG, etag).header(CACHE_CONTROL, cache);
    let response = response.header(X_CONTENT_TYPE_OPTIONS, "nosniff");
    let built = match content {
        Some((media, bytes)) => response.header(CONTENT_TYPE, media).body(Body::from(bytes)),
        None => response.body(Body::empty()),
    };
    built.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}
