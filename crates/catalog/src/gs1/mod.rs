//! GS1 Digital Link URIs: what one names, checked and in one normal form.
//!
//! After the GS1 Digital Link Standard: URI Syntax, and the GS1 General Specifications for the application identifiers (AIs). Any host
//! may carry one; the path ends in a primary key and its qualifiers in their order, the query holds attributes:
//! `https://brand.example/01/09506000134352/10/LOT7?17=271231`. Compressed URIs are not read.

mod ai;
mod check;
mod elements;
mod gtin;
mod parse;

pub use elements::elements;
pub use gtin::{gtin_forms, gtin_of, gtin14};

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longer URIs are refused, in bytes.
pub const URI_CAP: usize = 2048;
/// AIs in one URI.
pub const AIS_CAP: usize = 32;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the standard does not allow and some URIs hold nevertheless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lenience {
    /// `gtin`, `ser` and so on for AIs, withdrawn from the standard in version 1.2.
    pub short_names: bool,
    /// Numeric attributes that no table knows, as up to 90 characters.
    pub unknown_attributes: bool,
}

/// Every AI in the order of the URI: the key, its qualifiers, the attributes. GTINs have 14 digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigitalLink {
    elements: Vec<Element>,
    /// How many of the elements stood in the path; the first is the key.
    path: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub ai: String,
    /// Decoded and checked; ASCII.
    pub value: String,
    /// Its length is not predefined, so that a separator follows it in an element string.
    variable: bool,
}

impl DigitalLink {
    /// Reads a URI as the standard has it; GTINs of 8, 12 and 13 digits are padded.
    pub fn parse(uri: &str) -> Result<Self, Error> {
        parse::parse(uri, Lenience::default())
    }

    pub fn parse_lenient(uri: &str, lenience: Lenience) -> Result<Self, Error> {
        parse::parse(uri, lenience)
    }

    pub fn key(&self) -> &Element {
        &self.elements[0]
    }

    /// In their normative order.
    pub fn qualifiers(&self) -> &[Element] {
        &self.elements[1..self.path]
    }

    /// In the order of the query.
    pub fn attributes(&self) -> &[Element] {
        &self.elements[self.path..]
    }

    /// The 14 digits of the product, when the key is a GTIN.
    pub fn gtin(&self) -> Option<&str> {
        (self.key().ai == "01").then_some(self.key().value.as_str())
    }

    /// The same facts as a scanner reports them, `^` for FNC1.
    pub fn element_string(&self) -> String {
        let mut out = String::new();
        let mut separate = true;
        for Element { ai, value, variable } in &self.elements {
            if separate {
                out.push('^');
            }
            out.push_str(ai);
            out.push_str(value);
            separate = *variable;
        }
        out
    }

    /// The standard's canonical form: GS1's host, attributes sorted by AI, nothing besides AIs.
    pub fn canonical(&self) -> String {
        let mut out = "https://id.gs1.org".to_owned();
        for Element { ai, value, .. } in &self.elements[..self.path] {
            // Writing to a String cannot fail.
            let _ = write!(out, "/{ai}/{}", utf8_percent_encode(value, RESERVED));
        }
        let mut attributes: Vec<_> = self.attributes().iter().collect();
        attributes.sort_by(|a, b| a.ai.cmp(&b.ai));
        for (at, Element { ai, value, .. }) in attributes.into_iter().enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            let _ = write!(out, "{mark}{ai}={}", utf8_percent_encode(value, RESERVED));
        }
        out
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("longer than {URI_CAP} bytes or {AIS_CAP} AIs")]
    TooLong,
    #[error("a character that no URI holds")]
    Characters,
    #[error("neither http nor https, in one case")]
    Scheme,
    #[error("no host")]
    Host,
    #[error("no primary key in the path")]
    NoKey,
    #[error("{0} is a short name; only AIs are allowed")]
    ShortName(String),
    #[error("AI {0} is not known")]
    Unknown(String),
    #[error("AI {0} has no value")]
    Empty(String),
    #[error("the value of AI {0} is badly percent-encoded")]
    Escape(String),
    #[error("the value of AI {0} has not the AI's format")]
    Format(String),
    #[error("the check digit of AI {0} is wrong")]
    CheckDigit(String),
    #[error("the qualifiers do not fit the key or are not in their order")]
    Order,
    #[error("AI {0} belongs in the path")]
    Misplaced(String),
    #[error("AI {0} is no attribute")]
    NotAttribute(String),
    #[error("AI {0} stands twice")]
    Repeated(String),
    #[error("not an element string")]
    NotElements,
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Characters => "characters",
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::NoKey => "no_key",
            Self::ShortName(_) => "short_name",
            Self::Unknown(_) => "unknown",
            Self::Empty(_) => "empty",
            Self::Escape(_) => "escape",
            Self::Format(_) => "format",
            Self::CheckDigit(_) => "check_digit",
            Self::Order => "order",
            Self::Misplaced(_) => "misplaced",
            Self::NotAttribute(_) => "not_attribute",
            Self::Repeated(_) => "repeated",
            Self::NotElements => "not_elements",
        }
    }
}
