//! Whose a GTIN is: whoever takes it first has it, until the operator says otherwise.

use super::judge::{self, Before};
use super::keys::Access;
use super::quota::Room;
use super::store::{self, Lock, ProductRow, Rows};
use super::{Catalog, Error, goods};
use crate::gs1::{gtin_forms, gtin14};
use crate::{Product, id};

impl Catalog {
    /// Takes a GTIN, in any form, away from the product of another seller that is offered with it, and returns that product as it is now:
    /// without the GTIN, or withdrawn when its code is the GTIN. With a seller it is kept for theirs from now on, without one for whoever
    /// comes first.
    ///
    /// # Errors
    /// `invalid` for what is no GTIN, `not_found` for a seller the catalog does not know, `forbidden`.
    pub fn give_gtin(&self, access: &Access, gtin: &str, seller: Option<&str>) -> Result<Option<Product>, Error> {
        access.needs_operator()?;
        let no_gtin = || Error::Invalid("a GTIN has 8, 12, 13 or 14 digits, the last of them a check digit".to_owned());
        let gtin = gtin14(gtin).ok_or_else(no_gtin)?;
        seller.map_or(Ok(()), |seller| id("seller", seller)).map_err(|_| Error::NotFound)?;
        self.write(Lock::Catalog, |rows, key| {
            if let Some(seller) = seller {
                store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            }
            store::keep_gtin(rows, &gtin, seller)?;
            let Some(row) = holder(rows, &gtin)?.filter(|row| Some(row.seller.as_str()) != seller) else { return Ok(None) };
            let old = row.product()?;
            let mut new = old.clone();
            match gtin14(&old.code).as_ref() == Some(&gtin) {
                true => new.withdrawn = true,
                false => new.gtin = None,
            }
            let mut room = Room::unlimited();
            let step = judge::replace(rows, row.change, old, new, &mut room, &Before::default())?;
            Ok(Some(goods::write_in(rows, key, step, &mut room)?.0))
        })
    }
}

/// The product that is offered with the GTIN, or under a code that is one of its forms.
fn holder(rows: &mut dyn Rows, gtin: &str) -> Result<Option<ProductRow>, Error> {
    if let Some(row) = store::by_gtin(rows, gtin)?
        && !row.product()?.withdrawn
    {
        return Ok(Some(row));
    }
    match store::offered_under(rows, &gtin_forms(gtin), "")? {
        Some(code) => store::product(rows, &code),
        None => Ok(None),
    }
}
