use std::collections::HashSet;
use std::path::Path;

use stoa_p2p::{Asks, Blobs, DeviceId, Error, Fetch, Hash, Have};
use tokio::sync::watch;

use crate::{QUIC, TCP, pair, pair_over, peer, raw::Raw, within};

pub const SCOPE: [u8; 32] = [5; 32];

pub fn fetch(from: DeviceId, hash: Hash, size: u64) -> Fetch {
    Fetch { from, scope: SCOPE, grant: b"right".to_vec(), hash, size, name: "fetched".into() }
}

/// Allows what shows the right grant under the right scope.
pub fn allow(mut asks: Asks, allowed: impl Fn(Hash) -> bool + Send + 'static) {
    tokio::spawn(async move {
        while let Some(ask) = asks.next().await {
            let yes = ask.grant == b"right" && ask.scope == SCOPE && allowed(ask.hash);
            ask.answer(yes);
        }
    });
}

/// Bytes that differ from place to place.
pub fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&len.to_be_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

async fn quiet(blobs: &Blobs, what: Fetch) -> Result<(), Error> {
    within(blobs.fetch(what, watch::Sender::new(0))).await
}

async fn travels(seeds: [u8; 2], addr: &str) {
    let (alice, bob) = pair_over(seeds, addr).await;
    allow(bob.asks, |_| true);
    for len in [1, 16 * 1024, 16 * 1024 + 1, 300_000, 5_000_000] {
        let bytes = noise(len);
        let path = bob.home.path().join("original");
        std::fs::write(&path, &bytes).unwrap();
        let (hash, size) = bob.node.blobs().add_path(&path, "held").await.unwrap();
        assert_eq!((hash.0, size), (*blake3::hash(&bytes).as_bytes(), len as u64));

        let blobs = alice.node.blobs();
        assert_eq!(blobs.have(hash).await.unwrap(), Have::Nothing);
        assert!(matches!(blobs.read(hash, u64::MAX).await, Err(Error::NotHeld)));
        let (progress, told) = watch::channel(0);
        within(blobs.fetch(fetch(bob.node.id(), hash, size), progress)).await.unwrap();
        assert_eq!(*told.borrow(), size);
        assert_eq!(blobs.have(hash).await.unwrap(), Have::Whole(size));
        assert!(matches!(blobs.read(hash, size - 1).await, Err(Error::TooLarge)));
        assert!(blobs.read(hash, size).await.unwrap() == bytes);
        writes_once(blobs, hash, &bytes, alice.home.path()).await;
    }
}

async fn writes_once(blobs: &Blobs, hash: Hash, bytes: &[u8], folder: &Path) {
    let to = folder.join(format!("{hash}")).join("copy");
    blobs.export(hash, &to).await.unwrap();
    assert!(std::fs::read(&to).unwrap() == bytes);
    std::fs::write(&to, b"mine").unwrap();
    assert!(matches!(blobs.export(hash, &to).await, Err(Error::Exists)));
    assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(to.parent().unwrap()).unwrap().count(), 1, "nothing is left beside");
    assert!(matches!(blobs.export(Hash([1; 32]), &folder.join("no")).await, Err(Error::NotHeld)));
}

#[tokio::test]
async fn a_blob_travels_verified_over_tcp() {
    travels([70, 71], TCP).await;
}

#[tokio::test]
async fn a_blob_travels_verified_over_quic() {
    travels([72, 73], QUIC).await;
}

#[tokio::test]
async fn an_aborted_fetch_is_resumed_with_only_what_is_missing() {
    let (alice, bob) = pair([74, 75]).await;
    allow(bob.asks, |_| true);
    let len = 64 * 1024 * 1024;
    let hash = bob.node.blobs().add_bytes(noise(len), "held").await.unwrap();
    let (blobs, size) = (alice.node.blobs(), len as u64);

    let (progress, mut told) = watch::channel(0);
    tokio::select! {
        _ = told.wait_for(|here| *here > 0) => {}
        done = blobs.fetch(fetch(bob.node.id(), hash, size), progress) => panic!("not aborted: {done:?}"),
    }
    let here = within(async {
        loop {
            if let Have::Part(here) = blobs.have(hash).await.unwrap() {
                break here;
            }
        }
    })
    .await;
    assert!(here < size);

    let (progress, mut told) = watch::channel(0);
    let first = async { *told.wait_for(|here| *here > 0).await.unwrap() };
    let (first, done) = tokio::join!(first, blobs.fetch(fetch(bob.node.id(), hash, size), progress));
    done.unwrap();
    // Progress starts at what was here and ends at that plus what came over the wire.
    assert!(first >= here);
    assert_eq!(*told.borrow(), size);
    assert_eq!(blobs.have(hash).await.unwrap(), Have::Whole(size));
}

#[tokio::test]
async fn what_is_here_by_other_names_does_not_stand_in_for_the_holder() {
    let (alice, bob) = pair([92, 93]).await;
    allow(bob.asks, |_| true);
    let bytes = noise(300_000);
    let hash = Hash(*blake3::hash(&bytes).as_bytes());
    let (blobs, asked) = (alice.node.blobs(), || fetch(bob.node.id(), hash, 300_000));
    let apart = async |what| {
        let (progress, told) = watch::channel(7);
        let done = within(blobs.fetch_apart(what, progress)).await;
        (done, *told.borrow())
    };
    assert!(matches!(apart(asked()).await, (Err(Error::NotHeld), 0)));
    assert_eq!(blobs.add_bytes(bytes.clone(), "mine").await.unwrap(), hash);
    for _ in 0..2 {
        assert!(matches!(apart(asked()).await, (Err(Error::NotHeld), 0)), "neither an earlier question nor a failure counts");
    }
    assert_eq!(bob.node.blobs().add_bytes(bytes, "held").await.unwrap(), hash);
    assert!(matches!(apart(asked()).await, (Ok(()), 300_000)));
    assert_eq!(bob.node.blobs().names("hel").await.unwrap(), HashSet::from(["held".to_owned()]));
    bob.node.blobs().drop_name("held").await.unwrap();
    assert_eq!(bob.node.blobs().names("").await.unwrap(), HashSet::new());
    // by this name it is here now, without anybody
    assert!(matches!(apart(Fetch { from: DeviceId([1; 32]), ..asked() }).await, (Ok(()), 300_000)));
    assert!(matches!(apart(Fetch { name: "another".into(), from: DeviceId([1; 32]), ..asked() }).await, (Err(_), 0)));
    quiet(blobs, Fetch { name: "third".into(), from: DeviceId([1; 32]), ..asked() }).await.unwrap();
    assert_eq!(blobs.have(hash).await.unwrap(), Have::Whole(300_000));
}

#[tokio::test]
async fn each_request_is_asked_about() {
    let (alice, bob) = pair([76, 77]).await;
    let [open, shut] = [noise(1000), noise(1001)];
    let open = bob.node.blobs().add_bytes(open, "open").await.unwrap();
    let shut = bob.node.blobs().add_bytes(shut, "shut").await.unwrap();
    allow(bob.asks, move |hash| hash != shut);
    let from = bob.node.id();
    let blobs = alice.node.blobs();

    let wrong_grant = Fetch { grant: b"wrong".to_vec(), ..fetch(from, open, 1000) };
    assert!(matches!(quiet(blobs, wrong_grant).await, Err(Error::Refused)));
    let wrong_scope = Fetch { scope: [6; 32], ..fetch(from, open, 1000) };
    assert!(matches!(quiet(blobs, wrong_scope).await, Err(Error::Refused)));
    assert!(matches!(quiet(blobs, fetch(from, shut, 1001)).await, Err(Error::Refused)));
    assert_eq!(blobs.have(open).await.unwrap(), Have::Nothing);
    quiet(blobs, fetch(from, open, 1000)).await.unwrap();
    assert!(matches!(quiet(blobs, fetch(from, shut, 1001)).await, Err(Error::Refused)));
    assert!(matches!(quiet(blobs, fetch(from, Hash([8; 32]), 9)).await, Err(Error::NotHeld)));
    let huge_grant = Fetch { grant: vec![0; 4097], ..fetch(from, open, 1000) };
    assert!(matches!(quiet(blobs, huge_grant).await, Err(Error::TooLarge)));
}

#[tokio::test]
async fn silence_is_no() {
    let (alice, mut bob) = pair([78, 79]).await;
    let hash = bob.node.blobs().add_bytes(noise(1000), "held").await.unwrap();
    let asked = fetch(bob.node.id(), hash, 1000);
    let (answer, question) = tokio::join!(quiet(alice.node.blobs(), asked), bob.asks.next());
    assert!(matches!(answer, Err(Error::Refused)));
    assert_eq!(question.unwrap().peer, alice.node.id());
}

#[tokio::test]
async fn a_cut_scope_ends_its_transfers() {
    let (alice, bob) = pair([80, 81]).await;
    allow(bob.asks, |_| true);
    let len = 64 * 1024 * 1024;
    let hash = bob.node.blobs().add_bytes(noise(len), "held").await.unwrap();
    let (progress, mut told) = watch::channel(0);
    let cut = async {
        told.wait_for(|here| *here > 0).await.unwrap();
        bob.node.blobs().cut([9; 32]);
        bob.node.blobs().cut(SCOPE);
    };
    let fetched = alice.node.blobs().fetch(fetch(bob.node.id(), hash, len as u64), progress);
    let (ended, ()) = within(async { tokio::join!(fetched, cut) }).await;
    assert!(matches!(ended, Err(Error::Lost(_))), "{ended:?}");
    // The next one is asked about anew.
    quiet(alice.node.blobs(), fetch(bob.node.id(), hash, len as u64)).await.unwrap();
}

#[tokio::test]
async fn a_holder_that_lies_is_found_out() {
    let alice = peer(82).await;
    let bytes = noise(1000);
    let hash = Hash(*blake3::hash(&bytes).as_bytes());
    let answer = |size: u64, bytes: &[u8]| [&[0][..], &size.to_le_bytes(), bytes].concat();
    for (seed, lie, wanted) in [
        (83, answer(1000, &noise(1001)[..1000]), "corrupt"),
        (84, answer(1001, &noise(1001)), "too-large"),
        (85, answer(u64::MAX, &bytes), "too-large"),
        (86, answer(1000, &bytes[..500]), "lost"),
        (87, vec![0], "lost"),
        (88, vec![], "lost"),
        (89, vec![99], "malformed"),
        (90, vec![1], "refused"),
    ] {
        let raw = Raw::connect(seed, &alice.node.addrs()[0], lie).await;
        crate::until(|| alice.node.connected().contains(&raw.id)).await;
        let got = quiet(alice.node.blobs(), fetch(raw.id, hash, 1000)).await;
        assert_eq!(got.unwrap_err().code(), wanted);
        assert_ne!(alice.node.blobs().have(hash).await.unwrap(), Have::Whole(1000));
    }
    let raw = Raw::connect(91, &alice.node.addrs()[0], answer(1000, &bytes)).await;
    crate::until(|| alice.node.connected().contains(&raw.id)).await;
    quiet(alice.node.blobs(), fetch(raw.id, hash, 1000)).await.unwrap();
}
