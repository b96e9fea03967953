//! How somebody is, as the other side sees it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::control::{Moments, ask};
use crate::looks::{picture, settled};
use crate::person::{Person, contact, invite, pair, pair_of};

fn sees(reader: &Person, read: &str, state: &str, text: &str) {
    reader.until(&format!("{read} {state} {text:?}"), |p| {
        let presence = &contact(p, read)?["presence"];
        (presence["state"] == state && presence["text"] == text).then_some(())
    });
}

#[test]
fn a_state_is_seen_while_there_and_offline_when_gone() {
    let (alice, bob) = pair_of("Alice", "Bob");
    sees(&bob, "Alice", "online", "");
    alice.ok(["presence", "set", "busy", "--text", "writing until 3"]);
    sees(&bob, "Alice", "busy", "writing until 3");
    alice.ok(["presence", "set", "away"]);
    sees(&bob, "Alice", "away", "");
    alice.kill();
    bob.until("Alice gone", |p| (contact(p, "Alice")?["presence"]["state"] == "offline").then_some(()));
    alice.wake();
    sees(&bob, "Alice", "away", "");
}

#[test]
fn a_new_name_reaches_contacts() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["me", "set", "--name", "Alicia"]);
    bob.until("the new name", |p| contact(p, "Alicia"));
    bob.ok(["contact", "rename", "Alicia", "Ali"]);
    let shown = contact(&bob, "Ali").unwrap();
    assert_eq!(shown["own_name"], "Alicia");
    assert_eq!(alice.refused(["me", "set", "--name", "  "]), "bad_request");
    assert_eq!(alice.refused(["me", "set", "--name", &"a".repeat(65)]), "bad_request");
}

fn is(reader: &Person, read: &str, state: &str) {
    reader.until(&format!("{read} {state}"), |p| (contact(p, read)?["presence"]["state"] == state).then_some(()));
}

fn own(person: &Person) -> Value {
    person.ok(["me", "show"])["presence"].clone()
}

#[test]
fn a_timed_state_ends_by_itself_and_over_a_restart() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["presence", "set", "busy", "--text", "writing"]);
    alice.ok(["presence", "set", "meeting", "--until", "4s"]);
    alice.until("the end of the meeting", |p| (own(p)["state"] == "busy").then_some(()));
    sees(&bob, "Alice", "busy", "writing");

    // another choice forgets the end
    alice.ok(["presence", "set", "eating", "--until", "1h"]);
    alice.ok(["presence", "set", "Zeichnen"]);
    is(&bob, "Alice", "Zeichnen");
    let states: Vec<_> = alice.list(["presence", "states"]).into_iter().map(|state| state.as_str().unwrap().to_owned()).collect();
    assert_eq!((states.len(), states[0].as_str(), states[8].as_str()), (9, "online", "Zeichnen"));

    alice.ok(["presence", "set", "busy", "--text", "writing"]);
    alice.ok(["presence", "set", "meeting", "--text", "room 3", "--until", "1h"]);
    sees(&bob, "Alice", "meeting", "room 3");
    let told = contact(&bob, "Alice").unwrap()["presence"]["until"].clone();
    assert_eq!(told, own(&alice)["until"]);
    alice.kill();
    alice.wake();
    assert_eq!(own(&alice)["until"], told, "a restart forgets nothing");
    alice.kill();
    alice.set_clock_ahead(3_700);
    alice.wake();
    sees(&bob, "Alice", "busy", "writing");
    assert_eq!(own(&alice)["until"], Value::Null);

    for wrong in [&["offline"][..], &["busy", "--until", "600d"], &["busy", "--to", "Bob"], &["invisible", "--text", "x"], &[""]]
    {
        assert_eq!(alice.refused([&["presence", "set"], wrong].concat()), "bad_request", "{wrong:?}");
    }
}

#[test]
fn minutes_until_away_are_kept() {
    let alice = Person::new("Alice");
    assert_eq!(alice.ok(["presence", "idle"])["minutes"], 10);
    alice.ok(["presence", "idle", "25"]);
    alice.kill();
    alice.wake();
    assert_eq!(alice.ok(["presence", "idle"])["minutes"], 25);
    assert_eq!(alice.refused(["presence", "idle", "1441"]), "bad_request");
    assert_eq!(alice.ok(["presence", "idle", "0"])["minutes"], 0);
}

fn socket(addr: &str) -> SocketAddr {
    let parts: Vec<_> = addr.split('/').collect();
    format!("{}:{}", parts[2], parts[4]).parse().unwrap()
}

/// Whether the system itself says that nobody has the port.
fn nobody_listens(addr: &str) -> bool {
    if addr.contains("/tcp/") {
        return matches!(TcpStream::connect(socket(addr)), Err(error) if error.kind() == ErrorKind::ConnectionRefused);
    }
    let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
    probe.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    probe.connect(socket(addr)).unwrap();
    // an unknown version: a QUIC server answers with those it knows (RFC 9000 section 6)
    let mut initial = vec![0xC0, 0x1A, 0x2A, 0x3A, 0x4A, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0];
    initial.resize(1_200, 0);
    let refused = |error: &std::io::Error| error.kind() == ErrorKind::ConnectionRefused;
    probe.send(&initial).is_err() || probe.recv(&mut [0; 64]).as_ref().is_err_and(refused)
}

fn says(from: &Person, to: &Person, text: &str) {
    from.ok(["chat", "send", &to.name, text]);
    to.until(text, |p| p.list(["chat", "read", &from.name]).iter().any(|message| message["body"]["text"] == text).then_some(()));
}

#[test]
fn to_whom_one_is_invisible_one_has_quit() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    pair(&alice, &bob);
    pair(&alice, &carol);
    let addrs: Vec<String> =
        alice.ready()["addrs"].as_array().unwrap().iter().map(|addr| addr.as_str().unwrap().to_owned()).collect();
    assert!(addrs.len() == 2 && !addrs.iter().any(|addr| nobody_listens(addr)));

    let hidden = alice.ok(["presence", "set", "invisible", "--to", "Carol"]);
    is(&carol, "Alice", "offline");
    alice.until("nobody listening", |_| addrs.iter().all(|addr| nobody_listens(addr)).then_some(()));
    assert_eq!(hidden["from_all"], false);
    assert_eq!(hidden["from"], json!([carol.ready()["id"]]));
    assert_eq!(alice.ok(["me", "show"])["hidden"], hidden);
    assert_eq!(alice.ok(["node", "status"])["addrs"], json!([]));

    // who may see Alice chats on, both ways; Carol's words wait
    carol.ok(["chat", "send", "Alice", "are you there?"]);
    says(&alice, &bob, "psst");
    says(&bob, &alice, "what?");
    alice.ok(["presence", "set", "busy"]);
    is(&bob, "Alice", "busy");
    assert_eq!(alice.refused(["contact", "invite"]), "bad_request");
    assert!(alice.list(["chat", "read", "Carol"]).is_empty());

    // it stays so over a restart, and Alice dials who may see her
    alice.sleep();
    is(&bob, "Alice", "offline");
    alice.wake();
    assert_eq!(alice.ready()["addrs"], json!([]));
    is(&bob, "Alice", "busy");
    says(&bob, &alice, "back?");
    assert!(addrs.iter().all(|addr| nobody_listens(addr)));
    assert_eq!(contact(&carol, "Alice").unwrap()["presence"]["state"], "offline");

    // a new contact, by dialling out
    let dora = Person::new("Dora");
    alice.ok(["contact", "accept", &invite(&dora)]);
    is(&dora, "Alice", "busy");
    is(&alice, "Dora", "online");

    alice.ok(["presence", "set", "invisible"]);
    is(&bob, "Alice", "offline");
    is(&dora, "Alice", "offline");
    assert_eq!(alice.refused(["contact", "accept", &invite(&bob)]), "bad_request");

    let hidden = alice.ok(["presence", "set", "visible"]);
    assert_eq!(hidden, json!({ "from_all": false, "from": [] }));
    for reader in [&bob, &carol, &dora] {
        is(reader, "Alice", "busy");
    }
    alice.until("Carol's words", |p| (p.list(["chat", "read", "Carol"]).len() == 1).then_some(()));
    assert!(!addrs.iter().any(|addr| nobody_listens(addr)), "the same ports as before");
    says(&carol, &alice, "there you are");
}

#[test]
fn a_state_by_hand_ends_being_invisible_to_everybody_and_a_block_to_one() {
    let (alice, bob) = pair_of("Alice", "Bob");
    alice.ok(["presence", "set", "invisible"]);
    is(&bob, "Alice", "offline");
    alice.ok(["presence", "set", "away"]);
    is(&bob, "Alice", "away");
    alice.ok(["presence", "set", "invisible", "--to", "Bob"]);
    is(&bob, "Alice", "offline");
    alice.ok(["presence", "set", "online"]);
    assert_eq!(alice.ok(["me", "show"])["hidden"]["from"].as_array().unwrap().len(), 1);
    alice.ok(["contact", "block", "Bob"]);
    assert_eq!(alice.ok(["me", "show"])["hidden"], json!({ "from_all": false, "from": [] }));
    assert_eq!(contact(&bob, "Alice").unwrap()["presence"]["state"], "offline");
}

/// How long somebody who is shut out may go on seeing who became invisible.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn who_is_shut_out_sees_the_offline_look_within_a_second_and_nothing_answers() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    pair(&alice, &bob);
    pair(&alice, &carol);
    let file = picture(&alice, "gone.png", 7);
    alice.ok(["scheme", "set", "online", "--text", "here"]);
    alice.ok(["scheme", "set", "offline", "--text", "gone fishing", "--picture", &file]);
    carol.until("the offline look", |p| {
        let scheme = p.ok(["scheme", "show", "Alice"]);
        scheme["looks"].as_array()?.iter().any(|look| look["picture"]["standing"] == "here").then_some(())
    });
    let addrs: Vec<String> =
        alice.ready()["addrs"].as_array().unwrap().iter().map(|addr| addr.as_str().unwrap().to_owned()).collect();
    let read = alice.word(["chat", "send", "Carol", "see you"], "id");
    carol.until("the words", |p| p.list(["chat", "read", "Alice"]).into_iter().find(|message| message["id"] == read.as_str()));

    let told = Moments::of(&carol);
    alice.ok(["presence", "set", "invisible", "--to", "Carol"]);
    let invisible = Instant::now();
    let seen = told.first("Alice's offline look", |change| {
        let contact = &change["of"];
        let look = &contact["look"];
        let whole = look["text"] == "gone fishing" && look["picture"]["standing"] == "here";
        change["change"] == "contact" && contact["name"] == "Alice" && contact["presence"]["state"] == "offline" && whole
    });
    assert!(seen.saturating_duration_since(invisible) < SOON, "{:?}", seen.saturating_duration_since(invisible));
    let look = settled(&carol, "Alice", "offline");
    assert_eq!((look["state"].as_str(), look["text"].as_str()), (Some("offline"), Some("gone fishing")));

    // her ports, and what her contact's program asks of her
    alice.until("nobody listening", |_| addrs.iter().all(|addr| nobody_listens(addr)).then_some(()));
    carol.ok(["contact", "refresh", "Alice"]);
    let id = carol.word(["chat", "send", "Alice", "are you there?"], "id");
    alice.ok(["chat", "send", "Carol", "not for now"]);
    alice.ok(["presence", "set", "busy", "--text", "secret"]);
    is(&bob, "Alice", "busy");
    says(&bob, &alice, "a word that arrives");
    let mark = |id: &str| carol.list(["chat", "read", "Alice"]).into_iter().find(|m| m["id"] == id).unwrap()["mark"].clone();
    assert_eq!(mark(&id), "waiting");
    assert_eq!(carol.list(["chat", "read", "Alice"]).len(), 2, "her own words wait as well");
    assert_eq!(contact(&carol, "Alice").unwrap()["look"], look);
    assert_eq!(contact(&carol, "Alice").unwrap()["presence"]["text"], "");
}

#[test]
fn who_touches_nothing_for_minutes_is_away_and_comes_back_as_before() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let idle = |seconds: u32| ask(&alice, "presence.active", &json!({ "idle": seconds, "source": "window" }));
    alice.ok(["scheme", "set", "away", "--text", "not at the desk"]);
    alice.ok(["presence", "set", "online", "--text", "at the desk"]);
    alice.ok(["presence", "idle", "1"]);
    sees(&bob, "Alice", "online", "at the desk");
    idle(61);
    sees(&bob, "Alice", "away", "");
    assert_eq!(settled(&bob, "Alice", "away")["text"], "not at the desk");
    assert_eq!(own(&alice)["state"], "away", "the owner sees it the same way");
    assert_eq!(alice.ok(["me", "show"])["look"]["text"], "not at the desk");
    idle(0);
    sees(&bob, "Alice", "online", "at the desk");
    // a state by hand says more than an empty chair
    alice.ok(["presence", "idle", "0"]);
    alice.ok(["presence", "set", "meeting", "--until", "1h"]);
    sees(&bob, "Alice", "meeting", "");
}
