//! Scoped keys: who may do what. Of a key only its BLAKE3 hash is stored.

use super::store::{self, Lock, Rows};
use super::{Catalog, Error, now};

const PREFIX: &str = "stoa_";
/// Keys of one seller, at most.
const KEYS_CAP: usize = 64;

/// What a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Everything about the seller's products, `stock` included.
    pub products: bool,
    /// Price, availability and quantity.
    pub stock: bool,
    /// The catalog itself: sellers, badges, layouts, rules, its key.
    pub operator: bool,
}

impl Rights {
    pub const PRODUCTS: Self = Self { products: true, stock: true, operator: false };
    pub const STOCK: Self = Self { products: false, stock: true, operator: false };
    pub const OPERATOR: Self = Self { products: false, stock: false, operator: true };

    /// From their names: `products`, `stock`, `operator`.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self, Error> {
        let mut rights = Self::default();
        for name in names {
            match name.as_ref() {
                "products" => (rights.products, rights.stock) = (true, true),
                "stock" => rights.stock = true,
                "operator" => rights.operator = true,
                _ => return Err(Error::Invalid("a right is products, stock or operator".to_owned())),
            }
        }
        Ok(rights)
    }

    pub fn names(self) -> Vec<&'static str> {
        let named = [(self.products, "products"), (self.stock, "stock"), (self.operator, "operator")];
        named.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
    }

    pub(super) fn bits(self) -> i64 {
        i64::from(self.products) | i64::from(self.stock) << 1 | i64::from(self.operator) << 2
    }

    pub(super) fn from_bits(bits: i64) -> Self {
        Self { products: bits & 1 != 0, stock: bits & 2 != 0, operator: bits & 4 != 0 }
    }
}

/// Who asks: what a key stands for, or the operator at the machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The seller's id; an operator's key need not belong to one.
    pub seller: Option<String>,
    pub rights: Rights,
    /// Held to the seller's quota, as every key is; who acts at the machine itself is not.
    pub limited: bool,
}

impl Access {
    /// Whoever can open the catalog's folder is its operator.
    pub fn operator() -> Self {
        Self { seller: None, rights: Rights::OPERATOR, limited: false }
    }

    /// Acts for this seller at the machine itself.
    pub fn of_seller(id: &str) -> Self {
        Self { seller: Some(id.to_owned()), rights: Rights::PRODUCTS, limited: false }
    }

    pub fn needs_operator(&self) -> Result<(), Error> {
        if self.rights.operator { Ok(()) } else { Err(Error::Forbidden("operator")) }
    }

    /// The seller whose products it may write.
    pub(super) fn products(&self) -> Result<&str, Error> {
        if self.rights.products { self.own() } else { Err(Error::Forbidden("products")) }
    }

    /// The seller whose prices it may write.
    pub(super) fn stock(&self) -> Result<&str, Error> {
        if self.rights.stock || self.rights.products { self.own() } else { Err(Error::Forbidden("stock")) }
    }

    /// The seller it belongs to.
    pub(super) fn own(&self) -> Result<&str, Error> {
        self.seller.as_deref().filter(|seller| crate::id("seller", seller).is_ok()).ok_or(Error::Forbidden("products"))
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    pub id: String,
    pub seller: Option<String>,
    pub rights: Rights,
    /// Milliseconds since 1970-01-01 UTC.
    pub made: i64,
}

/// A new key. Its text is known only now.
#[derive(Clone)]
pub struct KeyText {
    pub id: String,
    /// `stoa_` and 64 hexadecimal digits.
    pub text: String,
}

impl std::fmt::Debug for KeyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyText").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Catalog {
    /// What this key stands for; `None` for a key that does not exist.
    pub fn authenticate(&self, text: &str) -> Result<Option<Access>, Error> {
        if !text.starts_with(PREFIX) || text.len() > 200 {
            return Ok(None);
        }
        let found = self.read(|rows| store::key_of_hash(rows, &hash(text)))?;
        Ok(found.map(|key| Access { seller: key.seller, rights: key.rights, limited: true }))
    }

    /// A new key; without a seller only the right `operator` makes sense.
    pub fn add_key(&self, seller: Option<&str>, rights: Rights) -> Result<KeyText, Error> {
        if rights == Rights::default() || (seller.is_none() && (rights.products || rights.stock)) {
            return Err(Error::Invalid("a key needs rights, and a seller for products and stock".to_owned()));
        }
        self.write(Lock::Catalog, |rows, _| {
            if let Some(seller) = seller {
                store::seller(rows, seller)?.ok_or(Error::NotFound)?;
            }
            add_key_in(rows, seller, rights)
        })
    }

    /// Ends a key; it is refused from now on.
    pub fn remove_key(&self, id: &str) -> Result<(), Error> {
        crate::id("key", id)?;
        let removed = self.write(Lock::Catalog, |rows, _| store::remove_key(rows, id))?;
        if removed { Ok(()) } else { Err(Error::NotFound) }
    }

    /// All keys, oldest first.
    pub fn keys(&self) -> Result<Vec<KeyInfo>, Error> {
        self.read(store::keys)
    }
}

pub(super) fn add_key_in(rows: &mut dyn Rows, seller: Option<&str>, rights: Rights) -> Result<KeyText, Error> {
    if store::keys(rows)?.iter().filter(|key| key.seller.as_deref() == seller).count() >= KEYS_CAP {
        return Err(Error::Invalid(format!("at most {KEYS_CAP} keys: remove one first")));
    }
    let text = format!("{PREFIX}{}", blake3::Hash::from(rand::random::<[u8; 32]>()).to_hex());
    let key = KeyInfo { id: random_id("k"), seller: seller.map(str::to_owned), rights, made: now() };
    store::add_key(rows, &key, &hash(&text))?;
    Ok(KeyText { id: key.id, text })
}

/// Lower-case hexadecimal behind one letter.
pub(super) fn random_id(letter: &str) -> String {
    format!("{letter}{:016x}", rand::random::<u64>())
}

/// Keys are 256 random bits: a plain hash hides them.
fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}
