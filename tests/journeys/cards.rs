//! Product cards: from a link, a code or a picture to a card, with the catalog there, gone, and never asked.

use std::path::Path;

use serde_json::{Value, json};

use crate::market::{Market, SELLER, ean13, photo, qr};
use crate::person::{Person, contact, pair, pair_of};

/// Links of the sample shop that a rule recognises.
const LINK: &str = "https://shop.example/p/honey-500";
const OTHER: &str = "https://shop.example/p/bowl-sea";

/// A product of the market's own seller, stale at once.
fn mug(cents: u32) -> Value {
    json!({
        "code": "mug", "name": "Blue mug", "price": { "minor": cents, "currency": "EUR" },
        "url": "https://shop.example/p/mug", "layout": "compact", "freshSeconds": 0,
    })
}
const MUG: &str = "https://shop.example/p/mug";

fn shown(person: &Person, what: &str, more: &[&str]) -> Result<(Value, Vec<u8>), String> {
    let out = person.folder("cards").join("card.png");
    let mut args = vec!["card", "show", what, "--out", out.to_str().unwrap()];
    args.extend(more);
    let card = person.cli(args).map_err(|refusal| refusal.code)?;
    Ok((card[0].clone(), std::fs::read(out).unwrap()))
}

fn picture(person: &Person, link: &str, theme: &str) -> Result<(Value, Vec<u8>), String> {
    shown(person, link, &["--theme", theme, "--locale", "en"])
}

fn card(person: &Person, link: &str) -> (Value, Vec<u8>) {
    picture(person, link, "light").unwrap_or_else(|code| panic!("{}: {link}: {code}\n{}", person.name, person.tail()))
}

fn price(person: &Person, link: &str) -> String {
    card(person, link).0["price"].as_str().unwrap().to_owned()
}

fn trusts(person: &Person, market: &Market) {
    person.ok(["card", "catalogs", "trust", &market.url]);
}

/// Sends a link and returns when the other's Stoa has the message.
fn sends(from: &Person, to: &Person, link: &str) -> Value {
    let id = from.ok(["chat", "send", &to.name, &format!("look: {link} and this")])["id"].clone();
    to.until("the link", |p| p.list(["chat", "read", &from.name]).into_iter().find(|m| m["id"] == id))
}

fn id_of(person: &Person, name: &str) -> String {
    contact(person, name).unwrap()["person"].as_str().unwrap().to_owned()
}

#[test]
fn a_link_becomes_a_card_and_stays_one_when_the_catalog_goes() {
    let mut market = Market::open();
    let (alice, bob) = pair_of("Alice", "Bob");
    for person in [&alice, &bob] {
        trusts(person, &market);
    }
    assert_eq!(sends(&alice, &bob, LINK)["body"]["cards"], json!([LINK]));
    let (first, drawn) = card(&bob, LINK);
    assert_eq!((&first["offline"], &first["link"]), (&json!(false), &json!(LINK)));
    assert!(!first["title"].as_str().unwrap().is_empty() && !first["price"].as_str().unwrap().is_empty(), "{first}");
    let decoded = image::load_from_memory(&drawn).unwrap();
    assert!(decoded.width() >= first["width"].as_u64().unwrap() as u32);
    assert_ne!(picture(&bob, LINK, "dark").unwrap().1, drawn, "the dark card looks different");

    market.close();
    bob.sleep();
    bob.wake();
    let (kept, again) = card(&bob, LINK);
    assert_eq!((&kept["title"], &kept["as_of"]), (&first["title"], &first["as_of"]), "with its age");
    assert_eq!(again, drawn, "the cached card is the same picture");
    assert_eq!(picture(&alice, OTHER, "light").unwrap_err(), "catalog_unreachable", "nobody has it");

    market.reopen();
    alice.sleep();
    alice.wake();
    card(&alice, OTHER);
}

#[test]
fn the_senders_card_is_drawn_without_asking_the_catalog() {
    let mut market = Market::open();
    let product =
        json!({ "code": "mug", "name": "Blue mug", "url": MUG, "layout": "mine", "price": { "minor": 900, "currency": "EUR" } });
    let layout = market.file("mine.html", std::fs::read(crate::program::repository().join("layouts/wide.html")).unwrap());
    market.run(&["layout", "put", &layout]);
    market.put(&product);
    market.photograph(&product, &photo(1));
    let (logo, badge) = (market.file("logo.png", photo(2)), market.file("local.png", photo(3)));
    market.run(&["seller", "logo", SELLER, &logo]);
    market.run(&["badge", "put", &badge]);
    market.run(&["seller", "badges", SELLER, "local"]);

    let (alice, bob) = pair_of("Alice", "Bob");
    for person in [&alice, &bob] {
        trusts(person, &market);
    }
    let (_, hers) = card(&alice, MUG);
    let asked = market.asked();
    sends(&alice, &bob, MUG);
    let (_, his) = shown(&bob, MUG, &["--from", &id_of(&bob, "Alice")]).unwrap();
    assert_eq!(his, hers, "photo, logo, badge and layout came with it");
    assert_eq!(market.asked(), asked, "the catalog heard nothing of it");

    // a second link is sent while the catalog is gone: what the sender has is enough
    card(&alice, LINK);
    market.close();
    sends(&alice, &bob, LINK);
    assert_eq!(card(&bob, LINK).1, card(&alice, LINK).1);
}

#[test]
fn another_contact_answers_when_the_sender_has_nothing() {
    let mut market = Market::open();
    let (alice, bob) = pair_of("Alice", "Bob");
    let cleo = Person::new("Cleo");
    pair(&cleo, &bob);
    trusts(&alice, &market);
    card(&alice, LINK);
    // bob does not trust the catalog yet: nothing is asked when the links come
    assert_eq!(sends(&alice, &bob, LINK)["body"]["cards"], json!([]));
    sends(&cleo, &bob, LINK);
    trusts(&bob, &market);
    market.close();
    let (his, drawn) = shown(&bob, LINK, &["--from", &id_of(&bob, "Cleo")]).unwrap();
    assert_eq!(his["code"], "honey-500");
    assert_eq!(drawn, card(&alice, LINK).1);
    assert_eq!(picture(&cleo, LINK, "light").unwrap_err(), "no_card", "who trusts nobody sees a plain link");
}

#[test]
fn links_without_a_rule_stay_links() {
    let market = Market::open();
    let (alice, bob) = pair_of("Alice", "Bob");
    assert_eq!(picture(&alice, LINK, "light").unwrap_err(), "no_card", "no catalog is trusted yet");
    trusts(&alice, &market);
    for plain in ["https://example.org/", "https://shop.example.evil.example/p/honey-500", "not a link"] {
        assert_eq!(picture(&alice, plain, "light").unwrap_err(), "no_card", "{plain}");
    }
    card(&alice, LINK);
    let asked = market.asked();
    // what alice holds is no card for bob, who does not trust its catalog
    assert_eq!(sends(&alice, &bob, LINK)["body"]["cards"], json!([]));
    assert_eq!(picture(&bob, LINK, "light").unwrap_err(), "no_card");
    assert_eq!(market.asked(), asked);
    alice.ok(["card", "catalogs", "forget", &market.url]);
    assert_eq!(picture(&alice, LINK, "light").unwrap_err(), "no_card");
}

#[test]
fn a_catalog_that_is_away_cannot_be_trusted_yet() {
    let mut market = Market::open();
    market.close();
    let alice = Person::new("Alice");
    assert_eq!(alice.refused(["card", "catalogs", "trust", &market.url]), "catalog_unreachable");
    assert!(alice.list(["card", "catalogs", "list"]).is_empty());
}

#[test]
fn a_layout_changed_on_the_running_catalog_changes_the_card_here() {
    let market = Market::open();
    market.put(&mug(900));
    let alice = Person::new("Alice");
    trusts(&alice, &market);
    let (_, before) = card(&alice, MUG);
    let layout = market.file("compact.html", std::fs::read(crate::program::repository().join("layouts/price.html")).unwrap());
    market.run(&["layout", "put", &layout]);
    alice.until("the new layout", |p| (card(p, MUG).1 != before).then_some(()));

    market.put(&mug(1_900));
    alice.until("the new price", |p| price(p, MUG).contains("19").then_some(()));
}

#[test]
fn an_old_price_does_not_come_back() {
    let mut market = Market::open();
    market.put(&mug(900));
    let alice = Person::new("Alice");
    trusts(&alice, &market);
    market.close();
    let before = market.data().with_file_name("before");
    copy(&market.data(), &before);
    market.reopen();
    market.put(&mug(1_900));
    assert!(price(&alice, MUG).contains("19"));

    // the catalog as it was yesterday
    market.close();
    std::fs::remove_dir_all(market.data()).unwrap();
    std::fs::rename(&before, market.data()).unwrap();
    market.reopen();
    let asked = market.asked();
    for _ in 0..3 {
        assert!(price(&alice, MUG).contains("19"));
        alice.until("a question to the catalog", |_| (market.asked() > asked).then_some(()));
    }
    assert!(price(&alice, MUG).contains("19"), "refused");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

#[test]
fn a_new_key_is_followed_and_cards_from_before_stay() {
    let mut market = Market::open();
    market.put(&mug(900));
    let alice = Person::new("Alice");
    trusts(&alice, &market);
    let key = |person: &Person| person.word(["card", "catalogs", "list"], "key");
    let first = key(&alice);
    assert!(price(&alice, MUG).contains('9'));
    market.run(&["rotate-key"]);
    market.put(&mug(1_900));
    assert!(!price(&alice, MUG).contains("19"), "what the old key signed stays until it is refreshed");
    alice.until("the new price", |p| price(p, MUG).contains("19").then_some(()));
    assert_ne!(key(&alice), first);
    card(&alice, LINK);
    market.close();
    card(&alice, LINK);
}

#[test]
fn codes_in_pictures_become_cards_with_the_catalog_and_without() {
    let mut market = Market::open();
    let pen = json!({
        "code": "04006381333931", "kind": "gtin", "name": "Text marker", "price": { "minor": 150, "currency": "EUR" },
        "url": "https://shop.example/p/marker", "layout": "compact",
    });
    market.put(&pen);
    let alice = Person::new("Alice");
    trusts(&alice, &market);
    let folder = alice.folder("pictures");
    let file = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let link = file("link.png", qr(LINK));
    let code = file("code.png", ean13("4006381333931"));
    let nothing = file("nothing.png", photo(4));

    assert_eq!(alice.ok(["card", "codes", &link]), json!({ "format": "qr-code", "text": LINK, "show": LINK }));
    let found = alice.ok(["card", "codes", &code]);
    assert_eq!((&found["format"], &found["show"]), (&json!("ean-13"), &json!("4006381333931")));
    assert!(alice.list(["card", "codes", &nothing]).is_empty());
    assert_eq!(shown(&alice, &nothing, &[]).unwrap_err(), "no_card");

    let from_qr = shown(&alice, &link, &[]).unwrap();
    assert_eq!(from_qr.0["code"], "honey-500");
    assert_eq!(shown(&alice, &code, &[]).unwrap().0["title"], "Text marker");
    assert_eq!(shown(&alice, "4006381333931", &[]).unwrap().0["code"], "04006381333931", "typed");
    assert_eq!(shown(&alice, "4006381333948", &[]).unwrap_err(), "no_card", "a code nobody knows");

    market.close();
    assert_eq!(shown(&alice, &link, &[]).unwrap().1, from_qr.1);
    assert_eq!(shown(&alice, &code, &["--thorough"]).unwrap().0["title"], "Text marker");
    assert_eq!(alice.refused(["card", "codes", folder.to_str().unwrap()]), "file_unreadable");
}

/// A feed with a shop's own ids and GTINs beside them: the link, the barcode, the GS1 link and the typed number are one card.
#[test]
fn a_feeds_gtin_and_its_id_lead_to_one_card() {
    let mut market = Market::open();
    market.run(&["seller", "add", SELLER]);
    let feed = market.file(
        "feed.csv",
        "id,title,link,price,gtin\nmarker-7,Text marker,https://shop.example/p/marker-7,1.50 EUR,4006381333931\n\
         typo,Typo,https://shop.example/p/typo,1 EUR,96385075\n",
    );
    let failed = market.refused(&["import", &feed, "--seller", SELLER]);
    assert_eq!(failed, "bad_request", "one row's check digit is wrong; the other is in");
    let rule =
        json!({ "id": "shop-gs1", "host": "shop.example", "gs1": true, "samples": ["https://shop.example/01/04006381333931"] });
    market.run(&["rule", "put", &market.file("rule.json", rule.to_string())]);
    let (alice, bob) = pair_of("Alice", "Bob");
    for person in [&alice, &bob] {
        trusts(person, &market);
    }
    let file = alice.folder("pictures").join("ean.png");
    std::fs::write(&file, ean13("4006381333931")).unwrap();
    let scanned = file.to_str().unwrap();
    let by_gtin = "https://shop.example/01/04006381333931";
    let ways = [scanned, "https://shop.example/p/marker-7", by_gtin, "4006381333931", "04006381333931", "marker-7"];
    let cards: Vec<_> = ways.iter().map(|way| shown(&alice, way, &[]).unwrap_or_else(|code| panic!("{way}: {code}"))).collect();
    for (way, (card, drawn)) in ways.iter().zip(&cards) {
        assert_eq!((&card["code"], &card["title"]), (&json!("marker-7"), &json!("Text marker")), "{way}");
        assert!(*drawn == cards[0].1, "{way}: the same picture");
    }

    // from a contact by the GS1 link, with the catalog gone, and then by every other way
    market.close();
    sends(&alice, &bob, by_gtin);
    let (his, drawn) = shown(&bob, by_gtin, &["--from", &id_of(&bob, "Alice")]).unwrap();
    assert_eq!((&his["code"], drawn == cards[0].1), (&json!("marker-7"), true));
    for person in [&alice, &bob] {
        for way in ways {
            assert_eq!(shown(person, way, &[]).unwrap_or_else(|code| panic!("{way}: {code}")).0["code"], "marker-7", "{way}");
        }
    }
}

#[test]
fn a_rule_by_hand_makes_a_card_of_another_shops_link() {
    let market = Market::open();
    let alice = Person::new("Alice");
    let elsewhere = "https://deals.example/x?item=honey-500&from=mail";
    let shape = ["--host", "deals.example", "--param", "item", "--value", "([a-z0-9-]+)"];
    let with = |first: &[&'static str], last: &[&'static str]| [first, &shape, last].concat();
    let tested = alice.ok(with(&["card", "rules", "test", elsewhere], &[]));
    assert_eq!((&tested["code"], &tested["rule"]), (&json!("honey-500"), &json!("draft")));

    let url: &'static str = market.url.clone().leak();
    assert_eq!(alice.refused(with(&["card", "rules", "add", "deals"], &["--catalog", url])), "not_found", "not trusted yet");
    trusts(&alice, &market);
    assert_eq!(picture(&alice, elsewhere, "light").unwrap_err(), "no_card");
    alice.ok(with(&["card", "rules", "add", "deals"], &["--catalog", url]));
    assert_eq!(card(&alice, elsewhere).0["code"], "honey-500");
    let rules = alice.list(["card", "rules", "list"]);
    assert_eq!((&rules[0]["id"], &rules[0]["by_hand"]), (&json!("deals"), &json!(true)));
    assert!(rules.iter().skip(1).any(|rule| rule["by_hand"] == false && rule["catalog"] == url));
    assert_eq!(alice.ok(["card", "rules", "test", elsewhere])["rule"], "deals");

    alice.ok(["card", "rules", "remove", "deals"]);
    assert_eq!(picture(&alice, elsewhere, "light").unwrap_err(), "no_card");
    assert_eq!(alice.refused(["card", "rules", "remove", "deals"]), "not_found");
    assert_eq!(alice.refused(with(&["card", "rules", "add", "Bad id"], &["--catalog", url])), "bad_request");
}

#[test]
fn a_search_finds_products_by_words_and_its_hits_become_cards() {
    let market = Market::open();
    let alice = Person::new("Alice");
    assert_eq!(alice.refused(["card", "search", &market.url, "honey"]), "no_card", "not trusted");
    trusts(&alice, &market);
    let found = alice.ok(["card", "search", &market.url, "honey", "--locale", "de"]);
    let hit = found["hits"].as_array().unwrap().iter().find(|hit| hit["code"] == "honey-500").unwrap();
    assert!(hit["price"].as_str().unwrap().contains("12,50"), "{hit}");
    assert_eq!(card(&alice, hit["link"].as_str().unwrap()).0["title"], hit["title"]);
    let found = alice.ok(["card", "search", &market.url, "茶"]);
    assert!(!found["hits"].as_array().unwrap().is_empty(), "one Chinese character is enough");
}

#[test]
fn a_product_withdrawn_is_a_plain_link_again() {
    let market = Market::open();
    market.put(&mug(900));
    let alice = Person::new("Alice");
    trusts(&alice, &market);
    card(&alice, MUG);
    let key = market.run(&["seller", "key", SELLER])["key"].as_str().unwrap().to_owned();
    let key = market.file("key.txt", key);
    let shopkeeper = Person::new("Shopkeeper");
    shopkeeper.ok(["seller", "join", &market.url, "--key-file", &key]);
    shopkeeper.ok(["seller", "withdraw", "mug"]);
    alice.until("the end of the mug", |p| (picture(p, MUG, "light").err()? == "no_card").then_some(()));
}
