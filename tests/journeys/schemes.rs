//! How somebody looks in every state, as contacts see it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::looks::{picture, sound};
use crate::person::{Person, Start, contact, pair, pair_of};

/// What a node's log says of a question, and of a medium that came.
const ASKED: &str = "a look is asked for";
const CAME: &str = "a part of a look came";
const ANSWERED: &str = "a look was answered";
const TOLD: &str = "the state is told";
/// What it may cost to hear that nothing changed, in bytes.
const UNCHANGED: usize = 200;

/// A person whose node says in its log what it asks for and gets.
fn talkative(name: &str) -> Person {
    Person::with(name, Start { log: Some("warn,stoa_core=debug".into()), ..Start::default() })
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The contact's look in its present state once everything of it is here.
fn whole_look(reader: &Person, name: &str) -> Option<Value> {
    let look = contact(reader, name)?["look"].clone();
    let parts = ["picture", "animation", "sound", "video"];
    let all = parts.iter().all(|part| look[part].is_null() || look[part]["standing"] == "here");
    (look.is_object() && all).then_some(look)
}

fn sees(reader: &Person, name: &str, state: &str, text: &str) -> Value {
    reader.until(&format!("{name} {state} {text:?}"), |p| {
        whole_look(p, name).filter(|look| look["state"] == state && look["text"] == text)
    })
}

fn version(reader: &Person, name: &str) -> u64 {
    reader.ok(["scheme", "show", name])["version"].as_u64().unwrap()
}

/// Waits until a contact's scheme of this version is here with everything it names.
fn has(reader: &Person, name: &str, wanted: u64) -> Value {
    reader.until(&format!("{name}'s scheme {wanted}"), |p| {
        let scheme = p.ok(["scheme", "show", name]);
        let missing = scheme["looks"].as_array()?.iter().any(|look| look["picture"]["standing"] == "missing");
        (scheme["version"] == wanted && !missing).then_some(scheme)
    })
}

#[test]
fn a_scheme_reaches_who_is_there_and_who_comes_later() {
    let alice = Person::new("Alice");
    let [bob, carol, dave] = ["Bob", "Carol", "Dave"].map(Person::new);
    for other in [&bob, &carol, &dave] {
        pair(&alice, other);
    }
    dave.sleep();
    let (file, tone) = (picture(&alice, "busy.png", 200), sound(&alice, "tone.wav", 1_000, 0));
    let shown = alice.ok(["scheme", "set", "busy", "--text", "deep in it", "--picture", &file, "--sound", &tone]);
    let hash = shown["looks"][0]["picture"]["hash"].as_str().unwrap().to_owned();
    alice.ok(["scheme", "set", "offline", "--text", "back tomorrow"]);
    alice.ok(["scheme", "set", "at the lake", "--text", "swimming"]);
    alice.ok(["presence", "set", "busy"]);
    for reader in [&bob, &carol] {
        let look = sees(reader, "Alice", "busy", "deep in it");
        assert_eq!(look["picture"]["hash"], hash.as_str());
        assert_eq!((look["picture"]["width"].as_u64(), look["picture"]["height"].as_u64()), (Some(512), Some(366)));
        assert_eq!((&look["sound"]["media_type"], &look["sound"]["duration_ms"]), (&"audio/wav".into(), &1_000.into()));
    }
    dave.wake();
    assert_eq!(sees(&dave, "Alice", "busy", "deep in it")["picture"]["hash"], hash.as_str());
    alice.ok(["presence", "set", "at the lake"]);
    sees(&dave, "Alice", "at the lake", "swimming");
    // a state without a look has none, whoever knows the state; and the owner's going shows the offline look, prefetched
    for state in ["eating", "invented just now"] {
        alice.ok(["presence", "set", state]);
        bob.until("no look", |p| {
            let alice = contact(p, "Alice")?;
            (alice["presence"]["state"] == state && alice["look"].is_null()).then_some(())
        });
    }
    alice.kill();
    sees(&bob, "Alice", "offline", "back tomorrow");
    // and after a restart of the reader too
    bob.sleep();
    bob.wake();
    sees(&bob, "Alice", "offline", "back tomorrow");
}

#[test]
fn what_did_not_change_does_not_travel() {
    let (alice, bob) = (Person::new("Alice"), talkative("Bob"));
    pair(&alice, &bob);
    let files: Vec<String> = (0..3).map(|at| picture(&alice, &format!("{at}.png"), at * 60)).collect();
    alice.ok(["scheme", "set", "online", "--picture", &files[0]]);
    alice.ok(["scheme", "set", "busy", "--picture", &files[1]]);
    has(&bob, "Alice", 2);
    let (asked, came) = (bob.logged(ASKED), bob.logged(CAME));
    assert_eq!(came, 2);
    // states alone ask for nothing; the same look again is no new version
    for state in ["busy", "away", "online", "busy"] {
        alice.ok(["presence", "set", state]);
        bob.until(state, |p| (contact(p, "Alice")?["presence"]["state"] == state).then_some(()));
    }
    assert_eq!(alice.ok(["scheme", "set", "busy", "--picture", &files[1]])["version"], 2);
    // one changed picture: one question, one blob
    alice.ok(["scheme", "set", "busy", "--picture", &files[2]]);
    has(&bob, "Alice", 3);
    assert_eq!((bob.logged(ASKED) - asked, bob.logged(CAME) - came), (1, 1));
    // a text alone moves no blob
    alice.ok(["scheme", "set", "busy", "--text", "writing"]);
    has(&bob, "Alice", 4);
    assert_eq!((bob.logged(ASKED) - asked, bob.logged(CAME) - came), (2, 1));
    // nor does coming back, after which nothing is newer
    bob.sleep();
    bob.wake();
    bob.until("Alice busy", |p| (contact(p, "Alice")?["presence"]["state"] == "busy").then_some(()));
    alice.ok(["scheme", "clear", "busy"]);
    assert_eq!(has(&bob, "Alice", 5)["looks"].as_array().unwrap().len(), 1);
    assert_eq!((bob.logged(ASKED) - asked, bob.logged(CAME) - came), (3, 1));
}

#[test]
fn that_nothing_changed_costs_each_contact_little_and_no_file() {
    let (alice, bob, carol) = (talkative("Alice"), talkative("Bob"), talkative("Carol"));
    let readers = [&bob, &carol];
    readers.iter().for_each(|reader| pair(&alice, reader));
    alice.ok(["scheme", "set", "busy", "--text", "deep in it", "--picture", &picture(&alice, "a.png", 3)]);
    alice.ok(["persona", "set", "--wear", "hat=beanie"]);
    for reader in readers {
        has(reader, "Alice", 1);
        reader.until("the picture", |p| {
            let shown = p.ok(["persona", "show", "Alice"]);
            (shown["picture"]["large"] != shown["picture"]["small"]).then_some(())
        });
    }
    let counts = |reader: &Person| (reader.logged(ASKED), reader.logged(CAME));
    let (told, before) = (alice.logged(TOLD), readers.map(counts));

    // a state: told to both, asked about by nobody
    alice.ok(["presence", "set", "busy", "--text", "writing a long letter to you"]);
    for reader in readers {
        sees(reader, "Alice", "busy", "deep in it");
    }
    let cost: Vec<usize> = alice.logged_bytes(TOLD).split_off(told);
    assert!(cost.len() == 2 && cost.iter().all(|bytes| (1..=UNCHANGED).contains(bytes)), "{cost:?}");
    assert_eq!(readers.map(counts), before);

    // asked for all the same, as by hovering: a question and an answer for the scheme and the persona each
    bob.ok(["contact", "refresh", "Alice"]);
    bob.until("two answers", |p| (p.logged(ANSWERED) >= before[0].0 + 2).then_some(()));
    let [asked, answered] = [ASKED, ANSWERED].map(|what| bob.logged_bytes(what).split_off(before[0].0));
    assert_eq!((asked.len(), answered.len()), (2, 2));
    assert!(asked.iter().sum::<usize>() + answered.iter().sum::<usize>() <= UNCHANGED, "{asked:?} {answered:?}");
    assert_eq!(bob.logged(CAME), before[0].1);

    // and of an owner who is away, those who know them are asked
    pair(&bob, &carol);
    alice.sleep();
    bob.until("Alice gone", |p| (contact(p, "Alice")?["presence"]["state"] == "offline").then_some(()));
    let answered = bob.logged(ANSWERED);
    bob.ok(["contact", "refresh", "Alice"]);
    bob.until("Carol's answer", |p| (p.logged(ANSWERED) > answered).then_some(()));
    assert_eq!(bob.logged(CAME), before[0].1);
    assert_eq!(bob.refused(["contact", "refresh", "Nobody"]), "not_found");
}

#[test]
fn a_pushed_scheme_is_not_asked_for() {
    let (alice, bob) = (Person::new("Alice"), talkative("Bob"));
    pair(&alice, &bob);
    alice.ok(["scheme", "set", "busy", "--text", "one"]);
    has(&bob, "Alice", 1);
    let asked = bob.logged(ASKED);
    alice.ok(["scheme", "push", "on"]);
    assert_eq!(alice.ok(["scheme", "show"])["push"], true);
    alice.ok(["scheme", "set", "busy", "--text", "two"]);
    has(&bob, "Alice", 2);
    alice.ok(["presence", "set", "busy"]);
    sees(&bob, "Alice", "busy", "two");
    assert_eq!(bob.logged(ASKED), asked);
    assert_eq!(bob.ok(["scheme", "show", "Alice"])["push"], false, "that is the owner's alone");
    // who comes back with an older one gets it with the first state
    bob.sleep();
    alice.ok(["scheme", "set", "busy", "--text", "while you were away"]);
    bob.wake();
    sees(&bob, "Alice", "busy", "while you were away");
    assert_eq!(bob.logged(ASKED), asked);
    alice.ok(["scheme", "push", "off"]);
    alice.ok(["scheme", "set", "busy", "--text", "three"]);
    has(&bob, "Alice", 4);
    assert_eq!(bob.logged(ASKED), asked + 1);
}

#[test]
fn an_older_scheme_is_refused() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["scheme", "set", "busy", "--text", "one"]);
    has(&bob, "Alice", 1);
    alice.sleep();
    let kept = alice.folder("kept");
    copy(alice.home(), &kept);
    alice.wake();
    alice.ok(["scheme", "set", "busy", "--text", "two"]);
    has(&bob, "Alice", 2);
    alice.sleep();
    // the home as it was: version 1 again
    std::fs::remove_dir_all(alice.home()).unwrap();
    copy(&kept, alice.home());
    alice.wake();
    assert_eq!(alice.ok(["scheme", "show"])["version"], 1);
    alice.ok(["presence", "set", "busy", "--text", "from a backup"]);
    bob.until("Alice from a backup", |p| (contact(p, "Alice")?["presence"]["text"] == "from a backup").then_some(()));
    assert_eq!(version(&bob, "Alice"), 2);
    sees(&bob, "Alice", "busy", "two");
    // and the next one is newer than what was lost
    assert_eq!(alice.ok(["scheme", "set", "busy", "--text", "three"])["version"], 3);
    sees(&bob, "Alice", "busy", "three");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, kind): (PathBuf, _) = (entry.path(), entry.file_type().unwrap());
        let to = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&path, &to);
        } else if kind.is_file() {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn a_mutual_contact_passes_it_on_while_the_owner_is_away() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    pair(&alice, &bob);
    pair(&alice, &carol);
    pair(&bob, &carol);
    alice.ok(["scheme", "set", "offline", "--text", "one"]);
    for reader in [&bob, &carol] {
        has(reader, "Alice", 1);
    }
    carol.sleep();
    let file = picture(&alice, "gone.png", 90);
    alice.ok(["scheme", "set", "offline", "--text", "gone fishing", "--picture", &file]);
    has(&bob, "Alice", 2);
    alice.sleep();
    sees(&bob, "Alice", "offline", "gone fishing");
    carol.wake();
    let look = sees(&carol, "Alice", "offline", "gone fishing");
    assert_eq!(look["picture"]["standing"], "here");
    assert_eq!(contact(&carol, "Alice").unwrap()["presence"]["state"], "offline");
}

#[test]
fn who_is_forgotten_or_blocked_has_no_look_here() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["scheme", "set", "online", "--picture", &picture(&alice, "a.png", 10)]);
    has(&bob, "Alice", 1);
    bob.ok(["contact", "block", "Alice"]);
    let blocked = contact(&bob, "Alice").unwrap();
    assert!(blocked["look"].is_null() && blocked["persona"].is_null(), "{blocked}");
    bob.ok(["contact", "remove", "Alice"]);
    assert_eq!(bob.refused(["scheme", "show", "Alice"]), "not_found");
}

#[test]
fn a_file_that_cannot_be_published_is_refused_with_a_word() {
    let alice = Person::new("Alice");
    let notes = text(&alice.folder("looks").join("notes.txt"));
    std::fs::write(&notes, "no picture at all").unwrap();
    let still = picture(&alice, "still.png", 1);
    assert_eq!(alice.refused(["scheme", "set", "busy", "--picture", &notes]), "picture_unreadable");
    assert_eq!(alice.refused(["scheme", "set", "busy", "--animation", &still]), "unsupported");
    assert_eq!(alice.refused(["scheme", "set", "busy", "--sound", &still]), "unsupported");
    assert_eq!(alice.refused(["scheme", "set", "busy", "--video", &still]), "unsupported");
    assert_eq!(alice.refused(["scheme", "set", "busy", "--picture", "/nowhere.png"]), "file_unreadable");
    assert_eq!(alice.refused(["scheme", "set", "busy", "--text", &"a".repeat(141)]), "bad_request");
    assert_eq!(alice.refused(["scheme", "set", "invisible", "--text", "a"]), "bad_request");
    assert_eq!(alice.ok(["scheme", "show"])["version"], 0);
    // the own corner shows what contacts will see
    alice.ok(["scheme", "set", "online", "--text", "hello"]);
    assert_eq!(alice.ok(["me", "show"])["look"]["text"], "hello");
}
