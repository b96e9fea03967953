//! Commands by name: the phone's door is the host's, everything else is core's.

use serde_json::Value;
use stoa_core::Stoa;
use stoa_core::api::{Code, Command, Error, Result};

use crate::phone::{self, Phone};
use crate::reply;

/// Whose a command is.
pub(crate) enum Asked {
    Phone(phone::Asked),
    Core(Box<Command>),
}

/// Reads `{"verb":…,"args":…}`.
///
/// # Errors
/// `bad_request` when it is no command.
pub(crate) fn read(command: Value) -> Result<Asked> {
    let is_phone = command["verb"].as_str().is_some_and(|verb| verb.starts_with(phone::VERBS));
    let asked = match is_phone {
        true => serde_json::from_value(command).map(Asked::Phone),
        false => serde_json::from_value(command).map(|command| Asked::Core(Box::new(command))),
    };
    asked.map_err(|error| Error::new(Code::BadRequest, format!("not a command: {error}")))
}

/// Reads a command and runs it.
///
/// # Errors
/// As `read`, and what the verb refuses.
pub(crate) async fn invoke(stoa: &Stoa, phone: &Phone, command: Value) -> Result<Value> {
    match read(command)? {
        Asked::Phone(asked) => phone.answer(asked).await,
        Asked::Core(command) => reply::run(stoa, *command).await,
    }
}
