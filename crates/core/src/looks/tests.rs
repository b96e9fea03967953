//! Who is told what, what is taken, what is kept: every condition alone decides.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rusqlite::Connection;

use super::manifest::{Blob, LOOKS_CAP, PersonaBlobs, PersonaManifest, SchemeManifest, StateLook};
use super::*;
use crate::db::{ContactRow, GrantRow, MediaRow, Tx};
use crate::entries::Own;
use crate::error::Code;
use crate::ids::Conversation;
use crate::keys::{Domain, Key};
use crate::presence::api::State;
use crate::serve::may_have;
use crate::wire::{LookKind, LookOther, Signed, Version, encode};

const NOW: Time = Time(1_000_000_000_000);
const DAY: i64 = 86_400_000;

fn own(person: &Key, device: &Key) -> Own {
    Own { person: person.clone(), device: device.clone(), project: |_, _, _| Ok(()) }
}

/// A home of `me` with these contacts, each with one device of the same key.
fn home(me: &Key, contacts: &[(&Key, bool)]) -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    db::migrate(&mut conn).unwrap();
    let tx = Tx::alone(&conn);
    for (key, blocked) in contacts {
        befriend(&tx, me, key, *blocked);
    }
    conn
}

fn befriend(tx: &Tx<'_>, me: &Key, key: &Key, blocked: bool) {
    let person = key.person();
    db::set_devices(tx, person, &[key.device()], &[]).unwrap();
    let row = ContactRow {
        person,
        conversation: Conversation::pair(me.person(), person),
        own_name: "n".into(),
        alias: String::new(),
        verified: false,
        blocked,
        since: Time(0),
    };
    db::put_contact(tx, &row).unwrap();
}

fn version(counter: u64) -> Version {
    Version { counter, device: [7; 32] }
}

fn blob(byte: u8, size: u64) -> Blob {
    Blob { hash: Hash([byte; 32]), size }
}

/// One that is here.
pub fn picture(owner: Person, hash: Hash) -> MediaRow {
    MediaRow {
        owner,
        hash,
        part: "picture".into(),
        size: 1,
        standing: "here".into(),
        lasting: false,
        media_type: String::new(),
        width: 0,
        height: 0,
        duration_ms: 0,
        until: None,
    }
}

fn look(state: &str, picture: Option<Blob>) -> StateLook {
    let state = State::new(state).unwrap();
    StateLook { state, text: "hi".into(), picture, animation: None, sound: None, video: None }
}

fn sign<T: serde::Serialize>(key: &Key, domain: Domain, value: &T) -> Signed {
    let bytes = encode(value);
    Signed { signature: key.sign(domain, &bytes), bytes }
}

fn scheme(key: &Key, counter: u64, looks: Vec<StateLook>) -> Signed {
    let manifest = SchemeManifest { person: key.person(), version: version(counter), time: 1, looks };
    sign(key, Domain::Scheme, &manifest)
}

fn standing(conn: &Connection, owner: Person, byte: u8) -> Option<String> {
    let rows = db::look_media_of(conn, owner).unwrap();
    rows.into_iter().find(|row| row.hash == Hash([byte; 32])).map(|row| row.standing)
}

#[test]
fn only_what_is_newer_is_taken_and_the_same_version_has_one_text() {
    let (me, bob) = (Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false)]), own(&me, &Key::generate()));
    let mut tx = Tx::alone(&conn);
    let mut give = |signed: &Signed| take(&mut tx, &own, bob.person(), LookKind::Scheme, signed);
    let (first, second) = (scheme(&bob, 1, vec![look("busy", None)]), scheme(&bob, 2, vec![look("away", None)]));
    assert!(give(&second).unwrap());
    assert!(!give(&second).unwrap(), "again");
    assert!(!give(&first).unwrap(), "a rollback");
    let other = give(&scheme(&bob, 2, vec![look("busy", None)]));
    assert_eq!(other.unwrap_err().code, Code::BadRequest);
    assert_eq!(manifest::signed(&conn, bob.person(), LookKind::Scheme).unwrap().unwrap(), second);
}

#[test]
fn what_is_damaged_foreign_or_too_large_is_refused() {
    let (me, bob, eve) = (Key::generate(), Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false), (&eve, false)]), own(&me, &Key::generate()));
    let mut tx = Tx::alone(&conn);
    let good = scheme(&bob, 1, vec![]);
    let manifest = |looks| SchemeManifest { person: bob.person(), version: version(1), time: 1, looks };
    let many = (0..=LOOKS_CAP).map(|at| look(&format!("s{at}"), None)).collect();
    let with = |change: &dyn Fn(&mut StateLook)| {
        let mut one = look("busy", None);
        change(&mut one);
        scheme(&bob, 1, vec![one])
    };
    let videos = |count: u8| (0..count).map(|at| StateLook { video: Some(blob(at, 8 << 20)), ..look(&format!("s{at}"), None) });
    let cases: Vec<(&str, Signed)> = vec![
        ("another signer", Signed { signature: scheme(&eve, 1, vec![]).signature, ..good.clone() }),
        ("another domain", sign(&bob, Domain::Persona, &manifest(vec![]))),
        ("of somebody else", sign(&bob, Domain::Scheme, &SchemeManifest { person: eve.person(), ..manifest(vec![]) })),
        ("version 0", scheme(&bob, 0, vec![])),
        ("a version without a next one", scheme(&bob, u64::MAX, vec![])),
        ("a bit turned", Signed { bytes: good.bytes.iter().map(|byte| byte ^ 1).collect(), ..good.clone() }),
        ("bytes after it", sign(&bob, Domain::Scheme, &(manifest(vec![]), 0_u8))),
        ("larger than the cap", sign(&bob, Domain::Scheme, &vec![0_u8; manifest::MANIFEST_CAP + 1])),
        ("a state twice", scheme(&bob, 1, vec![look("busy", None), look("busy", None)])),
        ("too many states", scheme(&bob, 1, many)),
        ("a text of two lines", with(&|look| look.text = "a\nb".into())),
        ("a text that turns around", with(&|look| look.text = "\u{202e}abc".into())),
        ("a long text", with(&|look| look.text = "a".repeat(141))),
        ("an empty file", with(&|look| look.picture = Some(blob(1, 0)))),
        ("a large picture", with(&|look| look.picture = Some(blob(1, manifest::PICTURE_BYTES + 1)))),
        ("a large sound", with(&|look| look.sound = Some(blob(1, manifest::SOUND_BYTES + 1)))),
        ("past the budget", scheme(&bob, 1, videos(4).collect())),
        ("a file as two things", with(&|look| (look.picture, look.sound) = (Some(blob(1, 5)), Some(blob(1, 5))))),
        ("a file of two sizes", with(&|look| (look.picture, look.sound) = (Some(blob(1, 5)), Some(blob(1, 6))))),
    ];
    for (what, signed) in cases {
        let error = take(&mut tx, &own, bob.person(), LookKind::Scheme, &signed).unwrap_err();
        assert!(matches!(error.code, Code::BadRequest | Code::TooLarge), "{what}: {error}");
    }
    assert!(take(&mut tx, &own, bob.person(), LookKind::Scheme, &scheme(&bob, 1, videos(3).collect())).unwrap());
    let persona = PersonaManifest { person: bob.person(), version: version(1), time: 1, pictures: None };
    let big = PersonaBlobs { small: blob(1, 1), large: blob(2, manifest::PICTURE_BYTES + 1) };
    let big = sign(&bob, Domain::Persona, &PersonaManifest { pictures: Some(big), ..persona.clone() });
    assert_eq!(take(&mut tx, &own, bob.person(), LookKind::Persona, &big).unwrap_err().code, Code::TooLarge);
    assert!(take(&mut tx, &own, bob.person(), LookKind::Persona, &sign(&bob, Domain::Persona, &persona)).unwrap());
}

#[test]
fn nobody_but_a_contact_has_a_look_here() {
    let (me, bob, eve) = (Key::generate(), Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, true)]), own(&me, &Key::generate()));
    let mut tx = Tx::alone(&conn);
    for who in [&bob, &eve] {
        let error = take(&mut tx, &own, who.person(), LookKind::Scheme, &scheme(who, 1, vec![])).unwrap_err();
        assert_eq!(error.code, Code::Refused);
    }
}

#[test]
fn media_follow_what_is_named() {
    let (me, bob) = (Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false)]), own(&me, &Key::generate()));
    let mut tx = Tx::alone(&conn);
    let person = bob.person();
    let first = vec![look("busy", Some(blob(1, 5))), look("offline", Some(blob(2, 6)))];
    take(&mut tx, &own, person, LookKind::Scheme, &scheme(&bob, 1, first)).unwrap();
    let rows = db::look_media_of(&conn, person).unwrap();
    assert_eq!(rows.iter().map(|row| (row.hash.0[0], row.lasting)).collect::<Vec<_>>(), [(1, false), (2, true)]);
    assert!(rows.iter().all(|row| row.standing == "missing"));
    for byte in [1, 2] {
        db::set_look_standing(&tx, person, Hash([byte; 32]), "here").unwrap();
    }
    // one changed picture: only that one is missing, the old one goes, the other stays
    let second = vec![look("busy", Some(blob(3, 7))), look("offline", Some(blob(2, 6)))];
    take(&mut tx, &own, person, LookKind::Scheme, &scheme(&bob, 2, second)).unwrap();
    let of = |byte| standing(&conn, person, byte);
    assert_eq!([of(1), of(2), of(3)].map(Option::unwrap), ["gone", "here", "missing"]);
    // named again, it is to come again: its bytes may have gone
    let third = vec![look("busy", Some(blob(1, 5))), look("offline", Some(blob(2, 6)))];
    take(&mut tx, &own, person, LookKind::Scheme, &scheme(&bob, 3, third)).unwrap();
    assert_eq!([of(1), of(2), of(3)].map(Option::unwrap), ["missing", "here", "gone"]);
    // what is broken stays so while it is named
    db::set_look_standing(&tx, person, Hash([1; 32]), "broken").unwrap();
    follow(&mut tx, me.person(), person).unwrap();
    assert_eq!(of(1).unwrap(), "broken");
    // a persona's pictures are of the same store, and a word that they share stays
    let pictures = Some(PersonaBlobs { small: blob(2, 6), large: blob(4, 9) });
    let persona = PersonaManifest { person, version: version(1), time: 1, pictures };
    take(&mut tx, &own, person, LookKind::Persona, &sign(&bob, Domain::Persona, &persona)).unwrap();
    take(&mut tx, &own, person, LookKind::Scheme, &scheme(&bob, 4, vec![])).unwrap();
    assert_eq!([of(1), of(2), of(4)].map(Option::unwrap), ["gone", "here", "missing"]);
    // blocked: nothing of theirs stays; welcome again: it comes again
    db::put_look_grant(&tx, &GrantRow { owner: person, not_after: 1, signature: vec![] }).unwrap();
    befriend(&tx, &me, &bob, true);
    follow(&mut tx, me.person(), person).unwrap();
    assert!(db::look_media_of(&conn, person).unwrap().iter().all(|row| row.standing == "gone"));
    assert_eq!(db::look_grant(&conn, person).unwrap(), None);
    befriend(&tx, &me, &bob, false);
    follow(&mut tx, me.person(), person).unwrap();
    assert_eq!([of(1), of(2), of(4)].map(Option::unwrap), ["gone", "missing", "missing"]);
}

/// Me, who holds Alice's look while she is away, and what Bob asks.
struct Scene {
    conn: Connection,
    me: Key,
    alice: Key,
    bob: Key,
}

impl Scene {
    fn new(alice_blocked: bool) -> Self {
        let (me, alice, bob) = (Key::generate(), Key::generate(), Key::generate());
        let conn = home(&me, &[(&alice, false), (&bob, false)]);
        let own = own(&me, &me);
        let mut tx = Tx::alone(&conn);
        let signed = scheme(&alice, 5, vec![look("offline", Some(blob(1, 5)))]);
        take(&mut tx, &own, alice.person(), LookKind::Scheme, &signed).unwrap();
        db::set_look_standing(&tx, alice.person(), Hash([1; 32]), "here").unwrap();
        if alice_blocked {
            befriend(&tx, &me, &alice, true);
        }
        Self { conn, me, alice, bob }
    }

    fn ask(&self, asked: Device, owner: &Key, have: u64, word: (i64, Vec<u8>)) -> Vec<(u16, Signed)> {
        let tag = grant::tag(asked, owner.person());
        let (not_after, signature) = word;
        let ask = LookOther { tag, kind: LookKind::Scheme, have: version(have), not_after, signature };
        serve::others(&self.conn, self.me.device(), self.bob.person(), &[ask], NOW).unwrap()
    }
}

proptest! {
    #[test]
    fn a_look_is_passed_on_only_when_everything_holds(
        known in proptest::bool::weighted(0.8),
        blocked in proptest::bool::weighted(0.2),
        right_device in proptest::bool::weighted(0.8),
        for_asker in proptest::bool::weighted(0.8),
        by_owner in proptest::bool::weighted(0.8),
        days in -2_i64..40,
        have in 3_u64..7,
    ) {
        let scene = Scene::new(blocked);
        let stranger = Key::generate();
        let owner = if known { &scene.alice } else { &stranger };
        let person = if for_asker { scene.bob.person() } else { scene.me.person() };
        let signer = if by_owner { owner } else { &scene.bob };
        let word = grant::give(&own(signer, signer), person, Time(NOW.0 - 30 * DAY + days * DAY));
        let asked = if right_device { scene.me.device() } else { stranger.device() };
        let found = scene.ask(asked, owner, have, word.clone());
        let allowed = known && !blocked && for_asker && by_owner && days > 0;
        prop_assert_eq!(found.len(), usize::from(allowed && right_device && have < 5));
        // and so are its blobs, to whom the words are for
        let shown = grant::shown(Some(&GrantRow { owner: owner.person(), not_after: word.0, signature: word.1 }));
        let may = |peer: &Key, scope, hash| may_have(&scene.conn, scene.me.person(), peer.device(), scope, hash, &shown, NOW).unwrap();
        let scope = grant::scope(owner.person());
        prop_assert_eq!(may(&scene.bob, scope, Hash([1; 32])), allowed);
        prop_assert!(!may(&scene.bob, scope, Hash([2; 32])));
        prop_assert!(!may(&scene.bob, [0; 32], Hash([1; 32])));
        prop_assert!(!may(&stranger, scope, Hash([1; 32])));
    }

    #[test]
    fn versions_only_grow(counters in proptest::collection::vec(1_u64..20, 1..30)) {
        let (me, bob) = (Key::generate(), Key::generate());
        let (conn, own) = (home(&me, &[(&bob, false)]), own(&me, &me));
        let mut tx = Tx::alone(&conn);
        let mut highest = 0;
        for counter in counters {
            let newer = take(&mut tx, &own, bob.person(), LookKind::Scheme, &scheme(&bob, counter, vec![])).unwrap();
            prop_assert_eq!(newer, counter > highest);
            highest = highest.max(counter);
            prop_assert_eq!(manifest::held(&conn, bob.person(), LookKind::Scheme).unwrap().counter, highest);
        }
    }

    #[test]
    fn room_is_kept_and_whoever_was_met_last_keeps_most(sizes in proptest::collection::vec((1_u64..50, any::<bool>()), 0..30), room in 0_u64..400) {
        let rows: Vec<MediaRow> = sizes.iter().zip(0_u8..).map(|((size, lasting), at)| MediaRow {
            size: *size,
            lasting: *lasting,
            ..picture(Person([at; 32]), Hash([at; 32]))
        }).collect();
        let over = room::overflow(&rows, room);
        let is_over = |row: &&MediaRow| over.contains(&(row.owner, row.hash));
        let kept: u64 = rows.iter().filter(|row| !is_over(row)).map(|row| row.size).sum();
        prop_assert!(kept <= room);
        for lasting in [true, false] {
            let alike: Vec<bool> = rows.iter().filter(|row| row.lasting == lasting).map(|row| is_over(&row)).collect();
            prop_assert!(alike.windows(2).all(|pair| pair[0] <= pair[1]), "who was met longest ago goes first");
        }
        if rows.iter().any(|row| row.lasting && is_over(&row)) {
            prop_assert!(rows.iter().filter(|row| !row.lasting).all(|row| is_over(&row)), "what lasts goes last");
        }
    }
}

#[test]
fn the_own_look_goes_to_contacts_only_and_prepared_files_to_nobody() {
    let (me, bob, eve, blocked) = (Key::generate(), Key::generate(), Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false), (&blocked, true)]), own(&me, &me));
    let mut tx = Tx::alone(&conn);
    take(&mut tx, &own, me.person(), LookKind::Scheme, &scheme(&me, 1, vec![look("busy", Some(blob(1, 5)))])).unwrap();
    let mut prepared = db::look_media_of(&conn, me.person()).unwrap().remove(0);
    assert_eq!(prepared.standing, "here", "one's own is there before it is named");
    (prepared.hash, prepared.until) = (Hash([2; 32]), Some(NOW));
    db::put_look_media(&tx, &prepared).unwrap();
    let scope = grant::scope(me.person());
    let may = |peer: &Key, byte| may_have(&conn, me.person(), peer.device(), scope, Hash([byte; 32]), &[], NOW).unwrap();
    assert!(may(&bob, 1));
    assert!(!may(&bob, 2) && !may(&eve, 1) && !may(&blocked, 1));
    db::hide_from(&tx, bob.person()).unwrap();
    assert!(!may(&bob, 1), "to whom one is invisible");
    db::show_to(&tx, bob.person()).unwrap();
    assert!(may(&bob, 1));
    assert!(db::prepared_late(&conn, NOW).unwrap() && !db::prepared_late(&conn, Time(NOW.0 - 1)).unwrap());
    db::expire_prepared(&tx, NOW).unwrap();
    assert_eq!(standing(&conn, me.person(), 2).unwrap(), "gone");
    assert!(db::remove_gone(&tx, me.person(), Hash([2; 32])).unwrap());
    assert!(!db::remove_gone(&tx, me.person(), Hash([1; 32])).unwrap());
}

#[test]
fn a_share_that_borrows_the_scope_of_a_look_is_in_nobodys_way() {
    let (me, bob, eve) = (Key::generate(), Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false), (&eve, false)]), own(&me, &me));
    let mut tx = Tx::alone(&conn);
    take(&mut tx, &own, me.person(), LookKind::Scheme, &scheme(&me, 1, vec![look("busy", Some(blob(1, 5)))])).unwrap();
    let scope = grant::scope(me.person());
    let share = db::ShareRow {
        id: crate::ids::ShareId(scope),
        owner: eve.person(),
        mine: false,
        name: String::new(),
        at: Time(0),
        expires: Time(i64::MAX),
        state: "open".into(),
        paused: false,
        problems: "[]".into(),
        grant: Vec::new(),
    };
    assert!(db::put_share(&tx, &share).unwrap());
    assert!(may_have(&conn, me.person(), bob.device(), scope, Hash([1; 32]), &[], NOW).unwrap());
}

#[test]
fn who_asks_without_end_is_refused_and_nobody_else() {
    let looks = Looks::default();
    let [bob, eve] = [Person([1; 32]), Person([2; 32])];
    let count = |may: &dyn Fn() -> bool| (0..10_000).filter(|_| may()).count();
    assert!(count(&|| looks.may_ask(eve)) < 1_000);
    assert!(looks.may_ask(bob));
}

#[test]
fn a_tag_says_nothing_to_who_does_not_know_the_person() {
    let (alice, bob, carol) = (Key::generate(), Key::generate(), Key::generate());
    let tag = grant::tag(bob.device(), alice.person());
    assert_eq!(tag, grant::tag(bob.device(), alice.person()));
    assert_ne!(tag, grant::tag(carol.device(), alice.person()), "two who are asked see different tags");
    assert_ne!(tag, grant::tag(bob.device(), carol.person()));
}

#[test]
fn the_longer_word_is_kept_and_ends() {
    let (me, bob) = (Key::generate(), Key::generate());
    let conn = home(&me, &[(&bob, false)]);
    let tx = Tx::alone(&conn);
    let row = |not_after| GrantRow { owner: bob.person(), not_after, signature: vec![1] };
    for not_after in [5, 9, 7] {
        db::put_look_grant(&tx, &row(not_after)).unwrap();
    }
    assert_eq!(db::look_grants(&conn).unwrap(), [row(9)]);
    let (not_after, signature) = grant::give(&own(&bob, &bob), me.person(), NOW);
    let holds = |now: i64| grant::holds(bob.person(), me.person(), not_after, &signature, Time(now));
    assert!(holds(NOW.0) && holds(not_after - 1) && !holds(not_after));
}

#[test]
fn a_version_that_was_lost_is_overtaken_but_not_by_leaps() {
    let me = Key::generate();
    let (conn, own) = (home(&me, &[]), own(&me, &me));
    let tx = Tx::alone(&conn);
    let next = || manifest::open_scheme(me.person(), &manifest::next_scheme(&tx, &own, vec![]).unwrap()).unwrap().version.counter;
    let say = |counter| manifest::overtaken(&tx, me.person(), LookKind::Scheme, version(counter)).unwrap();
    assert_eq!(next(), 1);
    say(7);
    say(3);
    assert_eq!(next(), 8);
    say(u64::MAX);
    say(1 << 48);
    assert_eq!(next(), 8);
    // nor by many steps
    (1..100).for_each(|step| say(step << 16));
    assert!(next() <= (1 << 16) + 1, "{}", next());
}

#[test]
fn what_lasts_comes_first_then_what_is_seen_now() {
    let (me, bob) = (Key::generate(), Key::generate());
    let (conn, own) = (home(&me, &[(&bob, false)]), own(&me, &me));
    let mut tx = Tx::alone(&conn);
    let person = bob.person();
    let away = StateLook { video: Some(blob(3, 900)), ..look("away", Some(blob(4, 10))) };
    let looks = vec![look("busy", Some(blob(1, 1))), away, look("offline", Some(blob(2, 500)))];
    take(&mut tx, &own, person, LookKind::Scheme, &scheme(&bob, 1, looks)).unwrap();
    let pictures = Some(PersonaBlobs { small: blob(5, 20), large: blob(6, 200) });
    let persona = PersonaManifest { person, version: version(1), time: 1, pictures };
    take(&mut tx, &own, person, LookKind::Persona, &sign(&bob, Domain::Persona, &persona)).unwrap();
    let order = |states: &[(Person, State)]| {
        let states = states.iter().cloned().collect();
        let rows = fetch::wanted(&conn, me.person(), &states).unwrap();
        rows.iter().map(|row| row.hash.0[0]).collect::<Vec<_>>()
    };
    assert_eq!(order(&[(person, State::away())]), [5, 6, 2, 4, 3, 1]);
    assert_eq!(order(&[]), [5, 6, 2, 1, 4, 3]);
    db::set_look_standing(&tx, person, Hash([2; 32]), "here").unwrap();
    db::set_look_standing(&tx, person, Hash([5; 32]), "broken").unwrap();
    assert_eq!(order(&[]), [6, 1, 4, 3]);
}

#[test]
fn a_hello_with_versions_fits_two_hundred_bytes() {
    let full = Version { counter: 1 << 48, device: [0xff; 32] };
    let state = State::new("do_not_disturb").unwrap();
    let text = "Back at three, call my office".to_owned();
    let hello = crate::wire::Live::State { state, text, since: i64::MAX, until: Some(i64::MAX), scheme: full, persona: full };
    assert!(encode(&hello).len() <= 200, "{}", encode(&hello).len());
}
