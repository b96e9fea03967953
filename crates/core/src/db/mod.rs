//! SQLite (SQLCipher) behind a handle: one writer thread, three readers. One file per feature holds its tables, rows and queries.
//!
//! Jobs that wait together are committed together (one fsync), each in its own savepoint; a job's answer leaves only
//! after the commit, and so do its touches and wakes.

mod contacts;
mod conversations;
mod logs;
mod looks;
mod me;
mod migrations;
mod personas;
mod photos;
mod presence;
mod products;
mod sellers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::error::{Code, Error, Result, bad};
use crate::touch::{Touches, Wake};

pub use contacts::*;
pub use conversations::*;
pub use logs::*;
pub use looks::*;
pub use me::*;
pub use personas::*;
pub use photos::*;
pub use presence::*;
pub use products::*;
pub use sellers::*;
pub use writer::Tx;

#[cfg(test)]
pub use migrations::migrate;

const READERS: usize = 3;
const WAITING_JOBS: usize = 256;

/// A cheap handle.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    /// There until the drop.
    jobs: Option<mpsc::Sender<writer::Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Drop for Inner {
    /// Ends the writer and waits for it: SQLCipher frees its memory when the process exits, whoever still uses it.
    fn drop(&mut self) {
        self.jobs = None;
        // a job may hold the last handle, and no thread can wait for itself
        if let Some(writer) = self.writer.take().filter(|writer| writer.thread().id() != std::thread::current().id()) {
            let _ = writer.join();
        }
    }
}

impl Db {
    /// Opens or makes the database with a raw 256-bit key.
    ///
    /// # Errors
    /// `home_locked` when the key is not its key, `disk_full`, `internal`.
    pub fn open(path: &Path, key: &[u8; 32], touched: Touches, wakes: mpsc::Sender<Wake>) -> Result<Self> {
        let mut writer = connect(path, key, false)?;
        migrations::migrate(&mut writer)?;
        let readers = (0..READERS).map(|_| connect(path, key, true)).collect::<Result<Vec<_>>>()?;
        let (jobs, queue) = mpsc::channel(WAITING_JOBS);
        let run = move || writer::run(&writer, queue, &touched, &wakes);
        let writer = Some(std::thread::Builder::new().name("stoa-db".into()).spawn(run)?);
        let (readers, free) = (Mutex::new(readers), Arc::new(Semaphore::new(READERS)));
        Ok(Self(Arc::new(Inner { jobs: Some(jobs), writer, readers, free })))
    }

    /// Runs `work` in a transaction; what it returns is durable when this returns.
    ///
    /// # Errors
    /// Whatever `work` returns: then nothing of it was stored. `disk_full` when the commit fails.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = writer::Job::new(work);
        let gone = || Error::new(Code::Internal, "the database has ended");
        let jobs = self.0.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs `query` on a reader: sees one state, with everything committed before.
    ///
    /// # Errors
    /// Whatever `query` returns.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let Ok(permit) = self.0.free.clone().acquire_owned().await else {
            return bad(Code::Internal, "the database has ended");
        };
        let inner = self.0.clone();
        // the asker may go, the query may panic: the reader comes back all the same
        let work = move || {
            let reader = Reader::take(&inner, permit)?;
            let snapshot = reader.conn()?.unchecked_transaction()?;
            query(&snapshot)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::new(Code::Internal, format!("a query ended early: {error}")))?
    }
}

/// A reader on loan.
struct Reader<'a> {
    pool: &'a Inner,
    conn: Option<Connection>,
    // given back after the connection
    _permit: OwnedSemaphorePermit,
}

impl<'a> Reader<'a> {
    fn take(pool: &'a Inner, permit: OwnedSemaphorePermit) -> Result<Self> {
        let conn = pool.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Self { pool, conn, _permit: permit })
    }

    fn conn(&self) -> Result<&Connection> {
        self.conn.as_ref().map_or_else(|| bad(Code::Internal, "no reader is left"), Ok)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.pool.readers.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

fn connect(path: &Path, key: &[u8; 32], reader: bool) -> Result<Connection> {
    let flags = if reader {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    let conn = Connection::open_with_flags(path, flags)?;
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    conn.pragma_update(None, "key", format!("x'{hex}'"))?;
    conn.pragma_update(None, "busy_timeout", 5_000)?;
    if !reader {
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // NORMAL can lose acknowledged commits on power loss in WAL mode
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "secure_delete", true)?;
    }
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

/// The database's file in a home.
pub fn file(home: &Path) -> PathBuf {
    home.join("stoa.db")
}
