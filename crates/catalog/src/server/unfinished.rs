//! What goes on over many short transactions, and is finished by whoever comes when the one who began it is gone: imports whose feed is all
//! there, and products that are signed anew after their seller changed.

use std::time::{Duration, Instant};

use super::store;
use super::{Catalog, Error, now};

/// How long one step holds back who else writes, about; and of that the part for which others have their turn behind it.
pub(super) const HOLD: Duration = Duration::from_millis(50);
const REST: u32 = 4;
/// A feed that nobody goes on filling in, and the report of an import that nobody fetched.
const IDLE: i64 = 24 * 3600 * 1000;

impl Catalog {
    /// Finishes what nobody has gone on with for this long, and forgets what nobody will finish.
    pub fn finish(&self, idle: Duration) -> Result<(), Error> {
        let before = now().saturating_sub(i64::try_from(idle.as_millis()).unwrap_or(i64::MAX));
        for (id, seller) in self.read(|rows| store::open_imports(rows, before))? {
            tracing::info!(id, seller, "finishing an import that was interrupted");
            self.take(&id, &seller, &mut |_| {})?;
        }
        for seller in self.read(store::half_signed)? {
            self.sign_products(&seller)?;
        }
        if self.read(|rows| store::has_idle_import(rows, now() - IDLE))? {
            self.write(store::Lock::Import(""), |rows, _| store::drop_idle_imports(rows, now() - IDLE))?;
        }
        Ok(())
    }
}

/// One step after another while there is more to do. Other processes look for their turn now and then: between two steps they have one.
pub(super) fn step_by_step(mut step: impl FnMut() -> Result<bool, Error>) -> Result<(), Error> {
    loop {
        let began = Instant::now();
        if !step()? {
            return Ok(());
        }
        std::thread::sleep(began.elapsed().min(HOLD * 4) / REST);
    }
}
