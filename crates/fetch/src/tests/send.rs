use std::sync::Mutex;

use super::*;

fn token(url: &Url) -> Token {
    Token::new("stoa_abc-123", url.origin()).unwrap()
}

fn sending(url: &Url, method: Method) -> AuthorizedRequest {
    AuthorizedRequest {
        method,
        url: url.clone(),
        token: token(url),
        expect: Expect::Any,
        content_type: None,
        body: Bytes::new(),
        cap: 1000,
    }
}

#[tokio::test]
async fn a_request_carries_what_it_was_given_and_little_else() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let (url, _) = server(move |head| {
        kept.lock().unwrap().push(head.to_owned());
        plain(b"done", "")
    })
    .await;
    let fetcher = Fetcher::new().unwrap();
    let body = Bytes::from_static(br#"{"name":"Fig jam"}"#);
    let put = AuthorizedRequest {
        expect: Expect::Tag("\"3\"".to_owned()),
        content_type: Some("application/json"),
        body,
        ..sending(&url.join("products/a").unwrap(), Method::Put)
    };
    assert_eq!(&fetcher.send(put).await.unwrap().body[..], b"done");
    let delete = AuthorizedRequest { expect: Expect::New, ..sending(&url, Method::Delete) };
    fetcher.send(delete).await.unwrap();
    fetcher.get(request(&url, Allow::Origin(url.origin()))).await.unwrap();

    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("PUT /products/a HTTP/1.1\r\n"), "{}", heads[0]);
    for line in ["authorization: Bearer stoa_abc-123", "if-match: \"3\"", "content-type: application/json", "content-length: 18"]
    {
        assert!(heads[0].contains(&format!("\r\n{line}\r\n")), "{line} in {}", heads[0]);
    }
    assert!(heads[1].starts_with("DELETE / HTTP/1.1\r\n") && heads[1].contains("\r\nif-none-match: *\r\n"), "{}", heads[1]);
    assert!(!heads[2].contains("authorization") && !heads[2].contains("stoa_"), "{}", heads[2]);
    for head in heads.iter() {
        assert!(!head.contains("user-agent") && !head.contains("cookie") && !head.contains("referer"), "{head}");
    }
}

#[tokio::test]
async fn a_token_never_follows_a_redirect_nor_leaves_its_origin() {
    let (other, other_seen) = server(|_| plain(b"elsewhere", "")).await;
    let away = other.clone();
    let (url, seen) = server(move |head| {
        let (status, to) = match head.split(' ').nth(1).unwrap() {
            "/away" => ("307 Temporary Redirect", away.as_str()),
            "/near" => ("302 Found", "/here"),
            _ => return plain(b"here", ""),
        };
        format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
    })
    .await;
    let fetcher = Fetcher::new().unwrap();
    for (asked, path) in [(1, "/away"), (2, "/near")] {
        let refused = fetcher.send(sending(&url.join(path).unwrap(), Method::Post)).await.unwrap_err();
        assert_eq!(refused, Error::Redirect, "{path}");
        assert_eq!(seen.load(Ordering::SeqCst), asked, "one request each");
    }
    let astray = AuthorizedRequest { token: token(&url), ..sending(&other, Method::Get) };
    assert_eq!(fetcher.send(astray).await.unwrap_err(), Error::Token);
    let mut disguised = url.clone();
    disguised.set_host(Some("localhost")).unwrap();
    let astray = AuthorizedRequest { url: disguised, ..sending(&url, Method::Get) };
    assert_eq!(fetcher.send(astray).await.unwrap_err(), Error::Token);
    assert_eq!(other_seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_token_goes_over_plain_http_to_private_addresses_only() {
    let lookup = Lookup::new(|_| Box::pin(async { Ok(vec![Ipv4Addr::new(8, 8, 8, 8).into()]) }));
    let fetcher = Fetcher::with_lookup(&lookup).unwrap();
    for url in ["http://catalog.example/", "http://8.8.8.8/"] {
        let url = Url::parse(url).unwrap();
        assert_eq!(fetcher.send(sending(&url, Method::Get)).await.unwrap_err(), Error::PlainHttp, "{url}");
    }
    let url = Url::parse("https://user@catalog.example/").unwrap();
    assert_eq!(fetcher.send(sending(&url, Method::Get)).await.unwrap_err().code(), "url");
}

#[tokio::test]
async fn bodies_are_capped_in_both_directions() {
    let (url, seen) = server(|_| plain(&[b'x'; 2000], "")).await;
    let fetcher = Fetcher::new().unwrap();
    let large = Bytes::from(vec![0; usize::try_from(BODY_CAP).unwrap() + 1]);
    let put = AuthorizedRequest { content_type: Some("image/webp"), body: large, ..sending(&url, Method::Put) };
    assert_eq!(fetcher.send(put).await.unwrap_err(), Error::BodyTooLarge(BODY_CAP));
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    assert_eq!(fetcher.send(sending(&url, Method::Get)).await.unwrap_err(), Error::TooLarge(1000));
}

#[test]
fn a_token_is_checked_and_never_shown() {
    let origin = Url::parse("https://catalog.example/").unwrap().origin();
    let token = Token::new("stoa_secret", origin.clone()).unwrap();
    assert_eq!(format!("{token:?}"), "Token for https://catalog.example");
    let long = "a".repeat(513);
    for text in ["", "two words", "line\nbreak", "ключ", &long] {
        assert_eq!(Token::new(text, origin.clone()).unwrap_err(), Error::Token, "{text:?}");
    }
    let opaque = Url::parse("data:,x").unwrap().origin();
    assert_eq!(Token::new("stoa_secret", opaque).unwrap_err(), Error::Token);
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_given_time_by_its_size_and_then_given_up() {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let began = tokio::time::Instant::now();
    let never = AuthorizedRequest { cap: 10 * RATE, ..sending(&url, Method::Post) };
    assert_eq!(Fetcher::new().unwrap().send(never).await.unwrap_err(), Error::TimedOut);
    assert_eq!(began.elapsed().as_secs(), SEND_TIME_LIMIT.as_secs() + 10);
}
