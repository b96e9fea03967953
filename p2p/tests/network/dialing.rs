use stoa_p2p::{Error, Protocol};

use crate::{QUIC, TCP, listening, pair, peer, restarted, until};

#[tokio::test]
async fn two_that_dial_each_other_end_with_one_connection() {
    for round in 0..4_u8 {
        let addrs: &[&str] = if round % 2 == 0 { &[TCP] } else { &[TCP, QUIC] };
        let alice = listening(40 + 2 * round, addrs).await;
        let bob = listening(41 + 2 * round, addrs).await;
        alice.lets_in(&[bob.id()]);
        bob.lets_in(&[alice.id()]);
        tokio::join!(alice.connects(&bob), bob.connects(&alice));
        let [a, b] = [alice.id(), bob.id()];
        let (alice, bob) = (alice.echoes(), bob.echoes());
        for n in 0..50 {
            let (there, back) = tokio::join!(alice.request(b, Protocol::Live, vec![n]), bob.request(a, Protocol::Live, vec![n]));
            assert_eq!([there.unwrap(), back.unwrap()], [[n], [n]]);
        }
        until(|| alice.connections(b) == 1 && bob.connections(a) == 1).await;
        assert!(alice.request(b, Protocol::Live, vec![1]).await.is_ok());
    }
}

#[tokio::test]
async fn a_kept_device_is_met_again_after_it_restarts() {
    let (mut alice, bob) = (peer(60).await, peer(61).await);
    let (to, addrs) = (bob.id(), bob.node.addrs());
    bob.lets_in(&[alice.id()]);
    alice.lets_in(&[to]);
    alice.node.keep(vec![(to, addrs.clone())]);
    alice.sees_connected(to).await;

    bob.node.stop().await;
    alice.sees_disconnected(to).await;
    let addrs: Vec<_> = addrs.iter().map(String::as_str).collect();
    let bob = restarted(61, &addrs, bob.home).await;
    bob.lets_in(&[alice.id()]);
    alice.sees_connected(to).await;
    assert_eq!(alice.node.known_addrs(to)[0], addrs[0]);
}

#[tokio::test]
async fn nobody_else_is_taken_for_the_device() {
    let (alice, mallory) = (peer(62).await, peer(63).await);
    let bob = stoa_p2p::DeviceId([64; 32]);
    let lured = alice.node.connect(bob, mallory.node.addrs()).await;
    assert!(matches!(lured, Err(Error::Unreachable)));
    assert!(alice.node.connected().is_empty());
    let unknown = alice.node.connect(bob, vec!["/ip4/0.0.0.0/tcp/1".into(), "x".into()]).await;
    assert!(matches!(unknown, Err(Error::Unreachable)));
    assert!(matches!(alice.node.connect(alice.id(), vec![]).await, Err(Error::Unreachable)));
}

#[tokio::test]
async fn disconnect_is_told_to_both_and_stop_ends_events_and_requests() {
    let (mut alice, mut bob) = pair([65, 66]).await;
    let [a, b] = [alice.id(), bob.id()];
    alice.node.disconnect(b);
    alice.sees_disconnected(b).await;
    bob.sees_disconnected(a).await;

    alice.connects(&bob).await;
    let again = alice.node.clone();
    alice.node.stop().await;
    assert!(matches!(again.request(b, Protocol::Live, vec![]).await, Err(Error::NotConnected)));
    assert!(matches!(again.connect(b, bob.node.addrs()).await, Err(Error::Stopped)));
    crate::within(async { while alice.events.next().await.is_some() {} }).await;
    assert!(alice.asks.next().await.is_none());
}
