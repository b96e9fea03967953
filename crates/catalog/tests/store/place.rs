//! Where a case has its catalog.

use std::path::Path;

use stoa_catalog::server::{self, Access, Catalog, Config};
use stoa_catalog::{Availability, CodeKind, Draft, ImageStyle, Price};

use crate::server::Server;

pub struct Place {
    dir: tempfile::TempDir,
    database: Option<String>,
}

impl Place {
    pub fn sqlite() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), database: None }
    }

    pub fn postgres(server: &Server, name: &str) -> Self {
        // Names are cut at 63 bytes there.
        Self { dir: tempfile::tempdir().unwrap(), database: Some(server.database(&name[..name.len().min(60)])) }
    }

    /// One more instance of the same catalog.
    pub fn open(&self) -> Catalog {
        server::open(self.config()).unwrap()
    }

    pub fn config(&self) -> Config {
        self.config_in(self.dir.path())
    }

    pub fn config_in(&self, dir: &Path) -> Config {
        Config { database: self.database.clone(), ..Config::in_dir(dir) }
    }
}

/// A new seller, as whom the case acts.
pub fn shop(catalog: &Catalog, name: &str) -> Access {
    Access::of_seller(&catalog.add_seller(name).unwrap().id)
}

pub fn draft(code: &str, name: &str) -> Draft {
    Draft {
        code: code.to_owned(),
        kind: CodeKind::Sku,
        gtin: None,
        name: name.to_owned(),
        description: None,
        brand: None,
        price: Some(Price { minor: 1250, currency: "EUR".to_owned() }),
        availability: Availability::InStock,
        quantity: Some(3),
        images: Vec::new(),
        image_style: ImageStyle::Cover,
        url: format!("https://shop.example/p/{}", code.len()),
        layout: "compact".to_owned(),
        fresh_seconds: 3600,
    }
}

/// Something that begins like a WebP; the store never decodes one.
pub fn picture(seed: &str) -> Vec<u8> {
    [b"RIFF\0\0\0\0WEBP".as_slice(), seed.as_bytes()].concat()
}

pub fn codes(products: &[stoa_catalog::Signed<stoa_catalog::Product>], catalog: &Catalog) -> Vec<String> {
    products.iter().map(|signed| signed.verify(&catalog.key()).unwrap().code).collect()
}
