//! Connections: how many, how slow one may be, and how one ends.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Request, Response};
use axum::routing::future::RouteFuture;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tower::Service;

/// Open at once, at most; further ones wait in the system's queue.
const CONNECTIONS: u64 = 8192;
/// File descriptors kept for the database, blobs and uploads.
const SPARE_FILES: u64 = 256;
const BACKLOG: u32 = 4096;
/// For a request's head, and for the next one on a connection that is kept open.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// A request's head in bytes; fifty codes of twenty Chinese characters fit.
const HEAD_CAP: usize = 32 * 1024;
/// A reader that holds up an answer takes this much in each window, or is cut off.
const SLOWEST_BYTES: usize = 16 * 1024;
const SLOWEST_WINDOW: Duration = Duration::from_secs(30);
/// What a client still sends after its answer is read and dropped for this long, so that the answer is not lost with a reset.
const LINGER: Duration = Duration::from_secs(2);
/// What open requests get when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// At the other end of the connection, or what one's own proxy says of it.
    pub address: IpAddr,
    /// By way of one's own proxy.
    pub proxied: bool,
}

impl Peer {
    /// Of `X-Forwarded-For` only the last hop is the proxy's own word; those before it are the client's. Without one the proxy itself asks.
    fn of(connected: IpAddr, proxies: &[IpAddr], headers: &HeaderMap) -> Self {
        if !proxies.iter().any(|proxy| proxy.to_canonical() == connected.to_canonical()) {
            return Self { address: connected, proxied: false };
        }
        let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
        let said = last.and_then(|value| address(value.rsplit(',').next()?.trim()));
        Self { address: said.unwrap_or(connected), proxied: true }
    }
}

/// As proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip())).or_else(bare)
}

pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is ready, then finishes open requests.
pub(super) async fn run(listener: TcpListener, routes: Router, proxies: Arc<[IpAddr]>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let open = Arc::new(Semaphore::new(most_connections()));
    let graceful = GracefulShutdown::new();
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(HEAD_CAP);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &open) => accepted,
            () = &mut stop => break,
        };
        let Some((socket, address)) = accepted else {
            continue;
        };
        let service =
            TowerToHyperService::new(FromPeer { routes: routes.clone(), connected: address.ip(), proxies: Arc::clone(&proxies) });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(socket), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
}

/// As many as the process may have files open, for which its soft limit is raised towards the hard one.
fn most_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(CONNECTIONS + SPARE_FILES, |hard| hard.min(CONNECTIONS + SPARE_FILES));
    let mut soft = limit.current.unwrap_or(u64::MAX);
    if soft < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).is_ok() {
        soft = wanted;
    }
    usize::try_from(soft.saturating_sub(SPARE_FILES).clamp(64, CONNECTIONS)).unwrap_or(64)
}

async fn accept(listener: &TcpListener, open: &Arc<Semaphore>) -> Option<(Paced, SocketAddr)> {
    let permit = Arc::clone(open).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, address)) => {
            let _ = socket.set_nodelay(true);
            Some((Paced { open: Some((socket, permit)), taken: 0, window: None }, address))
        }
        Err(error) => {
            // Out of file descriptors: connections that are open must end first.
            tracing::warn!(%error, "accept failed");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// A socket whose reader may not hold up answers, and which is closed gently.
struct Paced {
    open: Option<(TcpStream, OwnedSemaphorePermit)>,
    /// Written since the window began.
    taken: usize,
    /// Begins when a write has to wait, ends when everything is written.
    window: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    fn socket(&mut self) -> std::io::Result<Pin<&mut TcpStream>> {
        let (socket, _) = self.open.as_mut().ok_or(std::io::ErrorKind::NotConnected)?;
        Ok(Pin::new(socket))
    }

    /// After a write that has to wait: ready, with an error, when the reader is too slow.
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Error> {
        let taken = &mut self.taken;
        let window = self.window.get_or_insert_with(|| {
            *taken = 0;
            Box::pin(tokio::time::sleep(SLOWEST_WINDOW))
        });
        loop {
            ready!(window.as_mut().poll(cx));
            if *taken < SLOWEST_BYTES {
                return Poll::Ready(std::io::ErrorKind::TimedOut.into());
            }
            *taken = 0;
            window.as_mut().reset(Instant::now() + SLOWEST_WINDOW);
        }
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<std::io::Result<usize>>) -> Poll<std::io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.taken = self.taken.saturating_add(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_slow(cx).map(Err),
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        self.socket()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        let written = self.socket()?.poll_write(cx, buf);
        self.wrote(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let written = self.socket()?.poll_write_vectored(cx, bufs);
        self.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.window = None;
        self.socket()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.socket()?.poll_shutdown(cx)
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        let (Some((mut socket, permit)), Ok(runtime)) = (self.open.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        runtime.spawn(async move {
            let ended = async {
                socket.shutdown().await?;
                let mut dropped = vec![0; 16 * 1024];
                while socket.read(&mut dropped).await? > 0 {}
                std::io::Result::Ok(())
            };
            let _ = tokio::time::timeout(LINGER, ended).await;
            drop(permit);
        });
    }
}

/// The routes, told who asks.
#[derive(Clone)]
struct FromPeer {
    routes: Router,
    connected: IpAddr,
    proxies: Arc<[IpAddr]>,
}

impl<B> Service<Request<B>> for FromPeer
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.routes, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let peer = Peer::of(self.connected, &self.proxies, request.headers());
        request.extensions_mut().insert(peer);
        self.routes.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ones_own_proxy_is_believed_and_only_its_last_word() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap_or(IpAddr::from([0; 4]));
        let of = |connected: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines.iter().filter_map(|line| line.parse().ok()) {
                headers.append("x-forwarded-for", line);
            }
            let peer = Peer::of(ip(connected), &[ip("192.0.2.1"), ip("2001:db8::1")], &headers);
            (peer.address, peer.proxied)
        };
        assert_eq!(of("192.0.2.1", &["198.51.100.7"]), (ip("198.51.100.7"), true));
        assert_eq!(of("::ffff:192.0.2.1", &["6.6.6.6, 198.51.100.7"]), (ip("198.51.100.7"), true), "the client wrote the first");
        assert_eq!(of("192.0.2.1", &["198.51.100.7", "203.0.113.9:4711"]), (ip("203.0.113.9"), true));
        assert_eq!(of("2001:db8::1", &["[2001:db8::7]:443"]), (ip("2001:db8::7"), true));
        assert_eq!(of("2001:db8::1", &["[2001:db8::7]"]), (ip("2001:db8::7"), true));
        assert_eq!(of("192.0.2.1", &["unknown"]), (ip("192.0.2.1"), true));
        assert_eq!(of("192.0.2.1", &[]), (ip("192.0.2.1"), true));
        assert_eq!(of("198.51.100.7", &["203.0.113.9"]), (ip("198.51.100.7"), false), "a stranger's header says nothing");
    }
}
