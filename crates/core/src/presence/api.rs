//! How somebody is: commands and answers.

use std::fmt;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::{Code, Error};
use crate::text::visible;
use crate::time::Time;

/// Letters of a state's text, at most.
pub const TEXT_CAP: usize = 140;
/// Letters of a state's name, at most.
pub const STATE_CAP: usize = 32;

/// A state by its name: one of [`State::BUILT_IN`], or one that somebody invented: 1 to 32 visible letters, shown as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(try_from = "String", into = "String")]
pub struct State(String);

impl State {
    pub const ONLINE: &'static str = "online";
    pub const AWAY: &'static str = "away";
    pub const OFFLINE: &'static str = "offline";
    /// The states that everybody has, as lists show them.
    pub const BUILT_IN: [&'static str; 8] =
        [Self::ONLINE, Self::AWAY, "busy", "meeting", "eating", "daydreaming", "do_not_disturb", Self::OFFLINE];
    /// Not a state: who is invisible looks offline.
    pub const INVISIBLE: &'static str = "invisible";

    /// # Errors
    /// `bad_request` unless it is 1 to 32 visible letters on one line, and not `invisible`.
    pub fn new(name: &str) -> Result<Self, Error> {
        if name == Self::INVISIBLE {
            return Err(Error::new(Code::BadRequest, "`invisible` is no state: who is invisible looks offline"));
        }
        let clean = visible(name, STATE_CAP);
        if clean.is_empty() || clean != name {
            return Err(Error::new(Code::BadRequest, format!("a state's name has 1 to {STATE_CAP} visible letters")));
        }
        Ok(Self(clean))
    }

    pub fn online() -> Self {
        Self(Self::ONLINE.to_owned())
    }

    pub fn away() -> Self {
        Self(Self::AWAY.to_owned())
    }

    pub fn offline() -> Self {
        Self(Self::OFFLINE.to_owned())
    }

    pub fn is_built_in(&self) -> bool {
        Self::BUILT_IN.contains(&self.0.as_str())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for State {
    fn default() -> Self {
        Self::offline()
    }
}

impl TryFrom<String> for State {
    type Error = Error;
    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(&name)
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.0
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for State {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Presence {
    pub state: State,
    /// At most 140 characters, one line.
    pub text: String,
    /// When this state began.
    pub since: Time,
    /// When it ends by itself and the earlier one returns.
    #[serde(default)]
    pub until: Option<Time>,
}

/// Sets the owner's own state. `offline` cannot be set: it is what others see when the node is gone. Ends being
/// invisible to everybody; who is hidden from chosen people stays so.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PresenceSet {
    pub state: State,
    pub text: String,
    /// Until then; afterwards the state before it returns. In the future, within a year.
    #[serde(default)]
    pub until: Option<Time>,
}

/// Shows a contact's state, or the own one without `contact`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceShow {
    pub contact: Option<String>,
}

/// Becomes invisible to everybody (`from` absent) or to these contacts, or visible again. To whom one is invisible,
/// one has quit: links end, nothing is answered, nothing is sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceHide {
    pub hidden: bool,
    pub from: Option<Vec<String>>,
}

/// To whom the owner is invisible.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Hidden {
    pub from_all: bool,
    /// Persons, hex; those chosen one by one.
    pub from: Vec<String>,
}

/// The states there are: the built-in ones, then the owner's own.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceStates {}

/// Away after so many minutes without input; 0 is never. Absent: only shows it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceIdle {
    /// At most 1,440.
    pub minutes: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Type)]
pub struct Idle {
    pub minutes: u32,
    /// Where this machine's idle time is learned from.
    pub source: IdleSource,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum IdleSource {
    X11,
    Wayland,
    /// Input in a window of Stoa, which tells.
    #[default]
    Window,
}

/// Told by what can see the person: without input for so many seconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Type)]
pub struct PresenceActive {
    pub idle: u32,
    pub source: IdleSource,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_can_be_seen_and_stands_on_one_line() {
        for good in ["online", "上课", "👩‍💻 coding", "می‌خوانم", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"] {
            assert_eq!(State::new(good).map(String::from).ok().as_deref(), Some(good));
        }
        let bad =
            ["", " ", "\u{200b}", "\u{200d}\u{fe0f}", "\u{3164}", "\u{2800}\u{ad}", "on\u{200b}line", "a\u{2028}b", "\u{202e}a"];
        for name in bad.into_iter().chain(["invisible", " online", "a\nb"]).map(str::to_owned).chain(["a".repeat(STATE_CAP + 1)])
        {
            assert!(State::new(&name).is_err(), "{name:?}");
            assert!(crate::wire::decode::<State>(&crate::wire::encode(&name)).is_none(), "{name:?} came from outside");
        }
    }
}
