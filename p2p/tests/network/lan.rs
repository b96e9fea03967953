//! Discovery, in a network namespace with one interface, so that nothing leaves the machine.

use std::process::Command;

use stoa_p2p::{Config, Event};

use crate::Peer;

const NAMESPACE: &str = "ip link set lo up && ip link add lan0 type veth peer name lan1 && ip link set lan1 up && ip addr add 10.99.0.1/24 dev lan0 \
    && ip link set lan0 up multicast on && ip route add 224.0.0.0/4 dev lan0 && exec \"$0\" \"$@\"";

#[test]
fn devices_on_one_lan_find_each_other_and_a_kept_one_is_met() {
    let is_root = Command::new("unshare").args(["-n", "true"]).status().is_ok_and(|done| done.success());
    if !is_root {
        eprintln!("skipped: network namespaces need root");
        return;
    }
    let done = Command::new("unshare")
        .args(["-n", "sh", "-c", NAMESPACE])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "lan::inside", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}

async fn on_lan(seed: u8) -> Peer {
    let home = tempfile::tempdir().unwrap();
    let config =
        Config { secret: [seed; 32], listen: vec!["/ip4/10.99.0.1/tcp/0".into()], lan: true, store: home.path().join("blobs") };
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
