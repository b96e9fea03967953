//! One face for a window: the node in this process, or the one that already runs on the home.

use serde_json::{Value, json};
use stoa_core::Changes;
use stoa_core::api::{Change, Code, Error, Media, MediaGet, Result, Verb};
use tokio::time::{Duration, sleep};

use crate::control::{Client, Watch};
use crate::invoke::invoke;
use crate::node::{self, Options, Running};
use crate::web::decode;

/// How often, and how long apart, a window tries again while the other node comes up or goes down.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// Where commands go.
pub enum Backend {
    /// This process holds the home.
    Own(Box<Running>),
    /// Another node holds it.
    Attached(Client),
}

/// Changes of either.
pub enum Heard {
    Own(Changes),
    Attached(Watch),
}

impl Backend {
    /// Attaches to the node of the home, or becomes it. `options` is asked anew for each attempt.
    ///
    /// # Errors
    /// Those of `node::run`; `home_in_use` when another process holds the home for more than 10 s and does not answer.
    pub async fn connect_or_open(options: impl Fn() -> Result<Options>) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let options = options()?;
            match Client::connect(&options.home).await {
                Ok(client) => return Ok(Self::Attached(client)),
                Err(error) if error.code != Code::NoNode => return Err(error),
                Err(_) => {}
            }
            match node::run(options).await {
                Ok(running) => return Ok(Self::Own(Box::new(running))),
                // It starts, or stops, at this moment.
                Err(error) if error.code == Code::HomeInUse && attempt < ATTEMPTS => sleep(PAUSE).await,
                Err(error) => return Err(error),
            }
            attempt += 1;
        }
    }

    /// Runs `{"verb":…,"args":…}`.
    ///
    /// # Errors
    /// What the verb refuses; `no_node` when an attached node is gone.
    pub async fn invoke(&self, command: Value) -> Result<Value> {
        match self {
            Self::Own(running) => invoke(running.stoa(), running.phone(), command).await,
            Self::Attached(client) => client.invoke(command).await,
        }
    }

    /// Stops the node if it is this process's own.
    pub async fn stop(&self) {
        if let Self::Own(running) = self {
            running.stop().await;
        }
    }

    /// A picture's type and bytes.
    ///
    /// # Errors
    /// Those of `media.get`.
    pub async fn picture(&self, id: String) -> Result<(&'static str, Vec<u8>)> {
        let answer = self.invoke(json!({ "verb": MediaGet::NAME, "args": MediaGet { id } })).await?;
        let media: Media = serde_json::from_value(answer).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        decode(&media)
    }

    /// Every change from now on.
    ///
    /// # Errors
    /// `no_node` when an attached node is gone.
    pub async fn changes(&self) -> Result<Heard> {
        match self {
            Self::Own(running) => Ok(Heard::Own(running.stoa().changes())),
            Self::Attached(client) => Ok(Heard::Attached(client.watch().await?)),
        }
    }
}

impl Heard {
    /// The next change; none once the node is gone.
    pub async fn next(&mut self) -> Option<Change> {
        match self {
            Self::Own(changes) => changes.next().await,
            Self::Attached(watch) => watch.next().await,
        }
    }
}
