//! Who is answered about what: every condition alone makes the answer nothing.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::db::{ContactRow, MessageRow, Tx};
use crate::ids::{Device, Entry};
use crate::log::Place;
use crate::products::rules::Rules;
use crate::products::signer::{LINK, ORIGIN, Signer};
use crate::time::Time;

const ME: Person = Person([1; 32]);
const FRIEND: Person = Person([2; 32]);
const OTHER: Person = Person([3; 32]);

/// A home that trusts the catalog, knows its honey, and has the link in the conversation with `of`.
fn home(signer: &Signer, friend_blocked: bool, of: Option<Person>) -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    db::migrate(&mut conn).unwrap();
    let tx = Tx::alone(&conn);
    for (person, blocked) in [(FRIEND, friend_blocked), (OTHER, false)] {
        let row = ContactRow {
            person,
            conversation: Conversation::pair(ME, person),
            own_name: "n".into(),
            alias: String::new(),
            verified: false,
            blocked,
            since: Time(0),
        };
        db::put_contact(&tx, &row).unwrap();
    }
    db::put_catalog(&tx, &signer.catalog()).unwrap();
    db::put_product(&tx, ORIGIN, &signer.product("honey", 5, &[Hash([7; 32])])).unwrap();
    if let Some(person) = of {
        let row = MessageRow {
            id: Entry([9; 32]),
            conversation: Conversation::pair(ME, person),
            place: Place([1; 48]),
            device: Device([4; 32]),
            seq: 1,
            author: ME,
            mine: true,
            at: Time(0),
            kind: "text/1".into(),
            text: LINK.into(),
            reply: None,
            share: None,
        };
        db::insert_message(&tx, &row).unwrap();
        db::put_link(&tx, LINK, row.conversation, row.id).unwrap();
    }
    conn
}

fn ask(signer: &Signer, want: CardWant) -> CardAsk {
    CardAsk { catalog: ORIGIN.into(), key: *signer.manifest.key.as_bytes(), link: LINK.into(), want }
}

fn found(conn: &Connection, link: &str) -> Option<Match> {
    Rules::load(conn).unwrap().exact(link)
}

#[test]
fn a_contact_with_the_link_is_told_what_is_newer_and_what_it_names() {
    let signer = Signer::new(1);
    let conn = home(&signer, false, Some(FRIEND));
    let want = CardWant::Product { code: "honey".into(), version: 4 };
    let held = permitted(&conn, ME, FRIEND, &found(&conn, LINK).unwrap(), &ask(&signer, want)).unwrap().unwrap();
    assert!(matches!(held.product(4).unwrap(), CardAnswer::Signed { .. }));
    assert_eq!(held.product(5).unwrap(), CardAnswer::Nothing);
    assert!(matches!(held.manifest(0).unwrap(), CardAnswer::Signed { .. }));
    assert_eq!(held.manifest(1).unwrap(), CardAnswer::Nothing);
    assert!(held.names(&Hash([7; 32])) && !held.names(&Hash([8; 32])));
}

#[test]
fn who_pinned_the_key_before_is_answered_too() {
    let before = Signer::new(1);
    let now = before.rotated(2);
    let conn = home(&now, false, Some(FRIEND));
    let found = found(&conn, LINK).unwrap();
    let asked = |signer: &Signer| permitted(&conn, ME, FRIEND, &found, &ask(signer, CardWant::Manifest { version: 0 })).unwrap();
    assert!(asked(&before).is_some() && asked(&now).is_some());
    assert!(asked(&Signer::new(3)).is_none());
}

#[test]
fn a_blob_goes_out_in_pieces_that_end() {
    let blob: Vec<u8> = (0..PIECE_CAP + 10).map(|at| at as u8).collect();
    let CardAnswer::Piece { size, bytes } = piece(Some(blob.clone()), PIECE_CAP as u64) else { panic!() };
    assert_eq!((size, bytes.as_slice()), (blob.len() as u64, &blob[PIECE_CAP..]));
    assert!(matches!(piece(Some(blob), u64::MAX), CardAnswer::Piece { bytes, .. } if bytes.is_empty()));
    assert_eq!(piece(None, 0), CardAnswer::Nothing);
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Friend,
    Blocked,
    Stranger,
    Myself,
}

proptest! {
    #[test]
    fn nobody_is_answered_unless_everything_holds(
        who in prop_oneof![Just(Who::Friend), Just(Who::Blocked), Just(Who::Stranger), Just(Who::Myself)],
        stands in prop_oneof![Just(None), Just(Some(FRIEND)), Just(Some(OTHER))],
        right_catalog in proptest::bool::weighted(0.8),
        right_key in proptest::bool::weighted(0.8),
        right_code in proptest::bool::weighted(0.8),
    ) {
        let signer = Signer::new(1);
        let conn = home(&signer, matches!(who, Who::Blocked), stands);
        let person = match who {
            Who::Friend | Who::Blocked => FRIEND,
            Who::Stranger => Person([8; 32]),
            Who::Myself => ME,
        };
        let code = if right_code { "honey" } else { "other" };
        let mut ask = ask(&signer, CardWant::Product { code: code.into(), version: 0 });
        if !right_catalog {
            ask.catalog = "http://127.0.0.1:2".into();
        }
        if !right_key {
            ask.key = *Signer::new(9).manifest.key.as_bytes();
        }
        let held = permitted(&conn, ME, person, &found(&conn, LINK).unwrap(), &ask).unwrap();
        let everything = matches!(who, Who::Friend) && stands == Some(FRIEND) && right_catalog && right_key && right_code;
        prop_assert_eq!(held.is_some(), everything);
    }

    /// Bytes from a contact are read or refused, never more.
    #[test]
    fn what_does_not_fit_is_refused(catalog in 0_usize..2_000, link in 0_usize..5_000, code in 0_usize..500) {
        let text = |length: usize| "x".repeat(length);
        let ask = CardAsk { catalog: text(catalog), key: [0; 32], link: text(link), want: CardWant::Product { code: text(code), version: 0 } };
        prop_assert_eq!(fits(&ask), catalog <= ADDRESS_CAP && link <= LINK_CAP && code <= CODE_CAP);
    }
}
