//! SQLite: one writer, a few readers, WAL. Another process may have the same file open; SQLite's locks keep them apart.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params_from_iter};

use super::{Cell, Database, Lock, Row, Rows, Value, Words};
use crate::server::Error;

const READERS: usize = 4;
/// How long a write waits for another one, of this process or of another; then the caller is told to come back.
const WAIT: Duration = Duration::from_secs(5);
/// A step of an import waits as long as others take.
const IMPORT_WAIT: Duration = Duration::from_secs(10 * 60);
const STATEMENTS: usize = 64;

const MIGRATIONS: &[&str] = &[
    include_str!("sqlite-1.sql"),
    include_str!("sqlite-2.sql"),
    include_str!("sqlite-3.sql"),
    include_str!("sqlite-4.sql"),
    include_str!("sqlite-5.sql"),
];

pub(crate) struct File {
    writer: Writer,
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl File {
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let mut writer = connect(file)?;
        migrate(&mut writer)?;
        let readers = (0..READERS).map(|_| Ok(Mutex::new(connect(file)?))).collect::<Result<_, Error>>()?;
        Ok(Self {
            writer: Writer { queue: Mutex::new(Queue { idle: Some(writer), ..Queue::default() }), returned: Condvar::new() },
            readers,
            next: AtomicUsize::new(0),
        })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % READERS;
        self.readers[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let have: usize = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.get(have..).ok_or(Error::TooNew)? {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(tx.commit()?)
}

impl Database for File {
    fn read(&self, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error> {
        work(&mut &*self.reader())
    }

    fn write(&self, lock: Lock<'_>, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error> {
        let wait = if matches!(lock, Lock::Import(_)) { IMPORT_WAIT } else { WAIT };
        let mut turn = self.writer.turn(wait)?;
        let connection = turn.connection()?;
        connection.busy_timeout(wait)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&mut &*tx)?;
        Ok(tx.commit()?)
    }
}

/// The connection that writes, lent to one caller at a time, in the order in which they came: an import's next step is behind who waits.
struct Writer {
    queue: Mutex<Queue>,
    returned: Condvar,
}

#[derive(Default)]
struct Queue {
    idle: Option<Connection>,
    next: u64,
    waiting: VecDeque<u64>,
}

impl Queue {
    fn is_turn_of(&self, number: u64) -> bool {
        self.idle.is_some() && self.waiting.front() == Some(&number)
    }
}

/// Gives the connection back when it goes, also when the work panics.
struct Turn<'a> {
    writer: &'a Writer,
    connection: Option<Connection>,
}

impl Writer {
    fn turn(&self, wait: Duration) -> Result<Turn<'_>, Error> {
        let mut queue = self.queue();
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push_back(number);
        let waits = |queue: &mut Queue| !queue.is_turn_of(number);
        let (mut queue, _) = self.returned.wait_timeout_while(queue, wait, waits).unwrap_or_else(PoisonError::into_inner);
        let connection = if queue.is_turn_of(number) { queue.idle.take() } else { None };
        queue.waiting.retain(|waiting| *waiting != number);
        drop(queue);
        if connection.is_none() {
            self.returned.notify_all();
        }
        let connection = connection.ok_or(Error::Busy("another write takes long"))?;
        Ok(Turn { writer: self, connection: Some(connection) })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    fn connection(&mut self) -> Result<&mut Connection, Error> {
        self.connection.as_mut().ok_or(Error::Busy("the connection was given back"))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.writer.queue().idle = self.connection.take();
        self.writer.returned.notify_all();
    }
}

impl Rows for &Connection {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        Ok(self.prepare_cached(sql)?.execute(params_from_iter(values))? as u64)
    }

    fn execute_unless_taken(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<u64>, Error> {
        match self.execute(sql, values) {
            Err(Error::Sqlite(error)) if is_taken(&error) => Ok(None),
            done => done.map(Some),
        }
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let mut statement = self.prepare_cached(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            (0..columns).map(|at| Ok(cell(row.get_ref(at)?))).collect::<rusqlite::Result<_>>().map(Row)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn next_change(&mut self) -> Result<i64, Error> {
        let highest = self.query("SELECT coalesce(max(change), 0) FROM product", &[])?;
        Ok(highest.into_iter().next().map_or(Ok(0), |mut row| row.int(0))? + 1)
    }

    fn add_words(&mut self, change: i64, words: &[String]) -> Result<(), Error> {
        self.execute("INSERT INTO word (rowid, words) VALUES (?1, ?2)", &[Value::Int(change), Value::Text(&words.join(" "))])?;
        Ok(())
    }

    fn drop_words(&mut self, change: i64) -> Result<(), Error> {
        self.execute("DELETE FROM word WHERE rowid = ?1", &[Value::Int(change)])?;
        Ok(())
    }

    fn with_words(&mut self, words: &Words<'_>) -> Result<Vec<Row>, Error> {
        let quoted = words.all.iter().map(|word| format!("\"{word}\"")).chain(words.prefix.map(|word| format!("\"{word}\"*")));
        let question = quoted.collect::<Vec<_>>().join(" AND ");
        // The word index gives its rows by number: newest first costs no sorting.
        self.query(
            "SELECT product.change, product.payload, product.signature FROM word CROSS JOIN product ON product.change = word.rowid
             WHERE word MATCH ?1 AND word.rowid < ?2 AND product.withdrawn <= ?3 ORDER BY word.rowid DESC LIMIT ?4",
            &[
                Value::Text(&question),
                Value::Int(words.before),
                Value::Int(i64::from(words.withdrawn)),
                Value::Int(words.limit),
            ],
        )
    }
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(int),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null | ValueRef::Real(_) => Cell::Null,
        ValueRef::Integer(int) => Cell::Int(int),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
    }
}
