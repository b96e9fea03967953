//! Becoming contacts by invitation, and every way an invitation can be wrong.

use crate::person::{Person, contact, invite, pair, pair_of};

#[test]
fn an_invitation_makes_two_contacts_with_one_safety_number() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let number = |person: &Person, other| person.word(["contact", "show", other], "safety_number");
    let digits = number(&alice, "Bob");
    assert_eq!(digits, number(&bob, "Alice"));
    assert_eq!(digits.chars().filter(char::is_ascii_digit).count(), 60, "{digits}");
    assert_eq!(contact(&alice, "Bob").unwrap()["person"], bob.ok(["me", "show"])["person"]);
    bob.ok(["contact", "verify", "Alice"]);
    assert_eq!(contact(&bob, "Alice").unwrap()["verified"], true);
    assert_eq!(contact(&alice, "Bob").unwrap()["verified"], false, "comparing is each side's own act");
}

#[test]
fn an_invitation_is_good_once() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    let link = invite(&alice);
    bob.ok(["contact", "accept", &link]);
    assert_eq!(carol.refused(["contact", "accept", &link]), "invite_used");
    assert!(carol.list(["contact", "list"]).is_empty());
    assert_eq!(alice.list(["contact", "list"]).len(), 1);
}

#[test]
fn of_two_redeemers_at_once_exactly_one_wins() {
    let (alice, bob, carol) = (Person::new("Alice"), Person::new("Bob"), Person::new("Carol"));
    for _ in 0..3 {
        let link = invite(&alice);
        let accept = |person: &Person| person.cli(["contact", "accept", &link]).map_err(|refusal| refusal.code);
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| accept(&bob));
            (accept(&carol), first.join().unwrap())
        });
        let codes: Vec<_> = [&first, &second].into_iter().filter_map(|r| r.as_ref().err().cloned()).collect();
        assert_eq!(codes, ["invite_used"]);
        let contacts = alice.list(["contact", "list"]);
        assert_eq!(contacts.len(), 1);
        for person in [&bob, &carol] {
            for known in person.list(["contact", "list"]) {
                assert_eq!(contacts[0]["name"].as_str(), Some(person.name.as_str()), "only the winner has a contact");
                person.ok(["contact", "remove", known["person"].as_str().unwrap()]);
            }
        }
        alice.ok(["contact", "remove", contacts[0]["person"].as_str().unwrap()]);
    }
}

#[test]
fn an_expired_invitation_is_refused_by_either_clock() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    let link = alice.word(["contact", "invite", "--expires", "60s"], "link");
    alice.sleep();
    alice.set_clock_ahead(3_600);
    alice.wake();
    assert_eq!(bob.refused(["contact", "accept", &link]), "invite_expired");
    assert!(alice.list(["contact", "list"]).is_empty());
}

#[test]
fn a_damaged_invitation_is_no_invitation() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    let link = invite(&alice);
    assert!(link.starts_with("stoa://invite/") && link.len() <= 600, "{link}");
    let start = "stoa://invite/".len();
    let step = (link.len() - start) / 8;
    let mut damaged: Vec<String> = (start..link.len() - 1).step_by(step.max(1)).map(|at| flip(&link, at)).collect();
    damaged.extend([
        link[..link.len() - 3].to_owned(),
        format!("{link}A"),
        link.replace("stoa://invite/", "https://example.org/"),
        "stoa://invite/".to_owned(),
        "stoa://invite/../../etc/passwd".to_owned(),
        format!("stoa://invite/{}", "A".repeat(100_000)),
    ]);
    for wrong in &damaged {
        assert_eq!(bob.refused(["contact", "accept", wrong]), "invite_invalid", "{wrong:.80}");
    }
    assert!(alice.list(["contact", "list"]).is_empty());
    bob.ok(["contact", "accept", &link]);
}

/// The link with another letter at this place.
fn flip(link: &str, at: usize) -> String {
    let other = if &link[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &link[..at], &link[at + 1..])
}

#[test]
fn the_own_invitation_is_refused_and_stays_good() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    let link = invite(&alice);
    assert_eq!(alice.refused(["contact", "accept", &link]), "invite_invalid");
    bob.ok(["contact", "accept", &link]);
}

#[test]
fn an_inviter_who_is_away_is_said_to_be_away() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    let link = invite(&alice);
    alice.kill();
    assert_eq!(bob.refused(["contact", "accept", &link]), "peer_unreachable");
    alice.wake();
    bob.ok(["contact", "accept", &link]);
}

#[test]
fn a_blocked_contact_is_heard_no_more() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let carol = Person::new("Carol");
    pair(&bob, &carol);
    bob.ok(["contact", "block", "Alice"]);
    assert_eq!(contact(&bob, "Alice").unwrap()["blocked"], true);
    assert_eq!(bob.refused(["chat", "send", "Alice", "hello"]), "blocked");
    let unheard = alice.ok(["chat", "send", "Bob", "can you hear me"])["id"].clone();
    // Carol's message is the sign that Bob's node takes in what comes.
    carol.ok(["chat", "send", "Bob", "I can"]);
    bob.until("Carol's message", |p| (p.ok(["chat", "read", "Carol"])["body"]["text"] == "I can").then_some(()));
    assert!(bob.list(["chat", "read", "Alice"]).is_empty());
    let own = alice.ok(["chat", "read", "Bob"]);
    assert_eq!((&own["id"], &own["mark"]), (&unheard, &"waiting".into()));
}

#[test]
fn names_that_fit_nobody_or_two_are_refused() {
    let (alice, bob) = pair_of("Alice", "Sam");
    let other = Person::new("Sam");
    let link = invite(&alice);
    other.ok(["contact", "accept", &link]);
    assert_eq!(alice.refused(["chat", "send", "Sam", "which one?"]), "ambiguous");
    assert_eq!(alice.refused(["chat", "send", "Nobody", "?"]), "not_found");
    let person = bob.word(["me", "show"], "person");
    alice.ok(["contact", "rename", &person, "Samuel"]);
    alice.ok(["chat", "send", "Samuel", "you"]);
}
