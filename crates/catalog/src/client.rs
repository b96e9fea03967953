//! The catalog's client: conditional requests, checked answers.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stoa_fetch::{Allow, Fetcher, Request, Response};
use url::Url;

use crate::manifest::Manifest;
use crate::product::Product;
use crate::signed::{Hash, Key, Signable, Signed};
use crate::{BLOB_CAP, CODE_CAP, Error, plain};

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

    /// The signed manifest; with no key pinned, signed by the key it names (trust on first use is the caller's to decide).
    pub async fn manifest(&self, known: &Known) -> Result<Answer<Manifest>, Error> {
        let answer = self.get("manifest", known.etag.clone(), Signed::<Manifest>::wire_cap()).await?;
        self.take(answer, known, |signed| Manifest::verify(signed, self.key.as_ref(), now()), |manifest| manifest.version)
    }

    /// The product of a code; the answer must be for this code, signed by the pinned key and not older than known.
    pub async fn product(&self, code: &str, known: &Known) -> Result<Answer<Product>, Error> {
        let key = self.key.ok_or(Error::NoKey)?;
        // A segment of dots would climb out of the folder of products.
        if plain("code", code, CODE_CAP).is_err() || code == "." || code == ".." {
            return Err(Error::NotFound);
        }
        let path = format!("products/{}", utf8_percent_encode(code, SEGMENT));
        let answer = self.get(&path, known.etag.clone(), Signed::<Product>::wire_cap()).await?;
        let check = |signed: &Signed<Product>| match signed.verify(&key)? {
            product if product.code == code => Ok(product),
            _ => Err(Error::invalid("an answer for another code")),
        };
        self.take(answer, known, check, |product| product.version)
    }

    /// A picture or layout by its hash, at most [`BLOB_CAP`] bytes.
    pub async fn blob(&self, hash: &Hash) -> Result<Bytes, Error> {
        let answer = self.get(&format!("blobs/{hash}"), None, BLOB_CAP).await?;
        match answer.status {
            200 if Hash::of(&answer.body) == *hash => Ok(answer.body),
            200 => Err(Error::Hash),
            404 => Err(Error::NotFound),
            status => Err(Error::Status(status)),
        }
    }

    async fn get(&self, path: &str, etag: Option<String>, cap: u64) -> Result<Response, Error> {
        let url = self.base.join(path).map_err(|_| Error::NotFound)?;
        let allow = Allow::Origin(self.base.origin());
        Ok(self.fetcher.get(Request { url, etag, cap, allow }).await?)
    }

    fn take<T: Signable>(
        &self,
        answer: Response,
        known: &Known,
        check: impl FnOnce(&Signed<T>) -> Result<T, Error>,
        version: impl FnOnce(&T) -> u64,
    ) -> Result<Answer<T>, Error> {
        match answer.status {
            200 => {}
            304 if known.etag.is_some() => return Ok(Answer::Unchanged),
            404 => return Err(Error::NotFound),
            status => return Err(Error::Status(status)),
        }
        let signed = Signed::from_wire(&answer.body)?;
        let value = check(&signed)?;
        let offered = version(&value);
        if offered < known.version {
            return Err(Error::Older { offered, known: known.version });
        }
        Ok(Answer::Changed { value, signed, etag: answer.etag })
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
