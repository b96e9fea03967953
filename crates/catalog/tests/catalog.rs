//! A real server on loopback, asked by the real client.

#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use stoa_catalog::server::{self, Access, Catalog};
use stoa_catalog::{Answer, Client, Error, Hash, Key, Known, Patch, Price, Product, RuleSet, Signed, recognise};
use stoa_fetch::Fetcher;
use tokio::sync::oneshot;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Shop {
    catalog: Catalog,
    origin: String,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
    _dir: tempfile::TempDir,
}

async fn shop() -> Shop {
    let dir = tempfile::tempdir().unwrap();
    let catalog = server::open(dir.path()).unwrap();
    catalog.seed_sample_shop("https://market.stoa.example", &[("compact", b"<div></div>")]).unwrap();
    let (stop, stopped) = oneshot::channel();
    let (address, serving) = server::serve(catalog.clone(), LOOPBACK, None, async { _ = stopped.await }).await.unwrap();
    Shop { catalog, origin: format!("http://{address}"), stop, serving: tokio::spawn(serving), _dir: dir }
}

impl Shop {
    fn client(&self, key: Key) -> Client {
        Client::new(Fetcher::new().unwrap(), &self.origin, Some(key)).unwrap()
    }
}

fn changed<T>(answer: Answer<T>) -> (T, Signed<T>, Option<String>) {
    match answer {
        Answer::Changed { value, signed, etag } => (value, signed, etag),
        Answer::Unchanged => panic!("unchanged"),
    }
}

#[tokio::test]
async fn a_link_leads_to_a_signed_product_its_picture_and_its_layout() {
    let shop = shop().await;
    let first = Client::new(Fetcher::new().unwrap(), &shop.origin, None).unwrap();
    assert_eq!(first.product("honey-500", &Known::default()).await.unwrap_err().code(), "no_key");
    let (manifest, _, etag) = changed(first.manifest(&Known::default()).await.unwrap());
    assert_eq!(manifest.key, shop.catalog.key());

    let client = shop.client(manifest.key);
    let known = Known { version: manifest.version, etag };
    assert!(matches!(client.manifest(&known).await.unwrap(), Answer::Unchanged));

    let rules = RuleSet::compile(&client.origin(), &manifest.hosts, &manifest.rules).unwrap();
    let found = recognise("看这个 https://market.stoa.example/p/qinghua-wan，好看", &[rules]);
    let (product, signed, etag) = changed(client.product(&found[0].code, &Known::default()).await.unwrap());
    assert_eq!(product.name, "青花瓷碗");
    assert_eq!(signed.verify(&manifest.key).unwrap(), product);
    let known = Known { version: product.version, etag };
    assert!(matches!(client.product(&product.code, &known).await.unwrap(), Answer::Unchanged));

    let picture = client.blob(&product.images[0]).await.unwrap();
    assert!(picture.starts_with(&[0xFF, 0xD8]));
    assert_eq!(&client.blob(&manifest.layouts["compact"]).await.unwrap()[..], b"<div></div>");
    assert!(matches!(client.product("nothing", &Known::default()).await, Err(Error::NotFound)));
    assert!(matches!(client.product("../manifest", &Known::default()).await, Err(Error::NotFound)));
    assert!(matches!(client.blob(&Hash::of(b"nothing")).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_change_is_seen_and_the_old_price_cannot_come_back() {
    let shop = shop().await;
    let client = shop.client(shop.catalog.key());
    let (old, old_signed, etag) = changed(client.product("honey-500", &Known::default()).await.unwrap());
    let dearer = Price { minor: 1350, currency: "EUR".to_owned() };
    let patch = Patch { price: Some(Some(dearer)), ..Patch::default() };
    shop.catalog.patch(&Access::of_seller(&old.seller.id), "honey-500", patch).unwrap();

    let known = Known { version: old.version, etag };
    let (new, ..) = changed(client.product("honey-500", &known).await.unwrap());
    assert_eq!(new.version, old.version + 1);
    let known = Known { version: new.version, etag: None };
    let replay = replaying(serde_json::to_vec(&old_signed).unwrap()).await;
    let client = Client::new(Fetcher::new().unwrap(), &replay, Some(shop.catalog.key())).unwrap();
    let refused = client.product("honey-500", &known).await.unwrap_err();
    assert!(matches!(refused, Error::Older { offered: 1, known: 2 }), "{refused}");
    let refused = client.product("bowl-sea", &Known::default()).await.unwrap_err();
    assert_eq!(refused.code(), "invalid");
}

#[tokio::test]
async fn answers_of_another_key_or_with_a_changed_byte_are_refused() {
    let shop = shop().await;
    let stranger = server::open(tempfile::tempdir().unwrap().path()).unwrap().key();
    let client = shop.client(stranger);
    assert!(matches!(client.product("honey-500", &Known::default()).await, Err(Error::Signature)));
    assert!(matches!(client.manifest(&Known::default()).await, Err(Error::Signature)));

    let mut signed = shop.catalog.product("honey-500").unwrap().unwrap();
    signed.payload = signed.payload.replace("1250", "1150");
    assert!(matches!(signed.verify(&shop.catalog.key()), Err(Error::Signature)));
    let manifest = shop.catalog.manifest().unwrap();
    let disguised = Signed::<Product>::from_parts(manifest.payload, manifest.signature);
    assert!(matches!(disguised.verify(&shop.catalog.key()), Err(Error::Signature)));
}

#[tokio::test]
async fn oversize_and_false_bytes_are_refused() {
    let key = shop().await.catalog.key();
    let client = async |body: Vec<u8>| Client::new(Fetcher::new().unwrap(), &replaying(body).await, Some(key)).unwrap();
    let refused = client(vec![b' '; 200_000]).await.product("honey-500", &Known::default()).await.unwrap_err();
    assert_eq!(refused.code(), "too_large");
    let refused = client(b"other".to_vec()).await.blob(&Hash::of(b"asked")).await.unwrap_err();
    assert_eq!(refused.code(), "hash");
    let refused = client(b"{\"payload\":1}".to_vec()).await.product("honey-500", &Known::default()).await.unwrap_err();
    assert_eq!(refused.code(), "invalid");
}

#[tokio::test]
async fn the_catalog_stops_and_comes_back_with_the_same_key() {
    let shop = shop().await;
    let client = shop.client(shop.catalog.key());
    client.product("honey-500", &Known::default()).await.unwrap();
    shop.stop.send(()).unwrap();
    shop.serving.await.unwrap();
    assert!(client.product("honey-500", &Known::default()).await.unwrap_err().is_away());
    let again = server::open(shop.catalog.dir()).unwrap();
    assert_eq!(again.key(), shop.catalog.key());
    assert_eq!(again.manifest().unwrap().payload, shop.catalog.manifest().unwrap().payload);
    assert_owner_only(&shop.catalog.dir().join("key"));
}

#[tokio::test]
async fn clients_follow_the_catalog_to_a_new_key() {
    let shop = shop().await;
    let client = shop.client(shop.catalog.key());
    let (old, _, etag) = changed(client.product("honey-500", &Known::default()).await.unwrap());
    let new = shop.catalog.rotate_key().unwrap();
    let known = Known { version: old.version, etag };
    assert!(matches!(client.product("honey-500", &known).await, Err(Error::Signature)), "signed anew, so sent anew");
    let (manifest, ..) = changed(client.manifest(&Known::default()).await.unwrap());
    assert_eq!(manifest.key, new);
    let (same, ..) = changed(shop.client(manifest.key).product("honey-500", &known).await.unwrap());
    assert_eq!(same, old);
    assert_owner_only(&shop.catalog.dir().join("key"));
    assert_owner_only(&shop.catalog.dir().join("key.1"));
}

/// A server that gives every question the same answer.
async fn replaying(body: Vec<u8>) -> String {
    use axum::Router;
    let listener = tokio::net::TcpListener::bind(LOOPBACK).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = Router::new().fallback(move || -> std::pin::Pin<Box<dyn Future<Output = Vec<u8>> + Send>> {
        let body = body.clone();
        Box::pin(async { body })
    });
    tokio::spawn(async { axum::serve(listener, answer).await });
    origin
}

fn assert_owner_only(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
