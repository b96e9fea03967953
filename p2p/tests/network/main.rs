//! Real nodes on 127.0.0.1, and a raw peer that says whatever it likes.
#![allow(clippy::unwrap_used)]

mod blobs;
mod dialing;
mod gate;
mod hidden;
mod hostile;
mod lan;
mod raw;
mod requests;

use std::{collections::HashMap, future::Future, time::Duration};

use stoa_p2p::{Asks, Config, DeviceId, Event, Events, Node, Protocol};
use tempfile::TempDir;

pub const EVERYTHING: [Protocol; 5] = [Protocol::Pair, Protocol::Sync, Protocol::Live, Protocol::Card, Protocol::Blob];

pub struct Peer {
    pub node: Node,
    pub events: Events,
    pub asks: Asks,
    pub home: TempDir,
}

pub const TCP: &str = "/ip4/127.0.0.1/tcp/0";
pub const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// A node of its own key, listening on `addrs`.
pub async fn listening(seed: u8, addrs: &[&str]) -> Peer {
    restarted(seed, addrs, tempfile::tempdir().unwrap()).await
}

pub async fn restarted(seed: u8, addrs: &[&str], home: TempDir) -> Peer {
    // Shown for a failed test, when RUST_LOG asks for it.
    let log = tracing_subscriber::fmt().with_test_writer();
    let _ = log.with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).try_init();
    let config = Config {
        secret: [seed; 32],
        listen: addrs.iter().map(ToString::to_string).collect(),
        lan: false,
        hidden: false,
        store: home.path().join("blobs"),
    };
    let (node, events, asks) = stoa_p2p::start(config).await.unwrap();
    assert!(!node.addrs().is_empty());
    Peer { node, events, asks, home }
}

pub async fn peer(seed: u8) -> Peer {
    listening(seed, &[TCP]).await
}

impl Peer {
    pub fn id(&self) -> DeviceId {
        self.node.id()
    }

    pub fn lets_in(&self, devices: &[DeviceId]) {
        let gate = devices.iter().map(|device| (*device, EVERYTHING.to_vec()));
        self.node.set_gate(gate.collect::<HashMap<_, _>>());
    }

    pub async fn connects(&self, to: &Peer) {
        self.node.connect(to.id(), to.node.addrs()).await.unwrap();
    }

    /// The next event that `wanted` takes; others are passed over.
    pub async fn event<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        within(async {
            loop {
                let event = self.events.next().await.expect("the node stopped");
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        })
        .await
    }

    pub async fn sees_connected(&mut self, other: DeviceId) {
        self.event(|event| matches!(event, Event::Connected { device } if device == other).then_some(())).await;
    }

    pub async fn sees_disconnected(&mut self, other: DeviceId) {
        self.event(|event| matches!(event, Event::Disconnected { device } if device == other).then_some(())).await;
    }

    /// Answers every request with its body from here on.
    pub fn echoes(mut self) -> Node {
        let node = self.node.clone();
        tokio::spawn(async move {
            while let Some(event) = self.events.next().await {
                if let Event::Request { body, reply, .. } = event {
                    reply.send(body);
                }
            }
            drop(self.home);
        });
        node
    }
}

/// Two nodes that let each other in, connected.
pub async fn pair(seeds: [u8; 2]) -> (Peer, Peer) {
    pair_over(seeds, TCP).await
}

pub async fn pair_over(seeds: [u8; 2], addr: &str) -> (Peer, Peer) {
    let (alice, bob) = (listening(seeds[0], &[addr]).await, listening(seeds[1], &[addr]).await);
    alice.lets_in(&[bob.id()]);
    bob.lets_in(&[alice.id()]);
    alice.connects(&bob).await;
    (alice, bob)
}

/// A test that waits for what never comes fails rather than hangs.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("waited for a minute")
}

/// Waits for a state that no event tells.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    within(async {
        while !holds() {
            look.tick().await;
        }
    })
    .await;
}
