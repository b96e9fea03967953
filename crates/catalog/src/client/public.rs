//! What anybody may ask: the manifest, products one by one or many at once, search, blobs.

use bytes::Bytes;
use serde::Deserialize;
use stoa_fetch::Response;

use super::{Answer, Client, Known, encoded, now, segment, with_query};
use crate::manifest::Manifest;
use crate::product::Product;
use crate::signed::{Hash, Key, Signable, Signed};
use crate::{BLOB_CAP, Error, MANIFEST_HEADER, plain};

/// Codes in one request to `/products?codes=`, at most.
pub const LOOKUP_CAP: usize = 50;
/// Products on one page of a search, at most.
const PAGE_CAP: usize = 50;
/// The longest list of codes in one URL, in bytes: below what servers and `stoa_fetch` take.
const CODES_BYTES: usize = 3500;
/// The longest search, in characters.
const WORDS_CAP: usize = 200;
/// The longest cursor of a page, in bytes.
pub(super) const CURSOR_CAP: usize = 512;

/// One page of a search, newest change first.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// Each checked; the signed form is what is kept and passed on.
    pub products: Vec<(Product, Signed<Product>)>,
    /// Asks for the page after this one; `None` on the last.
    pub next: Option<String>,
}

/// An answer and the version of the catalog's manifest at that moment, when the catalog says it: who knows an older one asks for it.
#[derive(Clone, Debug)]
pub struct Asked<T> {
    pub answer: Answer<T>,
    pub manifest: Option<u64>,
}

#[derive(Deserialize)]
struct Many {
    products: Vec<Signed<Product>>,
    #[serde(default)]
    next: Option<String>,
}

impl Client {
    /// The signed manifest; with no key pinned, signed by the key it names (trust on first use is the caller's to decide).
    pub async fn manifest(&self, known: &Known) -> Result<Answer<Manifest>, Error> {
        let answer = self.get("manifest", known.etag.clone(), Signed::<Manifest>::wire_cap()).await?;
        take(answer, known, |signed| Manifest::verify(signed, self.key.as_ref(), now()), |manifest| manifest.version)
    }

    /// The product of a code or GTIN; the answer must be for it, signed by the pinned key and not older than known.
    pub async fn product(&self, code: &str, known: &Known) -> Result<Answer<Product>, Error> {
        Ok(self.product_now(code, known).await?.answer)
    }

    /// As [`Client::product`], with the manifest's version beside it: one request tells whether product or layouts changed.
    pub async fn product_now(&self, code: &str, known: &Known) -> Result<Asked<Product>, Error> {
        let key = self.pinned()?;
        let path = format!("products/{}", segment(code)?);
        let answer = self.get(&path, known.etag.clone(), Signed::<Product>::wire_cap()).await?;
        let manifest = answer.header(MANIFEST_HEADER).and_then(|version| version.parse().ok());
        let check = |signed: &Signed<Product>| match signed.verify(&key)? {
            product if product.answers_to(code) => Ok(product),
            _ => Err(Error::invalid("an answer for another code")),
        };
        Ok(Asked { answer: take(answer, known, check, |product| product.version)?, manifest })
    }

    /// Products of many codes and GTINs: those the catalog has, in the order they were asked for, and those it does not know. Each answer
    /// is for one that was asked and signed by the pinned key; its version is the caller's to compare with what it knows.
    pub async fn lookup(&self, codes: &[String]) -> Result<(Vec<(Product, Signed<Product>)>, Vec<String>), Error> {
        let key = self.pinned()?;
        let mut found: Vec<(Product, Signed<Product>)> = Vec::new();
        for list in lists(codes) {
            let answer = self.get(&format!("products?codes={list}"), None, many_cap(LOOKUP_CAP)).await?;
            for signed in many(&answer)?.products {
                let product = signed.verify(&key)?;
                if !codes.iter().any(|code| product.answers_to(code)) {
                    return Err(Error::invalid("an answer for another code"));
                }
                if found.iter().any(|(known, _)| known.code == product.code) {
                    return Err(Error::invalid("two answers for one code"));
                }
                found.push((product, signed));
            }
        }
        found.sort_by_key(|(product, _)| codes.iter().position(|asked| product.answers_to(asked)));
        let missing = codes.iter().filter(|code| !found.iter().any(|(product, _)| product.answers_to(code)));
        let missing = missing.cloned().collect();
        Ok((found, missing))
    }

    /// A page of what the words find, newest change first; each answer signed by the pinned key, withdrawn ones left out.
    pub async fn search(&self, words: &str, after: Option<&str>) -> Result<SearchPage, Error> {
        let key = self.pinned()?;
        plain("the words to look for", words, WORDS_CAP)?;
        let path = with_query("search", &[("q", Some(words)), ("after", cursor(after)?)]);
        let page = many(&self.get(&path, None, many_cap(PAGE_CAP)).await?)?;
        let mut products = Vec::with_capacity(page.products.len());
        for signed in page.products {
            let product = signed.verify(&key)?;
            if !product.withdrawn {
                products.push((product, signed));
            }
        }
        cursor(page.next.as_deref())?;
        Ok(SearchPage { products, next: page.next })
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

    fn pinned(&self) -> Result<Key, Error> {
        self.key.ok_or(Error::NoKey)
    }
}

fn take<T: Signable>(
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

/// The codes that can be codes, percent-encoded, in lists of at most [`LOOKUP_CAP`] that fit a URL.
fn lists(codes: &[String]) -> Vec<String> {
    let mut lists: Vec<(usize, String)> = Vec::new();
    for code in codes.iter().filter(|code| segment(code).is_ok()) {
        let code = encoded(code);
        match lists.last_mut() {
            Some((count, list)) if *count < LOOKUP_CAP && list.len() + 1 + code.len() <= CODES_BYTES => {
                *count += 1;
                list.push(',');
                list.push_str(&code);
            }
            _ => lists.push((1, code)),
        }
    }
    lists.into_iter().map(|(_, list)| list).collect()
}

fn many_cap(count: usize) -> u64 {
    count as u64 * Signed::<Product>::wire_cap() + 32 * 1024
}

fn many(answer: &Response) -> Result<Many, Error> {
    match answer.status {
        200 => {}
        404 => return Err(Error::NotFound),
        status => return Err(Error::Status(status)),
    }
    let many: Many =
        serde_json::from_slice(&answer.body).map_err(|error| Error::invalid(format!("not a list of products: {error}")))?;
    if many.products.len() > LOOKUP_CAP.max(PAGE_CAP) {
        return Err(Error::invalid("more products than were asked for"));
    }
    Ok(many)
}

/// A cursor is the catalog's own text, handed back as it came.
pub(super) fn cursor(after: Option<&str>) -> Result<Option<&str>, Error> {
    match after {
        Some(text) if text.is_empty() || text.len() > CURSOR_CAP || text.chars().any(char::is_control) => {
            Err(Error::invalid("not a cursor of this catalog"))
        }
        cursor => Ok(cursor),
    }
}
