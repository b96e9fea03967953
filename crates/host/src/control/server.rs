//! The node's side of the control socket.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec, LinesCodecError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{CONNECTIONS, IN_FLIGHT, LINE_CAP, PROCESS, Request, STOP, WEB, place};
use crate::invoke::invoke;
use crate::phone::Phone;
use crate::reply::Reply;
use crate::web::Invitations;

/// What the socket serves beside core.
#[derive(Clone)]
pub struct Surroundings {
    pub stoa: Stoa,
    pub phone: Arc<Phone>,
    /// The browser bridge, when there is one.
    pub invitations: Option<Invitations>,
    /// Cancelled by `node.stop`.
    pub stop: CancellationToken,
}

/// The listening socket. Ends with `close`.
pub struct Server {
    path: PathBuf,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Listens for the owner. The caller holds the home's lock, so a socket that stands there is a dead one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(home: &Path, around: Surroundings) -> Result<Self> {
        let path = place::prepare(home)?;
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(accept(listener, around, closing.clone(), tasks.clone()));
        Ok(Self { path, closing, tasks })
    }

    /// Ends every connection and takes the socket away.
    pub async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = place::remove(&self.path) {
            tracing::warn!(%error, "the control socket stays behind");
        }
    }
}

async fn accept(listener: UnixListener, around: Surroundings, closing: CancellationToken, tasks: TaskTracker) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let permit = tokio::select! {
            () = closing.cancelled() => return,
            permit = room.clone().acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if is_owner(&stream) => {
                let (around, closing) = (around.clone(), closing.clone());
                tasks.spawn(async move {
                    tokio::select! {
                        () = closing.cancelled() => {}
                        () = converse(stream, around) => {}
                    }
                    drop(permit);
                });
            }
            Ok(_) => tracing::warn!("another user knocked at the control socket"),
            Err(error) => {
                tracing::warn!(%error, "control socket");
                // Out of file descriptors: wait for some to come back instead of spinning.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_owner(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// One connection, until either side ends it. What it asked for runs on to its end in core.
async fn converse(stream: UnixStream, around: Surroundings) {
    let (read, write) = stream.into_split();
    let (replies, mut ready) = mpsc::channel::<String>(IN_FLIGHT);
    let writing = async {
        let mut sink = FramedWrite::new(write, LinesCodec::new());
        while let Some(line) = ready.recv().await {
            if sink.send(line).await.is_err() {
                return;
            }
        }
    };
    tokio::pin!(writing);
    tokio::select! {
        () = &mut writing => return,
        () = listen(read, around, replies) => {}
    }
    writing.await;
}

async fn listen(read: OwnedReadHalf, around: Surroundings, replies: mpsc::Sender<String>) {
    let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(LINE_CAP));
    let gone = CancellationToken::new();
    let _end = gone.clone().drop_guard();
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    while let Some(line) = lines.next().await {
        let line = match line {
            Ok(line) => line,
            Err(LinesCodecError::MaxLineLengthExceeded) => {
                let error = Error::new(Code::TooLarge, format!("a line holds at most {LINE_CAP} bytes"));
                return say(&replies, Reply { error: Some(error), ..Reply::default() }).await;
            }
            Err(LinesCodecError::Io(_)) => return,
        };
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let (around, replies, gone) = (around.clone(), replies.clone(), gone.clone());
        tokio::spawn(async move {
            serve(&line, &around, &replies, &gone).await;
            drop(permit);
        });
    }
}

async fn serve(line: &str, around: &Surroundings, replies: &mpsc::Sender<String>, gone: &CancellationToken) {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => {
            let error = Error::new(Code::BadRequest, format!("not a request: {error}"));
            return say(replies, Reply { error: Some(error), ..Reply::default() }).await;
        }
    };
    if request.watch {
        return watch(request.id, around, replies, gone).await;
    }
    let stops = request.verb.as_deref() == Some(STOP);
    let id = request.id;
    let reply = Reply::to(id, answer(request, around).await);
    say(replies, reply).await;
    if stops {
        around.stop.cancel();
    }
}

async fn answer(request: Request, around: &Surroundings) -> Result<Value> {
    match request.verb.as_deref() {
        None => Err(Error::new(Code::BadRequest, "the request names no verb")),
        Some(STOP) => Ok(json!({})),
        Some(PROCESS) => Ok(json!({ "process": std::process::id() })),
        Some(WEB) => match &around.invitations {
            Some(invitations) => Ok(json!({ "url": invitations.invite() })),
            None => Err(Error::new(Code::NotFound, "this node serves no browser; start it with --web ADDR")),
        },
        Some(verb) => {
            let args = if request.args.is_null() { json!({}) } else { request.args };
            invoke(&around.stoa, &around.phone, json!({ "verb": verb, "args": args })).await
        }
    }
}

async fn watch(id: u64, around: &Surroundings, replies: &mpsc::Sender<String>, gone: &CancellationToken) {
    let mut changes = around.stoa.changes();
    say(replies, Reply { id: Some(id), ok: Some(json!({})), ..Reply::default() }).await;
    loop {
        let change = tokio::select! {
            () = gone.cancelled() => return,
            change = changes.next() => change,
        };
        let Some(change) = change else { return };
        say(replies, Reply { id: Some(id), change: Some(change), ..Reply::default() }).await;
        if replies.is_closed() {
            return;
        }
    }
}

async fn say(replies: &mpsc::Sender<String>, reply: Reply) {
    let id = reply.id;
    let line = match serde_json::to_string(&reply) {
        Ok(line) if line.len() <= LINE_CAP => line,
        _ => {
            let id = id.map_or_else(|| "null".to_owned(), |id| id.to_string());
            format!(r#"{{"id":{id},"error":{{"code":"too_large","message":"the answer is larger than a line may be"}}}}"#)
        }
    };
    // A closed channel means that nobody is left to hear.
    let _ = replies.send(line).await;
}
