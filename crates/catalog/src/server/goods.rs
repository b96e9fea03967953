//! What sellers do to their products. Each verb is one transaction; the answer is signed in it.

use ed25519_dalek::SigningKey;

use super::keys::Access;
use super::store::{self, Lock, ProductRow, Rows};
use super::{Catalog, Draft, Error, Expect, Patch, draft, now, search};
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
    pub fn put(&self, access: &Access, draft: Draft, expect: Expect) -> Result<Product, Error> {
        let seller = access.products()?;
        draft.check()?;
        self.write(Lock::Seller(seller), |rows, key| {
            let seller = store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            Ok(put_in(rows, key, &seller, draft, expect)?.0)
        })
    }

    /// Changes price, availability and quantity of an own product that is offered.
    pub fn patch(&self, access: &Access, code: &str, patch: Patch) -> Result<Product, Error> {
        self.change(access.stock()?, code, |_, product| {
            if product.withdrawn {
                return Err(Error::Invalid("the product is withdrawn: put it again first".to_owned()));
            }
            if let Some(price) = patch.price {
                product.price = price;
            }
            product.availability = patch.availability.unwrap_or(product.availability);
            product.quantity = patch.quantity.unwrap_or(product.quantity);
            Ok(())
        })
    }

    /// Ends an own product: a signed answer that it is withdrawn. The code stays the seller's, who may put it again.
    pub fn withdraw(&self, access: &Access, code: &str) -> Result<Product, Error> {
        self.change(access.products()?, code, |_, product| {
            product.withdrawn = true;
            Ok(())
        })
    }

    /// Adds a picture, WebP as the studio made it, behind the others.
    pub fn add_image(&self, access: &Access, code: &str, picture: &[u8]) -> Result<Product, Error> {
        self.change(access.products()?, code, |rows, product| {
            let hash = self.put_picture_in(rows, picture)?;
            if product.images.contains(&hash) {
                return Ok(());
            }
            if product.images.len() >= IMAGES_CAP {
                return Err(Error::Invalid(format!("a product has at most {IMAGES_CAP} pictures: remove one first")));
            }
            product.images.push(hash);
            Ok(())
        })
    }

    pub fn remove_image(&self, access: &Access, code: &str, picture: &Hash) -> Result<Product, Error> {
        self.change(access.products()?, code, |_, product| {
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
            Ok(replace_in(rows, key, row.change, old, new)?.0)
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
        if !known && !store::has_blob(rows, image)? {
            return Err(Error::Field { field: "images", message: format!("{image} is not among the catalog's blobs") });
        }
    }
    match (row, old) {
        (Some(row), Some(old)) => {
            let new = draft.into_product(seller.clone(), old.version, old.as_of);
            replace_in(rows, key, row.change, old, new)
        }
        _ => add_in(rows, key, draft.into_product(seller.clone(), 1, now())),
    }
}

fn add_in(rows: &mut dyn Rows, key: &SigningKey, product: Product) -> Result<(Product, Outcome), Error> {
    let signed = Signed::sign(&product, key)?;
    let gtin = draft::gtin(&product);
    let change = rows.next_change()?;
    if !store::add_product(rows, change, &product, gtin.as_deref(), &signed)? {
        return Err(taken(rows, gtin.as_deref())?);
    }
    rows.add_words(change, &search::words(&product, gtin.as_deref()))?;
    Ok((product, Outcome::Added))
}

/// Writes nothing when nothing is new.
fn replace_in(rows: &mut dyn Rows, key: &SigningKey, at: i64, old: Product, new: Product) -> Result<(Product, Outcome), Error> {
    if new == old {
        return Ok((old, Outcome::Unchanged));
    }
    let new = Product { version: old.version + 1, as_of: now(), ..new };
    let signed = Signed::sign(&new, key)?;
    let gtin = draft::gtin(&new);
    let change = rows.next_change()?;
    if !store::change_product(rows, change, &new, gtin.as_deref(), &signed)? {
        return Err(taken(rows, gtin.as_deref())?);
    }
    rows.drop_words(at)?;
    rows.add_words(change, &search::words(&new, gtin.as_deref()))?;
    Ok((new, Outcome::Changed))
}

/// Why a product could not be written: its GTIN stands under another code, or another seller was faster.
fn taken(rows: &mut dyn Rows, gtin: Option<&str>) -> Result<Error, Error> {
    Ok(match gtin.map(|gtin| store::by_gtin(rows, gtin)).transpose()?.flatten() {
        Some(other) => Error::Field { field: "code", message: format!("this GTIN stands already under the code {}", other.code) },
        None => Error::NotYours,
    })
}
