//! A PostgreSQL that speaks TLS only, with a certificate of an authority made here.

use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use stoa_catalog::Expect;
use stoa_catalog::server::{Config, open};

use crate::place::{draft, shop};
use crate::server::Server;

const CHILD: &str = "STOA_TEST_TLS";
const NAME: &str = "db.stoa.example";

struct Authority {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    /// Certificate and key, PEM.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.certificate, &self.key).unwrap().pem(), key.serialize_pem())
    }
}

#[test]
fn a_database_is_reached_by_tls_when_its_certificate_holds() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.issue(NAME);
    let Some((_server, port)) = Server::with_tls(&certificate, &key) else { return };
    let dir = tempfile::tempdir().unwrap();
    let opened = |authority: &Authority, name: &str, mode: &str| {
        let file = dir.path().join("authority.pem");
        std::fs::write(&file, authority.certificate.pem()).unwrap();
        let url = format!("postgres://postgres@{name}:{port}/postgres?hostaddr=127.0.0.1{mode}");
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tls::opens_when_told_to", "--nocapture"])
            .env(CHILD, format!("{}\n{url}", dir.path().join("data").display()))
            .env("SSL_CERT_FILE", file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let line = said.lines().find_map(|line| Some(line.split_once("opened: ")?.1.to_owned()));
        line.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&done.stderr)))
    };
    assert_eq!(opened(&authority, NAME, "&sslmode=verify-full"), "yes");
    assert_eq!(opened(&authority, NAME, "&sslmode=require"), "yes", "verified all the same");
    assert_eq!(opened(&stranger, NAME, "&sslmode=verify-full"), "database");
    assert_eq!(opened(&authority, "other.stoa.example", "&sslmode=require"), "database", "another name");
    assert_eq!(opened(&authority, NAME, ""), "database", "this server speaks to nobody in the clear");
}

/// The process that trusts an authority by its environment; without it there is nothing to do.
#[test]
fn opens_when_told_to() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (data, url) = told.split_once('\n').unwrap();
    let catalog = open(Config { database: Some(url.to_owned()), ..Config::in_dir(data) });
    println!("\nopened: {}", catalog.as_ref().err().map_or("yes", |error| error.code()));
    if let Ok(catalog) = catalog {
        let code = format!("honey-{}", catalog.sellers().unwrap().len());
        catalog.put(&shop(&catalog, "Bees"), draft(&code, "Honey"), Expect::New).unwrap();
    }
}
