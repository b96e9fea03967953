//! A seller's requests, with a key of the catalog's operator: own products, pictures, feeds.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use stoa_fetch::{AuthorizedRequest, Method, Response, Token};

use super::public::cursor;
use super::{Client, segment, with_query};
use crate::draft::{Draft, Expect, Patch};
use crate::feed::FeedFormat;
use crate::product::Product;
use crate::signed::{Hash, Signable};
use crate::{Error, id, plain};

/// The largest feed sent or taken, in bytes.
pub const FEED_CAP: u64 = 64 * 1024 * 1024;
/// The largest picture sent, in bytes.
pub const PHOTO_CAP: u64 = 16 * 1024 * 1024;
/// Rows of an import that are told apart by their errors, at most.
const ERRORS_CAP: usize = 1000;
/// Columns of a feed that are named as unused, at most.
const UNUSED_CAP: usize = 100;
/// The longest sentence of the catalog that is shown, in characters.
const MESSAGE_CAP: usize = 500;
const SMALL: u64 = 256 * 1024;

/// A seller's key: `stoa_` and what follows it. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SellerKey(String);

impl SellerKey {
    /// To be kept where only its owner reads it.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl FromStr for SellerKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if !text.starts_with("stoa_") || !(16..=200).contains(&text.len()) || !text.bytes().all(fits) {
            return Err(Error::invalid(
                "a seller's key begins with stoa_ and is copied whole, as the catalog's operator gave it",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SellerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SellerKey")
    }
}

/// Who the key stands for and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Scoped to the catalog.
    pub id: String,
    pub name: String,
    /// A blob of the catalog.
    pub logo: Option<Hash>,
    pub badges: Vec<String>,
    /// `products`: everything of one's own; `stock`: price and stock.
    pub rights: Vec<String>,
}

/// Own products, newest change first, withdrawn ones too.
#[derive(Clone, Debug, Deserialize)]
pub struct GoodsPage {
    pub products: Vec<Product>,
    #[serde(default)]
    pub next: Option<String>,
}

/// How a feed is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub format: FeedFormat,
    /// Checks everything and keeps nothing.
    pub dry_run: bool,
    /// ISO 4217, for prices without a currency.
    pub currency: Option<String>,
    /// The link of a product that has none; `{code}` in it is replaced.
    pub link: Option<String>,
}

/// What an import did, or with `dry_run` would do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Imported {
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub refused: u64,
    #[serde(default)]
    pub dry_run: bool,
    /// The first thousand.
    #[serde(default)]
    pub errors: Vec<FeedError>,
    /// Columns that say nothing a product has; the first hundred.
    #[serde(default)]
    pub unused: Vec<String>,
    /// Rows that their shop does not offer.
    #[serde(default)]
    pub unpublished: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeedError {
    pub row: u64,
    #[serde(default)]
    pub field: Option<String>,
    pub message: String,
}

/// A catalog asked with a seller's key. The key goes to the catalog's origin and nowhere else.
#[derive(Clone, Debug)]
pub struct SellerClient {
    client: Client,
    token: Token,
}

impl SellerClient {
    pub fn new(client: Client, key: &SellerKey) -> Result<Self, Error> {
        let token = Token::new(key.as_text(), client.base.origin())?;
        Ok(Self { client, token })
    }

    /// Proves the key.
    ///
    /// # Errors
    /// [`Error::Answered`] with 401 for a key that the catalog does not know, 403 for an operator's who sells nothing.
    pub async fn standing(&self) -> Result<Standing, Error> {
        #[derive(Deserialize)]
        struct Holder {
            id: Option<String>,
            name: Option<String>,
            #[serde(default)]
            logo: Option<Hash>,
            #[serde(default)]
            badges: Vec<String>,
            rights: Vec<String>,
        }
        let Holder { id: seller, name, logo, badges, rights } = json(&self.ask(Method::Get, "seller", SMALL).await?)?;
        let (Some(seller), Some(name)) = (seller, name) else {
            let message = "this key belongs to an operator who sells nothing; ask for a seller's".to_owned();
            return Err(Error::Answered { status: 403, code: "no_seller".to_owned(), message });
        };
        let standing = Standing { id: seller, name, logo, badges, rights };
        id("seller id", &standing.id)?;
        plain("seller", &standing.name, 100)?;
        if standing.badges.len() > 64 || standing.rights.len() > 16 {
            return Err(Error::invalid("a seller has at most 64 badges and 16 rights"));
        }
        standing.badges.iter().try_for_each(|badge| id("badge", badge))?;
        standing.rights.iter().try_for_each(|right| id("right", right))?;
        Ok(standing)
    }

    pub async fn goods(&self, words: Option<&str>, after: Option<&str>) -> Result<GoodsPage, Error> {
        let path = with_query("seller/products", &[("q", words), ("after", cursor(after)?)]);
        let page: GoodsPage = json(&self.ask(Method::Get, &path, 8 * 1024 * 1024).await?)?;
        if page.products.len() > 200 {
            return Err(Error::invalid("more products than a page holds"));
        }
        page.products.iter().try_for_each(Signable::check)?;
        cursor(page.next.as_deref())?;
        Ok(page)
    }

    /// Adds a product or replaces one's own.
    ///
    /// # Errors
    /// [`Error::Answered`] with 412 when another version stands, 403 for another seller's code, 422 for a value that does not fit.
    pub async fn put(&self, draft: &Draft, expect: Expect) -> Result<Product, Error> {
        let mut send = self.send(Method::Put, &format!("products/{}", segment(&draft.code)?), SMALL)?;
        send.expect = match expect {
            Expect::Any => stoa_fetch::Expect::Any,
            Expect::New => stoa_fetch::Expect::New,
            Expect::Version(version) => stoa_fetch::Expect::Tag(format!("\"{version}\"")),
        };
        self.product(with_json(send, draft)?).await
    }

    /// Changes price and stock; the right `stock` suffices.
    pub async fn patch(&self, code: &str, patch: &Patch) -> Result<Product, Error> {
        let send = self.send(Method::Patch, &format!("products/{}", segment(code)?), SMALL)?;
        self.product(with_json(send, patch)?).await
    }

    /// No longer offered. The code stays taken, its answer a signed end.
    pub async fn withdraw(&self, code: &str) -> Result<Product, Error> {
        self.product(self.send(Method::Delete, &format!("products/{}", segment(code)?), SMALL)?).await
    }

    /// Appends a picture, at most [`PHOTO_CAP`] bytes.
    pub async fn add_photo(&self, code: &str, picture: Bytes, media: &'static str) -> Result<Product, Error> {
        if picture.len() as u64 > PHOTO_CAP {
            return Err(stoa_fetch::Error::BodyTooLarge(PHOTO_CAP).into());
        }
        let send = self.send(Method::Post, &format!("products/{}/photos", segment(code)?), SMALL)?;
        self.product(AuthorizedRequest { content_type: Some(media), body: picture, ..send }).await
    }

    /// Imports a feed of at most [`FEED_CAP`] bytes: bad rows are reported, the good ones imported at once.
    pub async fn import(&self, feed: Bytes, reading: &Reading) -> Result<Imported, Error> {
        let Reading { format, dry_run, currency, link } = reading;
        let fields = [
            ("format", Some(format.name())),
            ("dry_run", dry_run.then_some("true")),
            ("currency", currency.as_deref()),
            ("link", link.as_deref()),
        ];
        let path = with_query("import", &fields);
        let send = self.send(Method::Post, &path, 4 * 1024 * 1024)?;
        let answer = self.answer(AuthorizedRequest { content_type: Some(format.media_type()), body: feed, ..send }).await?;
        let mut imported: Imported = json(&answer)?;
        imported.errors.truncate(ERRORS_CAP);
        for error in &mut imported.errors {
            error.message = shown(&error.message);
            error.field = error.field.as_deref().map(shown);
        }
        imported.unused.truncate(UNUSED_CAP);
        imported.unused.iter_mut().for_each(|column| *column = shown(column));
        Ok(imported)
    }

    /// Own products as a feed that [`SellerClient::import`] takes back; at most [`FEED_CAP`] bytes.
    pub async fn export(&self, format: FeedFormat) -> Result<Bytes, Error> {
        Ok(self.ask(Method::Get, &with_query("export", &[("format", Some(format.name()))]), FEED_CAP).await?.body)
    }

    async fn ask(&self, method: Method, path: &str, cap: u64) -> Result<Response, Error> {
        self.answer(self.send(method, path, cap)?).await
    }

    fn send(&self, method: Method, path: &str, cap: u64) -> Result<AuthorizedRequest, Error> {
        Ok(AuthorizedRequest {
            method,
            url: self.client.at(path)?,
            token: self.token.clone(),
            expect: stoa_fetch::Expect::Any,
            content_type: None,
            body: Bytes::new(),
            cap,
        })
    }

    async fn product(&self, send: AuthorizedRequest) -> Result<Product, Error> {
        let product: Product = json(&self.answer(send).await?)?;
        product.check()?;
        Ok(product)
    }

    async fn answer(&self, send: AuthorizedRequest) -> Result<Response, Error> {
        let answer = self.client.fetcher.send(send).await?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(&answer)) }
    }
}

fn with_json(send: AuthorizedRequest, body: &impl serde::Serialize) -> Result<AuthorizedRequest, Error> {
    let body = serde_json::to_vec(body).map_err(|error| Error::invalid(error.to_string()))?;
    Ok(AuthorizedRequest { content_type: Some("application/json"), body: body.into(), ..send })
}

fn json<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| Error::invalid(format!("not the answer of a catalog: {error}")))
}

/// `{"error": {"code", "message"}}`, or the status alone.
fn refusal(answer: &Response) -> Error {
    #[derive(Deserialize)]
    struct Refusal {
        error: Said,
    }
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        code: String,
        #[serde(default)]
        field: Option<String>,
        message: String,
    }
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(Refusal { error }) => {
            let code = if id("code", &error.code).is_ok() { error.code } else { String::new() };
            let message = match error.field {
                Some(field) if !error.message.contains(&field) => shown(&format!("{field}: {}", error.message)),
                _ => shown(&error.message),
            };
            Error::Answered { status: answer.status, code, message }
        }
        Err(_) => Error::Status(answer.status),
    }
}

/// A catalog's words as one short line: controls and marks that reverse what is read are left out.
fn shown(text: &str) -> String {
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.filter(|c| !crate::hidden(*c)).take(MESSAGE_CAP).collect::<String>().trim().to_owned()
}
