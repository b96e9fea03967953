//! Blobs: bytes named by their BLAKE3 hash, kept while a name keeps them.
//!
//! iroh-blobs does the storing, the verified streaming and the resuming; its types stay in this
//! folder. A transfer takes one stream: the asker writes a preface (`scope: [u8; 32], grant length:
//! u16 big endian, grant`) and then one iroh-blobs get request, and closes its side; the holder
//! answers a status byte and then iroh-blobs' stream of size, hashes and bytes. Only requests for
//! ranges of one blob are served. Read as a sequence of hashes, a permitted blob would open others.

mod fetch;
mod serve;
mod shelf;
mod stream;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use iroh_blobs::{
    BlobFormat, HashAndFormat,
    api::blobs::{AddPathOptions, AddProgressItem, BlobStatus, ExportMode, ExportOptions, ImportMode},
};

pub use fetch::Fetch;
pub(crate) use serve::{Asked, Unserved, read, transfer};
pub(crate) use shelf::Shelf;

use crate::{Error, Hash, links::Links, lock, serving::Serving};

/// The most bytes of a grant.
pub const GRANT_CAP: usize = 4 * 1024;
/// A blob larger than this (256 TiB) is nobody's.
const LARGEST: u64 = 1 << 48;
/// Room that is left for the store's own records and for what moves at the same time, in bytes.
const SPARE: u64 = 8 << 20;
/// How often blobs that no name keeps are removed.
const COLLECT: Duration = Duration::from_secs(300);

pub(crate) async fn open(folder: &Path) -> Result<Shelf, Error> {
    Shelf::open(folder, COLLECT).await
}

/// How much of a blob is here, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Have {
    /// Nothing.
    Nothing,
    /// Verified bytes of an unfinished fetch.
    Part(u64),
    /// All of it.
    Whole(u64),
}

/// The blob store of a node, and transfers from and to it.
#[derive(Clone)]
pub struct Blobs {
    shelf: Shelf,
    links: Arc<Links>,
    serving: Arc<Serving>,
    /// What came of blobs that are being fetched apart, by their names.
    came: Arc<Mutex<HashMap<String, (Hash, u64)>>>,
}

impl Blobs {
    pub(crate) fn new(shelf: Shelf, links: Arc<Links>, serving: Arc<Serving>) -> Self {
        Self { shelf, links, serving, came: Arc::default() }
    }

    /// The store gives up at a write that finds no room, so nothing is begun that might not fit.
    fn room_for(&self, bytes: u64) -> Result<(), Error> {
        let disk = rustix::fs::statvfs(self.shelf.folder()).map_err(Error::store)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < bytes.saturating_add(SPARE) { Err(Error::Full) } else { Ok(()) }
    }

    /// Copies a regular file in (a reflink where the file system can) and keeps it under `name`, which keeps nothing
    /// else any more. Answers its hash and size in bytes.
    ///
    /// Errors: [`Error::Store`].
    pub async fn add_path(&self, path: &Path, name: &str) -> Result<(Hash, u64), Error> {
        let path = std::path::absolute(path).map_err(Error::store)?;
        self.room_for(std::fs::metadata(&path).map_err(Error::store)?.len())?;
        let store = self.shelf.get();
        let add = store.blobs().add_path_with_opts(AddPathOptions { path, mode: ImportMode::Copy, format: BlobFormat::Raw });
        let mut steps = std::pin::pin!(add.stream().await);
        let mut size = 0;
        while let Some(step) = steps.next().await {
            match step {
                AddProgressItem::Size(bytes) => size = bytes,
                AddProgressItem::Done(tag) => {
                    let kept = self.shelf.get().tags().set(name, tag.hash_and_format()).await;
                    kept.map_err(Error::store)?;
                    self.durable().await?;
                    return Ok((Hash(*tag.hash().as_bytes()), size));
                }
                AddProgressItem::Error(cause) => return Err(Error::store(cause)),
                _ => {}
            }
        }
        Err(Error::Store("the import ended without a result".into()))
    }

    /// Keeps bytes under `name`, which keeps nothing else any more.
    ///
    /// Errors: [`Error::Store`].
    pub async fn add_bytes(&self, bytes: Vec<u8>, name: &str) -> Result<Hash, Error> {
        self.room_for(bytes.len() as u64)?;
        let kept = self.shelf.get().blobs().add_bytes(bytes).with_named_tag(name).await;
        let hash = Hash(*kept.map_err(Error::store)?.hash.as_bytes());
        self.durable().await?;
        Ok(hash)
    }

    /// How much of the blob is here.
    ///
    /// Errors: [`Error::Store`].
    pub async fn have(&self, hash: Hash) -> Result<Have, Error> {
        match self.status(hash).await? {
            BlobStatus::Complete { size } => Ok(Have::Whole(size)),
            BlobStatus::NotFound => Ok(Have::Nothing),
            BlobStatus::Partial { .. } => {
                let local = self.shelf.get().remote().local(HashAndFormat::raw(hash.0.into())).await;
                match local.map_err(Error::store)?.local_bytes() {
                    0 => Ok(Have::Nothing),
                    bytes => Ok(Have::Part(bytes)),
                }
            }
        }
    }

    /// The whole blob, at most `cap` bytes.
    ///
    /// Errors: [`Error::NotHeld`] unless all of it is here, [`Error::TooLarge`], [`Error::Store`].
    pub async fn read(&self, hash: Hash, cap: u64) -> Result<Vec<u8>, Error> {
        match self.status(hash).await? {
            BlobStatus::Complete { size } if size > cap => Err(Error::TooLarge),
            BlobStatus::Complete { .. } => {
                let bytes = self.shelf.get().blobs().get_bytes(hash.0).await;
                Ok(bytes.map_err(Error::store)?.into())
            }
            _ => Err(Error::NotHeld),
        }
    }

    /// Writes the whole blob to a new file (a reflink where the file system can). The folder is made when missing.
    ///
    /// Errors: [`Error::Exists`] when anything is at `to`, [`Error::NotHeld`], [`Error::Store`].
    pub async fn export(&self, hash: Hash, to: &Path) -> Result<(), Error> {
        let to = std::path::absolute(to).map_err(Error::store)?;
        if tokio::fs::symlink_metadata(&to).await.is_ok() {
            return Err(Error::Exists);
        }
        let BlobStatus::Complete { .. } = self.status(hash).await? else {
            return Err(Error::NotHeld);
        };
        // The store's export overwrites, so it writes beside the place and the finished file is moved there.
        let name = to.file_name().ok_or(Error::Exists)?.to_string_lossy().into_owned();
        let part = to.with_file_name(format!(".{:.40}.{:016x}.part", name, rand::random::<u64>()));
        let options = ExportOptions { hash: hash.0.into(), target: part.clone(), mode: ExportMode::Copy };
        let exported = self.shelf.get().blobs().export_with_opts(options).finish().await;
        let moved = match exported {
            Ok(_) => move_new(&part, &to).await,
            Err(cause) => Err(Error::store(cause)),
        };
        // Gone already where the move was a rename.
        let _ = tokio::fs::remove_file(&part).await;
        moved
    }

    /// Every name that begins with `start`; of blobs of which only a part is here too.
    ///
    /// Errors: [`Error::Store`].
    pub async fn names(&self, start: &str) -> Result<HashSet<String>, Error> {
        let listed = self.shelf.get().tags().list_prefix(start).await.map_err(Error::store)?;
        let mut listed = std::pin::pin!(listed);
        let mut names = HashSet::new();
        while let Some(tag) = listed.next().await {
            let name = String::from_utf8_lossy(tag.map_err(Error::store)?.name.as_ref()).into_owned();
            names.insert(fetch::whole(&name).to_owned());
        }
        Ok(names)
    }

    /// Takes the name away. What no name keeps is removed within minutes.
    ///
    /// Errors: [`Error::Store`].
    pub async fn drop_name(&self, name: &str) -> Result<(), Error> {
        self.room_for(0)?;
        lock(&self.came).remove(name);
        for name in [name, &fetch::part(name)] {
            self.shelf.get().tags().delete(name).await.map_err(Error::store)?;
        }
        Ok(())
    }

    /// Ends every transfer to others that runs under the scope, those still being asked about included.
    pub fn cut(&self, scope: [u8; 32]) {
        self.serving.cut(scope);
    }

    /// The store commits its metadata in batches, after it answered: waits until what it answered survives a kill.
    pub(crate) async fn durable(&self) -> Result<(), Error> {
        self.shelf.get().sync_db().await.map_err(Error::store)
    }

    async fn status(&self, hash: Hash) -> Result<BlobStatus, Error> {
        self.shelf.get().blobs().status(hash.0).await.map_err(Error::store)
    }

    pub(crate) async fn close(&self) {
        self.links.clear();
        self.shelf.close().await;
    }
}

/// Moves a file to a place where nothing may be, without a moment in which something there could be lost.
async fn move_new(from: &Path, to: &Path) -> Result<(), Error> {
    use std::io::ErrorKind::AlreadyExists;
    let is_there = |cause: &std::io::Error| cause.kind() == AlreadyExists;
    match tokio::fs::hard_link(from, to).await {
        Ok(()) => return Ok(()),
        Err(cause) if is_there(&cause) => return Err(Error::Exists),
        // A file system without hard links: claim the place, then rename over the claim.
        Err(_) => {}
    }
    match tokio::fs::OpenOptions::new().write(true).create_new(true).open(to).await {
        Ok(_) => {
            let moved = tokio::fs::rename(from, to).await;
            if moved.is_err() {
                // an empty claim would say "exists" for ever
                let _ = tokio::fs::remove_file(to).await;
            }
            moved.map_err(Error::store)
        }
        Err(cause) if is_there(&cause) => Err(Error::Exists),
        Err(cause) => Err(Error::store(cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_no_name_keeps_is_removed_and_the_rest_stays() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Shelf::open(folder.path(), Duration::from_millis(20)).await?.get();
        let kept = store.blobs().add_bytes(vec![1; 50_000]).with_named_tag("kept").await?.hash;
        let dropped = store.blobs().add_bytes(vec![2; 50_000]).with_named_tag("dropped").await?.hash;
        store.tags().delete("dropped").await?;
        let gone = async { while store.blobs().has(dropped).await.unwrap_or(true) {} };
        tokio::time::timeout(Duration::from_secs(30), gone).await?;
        assert!(store.blobs().has(kept).await?);
        store.shutdown().await?;
        Ok(())
    }
}
