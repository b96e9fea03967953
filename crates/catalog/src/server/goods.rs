//! What sellers do to their products. Each verb is one transaction; the answer is signed in it.

use ed25519_dalek::SigningKey;

use super::judge::{self, Before, Step};
use super::keys::Access;
use super::quota::Room;
use super::store::{self, Lock, Rows};
use super::{Catalog, Draft, Error, Expect, IN_THE_WAY, Patch, now, search};
use crate::{Hash, IMAGES_CAP, Product, Seller, Signed};

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
        self.write(Lock::Seller(seller), move |rows, key| {
            let seller = store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            Ok(put_in(rows, key, &seller, draft.clone(), expect, &mut Room::of(access))?.0)
        })
    }

    /// Changes price, availability, quantity and, with the right to write products, the GTIN of an own product that is offered.
    pub fn patch(&self, access: &Access, code: &str, patch: Patch) -> Result<Product, Error> {
        let seller = access.stock()?;
        if patch.gtin.is_some() {
            access.products()?;
        }
        self.change(access, seller, code, move |_, product| {
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
        })
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
        let hash = Hash::of(picture);
        let add = |rows: &mut dyn Rows, product: &mut Product| {
            if product.images.contains(&hash) {
                return Ok(());
            }
            if product.images.len() >= IMAGES_CAP {
                return Err(Error::Invalid(format!("a product has at most {IMAGES_CAP} pictures: remove one first")));
            }
            Room::of(access).check_picture(rows, seller, &hash, picture.len() as u64)?;
            product.images.push(self.put_picture_in(rows, picture)?);
            Ok(())
        };
        self.bringing(&[picture], || self.change(access, seller, code, add))
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
        change: impl Fn(&mut dyn Rows, &mut Product) -> Result<(), Error>,
    ) -> Result<Product, Error> {
        self.write(Lock::Seller(seller), |rows, key| {
            let row = store::product(rows, code)?.ok_or(Error::NotFound)?;
            if row.seller != seller {
                return Err(Error::NotYours);
            }
            let old = row.product()?;
            let mut new = old.clone();
            change(rows, &mut new)?;
            let mut room = Room::of(access);
            let step = judge::replace(rows, row.change, old, new, &mut room, &Before::default())?;
            Ok(write_in(rows, key, step, &mut room)?.0)
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
    let step = judge::put(rows, seller, draft, expect, room, &Before::default())?;
    write_in(rows, key, step, room)
}

/// Writes nothing when nothing is new.
pub(super) fn write_in(rows: &mut dyn Rows, key: &SigningKey, step: Step, room: &mut Room) -> Result<(Product, Outcome), Error> {
    match step {
        Step::Same(product) => Ok((product, Outcome::Unchanged)),
        Step::Add(product) => {
            hold_pictures(rows, &[], &product.images)?;
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
        Step::Replace { at, old, new, claims } => {
            hold_pictures(rows, &old.images, &new.images)?;
            let new = Product { version: old.version + 1, as_of: now(), ..*new };
            let signed = Signed::sign(&new, key)?;
            let change = rows.next_change()?;
            if !store::change_product(rows, change, &new, new.gtin14().as_deref(), claims, &signed)? {
                return Err(taken(rows, &new)?);
            }
            rows.drop_words(at)?;
            rows.add_words(change, &search::words(&new))?;
            show_pictures(rows, &old.images, &new, room)?;
            Ok((new, Outcome::Changed))
        }
    }
}

/// Before anything is written, since an import goes on after a product that was refused; and in one order, so that two transactions about
/// the same pictures wait for each other and never in a circle.
fn hold_pictures(rows: &mut dyn Rows, old: &[Hash], new: &[Hash]) -> Result<(), Error> {
    let come = new.iter().filter(|hash| !old.contains(hash));
    let go = old.iter().filter(|hash| !new.contains(hash));
    let mut touched: Vec<&Hash> = come.chain(go).collect();
    touched.sort_unstable_by_key(|hash| hash.0);
    for hash in touched {
        if !store::hold_blob(rows, hash)? && new.contains(hash) {
            return Err(judge::no_blob(hash));
        }
    }
    Ok(())
}

/// Keeps account of which pictures are shown.
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

/// Pictures come by another way than most feeds: a row without any leaves those that the product has.
pub(super) fn with_pictures(rows: &mut dyn Rows, mut draft: Draft) -> Result<Draft, Error> {
    if draft.images.is_empty()
        && let Some(row) = store::product(rows, &draft.code)?
    {
        draft.images = row.product()?.images;
    }
    Ok(draft)
}
