//! The asker's half of a transfer.

use std::time::{Duration, Instant};

use futures::{AsyncReadExt, StreamExt};
use iroh_blobs::{
    HashAndFormat,
    api::remote::GetProgressItem,
    get::{
        GetError, StreamPair,
        fsm::{AtBlobHeaderNextError, DecodeError},
    },
    protocol::GetRequest,
};
use tokio::sync::watch;

use super::{
    Blobs, GRANT_CAP, LARGEST,
    stream::{Incoming, Outgoing, Verdict},
};
use crate::{DeviceId, Error, Hash, Protocol, lock};

/// Progress is told at most this often.
const TELL: Duration = Duration::from_millis(100);
/// Unfinished fetches of which is remembered how much came; of others it is asked for again.
const UNFINISHED: usize = 1024;

/// What to fetch from whom.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The holder, connected.
    pub from: DeviceId,
    /// What the blob belongs to, as the holder knows it.
    pub scope: [u8; 32],
    /// What the holder is shown, at most [`crate::GRANT_CAP`] bytes.
    pub grant: Vec<u8>,
    /// The blob.
    pub hash: Hash,
    /// The promised size in bytes; a holder that claims more is refused.
    pub size: u64,
    /// The name that keeps the blob from before the first byte.
    pub name: String,
}

impl Blobs {
    /// Fetches what is missing of a blob from one holder, verified 16 KiB by 16 KiB. Dropped or failed, it keeps what
    /// came, and the next fetch asks for the rest. `progress` tells the bytes here so far, at most every 100 ms and at
    /// the end. The name stays also after a failure.
    ///
    /// Errors: [`Error::NotConnected`], [`Error::Refused`], [`Error::NotHeld`], [`Error::TooLarge`],
    /// [`Error::Corrupt`], [`Error::Busy`], [`Error::TimedOut`] when nothing comes for 30 s, [`Error::Lost`],
    /// [`Error::Store`].
    pub async fn fetch(&self, fetch: Fetch, progress: watch::Sender<u64>) -> Result<(), Error> {
        self.get(fetch, progress, false).await
    }

    /// As [`Blobs::fetch`], but bytes that came otherwise than under this name are asked for again: who names a blob that this
    /// side holds learns nothing of it, and what the name keeps afterwards, its holders had. The name comes with the last
    /// byte. What came before this process started is asked for again too.
    ///
    /// Errors: as [`Blobs::fetch`].
    pub async fn fetch_apart(&self, fetch: Fetch, progress: watch::Sender<u64>) -> Result<(), Error> {
        self.get(fetch, progress, true).await
    }

    async fn get(&self, fetch: Fetch, progress: watch::Sender<u64>, apart: bool) -> Result<(), Error> {
        if fetch.grant.len() > GRANT_CAP || fetch.size > LARGEST {
            return Err(Error::TooLarge);
        }
        let blob = HashAndFormat::raw(fetch.hash.0.into());
        self.room_for(fetch.size)?;
        let apart = apart && !self.keeps(&fetch.name, blob).await?;
        self.keep(&if apart { part(&fetch.name) } else { fetch.name.clone() }, blob).await?;
        let local = self.shelf.get().remote().local(blob).await.map_err(Error::store)?;
        let ours = !apart || local.local_bytes() <= self.came(&fetch.name, blob);
        let before = if ours { local.local_bytes() } else { 0 };
        progress.send_replace(before);
        if local.is_complete() && ours {
            return self.whole(&fetch.name, blob, apart).await;
        }
        let missing = if ours { local.missing() } else { GetRequest::blob(blob.hash) };

        let (stream, _hold) = self.links.open(fetch.from, Protocol::Blob).await?;
        let (from, to) = stream.split();
        let mut to = Outgoing::new(to);
        to.write(&preface(&fetch)).await?;
        let verdict = Verdict::default();
        let from = Incoming::new(from, fetch.size, verdict.clone());
        let pair = StreamPair::new(0, from, to);

        let received = {
            let store = self.shelf.get();
            let steps = store.remote().execute_get(pair, missing).stream();
            let mut steps = std::pin::pin!(steps);
            let mut told = Instant::now();
            loop {
                match steps.next().await {
                    Some(GetProgressItem::Progress(bytes)) => {
                        if apart {
                            self.note(&fetch.name, blob, before + bytes);
                        }
                        if told.elapsed() >= TELL {
                            told = Instant::now();
                            progress.send_replace(before + bytes);
                        }
                    }
                    Some(GetProgressItem::Done(stats)) => {
                        break Ok(before + stats.counters.payload_bytes_read);
                    }
                    Some(GetProgressItem::Error(cause)) => break Err(error(&cause)),
                    None => break Err(Error::Lost("the transfer ended without a result".into())),
                }
            }
        };
        match received {
            Ok(bytes) => {
                self.whole(&fetch.name, blob, apart).await?;
                progress.send_replace(bytes);
                Ok(())
            }
            Err(cause) => Err(verdict.into_error().unwrap_or(cause)),
        }
    }

    async fn keep(&self, name: &str, blob: HashAndFormat) -> Result<(), Error> {
        self.shelf.get().tags().set(name, blob).await.map_err(Error::store)
    }

    async fn keeps(&self, name: &str, blob: HashAndFormat) -> Result<bool, Error> {
        let kept = self.shelf.get().tags().get(name).await.map_err(Error::store)?;
        Ok(kept.is_some_and(|kept| kept.hash == blob.hash))
    }

    /// All of it is here; one that was fetched apart gets its name.
    async fn whole(&self, name: &str, blob: HashAndFormat, apart: bool) -> Result<(), Error> {
        if apart {
            self.keep(name, blob).await?;
            self.shelf.get().tags().delete(part(name)).await.map_err(Error::store)?;
            lock(&self.came).remove(name);
        }
        self.durable().await
    }

    /// Bytes that came under the name, verified.
    fn came(&self, name: &str, blob: HashAndFormat) -> u64 {
        lock(&self.came).get(name).map_or(0, |(of, bytes)| if *of == Hash(*blob.hash.as_bytes()) { *bytes } else { 0 })
    }

    fn note(&self, name: &str, blob: HashAndFormat, bytes: u64) {
        let mut came = lock(&self.came);
        if came.len() >= UNFINISHED && !came.contains_key(name) {
            came.clear();
        }
        came.insert(name.to_owned(), (Hash(*blob.hash.as_bytes()), bytes));
    }
}

/// The name that keeps what came so far of a blob that is fetched apart.
pub(super) fn part(name: &str) -> String {
    format!("{name}{PART}")
}

/// The name that this one keeps a part for, or itself.
pub(super) fn whole(name: &str) -> &str {
    name.strip_suffix(PART).unwrap_or(name)
}

const PART: &str = "#part";

fn preface(fetch: &Fetch) -> Vec<u8> {
    let mut preface = Vec::with_capacity(34 + fetch.grant.len());
    preface.extend_from_slice(&fetch.scope);
    let len = u16::try_from(fetch.grant.len()).unwrap_or_default();
    preface.extend_from_slice(&len.to_be_bytes());
    preface.extend_from_slice(&fetch.grant);
    preface
}

fn error(cause: &GetError) -> Error {
    if let Some(cause) = cause.remote_read().or(cause.remote_write()) {
        return match cause.kind() {
            std::io::ErrorKind::TimedOut => Error::TimedOut,
            _ => Error::Lost(cause.to_string()),
        };
    }
    match cause {
        GetError::Decode { source, .. } => match source {
            DecodeError::ParentHashMismatch { .. } | DecodeError::LeafHashMismatch { .. } => Error::Corrupt,
            DecodeError::ChunkNotFound { .. } | DecodeError::ParentNotFound { .. } | DecodeError::LeafNotFound { .. } => {
                Error::Lost("the holder stopped sending".into())
            }
            _ => Error::store(cause),
        },
        GetError::AtBlobHeaderNext { source: AtBlobHeaderNextError::NotFound { .. }, .. } => {
            Error::Lost("the holder sent nothing".into())
        }
        _ => Error::store(cause),
    }
}
