//! One set of tables in SQLite or PostgreSQL, behind one trait for a transaction. A migration that has shipped is never edited.
//!
//! Statements are written once, with numbered parameters `?1`; the little in which the databases differ (word index, locks, the counter of
//! changes) is a method of [`Rows`].

mod blob;
mod import;
mod manifest;
mod pool;
mod postgres;
mod product;
mod seller;
mod sqlite;

pub(super) use blob::*;
pub(super) use import::*;
pub(super) use manifest::*;
pub(super) use pool::Pool;
pub(super) use product::*;
pub(super) use seller::*;
pub(super) use sqlite::File;

use super::Error;
use crate::Hash;

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A column of a row that was found.
#[derive(Debug)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row that was found; columns are taken out once each, by their place.
pub(super) struct Row(Vec<Cell>);

/// What a transaction holds back others from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lock<'a> {
    /// Manifest, sellers, keys: nothing else is written meanwhile.
    Catalog,
    /// The products of one seller; other sellers write at the same time where the database can.
    Seller(&'a str),
    /// As `Seller`, for one of the many steps of an import, or of signing a seller's products anew. It waits for its turn as long as it takes;
    /// two of these could each wait for a code or GTIN that the other has taken, so one follows the other.
    Import(&'a str),
}

/// A transaction, or a connection that is only read from.
pub(super) trait Rows {
    /// How many rows changed.
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error>;
    /// As `execute`; `None` when a unique index says no, also after waiting for another transaction. This one goes on.
    fn execute_unless_taken(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<u64>, Error>;
    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error>;
    /// Higher than every number given before.
    fn next_change(&mut self) -> Result<i64, Error>;
    /// Indexes the product of this change by its words; nothing may be there.
    fn add_words(&mut self, change: i64, words: &[String]) -> Result<(), Error>;
    /// Takes what is there out of the index.
    fn drop_words(&mut self, change: i64) -> Result<(), Error>;
    /// Changes below `before` whose products have every word, and one that begins with `prefix`; highest first, at most `limit`.
    /// Withdrawn products are left out unless asked for.
    fn with_words(&mut self, words: &Words<'_>) -> Result<Vec<Row>, Error>;
}

/// A question to the word index; answered by (change, payload, signature).
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    pub(super) all: &'a [String],
    pub(super) prefix: Option<&'a str>,
    pub(super) before: i64,
    pub(super) withdrawn: bool,
    pub(super) limit: i64,
}

/// Where transactions come from.
pub(super) trait Database: Send + Sync {
    /// May run `work` a second time when the connection turns out to be dead.
    fn read(&self, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error>;
    /// Commits when `work` is done, else nothing has happened.
    fn write(&self, lock: Lock<'_>, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error>;
}

impl Row {
    fn take(&mut self, at: usize) -> Cell {
        self.0.get_mut(at).map_or(Cell::Null, |cell| std::mem::replace(cell, Cell::Null))
    }

    pub(super) fn text(&mut self, at: usize) -> Result<String, Error> {
        match self.take(at) {
            Cell::Text(text) => Ok(text),
            other => Err(unexpected(at, &other)),
        }
    }

    pub(super) fn int(&mut self, at: usize) -> Result<i64, Error> {
        match self.take(at) {
            Cell::Int(int) => Ok(int),
            other => Err(unexpected(at, &other)),
        }
    }

    pub(super) fn bytes(&mut self, at: usize) -> Result<Vec<u8>, Error> {
        self.maybe_bytes(at)?.ok_or_else(|| unexpected(at, &Cell::Null))
    }

    pub(super) fn maybe_bytes(&mut self, at: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.take(at) {
            Cell::Bytes(bytes) => Ok(Some(bytes)),
            Cell::Null => Ok(None),
            other => Err(unexpected(at, &other)),
        }
    }

    pub(super) fn maybe_text(&mut self, at: usize) -> Result<Option<String>, Error> {
        match self.take(at) {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            other => Err(unexpected(at, &other)),
        }
    }

    pub(super) fn version(&mut self, at: usize) -> Result<u64, Error> {
        u64::try_from(self.int(at)?).map_err(|_| Error::Corrupt("a negative version".to_owned()))
    }

    pub(super) fn hash(&mut self, at: usize) -> Result<Hash, Error> {
        hash(self.bytes(at)?)
    }

    pub(super) fn maybe_hash(&mut self, at: usize) -> Result<Option<Hash>, Error> {
        self.maybe_bytes(at)?.map(hash).transpose()
    }
}

fn hash(bytes: Vec<u8>) -> Result<Hash, Error> {
    bytes.try_into().map(Hash).map_err(|_| Error::Corrupt("a hash of the wrong length".to_owned()))
}

fn unexpected(at: usize, cell: &Cell) -> Error {
    let kind = match cell {
        Cell::Null => "nothing",
        Cell::Int(_) => "a number",
        Cell::Text(_) => "text",
        Cell::Bytes(_) => "bytes",
    };
    Error::Corrupt(format!("column {at} holds {kind}"))
}

/// Versions stay far below 2^63: each is one more than the one before.
pub(super) fn int(version: u64) -> Value<'static> {
    Value::Int(i64::try_from(version).unwrap_or(i64::MAX))
}

pub(super) fn maybe_text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

pub(super) fn maybe_hash(hash: Option<&Hash>) -> Value<'_> {
    hash.map_or(Value::Null, |hash| Value::Bytes(&hash.0))
}
