//! Blobs that nothing names any more: pictures that products and sellers no longer show, layouts, badges and packs that were replaced.
//!
//! They stay for a while: a signed answer that is cached somewhere may name them. A sweep touches a blob's row before it looks who names
//! it, as everybody does who is to name one; so it is safe beside uploads and beside other instances on the same database. An object is
//! removed before its row's transaction ends, and an upload looks for its object while it holds the row.

use std::time::Duration;

use super::store::{self, Lock};
use super::{Catalog, Error, now};
use crate::Hash;

/// As long as a manifest holds, and a product may be shown without asking again.
pub const GRACE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Blobs looked at in one read, and removed in one transaction.
const PAGE: i64 = 1000;
const AT_ONCE: usize = 16;

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub blobs: u64,
    pub bytes: u64,
}

impl std::ops::AddAssign for Swept {
    fn add_assign(&mut self, other: Self) {
        self.blobs += other.blobs;
        self.bytes += other.bytes;
    }
}

impl Catalog {
    /// Removes what nothing has named for this long, all at once.
    pub fn sweep(&self, grace: Duration) -> Result<Swept, Error> {
        let (mut swept, mut after) = (Swept::default(), None);
        loop {
            let (some, next) = self.sweep_page(grace, after)?;
            swept += some;
            after = Some(match next {
                Some(next) => next,
                None => return Ok(swept),
            });
        }
    }

    /// One page of a sweep: what it removed, and where the next one goes on; `None` at the end.
    pub fn sweep_page(&self, grace: Duration, after: Option<Hash>) -> Result<(Swept, Option<Hash>), Error> {
        let before = now().saturating_sub(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX));
        if after.is_none() {
            for seller in self.read(|rows| store::dropping_sellers(rows, before))? {
                self.write(Lock::Seller(&seller), |rows, _| store::forget_pictures(rows, &seller, before))?;
            }
        }
        let start = after.as_ref().map_or([].as_slice(), |hash| &hash.0);
        let page = self.read(|rows| store::idle_blobs(rows, start, before, PAGE))?;
        let next = page.last().map(|(hash, _)| *hash);
        let idle: Vec<Hash> = page.into_iter().filter_map(|(hash, idle)| idle.then_some(hash)).collect();
        let mut swept = Swept::default();
        for some in idle.chunks(AT_ONCE) {
            swept += self.write(Lock::Seller(""), |rows, _| {
                let mut swept = Swept::default();
                for hash in some {
                    if let Some((bytes, outside)) = store::remove_idle_blob(rows, hash, before)? {
                        if outside {
                            self.0.blobs.remove(hash)?;
                        }
                        swept += Swept { blobs: 1, bytes };
                    }
                }
                Ok(swept)
            })?;
        }
        Ok((swept, next))
    }

    /// Removes objects older than this from the object store that no row of the database knows: of uploads that ended halfway. The place
    /// must be this catalog's alone.
    pub fn sweep_strays(&self, grace: Duration) -> Result<Swept, Error> {
        let before = now().saturating_sub(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX));
        let mut swept = Swept::default();
        for folder in 0..=u8::MAX {
            for (hash, bytes) in self.0.blobs.older(folder, before)? {
                swept += self.write(Lock::Seller(""), |rows, _| {
                    Ok(if self.remove_stray(rows, &hash)? { Swept { blobs: 1, bytes } } else { Swept::default() })
                })?;
            }
        }
        Ok(swept)
    }
}
