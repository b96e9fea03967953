//! The browser bridge: the window's page, the list of commands and the changes, for a browser on this machine.
//!
//! Loopback only. Whoever opens the one-time address gets a cookie that scripts cannot read and other sites cannot
//! send; everything else is refused. Host and Origin are checked on every request, so that neither a page of another
//! origin (request forgery) nor a name that resolves to 127.0.0.1 (DNS rebinding) reaches a command.
//!
//! ```text
//! GET  /?token=…                      the one-time address: cookie, then /
//! POST /api/invoke                    {"verb":…,"args":…} -> answer, or {"code":…,"message":…} with status 4xx or 5xx
//! GET  /api/changes                   WebSocket, one change a message
//! POST /api/link                      a one-time address for another browser -> {"url":…}
//! POST /api/upload?name=…             a file's bytes, at most 64 MiB -> {"path":…} for the verbs that read a file
//! GET  /api/original/{share}/{index}  a picture as it was shared, to be saved
//! GET  /api/feed?url=…&format=…       what seller.export writes, to be saved
//! GET  /media/{id}                    the bytes of media.get
//! GET  /…                             the window's files
//! ```

mod api;
mod guard;
mod media;
mod session;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::page;
use crate::phone::Phone;

pub use media::decode;
use session::Sessions;

/// Bytes of one command.
const COMMAND_CAP: usize = 1024 * 1024;
/// Uploads at once.
const UPLOADS_AT_ONCE: usize = 4;
/// Listening browsers at once.
const LISTENERS: usize = 16;

/// The running bridge.
pub struct Bridge {
    invitations: Invitations,
    closing: CancellationToken,
    serving: TaskTracker,
}

/// Hands out one-time addresses.
#[derive(Clone)]
pub struct Invitations {
    address: SocketAddr,
    sessions: Arc<Sessions>,
}

struct Web {
    stoa: Stoa,
    phone: Arc<Phone>,
    address: SocketAddr,
    sessions: Arc<Sessions>,
    /// Uploaded files, one folder each, until they are swept.
    uploads: PathBuf,
    /// Originals on their way to the browser.
    downloads: PathBuf,
    upload_room: Semaphore,
    listener_room: Arc<Semaphore>,
    closing: CancellationToken,
}

/// # Errors
/// `bad_request` for an address that other machines reach.
pub fn check_loopback(address: SocketAddr) -> Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Error::new(Code::BadRequest, format!("the browser bridge serves this machine only; {address} is open to others")))
}

impl Bridge {
    /// Serves browsers at `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// `bad_request` for an address that is taken or not loopback.
    pub async fn open(stoa: Stoa, phone: Arc<Phone>, home: &Path, address: SocketAddr) -> Result<Self> {
        check_loopback(address)?;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::new(Code::BadRequest, format!("the browser bridge cannot listen on {address}: {error}")))?;
        let address = listener.local_addr()?;
        let sessions = Arc::new(Sessions::new(address.port()));
        let closing = CancellationToken::new();
        let (uploads, downloads) = (home.join("uploads"), home.join("downloads"));
        for dir in [&uploads, &downloads] {
            crate::home::make_private_dir(dir)?;
        }
        let web = Arc::new(Web {
            stoa,
            phone,
            address,
            sessions: sessions.clone(),
            uploads,
            downloads,
            upload_room: Semaphore::new(UPLOADS_AT_ONCE),
            listener_room: Arc::new(Semaphore::new(LISTENERS)),
            closing: closing.clone(),
        });
        let serving = axum::serve(listener, router(web)).with_graceful_shutdown(closing.clone().cancelled_owned());
        let tasks = TaskTracker::new();
        tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the browser bridge ended");
            }
        });
        tasks.close();
        Ok(Self { invitations: Invitations { address, sessions }, closing, serving: tasks })
    }

    pub fn invitations(&self) -> Invitations {
        self.invitations.clone()
    }

    /// Ends it. Browsers that are still being answered get 2 s.
    pub async fn close(&self) {
        self.closing.cancel();
        if tokio::time::timeout(std::time::Duration::from_secs(2), self.serving.wait()).await.is_err() {
            tracing::warn!("a browser was cut off");
        }
    }
}

impl Invitations {
    /// A fresh address that works once.
    pub fn invite(&self) -> String {
        format!("http://{}/?token={}", self.address, self.sessions.invite())
    }
}

fn router(web: Arc<Web>) -> Router {
    Router::new()
        .route("/api/invoke", post(api::invoke).layer(DefaultBodyLimit::max(COMMAND_CAP)))
        .route("/api/changes", get(api::changes))
        .route("/api/link", post(api::link))
        .route("/api/upload", post(api::upload).layer(DefaultBodyLimit::disable()))
        .route("/api/original/{share}/{index}", get(media::original))
        .route("/api/feed", get(media::feed))
        .route("/media/{*id}", get(media::show))
        .fallback(get(page::file_or_index))
        .layer(middleware::from_fn_with_state(web.clone(), guard::check))
        .with_state(web)
}

/// An error on its way to a browser.
struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            Code::NotFound | Code::NoCard => StatusCode::NOT_FOUND,
            Code::Ambiguous | Code::HomeInUse | Code::InviteUsed | Code::Changed | Code::GtinTaken => StatusCode::CONFLICT,
            Code::Refused | Code::Blocked => StatusCode::FORBIDDEN,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::InviteExpired | Code::ShareEnded => StatusCode::GONE,
            Code::HomeLocked | Code::NoNode => StatusCode::SERVICE_UNAVAILABLE,
            Code::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Code::PeerUnreachable | Code::CatalogUnreachable | Code::CatalogInvalid => StatusCode::BAD_GATEWAY,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(self.0)).into_response()
    }
}
