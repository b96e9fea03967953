//! Sellers. What a card shows of them stands in each of their products: a change signs those anew, some at a time, before it is answered. When it
//! is interrupted, whoever opens the catalog next goes on.

use std::time::Instant;

use ed25519_dalek::SigningKey;

use super::keys::{Access, KeyText, Rights, add_key_in, random_id};
use super::quota::Room;
use super::store::{self, Lock, Rows};
use super::unfinished::{HOLD, step_by_step};
use super::{Catalog, Error, now, search};
use crate::{Hash, Product, Seller, Signed, id, plain};

/// A seller's badges, at most.
const BADGES_CAP: usize = 8;
/// Stands for a product's code where the picture is the seller's.
const LOGO: &str = "";
/// Products looked at in one step.
const AT_ONCE: i64 = 200;

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
            seller.badges.clone_from(&distinct);
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
        let hash = Hash::of(picture);
        let set = |rows: &mut dyn Rows, seller: &mut Seller| {
            let mut both: Vec<Hash> = seller.logo.into_iter().chain([hash]).collect();
            both.sort_unstable_by_key(|hash| hash.0);
            both.iter().try_for_each(|hash| store::hold_blob(rows, hash).map(drop))?;
            Room::of(access).check_picture(rows, id, &hash, picture.len() as u64)?;
            self.put_picture_in(rows, picture)?;
            if let Some(old) = seller.logo.replace(hash).filter(|old| *old != hash) {
                store::drop_picture(rows, id, LOGO, &old, now())?;
            }
            store::show_picture(rows, id, LOGO, &hash)
        };
        self.bringing(&[picture], || self.change_seller(id, set))
    }

    fn change_seller(&self, id: &str, change: impl Fn(&mut dyn Rows, &mut Seller) -> Result<(), Error>) -> Result<Seller, Error> {
        let seller = self.write(Lock::Seller(id), |rows, _| {
            let old = store::seller(rows, id)?.ok_or(Error::NotFound)?;
            let mut new = old.clone();
            change(rows, &mut new)?;
            if new != old {
                store::put_seller(rows, &new)?;
                store::set_signing(rows, id, Some(""))?;
            }
            Ok(new)
        })?;
        self.sign_products(id)?;
        Ok(seller)
    }

    /// Signs the products anew that show the seller as they were before; nothing to do when all are signed.
    pub(super) fn sign_products(&self, id: &str) -> Result<(), Error> {
        if self.read(|rows| store::signing(rows, id))?.is_none() {
            return Ok(());
        }
        step_by_step(|| self.write(Lock::Import(id), |rows, key| sign_some(rows, key, id)))
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

/// The products keep their places in the order of changes: nothing about the goods is new. False when all are signed.
fn sign_some(rows: &mut dyn Rows, key: &SigningKey, id: &str) -> Result<bool, Error> {
    let (Some(mut after), Some(seller)) = (store::signing(rows, id)?, store::seller(rows, id)?) else { return Ok(false) };
    let found = store::codes_after(rows, id, &after, AT_ONCE)?;
    let began = Instant::now();
    let mut count = 0;
    for row in &found {
        row.code.clone_into(&mut after);
        let old = row.product()?;
        if old.seller != seller {
            let renamed = old.seller.name != seller.name;
            let product = Product { version: old.version + 1, as_of: now(), seller: seller.clone(), ..old };
            store::sign_product(rows, row.change, product.version, &Signed::sign(&product, key)?)?;
            if renamed {
                rows.drop_words(row.change)?;
                rows.add_words(row.change, &search::words(&product))?;
            }
        }
        count += 1;
        if began.elapsed() >= HOLD {
            break;
        }
    }
    let more = count < found.len() || found.len() as i64 == AT_ONCE;
    store::set_signing(rows, id, more.then_some(after.as_str()))?;
    Ok(more)
}
