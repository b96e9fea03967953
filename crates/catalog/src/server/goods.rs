//! What sellers do to their products. Each verb is one transaction; the answer is signed in it.

use ed25519_dalek::SigningKey;

use super::keys::Access;
use super::quota::Room;
use super::store::{self, Lock, ProductRow, Rows};
use super::{Catalog, Draft, Error, Expect, IN_THE_WAY, Patch, now, search};
use crate::gs1::{gtin_forms, gtin14};
use crate::{Hash, IMAGES_CAP, Product, Seller, Signed};

/// How often a write is tried that another one was in the way of.
const TRIES: u32 = 5;

/// What a write made of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Added,
    Changed,
    Unchanged,
}

impl Catalog {
    /// Adds the product or replaces the seller's own of this code, a withdrawn one too. What says the same already is left as it is.
    ///
    /// A GTIN is one product's that is offered: whoever was first has it, until they take it away or withdraw the product.
    /// Meanwhile no other product that is offered has it as its code, in any form: both would be asked for alike.
    pub fn put(&self, access: &Access, draft: Draft, expect: Expect) -> Result<Product, Error> {
        let seller = access.products()?;
        draft.check()?;
        let put = move || {
            self.write(Lock::Seller(seller), |rows, key| {
                let seller = store::seller(rows, seller)?.ok_or(Error::NotFound)?;
                Ok(put_in(rows, key, &seller, draft.clone(), expect, &mut Room::of(access))?.0)
            })
        };
        again(put)
    }

    /// Changes price, availability, quantity and, with the right to write products, the GTIN of an own product that is offered.
    pub fn patch(&self, access: &Access, code: &str, patch: Patch) -> Result<Product, Error> {
        let seller = access.stock()?;
        if patch.gtin.is_some() {
            access.products()?;
        }
        let change = move |_: &mut dyn Rows, product: &mut Product| {
            if product.withdrawn {
                return Err(Error::Invalid("the product is withdrawn: put it again first".to_owned()));
            }
            let Patch { price, availability, quantity, gtin } = patch.clone();
            if let Some(price) = price {
                product.price = price;
            }
            product.availability = availability.unwrap_or(product.availability);
            product.quantity = quantity.unwrap_or(product.quantity);
            if let Some(gtin) = gtin {
                let draft = Draft { gtin, ..Draft::of(product.clone()) };
                draft.check()?;
                let Product { kind, gtin, .. } = draft.into_product(product.seller.clone(), product.version, product.as_of);
                (product.kind, product.gtin) = (kind, gtin);
            }
            Ok(())
        };
        again(|| self.change(access, seller, code, &change))
    }

    /// Ends an own product: a signed answer that it is withdrawn. The code stays the seller's, who may put it again.
    pub fn withdraw(&self, access: &Access, code: &str) -> Result<Product, Error> {
        self.change(access, access.products()?, code, |_, product| {
            product.withdrawn = true;
            Ok(())
        })
    }

    /// Adds a picture, WebP as the studio made it, behind the others.
    pub fn add_image(&self, access: &Access, code: &str, picture: &[u8]) -> Result<Product, Error> {
        let seller = access.products()?;
        self.change(access, seller, code, |rows, product| {
            let hash = Hash::of(picture);
            if product.images.contains(&hash) {
                return Ok(());
            }
            if product.images.len() >= IMAGES_CAP {
                return Err(Error::Invalid(format!("a product has at most {IMAGES_CAP} pictures: remove one first")));
            }
            Room::of(access).check_picture(rows, seller, &hash, picture.len() as u64)?;
            product.images.push(self.put_picture_in(rows, picture)?);
            Ok(())
        })
    }

    pub fn remove_image(&self, access: &Access, code: &str, picture: &Hash) -> Result<Product, Error> {
        self.change(access, access.products()?, code, |_, product| {
            let before = product.images.len();
            product.images.retain(|hash| hash != picture);
            if product.images.len() == before { Err(Error::NotFound) } else { Ok(()) }
        })
    }

    /// Every product of the seller by code, withdrawn ones too; the first error of `each` ends it.
    pub fn all_goods(&self, access: &Access, each: &mut dyn FnMut(Product) -> Result<(), Error>) -> Result<(), Error> {
        let seller = access.own()?;
        let mut after = String::new();
        loop {
            let found = self.read(|rows| store::codes_after(rows, seller, &after, 500))?;
            let Some(last) = found.last() else { return Ok(()) };
            last.code.clone_into(&mut after);
            found.iter().try_for_each(|row| each(row.product()?))?;
        }
    }

    fn change(
        &self,
        access: &Access,
        seller: &str,
        code: &str,
        change: impl FnOnce(&mut dyn Rows, &mut Product) -> Result<(), Error>,
    ) -> Result<Product, Error> {
        self.write(Lock::Seller(seller), |rows, key| {
            let row = store::product(rows, code)?.ok_or(Error::NotFound)?;
            if row.seller != seller {
                return Err(Error::NotYours);
            }
            let old = row.product()?;
            let mut new = old.clone();
            change(rows, &mut new)?;
            Ok(replace_in(rows, key, row.change, old, new, &mut Room::of(access))?.0)
        })
    }
}

/// The draft has been checked by itself.
pub(super) fn put_in(
    rows: &mut dyn Rows,
    key: &SigningKey,
    seller: &Seller,
    draft: Draft,
    expect: Expect,
    room: &mut Room,
) -> Result<(Product, Outcome), Error> {
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
        if !known && !store::hold_blob(rows, image)? {
            return Err(Error::Field { field: "images", message: format!("{image} is not among the catalog's blobs") });
        }
    }
    match (row, old) {
        (Some(row), Some(old)) => {
            let new = draft.into_product(seller.clone(), old.version, old.as_of);
            replace_in(rows, key, row.change, old, new, room)
        }
        _ => add_in(rows, key, draft.into_product(seller.clone(), 1, now()), room),
    }
}

fn add_in(rows: &mut dyn Rows, key: &SigningKey, product: Product, room: &mut Room) -> Result<(Product, Outcome), Error> {
    room.check_product(rows, &product.seller.id)?;
    check_numbers(rows, &product)?;
    check_pictures(rows, &[], &product, room)?;
    let signed = Signed::sign(&product, key)?;
    let change = rows.next_change()?;
    if !store::add_product(rows, change, &product, product.gtin14().as_deref(), &signed)? {
        return Err(taken(rows, &product)?);
    }
    rows.add_words(change, &search::words(&product))?;
    show_pictures(rows, &[], &product, room)?;
    room.took_product();
    Ok((product, Outcome::Added))
}

/// Writes nothing when nothing is new.
fn replace_in(
    rows: &mut dyn Rows,
    key: &SigningKey,
    at: i64,
    old: Product,
    new: Product,
    room: &mut Room,
) -> Result<(Product, Outcome), Error> {
    if new == old {
        return Ok((old, Outcome::Unchanged));
    }
    if !new.withdrawn && (old.withdrawn || new.gtin14() != old.gtin14()) {
        check_numbers(rows, &new)?;
    }
    check_pictures(rows, &old.images, &new, room)?;
    let new = Product { version: old.version + 1, as_of: now(), ..new };
    let signed = Signed::sign(&new, key)?;
    let gtin = new.gtin14();
    let claims = !new.withdrawn && gtin.is_some() && (old.withdrawn || gtin != old.gtin14());
    let change = rows.next_change()?;
    if !store::change_product(rows, change, &new, gtin.as_deref(), claims, &signed)? {
        return Err(taken(rows, &new)?);
    }
    rows.drop_words(at)?;
    rows.add_words(change, &search::words(&new))?;
    show_pictures(rows, &old.images, &new, room)?;
    Ok((new, Outcome::Changed))
}

/// A number leads to one product that is offered, whether it is its GTIN or a code that looks like one.
fn check_numbers(rows: &mut dyn Rows, product: &Product) -> Result<(), Error> {
    let own = product.gtin14();
    if let Some(gtin) = gtin14(&product.code).filter(|gtin| own.as_ref() != Some(gtin))
        && let Some(other) = store::by_gtin(rows, &gtin)?
        && other.code != product.code
        && !other.product()?.withdrawn
    {
        return Err(Error::GtinTaken { gtin, code: other.code });
    }
    if let Some(gtin) = own
        && let Some(code) = store::offered_under(rows, &gtin_forms(&gtin), &product.code)?
    {
        return Err(Error::GtinTaken { gtin, code });
    }
    Ok(())
}

/// Before anything is written: an import goes on after a product that was refused.
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

/// Keeps account of which pictures are shown. Each that is new has been kept before.
fn show_pictures(rows: &mut dyn Rows, old: &[Hash], new: &Product, room: &mut Room) -> Result<(), Error> {
    for hash in new.images.iter().filter(|hash| !old.contains(hash)) {
        room.take_picture(rows, &new.seller.id, hash)?;
        store::show_picture(rows, &new.seller.id, &new.code, hash)?;
    }
    for hash in old.iter().filter(|hash| !new.images.contains(hash)) {
        store::drop_picture(rows, &new.seller.id, &new.code, hash, now())?;
    }
    Ok(())
}

/// Why a product could not be written: another one has its GTIN, or another seller its code, perhaps since a moment ago.
fn taken(rows: &mut dyn Rows, product: &Product) -> Result<Error, Error> {
    if let Some(gtin) = product.gtin14()
        && let Some(other) = store::by_gtin(rows, &gtin)?
        && other.code != product.code
        && !other.product()?.withdrawn
    {
        return Ok(Error::GtinTaken { gtin, code: other.code });
    }
    let others = store::product(rows, &product.code)?.is_some_and(|row| row.seller != product.seller.id);
    Ok(if others { Error::NotYours } else { Error::Busy(IN_THE_WAY) })
}

/// Once more when two writes were in each other's way, and the database undid this one.
fn again<T>(mut write: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..TRIES {
        match write() {
            Err(Error::Busy(IN_THE_WAY)) => {}
            done => return done,
        }
    }
    write()
}
