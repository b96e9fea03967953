//! Phones at a real node's door, through real sockets.

#![allow(clippy::unwrap_used)]

mod visitor;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use stoa_core::api::{Code, Command, MeSet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Link, Open, Opened};
use crate::control::Client;
use crate::tests::{Browser, options};
use crate::{Backend, Running, node};
use visitor::{Visitor, socket};

pub async fn node(home: &Path) -> Running {
    let running = node::run(options(home)).await.unwrap();
    running.stoa().invoke(Command::MeSet(MeSet { name: "Alice".to_owned() })).await.unwrap();
    running
}

async fn open(running: &Running) -> Opened {
    running.phone().open(Open { at: Some("127.0.0.1".to_owned()), minutes: None }).await.unwrap()
}

/// The two halves of a link: where, and the pass.
fn parts(url: &str) -> (&str, &str) {
    url.strip_prefix("http://").unwrap().split_once("/phone#").unwrap()
}

#[tokio::test]
async fn a_link_lets_one_phone_in_and_its_own_pass_lets_it_in_again() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    assert_eq!(opened.address, "127.0.0.1");
    assert_eq!(running.phone().show().await.open.unwrap().link, Link::Waiting);

    let (mut phone, told) = Visitor::entered(address, link).await.unwrap();
    assert_eq!((&told["name"], &told["until"]), (&json!("Alice"), &json!(opened.until)));
    let state = running.phone().show().await.open.unwrap();
    assert_eq!((state.phones, state.link), (1, Link::Used));
    let accessories = phone.ask(1, "persona.accessories", json!({})).await;
    assert!(accessories["ok"]["items"].as_array().unwrap().len() >= 24, "a long answer, in several messages");

    assert_eq!(Visitor::entered(address, link).await.err(), Some(Some(4401)), "a second time");
    let own = told["pass"].as_str().unwrap();
    let (mut again, told) = Visitor::entered(address, own).await.unwrap();
    assert_eq!(told["pass"], Value::Null);
    // the visit before may not know yet that its network is gone
    assert_eq!(phone.hear().await.err(), Some(None));
    assert_eq!(running.phone().show().await.open.unwrap().phones, 1);
    assert_eq!(again.ask(1, "persona.show", json!({ "contact": null })).await["ok"]["version"], 0);
    running.stop().await;
}

#[tokio::test]
async fn a_phone_asks_for_the_own_picture_and_for_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let (mut phone, _) = Visitor::entered(address, link).await.unwrap();
    let secret = dir.path().join("secret.png");
    std::fs::write(&secret, b"secret").unwrap();
    let recipe = json!({ "photo": null, "face": { "x": 0.5, "y": 0.4, "width": 0.3 }, "worn": [] });
    let elsewhere = json!(secret.to_str().unwrap());
    let person = "a1".repeat(32);
    for (at, (verb, args)) in [
        ("me.show", json!({})),
        ("me.set", json!({ "name": "Mallory" })),
        ("contact.list", json!({})),
        ("contact.invite", json!({})),
        ("chat.read", json!({ "with": "Bob", "before": null, "limit": 10 })),
        ("presence.show", json!({ "contact": null })),
        ("scheme.show", json!({ "contact": null })),
        ("scheme.prepare", json!({ "part": "picture", "path": elsewhere })),
        ("persona.show", json!({ "contact": person })),
        ("persona.export", json!({ "path": elsewhere })),
        ("persona.photo", json!({ "path": elsewhere, "crop": null })),
        ("persona.photo", json!({ "path": "../secret.png", "crop": null })),
        ("persona.photo", json!({ "path": "", "crop": null })),
        ("persona.photo", json!({ "path": "/", "crop": null })),
        ("persona.photo", json!({ "path": "../../..", "crop": null })),
        ("media.get", json!({ "id": "look/0000" })),
        ("media.get", json!({ "id": "../accessory/x" })),
        ("share.list", json!({})),
        ("node.status", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = phone.ask(at as u64, verb, args).await;
        assert_eq!(answer["error"]["code"], "refused", "{verb}: {answer}");
    }
    for (at, verb) in ["phone.open", "phone.close", "node.stop", "node.web", "phone.enter", ""].into_iter().enumerate() {
        let answer = phone.ask(100 + at as u64, verb, json!({})).await;
        assert_eq!(answer["error"]["code"], "bad_request", "{verb}: {answer}");
    }
    let missing = phone.ask(200, "media.get", json!({ "id": "accessory/none/0" })).await;
    assert_eq!(missing["error"]["code"], "not_found");
    // what changes elsewhere is not told
    running.stoa().invoke(Command::MeSet(MeSet { name: "Ada".to_owned() })).await.unwrap();
    phone.say(&json!({ "id": 300, "verb": "persona.preview", "args": { "recipe": recipe, "side": 7 } })).await;
    let next = phone.hear().await.unwrap();
    assert_eq!((&next["id"], &next["error"]["code"]), (&json!(300), &json!("bad_request")), "no word of the new name: {next}");
    running.stop().await;
}

#[tokio::test]
async fn files_come_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let (mut phone, told) = Visitor::entered(address, link).await.unwrap();
    let doors = || std::fs::read_dir(dir.path().join("uploads")).unwrap().map(|door| door.unwrap().path()).collect::<Vec<_>>();
    let uploads = doors().pop().unwrap();
    let kept = || std::fs::read_dir(&uploads).unwrap().count();

    let sea: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let answer = phone.upload(1, "../../sea 海.jpg", sea.len(), &sea).await;
    let path = answer["ok"]["path"].as_str().unwrap();
    assert!(path.ends_with("/sea 海.jpg") && !path.starts_with('/'), "{path}");
    assert_eq!(std::fs::read(uploads.join(path)).unwrap(), sea);

    assert_eq!(phone.upload(2, "more", 10, &[7; 11]).await["error"]["code"], "bad_request", "more than was said");
    assert_eq!(phone.upload(3, "none", 0, &[]).await["error"]["code"], "bad_request");
    assert_eq!(phone.upload(4, "huge", 65 * 1024 * 1024, &[0; 4]).await["error"]["code"], "too_large");
    phone.put(&[2, 0, 0, 0, 9, 1, 2, 3]).await;
    assert_eq!(kept(), 1, "and nothing of an upload that was never begun");

    // half a file, then gone, and with the phone the one that it did not use
    phone.say(&json!({ "id": 5, "upload": { "name": "half", "size": 10 } })).await;
    phone.put(&[&[2][..], &5_u32.to_be_bytes(), b"12345"].concat()).await;
    phone.ask(6, "persona.accessories", json!({})).await;
    drop(phone);
    let (mut phone, _) = Visitor::entered(address, told["pass"].as_str().unwrap()).await.unwrap();
    while kept() > 0 {
        tokio::task::yield_now().await;
    }
    let path = phone.upload(1, "sea.jpg", sea.len(), &sea).await["ok"]["path"].clone();
    // each counts for 8 MiB of 512, until it was read
    let fill = async |phone: &mut Visitor| {
        let mut taken = 0;
        while phone.upload(100 + taken, "more", 1, b"1").await["error"].is_null() {
            taken += 1;
        }
        taken
    };
    assert_eq!(fill(&mut phone).await, 63);
    assert_eq!(phone.upload(1, "more", 1, b"1").await["error"]["code"], "too_many");
    // no photo, but read: gone, and its room with it
    let unread = phone.ask(2, "persona.photo", json!({ "path": path, "crop": null })).await;
    assert!(unread["error"]["code"].is_string() && unread["error"]["code"] != "refused", "{unread}");
    assert_eq!((kept(), fill(&mut phone).await), (63, 1));
    let again = phone.ask(3, "persona.photo", json!({ "path": path, "crop": null })).await;
    assert_eq!(again["error"]["code"], "refused");
    running.phone().close().await;
    assert_eq!(doors(), [] as [std::path::PathBuf; 0], "and nothing stays of a door that closed");
    running.stop().await;
}

#[tokio::test]
async fn whoever_lacks_the_key_or_meddles_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let mut bytes = URL_SAFE_NO_PAD.decode(link).unwrap();
    bytes[40] ^= 1;
    assert_eq!(Visitor::greeted(address, &URL_SAFE_NO_PAD.encode(&bytes)).await.err(), Some(Some(4401)), "another key");
    bytes[0] ^= 1;
    assert_eq!(Visitor::greeted(address, &URL_SAFE_NO_PAD.encode(&bytes)).await.err(), Some(Some(4401)), "another name");
    assert_eq!(running.phone().show().await.open.unwrap().link, Link::Waiting, "it still works");

    // somebody repeats what they heard of a greeting: it is answered, and that is all
    let mut phone = Visitor::greeted(address, link).await.unwrap();
    let entering = phone.seal(&[&[1], json!({ "id": 0, "verb": "phone.enter" }).to_string().as_bytes()].concat());
    let mut other = Visitor::greeted(address, link).await.unwrap();
    other.socket.send(entering.clone()).await.unwrap();
    assert_eq!(other.hear().await.err(), Some(None));
    phone.socket.send(entering.clone()).await.unwrap();
    assert_eq!(phone.hear().await.unwrap()["ok"]["name"], "Alice");
    phone.socket.send(entering).await.unwrap();
    assert_eq!(phone.hear().await.err(), Some(None), "the same words twice");

    // first something else than entering
    let (address, link) = (address.to_owned(), open(&running).await.url);
    let mut hasty = Visitor::greeted(&address, parts(&link).1).await.unwrap();
    hasty.say(&json!({ "id": 1, "verb": "persona.clear", "args": {} })).await;
    assert_eq!(hasty.hear().await.err(), Some(None));
    assert_eq!(running.phone().show().await.open.unwrap().link, Link::Waiting);
    running.stop().await;
}

#[tokio::test]
async fn a_phone_that_missed_its_pass_comes_again_by_the_link() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let (lost, _) = Visitor::entered(address, link).await.unwrap();
    drop(lost);
    let (mut phone, _) = Visitor::entered(address, link).await.unwrap();
    assert_eq!(running.phone().show().await.open.unwrap().link, Link::Used);
    phone.ask(1, "persona.show", json!({ "contact": null })).await;
    assert_eq!(Visitor::entered(address, link).await.err(), Some(Some(4401)));
    running.stop().await;
}

#[tokio::test]
async fn pings_are_no_way_to_fill_the_node() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let ping = || Message::Ping(vec![0; 100].into());
    let mut stranger = socket(address, &format!("http://{address}")).await.unwrap();
    stranger.send(ping()).await.unwrap();
    let (mut phone, _) = Visitor::entered(address, link).await.unwrap();
    phone.socket.send(ping()).await.unwrap();
    for socket in [&mut stranger, &mut phone.socket] {
        while let Some(Ok(heard)) = socket.next().await {
            assert!(matches!(heard, Message::Pong(_) | Message::Ping(_)), "{heard:?}");
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn a_text_without_end_and_requests_without_end_end_the_visit() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, link) = parts(&opened.url);
    let (mut phone, told) = Visitor::entered(address, link).await.unwrap();
    let own = told["pass"].as_str().unwrap();
    for _ in 0..3 {
        phone.put(&[[0].as_slice(), &[b'x'; 30_000]].concat()).await;
    }
    assert_eq!(phone.hear().await.err(), Some(None));

    let (mut phone, _) = Visitor::entered(address, own).await.unwrap();
    for id in 0..2_000_u64 {
        // files whose parts never come
        phone.say(&json!({ "id": id, "upload": { "name": "x", "size": 9 } })).await;
    }
    while phone.hear().await.is_ok() {}
    let (mut phone, _) = Visitor::entered(address, own).await.unwrap();
    assert_eq!(phone.ask(1, "persona.show", json!({ "contact": null })).await["ok"]["version"], 0);
    running.stop().await;
}

#[tokio::test]
async fn every_face_opens_shows_and_closes_it() {
    let dir = tempfile::tempdir().unwrap();
    let own = Backend::Own(Box::new(node(dir.path()).await));
    let attached = Backend::Attached(Client::connect(dir.path()).await.unwrap());
    let Backend::Own(running) = &own else { unreachable!() };
    let bridge = Browser::entered(running).await;
    let mut urls = std::collections::HashSet::new();
    for face in ["own", "attached", "bridge"] {
        let ask = async |verb: &str, args: Value| match face {
            "own" => own.invoke(json!({ "verb": verb, "args": args })).await.unwrap(),
            "attached" => attached.invoke(json!({ "verb": verb, "args": args })).await.unwrap(),
            _ => bridge.invoke(verb, args).await.json(),
        };
        let opened = ask("phone.open", json!({ "at": "127.0.0.1", "minutes": null })).await;
        urls.insert(opened["url"].as_str().unwrap().to_owned());
        assert_eq!(ask("phone.show", json!({})).await["open"]["link"], "waiting", "{face}");
        ask("phone.close", json!({})).await;
        assert_eq!(ask("phone.show", json!({})).await, json!({ "open": null }), "{face}");
    }
    assert_eq!(urls.len(), 3);
    assert_eq!(bridge.invoke("phone.open", json!({ "at": "8.8.8.8" })).await.status, 400);
    assert_eq!(bridge.invoke("phone.open", json!({ "minutes": "many" })).await.json()["code"], "bad_request");
    own.stop().await;
}

#[tokio::test]
async fn a_closed_door_tells_phones_and_its_passes_are_void() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let first = open(&running).await;
    let (address, link) = parts(&first.url);
    let (mut phone, told) = Visitor::entered(address, link).await.unwrap();
    let nowhere = Open { at: Some("10.255.255.254".to_owned()), minutes: None };
    assert_eq!(running.phone().open(nowhere).await.unwrap_err().code, Code::BadRequest, "no address of this machine");
    let second = running.phone().open(Open { at: None, minutes: Some(60) }).await.unwrap();
    assert_eq!(parts(&second.url).0, address, "the same door, another link");
    assert!(second.code != first.code && second.addresses.contains(&second.address));
    assert_eq!(running.phone().show().await.open.unwrap().code, second.code);
    assert_eq!(phone.hear().await.unwrap()["until"], json!(second.until), "phones inside hear of the longer time");
    running.phone().close().await;
    assert_eq!(phone.hear().await.err(), Some(Some(4410)));
    assert!(running.phone().show().await.open.is_none());
    assert!(TcpStream::connect(address).await.is_err());

    let again = running.phone().open(Open { at: Some(address.to_owned()), minutes: Some(1) }).await.unwrap();
    assert_eq!(parts(&again.url).0, address);
    for pass in [told["pass"].as_str().unwrap(), parts(&second.url).1] {
        assert_eq!(Visitor::entered(address, pass).await.err(), Some(Some(4401)));
    }
    let code = async |at: &str, minutes| {
        running.phone().open(Open { at: Some(at.to_owned()), minutes }).await.map_err(|error| error.code).err()
    };
    for at in ["0.0.0.0", "8.8.8.8:80", "[::]", "home", "192.168.1.5:99999"] {
        assert_eq!(code(at, None).await, Some(Code::BadRequest), "{at}");
    }
    assert_eq!(code("127.0.0.1", Some(0)).await, Some(Code::BadRequest));
    running.stop().await;
}

#[tokio::test]
async fn the_page_is_for_everybody_and_the_door_for_this_page_alone() {
    let dir = tempfile::tempdir().unwrap();
    let running = node(dir.path()).await;
    let opened = open(&running).await;
    let (address, _) = parts(&opened.url);
    let get = async |path: &str, host: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        (text[9..12].parse::<u16>().unwrap(), text)
    };
    let (status, page) = get("/phone", address).await;
    assert_eq!(status, 200);
    assert!(page.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{page}");
    for path in
        ["/", "/index.html", "/api/invoke", "/api/changes", "/media/accessory/x", "/../secret.key", "/?token=x", "/phone/x"]
    {
        assert_eq!(get(path, address).await.0, 404, "{path}");
    }
    let port = address.rsplit(':').next().unwrap();
    for host in [format!("localhost:{port}"), format!("evil.example:{port}"), "127.0.0.1".to_owned()] {
        assert_eq!(get("/phone", &host).await.0, 421, "{host}");
    }
    for origin in ["http://evil.example", "null", &format!("https://{address}"), &format!("http://localhost:{port}")] {
        let Err(Error::Http(answer)) = socket(address, origin).await else { panic!("{origin} came in") };
        assert_eq!(answer.status(), 403, "{origin}");
    }
    // those who never say anything take their places only
    let mut idle = Vec::new();
    let refused = loop {
        match socket(address, &format!("http://{address}")).await {
            Ok(socket) => idle.push(socket),
            Err(Error::Http(answer)) => break answer.status(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((refused.as_u16(), idle.len()), (429, 3));
    assert_eq!(get("/phone", address).await.0, 200);
    // HTTP/1.1 and nothing else
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{said:?}");
    running.stop().await;
}
