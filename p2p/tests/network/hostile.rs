use bytes::Bytes;
use futures::AsyncWriteExt;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesSeq, GetManyRequest, GetRequest, ObserveRequest, PushRequest, Request};
use stoa_p2p::{Hash, Protocol};
use tokio::io::AsyncWriteExt as _;

use crate::{
    EVERYTHING,
    blobs::{SCOPE, allow, noise},
    pair, peer,
    raw::{self, Raw},
    within,
};

const OK: u8 = 0;
const REFUSED: u8 = 1;
const TOO_LARGE: u8 = 3;
const MALFORMED: u8 = 5;

/// A whole blob stream with the right grant, as bytes.
fn blob_request(request: &Request) -> Vec<u8> {
    let mut bytes = [&SCOPE[..], &[0, 5], b"right"].concat();
    bytes.extend_from_slice(&postcard::to_stdvec(request).unwrap());
    bytes
}

#[tokio::test]
async fn a_permitted_blob_of_hashes_opens_no_other_blob() {
    let bob = peer(100).await;
    let raw = Raw::connect(101, &bob.node.addrs()[0], vec![]).await;
    bob.lets_in(&[raw.id]);
    let blobs = bob.node.blobs();
    let secret = noise(2000);
    let [one, two] = [blobs.add_bytes(secret.clone(), "one").await.unwrap(), blobs.add_bytes(noise(3000), "two").await.unwrap()];
    let list = blobs.add_bytes([one.0, two.0].concat(), "list").await.unwrap();
    allow(bob.asks, move |hash| hash == list);

    let id = |hash: Hash| iroh_blobs::Hash::from(hash.0);
    let get = |hash, ranges| Request::Get(GetRequest::new(id(hash), ranges));
    let root = || ChunkRangesSeq::from_ranges([ChunkRanges::all()]);
    let children = || ChunkRangesSeq::from_ranges([ChunkRanges::empty(), ChunkRanges::all()]);
    let observe = |hash| Request::Observe(ObserveRequest::new(id(hash)));

    let allowed = within(raw.asks("/stoa/blob/1", &blob_request(&get(list, root())))).await;
    assert_eq!(allowed[0], OK);
    assert_eq!(&allowed[9..], [one.0, two.0].concat(), "the list itself is served");

    for (name, request) in [
        ("a secret by its hash", get(one, root())),
        ("the list as a sequence", get(list, ChunkRangesSeq::all())),
        ("root and first child", get(list, ChunkRangesSeq::from_ranges([ChunkRanges::all(), ChunkRanges::all()]))),
        ("the children only", get(list, children())),
        ("the children's sizes", get(list, ChunkRangesSeq::verified_child_sizes())),
        ("nothing", get(list, ChunkRangesSeq::empty())),
        ("many at once", Request::GetMany(GetManyRequest::new(vec![id(one)], root()))),
        ("many with the list", Request::GetMany(GetManyRequest::new(vec![id(list)], root()))),
        ("what is held of the list", observe(list)),
        ("what is held of a secret", observe(one)),
        ("a push", Request::Push(PushRequest::from(GetRequest::new(id(list), root())))),
    ] {
        let answer = within(raw.asks("/stoa/blob/1", &blob_request(&request))).await;
        assert!(answer == [REFUSED] || answer == [MALFORMED], "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn garbage_on_any_protocol_is_refused_and_does_no_harm() {
    let (alice, bob) = pair([102, 103]).await;
    let to = bob.id();
    let addr = bob.node.addrs()[0].clone();
    bob.lets_in(&[alice.id(), raw::id(104)]);
    let bob = bob.echoes();
    let raw = Raw::connect(104, &addr, vec![]).await;
    let works = || async {
        assert_eq!(alice.node.request(to, Protocol::Sync, vec![1]).await.unwrap(), [1]);
    };

    for protocol in EVERYTHING {
        let name = protocol.name();
        within(raw.asks(name, &[])).await;
        within(raw.asks(name, &noise(50_000))).await;
        drop(raw.speaks(name).await);
        works().await;
    }
    for protocol in [Protocol::Pair, Protocol::Sync, Protocol::Live, Protocol::Card] {
        let past = u32::try_from(protocol.cap() + 1).unwrap().to_be_bytes();
        assert_eq!(within(raw.asks(protocol.name(), &past)).await, [TOO_LARGE]);
        assert_eq!(within(raw.asks(protocol.name(), &[0, 0, 0, 9, 1])).await, [MALFORMED]);
        // The length is past the cap and the body goes on and on: the answer does not wait for it.
        let flood = [&u32::MAX.to_be_bytes()[..], &noise(2_000_000)].concat();
        within(raw.asks(protocol.name(), &flood)).await;
    }
    let long_grant = [&SCOPE[..], &[0xff, 0xff]].concat();
    assert_eq!(within(raw.asks("/stoa/blob/1", &long_grant)).await, [TOO_LARGE]);
    let long_request = [&SCOPE[..], &[0, 0], &noise(20_000)].concat();
    assert_eq!(within(raw.asks("/stoa/blob/1", &long_request)).await, [TOO_LARGE]);
    works().await;

    // Below the protocols: a stream that negotiates nothing, and a socket that does not even greet.
    let mut stream = raw.stream().await;
    stream.write_all(&noise(10_000)).await.unwrap();
    stream.flush().await.unwrap();
    let port = addr.rsplit('/').next().unwrap();
    let mut socket = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    socket.write_all(&Bytes::from(noise(10_000))).await.unwrap();
    works().await;
    bob.stop().await;
}
