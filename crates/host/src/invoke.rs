//! Commands by name: the phone's door is the host's, everything else is core's.

use serde_json::Value;
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result};

use crate::phone::{Asked, Phone};
use crate::reply;

/// Runs `{"verb":…,"args":…}`.
///
/// # Errors
/// `bad_request` when it is no command; else what the verb refuses.
pub(crate) async fn invoke(stoa: &Stoa, phone: &Phone, command: Value) -> Result<Value> {
    let unreadable = |error: serde_json::Error| Error::new(Code::BadRequest, format!("not a command: {error}"));
    if Asked::knows(command["verb"].as_str().unwrap_or_default()) {
        return phone.answer(serde_json::from_value(command).map_err(unreadable)?).await;
    }
    reply::run(stoa, serde_json::from_value(command).map_err(unreadable)?).await
}
