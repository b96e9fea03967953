//! The catalog as a server: a folder with one SQLite database and one key, and HTTP in front of it.
//!
//! `open(dir)` makes the folder, the database (`catalog.db`, WAL) and the key pair (`key`, owner-only) when they are missing. The same
//! folder may be open in a serving and in an administrating process at once; SQLite's locks keep them apart.

mod admin;
mod draw;
mod http;
mod import;
mod sample;
mod store;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ed25519_dalek::SigningKey;
use rusqlite::Connection;

use crate::Key;
pub use admin::Draft;
pub use http::serve;
pub use import::{Imported, RowError};

const READERS: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the catalog's folder: {0}")]
    Io(#[from] std::io::Error),
    #[error("the catalog's database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the catalog's key file is not a key")]
    KeyFile,
    #[error("this catalog was written by a newer version")]
    TooNew,
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "folder",
            Self::Database(_) => "database",
            Self::KeyFile => "key_file",
            Self::TooNew => "too_new",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// A catalog's folder, opened. Cheap to clone. Every verb blocks on the disk: call it outside an async task.
#[derive(Clone)]
pub struct Catalog(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    key: SigningKey,
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

/// Opens or makes the catalog in this folder.
pub fn open(dir: impl AsRef<Path>) -> Result<Catalog, Error> {
    let dir = dir.as_ref().to_owned();
    std::fs::create_dir_all(&dir)?;
    let key = key_file(&dir.join("key"))?;
    let file = dir.join("catalog.db");
    let mut writer = store::connect(&file)?;
    store::migrate(&mut writer)?;
    let readers = (0..READERS).map(|_| Ok(Mutex::new(store::connect(&file)?))).collect::<Result<_, Error>>()?;
    let catalog = Catalog(Arc::new(Inner { dir, key, writer: Mutex::new(writer), readers, next: AtomicUsize::new(0) }));
    catalog.sign_first_manifest()?;
    Ok(catalog)
}

impl Catalog {
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The public key its answers are signed with.
    pub fn key(&self) -> Key {
        Key(self.0.key.verifying_key())
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed) % READERS;
        self.0.readers[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970-01-01 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn key_file(path: &Path) -> Result<SigningKey, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(SigningKey::from_bytes(&bytes.try_into().map_err(|_| Error::KeyFile)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make_key(path),
        Err(error) => Err(error.into()),
    }
}

/// Written whole under another name first: a key file is never half a key, and of two first openings one wins.
fn make_key(path: &Path) -> Result<SigningKey, Error> {
    let secret: [u8; 32] = rand::random();
    let draft = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    std::io::Write::write_all(&mut file, &secret)?;
    file.sync_all()?;
    let placed = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match placed {
        Ok(()) => Ok(SigningKey::from_bytes(&secret)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => key_file(path),
        Err(error) => Err(error.into()),
    }
}
