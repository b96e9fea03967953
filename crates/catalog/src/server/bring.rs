//! Blobs come in: to the object store first, when there is one, then into the transaction that names them.
//!
//! Nobody waits for an upload in a transaction. A sweep may remove the object meanwhile: so the transaction, which holds the blob's row as
//! a sweep has to, asks the store whether the object is there, and an upload that was swept away is done again. What no transaction named
//! is removed.

use super::store::{self, Lock, Rows};
use super::{Catalog, Error, TRIES, now};
use crate::{BLOB_CAP, Hash};

/// The object was removed between its upload and the transaction.
const SWEPT: &str = "the blob was swept meanwhile";

impl Catalog {
    /// Has the bytes lie where blobs lie, then does the write that names them by [`Catalog::put_blob_in`].
    pub(super) fn bringing<T>(&self, blobs: &[&[u8]], mut write: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
        if !self.0.blobs.are_outside() {
            return write();
        }
        let mut tries = 1;
        loop {
            let brought = self.bring(blobs)?;
            match write() {
                Err(Error::Busy(SWEPT)) if tries < TRIES => tries += 1,
                Err(error) => {
                    self.take_back(&brought);
                    return Err(error);
                }
                done => return done,
            }
        }
    }

    fn bring(&self, blobs: &[&[u8]]) -> Result<Vec<Hash>, Error> {
        let mut brought = Vec::new();
        for bytes in blobs {
            check_size(bytes)?;
            let hash = Hash::of(bytes);
            if !self.read(|rows| store::lies_inside(rows, &hash))? {
                self.0.blobs.put(&hash, bytes)?;
                brought.push(hash);
            }
        }
        Ok(brought)
    }

    /// Objects that no row knows; what cannot be removed now is a stray that [`Catalog::sweep_strays`] finds.
    fn take_back(&self, brought: &[Hash]) {
        for hash in brought {
            if let Err(error) = self.write(Lock::Seller(""), |rows, _| self.remove_stray(rows, hash)) {
                tracing::warn!(%error, %hash, "an object that nothing names stays until strays are swept");
            }
        }
    }

    /// False when a row knows the object.
    pub(super) fn remove_stray(&self, rows: &mut dyn Rows, hash: &Hash) -> Result<bool, Error> {
        if !store::claim_stray(rows, hash)? {
            return Ok(false);
        }
        self.0.blobs.remove(hash)?;
        store::remove_blob(rows, hash)?;
        Ok(true)
    }

    /// The blob's row, new or touched. With an object store the bytes have been brought before.
    pub(super) fn put_blob_in(&self, rows: &mut dyn Rows, bytes: &[u8], media: &str) -> Result<Hash, Error> {
        check_size(bytes)?;
        let printable = !media.is_empty() && media.len() <= 100 && media.bytes().all(|b| (0x20..0x7F).contains(&b));
        if !printable {
            return Err(Error::Invalid("not a media type".to_owned()));
        }
        let hash = Hash::of(bytes);
        if !store::keep_blob(rows, &hash, now())? {
            let inside = (!self.0.blobs.are_outside()).then_some(bytes);
            store::add_blob(rows, &hash, media, (i64::try_from(bytes.len()).unwrap_or(i64::MAX), inside), now())?;
        }
        // Also when the row was known: a sweep that was killed may have removed the object and not its row.
        if self.0.blobs.are_outside() && !store::lies_inside(rows, &hash)? && !self.0.blobs.has(&hash)? {
            return Err(Error::Busy(SWEPT));
        }
        Ok(hash)
    }
}

fn check_size(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() as u64 > BLOB_CAP {
        return Err(Error::Invalid(format!("a blob has at most {BLOB_CAP} bytes")));
    }
    Ok(())
}
