//! What is a product link and what only looks like one.

#![allow(clippy::unwrap_used)]

use stoa_catalog::{Param, Rule, RuleSet, recognise};

fn rule(host: &str, path: Option<&str>, param: Option<(&str, &str)>) -> Rule {
    let param = param.map(|(name, value)| Param { name: name.to_owned(), value: value.to_owned() });
    Rule { id: "r".to_owned(), host: host.to_owned(), path: path.map(str::to_owned), param, ..Rule::default() }
}

fn codes(text: &str, rules: &[Rule]) -> Vec<String> {
    let hosts = ["market.stoa.example".to_owned(), ".shop.example".to_owned()];
    let set = RuleSet::compile("https://catalog.example", &hosts, rules).unwrap();
    recognise(text, &[set]).into_iter().map(|found| found.code).collect()
}

#[test]
fn links_are_found_in_sentences() {
    let rules = [
        rule("market.stoa.example", Some(r"/p/([^/]+)"), None),
        rule(".shop.example", Some("/item.htm"), Some(("id", r"(\d+)"))),
    ];
    for (text, code) in [
        ("see https://market.stoa.example/p/honey-500, it is good.", "honey-500"),
        ("看看这个https://market.stoa.example/p/honey-500，今天半价", "honey-500"),
        ("(http://MARKET.stoa.example/p/a%20b?utm_source=x#top)", "a b"),
        ("https://m.shop.example/item.htm?spm=a1z10.1&id=42&ns=1", "42"),
    ] {
        assert_eq!(codes(text, &rules), [code], "{text}");
    }
}

#[test]
fn lookalikes_stay_plain_links() {
    let rules = [
        rule("market.stoa.example", Some(r"/p/([^/]+)"), None),
        rule(".shop.example", Some("/item.htm"), Some(("id", r"(\d+)"))),
    ];
    for text in [
        "https://market.stoa.example.evil.com/p/honey",
        "https://evilmarket.stoa.example/p/honey",
        "https://a.market.stoa.example/p/honey",
        "https://market.stoa.example@evil.com/p/honey",
        "https://user@market.stoa.example/p/honey",
        "https://market.stoa.example:8443/p/honey",
        "https://evil.com/?u=https://market.stoa.example/p/honey",
        "https://evil.com\\@market.stoa.example/p/honey",
        "https://market.stoa.example/x/p/honey",
        "https://market.stoa.example/p/honey/extra",
        "https://market.stoa.example/p/%00",
        "ftp://market.stoa.example/p/honey",
        "javascript://market.stoa.example/p/honey",
        "https://shop.example/item.htm?id=42",
        "https://evilshop.example/item.htm?id=42",
        "https://m.shop.example/item.htm?uid=42",
        "https://m.shop.example/item.htm#id=42",
        "https://m.shop.example/item.htm?id=42&id=43",
        "https://mаrket.stoa.example/p/honey",
    ] {
        assert_eq!(codes(text, &rules), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_rule_for_a_host_the_catalog_is_not_entitled_to_finds_nothing() {
    assert!(codes("https://bank.example/p/1", &[rule("bank.example", Some("/p/(.)"), None)]).is_empty());
}

#[test]
fn bad_rules_are_refused() {
    for bad in [
        rule("market.stoa.example", Some("/p/x"), None),
        rule("market.stoa.example", None, None),
        rule("market.stoa.example", Some("a)|(?:b"), None),
        rule("market.stoa.example", Some(r"(\w{1000}{1000})"), None),
        rule("market.stoa.example", Some(&"(a)".repeat(1000)), None),
        rule("example", Some("(a)"), None),
        rule("..example", Some("(a)"), None),
        rule("UPPER.example", Some("(a)"), None),
        Rule { samples: vec!["https://other.example/a".to_owned()], ..rule("market.stoa.example", Some("/(a)"), None) },
    ] {
        assert_eq!(bad.check().unwrap_err().code(), "invalid", "{bad:?}");
    }
}

#[test]
fn a_long_text_is_searched_within_its_caps() {
    let text = "https://market.stoa.example/p/a ".repeat(10_000);
    assert_eq!(codes(&text, &[rule("market.stoa.example", Some("/p/(.)"), None)]).len(), stoa_catalog::rules::LINKS_CAP);
}
