//! Product cards: from a link in a chat to a picture, with the catalog there, gone, and never there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::person::{Person, pair_of};
use crate::program::stoa;

/// A catalog with the sample shop in it.
struct Catalog {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
}

impl Catalog {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, url) = serve(folder.path(), "127.0.0.1:0");
        Self { child, folder, url }
    }

    fn close(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn reopen(&mut self) {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        (self.child, self.url) = serve(self.folder.path(), &address);
    }
}

impl Drop for Catalog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(data: &Path, listen: &str) -> (Child, String) {
    let args = ["catalog", "serve", "--data", data.to_str().unwrap(), "--listen", listen, "--sample"];
    let mut child = stoa(data, args).stderr(Stdio::inherit()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("the catalog said {line:?}: {e}"));
    (child, ready["url"].as_str().unwrap().to_owned())
}

/// A link of the sample shop that a rule recognises.
const LINK: &str = "https://shop.example/p/honey-500";

fn picture(person: &Person, link: &str, theme: &str) -> Result<(Value, Vec<u8>), String> {
    let out = person.folder("cards").join(format!("{theme}.webp"));
    let args = ["card", "show", link, "--theme", theme, "--locale", "en", "--out", out.to_str().unwrap()];
    let card = person.cli(args).map_err(|refusal| refusal.code)?;
    Ok((card[0].clone(), std::fs::read(out).unwrap()))
}

#[test]
fn a_link_becomes_a_card_and_stays_one_when_the_catalog_goes() {
    let mut catalog = Catalog::open();
    let (alice, bob) = pair_of("Alice", "Bob");
    for person in [&alice, &bob] {
        person.ok(["card", "catalogs", "trust", &catalog.url]);
    }
    let id = alice.ok(["chat", "send", "Bob", &format!("look: {LINK} and this")])["id"].clone();
    let message = bob.until("the link", |p| p.list(["chat", "read", "Alice"]).into_iter().find(|m| m["id"] == id));
    assert_eq!(message["body"]["cards"], serde_json::json!([LINK]));
    let (card, drawn) = picture(&bob, LINK, "light").unwrap();
    assert_eq!(card["offline"], false);
    assert!(!card["title"].as_str().unwrap().is_empty() && !card["price"].as_str().unwrap().is_empty(), "{card}");
    let decoded = image::load_from_memory(&drawn).unwrap();
    assert!(decoded.width() >= card["width"].as_u64().unwrap() as u32);
    assert_ne!(picture(&bob, LINK, "dark").unwrap().1, drawn, "the dark card looks different");

    catalog.close();
    bob.sleep();
    bob.wake();
    let (kept, again) = picture(&bob, LINK, "light").unwrap();
    assert_eq!(kept["title"], card["title"]);
    assert_eq!(again, drawn, "the cached card is the same picture");
    assert_eq!(picture(&alice, LINK, "light").unwrap_err(), "catalog_unreachable", "Alice never saw it");

    catalog.reopen();
    picture(&alice, LINK, "light").unwrap();
}

#[test]
fn links_without_a_rule_stay_links() {
    let catalog = Catalog::open();
    let alice = Person::new("Alice");
    assert_eq!(picture(&alice, LINK, "light").unwrap_err(), "no_card", "no catalog is trusted yet");
    alice.ok(["card", "catalogs", "trust", &catalog.url]);
    for plain in ["https://example.org/", "https://shop.example.evil.example/p/honey-500", "not a link"] {
        assert_eq!(picture(&alice, plain, "light").unwrap_err(), "no_card", "{plain}");
    }
    alice.ok(["card", "catalogs", "forget", &catalog.url]);
    assert_eq!(picture(&alice, LINK, "light").unwrap_err(), "no_card");
}

#[test]
fn a_catalog_that_is_away_cannot_be_trusted_yet() {
    let mut catalog = Catalog::open();
    catalog.close();
    let alice = Person::new("Alice");
    assert_eq!(alice.refused(["card", "catalogs", "trust", &catalog.url]), "catalog_unreachable");
    assert!(alice.list(["card", "catalogs", "list"]).is_empty());
}
