//! What a seller may keep: so many products, and so many bytes of pictures.
//!
//! Keys are held to it; whoever acts at the machine itself is not. Withdrawn products count, and so do pictures that are no longer shown
//! until a sweep forgets them.

use serde::{Deserialize, Serialize};

use super::keys::Access;
use super::store::{self, Lock, Rows};
use super::{Catalog, Error};
use crate::Hash;

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
    /// Withdrawn ones too; not counted beyond `most_products`.
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
        self.read(|rows| {
            store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            let (most_products, most_picture_bytes) = most(rows, seller)?;
            Ok(Usage {
                products: store::product_count(rows, seller, i64::try_from(most_products).unwrap_or(i64::MAX))?,
                most_products,
                picture_bytes: store::picture_bytes(rows, seller)?,
                most_picture_bytes,
            })
        })
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

fn most(rows: &mut dyn Rows, seller: &str) -> Result<(u64, u64), Error> {
    let (products, bytes) = store::quota(rows, seller)?;
    Ok((products.unwrap_or(PRODUCTS), bytes.unwrap_or(PICTURE_BYTES)))
}

/// What one transaction of a seller may still add; counted when it is first asked for.
pub(super) struct Room {
    limited: bool,
    products: Option<Left>,
    bytes: Option<Left>,
}

#[derive(Clone, Copy)]
struct Left {
    most: u64,
    left: u64,
}

impl Room {
    pub(super) fn of(access: &Access) -> Self {
        Self { limited: access.limited, products: None, bytes: None }
    }

    pub(super) fn unlimited() -> Self {
        Self { limited: false, products: None, bytes: None }
    }

    /// A place for one more product; [`Room::took_product`] says that it was used.
    pub(super) fn check_product(&mut self, rows: &mut dyn Rows, seller: &str) -> Result<(), Error> {
        if !self.limited {
            return Ok(());
        }
        let Left { most, left } = match self.products {
            Some(left) => left,
            None => {
                let (most, _) = most(rows, seller)?;
                let count = store::product_count(rows, seller, i64::try_from(most).unwrap_or(i64::MAX))?;
                *self.products.insert(Left { most, left: most.saturating_sub(count) })
            }
        };
        if left == 0 { Err(Error::FullOfProducts { most }) } else { Ok(()) }
    }

    pub(super) fn took_product(&mut self) {
        if let Some(products) = &mut self.products {
            products.left = products.left.saturating_sub(1);
        }
    }

    /// Room for so many bytes of pictures, this one the last of them; false when it takes none because the seller has it already.
    pub(super) fn check_picture(&mut self, rows: &mut dyn Rows, seller: &str, hash: &Hash, bytes: u64) -> Result<bool, Error> {
        if !self.limited || store::holds_picture(rows, seller, hash)? {
            return Ok(false);
        }
        let Left { most, left } = match self.bytes {
            Some(left) => left,
            None => {
                let (_, most) = most(rows, seller)?;
                let used = store::picture_bytes(rows, seller)?;
                *self.bytes.insert(Left { most, left: most.saturating_sub(used) })
            }
        };
        if left < bytes { Err(Error::FullOfPictures { most }) } else { Ok(true) }
    }

    /// A picture that the catalog has, from now on the seller's too.
    pub(super) fn take_picture(&mut self, rows: &mut dyn Rows, seller: &str, hash: &Hash) -> Result<(), Error> {
        if !self.limited {
            return Ok(());
        }
        let size = store::blob_size(rows, hash)?;
        if self.check_picture(rows, seller, hash, size)?
            && let Some(bytes) = &mut self.bytes
        {
            bytes.left = bytes.left.saturating_sub(size);
        }
        Ok(())
    }
}
