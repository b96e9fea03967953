//! The forms in which shops hand their products around.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// How much of a feed is looked at to tell its form, in bytes.
const BEGINNING: usize = 64 * 1024;

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    /// Commas, semicolons, tabs or bars, as its header shows.
    Csv,
    Tsv,
    /// RSS 2.0 or Atom, with or without Google's namespace.
    Xml,
    /// Drafts: an array, or one a line.
    Json,
    /// schema.org: a document, one a line, or an HTML page that carries them.
    JsonLd,
}

impl FeedFormat {
    pub const ALL: [Self; 5] = [Self::Csv, Self::Tsv, Self::Xml, Self::Json, Self::JsonLd];

    /// By the file's name and how it begins; `None` when it is none of these.
    pub fn guess(name: &str, bytes: &[u8]) -> Option<Self> {
        let start = beginning(bytes)?;
        let start = start.trim_start();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match (ending.as_deref(), start.chars().next()) {
            (Some("jsonld"), _) => Some(Self::JsonLd),
            (Some("csv"), _) => Some(Self::Csv),
            (Some("tsv" | "tab"), _) => Some(Self::Tsv),
            (_, Some('<')) if is_page(start) => Some(Self::JsonLd),
            (_, Some('<')) => Some(Self::Xml),
            (_, Some('{' | '[')) if ["\"@context\"", "\"@type\"", "\"@graph\""].iter().any(|key| start.contains(key)) => {
                Some(Self::JsonLd)
            }
            (_, Some('{' | '[')) => Some(Self::Json),
            (_, Some(_)) if start.lines().next().is_some_and(|line| line.contains('\t')) => Some(Self::Tsv),
            (_, Some(_)) => Some(Self::Csv),
            (_, None) => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::JsonLd => "jsonld",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Xml => "application/rss+xml; charset=utf-8",
            Self::Json => "application/json",
            Self::JsonLd => "application/ld+json",
        }
    }
}

impl FromStr for FeedFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| Error::invalid("a feed is one of csv, tsv, xml, json and jsonld"))
    }
}

impl fmt::Display for FeedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The beginning as text, with whatever is unreadable in it replaced; `None` for what is no text.
fn beginning(bytes: &[u8]) -> Option<String> {
    let start = &bytes[..bytes.len().min(BEGINNING)];
    let wide = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = start[2..].chunks_exact(2).map(|two| of([two[0], two[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match start {
        [0xFF, 0xFE, ..] => Some(wide(u16::from_le_bytes)),
        [0xFE, 0xFF, ..] => Some(wide(u16::from_be_bytes)),
        _ if start.contains(&0) => None,
        _ => Some(String::from_utf8_lossy(start.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(start)).into_owned()),
    }
}

/// An HTML page rather than an XML document.
pub(crate) fn is_page(start: &str) -> bool {
    let head: String = start.chars().take(256).collect::<String>().to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<script") || head.starts_with("<head")
}
