//! What Stoa means: contacts, conversations, presence, photos, products. Names no socket type; pictures of strangers
//! are decoded in stoa-media's child only.
//!
//! `Stoa` is the one handle that every face holds: commands go in through `invoke`, facts come out as `Change`s.

pub mod api;
mod cache;
mod contacts;
mod conversations;
mod db;
mod entries;
mod error;
mod files;
mod gate;
mod ids;
mod inbox;
mod invoke;
mod keys;
mod live;
mod log;
mod looks;
mod me;
mod open;
mod outbox;
mod personas;
mod photos;
mod pictures;
mod presence;
mod products;
mod project;
mod rate;
mod schemes;
mod sellers;
mod serve;
mod stoa;
mod sync;
mod teller;
mod text;
mod time;
mod touch;
mod typescript;
mod wire;

pub use api::Change;
pub use error::{Code, Error, Result};
pub use open::Config;
pub use products::input as card_input;
pub use stoa::{Changes, Stoa};
pub use typescript::typescript;
