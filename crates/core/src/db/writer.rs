//! The writer thread: takes jobs, commits those that wait together, answers after the commit.

use std::ops::Deref;
use std::panic::AssertUnwindSafe;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Code, Error, Result};
use crate::touch::{Touched, Touches, Wake};

/// Jobs in one commit, at most: bounds how long the first one waits for its fsync.
const GROUP: usize = 64;

/// An open transaction. Reads and writes through the connection; what changed is noted beside it.
pub struct Tx<'a> {
    conn: &'a Connection,
    touched: Vec<Touched>,
    wakes: Vec<Wake>,
}

impl Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl Tx<'_> {
    /// Tells the faces after the commit.
    pub fn touch(&mut self, what: Touched) {
        if !self.touched.contains(&what) {
            self.touched.push(what);
        }
    }

    /// Sets work going after the commit.
    pub fn wake(&mut self, what: Wake) {
        if !self.wakes.contains(&what) {
            self.wakes.push(what);
        }
    }

    /// A transaction outside the writer thread, for opening a home and for tests.
    pub fn alone(conn: &Connection) -> Tx<'_> {
        Tx { conn, touched: Vec::new(), wakes: Vec::new() }
    }
}

type Answer = Box<dyn FnOnce(Result<()>) + Send>;
type Work = Box<dyn FnOnce(Result<&mut Tx<'_>>) -> (bool, Answer) + Send>;

/// A transaction to run and somebody who waits for it.
pub struct Job(Work);

impl Job {
    pub fn new<T, F>(work: F) -> (Self, oneshot::Receiver<Result<T>>)
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let run = move |tx: Result<&mut Tx<'_>>| {
            let run = AssertUnwindSafe(|| tx.and_then(work));
            // a panic costs its own job: its savepoint is rolled back
            let result = std::panic::catch_unwind(run)
                .unwrap_or_else(|_| Err(Error::new(Code::Internal, "a fault in Stoa; nothing of this was stored")));
            let good = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                // the asker may have gone; the work stays done
                let _ = tell.send(committed.and(result));
            });
            (good, answer)
        };
        (Self(Box::new(run)), answer)
    }
}

pub fn run(conn: &Connection, mut jobs: mpsc::Receiver<Job>, touched: &Touches, wakes: &mpsc::Sender<Wake>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(job) = jobs.try_recv() else { break };
            group.push(job);
        }
        let mut tx = Tx::alone(conn);
        let mut answers = Vec::with_capacity(group.len());
        let committed = commit(&mut tx, group, &mut answers);
        if committed.is_ok() {
            for what in tx.touched {
                touched.tell(what);
            }
            for what in tx.wakes {
                let _ = wakes.blocking_send(what);
            }
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn commit(tx: &mut Tx<'_>, group: Vec<Job>, answers: &mut Vec<Answer>) -> Result<()> {
    let conn = tx.conn;
    if let Err(error) = conn.execute_batch("BEGIN IMMEDIATE") {
        let error = Error::from(error);
        answers.extend(group.into_iter().map(|Job(work)| work(Err(error.clone())).1));
        return Err(error);
    }
    for Job(work) in group {
        // a full disk may have rolled the whole group back: nothing more is to be written, and COMMIT below says so
        let lost = conn.is_autocommit();
        answers.push(if lost { work(Err(rolled_back())).1 } else { in_savepoint(tx, work) });
    }
    if conn.is_autocommit() {
        return Err(rolled_back());
    }
    conn.execute_batch("COMMIT").map_err(|error| {
        let _ = conn.execute_batch("ROLLBACK");
        let error = Error::from(error);
        match error.code {
            Code::DiskFull => error,
            // after an automatic rollback COMMIT says only that no transaction is active
            code => Error::new(code, format!("nothing was stored: {}", error.message)),
        }
    })
}

fn rolled_back() -> Error {
    Error::new(Code::DiskFull, "the disk is full or failing; nothing was stored, free some space and try again")
}

fn in_savepoint(tx: &mut Tx<'_>, work: Work) -> Answer {
    let conn = tx.conn;
    if let Err(error) = conn.execute_batch("SAVEPOINT job") {
        return work(Err(error.into())).1;
    }
    let (told, woken) = (tx.touched.len(), tx.wakes.len());
    let (good, answer) = work(Ok(tx));
    if !good {
        tx.touched.truncate(told);
        tx.wakes.truncate(woken);
    }
    let end = if good { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = conn.execute_batch(end) {
        tracing::warn!(%error, "a savepoint could not be ended");
    }
    answer
}
