//! A phone that came in: what it asks is answered, what changes is told, until it goes or the door closes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use futures::Stream;
use serde::Deserialize;
use serde_json::{Value, json};
use stoa_core::api::{Answer, Code, Command, Error, Me, MeShow, Result, Time};
use stoa_core::{Changes, Stoa};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::channel::{Channel, Frame};
use super::scope;
use crate::page::upload;
use crate::reply::{Reply, run};

/// The first thing a phone asks.
const ENTER: &str = "phone.enter";
/// Requests of one phone at work at once, and those that wait for it: as many drawings as a page may ask for at a time.
const AT_WORK: usize = 8;
const ASKED: usize = 256;
/// Files of one opening of the door: photos that are tried, and each is read at once.
pub const UPLOADS: u32 = 64;
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

/// What every phone at one door shares.
pub struct Desk {
    pub stoa: Stoa,
    pub uploads: Arc<Path>,
    /// Files that may still come.
    pub left: AtomicU32,
}

/// A file under way.
struct Coming {
    name: String,
    /// In bytes.
    size: u64,
    parts: mpsc::Receiver<Bytes>,
}

/// One phone at it.
struct Visit {
    desk: Arc<Desk>,
    asked: Arc<Semaphore>,
    at_work: Arc<Semaphore>,
    /// Each with its place among those asked, so that there is always room for it.
    replies: mpsc::Sender<(Reply, OwnedSemaphorePermit)>,
    /// Files under way, by id.
    files: HashMap<u32, mpsc::Sender<Bytes>>,
}

impl Desk {
    /// The owner.
    ///
    /// # Errors
    /// Those of `me.show`.
    pub async fn owner(&self) -> Result<Me> {
        match self.stoa.invoke(Command::MeShow(MeShow {})).await? {
            Answer::MeShow(me) => Ok(me),
            _ => Err(Error::new(Code::Internal, "me.show answered something else")),
        }
    }

    async fn answer(&self, verb: String, args: Value) -> Result<Value> {
        let args = if args.is_null() { json!({}) } else { args };
        let command = serde_json::from_value(json!({ "verb": verb, "args": args }))
            .map_err(|error| Error::new(Code::BadRequest, format!("not a command: {error}")))?;
        run(&self.stoa, scope::admit(command, &self.uploads)?).await
    }

    async fn keep(&self, Coming { name, size, parts }: Coming) -> Result<Value> {
        let path = upload::take(&self.uploads, &name, Body::from_stream(exactly(size, parts))).await?;
        // from the uploads on: where they lie on this machine is none of a phone's business
        let path = path.strip_prefix(&self.uploads).unwrap_or(&path);
        Ok(json!({ "path": path.to_string_lossy() }))
    }
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
pub fn entered(id: u64, pass: Option<&str>, owner: &Me, until: Time) -> Reply {
    Reply::to(id, Ok(json!({ "pass": pass, "name": owner.name, "until": until })))
}

/// Serves until the phone goes; why it went.
pub async fn serve(channel: &mut Channel, desk: Arc<Desk>, mut changes: Changes, owner: &Me) -> Error {
    let (replies, mut ready) = mpsc::channel(ASKED);
    let (asked, at_work) = (Arc::new(Semaphore::new(ASKED)), Arc::new(Semaphore::new(AT_WORK)));
    let mut visit = Visit { desk, asked, at_work, replies, files: HashMap::new() };
    let mut clock = tokio::time::interval(PING);
    let mut heard = Instant::now();
    loop {
        let done = tokio::select! {
            frame = channel.next() => {
                heard = Instant::now();
                match frame {
                    Ok(frame) => visit.take(frame).await,
                    Err(error) => Err(error),
                }
            }
            Some((reply, _place)) = ready.recv() => say(channel, &reply).await,
            change = changes.next() => match change {
                Some(change) if scope::tells(&change, &owner.person) => say(channel, &Reply::change(change)).await,
                Some(_) => Ok(()),
                None => Err(Error::new(Code::NoNode, "the node stops")),
            },
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

/// Puts an answer on its way.
///
/// # Errors
/// `peer_unreachable` when the phone is gone.
pub async fn say(channel: &mut Channel, reply: &Reply) -> Result<()> {
    let text = serde_json::to_string(reply).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    channel.say(&text).await
}

impl Visit {
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
        let Ok(place) = self.asked.clone().try_acquire_owned() else {
            return Err(Error::new(Code::TooMany, "a phone waits for its answers"));
        };
        let file = upload.map(|upload| self.begin(id, upload));
        let (desk, at_work, replies) = (self.desk.clone(), self.at_work.clone(), self.replies.clone());
        tokio::spawn(async move {
            let answer = match file {
                Some(Ok(file)) => desk.keep(file).await,
                Some(Err(error)) => Err(error),
                None => {
                    let _room = at_work.acquire().await;
                    desk.answer(verb, args).await
                }
            };
            // The phone may be gone.
            let _ = replies.send((Reply::to(id, answer), place)).await;
        });
        Ok(())
    }

    fn begin(&mut self, id: u64, Upload { name, size }: Upload) -> Result<Coming> {
        let id = u32::try_from(id).map_err(|_| Error::new(Code::BadRequest, "an upload's id has 32 bits"))?;
        if size > upload::CAP {
            return Err(Error::new(Code::TooLarge, format!("a file holds at most {} MiB", upload::CAP / 1024 / 1024)));
        }
        let one_less = |left: u32| left.checked_sub(1);
        if self.desk.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_err() {
            return Err(Error::new(Code::TooMany, "enough photos for one code; show another on the computer"));
        }
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

/// The bytes of a file; an error where they end early or go on.
fn exactly(size: u64, parts: mpsc::Receiver<Bytes>) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures::stream::unfold((parts, size), async |(mut parts, left)| {
        if left == 0 {
            return None;
        }
        let part = parts.recv().await;
        match part.and_then(|part| Some((left.checked_sub(part.len() as u64)?, part))) {
            Some((left, part)) => Some((Ok(part), (parts, left))),
            None => Some((Err(std::io::ErrorKind::UnexpectedEof.into()), (parts, 0))),
        }
    })
}
