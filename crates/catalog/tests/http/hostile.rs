//! What is wrong, slow, guessed, or too much at once.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::asking::{self, Answer, Shop};
use crate::honey;

#[tokio::test]
async fn guessing_keys_is_limited_and_stops_nobody_else() {
    let shop = Shop::open().await;
    shop.seller("GET", "/seller", &Value::Null).await.is(200);
    let mut statuses = Vec::new();
    for guess in 0..25 {
        statuses.push(shop.ask("GET", "/seller", &[("authorization", &format!("Bearer stoa_{guess:064}"))], b"").await.status);
    }
    assert_eq!((statuses[0], statuses[19], statuses[20], statuses[24]), (401, 401, 429, 429));
    let limited =
        shop.ask("GET", "/seller", &[("authorization", "Bearer stoa_x")], b"").await.refused(429, "too_many_wrong_keys");
    assert!(limited.header("retry-after").parse::<u32>().unwrap() <= 61);
    shop.seller("GET", "/seller", &Value::Null).await.is(200);
    shop.get("/manifest").await.is(200);
}

#[tokio::test]
async fn what_is_wrong_has_its_status_and_code() {
    let shop = Shop::open().await;
    let json_type = [("authorization", shop.bearer.as_str()), ("content-type", "application/json")];
    shop.ask("PUT", "/products/a", &json_type, b"{").await.refused(400, "bad_json");
    shop.ask("PUT", "/products/a", &json_type[..1], b"{}").await.refused(415, "media_type");
    shop.ask("PUT", "/products/a%FF", &json_type, b"{}").await.refused(400, "bad_request");
    shop.ask("PUT", "/products/a", &json_type, &vec![b' '; 70_000]).await.refused(413, "too_large");
    shop.put("a", &json!({ "name": "A", "url": "https://a.example", "owner": "me" })).await.refused(422, "invalid");
    shop.put("a", &json!({ "code": "b", "name": "A", "url": "https://a.example" })).await.refused(422, "invalid");
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\u{202E}b")),
        ("url", json!("javascript:alert(1)")),
        ("layout", json!("../../etc/passwd")),
        ("price", json!({ "minor": -1, "currency": "EUR" })),
        ("images", json!(["00".repeat(32)])),
        ("freshSeconds", json!(4_000_000_000_u32)),
    ] {
        let mut draft = honey();
        draft[field] = value;
        let refused = shop.put("a", &draft).await.refused(422, "invalid").json();
        assert_eq!(refused["error"]["field"], field, "{refused}");
    }
    let gtin = json!({ "kind": "gtin", "name": "A", "url": "https://a.example" });
    shop.put("09506000134353", &gtin).await.refused(422, "invalid");
    let wrong_method = shop.ask("POST", "/manifest", &[], b"").await.refused(405, "method");
    assert!(wrong_method.header("allow").contains("GET"));
    shop.get("/nothing").await.refused(404, "not_found");
    shop.get("/search?limit=51").await.refused(400, "bad_request");
    shop.get("/search?limit=many").await.refused(400, "bad_request");
    shop.get("/search?after=nowhere").await.refused(400, "cursor");
    assert!(shop.get("/search").await.is(200).json()["products"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn sql_paths_and_markup_in_every_field_stay_text() {
    let shop = Shop::open().await;
    let hostile = [
        "'; DROP TABLE product; --",
        "\" OR 1=1 --",
        "../../../etc/passwd",
        "..",
        "<script>alert(1)</script>",
        "%00%2e%2e%2f",
        "$(reboot)",
        "NEAR(a b) AND * OR \"",
        "{{7*7}}",
        "a,b",
        "日本語 \u{1F36F}",
    ];
    let mut kept = 0;
    for text in hostile {
        let draft =
            json!({ "name": text, "brand": text, "description": text, "url": "https://shop.example/", "imageStyle": "contain" });
        let path = format!("/products/{}", asking::encoded(text));
        let answer = shop.seller("PUT", &path, &draft).await;
        if text == ".." {
            assert!(matches!(answer.status, 404 | 405 | 422), "{}", answer.status);
            continue;
        }
        kept += 1;
        assert_eq!(answer.is(201).json()["name"], text);
        assert_eq!(shop.product(text).await["description"], text);
        let found = shop.get(&format!("/products?codes={}", asking::encoded(text))).await.is(200).json();
        assert_eq!((found["products"].as_array().unwrap().len(), found["missing"].as_array().unwrap().len()), (1, 0), "{text}");
        for list in ["/search?q=", "/seller/products?q=", "/search?after="] {
            let answer = shop.with(&shop.bearer, "GET", &format!("{list}{}", asking::encoded(text)), &Value::Null).await;
            assert!(matches!(answer.status, 200 | 400), "{list}{text}: {}", answer.status);
        }
        shop.operator("PUT", &format!("/operator/layouts/{}", asking::encoded(text)), &Value::Null).await.refused(422, "invalid");
        shop.operator("PUT", "/operator/hosts", &json!([text])).await.refused(422, "invalid");
        shop.operator("PUT", &format!("/operator/sellers/{}/badges", asking::encoded(text)), &json!(["verified"]))
            .await
            .refused(404, "not_found");
    }
    let mine = shop.seller("GET", "/seller/products?limit=50", &Value::Null).await.is(200).json();
    assert_eq!(mine["products"].as_array().unwrap().len(), kept);
}

#[tokio::test]
async fn slow_clients_are_let_go() {
    let shop = Shop::open().await;
    let head = async {
        let mut socket = TcpStream::connect(shop.address).await.unwrap();
        socket.write_all(b"GET /manifest HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        let mut rest = Vec::new();
        // The server ends the connection, with or without a word.
        let _ = socket.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    };
    let body = async {
        let mut socket = TcpStream::connect(shop.address).await.unwrap();
        let request = format!(
            "POST /import?format=csv HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-length: 1000000\r\n\r\nid,title",
            shop.bearer
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        Answer::read(&mut socket).await.unwrap().refused(408, "too_slow");
    };
    tokio::join!(head, body);
    shop.get("/manifest").await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_at_once_are_answered_and_nothing_acknowledged_is_lost() {
    let shop = Shop::open().await;
    shop.put("honey", &honey()).await.is(201);
    let wanted = asking::connections(10_000);
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..wanted {
        let (address, bearer) = (shop.address, shop.bearer.clone());
        asking.spawn(async move {
            let code = (number % 20 == 0).then(|| format!("flood-{number}"));
            let body = honey().to_string();
            let json = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let answer = match &code {
                Some(code) => asking::ask(address, "PUT", &format!("/products/{code}"), &json, body.as_bytes()).await,
                None => asking::ask(address, "GET", "/products/honey", &[], b"").await,
            };
            (code, answer.map(|answer| answer.status))
        });
    }
    let (mut answered, mut busy, mut kept) = (0, 0, Vec::new());
    while let Some(done) = asking.join_next().await {
        match done.unwrap() {
            (Some(code), Ok(201)) => kept.push(code),
            (None, Ok(200)) => answered += 1,
            (_, Ok(503)) => busy += 1,
            (code, other) => panic!("{code:?}: {other:?}"),
        }
    }
    println!("{wanted} at once: {answered} read, {} written, {busy} told to come again", kept.len());
    assert_eq!(answered + busy + kept.len(), wanted);
    assert!(answered > 0 && !kept.is_empty());
    for codes in kept.chunks(50) {
        let (found, missing) = shop.catalog.lookup(codes).unwrap();
        assert_eq!((found.len(), missing), (codes.len(), Vec::new()));
    }
}
