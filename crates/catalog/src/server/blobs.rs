//! Where blobs lie when the database does not have them: a folder or an S3-like store, each under its hash.

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use super::Error;
use crate::{BLOB_CAP, Hash};

/// Nothing in it: the database keeps the bytes.
pub(super) struct Blobs(Option<Outside>);

struct Outside {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The store is asynchronous; the server's verbs block.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Blobs {
    /// `file:///folder`, made when missing, or `s3://bucket/prefix` with the usual `AWS_…` variables.
    pub(super) fn open(url: Option<&str>) -> Result<Self, Error> {
        let Some(url) = url else { return Ok(Self(None)) };
        let url = url::Url::parse(url).map_err(|_| Error::Invalid("the place of the blobs is not a link".to_owned()))?;
        let (store, prefix): (Arc<dyn ObjectStore>, Path) = match url.scheme() {
            "file" => {
                let folder = url.to_file_path().map_err(|()| Error::Invalid("a file link names no folder".to_owned()))?;
                std::fs::create_dir_all(&folder)?;
                let store = object_store::local::LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                (Arc::new(store), Path::default())
            }
            "s3" => {
                // An error says that the program has one already.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let store = object_store::aws::AmazonS3Builder::from_env().with_url(url.as_str()).build()?;
                (Arc::new(store), Path::from_url_path(url.path()).map_err(object_store::Error::from)?)
            }
            _ => return Err(Error::Invalid("blobs lie at file:///folder or s3://bucket/prefix".to_owned())),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self(Some(Outside { store, prefix, runtime: Some(runtime) })))
    }

    /// The bytes lie in an object store.
    pub(super) fn are_outside(&self) -> bool {
        self.0.is_some()
    }

    /// Stores the bytes, whole or not at all, also over those that are there.
    pub(super) fn put(&self, hash: &Hash, bytes: &[u8]) -> Result<(), Error> {
        let outside = self.outside()?;
        let payload = PutPayload::from(bytes.to_vec());
        outside.wait(outside.store.put(&outside.place(hash), payload))?;
        Ok(())
    }

    /// Asks the store, which sends no bytes.
    pub(super) fn has(&self, hash: &Hash) -> Result<bool, Error> {
        let outside = self.outside()?;
        match outside.wait(outside.store.head(&outside.place(hash))) {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// One that is gone already is no error.
    pub(super) fn remove(&self, hash: &Hash) -> Result<(), Error> {
        let outside = self.outside()?;
        match outside.wait(outside.store.delete(&outside.place(hash))) {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Blobs whose hash begins with this byte and that were written before then, each with its size. Nothing without an object store.
    pub(super) fn older(&self, folder: u8, before: i64) -> Result<Vec<(Hash, u64)>, Error> {
        let Some(outside) = &self.0 else { return Ok(Vec::new()) };
        let place = outside.prefix.clone().join(format!("{folder:02x}"));
        let found: Vec<_> = outside.wait(outside.store.list(Some(&place)).try_collect())?;
        let old = found.into_iter().filter(|object| object.last_modified.timestamp_millis() < before);
        Ok(old.filter_map(|object| Some((object.location.filename()?.parse().ok()?, object.size))).collect())
    }

    fn outside(&self) -> Result<&Outside, Error> {
        let none = || Error::Invalid("a blob lies outside the database, but no place for blobs was given".to_owned());
        self.0.as_ref().ok_or_else(none)
    }

    /// Bytes that do not have the hash any more count as missing.
    pub(super) fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        let outside = self.outside()?;
        let place = outside.place(hash);
        let found = outside.wait(async {
            let found = outside.store.get(&place).await?;
            if found.meta.size > BLOB_CAP { Ok(None) } else { found.bytes().await.map(Some) }
        });
        match found {
            Ok(bytes) => Ok(bytes.filter(|bytes| Hash::of(bytes) == *hash).map(Vec::from)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Outside {
    fn place(&self, hash: &Hash) -> Path {
        let name = hash.to_string();
        self.prefix.clone().join(&name[..2]).join(name)
    }

    fn wait<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(object_store::Error::NotImplemented {
                operation: "wait".to_owned(),
                implementer: "a closed store".to_owned(),
            }),
        }
    }
}

impl Drop for Outside {
    /// The last handle may be dropped in an async task, where waiting for threads is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
