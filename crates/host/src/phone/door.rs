//! The listener: the page for everybody, and the WebSocket that only a pass opens. Ends by itself.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result, Time};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::channel::{self, Channel, MESSAGE_CAP};
use super::desk::{self, Desk, UPLOADS};
use super::pass::{Entered, Link, NAME, Passes};
use crate::page::{self, words};

/// Connections at once, for the page's files; how long one may last, and a request's head.
const CONNECTIONS: usize = 64;
const CONNECTION_TIME: Duration = Duration::from_mins(2);
const HEAD_TIME: Duration = Duration::from_secs(10);
const HEAD_CAP: usize = 16 * 1024;
/// Phones inside, and those that have yet to show a pass.
const PHONES: usize = 8;
const GREETED: usize = 16;
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
    hall: Arc<Hall>,
}

struct Hall {
    address: SocketAddr,
    desk: Arc<Desk>,
    passes: Passes,
    ends: watch::Sender<Ends>,
    inside: Arc<Semaphore>,
    greeted: Arc<Semaphore>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// By the wall clock, which a phone is told, and by one that nobody sets.
#[derive(Clone, Copy)]
struct Ends {
    wall: Time,
    at: Instant,
}

impl Ends {
    fn after(minutes: u32) -> Self {
        let seconds = minutes.saturating_mul(60);
        Self { wall: Time::now().plus_seconds(seconds), at: Instant::now() + Duration::from_secs(seconds.into()) }
    }

    fn left(self) -> Duration {
        let wall = u64::try_from(self.wall.0 - Time::now().0).unwrap_or(0);
        self.at.saturating_duration_since(Instant::now()).min(Duration::from_millis(wall))
    }
}

impl Door {
    /// Listens at a private address; port 0 takes a free one.
    ///
    /// # Errors
    /// `bad_request` for an address that is taken or not this machine's.
    pub async fn open(stoa: Stoa, uploads: Arc<Path>, address: SocketAddr, minutes: u32) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::new(Code::BadRequest, format!("the door cannot open at {address}: {error}")))?;
        let hall = Arc::new(Hall {
            address: listener.local_addr()?,
            desk: Arc::new(Desk { stoa, uploads, left: AtomicU32::new(UPLOADS) }),
            passes: Passes::default(),
            ends: watch::Sender::new(Ends::after(minutes)),
            inside: Arc::new(Semaphore::new(PHONES)),
            greeted: Arc::new(Semaphore::new(GREETED)),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        hall.tasks.spawn(watch_clock(hall.clone()));
        hall.tasks.spawn(accept(listener, hall.clone()));
        hall.tasks.close();
        Ok(Self { hall })
    }

    pub fn address(&self) -> SocketAddr {
        self.hall.address
    }

    /// A link that works once.
    pub fn invite(&self) -> String {
        format!("http://{}/phone#{}", self.hall.address, self.hall.passes.link())
    }

    /// The time begins anew.
    pub fn keep_open(&self, minutes: u32) {
        self.hall.ends.send_replace(Ends::after(minutes));
    }

    pub fn until(&self) -> Time {
        self.hall.ends.borrow().wall
    }

    pub fn link(&self) -> Link {
        self.hall.passes.newest()
    }

    /// Phones inside.
    pub fn phones(&self) -> usize {
        PHONES - self.hall.inside.available_permits()
    }

    pub fn is_open(&self) -> bool {
        !self.hall.closing.is_cancelled()
    }

    pub async fn close(&self) {
        self.hall.closing.cancel();
        if timeout(FAREWELL, self.hall.tasks.wait()).await.is_err() {
            tracing::warn!("a phone was cut off");
        }
    }
}

/// Closes the door when its time is over.
async fn watch_clock(hall: Arc<Hall>) {
    let mut ends = hall.ends.subscribe();
    loop {
        let left = ends.borrow_and_update().left();
        if left.is_zero() {
            return hall.closing.cancel();
        }
        tokio::select! {
            () = hall.closing.cancelled() => return,
            () = sleep(left.min(LOOK)) => {}
            _ = ends.changed() => {}
        }
    }
}

async fn accept(listener: TcpListener, hall: Arc<Hall>) {
    let routes = TowerToHyperService::new(routes(hall.clone()));
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_CAP);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let next = async || {
        let permit = room.clone().acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((socket, _)) => {
                let _ = socket.set_nodelay(true);
                Some((socket, permit))
            }
            Err(error) => {
                tracing::warn!(%error, "the phone's door");
                sleep(Duration::from_millis(100)).await;
                None
            }
        }
    };
    loop {
        let accepted = tokio::select! {
            () = hall.closing.cancelled() => return,
            accepted = next() => accepted,
        };
        let Some((socket, permit)) = accepted else { continue };
        let connection = http.serve_connection_with_upgrades(TokioIo::new(socket), routes.clone()).into_owned();
        let closing = hall.closing.clone();
        hall.tasks.spawn(async move {
            // Ends here for a WebSocket too, which goes on in `welcome`.
            tokio::select! {
                () = closing.cancelled() => {}
                _ = timeout(CONNECTION_TIME, connection) => {}
            }
            drop(permit);
        });
    }
}

fn routes(hall: Arc<Hall>) -> Router {
    Router::new()
        .route("/phone", get(page::index))
        .route("/phone/door", get(door))
        .fallback(get(page::file))
        .layer(middleware::from_fn_with_state(hall.clone(), guard))
        .with_state(hall)
}

/// A name that resolves to this address (DNS rebinding) is not ours.
async fn guard(State(hall): State<Arc<Hall>>, request: Request, next: Next) -> Response {
    let host = hall.address.to_string();
    let mut response = match only(request.headers(), &HOST) {
        // port 80 is left out of names
        Some(said)
            if said == host.as_bytes() || (hall.address.port() == 80 && said == host.trim_end_matches(":80").as_bytes()) =>
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

async fn door(State(hall): State<Arc<Hall>>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let host = only(&headers, &HOST).unwrap_or_default();
    if only(&headers, &ORIGIN).and_then(|origin| origin.strip_prefix(b"http://")) != Some(host) {
        return words(StatusCode::FORBIDDEN, "A page of another origin may not do this.\n");
    }
    let Ok(place) = hall.greeted.clone().try_acquire_owned() else {
        return words(StatusCode::TOO_MANY_REQUESTS, "Too many come at once.\n");
    };
    let cap = NAME + MESSAGE_CAP;
    upgrade.max_message_size(cap).max_frame_size(cap).on_upgrade(move |socket| {
        let tasks = hall.tasks.clone();
        tasks.track_future(welcome(socket, hall, place))
    })
}

/// From the first message to the last.
async fn welcome(mut socket: WebSocket, hall: Arc<Hall>, place: OwnedSemaphorePermit) {
    let greeted = tokio::select! {
        () = hall.closing.cancelled() => return channel::close(&mut socket, CLOSED).await,
        greeted = Channel::greet(&mut socket, |name| hall.passes.key(name)) => greeted,
    };
    let (noise, name) = match greeted {
        Ok(greeted) => greeted,
        Err(error) if error.code == Code::Refused => return channel::close(&mut socket, VOID).await,
        Err(_) => return,
    };
    let mut channel = Channel::new(socket, noise);
    let code = tokio::select! {
        () = hall.closing.cancelled() => Some(CLOSED),
        code = visit(&mut channel, &hall, name, place) => code,
    };
    if let Some(code) = code {
        channel.close(code).await;
    }
}

/// The close code, where there is something to tell.
async fn visit(channel: &mut Channel, hall: &Hall, name: [u8; NAME], place: OwnedSemaphorePermit) -> Option<u16> {
    let first = timeout(ENTER_TIME, channel.next()).await.ok()?.ok()?;
    let id = desk::entering(&first).ok()?;
    drop(place);
    let Ok(_place) = hall.inside.clone().try_acquire_owned() else { return Some(FULL) };
    // before the phone reads, so that nothing falls between
    let changes = hall.desk.stoa.changes();
    let owner = hall.desk.owner().await.ok()?;
    let pass = match hall.passes.enter(name) {
        Some(Entered::New(pass)) => Some(pass),
        Some(Entered::Known) => None,
        None => return Some(VOID),
    };
    tracing::info!(new = pass.is_some(), "a phone came in");
    let until = hall.ends.borrow().wall;
    desk::say(channel, &desk::entered(id, pass.as_deref(), &owner, until)).await.ok()?;
    let end = desk::serve(channel, hall.desk.clone(), changes, &owner).await;
    tracing::info!(%end, "a phone went");
    None
}
