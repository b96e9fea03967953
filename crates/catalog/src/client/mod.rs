//! The catalog's client: conditional requests, checked answers; a seller's requests with a key.

mod public;
mod seller;

use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stoa_fetch::{Allow, Fetcher, Request, Response};
use url::Url;

pub use public::{Asked, LOOKUP_CAP, SearchPage};
pub use seller::{FEED_CAP, FeedError, GoodsPage, Imported, PHOTO_CAP, Reading, SellerClient, SellerKey, Standing};

use crate::signed::{Key, Signed};
use crate::{CODE_CAP, Error, plain};

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One catalog, asked over HTTP. Its origin was typed by a person, so it may lie in a private network.
#[derive(Clone, Debug)]
pub struct Client {
    fetcher: Fetcher,
    base: Url,
    key: Option<Key>,
}

/// What the caller has already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Answers older than this are refused.
    pub version: u64,
    pub etag: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Answer<T> {
    /// 304: what is known still holds, from now on.
    Unchanged,
    /// Checked. `signed` is what is kept and passed on.
    Changed { value: T, signed: Signed<T>, etag: Option<String> },
}

impl Client {
    /// `origin` is `http(s)://host[:port]`, a path is refused. Without a key only [`Client::manifest`] answers.
    pub fn new(fetcher: Fetcher, origin: &str, key: Option<Key>) -> Result<Self, Error> {
        let base = Url::parse(origin).map_err(|_| Error::invalid("a catalog is named by http(s)://host[:port]"))?;
        let bare = base.path() == "/" && base.query().is_none() && base.fragment().is_none();
        let plain = base.username().is_empty() && base.password().is_none();
        if !matches!(base.scheme(), "http" | "https") || !bare || !plain {
            return Err(Error::invalid("a catalog is named by http(s)://host[:port]"));
        }
        Ok(Self { fetcher, base, key })
    }

    /// As it is stored and shown: no trailing slash, default port left out.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    async fn get(&self, path: &str, etag: Option<String>, cap: u64) -> Result<Response, Error> {
        let allow = Allow::Origin(self.base.origin());
        Ok(self.fetcher.get(Request { url: self.at(path)?, etag, cap, allow }).await?)
    }

    fn at(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(|_| Error::NotFound)
    }
}

/// A code as one segment of a path; a segment of dots would climb out of its folder.
fn segment(code: &str) -> Result<String, Error> {
    if plain("code", code, CODE_CAP).is_err() || code == "." || code == ".." {
        return Err(Error::NotFound);
    }
    Ok(encoded(code))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// `path?name=value&…`, values percent-encoded, those that are `None` left out.
fn with_query(path: &str, fields: &[(&str, Option<&str>)]) -> String {
    let given = fields.iter().filter_map(|(name, value)| value.map(|value| format!("{name}={}", encoded(value))));
    let query = given.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
