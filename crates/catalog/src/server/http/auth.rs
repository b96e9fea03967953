//! Who asks: a bearer key (RFC 6750) looked up by its hash, and a limit on wrong ones per address.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::super::Access;
use super::Site;
use super::answers::Refusal;
use super::connections::Peer;

/// Wrong keys from one address in one window; more are not looked up.
const WRONG: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses and keys remembered, at most.
const REMEMBERED: usize = 4096;
const KEY_CAP: usize = 256;

/// The holder of a seller's key.
pub(super) struct Seller(pub Access);

/// The holder of an operator's key.
pub(super) struct Operator(pub Access);

impl FromRequestParts<Site> for Seller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let key = bearer(parts).ok_or_else(|| {
            Refusal::new(StatusCode::UNAUTHORIZED, "no_key", "send a key of this catalog: Authorization: Bearer stoa_…")
        })?;
        let peer = parts.extensions.get::<Peer>().map(|peer| network(peer.address));
        let digest = *blake3::hash(key.as_bytes()).as_bytes();
        if let Some(wait) = site.wrong_keys.wait(peer, &digest) {
            return Err(Refusal {
                retry: Some(wait),
                ..Refusal::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_wrong_keys",
                    "too many wrong keys came from this address; wait a minute",
                )
            });
        }
        let found = site.read(move |catalog| catalog.authenticate(&key)).await?;
        site.wrong_keys.note(peer, digest, found.is_some());
        found.map(Self).ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "wrong_key", "this catalog does not know this key"))
    }
}

impl FromRequestParts<Site> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let Seller(access) = Seller::from_request_parts(parts, site).await?;
        if access.rights.operator {
            return Ok(Self(access));
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, "not_operator", "only the catalog's operator may do this"))
    }
}

fn bearer(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= KEY_CAP).then(|| key.to_owned())
}

/// One household has one IPv4 address or one IPv6 /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Wrong keys per address. Keys that were right a moment ago pass from everywhere, so that one guesser behind a proxy stops nobody else.
#[derive(Default)]
pub(super) struct WrongKeys {
    by_address: Mutex<HashMap<IpAddr, Count>>,
    right: Mutex<HashSet<[u8; 32]>>,
}

struct Count {
    since: Instant,
    wrong: u32,
}

impl WrongKeys {
    /// Seconds until this address may try another key.
    fn wait(&self, address: Option<IpAddr>, digest: &[u8; 32]) -> Option<u32> {
        let counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&address?).filter(|count| count.wrong >= WRONG)?;
        let left = WINDOW.checked_sub(count.since.elapsed())?;
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner).contains(digest);
        (!right).then(|| u32::try_from(left.as_secs()).unwrap_or(60) + 1)
    }

    fn note(&self, address: Option<IpAddr>, digest: [u8; 32], right: bool) {
        let mut known = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(digest);
            return;
        }
        known.remove(&digest);
        drop(known);
        let Some(address) = address else {
            return;
        };
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| count.since.elapsed() < WINDOW);
        }
        if counts.len() >= REMEMBERED {
            counts.clear();
        }
        let count = counts.entry(address).or_insert(Count { since: Instant::now(), wrong: 0 });
        if count.since.elapsed() >= WINDOW {
            *count = Count { since: Instant::now(), wrong: 0 };
        }
        count.wrong += 1;
    }
}
