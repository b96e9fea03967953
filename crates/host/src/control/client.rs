//! The other side of the control socket: the command line, or a window that attached.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stoa_core::api::{Change, Code, Error, Result, Verb};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec};

use super::{IN_FLIGHT, LINE_CAP, Request, place};
use crate::reply::Reply;

/// A connection to the node of a home. Clones share it.
#[derive(Clone)]
pub struct Client {
    home: PathBuf,
    requests: mpsc::Sender<String>,
    pending: Pending,
    next: Arc<AtomicU64>,
}

/// The answers that are awaited; `None` once the node is gone.
type Pending = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Reply>>>>>;

/// Changes of a node, from its own connection.
pub struct Watch {
    lines: FramedRead<OwnedReadHalf, LinesCodec>,
    _write: tokio::net::unix::OwnedWriteHalf,
}

impl Client {
    /// Connects to the node that holds `home`.
    ///
    /// # Errors
    /// `no_node` when none runs there.
    pub async fn connect(home: &Path) -> Result<Self> {
        let (read, write) = dial(home).await?.into_split();
        let (requests, mut outgoing) = mpsc::channel::<String>(IN_FLIGHT);
        let pending: Pending = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(async move {
            let mut sink = FramedWrite::new(write, LinesCodec::new());
            while let Some(line) = outgoing.recv().await {
                if sink.send(line).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(receive(read, pending.clone()));
        Ok(Self { home: home.to_owned(), requests, pending, next: Arc::new(AtomicU64::new(1)) })
    }

    /// Runs a verb and reads its answer.
    ///
    /// # Errors
    /// What the verb refuses; `no_node` when the node goes away meanwhile.
    pub async fn call<V: Verb>(&self, verb: V) -> Result<V::Answer> {
        self.ask_for(V::NAME, &verb).await
    }

    /// Runs a verb by name, the host's own ones included.
    ///
    /// # Errors
    /// As `call`.
    pub async fn ask_for<T: DeserializeOwned>(&self, verb: &str, args: &impl Serialize) -> Result<T> {
        let args = serde_json::to_value(args).map_err(|error| unreadable(&error))?;
        serde_json::from_value(self.ask(verb, args).await?).map_err(|error| unreadable(&error))
    }

    /// Runs `{"verb":…,"args":…}`.
    ///
    /// # Errors
    /// As `call`.
    pub async fn invoke(&self, command: Value) -> Result<Value> {
        let verb = command.get("verb").and_then(Value::as_str).map(str::to_owned);
        let Some(verb) = verb else {
            return Err(Error::new(Code::BadRequest, "the command names no verb"));
        };
        let args = command.get("args").cloned().unwrap_or_default();
        self.ask(&verb, args).await
    }

    /// As `ask_for`, in JSON.
    ///
    /// # Errors
    /// As `call`.
    pub async fn ask(&self, verb: &str, args: Value) -> Result<Value> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let line = line_of(&Request { id, verb: Some(verb.to_owned()), args, watch: false })?;
        let (answered, answer) = oneshot::channel();
        match &mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(pending) => pending.insert(id, answered),
            None => return Err(gone()),
        };
        self.requests.send(line).await.map_err(|_| gone())?;
        let reply = answer.await.map_err(|_| gone())?;
        match (reply.ok, reply.error) {
            (_, Some(error)) => Err(error),
            (Some(ok), None) => Ok(ok),
            (None, None) => Ok(Value::Null),
        }
    }

    /// Every change from now on.
    ///
    /// # Errors
    /// `no_node` when the node is gone.
    pub async fn watch(&self) -> Result<Watch> {
        let (read, write) = dial(&self.home).await?.into_split();
        let mut sink = FramedWrite::new(write, LinesCodec::new());
        let request = line_of(&Request { id: 1, verb: None, args: Value::Null, watch: true })?;
        sink.send(request).await.map_err(|_| gone())?;
        let mut watch =
            Watch { lines: FramedRead::new(read, LinesCodec::new_with_max_length(LINE_CAP)), _write: sink.into_inner() };
        // The first answer says that changes are counted from here.
        match watch.reply().await {
            Some(Reply { error: None, .. }) => Ok(watch),
            Some(Reply { error: Some(error), .. }) => Err(error),
            None => Err(gone()),
        }
    }
}

impl Watch {
    /// The next change; none once the node is gone.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.reply().await?.change {
                return Some(change);
            }
        }
    }

    async fn reply(&mut self) -> Option<Reply> {
        let line = self.lines.next().await?.ok()?;
        serde_json::from_str(&line).inspect_err(|error| tracing::warn!(%error, "unreadable line")).ok()
    }
}

async fn receive(read: OwnedReadHalf, pending: Pending) {
    let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(LINE_CAP));
    while let Some(Ok(line)) = lines.next().await {
        let Ok(reply) = serde_json::from_str::<Reply>(&line) else { break };
        let Some(id) = reply.id else { break };
        let waiting = match &mut *pending.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(pending) => pending.remove(&id),
            None => None,
        };
        if let Some(waiting) = waiting {
            // The asker may have stopped waiting.
            let _ = waiting.send(reply);
        }
    }
    pending.lock().unwrap_or_else(PoisonError::into_inner).take();
}

async fn dial(home: &Path) -> Result<UnixStream> {
    let home = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    UnixStream::connect(place::find(&home)).await.map_err(|_| {
        let message = format!("no node runs on {}; start one with: stoa node run", home.display());
        Error::new(Code::NoNode, message)
    })
}

fn line_of(request: &Request) -> Result<String> {
    let line = serde_json::to_string(request).map_err(|error| unreadable(&error))?;
    if line.len() > LINE_CAP {
        return Err(Error::new(Code::TooLarge, format!("a command holds at most {LINE_CAP} bytes")));
    }
    Ok(line)
}

fn gone() -> Error {
    Error::new(Code::NoNode, "the node stopped")
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(Code::Internal, format!("the node and this program do not understand each other: {error}"))
}
