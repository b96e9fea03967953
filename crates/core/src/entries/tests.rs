//! Convergence: whatever the order, the duplicates and the forks, two Stoas that hold the same entries show the same.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::contacts::project::Contacted;
use crate::conversations::{TEXT, Text};
use crate::keys::Key;
use crate::me::manifests::{self, DeviceList, Listed};
use crate::wire::{Signed, Version, encode};

struct Side {
    conn: Connection,
    own: Own,
}

impl Side {
    fn new() -> Self {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::db::migrate(&mut conn).unwrap();
        let own = Own { person: Key::generate(), device: Key::generate(), project: crate::project::project };
        let side = Self { conn, own };
        let mut tx = Tx::alone(&side.conn);
        let version = Version { counter: 1, device: [0; 32] };
        let devices = vec![Listed::new(&side.own)];
        let list = DeviceList { person: side.own.person.person(), version, devices, retired: Vec::new() };
        manifests::publish_devices(&mut tx, &side.own, &list).unwrap();
        side
    }

    fn devices(&self) -> Signed {
        db::manifest(&self.conn, self.own.person.person(), "devices").unwrap().unwrap().signed
    }

    /// Knows the other as a contact.
    fn befriend(&self, other: &Self) {
        let mut tx = Tx::alone(&self.conn);
        let person = other.own.person.person();
        manifests::take_devices(&mut tx, &self.own, person, &other.devices()).unwrap();
        let contacted =
            Contacted { person, name: "other".into(), alias: String::new(), verified: false, blocked: false, since: 0 };
        crate::contacts::project::append(&mut tx, &self.own, &contacted).unwrap();
    }

    fn say(&self, conversation: Conversation, text: &str) {
        let body = encode(&Text { text: text.into(), reply: None });
        append(&mut Tx::alone(&self.conn), &self.own, conversation, TEXT, body).unwrap();
    }

    fn take(&self, conversation: Conversation, sealed: &Sealed) -> Result<bool> {
        let opened = sealed.open().map_err(|why| crate::error::Error::new(Code::BadRequest, why.to_string()))?;
        take(&mut Tx::alone(&self.conn), &self.own, conversation, &opened, sealed)
    }

    fn entries(&self, conversation: Conversation) -> Vec<Sealed> {
        let heights = db::heights(&self.conn, conversation).unwrap();
        let of = |device| db::after(&self.conn, conversation, device, 0, 1_000, usize::MAX).unwrap();
        heights.into_iter().flat_map(|height| of(height.device)).collect()
    }

    fn shown(&self, conversation: Conversation) -> Vec<String> {
        let rows = db::messages_before(&self.conn, conversation, None, 1_000).unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }
}

fn pair() -> (Side, Side, Conversation) {
    let (ada, bob) = (Side::new(), Side::new());
    ada.befriend(&bob);
    bob.befriend(&ada);
    let conversation = Conversation::pair(ada.own.person.person(), bob.own.person.person());
    (ada, bob, conversation)
}

/// Somebody who knows both and takes in what they wrote: a device of ada's.
fn reader(ada: &Side, bob: &Side) -> Side {
    let mut reader = Side::new();
    reader.own.person = ada.own.person.clone();
    let mut tx = Tx::alone(&reader.conn);
    manifests::take_devices(&mut tx, &reader.own, ada.own.person.person(), &ada.devices()).unwrap();
    reader.befriend(bob);
    reader
}

/// One step of a conversation: who speaks, and whether they hear the other first.
fn steps() -> impl Strategy<Value = Vec<(bool, bool)>> {
    prop::collection::vec((any::<bool>(), any::<bool>()), 1..24)
}

fn talk(steps: &[(bool, bool)]) -> (Side, Side, Conversation) {
    let (ada, bob, conversation) = pair();
    for (at, (adas, hears)) in steps.iter().enumerate() {
        let (speaker, other) = if *adas { (&ada, &bob) } else { (&bob, &ada) };
        if *hears {
            for sealed in other.entries(conversation) {
                speaker.take(conversation, &sealed).unwrap();
            }
        }
        speaker.say(conversation, &format!("line {at}"));
    }
    (ada, bob, conversation)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any order, with duplicates and repeats until nothing is missing: the same lines in the same places.
    #[test]
    fn readers_converge(steps in steps(), shuffles in prop::collection::vec(any::<prop::sample::Index>(), 1..200)) {
        let (ada, bob, conversation) = talk(&steps);
        for (one, other) in [(&ada, &bob), (&bob, &ada)] {
            for sealed in other.entries(conversation) {
                one.take(conversation, &sealed).unwrap();
            }
        }
        let all = ada.entries(conversation);
        prop_assert_eq!(all.len(), steps.len());
        let reader = reader(&ada, &bob);
        for pick in &shuffles {
            reader.take(conversation, &all[pick.index(all.len())]).unwrap();
        }
        // gaps are asked for again until the heights are equal
        while reader.entries(conversation).len() < all.len() {
            for sealed in all.iter().rev() {
                reader.take(conversation, sealed).unwrap();
            }
        }
        prop_assert_eq!(ada.shown(conversation), bob.shown(conversation));
        prop_assert_eq!(ada.shown(conversation), reader.shown(conversation));
        prop_assert_eq!(db::digest(&ada.conn, conversation).unwrap(), db::digest(&reader.conn, conversation).unwrap());
    }

    /// What somebody wrote after hearing something stands after it, everywhere.
    #[test]
    fn an_answer_stands_after_what_it_answers(steps in steps()) {
        let (ada, bob, conversation) = talk(&steps);
        for sealed in bob.entries(conversation) {
            ada.take(conversation, &sealed).unwrap();
        }
        let shown = ada.shown(conversation);
        let place = |at: usize| shown.iter().position(|line| *line == format!("line {at}")).unwrap();
        for (at, (adas, hears)) in steps.iter().enumerate() {
            for (earlier, (said_by_ada, _)) in steps.iter().enumerate().take(at) {
                if *hears || said_by_ada == adas {
                    prop_assert!(place(earlier) < place(at), "line {} after line {}", earlier, at);
                }
            }
        }
    }
}

#[test]
fn a_fork_is_kept_as_proof_and_freezes_the_device() {
    let (ada, bob, conversation) = pair();
    ada.say(conversation, "one");
    let head = db::head(&ada.conn, conversation, ada.own.device.device()).unwrap().unwrap();
    ada.say(conversation, "two");
    let twin = |seq, prev, text: &str| {
        let header = Header {
            kind: TEXT.into(),
            conversation,
            device: ada.own.device.device(),
            seq,
            prev,
            time: Hybrid::from_millis(1),
            parents: Vec::new(),
            body_hash: [0; 32],
        };
        Sealed::write(&ada.own.device, header, encode(&Text { text: text.into(), reply: None })).1
    };
    for sealed in ada.entries(conversation) {
        assert!(bob.take(conversation, &sealed).unwrap());
    }
    assert!(!bob.take(conversation, &twin(2, head.hash.0, "another two")).unwrap());
    assert_eq!(db::forks(&bob.conn, conversation).unwrap(), 1);
    ada.say(conversation, "three");
    let third = ada.entries(conversation).pop().unwrap();
    assert!(!bob.take(conversation, &third).unwrap(), "a frozen device's later entries are not taken");
    assert_eq!(bob.shown(conversation), ["one", "two"]);
}

#[test]
fn nobody_writes_where_they_are_no_member() {
    let (ada, bob, conversation) = pair();
    let eve = Side::new();
    let other = Conversation::pair(ada.own.person.person(), eve.own.person.person());
    ada.say(conversation, "hello");
    let sealed = ada.entries(conversation).pop().unwrap();
    assert_eq!(eve.take(conversation, &sealed).unwrap_err().code, Code::Refused);
    assert_eq!(bob.take(other, &sealed).unwrap_err().code, Code::BadRequest);
    let header = sealed.open().unwrap().header;
    let (_, foreign) = Sealed::write(&eve.own.device, Header { device: eve.own.device.device(), ..header.clone() }, Vec::new());
    assert_eq!(bob.take(conversation, &foreign).unwrap_err().code, Code::Refused);
    let mut forged = sealed.clone();
    let salt = [0; 32];
    forged.body = Some(crate::log::Body { salt, bytes: encode(&Text { text: "goodbye".into(), reply: None }) });
    assert_eq!(bob.take(conversation, &forged).unwrap_err().code, Code::BadRequest);
    let (_, unsigned) = Sealed::write(&eve.own.device, header, sealed.body.clone().unwrap().bytes);
    assert_eq!(bob.take(conversation, &unsigned).unwrap_err().code, Code::BadRequest);
}

#[test]
fn entries_of_a_retired_device_past_its_cut_are_refused() {
    let (ada, bob, conversation) = pair();
    ada.say(conversation, "one");
    ada.say(conversation, "two");
    let written = ada.entries(conversation);
    bob.take(conversation, &written[0]).unwrap();
    let renewed = Own { person: ada.own.person.clone(), device: Key::generate(), project: crate::project::project };
    let list = DeviceList {
        person: ada.own.person.person(),
        version: Version { counter: 2, device: [0; 32] },
        devices: vec![Listed::new(&renewed)],
        retired: vec![manifests::Retired { listed: Listed::new(&ada.own), ends: vec![(conversation, 1)] }],
    };
    manifests::publish_devices(&mut Tx::alone(&ada.conn), &ada.own, &list).unwrap();
    manifests::take_devices(&mut Tx::alone(&bob.conn), &bob.own, ada.own.person.person(), &ada.devices()).unwrap();
    assert_eq!(bob.take(conversation, &written[1]).unwrap_err().code, Code::Refused);
    assert_eq!(bob.shown(conversation), ["one"]);
}

/// A forgotten conversation goes on where it was: a log that began anew would be a fork to the other side.
#[test]
fn a_forgotten_conversation_can_be_taken_up_again() {
    let (ada, bob, conversation) = pair();
    ada.say(conversation, "one");
    ada.say(conversation, "two");
    bob.take(conversation, &ada.entries(conversation)[0]).unwrap();
    bob.say(conversation, "hello");
    db::forget(&Tx::alone(&ada.conn), conversation).unwrap();
    ada.say(conversation, "again");
    for sealed in ada.entries(conversation) {
        assert!(bob.take(conversation, &sealed).unwrap());
    }
    for sealed in bob.entries(conversation) {
        assert!(ada.take(conversation, &sealed).unwrap());
    }
    // "hello" and "again" know nothing of each other, so within one millisecond the devices' keys order them: the same on both sides
    let (here, there) = (ada.shown(conversation), bob.shown(conversation));
    assert_eq!(here.len(), 2, "{here:?}");
    assert!(["hello", "again"].iter().all(|text| here.contains(&(*text).to_owned())), "{here:?}");
    assert_eq!(there, [vec!["one".to_owned()], here].concat());
}

/// The author is fixed when an entry is taken: dropping a device from a list makes its words nobody else's.
#[test]
fn an_entry_that_waits_stays_its_authors() {
    let (ada, bob, conversation) = pair();
    let second = Own { person: bob.own.person.clone(), device: Key::generate(), project: crate::project::project };
    let list = |counter, devices| DeviceList {
        person: bob.own.person.person(),
        version: Version { counter, device: [0; 32] },
        devices,
        retired: Vec::new(),
    };
    let told = |list: &DeviceList| {
        manifests::publish_devices(&mut Tx::alone(&bob.conn), &bob.own, list).unwrap();
        manifests::take_devices(&mut Tx::alone(&ada.conn), &ada.own, bob.own.person.person(), &bob.devices()).unwrap();
    };
    told(&list(2, vec![Listed::new(&bob.own), Listed::new(&second)]));
    bob.say(conversation, "first");
    let body = encode(&Text { text: "second".into(), reply: None });
    append(&mut Tx::alone(&bob.conn), &second, conversation, TEXT, body).unwrap();
    let entries = bob.entries(conversation);
    let of = |device: Device| entries.iter().find(|sealed| sealed.open().unwrap().header.device == device).unwrap();
    ada.take(conversation, of(second.device.device())).unwrap();
    told(&list(3, vec![Listed::new(&bob.own)]));
    ada.take(conversation, of(bob.own.device.device())).unwrap();
    let rows = db::messages_before(&ada.conn, conversation, None, 10).unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| !row.mine && row.author == bob.own.person.person()));
}

#[test]
fn another_persons_device_cannot_be_listed() {
    let (ada, bob) = (Side::new(), Side::new());
    let mut stolen = Listed::new(&bob.own);
    stolen.signature = ada.own.device.sign(crate::keys::Domain::DeviceOf, &ada.own.person.person().0);
    let list = DeviceList {
        person: ada.own.person.person(),
        version: Version { counter: 9, device: [0; 32] },
        devices: vec![stolen.clone()],
        retired: Vec::new(),
    };
    let retiring = DeviceList {
        devices: vec![Listed::new(&ada.own)],
        retired: vec![manifests::Retired { listed: stolen, ends: Vec::new() }],
        ..list.clone()
    };
    let refused = manifests::publish_devices(&mut Tx::alone(&ada.conn), &ada.own, &retiring);
    assert_eq!(refused.unwrap_err().code, Code::BadRequest);
    let refused = manifests::publish_devices(&mut Tx::alone(&ada.conn), &ada.own, &list);
    assert_eq!(refused.unwrap_err().code, Code::BadRequest);
}
