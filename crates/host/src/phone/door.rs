//! The listener: the page for everybody, and the WebSocket that only a pass opens. Ends by itself.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result, Time};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::channel::{self, Channel, MESSAGE_CAP};
use super::desk::Desk;
use super::ends::Ends;
use super::limit::{ConnectionLimit, Permit};
use super::pass::{Entered, Link, NAME, Name, Passes};
use super::visit::{self, News, Visit};
use crate::page::{self, words};

/// Connections at once for the page's files, in all and of one address, where a browser keeps six open for each of its pages; how long
/// one may last, and a request's head.
const CONNECTIONS: (usize, usize) = (128, 32);
const CONNECTION_TIME: Duration = Duration::from_mins(2);
const HEAD_TIME: Duration = Duration::from_secs(10);
const HEAD_CAP: usize = 16 * 1024;
/// Phones inside; and those that have yet to show a pass, in all and of one address.
const PHONES: usize = 8;
const GREETED: (usize, usize) = (16, 3);
/// Bytes of a WebSocket that wait for the phone to take them: answers to pings, which nobody else counts.
const UNSENT: usize = 512 * 1024;
/// For a phone to enter after it was greeted.
const ENTER_TIME: Duration = Duration::from_secs(10);
/// How often the wall clock is looked at: a machine that slept does not keep its door open longer.
const LOOK: Duration = Duration::from_secs(10);
/// What phones get when the door closes.
const FAREWELL: Duration = Duration::from_secs(2);

/// Close codes of the WebSocket.
const VOID: u16 = 4401;
const CLOSED: u16 = 4410;
/// RFC 6455's registry: try again later.
const FULL: u16 = 1013;

pub struct Door {
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    desk: Arc<Desk>,
    passes: Passes,
    ends: watch::Sender<Ends>,
    inside: Arc<Semaphore>,
    /// The visits of phones by their passes' names: who comes again takes the place of the visit before, which may not know of its end.
    visits: Mutex<HashMap<Name, CancellationToken>>,
    greeted: Arc<ConnectionLimit>,
    closing: CancellationToken,
    /// Whatever runs for this door.
    tasks: TaskTracker,
    /// Cancelled when all of it ended and the files are gone.
    closed: CancellationToken,
}

impl Door {
    /// Listens at a private address; port 0 takes a free one. `uploads`: a folder of its own, which goes with it.
    ///
    /// # Errors
    /// `bad_request` for an address that is taken or not this machine's.
    pub async fn open(stoa: Stoa, uploads: PathBuf, address: SocketAddr, minutes: u32) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::new(Code::BadRequest, format!("no phone can be let in at {address}: {error}")))?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            desk: Arc::new(Desk::new(stoa, uploads.clone())),
            passes: Passes::default(),
            ends: watch::Sender::new(Ends::after(minutes)),
            inside: Arc::new(Semaphore::new(PHONES)),
            visits: Mutex::default(),
            greeted: ConnectionLimit::new(GREETED.0, GREETED.1),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            closed: CancellationToken::new(),
        });
        shared.tasks.spawn(watch_clock(shared.clone()));
        shared.tasks.spawn(accept(listener, shared.clone()));
        shared.tasks.close();
        tokio::spawn(clear(shared.clone(), uploads));
        Ok(Self { shared })
    }

    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// A link that works once.
    pub fn invite(&self) -> String {
        format!("http://{}/phone#{}", self.shared.address, self.shared.passes.link())
    }

    /// The time begins anew.
    pub fn keep_open(&self, minutes: u32) {
        self.shared.ends.send_replace(Ends::after(minutes));
    }

    pub fn until(&self) -> Time {
        self.shared.ends.borrow().wall
    }

    /// The newest link's name, and what became of it.
    pub fn newest(&self) -> (String, Link) {
        self.shared.passes.newest()
    }

    /// Phones inside.
    pub fn phones(&self) -> usize {
        PHONES - self.shared.inside.available_permits()
    }

    pub fn is_open(&self) -> bool {
        !self.shared.closing.is_cancelled()
    }

    pub async fn close(&self) {
        self.shared.closing.cancel();
        self.shared.closed.cancelled().await;
    }
}

impl Shared {
    /// Ends the visit before of the phone with this pass; cancelled when the next one comes.
    fn replace(&self, name: Name) -> CancellationToken {
        let token = CancellationToken::new();
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.retain(|name, _| self.passes.key(*name).is_some());
        if let Some(before) = visits.insert(name, token.clone()) {
            before.cancel();
        }
        token
    }
}

/// Takes away what phones sent, once the door is closed and the work for them ended.
async fn clear(shared: Arc<Shared>, uploads: PathBuf) {
    shared.closing.cancelled().await;
    if timeout(FAREWELL, shared.tasks.wait()).await.is_err() {
        tracing::warn!("a phone was cut off");
    }
    if let Err(error) = tokio::fs::remove_dir_all(&uploads).await {
        tracing::warn!(%error, "what phones sent stays behind until it is swept");
    }
    shared.closed.cancel();
}

/// Closes the door when its time is over.
async fn watch_clock(shared: Arc<Shared>) {
    let mut ends = shared.ends.subscribe();
    loop {
        let left = ends.borrow_and_update().left();
        if left.is_zero() {
            return shared.closing.cancel();
        }
        tokio::select! {
            () = shared.closing.cancelled() => return,
            () = sleep(left.min(LOOK)) => {}
            _ = ends.changed() => {}
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let routes = routes(shared.clone());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_CAP);
    let limit = ConnectionLimit::new(CONNECTIONS.0, CONNECTIONS.1);
    loop {
        let accepted = tokio::select! {
            () = shared.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, from) = match accepted {
            Ok((socket, from)) => (socket, from.ip()),
            Err(error) => {
                tracing::warn!(%error, "the phone's door");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(permit) = limit.acquire(from) else { continue };
        let _ = socket.set_nodelay(true);
        let service = TowerToHyperService::new(routes.clone().layer(Extension(From(from))));
        let connection = http.serve_connection(TokioIo::new(socket), service).with_upgrades();
        let closing = shared.closing.clone();
        shared.tasks.spawn(async move {
            // Ends here for a WebSocket too, which goes on in `welcome`.
            tokio::select! {
                () = closing.cancelled() => {}
                _ = timeout(CONNECTION_TIME, connection) => {}
            }
            drop(permit);
        });
    }
}

/// Who asks.
#[derive(Clone, Copy)]
struct From(IpAddr);

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/phone", get(page::index))
        .route("/phone/door", get(door))
        .fallback(get(page::file))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// A name that resolves to this address (DNS rebinding) is not ours.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let host = shared.address.to_string();
    let mut response = match only(request.headers(), &HOST) {
        // port 80 is left out of names
        Some(said)
            if said == host.as_bytes() || (shared.address.port() == 80 && said == host.trim_end_matches(":80").as_bytes()) =>
        {
            next.run(request).await
        }
        _ => words(StatusCode::MISDIRECTED_REQUEST, "This address is not Stoa's.\n"),
    };
    page::harden(&mut response);
    response
}

fn only<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

async fn door(
    State(shared): State<Arc<Shared>>,
    Extension(From(from)): Extension<From>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let host = only(&headers, &HOST).unwrap_or_default();
    if only(&headers, &ORIGIN).and_then(|origin| origin.strip_prefix(b"http://")) != Some(host) {
        return words(StatusCode::FORBIDDEN, "A page of another origin may not do this.\n");
    }
    let Some(permit) = shared.greeted.acquire(from) else {
        return words(StatusCode::TOO_MANY_REQUESTS, "Too many come at once.\n");
    };
    let cap = NAME + MESSAGE_CAP;
    let upgrade = upgrade.max_message_size(cap).max_frame_size(cap).max_write_buffer_size(UNSENT);
    upgrade.on_upgrade(move |socket| {
        let tasks = shared.tasks.clone();
        tasks.track_future(welcome(socket, shared, permit))
    })
}

/// From the first message to the last.
async fn welcome(mut socket: WebSocket, shared: Arc<Shared>, permit: Permit) {
    let greeted = tokio::select! {
        () = shared.closing.cancelled() => return channel::close(&mut socket, CLOSED).await,
        greeted = Channel::handshake(&mut socket, |name| shared.passes.key(name)) => greeted,
    };
    let (noise, name) = match greeted {
        Ok(greeted) => greeted,
        Err(error) if error.code == Code::Refused => return channel::close(&mut socket, VOID).await,
        Err(_) => return,
    };
    let mut channel = Channel::new(socket, noise);
    let code = tokio::select! {
        () = shared.closing.cancelled() => Some(CLOSED),
        code = let_in(&mut channel, &shared, name, permit) => code,
    };
    if let Some(code) = code {
        channel.close(code).await;
    }
}

/// From entering to the end. The close code, where there is something to tell.
async fn let_in(channel: &mut Channel, shared: &Shared, name: Name, permit: Permit) -> Option<u16> {
    let first = timeout(ENTER_TIME, channel.next()).await.ok()?.ok()?;
    let id = visit::entering(&first).ok()?;
    drop(permit);
    // before the phone reads, so that nothing falls between
    let mut news = News { changes: shared.desk.stoa().changes(), ends: shared.ends.subscribe() };
    let owner = shared.desk.owner().await.ok()?;
    let (own, pass) = match shared.passes.enter(name) {
        Some(Entered::New(own, pass)) => (own, Some(pass)),
        Some(Entered::Known) => (name, None),
        None => return Some(VOID),
    };
    let replaced = shared.replace(own);
    let Ok(Ok(_inside)) = timeout(ENTER_TIME, shared.inside.clone().acquire_owned()).await else { return Some(FULL) };
    tracing::info!(new = pass.is_some(), "a phone came in");
    let ends = *shared.ends.borrow();
    visit::say(channel, &visit::entered(id, pass.as_deref(), &owner, ends)).await.ok()?;
    let mut visit = Visit::new(shared.desk.clone(), shared.tasks.clone());
    let end = tokio::select! {
        () = replaced.cancelled() => Error::new(Code::PeerUnreachable, "it came in again"),
        end = visit.serve(channel, &mut news, &owner, || shared.passes.settle(name)) => end,
    };
    visit.leave().await;
    tracing::info!(%end, "a phone went");
    None
}
