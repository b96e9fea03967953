//! Sellers. What a card shows of them stands in each of their products: a change signs those anew, in the same transaction.

use ed25519_dalek::SigningKey;

use super::keys::{Access, KeyText, Rights, add_key_in, random_id};
use super::quota::Room;
use super::store::{self, Lock, Rows};
use super::{Catalog, Error, now, search};
use crate::{Hash, Product, Seller, Signed, id, plain};

/// A seller's badges, at most.
const BADGES_CAP: usize = 8;
/// Stands for a product's code where the picture is the seller's.
const LOGO: &str = "";
/// Products signed anew between two looks at the database.
const BATCH: i64 = 500;

impl Catalog {
    /// A new seller, who has no key yet.
    pub fn add_seller(&self, name: &str) -> Result<Seller, Error> {
        plain("name", name, 100)?;
        self.write(Lock::Catalog, |rows, _| add_seller_in(rows, name))
    }

    /// A new seller with a first key for their products, in one step.
    pub fn welcome_seller(&self, name: &str) -> Result<(Seller, KeyText), Error> {
        plain("name", name, 100)?;
        self.write(Lock::Catalog, |rows, _| {
            let seller = add_seller_in(rows, name)?;
            let key = add_key_in(rows, Some(&seller.id), Rights::PRODUCTS)?;
            Ok((seller, key))
        })
    }

    /// All sellers by name.
    pub fn sellers(&self) -> Result<Vec<Seller>, Error> {
        self.read(store::sellers)
    }

    pub fn seller(&self, id: &str) -> Result<Option<Seller>, Error> {
        self.read(|rows| store::seller(rows, id))
    }

    /// Only the operator grants badges.
    pub fn set_badges(&self, access: &Access, seller: &str, badges: &[String]) -> Result<Seller, Error> {
        access.needs_operator()?;
        badges.iter().try_for_each(|badge| id("badge", badge))?;
        let mut distinct: Vec<String> = Vec::new();
        badges.iter().for_each(|badge| {
            if !distinct.contains(badge) {
                distinct.push(badge.clone());
            }
        });
        if distinct.len() > BADGES_CAP {
            return Err(Error::Invalid(format!("a seller has at most {BADGES_CAP} badges")));
        }
        self.change_seller(seller, |_, seller| {
            seller.badges = distinct;
            Ok(())
        })
    }

    /// Only the operator names sellers.
    pub fn set_seller_name(&self, access: &Access, seller: &str, name: &str) -> Result<Seller, Error> {
        access.needs_operator()?;
        plain("name", name, 100)?;
        self.change_seller(seller, |_, seller| {
            name.clone_into(&mut seller.name);
            Ok(())
        })
    }

    /// The picture, WebP as the studio made it, beside the seller's name.
    pub fn set_logo(&self, access: &Access, picture: &[u8]) -> Result<Seller, Error> {
        let id = access.products()?;
        let mut room = Room::of(access);
        self.change_seller(id, |rows, seller| {
            let hash = Hash::of(picture);
            room.check_picture(rows, id, &hash, picture.len() as u64)?;
            self.put_picture_in(rows, picture)?;
            if let Some(old) = seller.logo.replace(hash).filter(|old| *old != hash) {
                store::drop_picture(rows, id, LOGO, &old, now())?;
            }
            store::show_picture(rows, id, LOGO, &hash)
        })
    }

    fn change_seller(
        &self,
        id: &str,
        change: impl FnOnce(&mut dyn Rows, &mut Seller) -> Result<(), Error>,
    ) -> Result<Seller, Error> {
        self.write(Lock::Seller(id), |rows, key| {
            let old = store::seller(rows, id)?.ok_or(Error::NotFound)?;
            let mut new = old.clone();
            change(rows, &mut new)?;
            if new != old {
                store::put_seller(rows, &new)?;
                sign_products_of(rows, key, &new, new.name != old.name)?;
            }
            Ok(new)
        })
    }

    /// A WebP of the catalog; the magic number only keeps a wrong call out, the studio has decoded it.
    pub(super) fn put_picture_in(&self, rows: &mut dyn Rows, picture: &[u8]) -> Result<Hash, Error> {
        if picture.len() < 12 || &picture[..4] != b"RIFF" || &picture[8..12] != b"WEBP" {
            return Err(Error::Invalid("a picture must have been made WebP".to_owned()));
        }
        self.put_blob_in(rows, picture, "image/webp")
    }
}

pub(super) fn add_seller_in(rows: &mut dyn Rows, name: &str) -> Result<Seller, Error> {
    let seller = Seller { id: random_id("s"), name: name.to_owned(), logo: None, badges: Vec::new() };
    store::put_seller(rows, &seller)?;
    Ok(seller)
}

/// The products keep their places in the order of changes: nothing about the goods is new.
fn sign_products_of(rows: &mut dyn Rows, key: &SigningKey, seller: &Seller, renamed: bool) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let found = store::codes_after(rows, &seller.id, &after, BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        last.code.clone_into(&mut after);
        for row in &found {
            let old = row.product()?;
            let product = Product { version: old.version + 1, as_of: now(), seller: seller.clone(), ..old };
            store::sign_product(rows, row.change, product.version, &Signed::sign(&product, key)?)?;
            if renamed {
                rows.drop_words(row.change)?;
                rows.add_words(row.change, &search::words(&product))?;
            }
        }
    }
}
