//! No seller is in the way of the others: places, quotas, dear requests, and keys that are guessed behind a proxy.

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "http/asking.rs"]
mod asking;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc;

use asking::{Answer, Shop, TINY_PICTURE, ask};
use serde_json::{Value, json};
use stoa_catalog::server::{Access, Door, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn product(code: &str) -> Value {
    json!({ "code": code, "name": "Thyme honey", "url": "https://shop.example/p/honey" })
}

#[tokio::test]
async fn one_seller_does_not_take_all_places_for_pictures() {
    let shop = Shop::open().await;
    shop.put("honey", &product("honey")).await.is(201);
    let (other, key) = shop.catalog.welcome_seller("Other").unwrap();
    let other_key = format!("Bearer {}", key.text);
    shop.with(&other_key, "PUT", "/products/bowl", &product("bowl")).await.is(201);
    let mut held = Vec::new();
    for _ in 0..12 {
        // The body never comes.
        let mut socket = TcpStream::connect(shop.address).await.unwrap();
        let head = format!(
            "POST /products/honey/photos HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-type: image/png\r\ncontent-length: 9000\r\n\r\n",
            shop.bearer
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        held.push(socket);
    }
    let headers = [("authorization", other_key.as_str()), ("content-type", "image/png")];
    for _ in 0..3 {
        shop.ask("POST", "/products/bowl/photos", &headers, TINY_PICTURE).await.is(200);
    }
    assert_eq!(shop.catalog.usage(&other.id).unwrap().products, 1);
    drop(held);
}

#[tokio::test]
async fn a_full_seller_is_told_so_and_by_how_much() {
    let shop = Shop::open().await;
    let quota = format!("/operator/sellers/{}/quota", shop.seller_id);
    shop.seller("PUT", &quota, &json!({ "products": 5 })).await.refused(403, "not_operator");
    shop.operator("PUT", &quota, &json!({ "products": -5 })).await.refused(422, "invalid");
    shop.operator("PUT", "/operator/sellers/nobody/quota", &json!({})).await.refused(404, "not_found");
    let usage = shop.operator("PUT", &quota, &json!({ "products": 1, "pictureBytes": 30 })).await.is(200).json();
    assert_eq!(usage, json!({ "products": 0, "mostProducts": 1, "pictureBytes": 0, "mostPictureBytes": 30 }));
    shop.put("honey", &product("honey")).await.is(201);
    shop.put("more", &product("more")).await.refused(409, "quota_products");
    shop.upload("/products/honey/photos", "image/png", TINY_PICTURE).await.is(200);
    shop.upload("/products/honey/photos", "image/png", b"PICTURE of a hive").await.refused(413, "quota_pictures");
    let mine = shop.seller("GET", "/seller", &Value::Null).await.is(200).json();
    assert_eq!((&mine["usage"]["products"], &mine["usage"]["pictureBytes"]), (&json!(1), &json!(28)), "{mine}");
    let sellers = shop.operator("GET", "/operator/sellers", &Value::Null).await.is(200).json();
    assert_eq!(sellers["sellers"][0]["usage"], mine["usage"]);
    let own = shop.operator("PUT", &quota, &json!({ "products": null })).await.is(200).json();
    assert!(own["mostProducts"].as_u64().unwrap() > 1000 && own["mostPictureBytes"].as_u64().unwrap() > 1 << 20);
    shop.put("more", &product("more")).await.is(201);
}

#[tokio::test]
async fn a_logo_is_set_some_times_an_hour() {
    let shop = Shop::open().await;
    let headers = [("authorization", shop.bearer.as_str()), ("content-type", "image/png")];
    for _ in 0..6 {
        shop.ask("PUT", "/seller/logo", &headers, TINY_PICTURE).await.is(200);
    }
    let refused = shop.ask("PUT", "/seller/logo", &headers, TINY_PICTURE).await.refused(429, "too_often");
    assert!((1..=3601).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    shop.put("honey", &product("honey")).await.is(201);
}

#[tokio::test]
async fn behind_ones_own_proxy_each_client_has_a_count() {
    let shop = Shop::open().await;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let door = Door { listen, proxies: vec![IpAddr::from(Ipv4Addr::LOCALHOST)] };
    let (address, serving) = serve(shop.catalog.clone(), door, None, std::future::pending()).await.unwrap();
    tokio::spawn(serving);
    let guess = async |address: SocketAddr, hops: &str| {
        let headers = [("authorization", "Bearer stoa_00"), ("x-forwarded-for", hops)];
        ask(address, "GET", "/seller", &headers, b"").await.unwrap().status
    };
    for _ in 0..20 {
        assert_eq!(guess(address, "203.0.113.9").await, 401);
    }
    assert_eq!(guess(address, "203.0.113.9").await, 429);
    assert_eq!(guess(address, "198.51.100.7, 203.0.113.9").await, 429, "what the client wrote itself says nothing");
    assert_eq!(guess(address, "203.0.113.9, 198.51.100.7").await, 401, "another client");
    for client in 0..20 {
        assert_eq!(guess(shop.address, &format!("203.0.113.{client}")).await, 401);
    }
    assert_eq!(guess(shop.address, "203.0.113.77").await, 429, "without the option the header is nobody's word");
    let root = async |address: SocketAddr| {
        let headers = [("x-forwarded-proto", "https")];
        ask(address, "GET", "/.well-known/gs1resolver", &headers, b"").await.unwrap().json()["resolverRoot"].clone()
    };
    assert_eq!(
        (root(address).await, root(shop.address).await),
        (json!("https://catalog.example"), json!("http://catalog.example"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_during_anothers_import_is_done() {
    let shop = Shop::open().await;
    shop.put("honey", &product("honey")).await.is(201);
    let feeder = Access::of_seller(&shop.catalog.add_seller("Feeder").unwrap().id);
    let ((told, reached), (release, released)) = (mpsc::channel(), mpsc::channel::<()>());
    let catalog = shop.catalog.clone();
    let import = std::thread::spawn(move || {
        let rows = (1..=2).map(|row| {
            if row == 2 {
                told.send(()).unwrap();
                released.recv().unwrap();
            }
            let draft = serde_json::from_value(product(&format!("feed-{row}"))).unwrap();
            (row, Ok(draft))
        });
        catalog.import(&feeder, rows, false, &mut |_| {}).unwrap()
    });
    reached.recv().unwrap();
    let patch = json!({ "quantity": 3 });
    assert_eq!(shop.seller("PATCH", "/products/honey", &patch).await.is(200).json()["quantity"], 3);
    assert_eq!(shop.product("honey").await["version"], 2);
    release.send(()).unwrap();
    assert_eq!(import.join().unwrap().added, 2);
    assert_eq!(shop.product("feed-2").await["version"], 1);
}

/// An import whose body the catalog has begun to read.
async fn sending(shop: &Shop, bearer: &str) -> TcpStream {
    let mut socket = TcpStream::connect(shop.address).await.unwrap();
    let length = ONE_ROW.len();
    let head = format!(
        "POST /import HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {bearer}\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    socket.read_exact(&mut told).await.unwrap();
    assert_eq!(std::str::from_utf8(&told).unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    socket
}

const ONE_ROW: &[u8] = b"id,title,link\n,nameless,\n";

#[tokio::test(flavor = "multi_thread")]
async fn imports_that_wait_keep_nobody_from_sending() {
    let shop = Shop::open().await;
    let mut bearers = Vec::new();
    for number in 0..5 {
        let (_, key) = shop.catalog.welcome_seller(&format!("Seller {number}")).unwrap();
        bearers.push(format!("Bearer {}", key.text));
    }
    // Another program has the database: imports wait for it.
    let database = rusqlite::Connection::open(shop.catalog.dir().join("catalog.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting = Vec::new();
    for bearer in bearers[..4].iter().flat_map(|bearer| [bearer, bearer]) {
        let mut socket = sending(&shop, bearer).await;
        socket.write_all(ONE_ROW).await.unwrap();
        waiting.push(socket);
    }
    let mut last = sending(&shop, &bearers[4]).await;
    last.write_all(ONE_ROW).await.unwrap();
    waiting.push(last);
    database.execute_batch("ROLLBACK").unwrap();
    for mut socket in waiting {
        assert_eq!(Answer::read(&mut socket).await.unwrap().is(200).json()["refused"], 1);
    }
}

#[tokio::test]
async fn the_operator_gives_a_gtin_to_whose_it_is() {
    let shop = Shop::open().await;
    let with_gtin = |code: &str| {
        let mut draft = product(code);
        draft["gtin"] = json!("4006381333931");
        draft
    };
    shop.put("squatted", &with_gtin("squatted")).await.is(201);
    let (other, key) = shop.catalog.welcome_seller("Other").unwrap();
    let other_key = format!("Bearer {}", key.text);
    shop.with(&other_key, "PUT", "/products/pen", &with_gtin("pen")).await.refused(409, "gtin_taken");
    let path = "/operator/gtins/4006381333931";
    shop.seller("PUT", path, &json!({})).await.refused(403, "not_operator");
    shop.operator("PUT", "/operator/gtins/123", &json!({})).await.refused(422, "invalid");
    shop.operator("PUT", path, &json!({ "seller": "nobody" })).await.refused(404, "not_found");
    let given = shop.operator("PUT", path, &json!({ "seller": other.id })).await.is(200).json();
    assert_eq!((&given["taken_from"]["code"], &given["taken_from"]["gtin"]), (&json!("squatted"), &Value::Null));
    shop.put("squatted", &with_gtin("squatted")).await.refused(409, "gtin_taken");
    shop.with(&other_key, "PUT", "/products/pen", &with_gtin("pen")).await.is(201);
    assert_eq!(shop.operator("PUT", path, &json!({ "seller": other.id })).await.is(200).json()["taken_from"], Value::Null);
}

#[tokio::test]
async fn the_operator_sees_what_was_set_and_what_is_the_catalogs_own() {
    let shop = Shop::open().await;
    let quota = format!("/operator/sellers/{}/quota", shop.seller_id);
    shop.operator("PUT", &quota, &json!({ "pictureBytes": 1000 })).await.is(200);
    let sellers = shop.operator("GET", "/operator/sellers", &Value::Null).await.is(200).json();
    assert_eq!(sellers["sellers"][0]["quota"], json!({ "products": null, "pictureBytes": 1000 }));
}
