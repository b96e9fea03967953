//! What surrounds core on a machine: the home folder and its lock, the key at rest, the control socket for the command
//! line, the bridge for the browser, and the choice between opening a home and attaching to the node that holds it.

pub mod attach;
pub mod control;
pub mod home;
pub mod idle;
mod invoke;
pub mod key;
pub mod node;
pub mod page;
pub mod phone;
mod reply;
pub mod web;

#[cfg(test)]
mod tests;

pub use attach::Backend;
pub use control::Client;
pub use home::Home;
pub use key::Unlock;
pub use node::{Options, Running};
