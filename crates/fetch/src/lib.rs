//! The only HTTP client of Stoa.
//!
//! Every address a page, peer or catalog names is hostile. A request goes to public addresses over https; what lies in a private
//! network is reached only when the caller allows exactly that origin, because a person typed it. Names are resolved here, inside the
//! connector, so the addresses that were checked are the addresses that are dialled. Redirects stay on their origin, bodies are capped
//! before and after decompression, and a request ends within [`TIME_LIMIT`]. No cookies, no proxy from the environment, no referrer.
//!
//! What carries a token or changes something goes through [`Fetcher::send`]: to the one origin the token belongs to, without redirects.

mod address;
mod body;
mod resolve;
mod send;
mod tls;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use url::{Host, Url};

use resolve::{Lookup, Reach, Refused, Resolver};
pub use send::{AuthorizedRequest, BODY_CAP, Expect, Method, RATE, SEND_TIME_LIMIT, Token};

/// For the whole of a request: names, connections, redirects and body.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Same-origin redirects followed before giving up.
pub const REDIRECTS: usize = 3;
/// The longest URL asked for, in bytes.
pub const URL_CAP: usize = 4096;
/// The longest entity tag sent or remembered, in bytes.
pub const ETAG_CAP: usize = 256;

/// A GET without a token.
#[derive(Clone, Debug)]
pub struct Request {
    pub url: Url,
    /// Sent as `If-None-Match`; the answer may then be 304 without a body.
    pub etag: Option<String>,
    /// The largest body taken, in bytes after decompression.
    pub cap: u64,
    pub allow: Allow,
}

/// Where a request may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// https to public addresses.
    Public,
    /// Also this very origin (scheme, host and port), wherever it lies; plain http only when all its addresses are private.
    Origin(url::Origin),
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub etag: Option<String>,
    /// As sent, at most 256 bytes.
    pub content_type: Option<String>,
    /// Decompressed, at most the request's cap.
    pub body: Bytes,
    pub(crate) headers: HeaderMap,
}

impl Response {
    /// A header of the answer, at most 256 bytes of visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|value| value.len() <= 256)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("this address is not fetched: {0}")]
    Url(&'static str),
    #[error("the name leads to an address that is not public")]
    PrivateAddress,
    #[error("plain http is spoken only inside a private network")]
    PlainHttp,
    #[error("the name could not be resolved")]
    Name,
    #[error("a redirect to another place was refused")]
    Redirect,
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    #[error("more than {0} bytes are not sent")]
    BodyTooLarge(u64),
    #[error("the token belongs to another origin")]
    Token,
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("the answer is not valid HTTP: {0}")]
    Invalid(String),
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::PrivateAddress => "private_address",
            Self::PlainHttp => "plain_http",
            Self::Name => "name",
            Self::Redirect => "redirect",
            Self::TooLarge(_) | Self::BodyTooLarge(_) => "too_large",
            Self::Token => "token",
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::Invalid(_) => "invalid",
        }
    }

    /// True when asking again later may help.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Name | Self::TimedOut | Self::Unreachable(_))
    }
}

/// Cheap to clone; connections are kept and shared per reach, so one made for a trusted origin never serves a public request.
#[derive(Clone, Debug)]
pub struct Fetcher {
    public: reqwest::Client,
    trusted: reqwest::Client,
    plain: reqwest::Client,
}

impl Fetcher {
    /// Errors when the platform's TLS set-up cannot be read.
    pub fn new() -> Result<Self, Error> {
        Self::with_lookup(&Lookup::system())
    }

    fn with_lookup(lookup: &Lookup) -> Result<Self, Error> {
        let tls = tls::config()?;
        let client = |reach| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Resolver { reach, lookup: lookup.clone() })
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(TIME_LIMIT)
                .pool_max_idle_per_host(2)
                .pool_idle_timeout(Duration::from_secs(30))
                .https_only(reach != Reach::PrivateOnly)
                .build()
                .map_err(|error| Error::Unreachable(error.to_string()))
        };
        Ok(Self { public: client(Reach::PublicOnly)?, trusted: client(Reach::Any)?, plain: client(Reach::PrivateOnly)? })
    }

    /// One GET, with its redirects, within [`TIME_LIMIT`]. Statuses are the caller's to judge: a 404 is an answer, not an error.
    pub async fn get(&self, request: Request) -> Result<Response, Error> {
        within(TIME_LIMIT, self.follow(request)).await
    }

    async fn follow(&self, request: Request) -> Result<Response, Error> {
        let origin = request.url.origin();
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            let reach = reach(&url, &request.allow)?;
            let answer = self.ask(reach, &url, &request).await?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return body::read(answer, request.cap).await;
            }
            let next = header(&answer, &LOCATION, URL_CAP).ok_or(Error::Redirect)?;
            url = url.join(&next).map_err(|_| Error::Redirect)?;
            if url.origin() != origin {
                return Err(Error::Redirect);
            }
        }
        Err(Error::Redirect)
    }

    async fn ask(&self, reach: Reach, url: &Url, request: &Request) -> Result<reqwest::Response, Error> {
        let mut get = self.client(reach).get(url.clone()).header(ACCEPT_ENCODING, "gzip");
        if let Some(etag) = request.etag.as_deref().filter(|etag| etag.len() <= ETAG_CAP) {
            let value = HeaderValue::from_str(etag).map_err(|_| Error::Url("an entity tag that is none"))?;
            get = get.header(IF_NONE_MATCH, value);
        }
        get.send().await.map_err(|error| failure(&error))
    }

    pub(crate) fn client(&self, reach: Reach) -> &reqwest::Client {
        match reach {
            Reach::PublicOnly => &self.public,
            Reach::Any => &self.trusted,
            Reach::PrivateOnly => &self.plain,
        }
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Error::TimedOut))
}

/// What may be dialled for this URL; addresses written in it are checked here, names in the resolver.
fn reach(url: &Url, allow: &Allow) -> Result<Reach, Error> {
    if url.as_str().len() > URL_CAP {
        return Err(Error::Url("it is too long"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Url("it carries a user name"));
    }
    let trusted = matches!(allow, Allow::Origin(origin) if *origin == url.origin());
    let reach = match (url.scheme(), trusted) {
        ("https", false) => Reach::PublicOnly,
        ("https", true) => Reach::Any,
        ("http", true) => Reach::PrivateOnly,
        ("http", false) => return Err(Error::PlainHttp),
        _ => return Err(Error::Url("only http and https are spoken")),
    };
    match url.host() {
        Some(Host::Ipv4(ip)) => reach.check(ip.into()).map_err(Error::from)?,
        Some(Host::Ipv6(ip)) => reach.check(ip.into()).map_err(Error::from)?,
        Some(Host::Domain(_)) => {}
        None => return Err(Error::Url("it names no host")),
    }
    Ok(reach)
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotPublic => Self::PrivateAddress,
            Refused::NotPrivate => Self::PlainHttp,
            Refused::Unknown => Self::Name,
        }
    }
}

/// The resolver's reason travels inside the connector's error.
fn failure(error: &reqwest::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return (*refused).into();
        }
        last = inner.to_string();
        source = inner.source();
    }
    if error.is_connect() || error.is_timeout() { Error::Unreachable(last) } else { Error::Invalid(last) }
}

fn header(answer: &reqwest::Response, name: &HeaderName, cap: usize) -> Option<String> {
    let value = answer.headers().get(name)?.to_str().ok()?;
    (value.len() <= cap).then(|| value.to_owned())
}

fn etag(answer: &reqwest::Response) -> Option<String> {
    header(answer, &ETAG, ETAG_CAP)
}

fn content_type(answer: &reqwest::Response) -> Option<String> {
    header(answer, &CONTENT_TYPE, 256)
}

#[cfg(test)]
mod tests;
