//! Two machines on one LAN: network namespaces joined by a wire, mDNS, and a yes on both sides.

use std::process::Command;

use crate::person::{Person, Start, contact, meet};
use crate::program::{root, skip, tool};

/// Two namespaces and the wire between them.
struct Lan {
    names: [String; 2],
}

impl Lan {
    fn new() -> Self {
        let id = std::process::id();
        let names = [format!("stoa-a-{id}"), format!("stoa-b-{id}")];
        let wire = [format!("sta{id}"), format!("stb{id}")];
        let lan = Self { names };
        for name in &lan.names {
            tool(&format!("ip netns add {name}"));
        }
        tool(&format!("ip link add {} type veth peer name {}", wire[0], wire[1]));
        for (i, (name, end)) in lan.names.iter().zip(&wire).enumerate() {
            tool(&format!("ip link set {end} netns {name}"));
            tool(&format!("ip -n {name} addr add 10.83.0.{}/24 dev {end}", i + 1));
            tool(&format!("ip -n {name} link set lo up"));
            tool(&format!("ip -n {name} link set {end} up multicast on"));
            tool(&format!("ip -n {name} route add 224.0.0.0/4 dev {end}"));
        }
        lan
    }

    fn person(&self, name: &str, side: usize) -> Person {
        Person::with(name, Start { namespace: Some(self.names[side].clone()), ..Start::default() })
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "delete", name]).status();
        }
    }
}

#[test]
fn neighbours_find_each_other_and_both_say_yes() {
    if !root() {
        return skip("network namespaces are made by root only");
    }
    let lan = Lan::new();
    let (alice, bob) = (lan.person("Alice", 0), lan.person("Bob", 1));
    let device = bob.ok(["me", "show"])["device"].clone();
    let device = device.as_str().unwrap();
    alice.until("Bob nearby", |p| p.list(["contact", "nearby"]).into_iter().find(|n| n["device"] == device));
    assert!(alice.list(["contact", "list"]).is_empty(), "being near makes nobody a contact");

    alice.ok(["contact", "ask", device]);
    let asked = bob.until("Alice's question", |p| p.list(["contact", "requests"]).into_iter().next());
    assert_eq!(asked["name"], "Alice");
    assert!(bob.list(["contact", "list"]).is_empty() && alice.list(["contact", "list"]).is_empty());
    bob.ok(["contact", "consent", asked["person"].as_str().unwrap()]);
    alice.until("Bob as a contact", |p| contact(p, "Bob"));
    meet(&alice, &bob);
    alice.ok(["chat", "send", "Bob", "hello, neighbour"]);
    bob.until("the greeting", |p| (p.ok(["chat", "read", "Alice"])["body"]["text"] == "hello, neighbour").then_some(()));
    assert!(alice.list(["contact", "nearby"]).is_empty(), "contacts are no strangers nearby");
}
