//! Requests that carry a token or change something: to one origin, never redirected.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use url::Url;

use crate::{Allow, ETAG_CAP, Error, Fetcher, Response, body, failure, reach, within};

/// The largest body sent, in bytes.
pub const BODY_CAP: u64 = 64 * 1024 * 1024;
/// For a request whose bodies are small; each [`RATE`] bytes of what is sent and of the answer's cap add a second.
pub const SEND_TIME_LIMIT: Duration = Duration::from_secs(60);
/// The slowest transfer waited for, in bytes a second.
pub const RATE: u64 = 64 * 1024;

/// A secret that goes with requests to one origin and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    header: HeaderValue,
    origin: url::Origin,
}

impl Token {
    /// At most 512 visible ASCII characters, the `token68` of RFC 6750; sent as `Authorization: Bearer …` to `origin` and nowhere else.
    pub fn new(text: &str, origin: url::Origin) -> Result<Self, Error> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if text.is_empty() || text.len() > 512 || !text.bytes().all(fits) || !origin.is_tuple() {
            return Err(Error::Token);
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| Error::Token)?;
        header.set_sensitive(true);
        Ok(Self { header, origin })
    }

    pub fn origin(&self) -> &url::Origin {
        &self.origin
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token for {}", self.origin.ascii_serialization())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What must hold at the other side for the request to be carried out (RFC 9110, 13.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    #[default]
    Any,
    /// `If-None-Match: *`: nothing is there yet.
    New,
    /// `If-Match`: this entity tag, with its quotes.
    Tag(String),
}

/// A request with a token. Its origin was typed by a person, so it may lie in a private network; plain http goes to private addresses only.
#[derive(Clone, Debug)]
pub struct AuthorizedRequest {
    pub method: Method,
    /// Of the token's origin.
    pub url: Url,
    pub token: Token,
    pub expect: Expect,
    /// The media type, with a body.
    pub content_type: Option<&'static str>,
    /// At most [`BODY_CAP`] bytes.
    pub body: Bytes,
    /// The largest body taken, in bytes after decompression.
    pub cap: u64,
}

impl Fetcher {
    /// One request, answered within [`SEND_TIME_LIMIT`] and what its bodies add. Nothing is sent again, a redirect is an error; other
    /// statuses are the caller's to judge.
    ///
    /// # Errors
    /// `token` when the URL is not of the token's origin; `too_large` for a body past the cap; else as [`Fetcher::get`].
    pub async fn send(&self, request: AuthorizedRequest) -> Result<Response, Error> {
        if request.url.origin() != request.token.origin {
            return Err(Error::Token);
        }
        if request.body.len() as u64 > BODY_CAP {
            return Err(Error::BodyTooLarge(BODY_CAP));
        }
        let limit = SEND_TIME_LIMIT + Duration::from_secs((request.body.len() as u64 + request.cap) / RATE);
        within(limit, self.once(request)).await
    }

    async fn once(&self, request: AuthorizedRequest) -> Result<Response, Error> {
        let reach = reach(&request.url, &Allow::Origin(request.token.origin))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let sent = self.client(reach).request(method, request.url).header(AUTHORIZATION, request.token.header);
        let mut sent = sent.header(ACCEPT_ENCODING, "gzip");
        match request.expect {
            Expect::Any => {}
            Expect::New => sent = sent.header(IF_NONE_MATCH, "*"),
            Expect::Tag(tag) => {
                let value = HeaderValue::from_str(&tag).ok().filter(|_| tag.len() <= ETAG_CAP);
                sent = sent.header(IF_MATCH, value.ok_or(Error::Url("an entity tag that is none"))?);
            }
        }
        if let Some(media) = request.content_type {
            sent = sent.header(CONTENT_TYPE, media).body(request.body);
        }
        let answer = sent.send().await.map_err(|error| failure(&error))?;
        match answer.status().as_u16() {
            301 | 302 | 303 | 307 | 308 => Err(Error::Redirect),
            _ => body::read(answer, request.cap).await,
        }
    }
}
