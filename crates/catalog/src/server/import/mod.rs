//! Import of a feed: many drafts of one seller. [`staged`] takes them, [`rehearsal`] only says what would come of it.

mod rehearsal;
mod staged;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::goods::Outcome;
use super::keys::Access;
use super::{Catalog, Draft, Error};

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// From 1: the line, or the place among the products.
    pub row: u64,
    /// In the words of the draft.
    pub field: Option<String>,
    pub message: String,
}

/// How far an import is, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing of them is kept yet.
    Read(u64),
    /// From the first of these on the import is finished whatever happens.
    Taken(u64),
}

impl Catalog {
    /// The good rows once, the bad ones reported; all or nothing when the process dies meanwhile: nothing before the whole feed was read,
    /// then all, finished by whoever opens the catalog next. Other writes have their turn all the time, and readers see the products come
    /// some at a time. Of two rows with one code or one GTIN the first counts; a row without pictures leaves those that the product has.
    ///
    /// A dry run checks the same, keeps nothing and is in nobody's way.
    pub fn import(
        &self,
        access: &Access,
        rows: impl Iterator<Item = (u64, Result<Draft, RowError>)>,
        dry_run: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, Error> {
        if dry_run { self.rehearse(access, rows, progress) } else { self.import_staged(access, rows, progress) }
    }
}

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

/// Where each code stood first.
#[derive(Default)]
struct Seen(HashMap<String, u64>);

impl Seen {
    /// What can be said of a row without the database.
    fn check(&mut self, row: u64, draft: Result<Draft, RowError>) -> Result<Draft, Left> {
        let draft = draft.map_err(Left::Told)?;
        if let Some(first) = self.0.get(&draft.code) {
            let message = format!("the code stands already in row {first}");
            return Err(Left::Error(Error::Field { field: "code", message }));
        }
        self.0.insert(draft.code.clone(), row);
        draft.check()?;
        Ok(draft)
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
            Err(left) => self.refuse(left.told(row)?),
        }
        Ok(())
    }

    fn refuse(&mut self, error: RowError) {
        self.refused += 1;
        if self.errors.len() < ERRORS_CAP {
            self.errors.push(error);
        }
    }

    /// Together with what came of the rows that were good by themselves.
    fn and(mut self, mut taken: Imported) -> Self {
        self.errors.append(&mut taken.errors);
        self.errors.sort_by_key(|error| error.row);
        self.errors.truncate(ERRORS_CAP);
        let (added, changed, unchanged) = (taken.added, taken.changed, taken.unchanged);
        Self { added, changed, unchanged, refused: self.refused + taken.refused, errors: self.errors }
    }
}

impl Left {
    fn told(self, row: u64) -> Result<RowError, Error> {
        let (field, message) = match self {
            Self::Told(error) => return Ok(error),
            Self::Error(Error::Field { field, message }) => (Some(field), message),
            Self::Error(error @ Error::NotYours) => (Some("code"), error.to_string()),
            Self::Error(error @ (Error::GtinTaken { .. } | Error::GtinKept { .. })) => (Some("gtin"), error.to_string()),
            Self::Error(error) if error.is_refusal() => (None, error.to_string()),
            Self::Error(error) => return Err(error),
        };
        Ok(RowError { row, field: field.map(str::to_owned), message })
    }
}
