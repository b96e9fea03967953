//! The open store, and another in its place when it gave up.
//!
//! iroh-blobs' metadata actor ends for good at a write that fails, as on a full disk. What it had answered before is
//! durable, so the store is closed and opened again until that works.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use iroh_blobs::store::{GcConfig, fs};

use crate::Error;

pub(crate) type Store = fs::FsStore;

/// How often the store is looked after.
const TEND: Duration = Duration::from_secs(3);
/// How long a store that gave up may take to close.
const CLOSE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct Shelf(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    collect: Duration,
    store: RwLock<Store>,
}

impl Shelf {
    /// Opens the store in `folder`; what no name keeps is removed every `collect`.
    pub(crate) async fn open(folder: &Path, collect: Duration) -> Result<Self, Error> {
        let store = RwLock::new(load(folder, collect).await?);
        Ok(Self(Arc::new(Inner { folder: folder.into(), collect, store })))
    }

    pub(crate) fn get(&self) -> Store {
        self.0.store.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Looks after the store, for as long as it is polled.
    pub(crate) async fn tend(self) {
        loop {
            tokio::time::sleep(TEND).await;
            if self.get().sync_db().await.is_err() {
                match self.reopen().await {
                    Ok(()) => tracing::warn!("the blob store gave up and was opened again"),
                    Err(cause) => tracing::warn!(%cause, "the blob store gave up and cannot be opened yet"),
                }
            }
        }
    }

    async fn reopen(&self) -> Result<(), Error> {
        // it may say that it is gone already
        let _ = tokio::time::timeout(CLOSE, self.get().shutdown()).await;
        let store = load(&self.0.folder, self.0.collect).await?;
        *self.0.store.write().unwrap_or_else(PoisonError::into_inner) = store;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Err(cause) = self.get().shutdown().await {
            tracing::warn!(%cause, "the blob store did not close cleanly");
        }
    }
}

async fn load(folder: &Path, collect: Duration) -> Result<Store, Error> {
    tokio::fs::create_dir_all(folder).await.map_err(Error::store)?;
    let mut options = fs::options::Options::new(folder);
    options.gc = Some(GcConfig { interval: collect, add_protected: None });
    Store::load_with_opts(folder.join("blobs.db"), options).await.map_err(Error::store)
}
