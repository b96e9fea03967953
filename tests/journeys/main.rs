//! Whole-program journeys: real nodes on loopback, driven through the command line.
//!
//! Every wait is for a fact told by `stoa watch`; the long limits only end a test that hangs.
#![allow(clippy::unwrap_used)]

mod architecture;
mod cards;
mod catalog;
mod chat;
mod clock;
mod control;
mod discovery;
mod faults;
mod homes;
mod liar;
mod looks;
mod market;
mod pairing;
mod person;
mod personas;
mod pictures;
mod presence;
mod program;
mod schemes;
mod sellers;
mod shares;
