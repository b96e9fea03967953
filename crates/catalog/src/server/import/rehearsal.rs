//! A dry run: every row is judged by what stands when it is read, and by what the rows before it would have changed. It only reads.

use super::super::goods::{Outcome, with_pictures};
use super::super::judge::{self, Before, Step};
use super::super::keys::Access;
use super::super::quota::Room;
use super::super::store;
use super::super::{Catalog, Draft, Error, Expect};
use super::{Imported, Progress, RowError, STEP, Seen};
use crate::Seller;

impl Catalog {
    pub(super) fn rehearse(
        &self,
        access: &Access,
        rows: impl Iterator<Item = (u64, Result<Draft, RowError>)>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, Error> {
        let seller = access.products()?;
        let seller = self.read(|rows| store::seller(rows, seller))?.ok_or(Error::NotFound)?;
        let (mut report, mut seen) = (Imported::default(), Seen::default());
        let (mut room, mut before) = (Room::of(access), Before::default());
        let mut count = 0;
        for (row, draft) in rows {
            let put = seen.check(row, draft).and_then(|draft| Ok(self.rehearse_row(&seller, &draft, &mut room, &mut before)?));
            report.count(row, put)?;
            count += 1;
            if count % STEP == 0 {
                progress(Progress::Read(count));
            }
        }
        progress(Progress::Read(count));
        Ok(report)
    }

    /// One short read, so that nobody waits for a reader meanwhile.
    fn rehearse_row(&self, seller: &Seller, draft: &Draft, room: &mut Room, before: &mut Before) -> Result<Outcome, Error> {
        let step = self.read(|rows| {
            let draft = with_pictures(rows, draft.clone())?;
            judge::put(rows, seller, draft, Expect::Any, room, before)
        })?;
        let (outcome, product) = match &step {
            Step::Same(product) => (Outcome::Unchanged, product),
            Step::Replace { new, .. } => (Outcome::Changed, new.as_ref()),
            Step::Add(product) => (Outcome::Added, product),
        };
        if outcome == Outcome::Added {
            room.took_product();
        }
        if outcome != Outcome::Unchanged {
            product.images.iter().try_for_each(|hash| self.read(|rows| room.take_picture(rows, &seller.id, hash)))?;
        }
        before.note(product);
        Ok(outcome)
    }
}
