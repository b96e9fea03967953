//! Strings that mean something to a database, in every field.

use stoa_catalog::server::{Access, Rights};
use stoa_catalog::{Draft, Expect, Hash, Price};

use crate::place::{Place, draft, shop};

const HOSTILE: &[&str] = &[
    "'; DROP TABLE product; --",
    "\" OR \"\"=\"",
    "NEAR(a b) AND * ^ col:x -",
    "a:* & !b | (c <-> d) \\ 'e'",
    "%_?1$1{}[]\\",
    "../../etc/passwd",
    "NULL",
    "\u{B6}s0",
    "\0",
    "a\0b",
    "\u{202E}gnirts",
    "\u{FEFF}\u{200D}",
    "\u{10FFFF}\u{FFFE}",
    "👩‍👩‍👧‍👦 Zażółć gęślą jaźń",
    "\r\n\t\x1b[2J",
    "",
];

pub fn strings_are_kept_or_refused(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honest", "Honest"), Expect::New).unwrap();
    let huge = "長".repeat(100_000);
    let strings = || HOSTILE.iter().copied().chain([huge.as_str()]);
    for text in strings() {
        for draft in filled(text) {
            let code = draft.code.clone();
            match catalog.put(&bees, draft.clone(), Expect::Any) {
                Ok(product) => {
                    let kept = catalog.product(&code).unwrap().unwrap().verify(&catalog.key()).unwrap();
                    assert_eq!(Draft { images: Vec::new(), ..of(kept) }, draft);
                    assert_eq!(catalog.withdraw(&bees, &code).unwrap().version, product.version + 1);
                }
                Err(refused) => assert_eq!(refused.code(), "invalid", "{refused}"),
            }
        }
        ask(&catalog, &bees, text);
    }
    assert_eq!(catalog.search("honest", None, 10).unwrap().items.len(), 1);
    assert_eq!(place.open().sellers().unwrap().iter().filter(|seller| seller.name == "Bees").count(), 1);
}

/// The text in each of the fields in turn.
fn filled(text: &str) -> Vec<Draft> {
    let text = || text.to_owned();
    let plain = draft("honest-2", "Plain");
    vec![
        Draft { code: text(), ..plain.clone() },
        Draft { name: text(), ..plain.clone() },
        Draft { description: Some(text()), ..plain.clone() },
        Draft { brand: Some(text()), ..plain.clone() },
        Draft { price: Some(Price { minor: 1, currency: text() }), ..plain.clone() },
        Draft { url: text(), ..plain.clone() },
        Draft { url: format!("https://shop.example/{}", text()), ..plain.clone() },
        Draft { layout: text(), ..plain },
    ]
}

fn of(product: stoa_catalog::Product) -> Draft {
    let mut fields = serde_json::to_value(product).unwrap();
    fields.as_object_mut().unwrap().retain(|name, _| !["version", "asOf", "seller", "withdrawn"].contains(&name.as_str()));
    serde_json::from_value(fields).unwrap()
}

/// Nothing is found, or the question is refused; never a failure of the database.
fn ask(catalog: &stoa_catalog::server::Catalog, bees: &Access, text: &str) {
    let strange = Access { seller: Some(text.to_owned()), rights: Rights::PRODUCTS, limited: true };
    let answers = [
        catalog.product(text).err(),
        catalog.lookup(&[text.to_owned()]).err(),
        catalog.by_gtin(text).err(),
        catalog.search(text, None, 10).err(),
        catalog.search("honest", Some(text), 10).err(),
        catalog.goods(bees, Some(text), None, 10).err(),
        catalog.goods(&strange, Some("honest"), None, 10).err(),
        catalog.goods(&strange, None, None, 10).err(),
        catalog.all_goods(&strange, &mut |_| Ok(())).err(),
        catalog.put(&strange, draft("strange", "Strange"), Expect::Any).err(),
        catalog.seller(text).err(),
        catalog.authenticate(text).err(),
        catalog.authenticate(&format!("stoa_{text}")).err(),
        catalog.patch(bees, text, stoa_catalog::Patch::default()).err(),
        catalog.withdraw(bees, text).err(),
        catalog.remove_image(bees, text, &Hash::of(b"")).err(),
        catalog.add_seller(text).err(),
        catalog.add_key(Some(text), Rights::STOCK).err(),
        catalog.remove_key(text).err(),
        catalog.set_badges(&Access::operator(), text, &[]).err(),
        catalog.set_badges(&Access::operator(), bees.seller.as_ref().unwrap(), &[text.to_owned()]).err(),
        catalog.put_layout(text, b"<div></div>").err(),
        catalog.remove_layout(text).err(),
        catalog.put_badge(text, b"\x89PNG").err(),
        catalog.put_pack(text, b"").err(),
        catalog.put_host(text).err(),
        catalog.remove_rule(text).err(),
        catalog.put_blob(b"bytes", text).err(),
        catalog.set_name(text).err(),
    ];
    for (place, refused) in answers.into_iter().enumerate() {
        assert!(refused.as_ref().is_none_or(stoa_catalog::server::Error::is_refusal), "{text:.40?} in {place}: {refused:?}");
    }
}
