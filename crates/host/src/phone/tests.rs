//! Phones at a real node's door, through real sockets.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use snow::TransportState;
use stoa_core::api::{Code, Command, MeSet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Link, Open, Opened};
use crate::control::Client;
use crate::tests::Browser;
use crate::{Backend, Options, Running, Unlock, node};

async fn node(home: &Path) -> Running {
    let options = Options {
        home: home.to_owned(),
        unlock: Unlock::default(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        lan: false,
        web: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        media_program: std::env::current_exe().unwrap(),
    };
    let running = node::run(options).await.unwrap();
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

async fn socket(address: &str, origin: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    // as browsers do
    stream.set_nodelay(true).unwrap();
    let mut request = format!("ws://{address}/phone/door").into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    tokio_tungstenite::client_async(request, stream).await.map(|(socket, _)| socket)
}

/// A phone as the page is one.
struct Visitor {
    socket: WebSocketStream<TcpStream>,
    noise: TransportState,
}

/// How the node ended the connection: its close code, or none.
type Ended = Option<u16>;

impl Visitor {
    async fn greeted(address: &str, pass: &str) -> Result<Self, Ended> {
        let bytes = URL_SAFE_NO_PAD.decode(pass).unwrap();
        let (name, key) = bytes.split_at(9);
        let mut socket = socket(address, &format!("http://{address}")).await.unwrap();
        let builder = snow::Builder::new("Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s".parse().unwrap());
        let mut noise =
            builder.prologue(b"stoa phone 1").unwrap().psk(0, key.try_into().unwrap()).unwrap().build_initiator().unwrap();
        let mut buffer = vec![0; 256];
        let size = noise.write_message(&[], &mut buffer).unwrap();
        socket.send(Message::Binary([name, &buffer[..size]].concat().into())).await.unwrap();
        match socket.next().await {
            Some(Ok(Message::Binary(answer))) => noise.read_message(&answer, &mut buffer).map_err(|_| None)?,
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
            _ => return Err(None),
        };
        Ok(Self { socket, noise: noise.into_transport_mode().unwrap() })
    }

    async fn entered(address: &str, pass: &str) -> Result<(Self, Value), Ended> {
        let mut visitor = Self::greeted(address, pass).await?;
        visitor.say(&json!({ "id": 0, "verb": "phone.enter" })).await;
        let answer = visitor.hear().await?;
        Ok((visitor, answer["ok"].clone()))
    }

    fn seal(&mut self, plain: &[u8]) -> Message {
        let mut sealed = vec![0; plain.len() + 16];
        let size = self.noise.write_message(plain, &mut sealed).unwrap();
        sealed.truncate(size);
        Message::Binary(sealed.into())
    }

    async fn put(&mut self, plain: &[u8]) {
        let sealed = self.seal(plain);
        // The node may have closed meanwhile, which `hear` tells.
        let _ = self.socket.send(sealed).await;
    }

    async fn say(&mut self, what: &Value) {
        self.put(&[&[1], what.to_string().as_bytes()].concat()).await;
    }

    async fn hear(&mut self) -> Result<Value, Ended> {
        let mut text = Vec::new();
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(sealed))) => {
                    let mut plain = vec![0; sealed.len()];
                    let size = self.noise.read_message(&sealed, &mut plain).unwrap();
                    text.extend_from_slice(&plain[1..size]);
                    if plain[0] == 1 {
                        return Ok(serde_json::from_slice(&text).unwrap());
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Asks and waits for the answer to it.
    async fn ask(&mut self, id: u64, verb: &str, args: Value) -> Value {
        self.say(&json!({ "id": id, "verb": verb, "args": args })).await;
        self.answer(id).await
    }

    async fn answer(&mut self, id: u64) -> Value {
        loop {
            let heard = self.hear().await.unwrap();
            if heard["id"] == id {
                return heard;
            }
        }
    }

    async fn upload(&mut self, id: u32, name: &str, size: usize, bytes: &[u8]) -> Value {
        self.say(&json!({ "id": id, "upload": { "name": name, "size": size } })).await;
        for part in bytes.chunks(60_000) {
            self.put(&[&[2], &id.to_be_bytes()[..], part].concat()).await;
        }
        self.answer(id.into()).await
    }
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
    let uploads = dir.path().join("uploads");
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

    // half a file, then gone
    phone.say(&json!({ "id": 5, "upload": { "name": "half", "size": 10 } })).await;
    phone.put(&[&[2][..], &5_u32.to_be_bytes(), b"12345"].concat()).await;
    phone.ask(6, "persona.accessories", json!({})).await;
    drop(phone);
    let (mut phone, _) = Visitor::entered(address, told["pass"].as_str().unwrap()).await.unwrap();
    while kept() > 1 {
        tokio::task::yield_now().await;
    }
    let mut taken = 0;
    while phone.upload(100 + taken, "more", 1, b"1").await["error"].is_null() {
        taken += 1;
    }
    assert_eq!(phone.upload(1, "more", 1, b"1").await["error"]["code"], "too_many");
    assert!((50..64).contains(&taken), "{taken}");
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
    let second = open(&running).await;
    assert_eq!(parts(&second.url).0, address, "the same door, another link");
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
    assert_eq!(code("10.255.255.254", None).await, Some(Code::BadRequest), "no address of this machine");
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
    for path in ["/", "/api/invoke", "/api/changes", "/media/accessory/x", "/../secret.key", "/?token=x", "/phone/x"] {
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
    assert_eq!((refused.as_u16(), idle.len()), (429, 16));
    assert_eq!(get("/phone", address).await.0, 200);
    running.stop().await;
}
