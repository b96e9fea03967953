//! The catalog's HTTP, asked as programs, browsers, caches and attackers ask it.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "http/asking.rs"]
mod asking;

use std::collections::BTreeSet;

use asking::{Answer, Shop, TINY_PICTURE};
use serde_json::{Value, json};
use stoa_catalog::server::Rights;
use stoa_catalog::server::feeds::FeedFormat;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn honey() -> Value {
    json!({ "name": "Thyme honey", "brand": "Hymettus", "price": { "minor": 1250, "currency": "EUR" }, "url": "https://shop.example/p/honey" })
}

#[tokio::test]
async fn a_read_is_cacheable_by_its_content() {
    let shop = Shop::open().await;
    shop.put("honey", &honey()).await.is(201);
    for path in ["/manifest", "/products/honey", "/products?codes=honey", "/search?q=honey", "/openapi.json", "/admin", "/docs"] {
        let first = shop.get(path).await.is(200);
        assert_eq!(first.header("cache-control"), "no-cache", "{path}");
        let tag = first.header("etag").to_owned();
        let again = shop.ask("GET", path, &[("if-none-match", &format!("\"other\", {tag}"))], b"").await.is(304);
        assert_eq!((again.header("etag"), again.body.len()), (tag.as_str(), 0), "{path}");
        let head = shop.ask("HEAD", path, &[], b"").await.is(200);
        assert_eq!((head.header("etag"), head.body.len()), (tag.as_str(), 0), "{path}");
        let zipped = shop.ask("GET", path, &[("accept-encoding", "gzip")], b"").await.is(200);
        assert_eq!((zipped.header("content-encoding"), zipped.header("etag")), ("gzip", tag.as_str()), "{path}");
        assert!(zipped.header("vary").contains("accept-encoding") && zipped.body.starts_with(&[0x1F, 0x8B]), "{path}");
    }
    let before = shop.get("/search?q=honey").await.header("etag").to_owned();
    shop.seller("PATCH", "/products/honey", &json!({ "quantity": 3 })).await.is(200);
    shop.ask("GET", "/search?q=honey", &[("if-none-match", &before)], b"").await.is(200);

    let with = shop.upload("/products/honey/photos", "image/png", TINY_PICTURE).await.is(200).json();
    let blob = shop.get(&format!("/blobs/{}", with["images"][0].as_str().unwrap())).await.is(200);
    assert_eq!(blob.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!((blob.header("content-type"), blob.header("x-content-type-options")), ("image/webp", "nosniff"));
    assert!(blob.header("content-security-policy").contains("sandbox"));
    shop.get("/blobs/../key").await.refused(404, "not_found");
    shop.get("/blobs/nothing").await.refused(404, "not_found");
}

#[tokio::test]
async fn other_origins_read_what_is_public_and_nothing_else() {
    let shop = Shop::open().await;
    shop.put("honey", &honey()).await.is(201);
    let asks = ("access-control-request-method", "GET");
    for path in ["/manifest", "/products/honey", "/search?q=x", "/01/09506000134352"] {
        let answer = shop.ask("GET", path, &[("origin", "https://other.example")], b"").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let preflight = shop.ask("OPTIONS", path, &[("origin", "https://other.example"), asks], b"").await.is(204);
        assert_eq!(preflight.header("access-control-allow-methods"), "GET, HEAD", "{path}");
        assert!(!preflight.header("access-control-allow-headers").contains("authorization"), "{path}");
    }
    for path in ["/seller", "/seller/products", "/export", "/operator/sellers", "/products/honey/card"] {
        let answer = shop.ask("GET", path, &[("origin", "https://other.example"), ("authorization", &shop.bearer)], b"").await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        let preflight = shop.ask("OPTIONS", path, &[("origin", "https://other.example"), asks], b"").await;
        assert_eq!(preflight.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn a_key_opens_what_it_is_for() {
    let shop = Shop::open().await;
    let none = shop.ask("GET", "/seller", &[], b"").await.refused(401, "no_key");
    assert!(none.header("www-authenticate").starts_with("Bearer"));
    shop.ask("GET", "/seller", &[("authorization", "Basic c3RvYQ==")], b"").await.refused(401, "no_key");
    shop.ask("GET", "/seller", &[("authorization", "Bearer stoa_00")], b"").await.refused(401, "wrong_key");
    let me = shop.seller("GET", "/seller", &Value::Null).await.is(200).json();
    assert_eq!(
        (&me["name"], &me["rights"], &me["operator"]),
        (&json!("Bee & Sons"), &json!(["products", "stock"]), &json!(false))
    );
    shop.seller("GET", "/operator/sellers", &Value::Null).await.refused(403, "not_operator");
    shop.seller("POST", "/operator/rotate-key", &Value::Null).await.refused(403, "not_operator");

    shop.put("honey", &honey()).await.is(201);
    let stock = shop.catalog.add_key(Some(&shop.seller_id), Rights::STOCK).unwrap();
    let stock_key = format!("Bearer {}", stock.text);
    shop.with(&stock_key, "PATCH", "/products/honey", &json!({ "availability": "SoldOut" })).await.is(200);
    shop.with(&stock_key, "PUT", "/products/honey", &honey()).await.refused(403, "forbidden");
    shop.with(&stock_key, "DELETE", "/products/honey", &Value::Null).await.refused(403, "forbidden");
    shop.operator("DELETE", &format!("/operator/keys/{}", stock.id), &Value::Null).await.is(200);
    shop.with(&stock_key, "GET", "/seller", &Value::Null).await.refused(401, "wrong_key");

    let (_, other) = shop.catalog.welcome_seller("Other").unwrap();
    let other = format!("Bearer {}", other.text);
    shop.with(&other, "PUT", "/products/honey", &honey()).await.refused(403, "not_yours");
    shop.with(&other, "DELETE", "/products/honey", &Value::Null).await.refused(403, "not_yours");
    let photo = [("authorization", other.as_str()), ("content-type", "image/png")];
    shop.ask("POST", "/products/honey/photos", &photo, TINY_PICTURE).await.refused(403, "not_yours");
}

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
async fn a_product_is_added_changed_and_withdrawn() {
    let shop = Shop::open().await;
    let new = shop.put("honey", &honey()).await.is(201);
    assert_eq!((new.header("etag"), new.header("cache-control")), ("\"1\"", "private, no-store"));
    assert_eq!(shop.put("honey", &honey()).await.is(200).json()["version"], 1);
    let condition = |name: &'static str, value: &'static str| {
        let (shop, body) = (&shop, honey().to_string());
        async move {
            let headers = [("authorization", shop.bearer.as_str()), ("content-type", "application/json"), (name, value)];
            shop.ask("PUT", "/products/honey", &headers, body.as_bytes()).await
        }
    };
    condition("if-none-match", "*").await.refused(412, "changed");
    condition("if-match", "\"7\"").await.refused(412, "changed");
    condition("if-match", "7").await.refused(400, "bad_request");
    condition("if-match", "\"1\"").await.is(200);
    let changed = shop.seller("PATCH", "/products/honey", &json!({ "price": null, "quantity": 3 })).await.is(200).json();
    assert_eq!((&changed["version"], &changed["quantity"], changed.get("price")), (&json!(2), &json!(3), None));
    let ended = shop.seller("DELETE", "/products/honey", &Value::Null).await.is(200).json();
    assert_eq!(ended["withdrawn"], true);
    assert_eq!(shop.product("honey").await["withdrawn"], true);
    assert_eq!(shop.get("/search?q=honey").await.json()["products"], json!([]));
    assert_eq!(shop.seller("GET", "/seller/products", &Value::Null).await.json()["products"][0]["code"], "honey");
    shop.seller("PATCH", "/products/nothing", &json!({})).await.refused(404, "not_found");
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
async fn fifty_codes_are_looked_up_at_once_and_pages_follow_one_another() {
    let shop = Shop::open().await;
    for number in 0..30 {
        shop.put(&format!("bowl-{number}"), &json!({ "name": format!("青花瓷碗 {number}"), "url": "https://shop.example/" }))
            .await
            .is(201);
    }
    let codes: Vec<_> = (0..50).map(|number| format!("bowl-{number}")).collect();
    let found = shop.get(&format!("/products?codes={}", codes.join(","))).await.is(200).json();
    assert_eq!((found["products"].as_array().unwrap().len(), found["missing"].as_array().unwrap().len()), (30, 20));
    shop.get(&format!("/products?codes={},more", codes.join(","))).await.refused(400, "bad_request");
    shop.get("/products").await.refused(400, "bad_request");

    let (mut next, mut seen) = (String::new(), Vec::new());
    loop {
        let page = shop.get(&format!("/search?q={}&limit=7&after={next}", asking::encoded("瓷"))).await.is(200).json();
        seen.extend(
            page["products"]
                .as_array()
                .unwrap()
                .iter()
                .map(|signed| asking::payload(signed)["code"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => cursor.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!((seen.len(), seen[0].as_str()), (30, "bowl-29"));
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 30);
    shop.get(&format!("/search?q=other&after={next}")).await.refused(400, "cursor");
}

#[tokio::test]
async fn a_digital_link_leads_to_the_page_or_the_linkset() {
    let shop = Shop::open().await;
    let draft = json!({ "kind": "gtin", "name": "Dal Giardino", "url": "https://shop.example/dal?a=1" });
    shop.put("9506000134352", &draft).await.is(201);
    for path in ["/01/09506000134352", "/01/9506000134352", "/01/09506000134352/10/LOT7/21/12345"] {
        let answer = shop.get(path).await.is(307);
        assert_eq!(answer.header("location"), "https://shop.example/dal?a=1", "{path}");
        assert!(answer.header("vary").to_ascii_lowercase().contains("accept"));
        assert!(answer.header("link").contains("rel=\"linkset\""));
    }
    let passed = shop.get("/01/09506000134352?17=271231&linkType=gs1:pip&utm=x").await.is(307);
    assert_eq!(passed.header("location"), "https://shop.example/dal?a=1&17=271231&utm=x");
    for (path, accept) in
        [("/01/09506000134352", "application/linkset+json"), ("/01/09506000134352?linkType=linkset", "text/html")]
    {
        let answer = shop.ask("GET", path, &[("accept", accept)], b"").await.is(200);
        assert_eq!(answer.header("content-type"), "application/linkset+json");
        let set = &answer.json()["linkset"][0];
        assert_eq!((&set["anchor"], &set["itemDescription"]), (&json!("/01/09506000134352"), &json!("Dal Giardino")));
        assert_eq!(set["https://gs1.org/voc/pip"][0]["href"], "https://shop.example/dal?a=1");
        assert_eq!(set["https://gs1.org/voc/defaultLink"].as_array().unwrap().len(), 1);
        assert_eq!(set["describedby"][0]["href"], "/products/9506000134352");
    }
    assert_eq!(
        shop.get("/01/09506000134352?linkType=gs1:masterData").await.is(307).header("location"),
        "/products/9506000134352"
    );
    shop.get("/01/09506000134352?linkType=gs1:recallStatus").await.refused(404, "no_such_link");
    shop.get("/01/09506000134353").await.refused(400, "check_digit");
    assert_eq!(shop.get("/01/09506000134352/21/1/10/2").await.status, 400);
    shop.get("/01/00012345678905").await.refused(404, "not_found");
    assert_eq!(shop.get("/.well-known/gs1resolver").await.is(200).json()["supportedPrimaryKeys"], json!(["01"]));
    shop.seller("DELETE", "/products/9506000134352", &Value::Null).await.is(200);
    shop.get("/01/09506000134352").await.refused(410, "withdrawn");
}

#[tokio::test]
async fn a_gtin_beside_a_code_leads_to_the_product_in_every_way() {
    let shop = Shop::open().await;
    let bowl = |gtin: &str| json!({ "name": "Bowl", "gtin": gtin, "url": "https://shop.example/bowl" });
    let wrong = shop.put("bowl", &bowl("09506000134353")).await.refused(422, "invalid");
    assert_eq!(wrong.json()["error"]["field"], "gtin");
    let put = shop.put("bowl", &bowl("9506000134352")).await.is(201);
    assert_eq!(put.json()["gtin"], "09506000134352");
    assert_eq!(shop.get("/01/9506000134352").await.is(307).header("location"), "https://shop.example/bowl");
    let set = shop.get("/01/09506000134352?linkType=linkset").await.is(200).json();
    assert_eq!(set["linkset"][0]["describedby"][0]["href"], "/products/bowl");
    let by_code = shop.get("/products/bowl").await.is(200).json();
    for gtin in ["9506000134352", "09506000134352"] {
        assert_eq!(shop.get(&format!("/products/{gtin}")).await.is(200).json(), by_code);
    }
    let found = shop.get("/products?codes=9506000134352,bowl,4006381333931").await.is(200).json();
    assert_eq!((found["products"].as_array().unwrap().len(), &found["missing"]), (1, &json!(["4006381333931"])));
    assert_eq!(shop.get("/search?q=9506000134352").await.is(200).json()["products"], json!([by_code]));

    let taken = shop.put("other", &bowl("9506000134352")).await.refused(409, "gtin_taken");
    assert_eq!(taken.json()["error"]["field"], "gtin");
    shop.put("other", &json!({ "name": "Other", "url": "https://shop.example/other" })).await.is(201);
    shop.seller("PATCH", "/products/other", &json!({ "gtin": "9506000134352" })).await.refused(409, "gtin_taken");
    shop.seller("PATCH", "/products/bowl", &json!({ "gtin": null })).await.is(200);
    assert_eq!(
        shop.seller("PATCH", "/products/other", &json!({ "gtin": "9506000134352" })).await.is(200).json()["gtin"],
        "09506000134352"
    );

    let feed =
        b"id,title,link,gtin\ncup,Cup,https://shop.example/cup,4006381333931\njug,Jug,https://shop.example/jug,9506000134352\n";
    let report = shop.upload("/import?format=csv", "text/csv", feed).await.is(200).json();
    assert_eq!(
        (&report["added"], &report["errors"][0]["field"], &report["errors"][0]["row"]),
        (&json!(1), &json!("gtin"), &json!(3))
    );
    let csv = shop.seller("GET", "/export", &Value::Null).await.is(200);
    assert!(String::from_utf8(csv.body.clone()).unwrap().contains("04006381333931"), "exported");
}

#[tokio::test]
async fn pictures_cards_and_layouts_go_through_the_studio() {
    let shop = Shop::open().await;
    shop.put("honey", &honey()).await.is(201);
    shop.upload("/products/honey/photos", "image/png", b"no picture").await.refused(422, "picture");
    shop.upload("/products/honey/photos", "text/html", TINY_PICTURE).await.refused(415, "media_type");
    shop.upload("/products/none/photos", "image/png", TINY_PICTURE).await.refused(404, "not_found");
    shop.upload("/products/honey/photos", "image/png", &vec![0; 16 * 1024 * 1024 + 1]).await.refused(413, "too_large");
    let with = shop.upload("/products/honey/photos", "image/png", TINY_PICTURE).await.is(200).json();
    let hash = with["images"][0].as_str().unwrap();
    shop.seller("DELETE", &format!("/products/honey/photos/{hash}"), &Value::Null).await.is(200);
    shop.seller("DELETE", &format!("/products/honey/photos/{hash}"), &Value::Null).await.refused(404, "not_found");
    let logo = [("authorization", shop.bearer.as_str()), ("content-type", "image/png")];
    assert!(shop.ask("PUT", "/seller/logo", &logo, TINY_PICTURE).await.is(200).json()["logo"].is_string());

    let layout = |key: &str, body: &'static [u8]| {
        let (shop, key) = (&shop, key.to_owned());
        async move {
            shop.ask("PUT", "/operator/layouts/compact", &[("authorization", &key), ("content-type", "text/html")], body).await
        }
    };
    shop.seller("GET", "/products/honey/card", &Value::Null).await.refused(422, "invalid");
    layout(&shop.bearer, b"<p>").await.refused(403, "not_operator");
    layout(&shop.operator, b"<script>").await.refused(422, "layout");
    layout(&shop.operator, b"<p>{{name}}</p>").await.is(200);
    let card = shop.seller("GET", "/products/honey/card?theme=dark&locale=de&scale=2", &Value::Null).await.is(200);
    assert_eq!((card.header("content-type"), &card.body[..]), ("image/webp", &b"card of Thyme honey, dark de 2"[..]));
    let mut draft = honey();
    draft["code"] = json!("other");
    draft["name"] = json!("Fig jam");
    assert_eq!(shop.seller("POST", "/preview", &draft).await.is(200).body, b"card of Fig jam, light en 1");
    shop.seller("POST", "/preview?theme=sepia", &draft).await.refused(400, "bad_request");
    shop.seller("POST", "/preview?scale=9", &draft).await.refused(400, "bad_request");
    shop.get("/products/other").await.refused(404, "not_found");
    shop.ask("GET", "/products/honey/card", &[], b"").await.refused(401, "no_key");
}

#[tokio::test]
async fn without_a_studio_pictures_and_cards_are_refused() {
    let shop = Shop::without_studio().await;
    shop.put("honey", &honey()).await.is(201);
    shop.upload("/products/honey/photos", "image/png", TINY_PICTURE).await.refused(501, "no_studio");
    shop.seller("GET", "/products/honey/card", &Value::Null).await.refused(501, "no_studio");
    shop.operator("PUT", "/operator/layouts/compact", &Value::Null).await.refused(501, "no_studio");
}

#[tokio::test]
async fn a_feed_is_rehearsed_imported_once_and_comes_out_again() {
    let shop = Shop::open().await;
    let feed = "id,title,link,price,availability\n\
        a-1,Fig jam,https://shop.example/a-1,4.50 EUR,in stock\n\
        a-2,,https://shop.example/a-2,4.50 EUR,in stock\n\
        a-3,Quince,https://shop.example/a-3,four,in stock\n\
        a-4,Plum,https://shop.example/a-4,5.00 EUR,out of stock\n";
    let dry = shop.upload("/import?format=csv&dry_run=true", "text/csv", feed.as_bytes()).await.is(200).json();
    assert_eq!((&dry["added"], &dry["refused"], &dry["dry_run"]), (&json!(2), &json!(2), &json!(true)));
    let rows: Vec<_> = dry["errors"].as_array().unwrap().iter().map(|error| error["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [3, 4]);
    shop.get("/products/a-1").await.refused(404, "not_found");
    let done = shop.upload("/import", "text/csv", feed.as_bytes()).await.is(200).json();
    assert_eq!((&done["added"], &done["refused"]), (&json!(2), &json!(2)));
    for format in FeedFormat::ALL {
        let out = shop.seller("GET", &format!("/export?format={format}"), &Value::Null).await.is(200);
        assert!(out.header("content-disposition").contains("attachment"));
        let again = shop.upload(&format!("/import?format={format}"), "text/plain", &out.body).await.is(200).json();
        assert_eq!(
            (&again["unchanged"], &again["changed"], &again["refused"]),
            (&json!(2), &json!(0), &json!(0)),
            "{format}: {again}"
        );
    }
    let zipped = shop.ask("GET", "/export", &[("authorization", &shop.bearer), ("accept-encoding", "gzip")], b"").await.is(200);
    assert!(zipped.header("content-encoding") == "gzip" && zipped.body.starts_with(&[0x1F, 0x8B]));
    shop.upload("/import?format=exe", "text/csv", feed.as_bytes()).await.refused(400, "bad_request");
    shop.seller("GET", "/export?format=exe", &Value::Null).await.refused(400, "bad_request");
    shop.upload("/import", "text/csv", &vec![b'x'; 64 * 1024 * 1024 + 1]).await.refused(413, "too_large");
}

#[tokio::test]
async fn the_operator_keeps_the_catalog() {
    let shop = Shop::open().await;
    let new = shop.operator("POST", "/operator/sellers", &json!({ "name": "Potter" })).await.is(201).json();
    let (id, key) = (new["id"].as_str().unwrap(), format!("Bearer {}", new["key"].as_str().unwrap()));
    shop.with(&key, "PUT", "/products/bowl", &json!({ "name": "Bowl", "url": "https://shop.example/bowl" })).await.is(201);
    shop.operator("PUT", &format!("/operator/sellers/{id}/badges"), &json!(["verified"])).await.is(200);
    assert_eq!(shop.product("bowl").await["seller"]["badges"], json!(["verified"]));
    shop.operator("PUT", &format!("/operator/sellers/{id}"), &json!({ "name": "Old Potter" })).await.is(200);
    assert_eq!(shop.product("bowl").await["seller"]["name"], "Old Potter");
    let more =
        shop.operator("POST", &format!("/operator/sellers/{id}/keys"), &json!({ "rights": ["stock"] })).await.is(201).json();
    shop.operator("POST", &format!("/operator/sellers/{id}/keys"), &json!({ "rights": ["all"] })).await.refused(422, "invalid");
    let listed = shop.operator("GET", "/operator/sellers", &Value::Null).await.is(200);
    let text = String::from_utf8(listed.body.clone()).unwrap();
    assert!(!text.contains("stoa_") && text.contains(more["id"].as_str().unwrap()), "a key's text is told once");

    let rule = json!({ "host": "shop.example", "path": "^/p/(?P<code>[a-z]+)$", "samples": ["https://shop.example/p/bowl"] });
    shop.operator("PUT", "/operator/rules/shop", &rule).await.is(200);
    let failing = json!({ "host": "shop.example", "path": "^/p/(?P<code>[0-9]+)$", "samples": ["https://shop.example/p/bowl"] });
    shop.operator("PUT", "/operator/rules/shop", &failing).await.refused(422, "invalid");
    shop.operator("PUT", "/operator/hosts", &json!(["shop.example", ".market.example"])).await.is(200);
    shop.operator("PUT", "/operator/name", &json!({ "name": "Agora" })).await.is(200);
    let png = [("authorization", shop.operator.as_str()), ("content-type", "image/png")];
    shop.ask("PUT", "/operator/badges/verified", &png, b"\x89PNG rest").await.is(200);
    shop.ask("PUT", "/operator/badges/verified", &png, b"GIF89a").await.refused(422, "invalid");
    shop.ask("PUT", "/operator/packs/hats", &png, b"pack").await.is(200);
    let before = shop.manifest().await;
    assert_eq!((&before["name"], &before["hosts"]), (&json!("Agora"), &json!([".market.example", "shop.example"])));
    assert!(
        before["badges"]["verified"].is_string() && before["packs"]["hats"].is_string() && before["rules"][0]["id"] == "shop"
    );
    let rotated = shop.operator("POST", "/operator/rotate-key", &Value::Null).await.is(200).json();
    let after = shop.manifest().await;
    assert_eq!((&after["key"], &after["successions"][0]["old"]), (&rotated["key"], &before["key"]));
    for path in ["rules/shop", "badges/verified", "packs/hats"] {
        shop.operator("DELETE", &format!("/operator/{path}"), &Value::Null).await.is(200);
        shop.operator("DELETE", &format!("/operator/{path}"), &Value::Null).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn every_route_is_described_and_every_description_answers() {
    let shop = Shop::open().await;
    let document = shop.get("/openapi.json").await.is(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    let mut described: Vec<_> = Vec::new();
    for (path, item) in paths {
        for method in ["get", "put", "post", "patch", "delete"].into_iter().filter(|method| item.get(method).is_some()) {
            described.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    described.sort();
    let expected: Vec<_> = include_str!("http/routes.txt").lines().map(str::to_owned).collect();
    assert_eq!(described, expected);

    for route in &described {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path
            .replace("{gtin}", "09506000134352")
            .replace("{file}", "admin.js")
            .replace("{code}", "some")
            .replace("{hash}", "some")
            .replace("{id}", "some");
        let key = if path.starts_with("/operator") { &shop.operator } else { &shop.bearer };
        let answer = shop.with(key, method, &path, &json!({})).await;
        assert!(answer.status != 405 && answer.status < 500, "{route}: {}", answer.status);
        if answer.status >= 400 {
            let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
            let known =
                item_of(paths, route)["responses"].as_object().unwrap().keys().any(|status| *status == answer.status.to_string());
            assert!(
                known || matches!(answer.status, 400 | 401 | 403 | 415 | 422),
                "{route} answers {} {code}, which is not described",
                answer.status
            );
        }
        let stranger = shop.with("Bearer stoa_none", method, &path, &json!({})).await;
        let guarded = item_of(paths, route).get("security").is_some();
        assert_eq!(matches!(stranger.status, 401 | 429), guarded, "{route}: {}", stranger.status);
    }
    let references = document.to_string();
    for name in references.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not described");
    }
}

fn item_of<'a>(paths: &'a serde_json::Map<String, Value>, route: &str) -> &'a Value {
    let (method, path) = route.split_once(' ').unwrap();
    &paths[path][method.to_lowercase()]
}

#[tokio::test]
async fn the_pages_bring_everything_with_them() {
    let shop = Shop::open().await;
    let mut waiting = vec!["/admin".to_owned(), "/docs".to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = shop.get(&path).await.is(200);
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy
                .starts_with("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:"),
            "{path}"
        );
        let text = String::from_utf8(page.body).unwrap();
        for never in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http-equiv", " style=", " onclick="]
        {
            assert!(!text.contains(never), "{path} holds {never}");
        }
        for quote in ['"', '\''] {
            let quoted = text.split(quote).filter(|part| part.starts_with("/admin/") && !part.contains(char::is_whitespace));
            waiting.extend(quoted.map(str::to_owned));
        }
    }
    assert!(seen.len() > 12, "{seen:?}");
    shop.get("/admin/../mod.rs").await.refused(404, "not_found");
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
