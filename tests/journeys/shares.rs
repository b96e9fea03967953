//! Photo shares: byte for byte, through a power cut, to nobody else.

use std::path::Path;

use serde_json::Value;

use crate::person::{Person, contact, meet, pair, pair_of};
use crate::pictures::{draw, hashes};

/// Shares a folder; the share's id.
fn share(owner: &Person, folder: &Path, with: &str) -> String {
    owner.word(["share", "add", folder.to_str().unwrap(), "--with", with], "share")
}

fn shown(person: &Person, id: &str) -> Option<Value> {
    person.list(["share", "list"]).into_iter().find(|share| share["id"] == id)
}

/// Waits until the share is offered on this side.
fn open(person: &Person, id: &str) -> Value {
    person.until("the share", |p| shown(p, id).filter(|share| share["state"] == "open"))
}

fn all_here(person: &Person, id: &str) -> Value {
    person.until("all pictures", |p| shown(p, id).filter(|share| share["here"] == share["count"]))
}

fn save(person: &Person, id: &str, name: &str) -> std::path::PathBuf {
    let into = person.folder(name);
    person.ok(["share", "save", id, "--into", into.to_str().unwrap()]);
    into
}

#[test]
fn two_hundred_pictures_arrive_byte_for_byte_through_power_cuts_on_both_sides() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("Samos 2026");
    let drawn = draw(&folder, 200);
    let id = share(&alice, &folder, "Bob");
    let offered = open(&bob, &id);
    assert_eq!((&offered["count"], &offered["name"]), (&200.into(), &"Samos 2026".into()));
    bob.until("every thumbnail", |p| {
        let items = p.ok(["share", "show", &id])["items"].as_array().unwrap().clone();
        (items.len() == 200 && items.iter().all(|item| item["thumbnail"] != "")).then_some(())
    });
    assert_eq!(shown(&bob, &id).unwrap()["here"], 0, "thumbnails come first, pictures when picked");
    bob.ok(["share", "fetch", &id]);
    for (victim, at_least) in [(&bob, 30), (&alice, 80)] {
        bob.until("a part of the pictures", |p| (shown(p, &id)?["here"].as_u64().unwrap() >= at_least).then_some(()));
        victim.kill();
        victim.wake();
        meet(&alice, &bob);
    }
    all_here(&bob, &id);
    assert_eq!(hashes(&save(&bob, &id, "saved")), drawn);
    alice.until("who fetched what", |p| {
        let fetched = &p.ok(["share", "show", &id])["fetched"][0];
        (fetched["count"] == 200).then_some(())
    });
}

#[test]
fn one_picture_can_be_picked() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("few");
    let drawn = draw(&folder, 4);
    let id = share(&alice, &folder, "Bob");
    open(&bob, &id);
    bob.ok(["share", "fetch", &id, "--only", "2"]);
    bob.until("the one", |p| shown(p, &id).filter(|s| s["here"] == 1 && s["wanted"] == 0));
    let saved = hashes(&save(&bob, &id, "one"));
    assert_eq!(saved.len(), 1);
    assert!(saved.iter().all(|(name, hash)| drawn.get(name) == Some(hash)));
    let again = save(&bob, &id, "one");
    assert_eq!(hashes(&again).values().filter(|h| saved.values().any(|s| &s == h)).count(), hashes(&again).len());
}

#[test]
fn nobody_else_sees_or_fetches_a_share() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let carol = Person::new("Carol");
    pair(&alice, &carol);
    let folder = alice.folder("for Bob");
    draw(&folder, 3);
    let id = share(&alice, &folder, "Bob");
    open(&bob, &id);
    // A later share for Carol shows that hers had time to come.
    let hers = alice.folder("for Carol");
    draw(&hers, 1);
    let other = share(&alice, &hers, "Carol");
    open(&carol, &other);
    assert!(shown(&carol, &id).is_none());
    for verb in ["show", "fetch"] {
        assert_eq!(carol.refused(["share", verb, &id]), "not_found");
    }
    assert!(contact(&carol, "Bob").is_none());
}

#[test]
fn a_revoked_share_is_served_no_more() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("regretted");
    draw(&folder, 3);
    let id = share(&alice, &folder, "Bob");
    open(&bob, &id);
    alice.ok(["share", "revoke", &id]);
    bob.until("the end of the share", |p| shown(p, &id).filter(|s| s["state"] == "revoked"));
    assert_eq!(bob.refused(["share", "fetch", &id]), "share_ended");
}

#[test]
fn a_share_ends_at_its_time() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("brief");
    draw(&folder, 2);
    let path = folder.to_str().unwrap();
    let id = alice.word(["share", "add", path, "--with", "Bob", "--expires", "1h"], "share");
    open(&bob, &id);
    bob.sleep();
    bob.set_clock_ahead(7_200);
    bob.wake();
    assert_eq!(bob.refused(["share", "fetch", &id]), "share_ended");
    assert_eq!(shown(&bob, &id).unwrap()["state"], "expired");
}

#[test]
fn names_never_leave_the_folder() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("names");
    let names =
        ["..%2f..%2fup.jpg", "..\\..\\back.jpg", ".hidden.jpg", "new\nline.jpg", "con.jpg", "\u{202e}gpj.exe.jpg", "-rf.jpg"];
    let plain = folder.join("plain");
    std::fs::create_dir(&plain).unwrap();
    draw(&plain, 7);
    let drawn: Vec<_> = std::fs::read_dir(&plain).unwrap().map(|e| e.unwrap().path()).collect();
    for (from, name) in drawn.iter().zip(names) {
        std::fs::rename(from, folder.join(name)).unwrap();
    }
    std::fs::remove_dir(&plain).unwrap();
    let path = folder.to_str().unwrap();
    let id = alice.word(["share", "add", path, "--with", "Bob", "--name", "../../x"], "share");
    open(&bob, &id);
    bob.ok(["share", "fetch", &id]);
    all_here(&bob, &id);
    let outer = bob.folder("outer");
    let into = save(&bob, &id, "outer/into");
    let saved = hashes(&into);
    let mut originals: Vec<String> = hashes(&folder).into_values().collect();
    let mut arrived: Vec<String> = saved.values().cloned().collect();
    originals.sort();
    arrived.sort();
    assert_eq!(arrived, originals);
    assert_eq!(std::fs::read_dir(&outer).unwrap().count(), 1, "nothing beside the folder that was named");
    for name in saved.keys() {
        assert!(!name.starts_with('.') && !name.contains(['/', '\\', '\n', '\u{202e}']), "{name:?}");
    }
}

#[test]
fn an_unreadable_picture_is_named_and_the_rest_goes() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let folder = alice.folder("mixed");
    draw(&folder, 3);
    std::fs::write(folder.join("broken.jpg"), b"\xff\xd8\xff\xe0 no picture").unwrap();
    let id = share(&alice, &folder, "Bob");
    let offered = open(&alice, &id);
    assert_eq!(offered["count"], 3);
    let problems = offered["problems"].as_array().unwrap();
    assert!(
        problems.len() == 1 && problems[0]["file"] == "broken.jpg" && problems[0]["code"] == "picture_unreadable",
        "{problems:?}"
    );
    assert_eq!(open(&bob, &id)["count"], 3);

    let hopeless = alice.folder("hopeless");
    std::fs::write(hopeless.join("one.png"), b"not a picture").unwrap();
    let id = share(&alice, &hopeless, "Bob");
    alice.until("the failure", |p| shown(p, &id).filter(|s| s["state"] == "failed"));
    assert!(shown(&bob, &id).is_none());
    assert_eq!(alice.refused(["share", "add", "/nonexistent/folder", "--with", "Bob"]), "file_unreadable");
}
