//! A node with its faces, through real sockets.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use stoa_core::api::{Change, Code, MeSet, MeShow};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};

use crate::control::{self, Client};
use crate::{Backend, Options, Running, Unlock, node};

pub(crate) fn options(home: &Path) -> Options {
    Options {
        home: home.to_owned(),
        unlock: Unlock::default(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        lan: false,
        web: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        media_program: std::env::current_exe().unwrap(),
    }
}

/// A browser that says exactly what the test says.
pub(crate) struct Browser {
    address: String,
    token: String,
    cookie: String,
    key: String,
}

pub(crate) struct Heard {
    pub status: u16,
    head: String,
    body: String,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Browser {
    fn new(running: &Running) -> Self {
        let url = running.web_address().unwrap();
        let (address, token) = url.strip_prefix("http://").unwrap().split_once("/?token=").unwrap();
        Self { address: address.to_owned(), token: token.to_owned(), cookie: String::new(), key: String::new() }
    }

    /// With a session.
    pub async fn entered(running: &Running) -> Self {
        let mut browser = Self::new(running);
        let heard = browser.raw(&format!("GET /?token={}", browser.token), &[], "").await;
        assert_eq!(heard.status, 303);
        browser.key = heard.header("location").unwrap().strip_prefix("/#k=").unwrap().to_owned();
        browser.cookie = heard.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        browser
    }

    /// The request as a browser on our page sends it.
    async fn ask(&self, line: &str, more: &[&str], body: &str) -> Heard {
        let origin = format!("Origin: http://{}", self.address);
        let cookie = format!("Cookie: other=1; {}", self.cookie);
        let key = format!("X-Stoa-Key: {}", self.key);
        let mut headers = vec![origin.as_str(), cookie.as_str(), key.as_str(), "Content-Type: application/json"];
        headers.extend(more);
        self.raw(line, &headers, body).await
    }

    pub async fn invoke(&self, verb: &str, args: Value) -> Heard {
        self.ask("POST /api/invoke", &[], &json!({ "verb": verb, "args": args }).to_string()).await
    }

    async fn raw(&self, line: &str, headers: &[&str], body: &str) -> Heard {
        let mut stream = self.send(line, headers, body).await;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Heard { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn send(&self, line: &str, headers: &[&str], body: &str) -> TcpStream {
        let mut text = format!("{line} HTTP/1.1\r\n");
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        if !headers.iter().any(|header| header.starts_with("Connection:")) {
            text.push_str("Connection: close\r\n");
        }
        for header in headers {
            text.push_str(&format!("{header}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

#[tokio::test]
async fn a_browser_enters_once_and_runs_commands() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let stranger = Browser::new(&running);
    let first = stranger.raw(&format!("GET /?token={}", stranger.token), &[], "").await;
    assert_eq!(first.status, 303);
    assert!(first.header("location").unwrap().starts_with("/#k="), "the key goes where no server sees it");
    let cookie = first.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    assert_eq!(stranger.raw(&format!("GET /?token={}", stranger.token), &[], "").await.status, 401, "a second time");
    assert_eq!(stranger.raw("GET /?token=guess", &[], "").await.status, 401);

    let browser = Browser::entered(&running).await;
    assert_eq!(browser.invoke("me.set", json!({ "name": "Ada" })).await.status, 200);
    assert_eq!(browser.invoke("me.show", json!({})).await.json()["name"], "Ada");
    let page = browser.ask("GET /", &[], "").await;
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'; script-src 'self'"));
    assert!(page.body.contains("<!doctype html>") || page.body.contains("<!DOCTYPE html>"), "{}", page.body);
    let wrong = browser.invoke("me.set", json!({})).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (400, &json!("bad_request")));
    let wrong = browser.invoke("contact.show", json!({ "contact": "nobody" })).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (404, &json!("not_found")));
    running.stop().await;
}

#[tokio::test]
async fn other_sites_names_and_strangers_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let browser = Browser::entered(&running).await;
    let command = r#"{"verb":"me.show","args":{}}"#;
    let cookie = format!("Cookie: {}", browser.cookie);
    let origin = format!("Origin: http://{}", browser.address);
    let host = "Host: rebound.example:80";
    let post = "POST /api/invoke";
    let key = format!("X-Stoa-Key: {}", browser.key);
    let other = Browser::entered(&running).await;
    let others = format!("X-Stoa-Key: {}", other.key);
    let (cookie, key, others) = (cookie.as_str(), key.as_str(), others.as_str());
    let (origin, json) = (origin.as_str(), "Content-Type: application/json");
    for (line, headers, status) in [
        (post, vec![cookie, key, origin, json], 200),
        // another port of this machine is sent the cookie, and no key
        (post, vec![cookie, origin, json], 401),
        (post, vec![cookie, others, origin, json], 401),
        (post, vec![key, origin, json], 401),
        (post, vec![cookie, key, origin, json, host], 421),
        (post, vec![cookie, key, json, "Origin: http://evil.example"], 403),
        (post, vec![cookie, key, json, "Origin: null"], 403),
        (post, vec![cookie, key, json], 403),
        (post, vec![cookie, key, origin, json, "Sec-Fetch-Site: cross-site"], 403),
        (post, vec![cookie, key, origin, "Content-Type: text/plain"], 400),
        (post, vec![origin, json], 401),
        (post, vec![origin, json, "Cookie: stoa-1=guess"], 401),
        ("GET /media/x", vec![], 401),
        ("GET /api/original/x/1", vec![cookie], 401),
        ("GET /api/changes", vec![cookie, "Connection: Upgrade, close", "Upgrade: websocket"], 403),
        ("GET /", vec![], 401),
    ] {
        assert_eq!(browser.raw(line, &headers, command).await.status, status, "{line} {headers:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn uploads_stay_in_their_folder_and_no_other_path_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let browser = Browser::entered(&running).await;
    let heard = browser.ask("POST /api/upload?name=..%2F..%2F..%2Fkey.json", &[], "bytes").await;
    let path = heard.json()["path"].as_str().unwrap().to_owned();
    let uploads = running.home().dir().join("uploads");
    assert!(Path::new(&path).starts_with(&uploads) && path.ends_with("/key.json"), "{path}");
    assert_eq!(std::fs::read(&path).unwrap(), b"bytes");
    let key = running.home().dir().join("key.json").display().to_string();
    std::os::unix::fs::symlink(&key, uploads.join("link.jpg")).unwrap();
    for outside in [
        key,
        "/etc/passwd".to_owned(),
        uploads.display().to_string(),
        format!("{}/../../key.json", uploads.display()),
        uploads.join("link.jpg").display().to_string(),
        "key.json".to_owned(),
    ] {
        let refused = browser.invoke("share.add", json!({ "paths": [path, outside], "with": ["Lin"] })).await;
        assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("refused")), "{outside}");
        for (verb, args) in [
            ("card.codes", json!({ "path": outside })),
            ("seller.photo", json!({ "url": "http://127.0.0.1:1", "code": "x", "path": outside })),
            ("seller.import", json!({ "url": "http://127.0.0.1:1", "path": outside, "dry_run": true })),
            ("seller.export", json!({ "url": "http://127.0.0.1:1", "format": "csv", "path": outside })),
            ("persona.photo", json!({ "path": outside, "crop": null })),
            ("persona.export", json!({ "path": outside })),
            ("scheme.prepare", json!({ "part": "picture", "path": outside })),
        ] {
            let refused = browser.invoke(verb, args).await;
            assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("refused")), "{verb} {outside}");
        }
    }
    let own = json!({ "url": "http://127.0.0.1:1", "path": path, "dry_run": true });
    assert_eq!(browser.invoke("seller.import", own).await.json()["code"], "not_found", "an own upload is read; no key is kept");
    let feed = browser.ask("GET /api/feed?url=http%3A%2F%2F127.0.0.1%3A1&format=csv", &[], "").await;
    assert_eq!((feed.status, &feed.json()["code"]), (404, &json!("not_found")));
    assert_eq!(browser.ask("GET /api/feed?url=x&format=exe", &[], "").await.status, 400);
    let save = json!({ "share": "s", "only": [1], "into": "/tmp" });
    assert_eq!(browser.invoke("share.save", save).await.json()["code"], "refused");
    assert_ne!(browser.ask("GET /api/original/nothing/1", &[], "").await.status, 200);
    assert_eq!(std::fs::read_dir(running.home().dir().join("downloads")).unwrap().count(), 0);
    running.stop().await;
}

#[tokio::test]
async fn a_browser_hears_changes() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let browser = Browser::entered(&running).await;
    let (origin, cookie) = (format!("Origin: http://{}", browser.address), format!("Cookie: {}", browser.cookie));
    let protocols = format!("Sec-WebSocket-Protocol: stoa, {}", browser.key);
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        &origin,
        &cookie,
        &protocols,
    ];
    let mut socket = BufReader::new(browser.send("GET /api/changes", &upgrade, "").await);
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    assert!(line.contains(" 101 "), "{line}");
    while line.trim() != "" {
        line.clear();
        socket.read_line(&mut line).await.unwrap();
    }
    assert_eq!(browser.invoke("me.set", json!({ "name": "Ada" })).await.status, 200);
    loop {
        let change = frame(&mut socket).await;
        if change["change"] == "me" && change["of"]["name"] == "Ada" {
            break;
        }
    }
    running.stop().await;
}

/// One unmasked text frame (RFC 6455, 5.2).
async fn frame(socket: &mut BufReader<TcpStream>) -> Value {
    assert_eq!(socket.read_u8().await.unwrap(), 0x81, "a whole text frame");
    let length = match socket.read_u8().await.unwrap() {
        126 => u64::from(socket.read_u16().await.unwrap()),
        127 => socket.read_u64().await.unwrap(),
        short => u64::from(short),
    };
    let mut text = vec![0; usize::try_from(length).unwrap()];
    socket.read_exact(&mut text).await.unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[tokio::test]
async fn the_control_socket_serves_the_owner() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Client::connect(dir.path()).await.err().unwrap().code, Code::NoNode);
    let running = node::run(options(dir.path())).await.unwrap();
    assert_eq!(node::run(options(dir.path())).await.err().unwrap().code, Code::HomeInUse);

    let client = Client::connect(dir.path()).await.unwrap();
    let mut watch = client.watch().await.unwrap();
    client.call(MeSet { name: "Ada".to_owned() }).await.unwrap();
    assert_eq!(client.call(MeShow {}).await.unwrap().name, "Ada");
    // Addresses found since the start are told as a change of `me` too, in any order with the name's.
    while !matches!(watch.next().await.unwrap(), Change::Me(me) if me.name == "Ada") {}
    let refused = client.call(MeSet { name: String::new() }).await.unwrap_err();
    assert_eq!(refused.code, Code::BadRequest);
    assert_eq!(client.ask("no.such", Value::Null).await.unwrap_err().code, Code::BadRequest);
    let many = futures::future::join_all((0..100).map(|_| client.call(MeShow {}))).await;
    assert!(many.iter().all(|answer| answer.as_ref().is_ok_and(|me| me.name == "Ada")));

    client.ask(control::STOP, Value::Null).await.unwrap();
    running.until_stopped().await.unwrap();
    running.stop().await;
    // an address found late may be told before the end
    while watch.next().await.is_some() {}
    assert_eq!(client.call(MeShow {}).await.unwrap_err().code, Code::NoNode);
    assert!(!dir.path().join("control.sock").exists());
}

#[tokio::test]
async fn the_control_socket_survives_garbage() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let socket = running.home().dir().join("control.sock");
    let mut stream = BufReader::new(UnixStream::connect(&socket).await.unwrap());
    for (said, id, code) in [
        ("no json", Value::Null, "bad_request"),
        (r#"{"id":7}"#, json!(7), "bad_request"),
        (r#"{"id":8,"verb":"me.set","args":{"name":3}}"#, json!(8), "bad_request"),
    ] {
        stream.write_all(format!("{said}\n").as_bytes()).await.unwrap();
        let reply = line(&mut stream).await.unwrap();
        assert_eq!((&reply["id"], &reply["error"]["code"]), (&id, &json!(code)), "{said}");
    }
    let (mut read, mut write) = stream.into_inner().into_split();
    let flood = tokio::spawn(async move {
        let part = vec![b'x'; 1024 * 1024];
        // Ends when the node has had enough.
        while write.write_all(&part).await.is_ok() {}
    });
    let mut said = Vec::new();
    // The node may hang up with bytes of the flood unread, which resets the connection.
    let _ = read.read_to_end(&mut said).await;
    flood.await.unwrap();
    assert!(said.is_empty() || String::from_utf8(said).unwrap().contains("too_large"));
    Client::connect(dir.path()).await.unwrap().call(MeShow {}).await.unwrap();
    running.stop().await;
}

async fn line(stream: &mut BufReader<UnixStream>) -> Option<Value> {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    serde_json::from_str(&line).ok()
}

#[tokio::test]
async fn a_home_deep_in_the_file_system_is_reached_too() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a-long-name-".repeat(10)).join("home");
    let running = node::run(options(&deep)).await.unwrap();
    assert!(!deep.join("control.sock").exists(), "the path is too long for a socket");
    Client::connect(&deep).await.unwrap().call(MeShow {}).await.unwrap();
    running.stop().await;
    assert_eq!(Client::connect(&deep).await.err().unwrap().code, Code::NoNode);
}

#[tokio::test]
async fn a_window_attaches_to_a_node_and_takes_over_when_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let running = node::run(options(dir.path())).await.unwrap();
    let open = || Backend::connect_or_open(|| Ok(options(dir.path())));
    let attached = open().await.unwrap();
    assert!(matches!(attached, Backend::Attached(_)));
    let show = json!({ "verb": "me.show", "args": {} });
    let person = attached.invoke(show.clone()).await.unwrap()["person"].clone();
    let mut heard = attached.changes().await.unwrap();
    running.stop().await;
    while heard.next().await.is_some() {}
    drop(running);
    let own = open().await.unwrap();
    assert!(matches!(own, Backend::Own(_)));
    assert_eq!(own.invoke(show).await.unwrap()["person"], person);
    own.stop().await;
}
