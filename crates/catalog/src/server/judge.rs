//! What a write of a product comes to, judged from what stands and before anything is written. A dry run ends here.

use std::collections::{HashMap, HashSet};

use super::quota::Room;
use super::store::{self, ProductRow, Rows};
use super::{Draft, Error, Expect, now};
use crate::gs1::{gtin_forms, gtin14};
use crate::{Hash, Product, Seller};

/// A write that may be done.
pub(super) enum Step {
    /// It says what stands already.
    Same(Product),
    Add(Product),
    Replace {
        /// The change of what stands.
        at: i64,
        old: Product,
        /// With the version of the old one.
        new: Box<Product>,
        /// It takes a GTIN that it had not.
        claims: bool,
    },
}

/// What the rows before would have written, in a dry run; else nothing.
#[derive(Default)]
pub(super) struct Before {
    /// Who has a GTIN of 14 digits.
    gtins: HashMap<String, String>,
    codes: HashSet<String>,
}

impl Before {
    /// The product stands from now on. A code comes once in a feed.
    pub(super) fn note(&mut self, product: &Product) {
        if let Some(gtin) = product.gtin14() {
            self.gtins.insert(gtin, product.code.clone());
        }
        self.codes.insert(product.code.clone());
    }

    /// The code of the product that is offered with this GTIN.
    fn holder(&self, rows: &mut dyn Rows, gtin: &str) -> Result<Option<String>, Error> {
        if let Some(code) = self.gtins.get(gtin) {
            return Ok(Some(code.clone()));
        }
        let Some(row) = store::by_gtin(rows, gtin)?.filter(|row| !self.codes.contains(&row.code)) else { return Ok(None) };
        Ok((!row.product()?.withdrawn).then_some(row.code))
    }

    /// A product that is offered under one of these codes, but not under this one.
    fn offered_under(&self, rows: &mut dyn Rows, codes: &[String], but: &str) -> Result<Option<String>, Error> {
        match codes.iter().find(|code| *code != but && self.codes.contains(*code)) {
            Some(code) => Ok(Some(code.clone())),
            None => store::offered_under(rows, codes, but),
        }
    }
}

/// The draft has been checked by itself.
pub(super) fn put(
    rows: &mut dyn Rows,
    seller: &Seller,
    draft: Draft,
    expect: Expect,
    room: &mut Room,
    before: &Before,
) -> Result<Step, Error> {
    let row = store::product(rows, &draft.code)?;
    if row.as_ref().is_some_and(|row| row.seller != seller.id) {
        return Err(Error::NotYours);
    }
    let old = row.as_ref().map(ProductRow::product).transpose()?;
    let stands = old.as_ref().map_or(0, |old| old.version);
    let expected = match expect {
        Expect::Any => stands,
        Expect::New => 0,
        Expect::Version(version) => version,
    };
    if expected != stands {
        return Err(Error::Changed { version: stands });
    }
    for image in &draft.images {
        let known = old.as_ref().is_some_and(|old| old.images.contains(image));
        if !known && !store::has_blob(rows, image)? {
            return Err(no_blob(image));
        }
    }
    match (row, old) {
        (Some(row), Some(old)) => {
            let new = draft.into_product(seller.clone(), old.version, old.as_of);
            replace(rows, row.change, old, new, room, before)
        }
        _ => add(rows, draft.into_product(seller.clone(), 1, now()), room, before),
    }
}

pub(super) fn no_blob(hash: &Hash) -> Error {
    Error::Field { field: "images", message: format!("{hash} is not among the catalog's blobs") }
}

fn add(rows: &mut dyn Rows, product: Product, room: &mut Room, before: &Before) -> Result<Step, Error> {
    room.check_product(rows, &product.seller.id)?;
    check_numbers(rows, &product, before)?;
    check_pictures(rows, &[], &product, room)?;
    Ok(Step::Add(product))
}

pub(super) fn replace(
    rows: &mut dyn Rows,
    at: i64,
    old: Product,
    new: Product,
    room: &mut Room,
    before: &Before,
) -> Result<Step, Error> {
    if new == old {
        return Ok(Step::Same(old));
    }
    let gtin = new.gtin14();
    let other = old.withdrawn || gtin != old.gtin14();
    if !new.withdrawn && other {
        check_numbers(rows, &new, before)?;
    }
    check_pictures(rows, &old.images, &new, room)?;
    let claims = !new.withdrawn && gtin.is_some() && other;
    Ok(Step::Replace { at, old, new: Box::new(new), claims })
}

/// A number leads to one product that is offered, whether it is its GTIN or a code that looks like one.
fn check_numbers(rows: &mut dyn Rows, product: &Product, before: &Before) -> Result<(), Error> {
    let own = product.gtin14();
    let numbers = [gtin14(&product.code).filter(|gtin| own.as_ref() != Some(gtin)), own.clone()];
    for gtin in numbers.into_iter().flatten() {
        if let Some(code) = before.holder(rows, &gtin)?.filter(|code| *code != product.code) {
            return Err(Error::GtinTaken { gtin, code });
        }
        if store::gtin_keeper(rows, &gtin)?.is_some_and(|seller| seller != product.seller.id) {
            return Err(Error::GtinKept { gtin });
        }
    }
    if let Some(gtin) = own
        && let Some(code) = before.offered_under(rows, &gtin_forms(&gtin), &product.code)?
    {
        return Err(Error::GtinTaken { gtin, code });
    }
    Ok(())
}

fn check_pictures(rows: &mut dyn Rows, old: &[Hash], new: &Product, room: &mut Room) -> Result<(), Error> {
    let mut wanted = 0;
    for hash in new.images.iter().filter(|hash| !old.contains(hash)) {
        let with_it = wanted + store::blob_size(rows, hash)?;
        if room.check_picture(rows, &new.seller.id, hash, with_it)? {
            wanted = with_it;
        }
    }
    Ok(())
}
