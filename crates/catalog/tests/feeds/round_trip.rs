//! What is exported comes back.

use proptest::prelude::*;
use stoa_catalog::server::Draft;
use stoa_catalog::server::feeds::{FeedFormat, read, write};
use stoa_catalog::{Availability, CodeKind, Hash, ImageStyle, Price, Product, Seller};

use crate::good;

#[test]
fn cells_that_a_spreadsheet_would_execute_are_written_as_text() {
    let mut product = product("a");
    for name in ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "＝1", "'plain", "it's"] {
        product.name = name.to_owned();
        product.brand = Some(name.to_owned());
        for format in [FeedFormat::Csv, FeedFormat::Tsv] {
            let mut out = Vec::new();
            write([product.clone()], format, &mut out).unwrap();
            let mut cells = csv::ReaderBuilder::new();
            cells.delimiter(if format == FeedFormat::Csv { b',' } else { b'\t' });
            let record = cells.from_reader(&out[..]).records().next().unwrap().unwrap();
            assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝'])), "{record:?}");
            assert_eq!(good(&out, format)[0].name, name);
        }
    }
}

fn product(code: &str) -> Product {
    Product {
        code: code.to_owned(),
        kind: CodeKind::Sku,
        gtin: None,
        version: 7,
        name: "Name".to_owned(),
        description: None,
        brand: None,
        price: None,
        availability: Availability::InStock,
        quantity: None,
        images: Vec::new(),
        image_style: ImageStyle::Cover,
        seller: Seller { id: "s".to_owned(), name: "Seller".to_owned(), logo: None, badges: Vec::new() },
        url: format!("https://shop.example/p/{code}"),
        layout: "compact".to_owned(),
        withdrawn: false,
        as_of: 0,
        fresh_seconds: 60,
    }
}

/// What a product may be called, without space around it: feeds do not keep that.
fn text(cap: usize) -> impl Strategy<Value = String> {
    let any = prop_oneof![
        "[ -~]{1,40}",
        "[='+@<>&;\"\\\\,\t|/a-z -]{1,30}".prop_map(|text| text.replace('\t', " ")),
        "\\PC{1,20}",
        Just("<p>a  b</p> &amp; <b>".to_owned()),
        Just("\\n literally ]]> --> 字 شاي 🍯".to_owned()),
    ];
    any.prop_map(move |text| text.trim().chars().take(cap).filter(|c| readable(*c)).collect::<String>().trim().to_owned())
        .prop_filter("empty", |text| !text.is_empty())
}

fn readable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}')
}

prop_compose! {
    fn any_product()(
        code in text(60),
        gtin in any::<bool>(),
        beside in proptest::option::of(prop::sample::select(vec!["00000096385074", "00036000291452", "09506000134352"])),
        name in text(100),
        description in proptest::option::of((text(200), text(200)).prop_map(|(a, b)| format!("{a}\n\n{b}"))),
        brand in proptest::option::of(text(100)),
        price in proptest::option::of((0..=1_000_000_000_000_000i64, prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF", "INR"]))),
        availability in 0..7usize,
        quantity in proptest::option::of(0..=i32::MAX.unsigned_abs()),
        images in prop::collection::vec(any::<[u8; 32]>(), 0..=8),
        contain in any::<bool>(),
        path in "[a-z0-9,;=&'%]{0,20}",
        layout in "[a-z0-9_-]{1,20}",
        fresh_seconds in 0..=2_592_000u32,
    ) -> Product {
        let all = [Availability::InStock, Availability::LimitedAvailability, Availability::PreOrder, Availability::BackOrder,
            Availability::OutOfStock, Availability::SoldOut, Availability::Discontinued];
        let mut images: Vec<Hash> = images.into_iter().map(Hash).collect();
        images.dedup();
        Product {
            code: if gtin { "4006381333931".to_owned() } else { code.clone() },
            kind: if gtin { CodeKind::Gtin } else { CodeKind::Sku },
            gtin: beside.filter(|_| !gtin).map(str::to_owned),
            name,
            description,
            brand,
            price: price.map(|(minor, currency)| Price { minor, currency: currency.to_owned() }),
            availability: all[availability],
            quantity,
            images,
            image_style: if contain { ImageStyle::Contain } else { ImageStyle::Cover },
            url: format!("https://shop.example/p/{path}"),
            layout,
            fresh_seconds,
            ..product("x")
        }
    }
}

fn as_draft(product: &Product) -> serde_json::Value {
    let mut fields = serde_json::to_value(product).unwrap();
    let fields_of = fields.as_object_mut().unwrap();
    fields_of.retain(|name, _| !["version", "asOf", "seller"].contains(&name.as_str()));
    serde_json::to_value(serde_json::from_value::<Draft>(fields).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_exported_comes_back(products in prop::collection::vec(any_product(), 0..4)) {
        for format in FeedFormat::ALL {
            let mut out = Vec::new();
            prop_assert_eq!(write(products.clone(), format, &mut out).unwrap(), products.len() as u64);
            let rows: Vec<_> = read(&out, format).unwrap().collect();
            prop_assert_eq!(rows.len(), products.len(), "{} {}", format, String::from_utf8_lossy(&out));
            for ((_, draft), product) in rows.into_iter().zip(&products) {
                let text = || String::from_utf8_lossy(&out).into_owned();
                let draft = draft.map_err(|error| TestCaseError::fail(format!("{format}: {error:?}\n{}", text())))?;
                prop_assert_eq!(serde_json::to_value(draft).unwrap(), as_draft(product), "{} {}", format, text());
            }
        }
    }
}

#[test]
fn withdrawn_products_are_not_exported() {
    let gone = Product { withdrawn: true, ..product("gone") };
    for format in FeedFormat::ALL {
        let mut out = Vec::new();
        assert_eq!(write([product("a"), gone.clone()], format, &mut out).unwrap(), 1);
        assert_eq!(good(&out, format).len(), 1);
    }
}
