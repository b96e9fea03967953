//! One picture made of a photo and accessories: composed, published, worn by contacts' lists, with packs of a catalog.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use serde_json::{Value, json};

use crate::market::Market;
use crate::person::{Person, contact, pair_of};
use crate::program::skip;

const HAT: &str = "hat=straw-boater";

fn picture(path: &Path) -> RgbaImage {
    image::open(path).unwrap().to_rgba8()
}

/// The mean difference of two pictures' samples, of 255.
fn difference(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.as_raw().iter().zip(other.as_raw()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / one.as_raw().len() as f64
}

/// A photograph with a place in its EXIF, where the pictures lie beside the repository.
fn shared(name: &str) -> Option<PathBuf> {
    let beside = crate::program::repository().join("../shared");
    let path = std::env::var_os("STOA_SHARED").map_or(beside, PathBuf::from).join("photos").join(name);
    if path.is_file() {
        return Some(path);
    }
    skip(&format!("no picture at {}; set STOA_SHARED", path.display()));
    None
}

fn persona_of(reader: &Person, name: &str) -> Value {
    reader.ok(["persona", "show", name])
}

/// What a reader has of a contact's picture, once this version is there.
fn published(reader: &Person, name: &str, version: u64) -> RgbaImage {
    let out = reader.folder("shown").join(format!("{name}-{version}.webp"));
    reader.until(&format!("{name}'s picture {version}"), |p| {
        let shown = persona_of(p, name);
        let there = shown["version"].as_u64()? >= version && shown["picture"]["large"] != shown["picture"]["small"];
        (there && p.cli(["persona", "show", name, "--out", out.to_str()?]).is_ok()).then_some(())
    });
    picture(&out)
}

#[test]
fn what_the_preview_shows_is_what_contacts_see() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("pictures");
    let photo = folder.join("photo.png");
    // slopes, since noise is what lossy WebP leaves out
    let slope = image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([(x / 3) as u8, (y / 2) as u8, 120]));
    slope.save(&photo).unwrap();
    let [preview, whole] = ["preview.png", "whole.png"].map(|name| folder.join(name));
    let set = |more: &[&str]| {
        let photo = ["persona", "set", "--photo", photo.to_str().unwrap(), "--wear", HAT];
        let glasses = ["--wear", "glasses=round,x=0.05,tilt=12,scale=1.2"];
        alice.ok(photo.into_iter().chain(glasses).chain(more.iter().copied()))
    };
    set(&["--preview", preview.to_str().unwrap()]);
    assert_eq!(alice.ok(["persona", "show"])["version"], 0, "a preview publishes nothing");
    set(&[]);
    let seen = published(&bob, "Alice", 1);
    assert_eq!(seen.dimensions(), (512, 512));
    // WebP of quality 90 beside the very pixels
    assert!(difference(&picture(&preview), &seen) < 4.0, "{}", difference(&picture(&preview), &seen));

    alice.ok(["persona", "export", whole.to_str().unwrap()]);
    assert_eq!(picture(&whole).dimensions(), (1024, 1024));
    assert_eq!(alice.refused(["persona", "export", whole.to_str().unwrap()]), "file_unreadable");

    let recipe = alice.ok(["persona", "show"])["recipe"].clone();
    let worn: Vec<&str> = recipe["worn"].as_array().unwrap().iter().map(|worn| worn["item"].as_str().unwrap()).collect();
    assert_eq!(worn, ["stoa/round", "stoa/straw-boater"], "glasses lie below the hat");
    assert!(persona_of(&bob, "Alice")["recipe"].is_null(), "the recipe is the owner's alone");
    assert!(contact(&bob, "Alice").unwrap()["persona"]["small"].is_string());
}

#[test]
fn another_hat_replaces_the_first_and_the_newest_picture_arrives_later_too() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["persona", "set", "--wear", HAT]);
    let first = published(&bob, "Alice", 1);
    bob.sleep();
    alice.ok(["persona", "set", "--wear", "hat=beanie"]);
    assert_eq!(alice.ok(["persona", "show"])["recipe"]["worn"].as_array().unwrap().len(), 1);
    bob.wake();
    let second = published(&bob, "Alice", 2);
    assert!(difference(&first, &second) > 0.5, "another picture");
    // the owner goes, the picture stays
    alice.sleep();
    assert_eq!(picture_of(&bob, "Alice").dimensions(), (512, 512));
    alice.wake();
    alice.ok(["persona", "clear"]);
    bob.until("no picture", |p| contact(p, "Alice")?["persona"].is_null().then_some(()));
}

fn picture_of(reader: &Person, name: &str) -> RgbaImage {
    let out = reader.folder("kept").join("kept.webp");
    reader.ok(["persona", "show", name, "--out", out.to_str().unwrap()]);
    picture(&out)
}

#[test]
fn where_a_photo_was_taken_is_not_published() {
    let Some(photo) = shared("gps/DSCN0010.jpg") else { return };
    let source = std::fs::read(&photo).unwrap();
    assert!(source.windows(4).any(|at| at == b"Exif"), "the photograph says where it was taken");
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["persona", "set", "--photo", photo.to_str().unwrap()]);
    published(&bob, "Alice", 1);
    let webp = std::fs::read(bob.folder("shown").join("Alice-1.webp")).unwrap();
    for tag in [b"EXIF", b"XMP ", b"ICCP", b"Exif"] {
        assert!(!webp.windows(4).any(|at| at == tag), "{}", String::from_utf8_lossy(tag));
    }
}

#[test]
fn what_cannot_be_worn_is_refused_and_nothing_changes() {
    let alice = Person::new("Alice");
    for (wear, code) in [
        ("hat", "bad_request"),
        ("nose=straw-boater", "bad_request"),
        ("hat=round", "bad_request"),
        ("hat=straw-boater,scale=9", "bad_request"),
        ("hat=straw-boater,x=nan", "bad_request"),
        ("hat=straw-boater,colour=red", "bad_request"),
    ] {
        assert_eq!(alice.refused(["persona", "set", "--wear", wear]), code, "{wear}");
    }
    let folder = alice.folder("files");
    let text = folder.join("text.jpg");
    std::fs::write(&text, "not a picture").unwrap();
    assert_eq!(alice.refused(["persona", "set", "--photo", text.to_str().unwrap()]), "picture_unreadable");
    assert_eq!(alice.refused(["persona", "set", "--photo", folder.join("none.jpg").to_str().unwrap()]), "file_unreadable");
    assert_eq!(alice.refused(["persona", "set", "--face", "0.5,0.5,7"]), "bad_request");
    assert_eq!(alice.ok(["persona", "show"])["version"], 0);
}

fn pack(colour: &str) -> String {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 60'><rect width='100' height='60' fill='{colour}'/></svg>"
    );
    let bomb = "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>";
    let item = |id: &str, svg: &str| json!({"id": id, "slot": "hat", "name": {"en": id}, "svg": svg, "anchor": [0.5, 1.0], "width": 1.5});
    json!({"format": 1, "id": "winter", "version": 1, "items": [item("fez", &svg), item("bomb", bomb), item("../up", &svg)]})
        .to_string()
}

#[test]
fn accessories_come_from_a_trusted_catalog_and_stay_when_it_is_gone() {
    let mut market = Market::open();
    let alice = Person::new("Alice");
    market.run(&["pack", "put", &market.file("winter.json", pack("#ff0000")), "--id", "winter"]);
    alice.ok(["card", "catalogs", "trust", &market.url]);
    let fez = alice.until("the fez", |p| {
        let there = p.list(["persona", "accessories"]);
        there.iter().find_map(|item| item["item"].as_str().filter(|item| item.ends_with("/fez")).map(str::to_owned))
    });
    assert!(!alice.list(["persona", "accessories"]).iter().any(|item| item["item"].as_str().unwrap().contains("..")));
    let folder = alice.folder("drawn");
    let draw = |name: &str| {
        let out = folder.join(name);
        alice.ok(["persona", "set", "--wear", &format!("hat={fez}"), "--preview", out.to_str().unwrap()]);
        picture(&out)
    };
    let has = |drawn: &RgbaImage, colour: [u8; 3]| drawn.pixels().filter(|pixel| pixel.0[..3] == colour).count() > 1_000;
    assert!(has(&draw("red.png"), [255, 0, 0]));
    let bomb = fez.replace("/fez", "/bomb");
    assert_eq!(alice.refused(["persona", "set", "--wear", &format!("hat={bomb}")]), "unsupported");

    market.run(&["pack", "put", &market.file("winter2.json", pack("#0000ff")), "--id", "winter"]);
    alice.until("the newer fez", |p| {
        p.list(["persona", "accessories"]);
        has(&draw("blue.png"), [0, 0, 255]).then_some(())
    });
    market.close();
    assert!(has(&draw("away.png"), [0, 0, 255]), "kept while the catalog is away");
    alice.ok(["card", "catalogs", "forget", &market.url]);
    assert_eq!(alice.refused(["persona", "set", "--wear", &format!("hat={fez}")]), "bad_request");
}
