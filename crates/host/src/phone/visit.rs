//! A phone that came in: what it asks is answered, what changes is told, until it goes or the door closes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use stoa_core::Changes;
use stoa_core::api::{Code, Error, Me, Result, Time};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::channel::{Channel, Frame};
use super::desk::{Coming, Desk};
use super::ends::Ends;
use super::scope;
use crate::reply::Reply;

/// The first thing a phone asks.
const ENTER: &str = "phone.enter";
/// Requests of one phone that wait, as many drawings as a page may ask for at a time, and those of which work or answer is under way.
const ASKED: usize = 256;
const UNDER_WAY: usize = 8;
/// Parts of a file on their way to the disk.
const PARTS: usize = 8;
/// How often a phone is asked whether it is there, and after how long without a word it is not.
const PING: Duration = Duration::from_secs(20);
const QUIET: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(default)]
    verb: String,
    #[serde(default)]
    args: Value,
    upload: Option<Upload>,
}

#[derive(Deserialize)]
struct Upload {
    name: String,
    size: u64,
}

/// An answer, and the places that it holds until it was said.
struct Ready {
    reply: Reply,
    _asked: OwnedSemaphorePermit,
    _under_way: Option<OwnedSemaphorePermit>,
}

/// What a phone is told unasked.
pub struct News {
    pub changes: Changes,
    pub ends: watch::Receiver<Ends>,
}

pub struct Visit {
    desk: Arc<Desk>,
    tasks: TaskTracker,
    asked: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
    /// Has a place for each that is asked.
    replies: mpsc::Sender<Ready>,
    ready: mpsc::Receiver<Ready>,
    /// Files under way, by id, and those that came.
    files: HashMap<u32, mpsc::Sender<Bytes>>,
    kept: Arc<Mutex<Vec<PathBuf>>>,
    /// What waits is not begun any more once the phone is gone.
    gone: CancellationToken,
    _gone: DropGuard,
}

/// The first frame: whoever sent it holds the key. Its id, to be answered.
///
/// # Errors
/// `bad_request` when it asks something else.
pub fn entering(frame: &Frame) -> Result<u64> {
    let asked = match frame {
        Frame::Text(text) => serde_json::from_str::<Request>(text).ok(),
        _ => None,
    };
    match asked {
        Some(Request { id, verb, .. }) if verb == ENTER => Ok(id),
        _ => Err(Error::new(Code::BadRequest, "a phone enters first")),
    }
}

/// The answer to it. `pass`: for the next time, when this one does not work again.
pub fn entered(id: u64, pass: Option<&str>, owner: &Me, ends: Ends) -> Reply {
    let mut answer = until(ends);
    answer["pass"] = json!(pass);
    answer["name"] = json!(owner.name);
    Reply::to(id, Ok(answer))
}

/// Until when the door is open, and what time it is here: a phone's clock may show another.
fn until(ends: Ends) -> Value {
    json!({ "until": ends.wall, "now": Time::now() })
}

/// Puts an answer on its way.
///
/// # Errors
/// `peer_unreachable` when the phone is gone.
pub async fn say(channel: &mut Channel, reply: &Reply) -> Result<()> {
    channel.say(&serde_json::to_string(reply).map_err(|error| Error::new(Code::Internal, error.to_string()))?).await
}

impl Visit {
    /// `tasks`: where the work for it runs.
    pub fn new(desk: Arc<Desk>, tasks: TaskTracker) -> Self {
        let (replies, ready) = mpsc::channel(ASKED);
        let gone = CancellationToken::new();
        Self {
            desk,
            tasks,
            asked: Arc::new(Semaphore::new(ASKED)),
            under_way: Arc::new(Semaphore::new(UNDER_WAY)),
            replies,
            ready,
            files: HashMap::new(),
            kept: Arc::default(),
            _gone: gone.clone().drop_guard(),
            gone,
        }
    }

    /// Serves until the phone goes; why it went. `settled` is called with the first word after its entering.
    pub async fn serve(&mut self, channel: &mut Channel, news: &mut News, owner: &Me, settled: impl FnOnce()) -> Error {
        let mut settled = Some(settled);
        let mut clock = tokio::time::interval(PING);
        let mut heard = Instant::now();
        loop {
            let done = tokio::select! {
                frame = channel.next() => {
                    heard = Instant::now();
                    match frame {
                        Ok(Frame::Alive) => Ok(()),
                        Ok(frame) => {
                            if let Some(settled) = settled.take() {
                                settled();
                            }
                            self.take(frame).await
                        }
                        Err(error) => Err(error),
                    }
                }
                Some(ready) = self.ready.recv() => say(channel, &ready.reply).await,
                change = news.changes.next() => match change {
                    Some(change) if scope::tells(&change, &owner.person) => say(channel, &Reply::change(change)).await,
                    Some(_) => Ok(()),
                    None => Err(Error::new(Code::NoNode, "the node stops")),
                },
                Ok(()) = news.ends.changed() => {
                    let ends = *news.ends.borrow_and_update();
                    channel.say(&until(ends).to_string()).await
                }
                _ = clock.tick() => match heard.elapsed() > QUIET {
                    true => Err(Error::new(Code::PeerUnreachable, "the phone said nothing for a minute")),
                    false => channel.ping().await,
                },
            };
            if let Err(error) = done {
                return error;
            }
        }
    }

    /// Takes away what the phone sent and did not use.
    pub async fn leave(self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        for file in kept {
            self.desk.let_go(&file).await;
        }
    }

    async fn take(&mut self, frame: Frame) -> Result<()> {
        match frame {
            Frame::Alive => Ok(()),
            Frame::Part(id, bytes) => {
                self.part(id, bytes).await;
                Ok(())
            }
            Frame::Text(text) => {
                let request: Request = serde_json::from_str(&text)
                    .map_err(|error| Error::new(Code::BadRequest, format!("not a request: {error}")))?;
                self.asked(request)
            }
        }
    }

    /// Starts the work. It never waits here, or answers that are ready could not leave.
    fn asked(&mut self, Request { id, verb, args, upload }: Request) -> Result<()> {
        let Ok(asked) = self.asked.clone().try_acquire_owned() else {
            return Err(Error::new(Code::TooMany, "a phone waits for its answers"));
        };
        let file = upload.map(|upload| self.begin(id, upload));
        let (desk, replies, gone, under_way) =
            (self.desk.clone(), self.replies.clone(), self.gone.clone(), self.under_way.clone());
        let kept = self.kept.clone();
        self.tasks.spawn(async move {
            let (answer, under_way) = match file {
                // it ends with its parts, which end with the visit
                Some(Ok(file)) => {
                    let came = desk.keep(file).await;
                    if let Ok(file) = &came {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).push(file.clone());
                    }
                    (came.map(|file| desk.told(&file)), None)
                }
                Some(Err(error)) => (Err(error), None),
                None => {
                    let place = tokio::select! {
                        biased;
                        () = gone.cancelled() => return,
                        place = under_way.acquire_owned() => place,
                    };
                    (desk.answer(verb, args, &gone).await, place.ok())
                }
            };
            // The phone may be gone.
            let _ = replies.send(Ready { reply: Reply::to(id, answer), _asked: asked, _under_way: under_way }).await;
        });
        Ok(())
    }

    fn begin(&mut self, id: u64, Upload { name, size }: Upload) -> Result<Coming> {
        let id = u32::try_from(id).map_err(|_| Error::new(Code::BadRequest, "an upload's id has 32 bits"))?;
        self.desk.make_room(size)?;
        self.files.retain(|_, parts| !parts.is_closed());
        let (parts, coming) = mpsc::channel(PARTS);
        self.files.insert(id, parts);
        Ok(Coming { name, size, parts: coming })
    }

    /// A part of a file that nobody waits for any more, as one that was refused, is dropped.
    async fn part(&mut self, id: u32, bytes: Bytes) {
        if let Some(parts) = self.files.get(&id)
            && parts.send(bytes).await.is_err()
        {
            self.files.remove(&id);
        }
    }
}
