//! The catalog as its operator and its sellers use it, through the command line and over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Refusal, answer, stoa};

/// A catalog's folder, and the verbs on it.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("catalog")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What was printed, and the code when it was refused; an import with bad rows does both.
    fn both(&self, args: &[&str]) -> (Vec<Value>, Option<Refusal>) {
        let data = self.data();
        let output = stoa(self.folder.path(), ["catalog"].iter().chain(args)).arg("--data").arg(data).output().unwrap();
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        let printed = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (printed, answer(&output, &args.join(" ")).err())
    }

    fn ok(&self, args: &[&str]) -> Value {
        let (printed, refusal) = self.both(args);
        assert!(refusal.is_none(), "{args:?}: {refusal:?}");
        printed.into_iter().next().unwrap_or(Value::Null)
    }

    fn refused(&self, args: &[&str]) -> String {
        self.both(args).1.unwrap_or_else(|| panic!("{args:?} was not refused")).code
    }

    /// The seller's products as drafts, as export writes them.
    fn goods(&self) -> Vec<Value> {
        let file = self.folder.path().join("out.json");
        self.ok(&["export", file.to_str().unwrap()]);
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    fn serve(&self) -> Serving {
        let data = self.data();
        let args = ["catalog", "serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let mut child = stoa(self.folder.path(), args).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Serving { child, address: ready["url"].as_str().unwrap().trim_start_matches("http://").to_owned() }
    }
}

struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    /// Status and body of one request of HTTP/1.0, which has no chunks.
    fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &[u8]) -> (u16, Vec<u8>) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let host = &self.address;
        let length = body.len();
        write!(socket, "{method} {path} HTTP/1.0\r\nhost: {host}\r\n{key}content-length: {length}\r\n\r\n").unwrap();
        socket.write_all(body).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer.split_off(end + 4))
    }

    /// What a signed answer says.
    fn signed(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None, b"");
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        let signed: Value = serde_json::from_slice(&body).unwrap();
        serde_json::from_str(signed["payload"].as_str().unwrap()).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const FEED: &str = "id;title;link;price;quantity;colour\n\
    honey;\"Wildflower honey; 500 g\";https://shop.example/p/honey;12,50 €;48;gold\n\
    oil;;https://shop.example/p/oil;18,90 €;;\n\
    bowl;Sea bowl;https://shop.example/p/bowl;1.234;3;\n\
    mug;Mug;https://shop.example/p/mug;1.234,00 €;;\n";

#[test]
fn a_seller_imports_a_feed_and_is_told_the_bad_rows_by_line() {
    let shop = Shop::new();
    let seller = shop.ok(&["seller", "add", "Hymettus Bees"]);
    assert!(seller["key"].as_str().unwrap().starts_with("stoa_"));
    let feed = shop.file("feed.csv", FEED);

    let (report, refusal) = shop.both(&["import", &feed, "--dry-run"]);
    assert_eq!(refusal.unwrap().code, "bad_request");
    assert_eq!((&report[0]["added"], &report[0]["refused"], &report[0]["dry_run"]), (&json!(2), &json!(2), &json!(true)));
    assert_eq!(shop.goods(), [] as [Value; 0], "a dry run keeps nothing");

    let (report, refusal) = shop.both(&["import", &feed, "--seller", "Hymettus Bees"]);
    assert_eq!(refusal.unwrap().code, "bad_request");
    let told: Vec<(u64, &str)> = report[0]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["row"].as_u64().unwrap(), error["field"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(3, "title"), (4, "price")]);
    assert_eq!(report[0]["unused"], json!(["colour"]));
    let goods = shop.goods();
    assert_eq!(goods.iter().map(|draft| &draft["code"]).collect::<Vec<_>>(), ["honey", "mug"]);
    assert_eq!(goods[0]["price"], json!({ "minor": 1250, "currency": "EUR" }));
    assert_eq!(goods[1]["price"]["minor"], 123_400);

    let (again, _) = shop.both(&["import", &feed]);
    assert_eq!((&again[0]["added"], &again[0]["changed"], &again[0]["unchanged"]), (&json!(0), &json!(0), &json!(2)));
    for format in ["csv", "tsv", "xml", "json", "jsonld"] {
        let file = shop.file(&format!("again.{format}"), "");
        assert_eq!(shop.ok(&["export", &file])["exported"], 2);
        let back = shop.ok(&["import", &file]);
        assert_eq!((&back["unchanged"], &back["added"], &back["changed"]), (&json!(2), &json!(0), &json!(0)), "{format}");
    }

    assert_eq!(shop.refused(&["import", &shop.file("book.xlsx", "PK\u{3}\u{4}\0\0")]), "bad_request");
    assert_eq!(shop.refused(&["import", "/nowhere/feed.csv"]), "file_unreadable");
    assert_eq!(shop.refused(&["import", &feed, "--seller", "nobody"]), "not_found");
    shop.ok(&["seller", "add", "Second"]);
    assert_eq!(shop.refused(&["import", &feed]), "ambiguous");
    let (other, _) = shop.both(&["import", &feed, "--seller", "Second"]);
    assert_eq!((&other[0]["added"], &other[0]["refused"]), (&json!(0), &json!(4)), "codes stay with their seller");
}

#[test]
fn photos_are_taken_by_code_and_links_only_from_public_addresses() {
    let shop = Shop::new();
    shop.ok(&["seller", "add", "Kiln"]);
    let photos = shop.folder.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    for (name, shade) in [("bowl.png", 10), ("bowl-2.jpg", 200), ("mug.png", 90)] {
        image::RgbImage::from_pixel(40, 30, image::Rgb([shade, 80, 120])).save(photos.join(name)).unwrap();
    }
    std::fs::write(photos.join("broken.png"), b"\x89PNG\r\n\x1a\nno").unwrap();
    let rows =
        ["bowl", "mug", "broken"].map(|code| format!("{code},{code},https://shop.example/{code},http://127.0.0.1:9/{code}.png"));
    let feed = shop.file("feed.csv", format!("id,title,link,image_link\n{}\n", rows.join("\n")));
    let folder = photos.to_str().unwrap();

    let report = shop.ok(&["import", &feed, "--photos", folder]);
    assert_eq!((&report["added"], &report["pictures"]), (&json!(3), &json!(3)));
    assert_eq!(report["picture_errors"].as_array().unwrap().len(), 1);
    assert_eq!((&report["picture_errors"][0]["row"], &report["picture_errors"][0]["field"]), (&json!(4), &json!("photos")));
    let images =
        |goods: &[Value]| -> Vec<usize> { goods.iter().map(|draft| draft["images"].as_array().unwrap().len()).collect() };
    assert_eq!(images(&shop.goods()), [2, 0, 1], "bowl, broken, mug");
    assert_eq!(shop.ok(&["import", &feed, "--photos", folder])["unchanged"], 3, "the same pictures have the same hashes");
    assert_eq!(shop.ok(&["import", &feed])["unchanged"], 3, "a feed without pictures leaves those that are there");

    let report = shop.ok(&["import", &feed, "--fetch-pictures"]);
    let errors = report["picture_errors"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[0]["field"]), (3, &json!("image_link")), "this machine is not asked: {errors:?}");
}

#[test]
fn the_operator_changes_a_catalog_that_is_being_served() {
    let shop = Shop::new();
    let seller = shop.ok(&["seller", "add", "Kiln"]);
    let id = seller["id"].as_str().unwrap();
    let feed = shop.file("feed.json", r#"[{"code":"bowl","name":"Bowl","url":"https://shop.example/p/bowl"}]"#);
    shop.ok(&["import", &feed]);
    let serving = shop.serve();
    let before = serving.signed("/manifest");
    let layout =
        |colour: &str| format!("<div style=\"width: 320px; height: 80px; background-color: {colour}\">{{{{ name }}}}</div>");

    let put = shop.ok(&["layout", "put", &shop.file("plain.html", layout("#fff"))]);
    let after = serving.signed("/manifest");
    assert_eq!(after["layouts"]["plain"], put["hash"]);
    assert!(after["version"].as_u64() > before["version"].as_u64());
    let (status, bytes) = serving.ask("GET", &format!("/blobs/{}", put["hash"].as_str().unwrap()), None, b"");
    assert_eq!((status, bytes), (200, layout("#fff").into_bytes()));
    let again = shop.ok(&["layout", "put", &shop.file("other.html", layout("#000")), "--id", "plain"]);
    assert_eq!(serving.signed("/manifest")["layouts"]["plain"], again["hash"]);
    assert_eq!(shop.refused(&["layout", "put", &shop.file("bad.html", "<script>alert(1)</script>")]), "bad_request");
    assert_eq!(shop.ok(&["layout", "list"])["id"], "plain");
    shop.ok(&["layout", "remove", "plain"]);
    assert_eq!(serving.signed("/manifest")["layouts"]["plain"], Value::Null);
    assert_eq!(shop.refused(&["layout", "remove", "plain"]), "not_found");

    let rule = r#"{"id":"kiln","host":"shop.example","path":"/p/([a-z]+)","samples":["https://shop.example/p/bowl"]}"#;
    shop.ok(&["rule", "put", &shop.file("rule.json", rule)]);
    let wrong = rule.replace("/p/bowl", "/q/bowl");
    assert_eq!(shop.refused(&["rule", "put", &shop.file("wrong.json", wrong)]), "bad_request");
    shop.ok(&["host", "add", ".kiln.example"]);
    let mut badge = Vec::new();
    image::RgbaImage::new(8, 8).write_to(&mut std::io::Cursor::new(&mut badge), image::ImageFormat::Png).unwrap();
    shop.ok(&["badge", "put", &shop.file("verified.png", badge)]);
    shop.ok(&["seller", "badges", id, "verified"]);
    shop.ok(&["name", "Kiln & Friends"]);
    let manifest = serving.signed("/manifest");
    assert_eq!((&manifest["rules"][0]["id"], &manifest["name"]), (&json!("kiln"), &json!("Kiln & Friends")));
    assert_eq!(manifest["hosts"], json!([".kiln.example", "shop.example"]));
    assert!(manifest["badges"]["verified"].is_string());
    assert_eq!(serving.signed("/products/bowl")["seller"]["badges"], json!(["verified"]));
    shop.ok(&["host", "remove", ".kiln.example"]);
    assert_eq!(shop.refused(&["host", "remove", ".kiln.example"]), "not_found");

    let key = shop.ok(&["rotate-key"])["key"].clone();
    let rotated = serving.signed("/manifest");
    assert_eq!((&rotated["key"], &rotated["successions"][0]["new"]), (&key, &key));
    assert_ne!(before["key"], key);
}

#[test]
fn keys_open_what_they_are_for_until_they_are_removed() {
    let shop = Shop::new();
    let seller = shop.ok(&["seller", "add", "Kiln"]);
    let stock = shop.ok(&["seller", "key", "Kiln", "--rights", "stock"]);
    let operator = shop.ok(&["operator", "key"]);
    assert_eq!(shop.refused(&["seller", "key", "Kiln", "--rights", "operator"]), "bad_request");
    let serving = shop.serve();
    let text = |key: &Value| key["key"].as_str().unwrap().to_owned();
    let feed = b"id,title,link,price\nbowl,Bowl,https://shop.example/p/bowl,34.00 EUR\n";
    let import = |key: &str| serving.ask("POST", "/import?format=csv", Some(key), feed);
    assert_eq!(serving.ask("POST", "/import?format=csv", None, feed).0, 401);
    assert_eq!(import(&text(&stock)).0, 403);
    let (status, report) = import(&text(&seller));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&report));
    assert_eq!(serde_json::from_slice::<Value>(&report).unwrap()["added"], 1);
    let (status, sellers) = serving.ask("GET", "/operator/sellers", Some(&text(&operator)), b"");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&sellers));
    shop.ok(&["seller", "remove-key", stock["id"].as_str().unwrap()]);
    assert_eq!(import(&text(&stock)).0, 401, "a running catalog knows it at once");
    let kept: Vec<Value> = shop.both(&["seller", "keys"]).0;
    assert_eq!(kept.len(), 2);
    assert!(!kept.iter().any(|key| key.to_string().contains("stoa_")), "the text of a key is not stored");
}

const ROWS: usize = 100_000;

/// A hundred thousand rows whose price is the round.
fn large(folder: &Path, round: u64) -> String {
    let mut feed = String::from("id,title,link,price\n");
    for row in 0..ROWS {
        feed.push_str(&format!("code-{row},Product {row},https://shop.example/p/{row},{round}.00 EUR\n"));
    }
    let path = folder.join(format!("large-{round}.csv"));
    std::fs::write(&path, feed).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_import_that_is_killed_leaves_all_or_nothing() {
    let shop = Shop::new();
    shop.ok(&["seller", "add", "Large"]);
    let import = |round: u64| {
        let feed = large(shop.folder.path(), round);
        let data = shop.data();
        stoa(shop.folder.path(), ["catalog", "import", &feed, "--data", data.to_str().unwrap()])
    };
    let begun = Instant::now();
    let report = answer(&import(0).output().unwrap(), "the first import").unwrap();
    assert_eq!(report[0]["added"], ROWS as u64);
    let whole = begun.elapsed();
    let mut stands = 0;
    let mut cut_off = 0;
    for round in 1..=6_u64 {
        let mut child = import(round).spawn().unwrap();
        // The moments lie all over the time that a whole import takes, the last one behind its end on a machine at rest.
        std::thread::sleep(whole.mul_f64(round as f64 * 0.19).min(Duration::from_secs(120)));
        let done = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        child.wait().unwrap();
        let goods = shop.goods();
        assert_eq!(goods.len(), ROWS, "round {round}");
        let first = goods[0]["price"]["minor"].as_u64().unwrap();
        assert!(goods.iter().all(|draft| draft["price"]["minor"] == first), "round {round}: half an import");
        assert!([stands * 100, round * 100].contains(&first), "round {round}: neither before nor after");
        assert!(!done || first == round * 100, "round {round}: an acknowledged import is gone");
        stands = first / 100;
        cut_off += u64::from(!done);
    }
    assert!(cut_off > 0, "no import was killed before its end");
}
