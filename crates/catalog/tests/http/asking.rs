//! A catalog on loopback and a client that sends exactly what it is told to.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use stoa_catalog::server::{self, Catalog, Rights, Studio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the test's studio takes for a picture.
pub const TINY_PICTURE: &[u8] = b"PICTURE of honey";

pub struct Shop {
    pub catalog: Catalog,
    pub address: SocketAddr,
    pub seller_id: String,
    /// The authorization of the seller and of the operator.
    pub bearer: String,
    pub operator: String,
    _dir: tempfile::TempDir,
}

impl Shop {
    pub async fn open() -> Self {
        Self::serve(Some(studio())).await
    }

    pub async fn without_studio() -> Self {
        Self::serve(None).await
    }

    async fn serve(studio: Option<Studio>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog = server::open(dir.path()).unwrap();
        let (seller, key) = catalog.welcome_seller("Bee & Sons").unwrap();
        let operator = catalog.add_key(None, Rights::OPERATOR).unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (address, serving) = server::serve(catalog.clone(), listen, studio, std::future::pending()).await.unwrap();
        tokio::spawn(serving);
        let bearer = |text: &str| format!("Bearer {text}");
        Self { catalog, address, seller_id: seller.id, bearer: bearer(&key.text), operator: bearer(&operator.text), _dir: dir }
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        ask(self.address, method, path, headers, body).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    /// With a key; `null` is no body.
    pub async fn with(&self, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", bearer), ("content-type", "application/json")];
        self.ask(method, path, &headers[..if body.is_null() { 1 } else { 2 }], text.as_bytes()).await
    }

    pub async fn seller(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.with(&self.bearer, method, path, body).await
    }

    pub async fn operator(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.with(&self.operator, method, path, body).await
    }

    pub async fn put(&self, code: &str, draft: &Value) -> Answer {
        self.seller("PUT", &format!("/products/{}", encoded(code)), draft).await
    }

    pub async fn upload(&self, path: &str, media: &str, bytes: &[u8]) -> Answer {
        self.ask("POST", path, &[("authorization", &self.bearer), ("content-type", media)], bytes).await
    }

    pub async fn product(&self, code: &str) -> Value {
        payload(&self.get(&format!("/products/{}", encoded(code))).await.is(200).json())
    }

    pub async fn manifest(&self) -> Value {
        payload(&self.get("/manifest").await.is(200).json())
    }
}

fn studio() -> Studio {
    let webp = |bytes: &[u8]| [b"RIFF\0\0\0\0WEBP", bytes].concat();
    Studio {
        lint: Arc::new(|layout| match std::str::from_utf8(layout) {
            Ok(text) if !text.contains("<script") => Ok(()),
            _ => Err("no scripts".to_owned()),
        }),
        picture: Arc::new(
            move |bytes| {
                if bytes.starts_with(b"PICTURE") { Ok(webp(bytes)) } else { Err("this is not a picture".to_owned()) }
            },
        ),
        card: Arc::new(|card| {
            let theme = if card.dark { "dark" } else { "light" };
            Ok(format!("card of {}, {theme} {} {}", card.product.name, card.locale, card.scale).into_bytes())
        }),
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Every refusal is JSON with a code and words, and no cache keeps it.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status, status, "{text}");
        assert_eq!((self.header("content-type"), self.header("cache-control")), ("application/json", "no-store"));
        assert_eq!(self.json()["error"]["code"], code, "{text}");
        assert!(!self.json()["error"]["message"].as_str().unwrap().is_empty());
        self
    }

    pub async fn read(socket: &mut TcpStream) -> Result<Self> {
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await?;
        Self::parse(&bytes).ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_vec() };
        if answer.header("transfer-encoding") == "chunked" {
            answer.body = unchunked(&answer.body)?;
        }
        Some(answer)
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 4 + size..)?;
    }
}

/// One request on a connection of its own. The answer may come before everything is sent.
pub async fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
    let mut socket = TcpStream::connect(address).await?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: catalog.example\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let (mut read, mut write) = socket.split();
    let send = async {
        write.write_all(request.as_bytes()).await?;
        write.write_all(body).await
    };
    let mut bytes = Vec::new();
    let (sent, received) = tokio::join!(send, read.read_to_end(&mut bytes));
    match Answer::parse(&bytes) {
        Some(answer) => Ok(answer),
        None => Err(sent.err().or(received.err()).unwrap_or_else(|| ErrorKind::UnexpectedEof.into())),
    }
}

/// What was signed.
pub fn payload(signed: &Value) -> Value {
    serde_json::from_str(signed["payload"].as_str().unwrap()).unwrap()
}

pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// As many connections as this process may have open beside the server's, up to so many.
pub fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    let most = limit.maximum.map_or(wanted, |hard| usize::try_from(hard.saturating_sub(9000)).unwrap());
    wanted.min(most.max(500))
}
