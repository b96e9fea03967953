//! The catalog's key: a file of 32 secret bytes, its public half in the database, and its rotation.
//!
//! A rotation writes `key.next`, signs everything anew and commits the new public key with it, then renames: `key` is kept as `key.N`,
//! `key.next` becomes `key`. Whoever comes upon a `key.next` holds the catalog's lock and asks the database which of the two keys signed
//! what it holds: so an interrupted rotation either happened or did not.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::PoisonError;

use ed25519_dalek::SigningKey;

use super::store::{self, Database, Lock, Rows};
use super::{Catalog, Error};
use crate::{Key, Product, Signed, Succession};

/// Products signed anew between two looks at the database.
const BATCH: i64 = 500;

/// The key of this folder, which must be the database's; made when neither has one.
pub(super) fn settle(dir: &Path, database: &dyn Database) -> Result<SigningKey, Error> {
    let mut settled = None;
    database.write(Lock::Catalog, &mut |rows| {
        settled = Some(match store::identity(rows)? {
            Some(public) => of_folder(dir, rows, &public)?,
            None => {
                let key = match read_key(&dir.join("key"))? {
                    Some(key) => key,
                    None => make_key(&dir.join("key"))?,
                };
                store::put_identity(rows, &Key(key.verifying_key()))?;
                key
            }
        });
        Ok(())
    })?;
    settled.ok_or(Error::KeyFile)
}

/// Under the catalog's lock: ends a rotation that was interrupted, then reads the key.
fn of_folder(dir: &Path, rows: &mut dyn Rows, public: &Key) -> Result<SigningKey, Error> {
    let is = |key: &SigningKey| Key(key.verifying_key()) == *public;
    if let Some(next) = read_key(&dir.join("key.next"))? {
        if is(&next) {
            let number = store::successions(rows)?.last().map_or(1, |(number, _)| *number);
            place_next(dir, number)?;
        } else {
            remove(&dir.join("key.next"))?;
        }
    }
    read_key(&dir.join("key"))?.filter(is).ok_or_else(|| Error::OtherKey(Box::new(*public)))
}

impl Catalog {
    /// The key that the database is signed with; another process may have rotated it.
    pub(super) fn signing_key(&self, rows: &mut dyn Rows) -> Result<SigningKey, Error> {
        let public = store::identity(rows)?.ok_or(Error::KeyFile)?;
        let known = self.0.key.read().unwrap_or_else(PoisonError::into_inner).clone();
        if Key(known.verifying_key()) == public {
            return Ok(known);
        }
        let of_public = |key: &SigningKey| Key(key.verifying_key()) == public;
        let candidates = [read_key(&self.0.dir.join("key"))?, read_key(&self.0.dir.join("key.next"))?];
        let key = candidates.into_iter().flatten().find(of_public).ok_or_else(|| Error::OtherKey(Box::new(public)))?;
        self.know(&key);
        Ok(key)
    }

    fn know(&self, key: &SigningKey) {
        *self.0.key.write().unwrap_or_else(PoisonError::into_inner) = key.clone();
    }

    /// Makes a new key, lets the old one name it, and signs everything anew with it; returns the new public key. The old key file stays
    /// as `key.N`. Other instances on the same database can read but not write until they have the new key file.
    pub fn rotate_key(&self) -> Result<Key, Error> {
        let dir = &self.0.dir;
        let (next, number) = self.write(Lock::Catalog, |rows, old| {
            remove(&dir.join("key.next"))?;
            let next = make_key(&dir.join("key.next"))?;
            let public = Key(next.verifying_key());
            let number = store::successions(rows)?.last().map_or(1, |(number, _)| number + 1);
            store::add_succession(rows, number, &Succession::sign(old, public))?;
            store::put_identity(rows, &public)?;
            sign_all(rows, &next)?;
            self.sign_manifest(rows, &next, None)?;
            Ok((next, number))
        })?;
        place_next(dir, number)?;
        self.know(&next);
        Ok(Key(next.verifying_key()))
    }

    /// Signs what an older version of the tables had in another shape.
    pub(super) fn finish_migration(&self) -> Result<(), Error> {
        if self.read(|rows| store::unsigned(rows, 1))?.is_empty() {
            return Ok(());
        }
        self.write(Lock::Catalog, |rows, key| {
            loop {
                let found = store::unsigned(rows, BATCH)?;
                for row in &found {
                    let product = row.product()?;
                    let signed = Signed::sign(&product, key)?;
                    store::sign_product(rows, row.change, product.version, &signed)?;
                    rows.add_words(row.change, &super::search::words(&product))?;
                }
                if found.is_empty() {
                    return self.sign_manifest(rows, key, None);
                }
            }
        })
    }
}

/// What the products say stays; only who signed it changes.
fn sign_all(rows: &mut dyn Rows, key: &SigningKey) -> Result<(), Error> {
    let mut after = 0;
    loop {
        let found = store::changes_after(rows, after, BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.change;
        for row in &found {
            let product: Product = row.product()?;
            store::sign_product(rows, row.change, product.version, &Signed::sign(&product, key)?)?;
        }
    }
}

fn read_key(path: &Path) -> Result<Option<SigningKey>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(SigningKey::from_bytes(&bytes.try_into().map_err(|_| Error::KeyFile)?))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Written whole under another name first: a key file is never half a key, and of two first openings one wins.
fn make_key(path: &Path) -> Result<SigningKey, Error> {
    let secret: [u8; 32] = rand::random();
    let draft = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    std::io::Write::write_all(&mut file, &secret)?;
    file.sync_all()?;
    let placed = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match placed {
        Ok(()) => {
            sync_folder(path)?;
            Ok(SigningKey::from_bytes(&secret))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read_key(path)?.ok_or(Error::KeyFile),
        Err(error) => Err(error.into()),
    }
}

/// Safe to repeat, also by another process.
fn place_next(dir: &Path, number: i64) -> Result<(), Error> {
    let key = dir.join("key");
    match std::fs::hard_link(&key, dir.join(format!("key.{number}"))) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    match std::fs::rename(dir.join("key.next"), &key) {
        Ok(()) => sync_folder(&key),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A new name is on the disk when its folder is.
fn sync_folder(path: &Path) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
