//! What an operator does to a catalog. Each verb is one transaction; what changes the manifest signs it anew in the same one.

use ed25519_dalek::SigningKey;

use super::store::{self, Kind, Lock, Rows};
use super::{Catalog, Error, now};
use crate::hosts::check_host;
use crate::{Hash, Key, Manifest, Rule, Signed, id, plain};

const DAY: i64 = 24 * 60 * 60 * 1000;
const MANIFEST_LIFE: i64 = 30 * DAY;
/// Signed anew when less than this is left.
const MANIFEST_RENEW: i64 = 7 * DAY;
/// Successions that a manifest carries, the newest.
const SUCCESSIONS: usize = 16;

pub(super) const LAYOUT_MEDIA: &str = "text/html; charset=utf-8";

impl Catalog {
    /// Stores bytes under their BLAKE3 hash, at most [`crate::BLOB_CAP`]; the media type is sent along when they are asked for.
    pub fn put_blob(&self, bytes: &[u8], media: &str) -> Result<Hash, Error> {
        self.bringing(&[bytes], || self.write(Lock::Seller(""), |rows, _| self.put_blob_in(rows, bytes, media)))
    }

    /// Sets the layout of this id. The bytes are not judged here: lint them before.
    pub fn put_layout(&self, layout: &str, bytes: &[u8]) -> Result<Hash, Error> {
        self.put_named(Kind::Layout, layout, bytes, LAYOUT_MEDIA)
    }

    /// Products that name it are drawn with another layout of the reader's choice.
    pub fn remove_layout(&self, layout: &str) -> Result<(), Error> {
        self.remove_named(Kind::Layout, layout)
    }

    /// Sets the picture of a badge, PNG or WebP.
    pub fn put_badge(&self, badge: &str, picture: &[u8]) -> Result<Hash, Error> {
        let media = match picture {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return Err(Error::Invalid("a badge is a PNG or WebP picture".to_owned())),
        };
        self.put_named(Kind::Badge, badge, picture, media)
    }

    pub fn remove_badge(&self, badge: &str) -> Result<(), Error> {
        self.remove_named(Kind::Badge, badge)
    }

    /// Sets the bytes of an accessory pack; they are not judged here.
    pub fn put_pack(&self, pack: &str, bytes: &[u8]) -> Result<Hash, Error> {
        self.put_named(Kind::Pack, pack, bytes, "application/octet-stream")
    }

    pub fn remove_pack(&self, pack: &str) -> Result<(), Error> {
        self.remove_named(Kind::Pack, pack)
    }

    /// Adds or replaces a rule, after its samples matched, and entitles the catalog to the rule's host.
    pub fn put_rule(&self, rule: &Rule) -> Result<(), Error> {
        rule.check()?;
        self.write(Lock::Catalog, |rows, key| {
            store::put_rule(rows, rule)?;
            store::put_host(rows, &rule.host)?;
            self.sign_manifest(rows, key, None)
        })
    }

    /// The host stays among the catalog's.
    pub fn remove_rule(&self, rule: &str) -> Result<(), Error> {
        id("rule", rule)?;
        self.write(Lock::Catalog, |rows, key| {
            if !store::remove_rule(rows, rule)? {
                return Err(Error::NotFound);
            }
            self.sign_manifest(rows, key, None)
        })
    }

    /// Lets the catalog speak for links of one more host or suffix.
    pub fn put_host(&self, host: &str) -> Result<(), Error> {
        check_host(host)?;
        self.write(Lock::Catalog, |rows, key| {
            store::put_host(rows, host)?;
            self.sign_manifest(rows, key, None)
        })
    }

    /// The hosts and suffixes whose links the catalog speaks for, in place of those before.
    pub fn set_hosts(&self, hosts: &[String]) -> Result<(), Error> {
        hosts.iter().try_for_each(|host| check_host(host))?;
        self.write(Lock::Catalog, |rows, key| {
            store::remove_hosts(rows)?;
            hosts.iter().try_for_each(|host| store::put_host(rows, host))?;
            self.sign_manifest(rows, key, None)
        })
    }

    pub fn set_name(&self, name: &str) -> Result<(), Error> {
        plain("name", name, 100)?;
        self.write(Lock::Catalog, |rows, key| self.sign_manifest(rows, key, Some(name)))
    }

    /// Media type and bytes.
    pub fn blob(&self, hash: &Hash) -> Result<Option<(String, Vec<u8>)>, Error> {
        match self.read(|rows| store::blob(rows, hash))? {
            Some((media, Some(bytes))) => Ok(Some((media, bytes))),
            Some((media, None)) => Ok(self.0.blobs.get(hash)?.map(|bytes| (media, bytes))),
            None => Ok(None),
        }
    }

    /// The manifest in force, signed anew when it nears its end.
    pub fn manifest(&self) -> Result<Signed<Manifest>, Error> {
        let current = self.read(store::manifest)?;
        if let Some(row) = current.filter(|row| row.expires - now() > MANIFEST_RENEW) {
            return Ok(row.signed);
        }
        self.write(Lock::Catalog, |rows, key| {
            self.sign_manifest(rows, key, None)?;
            store::manifest(rows)?.map(|row| row.signed).ok_or(Error::NotFound)
        })
    }

    pub(super) fn sign_first_manifest(&self) -> Result<(), Error> {
        if self.read(store::manifest)?.is_some() {
            return Ok(());
        }
        self.write(
            Lock::Catalog,
            |rows, key| {
                if store::manifest(rows)?.is_none() { self.sign_manifest(rows, key, None) } else { Ok(()) }
            },
        )
    }

    pub(super) fn sign_manifest(&self, rows: &mut dyn Rows, key: &SigningKey, name: Option<&str>) -> Result<(), Error> {
        let old = store::manifest(rows)?;
        let (old_name, version) = old.map_or((None, 0), |row| (Some(row.name), row.version));
        let mut successions: Vec<_> = store::successions(rows)?.into_iter().map(|(_, succession)| succession).collect();
        let manifest = Manifest {
            name: name.map(str::to_owned).or(old_name).unwrap_or_else(|| "Catalog".to_owned()),
            key: Key(key.verifying_key()),
            version: version + 1,
            expires: now() + MANIFEST_LIFE,
            hosts: store::hosts(rows)?,
            rules: store::rules(rows)?,
            layouts: store::named(rows, Kind::Layout)?,
            badges: store::named(rows, Kind::Badge)?,
            packs: store::named(rows, Kind::Pack)?,
            successions: successions.split_off(successions.len().saturating_sub(SUCCESSIONS)),
        };
        let signed = Signed::sign(&manifest, key)?;
        store::put_manifest(rows, &manifest, &signed)
    }

    fn put_named(&self, kind: Kind, name: &str, bytes: &[u8], media: &str) -> Result<Hash, Error> {
        id(kind.name(), name)?;
        let put = |rows: &mut dyn Rows, key: &SigningKey| {
            let hash = self.put_blob_in(rows, bytes, media)?;
            let old = store::named_hash(rows, kind, name)?;
            if store::put_named(rows, kind, name, &hash)? {
                old.map_or(Ok(true), |old| store::keep_blob(rows, &old, now()))?;
                self.sign_manifest(rows, key, None)?;
            }
            Ok(hash)
        };
        self.bringing(&[bytes], || self.write(Lock::Catalog, put))
    }

    fn remove_named(&self, kind: Kind, name: &str) -> Result<(), Error> {
        id(kind.name(), name)?;
        self.write(Lock::Catalog, |rows, key| {
            let old = store::named_hash(rows, kind, name)?.ok_or(Error::NotFound)?;
            store::remove_named(rows, kind, name)?;
            store::keep_blob(rows, &old, now())?;
            self.sign_manifest(rows, key, None)
        })
    }
}
