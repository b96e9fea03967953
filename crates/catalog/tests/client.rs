//! The client against a real server on loopback: lists, a seller's requests, and the bytes a seen card costs.

#![allow(clippy::unwrap_used)]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use stoa_catalog::server::{self, Catalog, Rights, Studio};
use stoa_catalog::{
    Answer, Availability, Client, Draft, Error, Expect, FeedFormat, Known, Patch, Price, Reading, SellerClient, SellerKey,
};
use stoa_fetch::Fetcher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Shop {
    catalog: Catalog,
    origin: String,
    _dir: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog = server::open(dir.path()).unwrap();
        catalog.seed_sample_shop("https://market.stoa.example", &[("compact", b"<div></div>")]).unwrap();
        let (address, serving) = server::serve(catalog.clone(), LOOPBACK, Some(studio()), std::future::pending()).await.unwrap();
        tokio::spawn(serving);
        Self { catalog, origin: format!("http://{address}"), _dir: dir }
    }

    fn client(&self) -> Client {
        Client::new(Fetcher::new().unwrap(), &self.origin, Some(self.catalog.key())).unwrap()
    }

    /// A new seller's key and the client with it.
    fn seller(&self, name: &str) -> (SellerClient, String) {
        let (seller, key) = self.catalog.welcome_seller(name).unwrap();
        (self.with_key(&key.text), seller.id)
    }

    fn with_key(&self, key: &str) -> SellerClient {
        SellerClient::new(self.client(), &key.parse::<SellerKey>().unwrap()).unwrap()
    }
}

/// Takes any bytes for a picture: decoding is the program's.
fn studio() -> Studio {
    Studio {
        lint: Arc::new(|_| Ok(())),
        picture: Arc::new(|bytes| if bytes.starts_with(b"RIFF") { Ok(bytes.to_vec()) } else { Err("not a picture".into()) }),
        card: Arc::new(|_| Err("not drawn here".into())),
    }
}

fn draft(code: &str) -> Draft {
    let text = format!(r#"{{"code":{code:?},"name":"Fig jam","url":"https://market.stoa.example/p/1","layout":"compact"}}"#);
    serde_json::from_str(&text).unwrap()
}

fn euros(minor: i64) -> Price {
    Price { minor, currency: "EUR".to_owned() }
}

fn status(error: &Error) -> u16 {
    match error {
        Error::Answered { status, .. } => *status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lookup_answers_in_order_and_says_what_is_missing() {
    let shop = Shop::open().await;
    let (seller, _) = shop.seller("Fig & Co.");
    let odd = "a,b/c d?%20é漢";
    seller.put(&draft(odd), Expect::New).await.unwrap();
    let asked: Vec<String> = [odd, "nothing", "honey-500", "", "..", "honey-500"].map(str::to_owned).into();
    let (found, missing) = shop.client().lookup(&asked).await.unwrap();
    assert_eq!(found.iter().map(|(product, _)| product.code.as_str()).collect::<Vec<_>>(), [odd, "honey-500"]);
    assert_eq!(missing, ["nothing", "", ".."]);
    for (product, signed) in &found {
        assert_eq!(&signed.verify(&shop.catalog.key()).unwrap(), product);
    }

    // more than one request's worth, with codes of the longest kind
    let long = |n: usize| format!("{n:03}{}", "漢".repeat(125));
    let mut many: Vec<String> = (0..120).map(long).collect();
    for code in many.iter().step_by(40) {
        seller.put(&draft(code), Expect::New).await.unwrap();
    }
    many.push("honey-500".to_owned());
    let (found, missing) = shop.client().lookup(&many).await.unwrap();
    assert_eq!((found.len(), missing.len()), (4, 117));
    assert_eq!(shop.client().lookup(&[]).await.unwrap().0.len(), 0);
}

#[tokio::test]
async fn a_search_finds_chinese_by_one_character_and_goes_on_page_by_page() {
    let shop = Shop::open().await;
    let (seller, _) = shop.seller("Fig & Co.");
    for n in 0..45 {
        let name = format!("无花果酱 {n}");
        seller.put(&Draft { name, ..draft(&format!("jam-{n}")) }, Expect::New).await.unwrap();
    }
    let withdrawn = seller.withdraw("jam-44").await.unwrap();
    assert!(withdrawn.withdrawn);
    let client = shop.client();
    let (mut codes, mut after) = (Vec::new(), None);
    loop {
        let page = client.search("果", after.as_deref()).await.unwrap();
        codes.extend(page.products.into_iter().map(|(product, _)| product.code));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(codes.len(), 44);
    assert_eq!(codes[..2], ["jam-43", "jam-42"], "newest change first");
    assert_eq!(client.search("qinghua no such", None).await.unwrap().products.len(), 0);
    assert_eq!(client.search("", None).await.unwrap_err().code(), "invalid");
    assert_eq!(client.search("果", Some("not a cursor")).await.unwrap_err().code(), "status");
}

#[tokio::test]
async fn one_false_answer_among_many_refuses_the_list() {
    let shop = Shop::open().await;
    let good = shop.catalog.product("honey-500").unwrap().unwrap();
    let other = shop.catalog.product("qinghua-wan").unwrap().unwrap();
    let mut false_one = other.clone();
    false_one.payload = false_one.payload.replace("4999", "4998").replace("\"version\":1", "\"version\":2");
    let wire = |answers: &[&stoa_catalog::Signed<stoa_catalog::Product>]| {
        serde_json::json!({ "products": answers, "missing": [], "next": null }).to_string()
    };
    let ask = async |body: String| {
        let origin = answering(StatusCode::OK, body).await;
        let client = Client::new(Fetcher::new().unwrap(), &origin, Some(shop.catalog.key())).unwrap();
        let codes = ["honey-500".to_owned()];
        (
            client.lookup(&codes).await.map(|(found, _)| found.len()),
            client.search("x", None).await.map(|page| page.products.len()),
        )
    };
    let (looked, searched) = ask(wire(&[&good])).await;
    assert_eq!((looked.unwrap(), searched.unwrap()), (1, 1));
    let (looked, searched) = ask(wire(&[&good, &false_one])).await;
    assert!(matches!(looked, Err(Error::Signature)) && matches!(searched, Err(Error::Signature)));
    let (looked, _) = ask(wire(&[&good, &other])).await;
    assert_eq!(looked.unwrap_err().code(), "invalid", "a code that was not asked");
    let (looked, _) = ask(wire(&[&good, &good])).await;
    assert_eq!(looked.unwrap_err().code(), "invalid", "twice the same");
    let (looked, _) = ask(wire(&[])).await;
    assert_eq!(looked.unwrap(), 0);
    for body in ["", "[]", "{\"products\":3}", "{\"products\":[{}]}"] {
        let (looked, searched) = ask(body.to_owned()).await;
        assert_eq!((looked.unwrap_err().code(), searched.unwrap_err().code()), ("invalid", "invalid"), "{body}");
    }
    let (looked, _) = ask(" ".repeat(8 << 20)).await;
    assert_eq!(looked.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn a_seller_writes_own_products_and_nobody_elses() {
    let shop = Shop::open().await;
    let (seller, id) = shop.seller("Fig & Co.");
    let standing = seller.standing().await.unwrap();
    assert_eq!(
        (standing.id.as_str(), standing.name.as_str(), standing.rights.contains(&"products".to_owned())),
        (&*id, "Fig & Co.", true)
    );

    let jam = Draft { price: Some(euros(450)), ..draft("jam") };
    let first = seller.put(&jam, Expect::New).await.unwrap();
    assert_eq!((first.version, first.price.clone()), (1, Some(euros(450))));
    assert_eq!(status(&seller.put(&jam, Expect::New).await.unwrap_err()), 412);
    let dearer = Draft { price: Some(euros(500)), ..jam.clone() };
    assert_eq!(seller.put(&dearer, Expect::Version(1)).await.unwrap().version, 2);
    assert_eq!(status(&seller.put(&jam, Expect::Version(1)).await.unwrap_err()), 412, "the older edit does not win");

    let patch = Patch {
        price: Some(Some(euros(399))),
        availability: Some(Availability::LimitedAvailability),
        quantity: Some(Some(3)),
        ..Patch::default()
    };
    let patched = seller.patch("jam", &patch).await.unwrap();
    assert_eq!(
        (patched.price, patched.availability, patched.quantity),
        (Some(euros(399)), Availability::LimitedAvailability, Some(3))
    );
    let Answer::Changed { value, .. } = shop.client().product("jam", &Known::default()).await.unwrap() else { panic!() };
    assert_eq!(value.price, Some(euros(399)), "the signed answer says the same");

    let (other, _) = shop.seller("Others");
    assert_eq!(status(&other.put(&jam, Expect::Any).await.unwrap_err()), 403);
    assert_eq!(status(&other.patch("jam", &patch).await.unwrap_err()), 403);
    assert_eq!(status(&other.withdraw("jam").await.unwrap_err()), 403);
    let wrong = Draft { price: Some(Price { minor: -1, currency: "eur".to_owned() }), ..jam };
    let refused = seller.put(&wrong, Expect::Any).await.unwrap_err();
    assert_eq!(status(&refused), 422);
    assert!(refused.to_string().contains("price"), "{refused}");

    let stranger = shop.with_key(&format!("stoa_{}", "0".repeat(64)));
    assert_eq!(status(&stranger.standing().await.unwrap_err()), 401);
    let stock = shop.catalog.add_key(Some(&id), Rights::from_names(&["stock"]).unwrap()).unwrap();
    let stock = shop.with_key(&stock.text);
    assert_eq!(stock.standing().await.unwrap().rights, ["stock"]);
    stock.patch("jam", &patch).await.unwrap();
    assert_eq!(status(&stock.withdraw("jam").await.unwrap_err()), 403);
    let operator = shop.catalog.add_key(None, Rights::OPERATOR).unwrap();
    assert_eq!(status(&shop.with_key(&operator.text).standing().await.unwrap_err()), 403);
}

#[tokio::test]
async fn goods_photos_and_feeds_go_both_ways() {
    let shop = Shop::open().await;
    let (seller, _) = shop.seller("Fig & Co.");
    let reading = |dry_run| Reading { format: FeedFormat::Csv, dry_run, currency: None, link: None };
    let feed = "id,title,price,availability,link\njam,Fig jam,4.50 EUR,in_stock,https://market.stoa.example/p/jam\n\
        oil,,x,in_stock,https://market.stoa.example/p/oil\npie,Pie,7.00 EUR,in_stock,https://market.stoa.example/p/pie\n";
    let dry = seller.import(feed.into(), &reading(true)).await.unwrap();
    assert_eq!((dry.added, dry.refused, dry.dry_run), (2, 1, true));
    assert_eq!(seller.goods(None, None).await.unwrap().products.len(), 0);
    let report = seller.import(feed.into(), &reading(false)).await.unwrap();
    assert_eq!((report.added, report.refused), (2, 1));
    assert_eq!(report.errors[0].row, 3, "{report:?}");
    let again = seller.import(feed.into(), &reading(false)).await.unwrap();
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));

    let picture = [b"RIFF\x64\0\0\0WEBPVP8 ".as_slice(), &[7; 100]].concat();
    let with_photo = seller.add_photo("jam", picture.clone().into(), "image/webp").await.unwrap();
    assert_eq!(&shop.client().blob(&with_photo.images[0]).await.unwrap()[..], &picture[..]);
    assert_eq!(status(&seller.add_photo("jam", "text".into(), "image/webp").await.unwrap_err()), 422);
    let large = vec![0; usize::try_from(stoa_catalog::PHOTO_CAP).unwrap() + 1];
    assert_eq!(seller.add_photo("jam", large.into(), "image/webp").await.unwrap_err().code(), "too_large");

    seller.withdraw("pie").await.unwrap();
    let goods = seller.goods(None, None).await.unwrap().products;
    assert_eq!(
        goods.iter().map(|product| (product.code.as_str(), product.withdrawn)).collect::<Vec<_>>(),
        [("pie", true), ("jam", false)]
    );
    assert_eq!(seller.goods(Some("jam"), None).await.unwrap().products.len(), 1);
    for format in [FeedFormat::Csv, FeedFormat::Tsv, FeedFormat::Xml, FeedFormat::JsonLd] {
        let feed = seller.export(format).await.unwrap();
        let back = seller.import(feed, &Reading { format, ..reading(false) }).await.unwrap();
        assert_eq!((back.added, back.changed, back.refused), (0, 0, 0), "{format:?}: {back:?}");
    }
}

#[tokio::test]
async fn what_a_catalog_says_is_shown_as_one_plain_line() {
    let key: SellerKey = format!("stoa_{}", "a".repeat(32)).parse().unwrap();
    let ask = async |status: StatusCode, body: String| {
        let client = Client::new(Fetcher::new().unwrap(), &answering(status, body).await, None).unwrap();
        SellerClient::new(client, &key).unwrap().standing().await.unwrap_err()
    };
    let body =
        serde_json::json!({ "error": { "code": "x\u{202e}", "message": format!("a\u{1b}[31m\u{202e}\nb {}", "é".repeat(900)) } });
    let Error::Answered { status, code, message } = ask(StatusCode::FORBIDDEN, body.to_string()).await else { panic!() };
    assert_eq!((status, code.as_str(), message.chars().count()), (403, "", 500));
    assert!(message.starts_with("a[31m b é"), "{message}");
    assert!(matches!(ask(StatusCode::BAD_GATEWAY, "<html>".to_owned()).await, Error::Status(502)));
    assert_eq!(ask(StatusCode::OK, "{\"id\":\"../x\",\"name\":\"S\",\"rights\":[]}".to_owned()).await.code(), "invalid");
    for wrong in ["", "stoa_", "other_aaaaaaaaaaaaaaaa", "stoa_aaaaaaaaaaaa aaaa", "stoa_aaaaaaaaaaaaaaaa\r\nx: y"] {
        assert!(wrong.parse::<SellerKey>().is_err(), "{wrong:?}");
    }
    assert_eq!(format!("{key:?}"), "SellerKey");
}

#[tokio::test]
async fn a_seen_card_is_confirmed_for_300_bytes() {
    let shop = Shop::open().await;
    let (proxy, counted) = counting(shop.origin.trim_start_matches("http://").to_owned()).await;
    let client = Client::new(Fetcher::new().unwrap(), &proxy, Some(shop.catalog.key())).unwrap();
    let seen = client.product_now("honey-500", &Known::default()).await.unwrap();
    let Answer::Changed { value, etag, .. } = seen.answer else { panic!() };
    let known = Known { version: value.version, etag };

    let before = counted.load(Ordering::SeqCst);
    let asked = client.product_now("honey-500", &known).await.unwrap();
    let bytes = counted.load(Ordering::SeqCst) - before;
    assert!(matches!(asked.answer, Answer::Unchanged));
    assert_eq!(asked.manifest, seen.manifest, "the layouts are the same, too: nothing else is asked");
    assert!(asked.manifest.is_some());
    assert!((1..=300).contains(&bytes), "{bytes} bytes");

    shop.catalog.put_layout("compact", b"<div>new</div>").unwrap();
    let asked = client.product_now("honey-500", &known).await.unwrap();
    assert!(matches!(asked.answer, Answer::Unchanged));
    assert!(asked.manifest > seen.manifest, "a new layout is told by the same request");
}

/// A server that gives every question the same answer.
async fn answering(status: StatusCode, body: String) -> String {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = Router::new().fallback(move || {
        let body = body.clone();
        async move { (status, body) }
    });
    tokio::spawn(async { axum::serve(listener, answer).await });
    origin
}

/// A way to `to` that counts the bytes of both directions. They are counted before they go on, so an answer that came was counted.
async fn counting(to: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let counted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&counted);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(&to).await.unwrap();
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::spawn(pass(near_in, far_out, Arc::clone(&count)));
            tokio::spawn(pass(far_in, near_out, Arc::clone(&count)));
        }
    });
    (origin, counted)
}

async fn pass(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf, counted: Arc<AtomicUsize>) {
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        counted.fetch_add(read, Ordering::SeqCst);
        if to.write_all(&part[..read]).await.is_err() {
            return;
        }
    }
}
