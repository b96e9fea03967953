//! One picture made of a photo and accessories: composed, published, worn by contacts' lists, with packs of a catalog.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use serde_json::{Value, json};

use crate::market::Market;
use crate::person::{Person, contact, pair, pair_of};
use crate::pictures;
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

    assert_eq!(published_file(&alice).0, (512, 512));
    assert!(difference(&picture(&preview), &published_file(&alice).1) < 3.0);

    // at the side where nothing is encoded with loss, not a sample differs
    alice.ok(["persona", "export", whole.to_str().unwrap()]);
    assert_eq!(picture(&whole).dimensions(), (1024, 1024));
    set(&["--preview", preview.to_str().unwrap(), "--side", "1024"]);
    assert_eq!(picture(&preview), picture(&whole));
    assert_eq!(alice.refused(["persona", "export", whole.to_str().unwrap()]), "file_unreadable");

    let recipe = alice.ok(["persona", "show"])["recipe"].clone();
    let worn: Vec<&str> = recipe["worn"].as_array().unwrap().iter().map(|worn| worn["item"].as_str().unwrap()).collect();
    assert_eq!(worn, ["stoa/round", "stoa/straw-boater"], "glasses lie below the hat");
    assert!(persona_of(&bob, "Alice")["recipe"].is_null(), "the recipe is the owner's alone");
    assert!(contact(&bob, "Alice").unwrap()["persona"]["small"].is_string());
}

/// The very file that a person publishes: its size in pixels and its pixels.
fn published_file(person: &Person) -> ((u32, u32), RgbaImage) {
    let out = person.folder("own").join("published.webp");
    let shown = person.ok(["persona", "show", "--out", out.to_str().unwrap()]);
    let id = shown["picture"]["large"].as_str().unwrap();
    assert!(id.ends_with(&pictures::hash(&out)), "{id}");
    let pixels = picture(&out);
    (pixels.dimensions(), pixels)
}

#[test]
fn another_hat_replaces_the_first_and_the_newest_picture_arrives_later_too() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["persona", "set", "--wear", HAT]);
    let first = published(&bob, "Alice", 1);
    bob.sleep();
    alice.ok(["persona", "set", "--wear", "hat=beanie"]);
    assert_eq!(alice.ok(["persona", "show"])["recipe"]["worn"].as_array().unwrap().len(), 1);
    // the recipe is kept and stays editable
    alice.kill();
    alice.wake();
    alice.ok(["persona", "set", "--wear", "scarf=knitted"]);
    let worn = alice.ok(["persona", "show"])["recipe"]["worn"].clone();
    assert_eq!(
        worn.as_array().unwrap().iter().map(|worn| worn["item"].clone()).collect::<Vec<_>>(),
        ["stoa/knitted", "stoa/beanie"]
    );
    bob.wake();
    let second = published(&bob, "Alice", 3);
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
    published_file(&alice);
    alice.ok(["scheme", "set", "online", "--picture", photo.to_str().unwrap()]);
    let [looks, base, whole] = ["looks", "base.png", "whole.webp"].map(|name| alice.folder("own").join(name));
    alice.ok(["scheme", "show", "--into", looks.to_str().unwrap()]);
    alice.ok(["persona", "photo", photo.to_str().unwrap(), "--out", base.to_str().unwrap()]);
    alice.ok(["persona", "export", whole.to_str().unwrap()]);
    let mut files = vec![bob.folder("shown").join("Alice-1.webp"), alice.folder("own").join("published.webp"), base, whole];
    files.extend(std::fs::read_dir(&looks).unwrap().map(|entry| entry.unwrap().path()));
    files.extend(std::fs::read_dir(alice.home().join("persona")).unwrap().map(|entry| entry.unwrap().path()));
    assert_eq!(files.len(), 6, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for tag in [b"EXIF", b"XMP ", b"ICCP", b"Exif", b"eXIf", b"iTXt"] {
            assert!(!bytes.windows(4).any(|at| at == tag), "{}: {}", file.display(), String::from_utf8_lossy(tag));
        }
    }
}

#[test]
fn every_orientation_comes_out_upright() {
    let alice = Person::new("Alice");
    let out = alice.folder("upright").join("photo.png");
    for name in ["Landscape", "Portrait"] {
        let mut first: Option<RgbaImage> = None;
        for orientation in 1..=8 {
            let Some(file) = shared(&format!("{name}_{orientation}.jpg")) else { return };
            alice.ok(["persona", "photo", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
            let drawn = picture(&out);
            assert_eq!(drawn.dimensions(), (1024, 1024));
            let small = image::imageops::thumbnail(&drawn, 32, 32);
            let differs = difference(&small, first.get_or_insert_with(|| small.clone()));
            assert!(differs < 6.0, "{name} {orientation} differs by {differs}");
        }
    }
    assert_eq!(alice.ok(["persona", "show"])["version"], 0, "a photo alone publishes nothing");
}

/// The box around what a drawing changes of the bare figure: its middle and its size, in fractions of the side.
fn changed(bare: &RgbaImage, drawn: &RgbaImage) -> [f64; 4] {
    let side = f64::from(bare.width());
    let pixels = bare.enumerate_pixels().zip(drawn.pixels());
    let places = pixels.filter(|((_, _, one), other)| one != other).map(|((x, y, _), _)| (f64::from(x), f64::from(y)));
    let (mut left, mut top, mut right, mut bottom) = (side, side, 0.0_f64, 0.0_f64);
    for (x, y) in places {
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
    }
    assert!(left < right && top < bottom, "nothing changed");
    [(left + right) / 2.0, (top + bottom) / 2.0, right - left, bottom - top].map(|length| length / side)
}

#[test]
fn an_accessory_follows_the_face_and_what_is_set_by_hand() {
    let alice = Person::new("Alice");
    let folder = alice.folder("drawn");
    let draw = |more: &[&str]| {
        let out = folder.join("drawn.png");
        let out = out.to_str().unwrap();
        alice.ok(["persona", "set", "--preview", out].into_iter().chain(more.iter().copied()));
        picture(Path::new(out))
    };
    let bare = draw(&[]);
    let hat = |change: &str, more: &[&str]| {
        let wear = format!("{HAT}{change}");
        changed(&bare, &draw(&[&["--wear", wear.as_str()], more].concat()))
    };
    let near = |one: f64, other: f64| (one - other).abs() < 0.012;
    let usual = hat("", &[]);
    let typical = (0.5, 0.42, 0.30);
    let face = |x: f64, y: f64, width: f64| format!("{},{},{}", typical.0 + x, typical.1 + y, typical.2 * width);
    let moved = hat("", &["--face", &face(0.1, 0.15, 1.0)]);
    assert!(near(moved[0] - usual[0], 0.1) && near(moved[1] - usual[1], 0.15), "{usual:?} {moved:?}");
    let smaller = hat("", &["--face", &face(0.0, 0.0, 0.5)]);
    assert!(near(smaller[2], usual[2] / 2.0) && near(smaller[3], usual[3] / 2.0), "{usual:?} {smaller:?}");
    let by_hand = hat(",x=-0.1,y=0.2,scale=0.5", &[]);
    assert!(near(by_hand[0] - usual[0], -0.1) && by_hand[1] > usual[1] + 0.15, "{usual:?} {by_hand:?}");
    assert!(near(by_hand[2], usual[2] / 2.0), "{usual:?} {by_hand:?}");
    // small enough to be turned without leaving the picture
    let upright = hat(",scale=0.5,y=0.2", &[]);
    let turned = hat(",scale=0.5,y=0.2,tilt=90", &[]);
    assert!(near(turned[2], upright[3]) && near(turned[3], upright[2]), "{upright:?} {turned:?}");
}

#[test]
fn slots_lie_in_the_order_that_their_owner_gives_them() {
    let alice = Person::new("Alice");
    let worn = |person: &Person| {
        let recipe = person.ok(["persona", "show"])["recipe"].clone();
        let items = recipe["worn"].as_array().unwrap().iter();
        items.map(|worn| worn["item"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    alice.ok(["persona", "set", "--wear", HAT, "--wear", "scarf=knitted", "--wear", "glasses=round"]);
    assert_eq!(worn(&alice), ["stoa/knitted", "stoa/round", "stoa/straw-boater"]);
    alice.ok(["persona", "set", "--stack", "hat,scarf"]);
    assert_eq!(worn(&alice), ["stoa/round", "stoa/straw-boater", "stoa/knitted"]);
    // what replaces another of its slot takes its place
    alice.ok(["persona", "set", "--wear", "hat=beanie"]);
    assert_eq!(worn(&alice), ["stoa/round", "stoa/beanie", "stoa/knitted"]);
    assert_eq!(alice.refused(["persona", "set", "--stack", "hat,nose"]), "bad_request");
    // one over the other, and the other over the one
    let folder = alice.folder("drawn");
    let draw = |order: &str| {
        let out = folder.join("stack.png");
        let places = ["--wear", "hat=straw-boater,y=0.2", "--stack", order, "--preview", out.to_str().unwrap()];
        alice.ok(["persona", "set"].into_iter().chain(places));
        picture(&out)
    };
    assert!(draw("glasses,hat") != draw("hat,glasses"));
}

#[test]
fn a_mutual_contact_passes_the_picture_on_while_its_owner_is_away() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    pair(&alice, &bob);
    pair(&alice, &carol);
    pair(&bob, &carol);
    alice.ok(["persona", "set", "--wear", HAT]);
    let first = published(&carol, "Alice", 1);
    carol.sleep();
    alice.ok(["persona", "set", "--wear", "hat=beanie"]);
    published(&bob, "Alice", 2);
    alice.sleep();
    carol.wake();
    let second = published(&carol, "Alice", 2);
    assert!(difference(&first, &second) > 0.5, "another picture");
    assert_eq!(contact(&carol, "Alice").unwrap()["presence"]["state"], "offline");
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

    // asked whether there is a newer one, the catalog is not asked for the one that is here
    alice.sleep();
    alice.wake();
    assert!(has(&draw("kept.png"), [255, 0, 0]));
    let fetched = market.blobs_asked();
    assert!(fetched >= 1);
    for _ in 0..2 {
        let asked = market.asked();
        alice.list(["persona", "accessories"]);
        alice.until("a question to the catalog", |_| (market.asked() > asked).then_some(()));
    }
    assert_eq!(market.blobs_asked(), fetched);

    market.run(&["pack", "put", &market.file("winter2.json", pack("#0000ff")), "--id", "winter"]);
    alice.until("the newer fez", |p| {
        p.list(["persona", "accessories"]);
        has(&draw("blue.png"), [0, 0, 255]).then_some(())
    });
    assert!(market.blobs_asked() > fetched);
    market.close();
    assert!(has(&draw("away.png"), [0, 0, 255]), "kept while the catalog is away");
    alice.ok(["card", "catalogs", "forget", &market.url]);
    assert_eq!(alice.refused(["persona", "set", "--wear", &format!("hat={fez}")]), "bad_request");
}
