//! `stoa presence set | show | states | idle`.

use clap::Subcommand;
use stoa_core::api::{
    Code, Error, Hidden, IdleSource, PresenceHide, PresenceIdle, PresenceSet, PresenceShow, PresenceStates, Result, State, Time,
};

use crate::out::{at, plain};
use crate::{Context, spans};

/// Not a state either: who is visible again looks as before.
const VISIBLE: &str = "visible";

#[derive(Subcommand)]
pub enum Presence {
    /// Tells your contacts how you are; `invisible` and `visible` say whether they see you at all.
    Set {
        /// online, away, busy, meeting, eating, daydreaming, do_not_disturb, a word of your own, invisible or visible.
        state: String,
        /// One line of your own, at most 140 characters.
        #[arg(long, default_value = "")]
        text: String,
        /// Until then (2h, 2026-12-24T15:00:00Z); afterwards the state before it returns.
        #[arg(long, value_name = "TIME", value_parser = spans::seconds)]
        until: Option<u32>,
        /// With invisible and visible: to these contacts alone.
        #[arg(long, value_name = "CONTACT", value_delimiter = ',')]
        to: Vec<String>,
    },
    /// Shows a contact's state, or yours.
    Show { contact: Option<String> },
    /// Lists the states there are: those everybody has, then your own.
    States,
    /// Away after so many minutes without input; 0 is never. Without MINUTES, shows it.
    Idle { minutes: Option<u32> },
}

pub async fn run(presence: Presence, context: &Context) -> Result<()> {
    match presence {
        Presence::Set { state, text, until, to } if state == State::INVISIBLE || state == VISIBLE => {
            if until.is_some() || !text.is_empty() {
                return wrong(format!("{state} takes neither --text nor --until"));
            }
            let hide = PresenceHide { hidden: state == State::INVISIBLE, from: (!to.is_empty()).then_some(to) };
            let hidden = context.client().await?.call(hide).await?;
            context.out.answer(&hidden, hidden_line)
        }
        Presence::Set { to, .. } if !to.is_empty() => wrong("--to goes with invisible and visible".to_owned()),
        Presence::Set { state, text, until, .. } => {
            let state = State::new(&state)?;
            let until = until.map(|seconds| Time::now().plus_seconds(seconds));
            let done = context.client().await?.call(PresenceSet { state: state.clone(), text, until }).await?;
            context.out.answer(&done, |_| format!("you are {}{}", word(&state), ending(until)))
        }
        Presence::Show { contact } => {
            let presence = context.client().await?.call(PresenceShow { contact }).await?;
            context.out.answer(&presence, |presence| {
                format!("{}, since {}{}", state_line(presence), at(presence.since), ending(presence.until))
            })
        }
        Presence::States => {
            let states = context.client().await?.call(PresenceStates {}).await?;
            context.out.list(&states, "", |state| vec![word(state)])
        }
        Presence::Idle { minutes } => {
            let idle = context.client().await?.call(PresenceIdle { minutes }).await?;
            let seen = match idle.source {
                IdleSource::X11 => "input in the X11 session",
                IdleSource::Wayland => "input in the Wayland session",
                IdleSource::Window => "input in Stoa's window",
            };
            context.out.answer(&idle, |idle| match idle.minutes {
                0 => "never away by itself".to_owned(),
                minutes => format!("away after {minutes} minutes without {seen}"),
            })
        }
    }
}

fn wrong(message: String) -> Result<()> {
    Err(Error::new(Code::BadRequest, message))
}

fn hidden_line(hidden: &Hidden) -> String {
    match (hidden.from_all, hidden.from.len()) {
        (true, _) => "you look offline to everybody; whoever watches the network can still know".to_owned(),
        (false, 0) => "you are visible".to_owned(),
        (false, count) => format!("you look offline to {count} contacts; whoever hears of you from others can still know"),
    }
}

fn ending(until: Option<Time>) -> String {
    until.map_or_else(String::new, |end| format!(", until {}", at(end)))
}

/// `busy: writing`.
pub fn state_line(presence: &stoa_core::api::Presence) -> String {
    let word = word(&presence.state);
    if presence.text.is_empty() { word } else { format!("{word}: {}", plain(&presence.text)) }
}

/// `do not disturb`; a name that somebody invented stays as it is.
pub fn word(state: &State) -> String {
    if state.is_built_in() { state.as_str().replace('_', " ") } else { plain(state.as_str()) }
}
