use futures::{StreamExt, stream::FuturesUnordered};
use stoa_p2p::{Error, Event, Protocol};

use crate::{QUIC, TCP, listening, pair, pair_over, raw::Raw, within};

#[tokio::test]
async fn a_request_is_answered_up_to_the_caps_and_not_past_them() {
    let (alice, bob) = pair([1, 2]).await;
    let to = bob.id();
    let bob = bob.echoes();
    for protocol in [Protocol::Pair, Protocol::Sync, Protocol::Live, Protocol::Card] {
        for size in [0, 1, protocol.cap()] {
            let body = vec![7; size];
            assert_eq!(alice.node.request(to, protocol, body.clone()).await.unwrap(), body);
        }
        let past = vec![7; protocol.cap() + 1];
        assert!(matches!(alice.node.request(to, protocol, past).await, Err(Error::TooLarge)));
    }
    assert!(matches!(alice.node.request(to, Protocol::Blob, vec![]).await, Err(Error::Unsupported)));
    let nobody = stoa_p2p::DeviceId([9; 32]);
    assert!(matches!(alice.node.request(nobody, Protocol::Sync, vec![]).await, Err(Error::NotConnected)));
    bob.stop().await;
}

#[tokio::test]
async fn refused_dropped_and_oversized_answers_are_told_apart() {
    let (alice, mut bob) = pair([3, 4]).await;
    let to = bob.id();
    let ask = |body| alice.node.request(to, Protocol::Live, vec![body]);
    let answers = async {
        for _ in 0..3 {
            let (body, reply) = bob
                .event(|event| match event {
                    Event::Request { body, reply, .. } => Some((body, reply)),
                    _ => None,
                })
                .await;
            match body[0] {
                0 => reply.refuse(),
                1 => drop(reply),
                _ => reply.send(vec![0; Protocol::Live.cap() + 1]),
            }
        }
    };
    let asks = async {
        assert!(matches!(ask(0).await, Err(Error::Refused)));
        assert!(matches!(ask(1).await, Err(Error::Refused)));
        assert!(matches!(ask(2).await, Err(Error::TooLarge)));
    };
    tokio::join!(asks, answers);
}

#[tokio::test]
async fn a_connection_is_told_before_its_first_request() {
    let (alice, mut bob) = (crate::peer(5).await, crate::peer(6).await);
    bob.lets_in(&[alice.id()]);
    let (to, addrs) = (bob.id(), bob.node.addrs());
    let ask = async {
        alice.node.connect(to, addrs).await.unwrap();
        alice.node.request(to, Protocol::Live, vec![1]).await
    };
    let (told, answer) = tokio::join!(
        async {
            let mut told = Vec::new();
            while let Some(event) = bob.events.next().await {
                match event {
                    Event::Connected { .. } => told.push("connected"),
                    Event::Request { reply, .. } => {
                        told.push("request");
                        reply.send(vec![]);
                        return told;
                    }
                    _ => {}
                }
            }
            told
        },
        ask
    );
    assert_eq!(told, ["connected", "request"]);
    assert!(answer.unwrap().is_empty());
}

async fn a_thousand_at_once(seeds: [u8; 2], addr: &str) {
    let (alice, bob) = pair_over(seeds, addr).await;
    let to = bob.id();
    let bob = bob.echoes();
    let node = &alice.node;
    let mut answers: FuturesUnordered<_> = (0..1000_u32)
        .map(|n| async move {
            let body = n.to_be_bytes().to_vec();
            (body.clone(), node.request(to, Protocol::Live, body).await)
        })
        .collect();
    let mut answered = 0;
    while let Some((asked, answer)) = answers.next().await {
        assert_eq!(answer.unwrap(), asked);
        answered += 1;
    }
    assert_eq!(answered, 1000);
    drop(answers);
    bob.stop().await;
}

#[tokio::test]
async fn none_of_a_thousand_requests_is_lost_over_tcp() {
    within(a_thousand_at_once([7, 8], TCP)).await;
}

#[tokio::test]
async fn none_of_a_thousand_requests_is_lost_over_quic() {
    within(a_thousand_at_once([9, 10], QUIC)).await;
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_and_not_dropped() {
    let bob = listening(11, &[TCP]).await;
    let raw = Raw::connect(12, &bob.node.addrs()[0], vec![]).await;
    bob.lets_in(&[raw.id]);
    let _held = bob.events;
    // Each begins a request and never ends it.
    let mut streams = Vec::new();
    let mut refused = 0;
    for _ in 0..200 {
        let mut stream = raw.speaks("/stoa/sync/1").await;
        futures::AsyncWriteExt::write_all(&mut stream, &[0, 0, 0, 9, 1]).await.unwrap();
        futures::AsyncWriteExt::flush(&mut stream).await.unwrap();
        if streams.len() >= 160 {
            let mut status = [0];
            within(futures::AsyncReadExt::read_exact(&mut stream, &mut status)).await.unwrap();
            assert_eq!(status[0], 4, "busy");
            refused += 1;
        }
        streams.push(stream);
    }
    assert_eq!(refused, 40);
}
