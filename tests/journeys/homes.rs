//! The home: one node at a time, kept over restarts, never forked by a copy.

use std::path::Path;

use crate::person::{Person, Start, contact, pair_of};
use crate::pictures::draw;
use crate::program::{answer, binary, stoa, tool};

#[test]
fn a_second_node_on_one_home_is_refused() {
    let alice = Person::new("Alice");
    let output = stoa(alice.home(), ["node", "run", "--no-lan"]).output().unwrap();
    assert_eq!(answer(&output, "a second node").unwrap_err().code, "home_in_use");
    alice.ok(["node", "status"]);
}

#[test]
fn without_a_node_every_verb_says_so() {
    let alice = Person::asleep("Alice", Start::default());
    assert_eq!(alice.refused(["contact", "list"]), "no_node");
    alice.wake();
    alice.sleep();
    assert_eq!(alice.refused(["contact", "list"]), "no_node");
}

#[test]
fn everything_is_there_after_a_restart() {
    let (alice, bob) = pair_of("Alice", "Bob");
    bob.ok(["contact", "rename", "Alice", "Ali"]);
    bob.ok(["contact", "verify", "Ali"]);
    bob.ok(["presence", "set", "busy", "--text", "packing"]);
    let folder = alice.folder("kept");
    draw(&folder, 3);
    alice.ok(["chat", "send", "Bob", "keep this"]);
    let share = alice.ok(["share", "add", folder.to_str().unwrap(), "--with", "Bob"])["share"].clone();
    let share = share.as_str().unwrap();
    bob.until("share and message", |p| {
        let offered = p.list(["share", "list"]).iter().any(|s| s["id"] == share && s["state"] == "open");
        let said = p.list(["chat", "read", "Ali"]).len() >= 2;
        (offered && said).then_some(())
    });
    bob.ok(["share", "fetch", share]);
    bob.until("the pictures", |p| p.list(["share", "list"]).into_iter().find(|s| s["here"] == 3 && s["count"] == 3));
    let told = |p: &Person| {
        let known = contact(p, "Ali").unwrap();
        let mut items = p.ok(["share", "show", share]);
        items["share"]["rate"] = 0.into();
        (
            p.ok(["me", "show"])["person"].clone(),
            [known["person"].clone(), known["verified"].clone(), known["since"].clone()],
            p.list(["chat", "read", "Ali"]),
            items,
            p.ok(["me", "show"])["presence"]["text"].clone(),
        )
    };
    let before = told(&bob);
    bob.sleep();
    bob.wake();
    assert_eq!(told(&bob), before);
    bob.until("Alice online again", |p| (contact(p, "Ali")?["presence"]["state"] == "online").then_some(()));
}

#[test]
fn a_copied_home_becomes_a_new_device_and_forks_nothing() {
    let (alice, bob) = pair_of("Alice", "Bob");
    let say = |person: &Person, text: &str| person.word(["chat", "send", "Bob", text], "id");
    let said = |person: &Person, with: &str| -> Vec<(String, String)> {
        let messages = person.list(["chat", "read", with]);
        messages.iter().map(|m| (m["id"].to_string(), m["body"]["text"].to_string())).collect()
    };
    say(&alice, "from the first device");
    bob.until("the first message", |p| (said(p, "Alice").len() == 1).then_some(()));
    let before = alice.ok(["me", "show"]);
    alice.sleep();

    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    copy_home(alice.home(), &copy);
    let twin = Person::asleep("Alice", Start { home: Some(copy), ..Start::default() });
    twin.wake();
    let after = twin.ok(["me", "show"]);
    assert_eq!(after["person"], before["person"], "the same person");
    assert_ne!(after["device"], before["device"], "on a new device");
    assert_eq!(said(&twin, "Bob").len(), 1, "the copy holds what was said");
    say(&twin, "from the copy");
    bob.until("the copy's message", |p| (said(p, "Alice").len() == 2).then_some(()));
    assert_eq!(bob.list(["contact", "list"]).len(), 1, "still one person");
    assert_eq!(said(&bob, "Alice"), said(&twin, "Bob"));
    bob.ok(["chat", "send", "Alice", "to whoever you are now"]);
    twin.until("the answer", |p| (said(p, "Bob").len() == 3).then_some(()));
}

fn copy_home(from: &Path, to: &Path) {
    tool(&format!("cp -r {} {}", from.display(), to.display()));
}

#[test]
fn the_home_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let alice = Person::new("Alice");
    let mut folders = vec![alice.home().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            }
        }
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        // Below a closed folder nothing can be reached, whatever its own mode.
        if folder == alice.home() {
            assert_eq!(mode, 0o700, "{}", folder.display());
        }
    }
}

#[test]
fn the_window_says_when_there_is_no_display() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(binary("stoa-window"))
        .arg("--home")
        .arg(home.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("display") && !words.contains("panicked"), "{words}");
}
