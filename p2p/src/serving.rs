//! Serves blobs: each request is read, counted, asked about, and can be cut by its scope.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use libp2p::Stream;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    DeviceId,
    blobs::{self, Shelf, Unserved},
    lock,
    mayserve::Asker,
    protocol::{Status, write_status},
};

/// Transfers to others at once, and to one device; more wait, then are told to come back.
const TRANSFERS: usize = 32;
const TRANSFERS_EACH: usize = 16;
const QUEUE: Duration = Duration::from_secs(10);
/// Until the preface and the request are read.
const READ: Duration = Duration::from_secs(15);
const REFUSE: Duration = Duration::from_secs(5);

pub(crate) struct Serving {
    shelf: Shelf,
    asker: Asker,
    transfers: Semaphore,
    devices: Mutex<HashMap<DeviceId, Used<Semaphore>>>,
    scopes: Mutex<HashMap<[u8; 32], Used<CancellationToken>>>,
}

/// Something shared by those who use it, forgotten with the last.
struct Used<T> {
    what: Arc<T>,
    users: usize,
}

/// One use of an entry.
struct Use<'a, K: std::hash::Hash + Eq + Copy, T> {
    table: &'a Mutex<HashMap<K, Used<T>>>,
    key: K,
    what: Arc<T>,
}

impl<'a, K: std::hash::Hash + Eq + Copy, T> Use<'a, K, T> {
    fn of(table: &'a Mutex<HashMap<K, Used<T>>>, key: K, make: impl FnOnce() -> T) -> Self {
        let mut entries = lock(table);
        let entry = entries.entry(key).or_insert_with(|| Used { what: Arc::new(make()), users: 0 });
        entry.users += 1;
        let what = entry.what.clone();
        drop(entries);
        Self { table, key, what }
    }
}

impl<K: std::hash::Hash + Eq + Copy, T> Drop for Use<'_, K, T> {
    fn drop(&mut self) {
        let mut entries = lock(self.table);
        // A cut scope has a new entry, which is not this one's to count.
        if let Some(entry) = entries.get_mut(&self.key)
            && Arc::ptr_eq(&entry.what, &self.what)
        {
            entry.users -= 1;
            if entry.users == 0 {
                entries.remove(&self.key);
            }
        }
    }
}

impl Serving {
    pub(crate) fn new(shelf: Shelf, asker: Asker) -> Self {
        Self { shelf, asker, transfers: Semaphore::new(TRANSFERS), devices: Mutex::default(), scopes: Mutex::default() }
    }

    pub(crate) fn cut(&self, scope: [u8; 32]) {
        if let Some(used) = lock(&self.scopes).remove(&scope) {
            used.what.cancel();
        }
    }

    /// Serves the one request of a stream, until its door closes.
    pub(crate) async fn serve(&self, device: DeviceId, stream: Stream, door: CancellationToken) {
        tokio::select! {
            biased;
            () = door.cancelled() => {}
            () = self.answer(device, stream) => {}
        }
    }

    async fn answer(&self, device: DeviceId, mut stream: Stream) {
        let asked = match timeout(READ, blobs::read(&mut stream)).await {
            Ok(Ok(asked)) => asked,
            Ok(Err(status)) => return say(stream, status).await,
            Err(_) => return say(stream, Status::Malformed).await,
        };
        // Entered before the owner is asked: a cut while it thinks counts.
        let scope = Use::of(&self.scopes, asked.scope, CancellationToken::new);
        tokio::select! {
            biased;
            () = scope.what.cancelled() => {}
            () = self.transfer(device, asked, stream) => {}
        }
    }

    async fn transfer(&self, device: DeviceId, asked: blobs::Asked, stream: Stream) {
        let own = Use::of(&self.devices, device, || Semaphore::new(TRANSFERS_EACH));
        let slots = async { (own.what.acquire().await, self.transfers.acquire().await) };
        let Ok((Ok(_own), Ok(_all))) = timeout(QUEUE, slots).await else {
            return say(stream, Status::Busy).await;
        };
        let grant = asked.grant.clone();
        if !self.asker.may(device, asked.scope, asked.hash, grant).await {
            return say(stream, Status::Refused).await;
        }
        let hash = asked.hash;
        match blobs::transfer(&self.shelf.get(), asked, stream).await {
            Ok(()) => {}
            Err(Unserved::Status(status, stream)) => say(stream, status).await,
            Err(Unserved::Broken(cause)) => {
                tracing::debug!(%device, %hash, cause, "transfer ended early");
            }
        }
    }
}

async fn say(mut stream: Stream, status: Status) {
    // A peer that does not read its refusal is no loss.
    let _ = timeout(REFUSE, write_status(&mut stream, status)).await;
}
