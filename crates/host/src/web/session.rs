//! Who may use the bridge: one-time tokens, exchanged for sessions. Both live in memory and end with the node.
//!
//! A session is a cookie and a key. The cookie opens the page and its pictures. It is not enough for commands, since
//! browsers send it to every port of this machine (RFC 6265, 8.5), so to other users' servers too; the key stays with the
//! page's origin and goes along with every request under `/api/`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SEC_WEBSOCKET_PROTOCOL};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Addresses handed out and not yet used; the oldest gives way.
const TOKENS: usize = 8;
/// How long an address that was handed out works.
const TOKEN_AGE: Duration = Duration::from_mins(10);
/// Browsers; the oldest gives way.
const SESSIONS: usize = 32;
/// Carries the key with a request; a WebSocket, which takes no headers, names it after this protocol.
const KEY: &str = "x-stoa-key";
pub(super) const PROTOCOL: &str = "stoa";

pub(super) struct Sessions {
    // Cookies of one host are shared by all its ports.
    cookie: String,
    known: Mutex<Known>,
}

/// Kept as hashes, so that comparing tells nothing about the secret by its time.
#[derive(Default)]
struct Known {
    tokens: VecDeque<(blake3::Hash, Instant)>,
    sessions: VecDeque<Session>,
}

struct Session {
    cookie: blake3::Hash,
    key: blake3::Hash,
}

/// What a browser gets for a token.
pub(super) struct Entrance {
    /// A `Set-Cookie`.
    pub cookie: String,
    pub key: String,
}

impl Sessions {
    pub(super) fn new(port: u16) -> Self {
        Self { cookie: format!("stoa-{port}"), known: Mutex::default() }
    }

    pub(super) fn invite(&self) -> String {
        let token = secret();
        self.with(|known| keep(&mut known.tokens, (blake3::hash(token.as_bytes()), Instant::now()), TOKENS));
        token
    }

    /// Uses the token up. A new session, or none when the token is not, or no longer, one.
    pub(super) fn exchange(&self, token: &str) -> Option<Entrance> {
        let hash = blake3::hash(token.as_bytes());
        self.with(|known| {
            let place = known.tokens.iter().position(|(known, _)| *known == hash)?;
            let (_, since) = known.tokens.remove(place)?;
            if since.elapsed() > TOKEN_AGE {
                return None;
            }
            let (cookie, key) = (secret(), secret());
            let session = Session { cookie: blake3::hash(cookie.as_bytes()), key: blake3::hash(key.as_bytes()) };
            keep(&mut known.sessions, session, SESSIONS);
            Some(Entrance { cookie: format!("{}={cookie}; HttpOnly; SameSite=Strict; Path=/", self.cookie), key })
        })
    }

    /// Whether the cookie is a session's.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        let cookies = self.cookies(headers);
        self.with(|known| known.sessions.iter().any(|session| cookies.contains(&session.cookie)))
    }

    /// Whether cookie and key are of one session.
    pub(super) fn commands(&self, headers: &HeaderMap) -> bool {
        let (cookies, keys) = (self.cookies(headers), keys(headers));
        let both = |session: &Session| cookies.contains(&session.cookie) && keys.contains(&session.key);
        self.with(|known| known.sessions.iter().any(both))
    }

    fn cookies(&self, headers: &HeaderMap) -> Vec<blake3::Hash> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(&self.cookie)?.strip_prefix('='))
            .map(|session| blake3::hash(session.as_bytes()))
            .collect()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn keys(headers: &HeaderMap) -> Vec<blake3::Hash> {
    let named = headers.get_all(KEY).iter().chain(headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter());
    let texts = named.filter_map(|value| value.to_str().ok());
    texts.flat_map(|value| value.split(',')).map(|key| blake3::hash(key.trim().as_bytes())).collect()
}

fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn keep<T>(list: &mut VecDeque<T>, what: T, cap: usize) {
    if list.len() == cap {
        list.pop_front();
    }
    list.push_back(what);
}
