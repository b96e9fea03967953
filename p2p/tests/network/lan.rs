//! Discovery, in a network namespace with one interface, so that nothing leaves the machine.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::Duration,
};

use libp2p::PeerId;
use socket2::{Domain, Socket, Type};
use stoa_p2p::{Config, DeviceId, Event};
use tokio::net::UdpSocket;

use crate::{Peer, within};

const NAMESPACE: &str = "ip link set lo up && ip link add lan0 type veth peer name lan1 && ip link set lan1 up && ip addr add 10.99.0.1/24 dev lan0 \
    && ip link set lan0 up multicast on && ip route add 224.0.0.0/4 dev lan0 && exec \"$0\" \"$@\"";

#[test]
fn devices_on_one_lan_find_each_other_and_a_kept_one_is_met() {
    run_inside("lan::inside");
}

#[test]
fn who_is_hidden_says_nothing_on_the_lan() {
    run_inside("lan::inside_hidden");
}

fn run_inside(test: &str) {
    let is_root = Command::new("unshare").args(["-n", "true"]).status().is_ok_and(|done| done.success());
    if !is_root {
        eprintln!("skipped: network namespaces need root");
        return;
    }
    let done = Command::new("unshare")
        .args(["-n", "sh", "-c", NAMESPACE])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}

async fn on_lan(seed: u8) -> Peer {
    let home = tempfile::tempdir().unwrap();
    let config = Config {
        secret: [seed; 32],
        listen: vec!["/ip4/10.99.0.1/tcp/0".into()],
        lan: true,
        hidden: false,
        store: home.path().join("blobs"),
    };
    let (node, events, asks) = stoa_p2p::start(config).await.unwrap();
    Peer { node, events, asks, home }
}

#[tokio::test]
#[ignore = "runs inside the namespace that the test above makes"]
async fn inside() {
    let (mut alice, bob) = (on_lan(110).await, on_lan(111).await);
    let to = bob.id();
    alice.lets_in(&[to]);
    bob.lets_in(&[alice.id()]);
    let addrs = alice
        .event(|event| match event {
            Event::Nearby { device, addrs } if device == to => Some(addrs),
            _ => None,
        })
        .await;
    assert_eq!(addrs, bob.node.addrs());
    // No address is given: the announcement is enough.
    alice.node.keep(vec![(to, vec![])]);
    alice.sees_connected(to).await;
}

/// Asks the LAN until every one of these has answered, `rounds` times; who else answered, by how often.
async fn answers(lan: &UdpSocket, from: &[&Peer], watched: DeviceId, rounds: usize) -> usize {
    let names: Vec<_> = from.iter().map(|peer| PeerId::from(peer.id()).to_string()).collect();
    let watched = PeerId::from(watched).to_string();
    let mut heard = 0;
    for _ in 0..rounds {
        let mut missing: HashSet<_> = names.iter().collect();
        let mut ask = tokio::time::interval(Duration::from_millis(200));
        within(async {
            let mut packet = [0; 9_000];
            while !missing.is_empty() {
                tokio::select! {
                    _ = ask.tick() => {
                        lan.send_to(QUESTION, MULTICAST).await.unwrap();
                    }
                    Ok(len) = lan.recv(&mut packet) => {
                        let said = String::from_utf8_lossy(&packet[..len]).into_owned();
                        missing.retain(|name| !said.contains(name.as_str()));
                        heard += usize::from(said.contains(&watched));
                    }
                }
            }
        })
        .await;
    }
    heard
}

const MULTICAST: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);
/// Who is `_p2p._udp.local`? (RFC 6762; PTR, IN.)
const QUESTION: &[u8] = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x04_p2p\x04_udp\x05local\0\0\x0c\0\x01";

#[tokio::test]
#[ignore = "runs inside the namespace that the test above makes"]
async fn inside_hidden() {
    let (mut alice, mut bob) = (on_lan(112).await, on_lan(113).await);
    let from = alice.id();
    let lan = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    lan.set_reuse_address(true).unwrap();
    lan.set_reuse_port(true).unwrap();
    lan.set_nonblocking(true).unwrap();
    lan.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5353)).into()).unwrap();
    let lan = UdpSocket::from_std(lan.into()).unwrap();
    lan.join_multicast_v4(MULTICAST.0, Ipv4Addr::new(10, 99, 0, 1)).unwrap();

    bob.event(|event| matches!(event, Event::Nearby { device, .. } if device == from).then_some(())).await;
    assert!(answers(&lan, &[&alice, &bob], from, 1).await > 0);

    alice.node.hide(true);
    alice.event(|event| matches!(event, Event::Listening { addrs } if addrs.is_empty()).then_some(())).await;
    // what was under way when it hid
    answers(&lan, &[&bob], from, 1).await;
    assert_eq!(answers(&lan, &[&bob], from, 5).await, 0, "it answers though it is hidden");

    alice.node.hide(false);
    assert!(answers(&lan, &[&alice, &bob], from, 1).await > 0);
}
