//! What sellers write.

use serde_json::{Value, json};
use stoa_catalog::server::Rights;
use stoa_catalog::server::feeds::FeedFormat;

use crate::asking::{Shop, TINY_PICTURE};
use crate::honey;

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
