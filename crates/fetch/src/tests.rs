#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::address::is_public;

mod send;

/// Answers every connection on loopback with what `answer` makes of the request's head; counts the connections.
async fn server(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut head = vec![0; 4096];
            let length = socket.read(&mut head).await.unwrap_or(0);
            let _ = socket.write_all(&answer(&String::from_utf8_lossy(&head[..length]))).await;
        }
    });
    (url, seen)
}

fn plain(body: &[u8], extra: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{extra}connection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn request(url: &Url, allow: Allow) -> Request {
    Request { url: url.clone(), etag: None, cap: 1000, allow }
}

#[tokio::test]
async fn a_private_origin_is_reached_only_when_allowed() {
    let (url, seen) = server(|_| plain(b"hello", "etag: \"1\"\r\n")).await;
    let fetcher = Fetcher::new().unwrap();
    assert_eq!(fetcher.get(request(&url, Allow::Public)).await.unwrap_err(), Error::PlainHttp);
    let mut other = url.clone();
    other.set_port(Some(1)).unwrap();
    assert_eq!(fetcher.get(request(&url, Allow::Origin(other.origin()))).await.unwrap_err(), Error::PlainHttp);
    let secure = Url::parse(&url.as_str().replace("http:", "https:")).unwrap();
    assert_eq!(fetcher.get(request(&secure, Allow::Public)).await.unwrap_err(), Error::PrivateAddress);
    assert_eq!(seen.load(Ordering::SeqCst), 0);

    let answer = fetcher.get(request(&url, Allow::Origin(url.origin()))).await.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.etag.as_deref()), (200, &b"hello"[..], Some("\"1\"")));
}

#[tokio::test]
async fn addresses_in_disguise_are_refused() {
    let fetcher = Fetcher::new().unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[fc00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[2001:db8::1]",
        "localhost",
    ] {
        let url = Url::parse(&format!("https://{host}/")).unwrap();
        assert_eq!(fetcher.get(request(&url, Allow::Public)).await.unwrap_err(), Error::PrivateAddress, "{host}");
    }
    assert!(is_public("1.1.1.1".parse().unwrap()) && is_public("2606:4700::1111".parse().unwrap()));
    for url in ["ftp://example.org/", "file:///etc/passwd", "https://user@example.org/", "data:,x"] {
        let refused = fetcher.get(request(&Url::parse(url).unwrap(), Allow::Public)).await.unwrap_err();
        assert_eq!(refused.code(), "url", "{url}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_refused() {
    let (url, seen) = server(|_| plain(b"secret", "")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let lookup = Lookup::new(move |_| {
        // TEST-NET addresses never answer, so a public-looking one stands for "first time good".
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let ip = if first { Ipv4Addr::new(8, 8, 8, 8) } else { Ipv4Addr::LOCALHOST };
        Box::pin(async move { Ok(vec![IpAddr::V4(ip)]) })
    });
    let resolver = Resolver { reach: Reach::PublicOnly, lookup: lookup.clone() };
    let first = reqwest::dns::Resolve::resolve(&resolver, "rebind.example".parse().unwrap()).await.unwrap();
    assert_eq!(first.map(|address| address.ip()).collect::<Vec<_>>(), [IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8))]);

    let fetcher = Fetcher::with_lookup(&lookup).unwrap();
    let url = Url::parse(&format!("https://rebind.example:{}/", url.port().unwrap())).unwrap();
    assert_eq!(fetcher.get(request(&url, Allow::Public)).await.unwrap_err(), Error::PrivateAddress);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_mixed_answer_refuses_the_name_and_plain_http_stays_at_home() {
    let lookup = Lookup::new(|_| Box::pin(async { Ok(vec![Ipv4Addr::new(8, 8, 8, 8).into(), Ipv4Addr::LOCALHOST.into()]) }));
    let fetcher = Fetcher::with_lookup(&lookup).unwrap();
    let url = Url::parse("https://mixed.example/").unwrap();
    assert_eq!(fetcher.get(request(&url, Allow::Public)).await.unwrap_err(), Error::PrivateAddress);
    let url = Url::parse("http://mixed.example/").unwrap();
    assert_eq!(fetcher.get(request(&url, Allow::Origin(url.origin()))).await.unwrap_err(), Error::PlainHttp);
}

#[tokio::test]
async fn redirects_stay_on_their_origin_and_end() {
    let (other, other_seen) = server(|_| plain(b"elsewhere", "")).await;
    let (url, seen) = server(move |head| {
        let to = match head.split(' ').nth(1).unwrap() {
            "/away" => other.as_str(),
            "/near" => "/here",
            "/loop" => "/loop",
            _ => return plain(b"here", ""),
        };
        format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
    })
    .await;
    let fetcher = Fetcher::new().unwrap();
    let get = |path: &str| fetcher.get(request(&url.join(path).unwrap(), Allow::Origin(url.origin())));
    assert_eq!(&get("/near").await.unwrap().body[..], b"here");
    assert_eq!(get("/away").await.unwrap_err(), Error::Redirect);
    assert_eq!(other_seen.load(Ordering::SeqCst), 0);
    let before = seen.load(Ordering::SeqCst);
    assert_eq!(get("/loop").await.unwrap_err(), Error::Redirect);
    assert_eq!(seen.load(Ordering::SeqCst) - before, REDIRECTS + 1);
}

#[tokio::test]
async fn bodies_are_capped_before_and_after_unpacking() {
    let (url, _) = server(|head| {
        let zeros = vec![0; 100_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(if head.contains("/small") { &zeros[..900] } else { &zeros }).unwrap();
        match head.split(' ').nth(1).unwrap() {
            "/endless" => [&b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"[..], &zeros].concat(),
            "/long" => plain(&zeros, ""),
            "/br" => plain(b"x", "content-encoding: br\r\n"),
            _ => plain(&gzip.finish().unwrap(), "content-encoding: gzip\r\n"),
        }
    })
    .await;
    let fetcher = Fetcher::new().unwrap();
    let get = |path: &str| fetcher.get(request(&url.join(path).unwrap(), Allow::Origin(url.origin())));
    for path in ["/endless", "/long", "/bomb"] {
        assert_eq!(get(path).await.unwrap_err(), Error::TooLarge(1000), "{path}");
    }
    assert_eq!(get("/small").await.unwrap().body.len(), 900);
    assert_eq!(get("/br").await.unwrap_err().code(), "invalid");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let never = std::future::pending::<Result<(), Error>>();
    assert_eq!(within(TIME_LIMIT, never).await.unwrap_err(), Error::TimedOut);
}
