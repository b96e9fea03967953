//! `stoa presence set | show`.

use clap::{Subcommand, ValueEnum};
use stoa_core::api::{PresenceSet, PresenceShow, Result, State};

use crate::Context;
use crate::out::{at, plain};

#[derive(Subcommand)]
pub enum Presence {
    /// Tells your contacts how you are.
    Set {
        state: Settable,
        /// One line of your own, at most 140 characters.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// Shows a contact's state, or yours.
    Show { contact: Option<String> },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Settable {
    Online,
    Away,
    Busy,
}

pub async fn run(presence: Presence, context: &Context) -> Result<()> {
    let client = context.client().await?;
    match presence {
        Presence::Set { state, text } => {
            let state = match state {
                Settable::Online => State::Online,
                Settable::Away => State::Away,
                Settable::Busy => State::Busy,
            };
            let done = client.call(PresenceSet { state, text }).await?;
            context.out.answer(&done, |_| format!("you are {}", word(state)))
        }
        Presence::Show { contact } => {
            let presence = client.call(PresenceShow { contact }).await?;
            context.out.answer(&presence, |presence| format!("{}, since {}", state_line(presence), at(presence.since)))
        }
    }
}

/// `busy: writing`.
pub fn state_line(presence: &stoa_core::api::Presence) -> String {
    let word = word(presence.state);
    if presence.text.is_empty() { word.to_owned() } else { format!("{word}: {}", plain(&presence.text)) }
}

fn word(state: State) -> &'static str {
    match state {
        State::Online => "online",
        State::Away => "away",
        State::Busy => "busy",
        State::Offline => "offline",
    }
}
