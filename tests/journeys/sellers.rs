//! Selling: a person takes a seller's key, imports, photographs and prices; a buyer's cards follow.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::person::{Person, pair_of};
use crate::program::{answer, stoa};

/// A served catalog with the sample shop's rules and layouts.
struct Catalog {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
}

impl Catalog {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let args = ["catalog", "serve", "--data", folder.path().to_str().unwrap(), "--listen", "127.0.0.1:0", "--sample"];
        let mut child = stoa(folder.path(), args).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("the catalog said {line:?}: {e}"));
        Self { child, url: ready["url"].as_str().unwrap().to_owned(), folder }
    }

    /// The operator's verbs on the catalog's folder.
    fn operator(&self, args: &[&str]) -> Value {
        let data = self.folder.path();
        let output = stoa(data, ["catalog"].iter().chain(args)).arg("--data").arg(data).output().unwrap();
        answer(&output, &args.join(" ")).unwrap_or_else(|e| panic!("{args:?}: {e:?}")).into_iter().next().unwrap()
    }

    fn new_key(&self, seller: &str) -> String {
        self.operator(&["seller", "add", seller])["key"].as_str().unwrap().to_owned()
    }
}

impl Drop for Catalog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Joins with the key on stdin, as a person pastes it.
fn join(person: &Person, url: &str, key: &str) -> Result<Value, String> {
    let mut command = stoa(person.home(), ["seller", "join", url]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{key}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    answer(&output, "seller join").map(|answers| answers[0].clone()).map_err(|refusal| refusal.code)
}

fn file(person: &Person, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = person.folder("shop").join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn card(person: &Person, link: &str) -> (Value, Vec<u8>) {
    let out = person.folder("cards").join("card.png");
    let card = person.ok(["card", "show", link, "--locale", "en", "--out", out.to_str().unwrap()]);
    (card, std::fs::read(out).unwrap())
}

/// A picture that says where it was taken.
fn photo(person: &Person) -> String {
    let folder = person.folder("photos");
    let path = folder.join("jam.jpg");
    image::RgbImage::from_fn(2400, 1200, |x, y| image::Rgb([(x / 10) as u8, (y / 5) as u8, 90])).save(&path).unwrap();
    let mut jpeg = std::fs::read(&path).unwrap();
    let exif = b"\xFF\xE1\x00\x1EExif\0\0GPSLatitude 37.97N, 23.72E".as_slice();
    let segment = [&exif[..2], &(exif.len() as u16 - 2).to_be_bytes(), &exif[4..]].concat();
    jpeg.splice(2..2, segment);
    std::fs::write(&path, jpeg).unwrap();
    path.to_str().unwrap().to_owned()
}

const LINK: &str = "https://shop.example/p/fig-jam";
const FEED: &str = "id,title,price,availability,quantity,link\n\
    fig-jam,Fig jam,4.50 EUR,in_stock,12,https://shop.example/p/fig-jam\n\
    no-name,,4.50 EUR,in_stock,1,https://shop.example/p/no-name\n\
    plum-jam,Plum jam,5.00 EUR,in_stock,3,https://shop.example/p/plum-jam\n";

#[test]
fn a_seller_joins_imports_and_photographs_and_a_buyer_sees_the_price_change() {
    let catalog = Catalog::open();
    let key = catalog.new_key("Fig & Co.");
    let (seller, buyer) = pair_of("Sofia", "Bob");
    assert!(seller.list(["seller", "list"]).is_empty());
    assert_eq!(seller.refused(["seller", "products"]), "not_found");
    assert_eq!(join(&seller, &catalog.url, "stoa_0000000000000000").unwrap_err(), "refused");
    assert_eq!(join(&seller, &catalog.url, "no key").unwrap_err(), "bad_request");
    assert!(seller.list(["seller", "list"]).is_empty() && seller.list(["card", "catalogs", "list"]).is_empty());

    let shop = join(&seller, &catalog.url, &key).unwrap();
    assert_eq!((&shop["name"], &shop["rights"]), (&json!("Fig & Co."), &json!(["products", "stock"])));
    assert!(shop["layouts"].as_array().unwrap().contains(&json!("compact")));
    assert!(!shop.to_string().contains(&key), "the key is never shown");
    seller.sleep();
    seller.wake();
    assert_eq!(seller.list(["seller", "list"]), [shop]);

    let feed = file(&seller, "feed.csv", FEED);
    assert_eq!(seller.refused(["seller", "import", &feed, "--dry-run"]), "bad_request");
    assert!(seller.list(["seller", "products"]).is_empty(), "a dry run keeps nothing");
    assert_eq!(seller.refused(["seller", "import", &feed]), "bad_request", "one row is bad");
    let codes = |person: &Person| -> Vec<String> {
        let goods = person.list(["seller", "products"]);
        goods.iter().map(|good| good["draft"]["code"].as_str().unwrap().to_owned()).collect()
    };
    let mut sold = codes(&seller);
    sold.sort();
    assert_eq!(sold, ["fig-jam", "plum-jam"], "the good rows are there");

    buyer.ok(["card", "catalogs", "trust", &catalog.url]);
    let id = seller.ok(["chat", "send", "Bob", &format!("look: {LINK}")])["id"].clone();
    buyer.until("the link", |p| p.list(["chat", "read", "Sofia"]).into_iter().find(|m| m["id"] == id));
    let (first, drawn) = card(&buyer, LINK);
    assert_eq!((&first["title"], &first["price"]), (&json!("Fig jam"), &json!("€4.50")));
    let (own, _) = card(&seller, LINK);
    assert_eq!(own["price"], "€4.50");

    let with_photo = seller.ok(["seller", "photo", "fig-jam", &photo(&seller)]);
    let hash = with_photo["draft"]["images"][0].as_str().unwrap().to_owned();
    let (pictured, _) = card(&seller, LINK);
    assert_ne!(pictured["picture"], own["picture"], "the own card follows at once");
    let kept = seller.home().join("catalog").join(&hash);
    let sent = std::fs::read(&kept).unwrap();
    assert!(!sent.windows(3).any(|part| part == b"GPS"), "where it was taken stays at home");
    let size = image::load_from_memory(&sent).unwrap();
    assert_eq!((size.width(), size.height()), (1600, 800));

    let patched = seller.ok(["seller", "patch", "fig-jam", "--price", "3.99", "--currency", "EUR", "--stock", "2"]);
    assert_eq!((&patched["draft"]["price"]["minor"], &patched["draft"]["quantity"]), (&json!(399), &json!(2)));
    assert_eq!(card(&seller, LINK).0["price"], "€3.99");
    // the buyer's card is fresh for an hour: its clock goes on
    buyer.set_clock_ahead(2 * 3600);
    buyer.sleep();
    buyer.wake();
    let changed = buyer.until("the new price", |p| Some(card(p, LINK)).filter(|(card, _)| card["price"] == "€3.99"));
    assert_ne!(changed.1, drawn, "the card looks different");

    seller.ok(["seller", "withdraw", "plum-jam"]);
    let out = seller.folder("shop").join("out.csv");
    seller.ok(["seller", "export", out.to_str().unwrap()]);
    assert!(std::fs::read_to_string(&out).unwrap().contains("fig-jam"));
    assert_eq!(seller.refused(["seller", "export", out.to_str().unwrap()]), "file_unreadable", "never overwritten");

    seller.ok(["seller", "leave", &catalog.url]);
    assert!(seller.list(["seller", "list"]).is_empty());
    assert_eq!(seller.refused(["seller", "products"]), "not_found");
    assert_eq!(card(&seller, LINK).0["title"], "Fig jam", "the catalog is still trusted, the products stay");
    assert_no_key(seller.home(), &key);
}

/// The key stands in no file as it is: the database is encrypted.
fn assert_no_key(home: &Path, key: &str) {
    for entry in std::fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{}", path.display());
        }
    }
}

#[test]
fn of_two_who_edit_one_product_the_second_looks_again() {
    let catalog = Catalog::open();
    let (key, other) = (catalog.new_key("Fig & Co."), catalog.new_key("Others"));
    let (alice, bob, eve) = (Person::new("Alice"), Person::new("Bob"), Person::new("Eve"));
    for (person, key) in [(&alice, &key), (&bob, &key), (&eve, &other)] {
        join(person, &catalog.url, key).unwrap();
    }
    let jam = |person: &Person, minor: u32| {
        let draft = json!({ "code": "jam", "name": "Fig jam", "url": LINK, "price": { "minor": minor, "currency": "EUR" } });
        file(person, "jam.json", draft.to_string())
    };
    assert_eq!(alice.ok(["seller", "put", &jam(&alice, 450), "--new"])["version"], 1);
    assert_eq!(bob.refused(["seller", "put", &jam(&bob, 470), "--new"]), "changed");
    assert_eq!(bob.ok(["seller", "put", &jam(&bob, 470), "--if-version", "1"])["version"], 2);
    assert_eq!(alice.refused(["seller", "put", &jam(&alice, 480), "--if-version", "1"]), "changed");
    assert_eq!(alice.ok(["seller", "products"])["draft"]["price"]["minor"], 470);
    assert_eq!(eve.refused(["seller", "put", &jam(&eve, 1)]), "refused", "another seller's code");
    assert_eq!(eve.refused(["seller", "patch", "jam", "--stock", "0"]), "refused");
    assert_eq!(eve.refused(["seller", "withdraw", "jam"]), "refused");
    assert_eq!(eve.refused(["seller", "photo", "jam", &file(&eve, "not.jpg", "no picture")]), "picture_unreadable");

    let nameless = file(&alice, "bad.json", json!({ "code": "bad", "name": "", "url": LINK }).to_string());
    assert_eq!(alice.refused(["seller", "put", &nameless]), "bad_request");
    let picture = alice.folder("cards").join("draft.png");
    let preview = alice.ok(["seller", "preview", &jam(&alice, 999), "--out", picture.to_str().unwrap()]);
    assert_eq!((&preview["title"], &preview["price"]), (&json!("Fig jam"), &json!("€9.99")));
    let drawn = image::open(&picture).unwrap();
    assert_eq!(u64::from(drawn.width()), preview["width"].as_u64().unwrap());
    assert_eq!(alice.ok(["seller", "products"])["draft"]["price"]["minor"], 470, "a preview changes nothing");
}
