//! A catalog without a server, for tests: its key, its manifest, what it says about products.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use stoa_catalog::{Availability, CodeKind, Hash, Key, Manifest, Price, Product, Rule, Seller, Signable, Signed};

use crate::db::{CatalogRow, ProductRow};
use crate::time::Time;

/// An address at which nothing listens: who contacted it would fail.
pub const ORIGIN: &str = "http://127.0.0.1:1";
pub const LINK: &str = "https://shop.example/p/honey";

pub struct Signer {
    key: SigningKey,
    pub manifest: Manifest,
}

impl Signer {
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let rule =
            Rule { id: "product".into(), host: "shop.example".into(), path: Some(r"/p/([a-z]+)".into()), ..Rule::default() };
        let gs1 = Rule { id: "gs1".into(), host: "shop.example".into(), gs1: true, ..Rule::default() };
        let manifest = Manifest {
            name: "Shop".into(),
            key: Key::from_bytes(&key.verifying_key().to_bytes()).unwrap(),
            version: 1,
            expires: Time::now().0 + 86_400_000,
            hosts: vec!["shop.example".into()],
            rules: vec![rule, gs1],
            layouts: BTreeMap::new(),
            badges: BTreeMap::new(),
            packs: BTreeMap::new(),
            successions: Vec::new(),
        };
        Self { key, manifest }
    }

    fn sign<T: Signable>(&self, value: &T) -> Signed<T> {
        let payload = serde_json::to_string(value).unwrap();
        let signature = self.key.sign(&[T::TAG, payload.as_bytes()].concat());
        Signed::from_parts(payload, STANDARD.encode(signature.to_bytes()))
    }

    pub fn catalog(&self) -> CatalogRow {
        CatalogRow {
            url: ORIGIN.into(),
            name: self.manifest.name.clone(),
            key: *self.manifest.key.as_bytes(),
            manifest: serde_json::to_vec(&self.sign(&self.manifest)).unwrap(),
            etag: String::new(),
            checked: Time::now(),
            since: Time(0),
            hosts: self.manifest.hosts.clone(),
        }
    }

    pub fn product(&self, code: &str, version: u64, images: &[Hash]) -> ProductRow {
        self.numbered(code, None, version, images)
    }

    pub fn numbered(&self, code: &str, gtin: Option<&str>, version: u64, images: &[Hash]) -> ProductRow {
        self.signed_at(Time::now().0 - 1_000, code, gtin, version, images)
    }

    pub fn signed_at(&self, as_of: i64, code: &str, gtin: Option<&str>, version: u64, images: &[Hash]) -> ProductRow {
        let product = Product {
            code: code.into(),
            kind: CodeKind::Sku,
            gtin: gtin.map(str::to_owned),
            version,
            name: "Honey".into(),
            description: None,
            brand: None,
            price: Some(Price { minor: 1_000 + i64::try_from(version).unwrap(), currency: "EUR".into() }),
            availability: Availability::InStock,
            quantity: None,
            images: images.to_vec(),
            image_style: stoa_catalog::ImageStyle::Cover,
            seller: Seller { id: "bees".into(), name: "Bees".into(), logo: None, badges: vec!["crown".into()] },
            url: format!("https://shop.example/p/{code}"),
            layout: "compact".into(),
            withdrawn: false,
            as_of,
            fresh_seconds: 3_600,
        };
        let signed = serde_json::to_vec(&self.sign(&product)).unwrap();
        ProductRow {
            code: code.into(),
            gtin: product.gtin14(),
            withdrawn: false,
            version,
            etag: String::new(),
            signed,
            checked: Time::now(),
        }
    }

    /// The same catalog with a new key, which the old one named.
    pub fn rotated(&self, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let new = Key::from_bytes(&key.verifying_key().to_bytes()).unwrap();
        let message = [b"stoa catalog succession v1\0".as_slice(), self.manifest.key.as_bytes(), new.as_bytes()].concat();
        let signature = STANDARD.encode(self.key.sign(&message).to_bytes());
        let step = serde_json::json!({ "old": self.manifest.key, "new": new, "signature": signature });
        let mut manifest = Manifest { key: new, version: self.manifest.version + 1, ..self.manifest.clone() };
        manifest.successions.push(serde_json::from_value(step).unwrap());
        Self { key, manifest }
    }
}
