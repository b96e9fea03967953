//! Products as shops hand them around: tables (CSV, TSV), Google's RSS and Atom, schema.org in JSON-LD, and this catalog's own JSON.
//!
//! Tables and XML take Google Merchant's product fields (<https://support.google.com/merchants/answer/7052112>) and the headers that
//! Shopify and WooCommerce export. Every row is read apart from the others: a bad one is reported with its line and costs nothing
//! else. What is written is read back as it was. Everything here is a stranger's: memory stays within a small multiple of the feed.

mod availability;
mod columns;
mod date;
mod fields;
mod gtin;
mod json;
mod jsonld;
mod markup;
mod money;
mod pictures;
mod table;
mod text;
mod write;
mod xml;

use std::collections::BTreeSet;

use super::{Draft, Error, RowError};
pub use crate::FeedFormat;
pub use pictures::{PICTURE_CAP, PictureFetcher};
pub use write::{Writer, write};

/// The largest feed, in bytes.
pub const FEED_CAP: usize = 256 * 1024 * 1024;
/// The most bytes of one cell, element or JSON value.
const CELL_CAP: usize = 256 * 1024;
/// The most unused columns that are remembered.
const UNUSED_CAP: usize = 200;
/// What stands before the hash of a picture that the catalog has, where a feed has a picture's link.
const PICTURE: &str = "urn:blake3:";

/// Reads a price as a feed has it: `12.50 EUR`, exactly; what can be read in two ways is refused.
///
/// # Errors
/// A sentence for whoever wrote it.
pub fn read_price(text: &str) -> Result<crate::Price, String> {
    money::read(text, None, None)
}

/// `12.50 EUR`.
pub fn price_text(price: &crate::Price) -> String {
    money::write(price)
}

/// What holds where a feed does not say.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// ISO 4217, for prices that name no currency and for signs that several share, such as `$`.
    pub currency: Option<String>,
    /// The link of a product whose row has none: `{code}` and `{handle}` in it are replaced.
    pub link: Option<String>,
}

/// A product of a feed, with the pictures that it names by links and that nobody has fetched.
#[derive(Clone, Debug)]
pub struct Item {
    pub draft: Draft,
    /// As written in the feed, at most [`crate::IMAGES_CAP`]; the first is the main one.
    pub pictures: Vec<String>,
}

/// Why a row was refused, before its number is known.
#[derive(Debug)]
struct Refusal {
    field: Option<String>,
    message: String,
}

impl Refusal {
    fn whole(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }

    fn of(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.chars().take(100).collect()), message: message.into() }
    }
}

/// What a source finds in a row.
enum Found<'a> {
    Fields(fields::Fields<'a>),
    Draft(Box<Draft>),
}

enum Source<'a> {
    Table(Box<table::Table<'a>>),
    Xml(xml::Items<'a>),
    Json(json::Drafts<'a>),
    JsonLd(jsonld::Products<'a>),
}

/// The rows of a feed: their number (the line where one begins; in a JSON array or graph its place, from 1), and the product or why
/// there is none.
pub struct Rows<'a> {
    source: Source<'a>,
    defaults: Defaults,
    now: i64,
    unpublished: u64,
}

/// Opens a feed. What makes the whole of it unreadable is an error here, what makes a row unreadable is said by that row.
pub fn read(bytes: &[u8], format: FeedFormat) -> Result<Rows<'_>, Error> {
    read_with(bytes, format, Defaults::default())
}

/// As [`read`], with what holds where the feed does not say.
pub fn read_with(bytes: &[u8], format: FeedFormat, defaults: Defaults) -> Result<Rows<'_>, Error> {
    if bytes.len() > FEED_CAP {
        return Err(Error::Invalid(format!("a feed has at most {} MiB", FEED_CAP >> 20)));
    }
    if let Some(currency) = &defaults.currency
        && !money::is_currency(currency)
    {
        return Err(Error::Invalid(format!("{currency} is no ISO 4217 currency")));
    }
    let text = text::decode(bytes)?;
    let source = match format {
        FeedFormat::Csv => Source::Table(Box::new(table::Table::open(text, None)?)),
        FeedFormat::Tsv => Source::Table(Box::new(table::Table::open(text, Some(b'\t'))?)),
        FeedFormat::Xml => Source::Xml(xml::Items::open(text)?),
        FeedFormat::Json => Source::Json(json::Drafts::open(text)),
        FeedFormat::JsonLd => Source::JsonLd(jsonld::Products::open(text)?),
    };
    Ok(Rows { source, defaults, now: super::now(), unpublished: 0 })
}

impl Rows<'_> {
    /// The next row with the pictures it names.
    pub fn next_item(&mut self) -> Option<(u64, Result<Item, RowError>)> {
        loop {
            let (row, found) = match &mut self.source {
                Source::Table(table) => table.next()?,
                Source::Xml(items) => items.next()?,
                Source::Json(drafts) => drafts.next()?,
                Source::JsonLd(products) => products.next()?,
            };
            let item = found.and_then(|found| match found {
                Found::Fields(fields) => fields.item(&self.defaults, self.now),
                Found::Draft(draft) => Ok(Some(Item { draft: *draft, pictures: Vec::new() })),
            });
            match item {
                Ok(Some(item)) => return Some((row, Ok(item))),
                Ok(None) => self.unpublished += 1,
                Err(refusal) => return Some((row, Err(RowError { row, field: refusal.field, message: refusal.message }))),
            }
        }
    }

    /// Columns and elements met so far that say nothing a product has.
    pub fn unused(&self) -> Vec<String> {
        let unused: &BTreeSet<String> = match &self.source {
            Source::Table(table) => table.unused(),
            Source::Xml(items) => items.unused(),
            Source::Json(_) | Source::JsonLd(_) => return Vec::new(),
        };
        unused.iter().cloned().collect()
    }

    /// Rows met so far that their shop does not offer: drafts, private ones, and parents of variations.
    pub fn unpublished(&self) -> u64 {
        self.unpublished
    }
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<Draft, RowError>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_item().map(|(row, item)| (row, item.map(|item| item.draft)))
    }
}

fn note_unused(unused: &mut BTreeSet<String>, name: &str) {
    if unused.len() < UNUSED_CAP && !name.trim().is_empty() && !unused.contains(name) {
        unused.insert(name.chars().take(100).collect());
    }
}
