//! How somebody is, as the other side sees it.

use crate::person::{Person, contact, pair_of};

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
