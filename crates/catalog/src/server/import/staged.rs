//! A feed is filled in some rows at a time; when all of it is there it is closed, in one short transaction; then its drafts are taken some
//! at a time. Who dies before it is closed leaves nothing but rows that are forgotten, who dies after it leaves an import that others
//! finish. Each step takes what waits first, whoever does it.

use std::time::Instant;

use ed25519_dalek::SigningKey;

use super::super::goods::{put_in, with_pictures};
use super::super::keys::{Access, random_id};
use super::super::quota::Room;
use super::super::store::{self, Lock, Rows, Waiting};
use super::super::unfinished::{HOLD, step_by_step};
use super::super::{Catalog, Draft, Error, Expect, now};
use super::{Imported, Left, Progress, RowError, STEP, Seen};
use crate::Seller;

/// Rows and bytes that are filled in at once, and rows that are looked at in one step.
const SHEET: usize = 500;
const SHEET_BYTES: usize = 1 << 20;
const AT_ONCE: i64 = 200;

impl Catalog {
    pub(super) fn import_staged(
        &self,
        access: &Access,
        rows: impl Iterator<Item = (u64, Result<Draft, RowError>)>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, Error> {
        let seller = access.products()?;
        let id = random_id("i");
        self.write(Lock::Import(&id), |rows, _| {
            store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            store::begin_import(rows, &id, seller, access.limited, now())
        })?;
        let filled = self.fill(&id, rows, progress).and_then(|report| {
            self.close(&id, seller)?;
            Ok(report)
        });
        let report = match filled {
            Ok(report) => report,
            Err(error) => {
                self.forget(&id);
                return Err(error);
            }
        };
        self.take(&id, seller, progress)?;
        let taken = self.write(Lock::Import(&id), |rows, _| {
            let done = store::done_import(rows, &id)?;
            store::drop_import(rows, &id)?;
            done.ok_or(Error::NotFound)
        })?;
        Ok(report.and(taken.taken))
    }

    /// Rows that are wrong by themselves go into the report, the others wait.
    fn fill(
        &self,
        id: &str,
        rows: impl Iterator<Item = (u64, Result<Draft, RowError>)>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, Error> {
        let (mut report, mut seen) = (Imported::default(), Seen::default());
        let (mut sheet, mut bytes, mut count) = (Vec::new(), 0, 0);
        for (line, draft) in rows {
            count += 1;
            match seen.check(line, draft) {
                Ok(draft) => {
                    let draft = serde_json::to_string(&draft).map_err(|error| Error::Invalid(error.to_string()))?;
                    bytes += draft.len();
                    sheet.push(Waiting { place: i64::try_from(count).unwrap_or(i64::MAX), line, draft });
                }
                Err(left) => report.count(line, Err(left))?,
            }
            if sheet.len() >= SHEET || bytes >= SHEET_BYTES {
                self.add_sheet(id, &sheet)?;
                (sheet, bytes) = (Vec::new(), 0);
            }
            if count % STEP == 0 {
                progress(Progress::Read(count));
            }
        }
        self.add_sheet(id, &sheet)?;
        progress(Progress::Read(count));
        Ok(report)
    }

    fn add_sheet(&self, id: &str, sheet: &[Waiting]) -> Result<(), Error> {
        self.write(Lock::Import(id), |rows, _| {
            if !store::touch_import(rows, id, now())? {
                return Err(GIVEN_UP);
            }
            sheet.iter().try_for_each(|waiting| store::add_waiting(rows, id, waiting))
        })
    }

    /// From here on it is done. An import of the same seller that was closed before is finished first.
    fn close(&self, id: &str, seller: &str) -> Result<(), Error> {
        loop {
            let other = self.write(Lock::Import(seller), |rows, _| match store::open_import_of(rows, seller)? {
                Some(other) => Ok(Some(other)),
                None if store::close_import(rows, id, now())? => Ok(None),
                None => Err(GIVEN_UP),
            })?;
            match other {
                Some(other) => self.take(&other, seller, &mut |_| {})?,
                None => return Ok(()),
            }
        }
    }

    /// What was filled in is of no use any more; when this fails, too, it is forgotten later.
    fn forget(&self, id: &str) {
        if let Err(error) = self.write(Lock::Import(id), |rows, _| store::drop_import(rows, id)) {
            tracing::warn!(%error, id, "what was read of a feed is forgotten later");
        }
    }

    /// Takes every draft that waits.
    pub(in crate::server) fn take(&self, id: &str, seller: &str, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let mut told = 0;
        step_by_step(|| {
            let taken = self.write(Lock::Import(seller), |rows, key| take_some(rows, key, id))?;
            let Some((count, more)) = taken else { return Ok(false) };
            if !more || count / STEP > told / STEP {
                told = count;
                progress(Progress::Taken(count));
            }
            Ok(more)
        })
    }
}

const GIVEN_UP: Error = Error::Busy("the import took so long that it was given up: begin it again");

/// How many have been taken by now, and whether more wait; `None` when the import is done.
fn take_some(rows: &mut dyn Rows, key: &SigningKey, id: &str) -> Result<Option<(u64, bool)>, Error> {
    let Some(import) = store::open_import(rows, id)? else { return Ok(None) };
    let seller = store::seller(rows, &import.seller)?.ok_or(Error::NotFound)?;
    let (mut room, mut report) = (Room::limited(import.limited), import.taken);
    let told = report.errors.len();
    let waiting = store::waiting(rows, id, AT_ONCE)?;
    let began = Instant::now();
    let (mut last, mut count) = (0, 0);
    for Waiting { place, line, draft } in &waiting {
        let draft = serde_json::from_str(draft).map_err(|error| Error::Corrupt(format!("a draft that waits: {error}")))?;
        report.count(*line, put(rows, key, &seller, draft, &mut room))?;
        (last, count) = (*place, count + 1);
        if began.elapsed() >= HOLD {
            break;
        }
    }
    let errors = if report.errors.len() > told { Some(serde_json::to_string(&report.errors)) } else { None };
    let errors = errors.transpose().map_err(|error| Error::Invalid(error.to_string()))?;
    store::note_taken(rows, id, last, &report, errors.as_deref(), now())?;
    let more = count < waiting.len() || waiting.len() as i64 == AT_ONCE;
    if !more {
        store::end_import(rows, id)?;
    }
    Ok(Some((report.rows(), more)))
}

fn put(rows: &mut dyn Rows, key: &SigningKey, seller: &Seller, draft: Draft, room: &mut Room) -> Result<super::Outcome, Left> {
    let draft = with_pictures(rows, draft)?;
    Ok(put_in(rows, key, seller, draft, Expect::Any, room)?.1)
}
