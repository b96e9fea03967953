//! Import of a feed: many drafts of one seller in one transaction.

use std::collections::HashMap;

use super::goods::{Outcome, put_in};
use super::keys::Access;
use super::quota::Room;
use super::store::{self, Lock, Rows};
use super::{Catalog, Draft, Error, Expect};
use crate::Hash;

/// Errors that are told; more are only counted.
const ERRORS_CAP: usize = 1000;
/// Rows between two words about the progress.
const STEP: u64 = 1000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    pub changed: u64,
    /// Said the same already; nothing was written.
    pub unchanged: u64,
    pub refused: u64,
    /// The first thousand rows that were left out, and why.
    pub errors: Vec<RowError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// From 1: the line, or the place among the products.
    pub row: u64,
    /// In the words of the draft.
    pub field: Option<String>,
    pub message: String,
}

impl Catalog {
    /// One transaction: the good rows once, the bad ones reported; nothing at all when the process dies meanwhile. A dry run checks the
    /// same and keeps nothing. Of two rows with one code or one GTIN the first counts; a row without pictures leaves those that the product has.
    /// `progress` hears how many rows were read.
    pub fn import(
        &self,
        access: &Access,
        rows: impl Iterator<Item = (u64, Result<Draft, RowError>)>,
        dry_run: bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Imported, Error> {
        let seller = access.products()?;
        let mut report = Imported::default();
        let done = self.write(Lock::Import(seller), |tx, key| {
            let seller = store::seller(tx, seller)?.ok_or(Error::NotFound)?;
            let mut room = Room::of(access);
            let mut seen: HashMap<String, u64> = HashMap::new();
            for (count, (row, draft)) in (1..).zip(rows) {
                let put = draft.map_err(Left::Told).and_then(|mut draft| {
                    first_of(&mut seen, &draft, row)?;
                    draft.check()?;
                    if draft.images.is_empty() {
                        draft.images = pictures_of(tx, &draft.code)?;
                    }
                    Ok(put_in(tx, key, &seller, draft, Expect::Any, &mut room)?.1)
                });
                report.count(row, put)?;
                if count % STEP == 0 {
                    progress(count);
                }
            }
            progress(report.rows());
            if dry_run { Err(Error::Busy(DRY)) } else { Ok(()) }
        });
        match done {
            Err(Error::Busy(DRY)) if dry_run => Ok(report),
            Err(error) => Err(error),
            Ok(()) => Ok(report),
        }
    }
}

/// Rolls a dry run back.
const DRY: &str = "a dry run keeps nothing";

/// Why a row was left out, or that the database failed.
enum Left {
    Told(RowError),
    Error(Error),
}

impl From<Error> for Left {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Pictures come by another way than most feeds.
fn pictures_of(tx: &mut dyn Rows, code: &str) -> Result<Vec<Hash>, Error> {
    let product = store::product(tx, code)?.map(|row| row.product()).transpose()?;
    Ok(product.map(|product| product.images).unwrap_or_default())
}

fn first_of(seen: &mut HashMap<String, u64>, draft: &Draft, row: u64) -> Result<(), Error> {
    match seen.insert(draft.code.clone(), row) {
        None => Ok(()),
        Some(first) => {
            seen.insert(draft.code.clone(), first);
            Err(Error::Field { field: "code", message: format!("the code stands already in row {first}") })
        }
    }
}

impl Imported {
    fn rows(&self) -> u64 {
        self.added + self.changed + self.unchanged + self.refused
    }

    /// After a failure of the database no row can be trusted to have been stored.
    fn count(&mut self, row: u64, put: Result<Outcome, Left>) -> Result<(), Error> {
        match put {
            Ok(Outcome::Added) => self.added += 1,
            Ok(Outcome::Changed) => self.changed += 1,
            Ok(Outcome::Unchanged) => self.unchanged += 1,
            Err(Left::Told(error)) => self.refuse(error),
            Err(Left::Error(Error::Field { field, message })) => {
                self.refuse(RowError { row, field: Some(field.to_owned()), message });
            }
            Err(Left::Error(error @ Error::NotYours)) => {
                self.refuse(RowError { row, field: Some("code".to_owned()), message: error.to_string() });
            }
            Err(Left::Error(error @ Error::GtinTaken { .. })) => {
                self.refuse(RowError { row, field: Some("gtin".to_owned()), message: error.to_string() });
            }
            Err(Left::Error(error)) if error.is_refusal() => {
                self.refuse(RowError { row, field: None, message: error.to_string() });
            }
            Err(Left::Error(error)) => return Err(error),
        }
        Ok(())
    }

    fn refuse(&mut self, error: RowError) {
        self.refused += 1;
        if self.errors.len() < ERRORS_CAP {
            self.errors.push(error);
        }
    }
}
