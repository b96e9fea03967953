use std::collections::HashMap;

use stoa_p2p::{Error, Event, Protocol};

use crate::{EVERYTHING, pair, peer, until};

#[tokio::test]
async fn a_stranger_may_only_pair_and_not_often() {
    let (alice, bob) = (peer(20).await, peer(21).await);
    alice.connects(&bob).await;
    let to = bob.id();
    let bob = bob.echoes();
    let ask = |protocol| alice.node.request(to, protocol, vec![1]);
    for protocol in [Protocol::Sync, Protocol::Live, Protocol::Card] {
        assert!(matches!(ask(protocol).await, Err(Error::Refused)));
    }
    for _ in 0..5 {
        assert_eq!(ask(Protocol::Pair).await.unwrap(), [1]);
    }
    assert!(matches!(ask(Protocol::Pair).await, Err(Error::TooMany)));
    // Let in, it is no stranger any more.
    bob.set_gate(HashMap::from([(alice.id(), EVERYTHING.to_vec())]));
    for _ in 0..20 {
        assert_eq!(ask(Protocol::Pair).await.unwrap(), [1]);
    }
}

#[tokio::test]
async fn the_gate_opens_one_protocol_without_the_others() {
    let (alice, bob) = (peer(22).await, peer(23).await);
    bob.node.set_gate(HashMap::from([(alice.id(), vec![Protocol::Live])]));
    alice.connects(&bob).await;
    let to = bob.id();
    let _bob = bob.echoes();
    assert!(alice.node.request(to, Protocol::Live, vec![1]).await.is_ok());
    assert!(matches!(alice.node.request(to, Protocol::Sync, vec![1]).await, Err(Error::Refused)));
    assert!(matches!(alice.node.request(to, Protocol::Card, vec![1]).await, Err(Error::Refused)));
    assert!(matches!(alice.node.request(to, Protocol::Pair, vec![1]).await, Err(Error::Refused)));
}

#[tokio::test]
async fn a_closed_gate_ends_what_runs_and_the_connection() {
    let (mut alice, mut bob) = pair([24, 25]).await;
    let (to, from) = (bob.id(), alice.id());
    alice.sees_connected(to).await;
    let node = alice.node.clone();
    let asked = tokio::spawn(async move { node.request(to, Protocol::Sync, vec![1]).await });
    let reply = bob
        .event(|event| match event {
            Event::Request { reply, .. } => Some(reply),
            _ => None,
        })
        .await;

    // One protocol closes: its stream ends, the connection stays.
    bob.node.set_gate(HashMap::from([(from, vec![Protocol::Live])]));
    assert!(matches!(asked.await.unwrap(), Err(Error::Lost(_))));
    assert_eq!(bob.node.connected(), [from]);
    reply.send(vec![2]);

    // The device leaves the gate: the connection goes.
    bob.node.set_gate(HashMap::new());
    alice.sees_disconnected(to).await;
    bob.sees_disconnected(from).await;
}

#[tokio::test]
async fn who_is_shut_out_gets_no_connection() {
    let (alice, mut bob) = (peer(26).await, peer(27).await);
    bob.node.set_gate(HashMap::from([(alice.id(), vec![])]));
    // The dialler is authenticated before it is turned away, so it may see a connection come and go.
    let _ = alice.node.connect(bob.id(), bob.node.addrs()).await;
    until(|| alice.node.connected().is_empty()).await;
    assert!(bob.node.connected().is_empty());

    bob.lets_in(&[alice.id()]);
    alice.connects(&bob).await;
    bob.sees_connected(alice.id()).await;
    bob.node.set_gate(HashMap::from([(alice.id(), vec![])]));
    bob.sees_disconnected(alice.id()).await;
}
