//! Import of products from JSON: an array of drafts, or one draft per line.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::{Catalog, Draft, Error};

/// The largest file taken, in bytes.
const FILE_CAP: u64 = 256 * 1024 * 1024;
const ERRORS_CAP: usize = 1000;

#[derive(Clone, Debug, Default)]
pub struct Imported {
    pub added: u64,
    /// The first thousand rows that were left out, and why.
    pub errors: Vec<RowError>,
    pub refused: u64,
}

#[derive(Clone, Debug)]
pub struct RowError {
    /// From 1: the line, or the place in the array.
    pub row: u64,
    pub message: String,
}

impl Catalog {
    /// One transaction: the good rows once, the bad ones reported; nothing at all when the process dies meanwhile. A dry run
    /// checks the same and keeps nothing.
    pub fn import_json(&self, file: impl AsRef<Path>, dry_run: bool) -> Result<Imported, Error> {
        let mut text = String::new();
        let source = std::fs::File::open(file)?;
        source.take(FILE_CAP + 1).read_to_string(&mut text)?;
        if text.len() as u64 > FILE_CAP {
            return Err(Error::Invalid(format!("the file has more than {FILE_CAP} bytes")));
        }
        let rows = rows(&text)?;
        let mut connection = self.writer();
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut report = Imported::default();
        for (row, draft) in rows {
            let added = draft.and_then(|draft| match self.add_product_in(&tx, draft) {
                Ok(_) => Ok(()),
                Err(Error::Database(error)) => Err(Row::Broken(error)),
                Err(error) => Err(Row::Refused(error.to_string())),
            });
            match added {
                Ok(()) => report.added += 1,
                Err(Row::Broken(error)) => return Err(error.into()),
                Err(Row::Refused(message)) => report.refuse(row, message),
            }
        }
        if dry_run {
            tx.rollback()?;
        } else {
            tx.commit()?;
        }
        Ok(report)
    }
}

impl Imported {
    fn refuse(&mut self, row: u64, message: String) {
        self.refused += 1;
        if self.errors.len() < ERRORS_CAP {
            self.errors.push(RowError { row, message });
        }
    }
}

enum Row {
    Refused(String),
    /// The database failed: no row after it can be trusted to have been stored.
    Broken(rusqlite::Error),
}

type Rows<'a> = Box<dyn Iterator<Item = (u64, Result<Draft, Row>)> + 'a>;

fn rows(text: &str) -> Result<Rows<'_>, Error> {
    let refused = |error: serde_json::Error| Row::Refused(error.to_string());
    if text.trim_start().starts_with('[') {
        let values: Vec<Value> = serde_json::from_str(text).map_err(|error| Error::Invalid(error.to_string()))?;
        return Ok(Box::new((1..).zip(values).map(move |(row, value)| (row, serde_json::from_value(value).map_err(refused)))));
    }
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    Ok(Box::new(lines.map(move |(row, line)| (row, serde_json::from_str(line).map_err(refused)))))
}
