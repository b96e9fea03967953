//! The network of Stoa: devices that know each other by key, requests between them, and blobs.
//!
//! A [`Node`] listens on TCP (noise, yamux) and QUIC, announces itself by mDNS when asked to, keeps
//! connections to the devices it is told to keep, and carries six protocols, each stream one request:
//! [`Protocol::Pair`], [`Protocol::Sync`], [`Protocol::Live`], [`Protocol::Card`], [`Protocol::Look`] and [`Protocol::Blob`].
//! Connections are direct; there is no relay. A hidden node ([`Node::hide`]) neither listens nor announces itself: it dials.
//!
//! It knows no contact: who may use what is the gate ([`Node::set_gate`]), and whether a blob may be
//! served is asked per request ([`Asks`]). It opens no database but the blob store.
//!
//! Everything a peer sends is capped in size, number and time, and is refused by a status byte
//! rather than dropped.

mod addresses;
mod behaviour;
mod blobs;
mod board;
mod config;
mod dialing;
mod discovery;
mod error;
mod gate;
mod handler;
mod id;
mod inbound;
mod links;
mod listening;
mod mayserve;
mod nearby;
mod node;
mod protocol;
mod rate;
mod request;
mod serving;
mod streams;
mod swarm;

pub use blobs::{Blobs, Fetch, GRANT_CAP, Have};
pub use board::{Event, Events};
pub use config::Config;
pub use error::Error;
pub use id::{DeviceId, Hash};
pub use mayserve::{Asks, MayServe};
pub use node::{Node, start};
pub use protocol::Protocol;
pub use request::Reply;

/// A lock whose holder panicked still guards plain data that is whole: every critical section is a few assignments.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
