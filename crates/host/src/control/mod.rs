//! The control socket: how the command line and an attached window talk to the node that holds the home.
//!
//! A Unix socket that only the owner can reach, one JSON object a line, at most 8 MiB:
//!
//! ```text
//! {"id":1,"verb":"me.show","args":{}}     -> {"id":1,"ok":{…}}  or  {"id":1,"error":{"code":"…","message":"…"}}
//! {"id":2,"watch":true}                   -> {"id":2,"ok":{}}, then {"id":2,"change":{…}} until the connection ends
//! ```
//!
//! Requests of one connection run side by side; answers come in the order they are ready. Some verbs are the host's own and
//! never reach core: `node.stop`, `node.web`, `node.process`, and those of the phone's door.

mod client;
mod place;
mod server;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use client::{Client, Watch};
pub use server::{Server, Surroundings};

/// Bytes of one line, either way.
pub(crate) const LINE_CAP: usize = 8 * 1024 * 1024;
/// Connections at once.
pub(crate) const CONNECTIONS: usize = 64;
/// Requests of one connection at work at once.
pub(crate) const IN_FLIGHT: usize = 32;

/// Stops the node; answered before it goes.
pub const STOP: &str = "node.stop";
/// A fresh one-time address of the browser bridge: `{"url":"…"}`.
pub const WEB: &str = "node.web";
/// The node's process id: `{"process":n}`.
pub const PROCESS: &str = "node.process";

#[derive(Serialize, Deserialize)]
struct Request {
    id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verb: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    args: Value,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    watch: bool,
}
