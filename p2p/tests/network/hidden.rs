//! A device that hides is gone for everyone but those it lets in.

use std::{
    collections::HashMap,
    io::ErrorKind,
    net::{SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use stoa_p2p::{Config, Error, Event, Protocol};

use crate::{EVERYTHING, Peer, QUIC, TCP, listening, peer, raw::Raw, until, within};

async fn is_hidden(peer: &mut Peer) {
    peer.event(|event| matches!(event, Event::Listening { addrs } if addrs.is_empty()).then_some(())).await;
}

async fn listens(peer: &mut Peer, count: usize) -> Vec<String> {
    peer.event(|event| match event {
        Event::Listening { addrs } if addrs.len() == count => Some(addrs),
        _ => None,
    })
    .await
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
    // an unknown version: any QUIC server answers with those it knows (RFC 9000 section 6)
    let mut initial = vec![0xC0, 0x1A, 0x2A, 0x3A, 0x4A, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0];
    initial.resize(1_200, 0);
    probe.send(&initial).is_err()
        || matches!(probe.recv(&mut [0; 64]), Err(error) if error.kind() == ErrorKind::ConnectionRefused)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_it_stays_and_nobody_else_finds_it() {
    let (mut alice, mut bob, mut carol) = (listening(40, &[TCP, QUIC]).await, peer(41).await, peer(42).await);
    let (from, friend, other) = (alice.id(), bob.id(), carol.id());
    bob.lets_in(&[from]);
    carol.lets_in(&[from]);
    alice.lets_in(&[friend, other]);
    let addrs = listens(&mut alice, 2).await;
    assert!(!addrs.iter().any(|addr| nobody_listens(addr)), "the probe itself works");
    bob.connects(&alice).await;
    carol.connects(&alice).await;
    let mut stranger = Raw::connect(43, &addrs[0], Vec::new()).await;

    alice.node.set_gate(HashMap::from([(friend, EVERYTHING.to_vec()), (other, Vec::new())]));
    alice.node.hide(true);
    assert!(alice.node.addrs().is_empty());
    carol.sees_disconnected(from).await;
    within(stranger.ends()).await;
    is_hidden(&mut alice).await;
    until(|| addrs.iter().all(|addr| nobody_listens(addr))).await;
    assert!(carol.node.connect(from, addrs.clone()).await.is_err());
    assert!(matches!(alice.node.request(other, Protocol::Live, vec![1]).await, Err(Error::NotConnected)));

    // both ways
    let asked = bob.node.clone();
    let asked = tokio::spawn(async move { asked.request(from, Protocol::Sync, vec![7]).await });
    let reply = alice.event(|event| if let Event::Request { reply, .. } = event { Some(reply) } else { None }).await;
    reply.send(vec![8]);
    assert_eq!(asked.await.unwrap().unwrap(), [8]);
    assert_eq!(alice.node.connected(), [friend]);

    // by dialling, it meets those it may
    bob.node.disconnect(from);
    bob.sees_disconnected(from).await;
    alice.node.keep(vec![(friend, bob.node.addrs())]);
    bob.sees_connected(from).await;

    alice.lets_in(&[friend, other]);
    alice.node.hide(false);
    assert_eq!(listens(&mut alice, addrs.len()).await, addrs);
    carol.connects(&alice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_over_a_listening_udp_socket_comes_back_from_another() {
    let (mut alice, mut bob) = (listening(44, &[QUIC]).await, listening(45, &[QUIC]).await);
    let (from, friend) = (alice.id(), bob.id());
    alice.lets_in(&[friend]);
    bob.lets_in(&[from]);
    let addrs = listens(&mut alice, 1).await;
    bob.connects(&alice).await;
    bob.sees_connected(from).await;
    alice.node.keep(vec![(friend, bob.node.addrs())]);
    alice.node.hide(true);
    is_hidden(&mut alice).await;
    bob.sees_disconnected(from).await;
    bob.sees_connected(from).await;
    until(|| nobody_listens(&addrs[0])).await;
    until(|| alice.node.connected() == [friend]).await;
    alice.node.hide(false);
    assert_eq!(listens(&mut alice, 1).await, addrs);
}

#[tokio::test]
async fn hiding_and_quitting_end_a_connection_alike() {
    let (alice, bob) = (peer(46).await, peer(47).await);
    let mut of_alice = Raw::connect(48, &alice.node.addrs()[0], Vec::new()).await;
    let mut of_bob = Raw::connect(48, &bob.node.addrs()[0], Vec::new()).await;
    until(|| alice.node.connected().len() + bob.node.connected().len() == 2).await;
    alice.node.set_gate(HashMap::from([(of_alice.id, Vec::new())]));
    alice.node.hide(true);
    bob.node.stop().await;
    assert_eq!(within(of_alice.ends()).await, within(of_bob.ends()).await);
}

#[tokio::test]
async fn a_device_that_starts_hidden_listens_once_it_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let config =
        Config { secret: [49; 32], listen: vec![TCP.into()], lan: false, hidden: true, store: home.path().join("blobs") };
    let (node, events, asks) = stoa_p2p::start(config).await.unwrap();
    let (mut alice, mut bob) = (Peer { node, events, asks, home }, peer(50).await);
    assert!(alice.node.addrs().is_empty());
    alice.connects(&bob).await;
    bob.sees_connected(alice.id()).await;
    alice.node.hide(false);
    let addrs = listens(&mut alice, 1).await;
    assert!(TcpStream::connect(socket(&addrs[0])).is_ok());
    // again and again, on the same port
    for _ in 0..3 {
        alice.node.hide(true);
        is_hidden(&mut alice).await;
        alice.node.hide(false);
        assert_eq!(listens(&mut alice, 1).await, addrs);
    }
}
