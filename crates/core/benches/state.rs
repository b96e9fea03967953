//! How long a change of state takes to be told to the faces of 100 contacts: 101 Stoas with a network, a database and a
//! blob store each, connected over loopback in one process. Prints one JSON line.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;
use std::time::{Duration, Instant};

use stoa_core::api::{Answer, Code, Command, ContactAccept, ContactInvite, MeSet, PresenceSet, State};
use stoa_core::{Change, Config, Stoa};
use tokio::sync::mpsc;

const CONTACTS: usize = 100;
const ROUNDS: usize = 30;
/// Rounds before those that count.
const WARM: usize = 3;

async fn open(home: &Path, name: &str) -> Stoa {
    std::fs::create_dir_all(home).unwrap();
    let config = Config {
        home: home.to_owned(),
        key: [7; 32],
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".into()],
        lan: false,
        media_program: std::env::current_exe().unwrap(),
    };
    let stoa = Stoa::open(config).await.unwrap();
    stoa.invoke(Command::MeSet(MeSet { name: name.to_owned() })).await.unwrap();
    stoa
}

/// Strangers are answered at a limited rate, so most of these wait.
async fn befriend(host: &Stoa, guest: &Stoa) {
    loop {
        let Answer::ContactInvite(invitation) = host.invoke(Command::ContactInvite(ContactInvite::default())).await.unwrap()
        else {
            panic!("another answer")
        };
        match guest.invoke(Command::ContactAccept(ContactAccept { link: invitation.link })).await {
            Ok(_) => return,
            Err(error) if error.code == Code::TooMany => tokio::time::sleep(Duration::from_millis(1_050)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Tells when each text is seen as the owner's.
async fn watch(contact: Stoa, seen: mpsc::UnboundedSender<(String, Instant)>) {
    let mut changes = contact.changes();
    let mut last = String::new();
    while let Some(change) = changes.next().await {
        if let Change::Contact(shown) = change
            && shown.presence.text != last
        {
            last = shown.presence.text;
            if seen.send((last.clone(), Instant::now())).is_err() {
                return;
            }
        }
    }
}

async fn round(host: &Stoa, text: String, seen: &mut mpsc::UnboundedReceiver<(String, Instant)>) -> Vec<Duration> {
    let began = Instant::now();
    let set = PresenceSet { state: State::new("busy").unwrap(), text: text.clone(), until: None };
    host.invoke(Command::PresenceSet(set)).await.unwrap();
    let mut took = Vec::with_capacity(CONTACTS);
    while took.len() < CONTACTS {
        let (which, at) = tokio::time::timeout(Duration::from_secs(60), seen.recv()).await.expect("all see it").unwrap();
        if which == text {
            took.push(at - began);
        }
    }
    took
}

fn main() {
    // cargo gives a bench this argument; its tests are elsewhere
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let host = open(&folder.path().join("host"), "Host").await;
        let (tell, mut seen) = mpsc::unbounded_channel();
        let mut contacts = Vec::with_capacity(CONTACTS);
        for at in 0..CONTACTS {
            let contact = open(&folder.path().join(format!("{at}")), &format!("Contact {at}")).await;
            tokio::spawn(watch(contact.clone(), tell.clone()));
            befriend(&host, &contact).await;
            contacts.push(contact);
        }
        let mut took = Vec::with_capacity(CONTACTS * ROUNDS);
        for at in 0..WARM + ROUNDS {
            let one = round(&host, format!("round {at}"), &mut seen).await;
            if at >= WARM {
                took.extend(one);
            }
        }
        took.sort();
        let millis = |share: f64| {
            let at = ((took.len() - 1) as f64 * share).round() as usize;
            (took[at].as_secs_f64() * 10_000.0).round() / 10.0
        };
        println!(
            "{{\"what\":\"state to {CONTACTS} contacts\",\"rounds\":{ROUNDS},\"p50_ms\":{},\"p95_ms\":{},\"p99_ms\":{},\"max_ms\":{}}}",
            millis(0.5),
            millis(0.95),
            millis(0.99),
            millis(1.0)
        );
        // the process ends with them
        std::mem::forget(contacts);
    });
    runtime.shutdown_background();
}
