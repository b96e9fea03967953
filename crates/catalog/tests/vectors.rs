//! GS1 Digital Links and product links: own vectors, and those kept outside the repository when they are there.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;

use proptest::prelude::*;
use stoa_catalog::gs1::{DigitalLink, Error, Lenience};
use stoa_catalog::rules::LINKS_CAP;
use stoa_catalog::{Match, Param, Rule, RuleSet, builtin, builtin_rules, recognise, recognise_untrusted};

const LENIENT: Lenience = Lenience { short_names: true, unknown_attributes: true };

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn shared(name: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("STOA_SHARED").map_or(beside, PathBuf::from).join("vectors").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: no vectors at {}; set STOA_SHARED", path.display());
    }
    text
}

fn only(text: &str) -> Option<Match> {
    let mut found = recognise_untrusted(text, &[]);
    assert!(found.len() <= 1, "{text}: {found:?}");
    found.pop()
}

#[test]
fn digital_links_mean_what_they_mean() {
    for row in rows(include_str!("vectors/gs1-digital-link.tsv")) {
        let [expect, uri, meaning] = row[..] else { panic!("{row:?}") };
        match expect {
            "true" => assert_eq!(DigitalLink::parse(uri).map(|link| link.element_string()), Ok(meaning.to_owned()), "{uri}"),
            "lenient" => {
                assert!(matches!(DigitalLink::parse(uri), Err(Error::ShortName(_) | Error::Unknown(_))), "{uri}");
                assert_eq!(DigitalLink::parse_lenient(uri, LENIENT).unwrap().element_string(), meaning, "{uri}");
            }
            _ => assert_eq!(DigitalLink::parse(uri).unwrap_err().code(), meaning, "{uri}"),
        }
    }
}

/// One URI stands there as invalid and as valid: GS1's engine takes short names and unknown attributes only when told to. So what is
/// invalid must be refused strictly, and what is valid may need the lenience for exactly those two reasons.
#[test]
fn digital_links_of_gs1s_engine() {
    let Some(text) = shared("gs1-digital-link.tsv") else { return };
    for row in rows(&text) {
        let uri = row.get(1).copied().unwrap_or_default();
        let strict = DigitalLink::parse(uri);
        if row[0] == "false" {
            assert!(strict.is_err(), "{uri}: {strict:?}");
            continue;
        }
        let link = match strict {
            Err(Error::ShortName(_) | Error::Unknown(_)) => DigitalLink::parse_lenient(uri, LENIENT),
            other => other,
        };
        assert_eq!(link.map(|link| link.element_string()), Ok(row[2].to_owned()), "{uri}");
    }
}

#[test]
fn a_digital_link_has_one_canonical_form() {
    let link = DigitalLink::parse("http://Shop.example/de/01/4012345123456/10/a%2fb%2D?422=276&x=1&17=271231#y").unwrap();
    assert_eq!(link.canonical(), "https://id.gs1.org/01/04012345123456/10/a%2Fb-?17=271231&422=276");
    assert_eq!(DigitalLink::parse(&link.canonical()).unwrap().canonical(), link.canonical());
    assert_eq!((link.gtin(), link.qualifiers().len(), link.attributes().len()), (Some("04012345123456"), 1, 2));
}

#[test]
fn a_digital_link_stays_within_its_caps() {
    let long = format!("https://shop.example/01/04012345123456?x={}", "a".repeat(2048));
    assert_eq!(DigitalLink::parse(&long), Err(Error::TooLong));
    let path = format!("https://shop.example{}", "/10/a".repeat(300));
    assert_eq!(DigitalLink::parse(&path), Err(Error::TooLong));
    let query: String = (0..40).map(|at| format!("{}=1&", 3900 + at % 10)).collect();
    assert_eq!(DigitalLink::parse(&format!("https://shop.example/00/340123450000000017?{query}")), Err(Error::TooLong));
}

#[test]
fn built_in_rules_find_products_and_nothing_else() {
    for row in rows(include_str!("vectors/product-links.tsv")) {
        let found = only(row[1]);
        match row[..] {
            ["product", text, rule, code, normal] => {
                let found = found.unwrap_or_else(|| panic!("{text}"));
                assert_eq!([found.rule.as_str(), &found.code, &found.normal], [rule, code, normal], "{text}");
                assert_eq!(&text[found.range.clone()], found.link);
                let again = only(&found.normal).unwrap();
                assert_eq!((again.code, again.rule), (found.code, found.rule), "{text}");
            }
            _ => assert_eq!(found, None, "{row:?}"),
        }
    }
}

#[test]
fn built_in_rules_cover_the_shapes_seen_in_the_wild() {
    let Some(text) = shared("product-links.tsv") else { return };
    for row in rows(&text) {
        let found = only(row[1]).map(|found| (found.rule, found.code));
        let expected = (row[0] == "product").then(|| (row[2].to_owned(), row[3].to_owned()));
        assert_eq!(found, expected, "{}", row[1]);
    }
}

#[test]
fn built_in_rules_are_rules_a_catalog_could_publish() {
    assert_eq!(builtin().len(), builtin_rules().count());
    for (scope, rules) in builtin_rules() {
        assert!(rules.iter().any(|rule| !rule.samples.is_empty()), "{scope}");
        for rule in rules {
            rule.check().unwrap();
        }
    }
}

/// What a catalog signed before Digital Links were rules stays what it was.
#[test]
fn the_signed_form_of_a_rule_is_unchanged() {
    let rule = Rule { id: "r".into(), host: "shop.example".into(), path: Some("/(.)".into()), ..Rule::default() };
    assert_eq!(serde_json::to_string(&rule).unwrap(), r#"{"id":"r","host":"shop.example","path":"/(.)","samples":[]}"#);
    let both = Rule { gs1: true, ..rule.clone() };
    assert_eq!(both.check().unwrap_err().code(), "invalid");
    let gs1 = Rule { path: None, samples: vec!["https://shop.example/01/04012345123456".into()], ..both };
    gs1.check().unwrap();
    assert_eq!(serde_json::from_str::<Rule>(&serde_json::to_string(&gs1).unwrap()).unwrap(), gs1);
}

#[test]
fn a_trusted_catalog_goes_before_what_is_built_in() {
    let param = Param { name: "id".to_owned(), value: r"(9\d+)".to_owned() };
    let rule = Rule { id: "own".into(), host: "item.taobao.com".into(), param: Some(param), ..Rule::default() };
    let hosts = ["item.taobao.com".to_owned(), "brand.example".to_owned()];
    let trusted = [RuleSet::compile("https://catalog.example", &hosts, &[rule]).unwrap()];
    let of = |text: &str| recognise_untrusted(text, &trusted).into_iter().map(|found| found.rule).collect::<Vec<_>>();
    assert_eq!(of("https://item.taobao.com/x?id=91 https://item.jd.com/1.html"), ["own", "jd"]);
    // The catalog answers for these hosts and knows no such product.
    assert!(of("https://item.taobao.com/item.htm?id=1 https://brand.example/01/04012345123456").is_empty());
    // Without the catalog's word a link is a plain one.
    assert!(recognise("https://item.jd.com/1.html", &trusted).is_empty());
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "https://",
        "http:",
        "//",
        "/",
        "item.taobao.com",
        "id.gs1.org",
        "/01/",
        "04012345123456",
        "/10/",
        "item.htm",
        "?id=",
        "&",
        "=",
        "%",
        "%2",
        "%00",
        "%ff",
        "#",
        "@",
        "[",
        "]",
        "，",
        "\u{202e}",
        "dp/B0ABCDEFGH",
        "amazon.com",
        "8013",
        "17=",
        "000000",
        " ",
        ":",
    ]);
    let any = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(any, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_breaks_recognition(text in hostile()) {
        for found in recognise_untrusted(&text, &[]) {
            prop_assert_eq!(&text[found.range.clone()], found.link.as_str());
            let again = recognise_untrusted(&found.normal, &[]);
            prop_assert!(again.first().is_some_and(|again| again.code == found.code && again.normal == found.normal));
        }
        if let Ok(link) = DigitalLink::parse_lenient(&text, LENIENT) {
            let again = DigitalLink::parse_lenient(&link.canonical(), LENIENT).unwrap();
            prop_assert_eq!(again.canonical(), link.canonical());
        }
    }

    /// Work grows with the text and not faster: a link is looked at once, within its cap, and texts side by side are found apart.
    #[test]
    fn texts_side_by_side_are_found_apart(first in hostile(), second in hostile()) {
        let both = recognise_untrusted(&format!("{first} \n {second}"), &[]);
        let apart = [recognise_untrusted(&first, &[]), recognise_untrusted(&second, &[])].concat();
        prop_assert!(both.len() <= LINKS_CAP);
        prop_assert_eq!(both.iter().map(|found| &found.code).collect::<Vec<_>>(), apart.iter().map(|found| &found.code).collect::<Vec<_>>());
    }
}
