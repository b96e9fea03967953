//! The bytes of every wire type. A change here is a new protocol version.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::contacts::project::{Contacted, Forgotten};
use crate::conversations::Text;
use crate::ids::{Entry, Hash, ShareId};
use crate::log::{Body, Header, Hybrid};
use crate::looks::manifest::{Blob, PersonaBlobs, PersonaManifest, SchemeManifest, StateLook};
use crate::me::manifests::{DeviceList, Listed, Profile, Retired};
use crate::photos::offer::{Grant, Offer, OfferItem, Revoke};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The encoding; an id of 32 times 0xa3 is shown as `<3>`.
fn bytes_of<T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let bytes = encode(value);
    assert_eq!(decode::<T>(&bytes).as_ref(), Some(value), "what is written is read again");
    assert!(decode::<T>(&[bytes.as_slice(), &[0]].concat()).is_none(), "trailing bytes are refused");
    shorten(&bytes)
}

fn shorten(bytes: &[u8]) -> String {
    (1..=9_u8).fold(hex(bytes), |text, byte| text.replace(&hex(&[0xa0 | byte; 32]), &format!("<{byte}>")))
}

fn signed() -> Signed {
    Signed { bytes: vec![0xab, 0xcd], signature: vec![0xef] }
}

fn intro() -> Intro {
    Intro { person: Person([0xa1; 32]), devices: signed(), profile: signed(), addrs: vec!["/ip4/1.2.3.4/tcp/5".into()] }
}

fn known() -> Known {
    Known {
        conversation: Conversation([0xa2; 32]),
        heights: vec![Height { device: Device([0xa3; 32]), seq: 300 }],
        registers: vec![(Device([0xa3; 32]), "read".into(), 7)],
    }
}

#[test]
fn pairing() {
    let intro_bytes = "<1>02abcd01ef02abcd01ef01122f6970342f312e322e332e342f7463702f35";
    assert_eq!(bytes_of(&PairAsk::Greet), "00");
    let secret = [9; 16];
    assert_eq!(bytes_of(&PairAsk::Redeem { secret, intro: intro() }), format!("01{}{intro_bytes}", hex(&secret)));
    assert_eq!(bytes_of(&PairAsk::Request { intro: intro() }), format!("02{intro_bytes}"));
    assert_eq!(bytes_of(&PairAsk::Accept { intro: intro() }), format!("03{intro_bytes}"));
    assert_eq!(bytes_of(&PairAnswer::Greeting { name: "Ada".into() }), "0003416461");
    assert_eq!(bytes_of(&PairAnswer::Welcome { intro: intro() }), format!("01{intro_bytes}"));
    let rest = [PairAnswer::Noted, PairAnswer::Invalid, PairAnswer::Expired, PairAnswer::Used];
    assert_eq!(rest.map(|answer| bytes_of(&answer)), ["02", "03", "04", "05"]);
}

#[test]
fn sync() {
    let known_bytes = "<2>01<3>ac0201<3>047265616407";
    let body = Some(Body { salt: [0xa4; 32], bytes: vec![5] });
    let sealed = Sealed { header: vec![1], signature: vec![2], body };
    let bare = Sealed { body: None, ..sealed.clone() };
    let register = Register { device: Device([0xa3; 32]), key: "read".into(), version: 7, value: vec![8] };
    let meet = SyncAsk::Meet { addrs: vec!["a".into()], digests: vec![(Conversation([0xa2; 32]), [0xa5; 32])] };
    assert_eq!(bytes_of(&meet), "0001016101<2><5>");
    assert_eq!(bytes_of(&SyncAsk::Manifests { devices: Some(signed()), profile: None, scheme: None }), "010102abcd01ef0000");
    let push = SyncAsk::Push { conversation: Conversation([0xa2; 32]), entries: vec![sealed, bare], registers: vec![register] };
    assert_eq!(bytes_of(&push), "02<2>020101010201<4>0105010101020001<3>0472656164070108");
    let version = Version { counter: 1, device: [0xa6; 32] };
    let holds = Holds { devices: version, ..Holds::default() };
    let zeros = "00".repeat(3 * 33);
    assert_eq!(bytes_of(&SyncAnswer::Met { holds, differ: vec![known()] }), format!("0001<6>{zeros}01{known_bytes}"));
    assert_eq!(bytes_of(&SyncAnswer::Taken), "01");
    assert_eq!(bytes_of(&SyncAnswer::Stored(known())), format!("02{known_bytes}"));
    assert_eq!(bytes_of(&SyncAnswer::NotYours), "03");
}

#[test]
fn live() {
    let version = Version { counter: 1, device: [0xa6; 32] };
    let state = State::new("busy").unwrap();
    let state = Live::State { state, text: "hi".into(), since: 1, until: Some(2), scheme: version, persona: Version::default() };
    assert_eq!(bytes_of(&state), format!("00046275737902686902010401<6>{}", "00".repeat(33)));
    assert_eq!(bytes_of(&Live::Typing), "01");
}

#[test]
fn looks() {
    let version = Version { counter: 300, device: [0xa6; 32] };
    let yours = LookAsk::Yours { kind: LookKind::Persona, have: version, granted: 1 };
    assert_eq!(bytes_of(&yours), "0001ac02<6>02");
    let other = LookOther { tag: [9; 16], kind: LookKind::Scheme, have: version, not_after: 2, signature: vec![7] };
    assert_eq!(bytes_of(&LookAsk::Others(vec![other])), format!("0101{}00ac02<6>040107", "09".repeat(16)));
    let answer = |found, grant| LookAnswer::Yours { found, grant };
    assert_eq!(bytes_of(&answer(LookFound::None, None)), "000000");
    assert_eq!(bytes_of(&answer(LookFound::Unchanged, Some((1, vec![7])))), "000101020107");
    assert_eq!(bytes_of(&answer(LookFound::New(signed()), None)), "000202abcd01ef00");
    assert_eq!(bytes_of(&LookAnswer::Others(vec![(300, signed())])), "0101ac0202abcd01ef");
    let blob = |byte| Some(Blob { hash: Hash([byte; 32]), size: 5 });
    let state = State::new("busy").unwrap();
    let look = StateLook { state, text: "t".into(), picture: blob(0xa2), animation: None, sound: blob(0xa3), video: None };
    let scheme = SchemeManifest { person: Person([0xa1; 32]), version, time: 1, looks: vec![look] };
    assert_eq!(bytes_of(&scheme), "<1>ac02<6>02010462757379017401<2>050001<3>0500");
    let pictures = blob(0xa2).zip(blob(0xa3)).map(|(small, large)| PersonaBlobs { small, large });
    let persona = PersonaManifest { person: Person([0xa1; 32]), version, time: 1, pictures };
    assert_eq!(bytes_of(&persona), "<1>ac02<6>0201<2>05<3>05");
}

#[test]
fn cards() {
    let ask = |want| CardAsk { catalog: "http://c".into(), key: [0xa1; 32], link: "https://s/p".into(), want };
    let head = "08687474703a2f2f63<1>0b68747470733a2f2f732f70";
    assert_eq!(bytes_of(&ask(CardWant::Manifest { version: 300 })), format!("{head}00ac02"));
    assert_eq!(bytes_of(&ask(CardWant::Product { code: "p".into(), version: 1 })), format!("{head}01017001"));
    assert_eq!(bytes_of(&ask(CardWant::Blob { hash: [0xa2; 32], from: 2 })), format!("{head}02<2>02"));
    assert_eq!(bytes_of(&CardAnswer::Nothing), "00");
    let signed = CardAnswer::Signed { payload: "{}".into(), signature: "s".into(), checked: 1 };
    assert_eq!(bytes_of(&signed), "01027b7d017302");
    assert_eq!(bytes_of(&CardAnswer::Piece { size: 3, bytes: vec![5] }), "02030105");
}

#[test]
fn headers_and_manifests() {
    let header = Header {
        kind: "text/1".into(),
        conversation: Conversation([0xa2; 32]),
        device: Device([0xa3; 32]),
        seq: 1,
        prev: [0xa4; 32],
        time: Hybrid(300),
        parents: vec![Entry([0xa5; 32])],
        body_hash: [0xa6; 32],
    };
    assert_eq!(bytes_of(&header), "06746578742f31<2><3>01<4>ac0201<5><6>");
    let version = Version { counter: 2, device: [0xa3; 32] };
    let list = DeviceList {
        person: Person([0xa1; 32]),
        version,
        devices: vec![Listed { device: Device([0xa3; 32]), signature: vec![7] }],
        retired: vec![Retired {
            listed: Listed { device: Device([0xa4; 32]), signature: vec![8] },
            ends: vec![(Conversation([0xa2; 32]), 9)],
        }],
    };
    assert_eq!(bytes_of(&list), "<1>02<3>01<3>010701<4>010801<2>09");
    assert_eq!(bytes_of(&Profile { person: Person([0xa1; 32]), version, name: "Ada".into() }), "<1>02<3>03416461");
}

#[test]
fn bodies() {
    let encoded = |bytes: Vec<u8>| shorten(&bytes);
    assert_eq!(encoded(encode(&Text { text: "hi".into(), reply: Some(Entry([0xa5; 32])) })), "02686901<5>");
    assert_eq!(encoded(encode(&Revoke { share: ShareId([0xa7; 32]) })), "<7>");
    assert_eq!(encoded(encode(&Forgotten { person: Person([0xa1; 32]) })), "<1>");
    let contacted =
        Contacted { person: Person([0xa1; 32]), name: "n".into(), alias: "a".into(), verified: true, blocked: false, since: 1 };
    assert_eq!(encoded(encode(&contacted)), "<1>016e0161010002");
    let grant = Grant { share: ShareId([0xa7; 32]), version: 1, person: Person([0xa1; 32]), not_after: 1 };
    assert_eq!(bytes_of(&grant), "<7>01<1>02");
    let item = OfferItem {
        index: 1,
        name: "p".into(),
        hash: Hash([0xa8; 32]),
        size: 2,
        width: 3,
        height: 4,
        thumb: Hash([0xa9; 32]),
        thumb_size: 5,
    };
    let offer = Offer { share: ShareId([0xa7; 32]), name: "s".into(), expires: 1, items: vec![item], grant: signed() };
    assert_eq!(encoded(encode(&offer)), "<7>017302010101<ignored>".replace("01<ignored>", "0170<8>020304<9>0502abcd01ef"));
}

proptest::proptest! {
    /// Bytes from anywhere are read or refused, never more.
    #[test]
    fn garbage_is_refused_or_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = decode::<PairAsk>(&bytes);
        let _ = decode::<SyncAsk>(&bytes);
        let _ = decode::<SyncAnswer>(&bytes);
        let _ = decode::<Live>(&bytes);
        let _ = decode::<LookAsk>(&bytes);
        let _ = decode::<LookAnswer>(&bytes);
        let _ = decode::<SchemeManifest>(&bytes);
        let _ = decode::<PersonaManifest>(&bytes);
        let _ = decode::<CardAsk>(&bytes);
        let _ = decode::<CardAnswer>(&bytes);
        let _ = decode::<Offer>(&bytes);
        let _ = decode::<DeviceList>(&bytes);
    }
}
