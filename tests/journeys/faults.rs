//! A full disk, and a peer that sends garbage.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};

use crate::person::{Person, Start, meet, pair};
use crate::pictures::draw;
use crate::program::{root, skip, tool};

/// A file system of its own, small enough to fill.
struct SmallDisk {
    at: tempfile::TempDir,
}

impl SmallDisk {
    fn new(megabytes: u32) -> Self {
        let at = tempfile::tempdir().unwrap();
        tool(&format!("mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs {}", at.path().display()));
        Self { at }
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> PathBuf {
        let filler = self.at.path().join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        for block in [1 << 20, 4096] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        tool(&format!("umount -l {}", self.at.path().display()));
    }
}

fn texts(person: &Person, with: &str) -> Vec<String> {
    let messages = person.list(["chat", "read", with, "--limit", "200"]);
    messages.iter().map(|m| m["body"]["text"].to_string()).collect()
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    if !root() {
        return skip("a disk of its own size can be mounted by root only");
    }
    let disk = SmallDisk::new(48);
    let home = disk.at.path().join("home");
    let alice = Person::with("Alice", Start { home: Some(home), ..Start::default() });
    let bob = Person::new("Bob");
    pair(&alice, &bob);
    alice.ok(["chat", "send", "Bob", "while there is room"]);
    let filler = disk.fill();
    // The database may still have room in its files: it must run out before this ends.
    let long = "x".repeat(16_000);
    let mut kept = 1;
    let code = loop {
        match alice.cli(["chat", "send", "Bob", &long]) {
            Ok(_) => kept += 1,
            Err(refusal) => break refusal.code,
        }
        assert!(kept < 2_000, "a full disk was never noticed");
    };
    assert_eq!(code, "disk_full");
    bob.until("what was acknowledged", |p| (texts(p, "Alice").len() == kept.min(200)).then_some(()));
    std::fs::remove_file(filler).unwrap();
    alice.ok(["chat", "send", "Bob", "room again"]);
    bob.until("the next message", |p| texts(p, "Alice").last().filter(|t| t.contains("room again")).cloned());
    alice.kill();
    alice.wake();
    assert_eq!(texts(&alice, "Bob").last(), texts(&bob, "Alice").last());
}

#[test]
fn a_fetch_onto_a_full_disk_waits_for_room() {
    if !root() {
        return skip("a disk of its own size can be mounted by root only");
    }
    let disk = SmallDisk::new(48);
    let home = disk.at.path().join("home");
    let (alice, bob) = (Person::new("Alice"), Person::with("Bob", Start { home: Some(home), ..Start::default() }));
    pair(&alice, &bob);
    let folder = alice.folder("large");
    draw(&folder, 12);
    let id = alice.word(["share", "add", folder.to_str().unwrap(), "--with", "Bob"], "share");
    let shown = |p: &Person| p.list(["share", "list"]).into_iter().find(|s| s["id"] == id.as_str());
    bob.until("the offer", |p| shown(p).filter(|s| s["state"] == "open"));
    let filler = disk.fill();
    // Refused at once or stopped on the way: both are fine, ending or losing the share is not.
    let _ = bob.cli(["share", "fetch", &id]);
    bob.ok(["node", "status"]);
    std::fs::remove_file(filler).unwrap();
    bob.ok(["share", "fetch", &id]);
    bob.until("every picture", |p| shown(p).filter(|s| s["here"] == 12));
    assert!(Path::new(bob.home()).exists());
}

#[test]
fn garbage_from_a_peer_harms_nothing() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    let ready = alice.ready();
    let port = ready["addrs"].as_array().unwrap().iter().find_map(|address| {
        let mut parts = address.as_str().unwrap().split('/');
        parts.find(|part| *part == "tcp")?;
        parts.next()?.parse::<u16>().ok()
    });
    let mut noise = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..60 {
        let mut peer = TcpStream::connect(("127.0.0.1", port.unwrap())).unwrap();
        let mut garbage: Vec<u8> = match round % 3 {
            0 => Vec::new(),
            1 => b"\x13/multistream/1.0.0\n".to_vec(),
            _ => b"\x13/multistream/1.0.0\n\x07/noise\n\xff\xff".to_vec(),
        };
        garbage.extend((0..4_000).map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise.to_le_bytes()[0]
        }));
        // The node may hang up first.
        let _ = peer.write_all(&garbage);
        let _ = peer.shutdown(Shutdown::Write);
        let _ = peer.read_to_end(&mut Vec::new());
    }
    pair(&alice, &bob);
    meet(&alice, &bob);
}
