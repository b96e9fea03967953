//! One-to-one chat: marks, absence, and a power cut at any moment.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::person::{Person, contact, meet, pair_of};

/// Power cuts in the long journey.
const CUTS: u32 = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    id: String,
    text: String,
    mark: String,
    mine: bool,
}

/// Messages of one `chat read` at most.
const PAGE: usize = 200;

/// The whole conversation, oldest first, from a message that was sent before all others.
fn history(person: &Person, with: &str, first: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut since = first.to_owned();
    loop {
        let page = person.list(["chat", "read", with, "--since", &since, "--limit", &PAGE.to_string()]);
        lines.extend(page.iter().map(line));
        if page.len() < PAGE {
            return lines;
        }
        since.clone_from(&lines.last().unwrap().id);
    }
}

fn line(message: &Value) -> Line {
    let field = |value: &Value| value.as_str().unwrap().to_owned();
    Line {
        id: field(&message["id"]),
        text: field(&message["body"]["text"]),
        mark: field(&message["mark"]),
        mine: message["mine"] == true,
    }
}

fn newest(person: &Person, with: &str) -> Option<Line> {
    person.list(["chat", "read", with, "--limit", "1"]).last().map(line)
}

fn send(person: &Person, to: &str, text: &str) -> String {
    person.word(["chat", "send", to, text], "id")
}

fn has_mark(person: &Person, with: &str, id: &str, mark: &str) {
    person.until(&format!("{id} {mark}"), |p| newest(p, with).is_some_and(|l| l.id == id && l.mark == mark).then_some(()));
}

#[test]
fn a_message_is_delivered_and_then_read() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let text = "Grüße, 你好, مرحبا 👋 <b>not bold</b>";
    let id = send(&alice, "Bob", text);
    has_mark(&alice, "Bob", &id, "delivered");
    let seen = bob.until("the message", |p| newest(p, "Alice").filter(|l| l.id == id));
    assert_eq!((seen.text.as_str(), seen.mine), (text, false));
    assert_eq!(contact(&bob, "Alice").unwrap()["unread"], 1);
    bob.ok(["chat", "seen", "Alice", &id]);
    assert_eq!(contact(&bob, "Alice").unwrap()["unread"], 0);
    has_mark(&alice, "Bob", &id, "read");
}

#[test]
fn an_answer_names_what_it_answers() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let question = send(&alice, "Bob", "tea?");
    bob.until("the question", |p| newest(p, "Alice").filter(|l| l.id == question));
    bob.ok(["chat", "send", "Alice", "yes", "--reply", &question]);
    alice.until("the answer", |p| (p.ok(["chat", "read", "Bob", "--limit", "1"])["reply"] == question.as_str()).then_some(()));
}

#[test]
fn messages_wait_for_whoever_is_away() {
    let (alice, bob) = pair_of("Alice", "Bob");
    bob.kill();
    alice.until("Bob gone", |p| (contact(p, "Bob")?["presence"]["state"] == "offline").then_some(()));
    let sent: Vec<String> = (0..5).map(|i| send(&alice, "Bob", &format!("while you were out, {i}"))).collect();
    assert_eq!(newest(&alice, "Bob").unwrap().mark, "waiting");
    // The writer goes too, and comes back first.
    alice.kill();
    alice.wake();
    bob.wake();
    let ids = |p: &Person| p.list(["chat", "read", "Alice"]).iter().map(|m| line(m).id).collect::<Vec<_>>();
    bob.until("all five", |p| (ids(p) == sent).then_some(()));
    has_mark(&alice, "Bob", &sent[4], "delivered");
}

#[test]
fn a_text_has_its_limits() {
    let (alice, _bob) = pair_of("Alice", "Bob");
    for text in ["", " \n ", &*"é".repeat(8_193)] {
        assert_eq!(alice.refused(["chat", "send", "Bob", text]), "bad_request");
    }
    send(&alice, "Bob", &"é".repeat(8_192));
}

/// Where the generator of random moments begins; named, so that a failure can be run again.
fn seed() -> u64 {
    let seed: u64 = std::env::var("STOA_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos().into());
    eprintln!("STOA_SEED={seed}");
    seed | 1
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Says a few things, whatever happens to either node meanwhile; what was acknowledged.
fn talk(person: &Person, to: &str, round: u32) -> Vec<(String, String)> {
    let say = |i| {
        let text = format!("{} round {round} line {i}", person.name);
        let sent = person.cli(["chat", "send", to, &text]).ok()?;
        Some((sent[0]["id"].as_str().unwrap().to_owned(), text))
    };
    (0..3).filter_map(say).collect()
}

#[test]
fn fifty_power_cuts_lose_and_double_nothing_acknowledged() {
    let mut random = Random(seed());
    let (alice, bob) = pair_of("Alice", "Bob");
    let first = send(&alice, "Bob", "before everything");
    bob.until("the first message", |p| newest(p, "Alice").filter(|l| l.id == first));
    let mut acknowledged: HashMap<String, String> = HashMap::new();
    for round in 0..CUTS {
        let victim = if random.below(2) == 0 { &alice } else { &bob };
        // Not a wait for anything: the moment of the cut is the input of this test.
        let moment = Duration::from_micros(random.below(250_000));
        std::thread::scope(|scope| {
            let voices = [scope.spawn(|| talk(&alice, "Bob", round)), scope.spawn(|| talk(&bob, "Alice", round))];
            std::thread::sleep(moment);
            victim.kill();
            for voice in voices {
                acknowledged.extend(voice.join().unwrap());
            }
        });
        victim.wake();
    }
    meet(&alice, &bob);
    let whole = alice.until("both sides agreeing", |_| {
        let (left, right) = (history(&alice, "Bob", &first), history(&bob, "Alice", &first));
        let ids = |lines: &[Line]| lines.iter().map(|l| l.id.clone()).collect::<Vec<_>>();
        let settled = |lines: &[Line]| lines.iter().all(|l| !l.mine || l.mark != "waiting");
        (ids(&left) == ids(&right) && settled(&left) && settled(&right)).then_some(left)
    });
    for (id, text) in &acknowledged {
        let kept = whole.iter().find(|l| &l.id == id).unwrap_or_else(|| panic!("{text} was acknowledged and is lost"));
        assert_eq!(&kept.text, text);
    }
    let texts: HashSet<&str> = whole.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts.len(), whole.len(), "a text was said once and stands twice");
    assert!(acknowledged.len() > CUTS as usize, "too little was said for the cuts to matter: {}", acknowledged.len());
}
