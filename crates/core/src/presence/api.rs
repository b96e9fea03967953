//! How somebody is: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::time::Time;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Online,
    Away,
    Busy,
    #[default]
    Offline,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Presence {
    pub state: State,
    /// At most 140 characters, one line.
    pub text: String,
    /// When this state began.
    pub since: Time,
}

/// Sets the owner's own state. `offline` cannot be set: it is what others see when the node is gone.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PresenceSet {
    pub state: State,
    pub text: String,
}

/// Shows a contact's state, or the own one without `contact`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceShow {
    pub contact: Option<String>,
}
