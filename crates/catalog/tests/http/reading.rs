//! What everybody reads, and every cache on the way.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::asking::{self, Shop, TINY_PICTURE};
use crate::honey;

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
