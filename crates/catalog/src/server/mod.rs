//! The catalog as a server: a folder with a key and a SQLite database, or a PostgreSQL database elsewhere, and HTTP in front of it.
//!
//! [`open`] makes the folder, the key pair (`key`, owner-only) and the tables when they are missing. The same catalog may be open in several
//! processes at once: on one folder SQLite's locks keep them apart; on one PostgreSQL each machine has its own folder with the same
//! key file. Every answer is signed when it is written.

mod admin;
mod blobs;
mod bring;
mod draft;
mod draw;
pub mod feeds;
mod goods;
mod gtins;
mod http;
mod identity;
mod import;
mod judge;
mod keys;
mod quota;
mod sample;
mod search;
mod sellers;
mod store;
mod studio;
mod sweep;
mod unfinished;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ed25519_dalek::SigningKey;

use crate::Key;
pub use crate::{Draft, Expect, Patch};
pub use http::{Door, serve};
pub use import::{Imported, Progress, RowError};
pub use keys::{Access, KeyInfo, KeyText, Rights};
pub use quota::{Quota, Usage};
pub use search::{LOOKUP_CAP, PAGE_CAP, Page};
pub use studio::{Card, Studio};
pub use sweep::{GRACE, Swept};

use blobs::Blobs;
use store::{Database, Lock, Rows};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the catalog's folder: {0}")]
    Io(#[from] std::io::Error),
    #[error("the catalog's database: {0}")]
    Sqlite(rusqlite::Error),
    #[error("the catalog's database: {0}")]
    Postgres(::postgres::Error),
    #[error("the catalog's blobs: {0}")]
    Blobs(#[from] object_store::Error),
    #[error("the catalog's database is in use, try again: {0}")]
    Busy(&'static str),
    #[error("the catalog's database holds what no catalog writes: {0}")]
    Corrupt(String),
    #[error("the catalog's key file is not a key")]
    KeyFile,
    #[error(
        "the database belongs to the key {0}: put that catalog's key file into this folder, as it lies in the folder of its other instances"
    )]
    OtherKey(Box<Key>),
    #[error("this catalog was written by a newer version")]
    TooNew,
    #[error("the catalog does not know this")]
    NotFound,
    #[error("this code belongs to another seller")]
    NotYours,
    #[error(
        "the GTIN {gtin} is that of {code} already, and one product has it: leave it out, use another code, or withdraw that one"
    )]
    GtinTaken { gtin: String, code: String },
    #[error("the catalog's operator keeps the GTIN {gtin} for another seller: leave it out, or ask the operator")]
    GtinKept { gtin: String },
    #[error("this key may not do that: the right `{0}` is missing")]
    Forbidden(&'static str),
    #[error(
        "the seller has {most} products, withdrawn ones included, and may have no more: the catalog's operator sets how many"
    )]
    FullOfProducts { most: u64 },
    #[error(
        "the seller's pictures may take {most} bytes: remove some, which count until they are swept, or ask the catalog's operator for more"
    )]
    FullOfPictures { most: u64 },
    #[error("version {version} stands now: read it and try again")]
    Changed { version: u64 },
    #[error("not a place to go on from: ask again from the start")]
    Cursor,
    #[error("{message}")]
    Field { field: &'static str, message: String },
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "folder",
            Self::Sqlite(_) | Self::Postgres(_) | Self::Corrupt(_) => "database",
            Self::Blobs(_) => "blobs",
            Self::Busy(_) => "busy",
            Self::KeyFile => "key_file",
            Self::OtherKey(_) => "other_key",
            Self::TooNew => "too_new",
            Self::NotFound => "not_found",
            Self::NotYours => "not_yours",
            Self::GtinTaken { .. } | Self::GtinKept { .. } => "gtin_taken",
            Self::FullOfProducts { .. } => "quota_products",
            Self::FullOfPictures { .. } => "quota_pictures",
            Self::Forbidden(_) => "forbidden",
            Self::Changed { .. } => "changed",
            Self::Cursor => "cursor",
            Self::Field { .. } | Self::Invalid(_) => "invalid",
        }
    }

    /// True when the question was wrong and asking it again is no use; false when the catalog itself is in trouble.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self.code(),
            "not_found"
                | "not_yours"
                | "gtin_taken"
                | "quota_products"
                | "quota_pictures"
                | "forbidden"
                | "changed"
                | "cursor"
                | "invalid"
        )
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::Busy("another write takes long")
            }
            _ => Self::Sqlite(error),
        }
    }
}

/// Of two writes one has been undone, and may be done again at once.
const IN_THE_WAY: &str = "another write was in the way";
/// How often a write is tried that another one was in the way of.
const TRIES: u32 = 5;

impl From<::postgres::Error> for Error {
    fn from(error: ::postgres::Error) -> Self {
        use ::postgres::error::SqlState;
        match error.code() {
            Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::UNIQUE_VIOLATION) => {
                Self::Busy(IN_THE_WAY)
            }
            Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED) => Self::Busy("another write took too long"),
            _ => Self::Postgres(error),
        }
    }
}

/// Where a catalog keeps what it has.
#[derive(Clone, Debug)]
pub struct Config {
    /// The key file, and everything else unless the other two say otherwise. Made when missing.
    pub data: PathBuf,
    /// `postgres://user@host/name`; without it SQLite in `data`.
    pub database: Option<String>,
    /// `file:///folder`, or `s3://bucket/prefix` with the usual `AWS_…` variables; without it in the database.
    pub blobs: Option<String>,
}

impl Config {
    pub fn in_dir(dir: impl AsRef<Path>) -> Self {
        Self { data: dir.as_ref().to_owned(), database: None, blobs: None }
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Config {
    fn from(dir: &P) -> Self {
        Self::in_dir(dir)
    }
}

/// A catalog, opened. Cheap to clone. Every verb blocks on the database: call it outside an async task.
#[derive(Clone)]
pub struct Catalog(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    key: RwLock<SigningKey>,
    database: Box<dyn Database>,
    blobs: Blobs,
}

/// Opens or makes a catalog.
pub fn open(config: impl Into<Config>) -> Result<Catalog, Error> {
    let Config { data: dir, database, blobs } = config.into();
    std::fs::create_dir_all(&dir)?;
    let database: Box<dyn Database> = match database {
        Some(url) => Box::new(store::Pool::open(&url)?),
        None => Box::new(store::File::open(&dir.join("catalog.db"))?),
    };
    let key = RwLock::new(identity::settle(&dir, database.as_ref())?);
    let catalog = Catalog(Arc::new(Inner { dir, key, database, blobs: Blobs::open(blobs.as_deref())? }));
    catalog.finish_migration()?;
    catalog.sign_first_manifest()?;
    catalog.finish(Duration::ZERO)?;
    Ok(catalog)
}

impl Catalog {
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The public key its answers are signed with.
    pub fn key(&self) -> Key {
        Key(self.0.key.read().unwrap_or_else(PoisonError::into_inner).verifying_key())
    }

    fn read<T>(&self, mut work: impl FnMut(&mut dyn Rows) -> Result<T, Error>) -> Result<T, Error> {
        let mut found = None;
        self.0.database.read(&mut |rows| {
            found = Some(work(rows)?);
            Ok(())
        })?;
        found.ok_or(Error::Busy("nothing was read"))
    }

    /// One transaction, with the key that the database is signed with; once more when another was in its way and the database undid it.
    fn write<T>(&self, lock: Lock<'_>, work: impl FnMut(&mut dyn Rows, &SigningKey) -> Result<T, Error>) -> Result<T, Error> {
        let mut work = work;
        let mut tries = 1;
        loop {
            let mut done = None;
            let written = self.0.database.write(lock, &mut |rows| {
                let key = self.signing_key(rows)?;
                done = Some(work(rows, &key)?);
                Ok(())
            });
            match written {
                Err(Error::Busy(IN_THE_WAY)) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => return done.ok_or(Error::Busy("nothing was written")),
            }
        }
    }
}

/// Milliseconds since 1970-01-01 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
