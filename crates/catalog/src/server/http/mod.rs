//! The catalog's HTTP: reading for everybody, with entity tags for every cache on the way; writing for the holders of keys.
//!
//! A request passes, in this order: the number of connections, the time for its head, its key, the size and rate of its body, and a
//! gate in front of the work it asks for. Whoever does not get through in time is told 503 and when to come back.

mod answers;
mod auth;
mod body;
mod connections;
mod cross_origin;
mod gate;
mod gtins;
mod linkset;
mod openapi;
mod operator;
mod pages;
mod preview;
mod public;
mod question;
mod schemas;
mod seller;
mod sweeping;
mod transfer;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;

use super::{Access, Catalog, Error, Studio};
use answers::Refusal;
use auth::WrongKeys;
use gate::{Gate, Pace};

/// Work at once, by kind, and of it the share of one seller. Reads and writes have gates of their own, so that neither stops the other.
const READS: usize = 64;
const WRITES: usize = 64;
const DRAWINGS: usize = 4;
/// Each holds up to 16 MiB in memory.
const PHOTOS: usize = 8;
/// Each holds up to 64 MiB in memory while it is worked on, and on disk before that.
const IMPORTS: usize = 2;
const UPLOADS: usize = 8;
/// Feeds that are here, or on their way, and whose import has not begun: each up to 64 MiB on disk.
const QUEUE: usize = 64;
const EXPORTS: usize = 8;
const SHARE: usize = 2;
/// Logos in an hour: each signs all products of the seller anew.
const LOGOS: u32 = 6;
const HOUR: Duration = Duration::from_secs(3600);
/// How long an import, whose feed is here already, waits at its gate.
const IMPORT_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Where a catalog listens.
#[derive(Clone, Debug)]
pub struct Door {
    pub listen: SocketAddr,
    /// One's own reverse proxies. Of a connection from one of these, and of no other, the last hop of `X-Forwarded-For` counts as who asks,
    /// and `X-Forwarded-Proto` as how.
    pub proxies: Vec<IpAddr>,
}

impl From<SocketAddr> for Door {
    fn from(listen: SocketAddr) -> Self {
        Self { listen, proxies: Vec::new() }
    }
}

/// Listens, and returns the address (for port 0) and the future that serves until `stop` is ready; open requests are finished. Without a
/// studio, what needs one is refused with 501. What nothing names any more is swept at a slow pace. The process's soft limit of open files
/// is raised towards its hard one.
pub async fn serve(
    catalog: Catalog,
    door: impl Into<Door>,
    studio: Option<Studio>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<(SocketAddr, impl Future<Output = ()> + Send + 'static)> {
    let Door { listen, proxies } = door.into();
    let listener = connections::listen(listen)?;
    let address = listener.local_addr()?;
    let sweeping = sweeping::slowly(catalog.clone());
    let finishing = sweeping::finishing(catalog.clone());
    let serving = connections::run(listener, routes(catalog, studio), proxies.into(), stop);
    let both = async move {
        tokio::select! {
            () = serving => {}
            () = sweeping => {}
            () = finishing => {}
        }
    };
    Ok((address, both))
}

fn routes(catalog: Catalog, studio: Option<Studio>) -> Router {
    let (routes, document) = openapi::described().split_for_parts();
    routes
        .route("/01/{gtin}/{*qualifiers}", axum::routing::get(linkset::resolve))
        .fallback(async || Refusal::not_found())
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this cannot be done here; the header `allow` says what can")
        })
        .with_state(Site::new(catalog, studio, &document))
        .layer(middleware::from_fn(cross_origin::allow))
        .layer(CompressionLayer::new())
}

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
struct Site(Arc<Shared>);

struct Shared {
    catalog: Catalog,
    studio: Option<Studio>,
    document: Vec<u8>,
    wrong_keys: WrongKeys,
    reads: Gate,
    writes: Gate,
    drawings: Gate,
    photos: Gate,
    imports: Gate,
    uploads: Gate,
    queue: Gate,
    exports: Gate,
    logos: Pace,
}

impl std::ops::Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Site {
    fn new(catalog: Catalog, studio: Option<Studio>, document: &utoipa::openapi::OpenApi) -> Self {
        Self(Arc::new(Shared {
            catalog,
            studio,
            document: document.to_json().map(String::into_bytes).unwrap_or_default(),
            wrong_keys: WrongKeys::default(),
            reads: Gate::open(READS),
            writes: Gate::shared(WRITES, SHARE),
            drawings: Gate::shared(DRAWINGS, SHARE),
            photos: Gate::shared(PHOTOS, SHARE),
            imports: Gate::shared(IMPORTS, 1).patient(IMPORT_PATIENCE),
            uploads: Gate::shared(UPLOADS, SHARE),
            queue: Gate::shared(QUEUE, SHARE),
            exports: Gate::shared(EXPORTS, SHARE),
            logos: Pace::new(LOGOS, HOUR),
        }))
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalog) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.work(&self.reads, None, |catalog| work(catalog).map_err(Refusal::from)).await
    }

    /// Answered only when what was written is durable.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalog) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.work(&self.writes, None, |catalog| work(catalog).map_err(Refusal::from)).await
    }

    /// As [`Site::write`], within the share of one seller: their writes wait for each other in the database, on a connection each.
    async fn write_as<T: Send + 'static>(
        &self,
        access: Access,
        work: impl FnOnce(&Catalog, &Access) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let whose = gate::holder(&access).to_owned();
        self.work(&self.writes, Some(&whose), move |catalog| work(catalog, &access).map_err(Refusal::from)).await
    }

    /// Off the async threads, as soon as the gate lets it through. It holds its place until it is done, also when nobody waits any more.
    async fn work<T: Send + 'static>(
        &self,
        gate: &Gate,
        holder: Option<&str>,
        work: impl FnOnce(&Catalog) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = gate.pass(holder).await?;
        let catalog = self.catalog.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&catalog);
            drop(place);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a request failed");
            Refusal::internal()
        })?
    }

    fn studio(&self) -> Result<Studio, Refusal> {
        let none = || Refusal::new(StatusCode::NOT_IMPLEMENTED, "no_studio", "this catalog runs without pictures and cards");
        self.studio.clone().ok_or_else(none)
    }
}
