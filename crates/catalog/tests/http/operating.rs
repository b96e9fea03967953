//! What the operator keeps, and what the document says of it all.

use serde_json::{Value, json};

use crate::asking::Shop;

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
    let expected: Vec<_> = include_str!("routes.txt").lines().map(str::to_owned).collect();
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
