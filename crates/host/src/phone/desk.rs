//! What the phones at one door share: the work that is done for them, and the room for their files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use futures::Stream;
use serde_json::{Value, json};
use stoa_core::Stoa;
use stoa_core::api::{Answer, Code, Command, Error, Me, MeShow, PersonaPhoto, Result};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::scope;
use crate::page::upload;
use crate::reply::run;

/// Requests at work at once, of all phones.
const AT_WORK: usize = 4;
/// Bytes of files that wait to be read, and what the smallest counts for.
const ROOM: u64 = 512 * 1024 * 1024;
const LEAST: u64 = 8 * 1024 * 1024;

pub struct Desk {
    stoa: Stoa,
    /// This door's own folder; gone with it.
    uploads: PathBuf,
    /// In bytes.
    left: AtomicU64,
    at_work: Semaphore,
}

/// A file under way.
pub struct Coming {
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub parts: mpsc::Receiver<Bytes>,
}

impl Desk {
    pub fn new(stoa: Stoa, uploads: PathBuf) -> Self {
        Self { stoa, uploads, left: AtomicU64::new(ROOM), at_work: Semaphore::new(AT_WORK) }
    }

    pub fn stoa(&self) -> &Stoa {
        &self.stoa
    }

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

    /// Runs a verb that a phone may ask, when its turn comes and unless the phone is gone by then.
    ///
    /// # Errors
    /// `refused` for every other verb; those of the verb.
    pub async fn answer(&self, verb: String, args: Value, gone: &CancellationToken) -> Result<Value> {
        let args = if args.is_null() { json!({}) } else { args };
        let command = serde_json::from_value(json!({ "verb": verb, "args": args }))
            .map_err(|error| Error::new(Code::BadRequest, format!("not a command: {error}")))?;
        let command = scope::admit(command, &self.uploads)?;
        let _turn = tokio::select! {
            biased;
            () = gone.cancelled() => return Err(Error::new(Code::PeerUnreachable, "the phone is gone")),
            turn = self.at_work.acquire() => turn,
        };
        let Command::PersonaPhoto(PersonaPhoto { path, .. }) = &command else { return run(&self.stoa, command).await };
        let file = PathBuf::from(path);
        let answer = run(&self.stoa, command).await;
        self.let_go(&file).await;
        // the words of such an error name the path, which is none of a phone's business
        let unnamed = |error: Error| match error.code {
            Code::FileUnreadable => Error::new(error.code, "the photo is not here any more; choose it again"),
            _ => error,
        };
        answer.map_err(unnamed)
    }

    /// Takes room for a file of so many bytes.
    ///
    /// # Errors
    /// `too_large` past 64 MiB; `too_many` when too many files wait to be read.
    pub fn make_room(&self, size: u64) -> Result<()> {
        if size > upload::CAP {
            return Err(Error::new(Code::TooLarge, format!("a file holds at most {} MiB", upload::CAP / 1024 / 1024)));
        }
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(size.max(LEAST)));
        taken.map(drop).map_err(|_| Error::new(Code::TooMany, "too many photos wait to be used"))
    }

    /// Keeps a file for which there is room, as it comes.
    ///
    /// # Errors
    /// `bad_request` when it ends early, goes on or is empty; `disk_full`.
    pub async fn keep(&self, Coming { name, size, parts }: Coming) -> Result<PathBuf> {
        let kept = upload::take(&self.uploads, &name, Body::from_stream(exactly(size, parts))).await;
        if kept.is_err() {
            self.left.fetch_add(size.max(LEAST), Ordering::Relaxed);
        }
        kept
    }

    /// As a phone is told of it: from this door's files on, since where they lie on this machine is none of its business.
    pub fn told(&self, file: &Path) -> Value {
        json!({ "path": file.strip_prefix(&self.uploads).unwrap_or(file).to_string_lossy() })
    }

    /// Takes a file away, if it is still there, and gives back its room: a photo is read once.
    pub async fn let_go(&self, file: &Path) {
        let size = tokio::fs::metadata(file).await.map_or(0, |data| data.len());
        // of two that read the same one, one takes it away
        if tokio::fs::remove_file(file).await.is_ok() {
            self.left.fetch_add(size.max(LEAST), Ordering::Relaxed);
        }
        if let Some(folder) = file.parent() {
            let _ = tokio::fs::remove_dir(folder).await;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn what_waits_for_its_turn_is_not_begun_for_a_phone_that_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let running = super::super::tests::node(dir.path()).await;
        let desk = Desk::new(running.stoa().clone(), dir.path().to_owned());
        let ask = async |gone: &CancellationToken| {
            let busy = desk.at_work.acquire_many(u32::try_from(AT_WORK).unwrap()).await.unwrap();
            let leave = async {
                tokio::task::yield_now().await;
                drop(busy);
            };
            let show = desk.answer("persona.show".to_owned(), json!({ "contact": null }), gone);
            futures::join!(show, leave).0.map(drop).map_err(|error| error.code)
        };
        let (there, gone) = (CancellationToken::new(), CancellationToken::new());
        gone.cancel();
        assert_eq!((ask(&there).await, ask(&gone).await), (Ok(()), Err(Code::PeerUnreachable)));
        running.stop().await;
    }
}
