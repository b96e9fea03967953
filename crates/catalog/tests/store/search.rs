//! What is found by which words.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stoa_catalog::server::Catalog;
use stoa_catalog::{Draft, Expect};

use crate::place::{Place, codes, draft, shop};

fn all(catalog: &Catalog, words: &str, limit: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = catalog.search(words, after.as_deref(), limit).unwrap();
        found.extend(codes(&page.items, catalog));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

/// Names of Han, kana and Hangul with Latin words, digits and signs between.
fn name() -> impl Strategy<Value = String> {
    r"([\u{4E00}-\u{9FFF}\u{3400}-\u{4DBF}\u{20000}-\u{20FFF}\u{F900}-\u{FA6D}ぁ-んァ-ヺ가-힣々〆]{1,6}[ ·a-zA-Z0-9é，。-]{0,4}){1,5}"
}

pub fn any_one_or_two_han_find_the_name(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let rounds = std::cell::Cell::new(0);
    runner
        .run(&vec(name(), 1..12), |names| {
            let round = rounds.get() + 1;
            rounds.set(round);
            let drafts = names.iter().enumerate().map(|(at, name)| (at as u64, Ok(draft(&format!("{round}-{at}"), name))));
            let done = catalog.import(&bees, drafts, false, &mut |_| {}).unwrap();
            prop_assert_eq!(done.refused, 0, "{:?}", done.errors);
            for (at, name) in names.iter().enumerate() {
                let code = format!("{round}-{at}");
                let chars: Vec<char> = name.chars().collect();
                let han = |c: &char| !c.is_ascii() && c.is_alphabetic() && *c != 'é';
                let pieces = chars.windows(1).chain(chars.windows(2)).filter(|piece| piece.iter().all(han));
                for piece in pieces.map(String::from_iter) {
                    prop_assert!(all(&catalog, &piece, 50).contains(&code), "{} in {}", piece, name);
                }
            }
            Ok(())
        })
        .unwrap();
}

pub fn words_are_found_in_mixed_names(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Hymettus Bees"), shop(&catalog, "景德小窑"));
    for (code, name) in [
        ("honey", "Wildflower Honey, 500 g"),
        ("iphone", "苹果iPhone 15手机壳"),
        ("creme", "Crème brûlée ＦＵＬＬ Ｗｉｄｔｈ"),
        ("tea", "明前龙井绿茶 100 克"),
        ("arabic", "عَسَل بَرِّي"),
        ("istanbul", "İstanbul Straße"),
        ("empty", "!!! ???"),
    ] {
        catalog.put(&bees, draft(code, name), Expect::New).unwrap();
    }
    catalog.put(&kiln, Draft { brand: Some("Kerameikos".to_owned()), ..draft("bowl", "青花瓷碗") }, Expect::New).unwrap();
    for (words, found) in [
        ("honey", vec!["honey"]),
        ("HON", vec!["honey"]),
        ("hon wild", vec![]),
        ("wildflower hon", vec!["honey"]),
        ("500", vec!["honey"]),
        ("oney", vec![]),
        ("iph", vec!["iphone"]),
        ("手机", vec!["iphone"]),
        ("15手", vec!["iphone"]),
        ("苹果手机", vec![]),
        ("苹果 手机", vec!["iphone"]),
        ("壳 iphone", vec!["iphone"]),
        ("果iPhone", vec!["iphone"]),
        ("creme BRULEE", vec!["creme"]),
        ("full width", vec!["creme"]),
        ("茶", vec!["tea"]),
        ("井绿", vec!["tea"]),
        ("龙绿", vec![]),
        ("عسل", vec!["arabic"]),
        ("istanbul", vec!["istanbul"]),
        ("kera", vec!["bowl"]),
        ("小窑", vec!["bowl"]),
        ("bowl", vec!["bowl"]),
        ("hymettus h", vec!["istanbul", "arabic", "tea", "creme", "iphone", "honey"]),
        ("?!", vec![]),
        ("empty", vec!["empty"]),
        ("AND OR NOT NEAR", vec![]),
    ] {
        let expected: Vec<_> = if words == "hymettus h" { with_empty(&found) } else { found.clone() };
        assert_eq!(all(&catalog, words, 50), expected, "{words}");
    }
    // Words beyond the sixteenth do not count.
    let many = format!("{} honey", "wildflower ".repeat(40));
    assert_eq!(all(&catalog, &many, 50), ["honey"]);
    assert_eq!(catalog.goods(&kiln, Some("honey"), None, 10).unwrap().items.len(), 0);
    assert_eq!(catalog.goods(&kiln, Some("瓷"), None, 10).unwrap().items.len(), 1);
}

/// Every product of that seller, whose name holds both.
fn with_empty<'a>(found: &[&'a str]) -> Vec<&'a str> {
    [&["empty"], found].concat()
}

pub fn pages_follow_each_other(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    let drafts = (0..130).map(|n| (n, Ok(draft(&format!("h{n:03}"), &format!("蜂蜜 honey {n}")))));
    catalog.import(&bees, drafts, false, &mut |_| {}).unwrap();
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::New).unwrap();
    let newest: Vec<String> = (0..130).rev().map(|n| format!("h{n:03}")).collect();
    for (words, limit) in [("honey", 50), ("蜂蜜", 7), ("hon", 1000), ("蜜 hone", 1)] {
        assert_eq!(all(&catalog, words, limit), newest, "{words}");
    }
    assert_eq!(all(&catalog, " ", 50).len(), 131);
    assert_eq!(catalog.search("honey", None, 1000).unwrap().items.len(), 50);

    let first = catalog.search("honey", None, 10).unwrap().next.unwrap();
    let second = catalog.search("honey", Some(&first), 10).unwrap();
    assert_eq!(codes(&second.items, &catalog), newest[10..20]);
    for wrong in ["", "x", "AAAAAAAAAAAAAAAA", &first[1..], &format!("{first}A")] {
        assert_eq!(catalog.search("honey", Some(wrong), 10).unwrap_err().code(), "cursor", "{wrong}");
    }
    assert_eq!(catalog.search("hone", Some(&first), 10).unwrap_err().code(), "cursor", "of another question");
    assert_eq!(catalog.goods(&bees, Some("honey"), Some(&first), 10).unwrap_err().code(), "cursor");

    // What changes meanwhile goes to the front; nothing is shown twice.
    catalog.put(&bees, draft("h100", "蜂蜜 honey anew"), Expect::Any).unwrap();
    assert_eq!(all(&catalog, "honey", 50)[..2], ["h100".to_owned(), "h129".to_owned()]);
    let own = catalog.goods(&bees, None, None, 50).unwrap();
    assert_eq!((own.items.len(), own.items[0].code.as_str()), (50, "h100"));
    let rest = catalog.goods(&bees, None, own.next.as_deref(), 50).unwrap();
    assert_eq!(rest.items[0].code, "h079");
    assert_eq!(catalog.goods(&kiln, None, None, 50).unwrap().items.len(), 1);
}
