//! The product catalog: what travels, how it is signed and checked, and the client; the server behind the feature `server`.
//!
//! A catalog is known by its origin and its ed25519 key. It signs one manifest (who it is, which hosts' links it may answer for, its
//! rules and layouts) and one answer per product. Both carry a version, so that any peer can pass them on and an old price cannot come
//! back. Pictures and layouts are blobs, named by their BLAKE3 hash. Everything is checked in this order: size, signature, shape.

mod builtin;
mod client;
mod draft;
mod feed;
pub mod gs1;
mod hosts;
mod manifest;
mod product;
pub mod rules;
#[cfg(feature = "server")]
pub mod server;
mod signed;
mod succession;

pub use builtin::{builtin, recognise_untrusted, rules as builtin_rules};
pub use client::{
    Answer, Asked, Client, FEED_CAP, FeedError, GoodsPage, Imported, Known, LOOKUP_CAP, PHOTO_CAP, Reading, SearchPage,
    SellerClient, SellerKey, Standing,
};
pub use draft::{Draft, Expect, Patch};
pub use feed::FeedFormat;
pub use hosts::host_covers;
pub use manifest::Manifest;
pub use product::{Availability, CodeKind, IMAGES_CAP, ImageStyle, Price, Product, Seller};
pub use rules::{Match, Param, Rule, RuleSet, recognise};
pub use signed::{Hash, Key, Signable, Signed};
pub use succession::Succession;

/// The longest product code, in characters.
pub const CODE_CAP: usize = 128;
/// On answers about products: the manifest's version at that moment, so that one request tells whether product or layouts changed.
pub const MANIFEST_HEADER: &str = "stoa-manifest";
/// The largest blob a client takes, in bytes: a picture, a logo, a layout.
pub const BLOB_CAP: u64 = 4 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Fetch(#[from] stoa_fetch::Error),
    #[error("the catalog does not know this")]
    NotFound,
    #[error("the catalog answered with status {0}")]
    Status(u16),
    /// The catalog's own words: one line of at most 500 characters.
    #[error("{}", if message.is_empty() { "the catalog says no" } else { message })]
    Answered { status: u16, code: String, message: String },
    #[error("the catalog's key is not known yet")]
    NoKey,
    #[error("the signature is not by the catalog's key")]
    Signature,
    #[error("version {offered} is older than {known}, which is known already")]
    Older { offered: u64, known: u64 },
    #[error("the catalog's manifest is past its date")]
    Expired,
    #[error("the bytes do not have the hash they were asked by")]
    Hash,
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::NotFound => "not_found",
            Self::Status(_) => "status",
            Self::Answered { .. } => "answered",
            Self::NoKey => "no_key",
            Self::Signature => "signature",
            Self::Older { .. } => "older",
            Self::Expired => "expired",
            Self::Hash => "hash",
            Self::Invalid(_) => "invalid",
        }
    }

    /// True when the catalog is merely away: what is cached may be shown with its age.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_away(),
            Self::Status(status) | Self::Answered { status, .. } => *status == 408 || *status == 429 || *status >= 500,
            _ => false,
        }
    }

    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }
}

/// One line of text for people: within `cap` characters, without controls and without marks that reverse what is read.
pub(crate) fn plain(what: &str, text: &str, cap: usize) -> Result<(), Error> {
    if text.is_empty() || text.chars().count() > cap || text.chars().any(hidden) {
        return Err(Error::invalid(format!("{what} must be 1 to {cap} plain characters")));
    }
    Ok(())
}

/// Controls, and marks that reverse what is read.
pub(crate) fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// An id in a file, rule or layout name: lower-case letters, digits, `-` and `_`, at most 64.
pub(crate) fn id(what: &str, text: &str) -> Result<(), Error> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(fits) {
        return Err(Error::invalid(format!("{what} must be 1 to 64 of a-z, 0-9, - and _")));
    }
    Ok(())
}
