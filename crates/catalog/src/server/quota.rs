//! What a seller may keep: so many products, and so many bytes of pictures.
//!
//! Keys are held to it; whoever acts at the machine itself is not. Withdrawn products count, and so do pictures that are no longer shown
//! until a sweep forgets them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::keys::Access;
use super::store::{self, Kept, Lock, Rows};
use super::{Catalog, Error};
use crate::{Hash, Seller};

/// Of a seller for whom the operator set nothing else.
pub const PRODUCTS: u64 = 200_000;
pub const PICTURE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const MOST: u64 = 1 << 50;

/// What the operator set for one seller; what is absent or null is the catalog's own measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    #[serde(default)]
    pub products: Option<u64>,
    #[serde(default)]
    pub picture_bytes: Option<u64>,
}

/// What a seller keeps, and may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Withdrawn ones too.
    pub products: u64,
    pub most_products: u64,
    /// Pictures that are no longer shown count until they are swept.
    pub picture_bytes: u64,
    pub most_picture_bytes: u64,
}

impl Catalog {
    /// # Errors
    /// [`Error::NotFound`] for a seller the catalog does not know.
    pub fn usage(&self, seller: &str) -> Result<Usage, Error> {
        crate::id("seller", seller).map_err(|_| Error::NotFound)?;
        let kept = self.read(|rows| store::kept(rows, seller))?.ok_or(Error::NotFound)?;
        Ok(Usage::of(&kept))
    }

    /// All sellers by name, each with what they keep and what the operator set for them.
    pub fn sellers_and_usage(&self) -> Result<Vec<(Seller, Usage, Quota)>, Error> {
        let found = self.read(store::sellers_kept)?;
        let quota = |kept: &Kept| Quota { products: kept.most_products, picture_bytes: kept.most_picture_bytes };
        Ok(found.into_iter().map(|(seller, kept)| (seller, Usage::of(&kept), quota(&kept))).collect())
    }

    /// Only the operator sets what a seller may keep. What is there already stays.
    pub fn set_quota(&self, access: &Access, seller: &str, quota: Quota) -> Result<Usage, Error> {
        access.needs_operator()?;
        if [quota.products, quota.picture_bytes].into_iter().flatten().any(|most| most > MOST) {
            return Err(Error::Invalid(format!("a quota is at most {MOST}")));
        }
        crate::id("seller", seller).map_err(|_| Error::NotFound)?;
        let known = self.write(Lock::Catalog, |rows, _| store::set_quota(rows, seller, quota.products, quota.picture_bytes))?;
        if known { self.usage(seller) } else { Err(Error::NotFound) }
    }
}

impl Usage {
    fn of(kept: &Kept) -> Self {
        Self {
            products: kept.products,
            most_products: kept.most_products.unwrap_or(PRODUCTS),
            picture_bytes: kept.picture_bytes,
            most_picture_bytes: kept.most_picture_bytes.unwrap_or(PICTURE_BYTES),
        }
    }
}

/// What one transaction of a seller may still add; counted when it is first asked for.
pub(super) struct Room {
    limited: bool,
    left: Option<Left>,
    /// Pictures that are the seller's since [`Room::take_picture`].
    taken: HashSet<Hash>,
}

#[derive(Clone, Copy)]
struct Left {
    usage: Usage,
    products: u64,
    bytes: u64,
}

impl Room {
    pub(super) fn of(access: &Access) -> Self {
        Self::limited(access.limited)
    }

    pub(super) fn unlimited() -> Self {
        Self::limited(false)
    }

    pub(super) fn limited(limited: bool) -> Self {
        Self { limited, left: None, taken: HashSet::new() }
    }

    fn left(&mut self, rows: &mut dyn Rows, seller: &str) -> Result<Left, Error> {
        if let Some(left) = self.left {
            return Ok(left);
        }
        let usage = Usage::of(&store::kept(rows, seller)?.ok_or(Error::NotFound)?);
        let products = usage.most_products.saturating_sub(usage.products);
        let bytes = usage.most_picture_bytes.saturating_sub(usage.picture_bytes);
        Ok(*self.left.insert(Left { usage, products, bytes }))
    }

    /// A place for one more product; [`Room::took_product`] says that it was used.
    pub(super) fn check_product(&mut self, rows: &mut dyn Rows, seller: &str) -> Result<(), Error> {
        if !self.limited {
            return Ok(());
        }
        let left = self.left(rows, seller)?;
        if left.products == 0 { Err(Error::FullOfProducts { most: left.usage.most_products }) } else { Ok(()) }
    }

    pub(super) fn took_product(&mut self) {
        if let Some(left) = &mut self.left {
            left.products = left.products.saturating_sub(1);
        }
    }

    /// Room for so many bytes of pictures, this one the last of them; false when it takes none because the seller has it already.
    pub(super) fn check_picture(&mut self, rows: &mut dyn Rows, seller: &str, hash: &Hash, bytes: u64) -> Result<bool, Error> {
        if !self.limited || self.taken.contains(hash) || store::holds_picture(rows, seller, hash)? {
            return Ok(false);
        }
        let left = self.left(rows, seller)?;
        if left.bytes < bytes { Err(Error::FullOfPictures { most: left.usage.most_picture_bytes }) } else { Ok(true) }
    }

    /// A picture that the catalog has, from now on the seller's too.
    pub(super) fn take_picture(&mut self, rows: &mut dyn Rows, seller: &str, hash: &Hash) -> Result<(), Error> {
        if !self.limited {
            return Ok(());
        }
        let size = store::blob_size(rows, hash)?;
        if self.check_picture(rows, seller, hash, size)?
            && let Some(left) = &mut self.left
        {
            left.bytes = left.bytes.saturating_sub(size);
            self.taken.insert(*hash);
        }
        Ok(())
    }
}
