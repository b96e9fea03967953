//! Core's answers as JSON, in the same form on the control socket and on the phone's.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_core::Stoa;
use stoa_core::api::{Change, Code, Command, Error, Result};

/// One of `ok`, `error` and `change` is there. No id when the request could not be read.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

impl Reply {
    pub fn to(id: u64, answer: Result<Value>) -> Self {
        let id = Some(id);
        match answer {
            Ok(ok) => Self { id, ok: Some(ok), ..Self::default() },
            Err(error) => Self { id, error: Some(error), ..Self::default() },
        }
    }

    pub fn change(change: Change) -> Self {
        Self { change: Some(change), ..Self::default() }
    }
}

/// Runs a command in core.
///
/// # Errors
/// What the verb refuses.
pub(crate) async fn run(stoa: &Stoa, command: Command) -> Result<Value> {
    let answer = stoa.invoke(command).await?;
    serde_json::to_value(&answer).map_err(|error| Error::new(Code::Internal, error.to_string()))
}
