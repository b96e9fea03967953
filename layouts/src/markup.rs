//! The HTML of layouts: `div`, `span` and `img` with `style`, `dir` and a slot's name in `src`. Stricter than HTML, so that what is
//! judged here is what is drawn: every element is closed, every attribute quoted, nothing is repaired.

use crate::style::{self, Styles};
use crate::{Error, NODES_CAP};

const DEPTH_CAP: usize = 16;

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) kind: Kind,
    pub(crate) style: String,
    /// `dir="auto"`: by the first letter that has a direction.
    pub(crate) auto_direction: bool,
    pub(crate) children: Vec<Child>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Div,
    Span,
    /// The slot's name.
    Image(String),
}

#[derive(Debug)]
pub(crate) enum Child {
    Element(Element),
    Text(String),
}

/// One root with its size, and all that is in it, within the caps.
pub(crate) fn parse(html: &str) -> Result<Element, Error> {
    let mut reader = Reader { rest: html, nodes: 0, styles: Styles::default() };
    reader.blank()?;
    let root = reader.element(0)?;
    reader.blank()?;
    if !reader.rest.is_empty() {
        return Err(refused("something after its root element"));
    }
    style::root_size(&root.style)?;
    Ok(root)
}

struct Reader<'a> {
    rest: &'a str,
    nodes: usize,
    styles: Styles,
}

impl<'a> Reader<'a> {
    /// White space and comments.
    fn blank(&mut self) -> Result<(), Error> {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix("<!--") {
                Some(comment) => self.rest = after(comment, "-->")?,
                None => return Ok(()),
            }
        }
    }

    fn count(&mut self) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > NODES_CAP { Err(Error::TooMuch(format!("more than {NODES_CAP} elements and texts"))) } else { Ok(()) }
    }

    fn element(&mut self, depth: usize) -> Result<Element, Error> {
        self.count()?;
        if depth > DEPTH_CAP {
            return Err(Error::TooMuch(format!("elements nested more than {DEPTH_CAP} deep")));
        }
        self.rest = self.rest.strip_prefix('<').ok_or_else(|| refused("text outside its root element"))?;
        let name = self.name();
        let (attributes, closed) = self.attributes()?;
        let Attributes { style, dir, src } = attributes;
        let kind = match (name, src) {
            ("div", None) => Kind::Div,
            ("span", None) => Kind::Span,
            ("img", Some(slot)) => Kind::Image(slot),
            ("img", None) => return Err(refused("an img without a slot")),
            (name, _) => {
                return Err(refused(&format!("the element or use of <{}>", name.escape_debug())));
            }
        };
        let image = matches!(kind, Kind::Image(_));
        let children = if closed || image { Vec::new() } else { self.children(name, depth)? };
        Ok(Element { kind, style, auto_direction: dir, children })
    }

    fn children(&mut self, name: &str, depth: usize) -> Result<Vec<Child>, Error> {
        let mut children = Vec::new();
        loop {
            if let Some(comment) = self.rest.strip_prefix("<!--") {
                self.rest = after(comment, "-->")?;
            } else if let Some(end) = self.rest.strip_prefix("</") {
                self.rest = end.strip_prefix(name).ok_or_else(|| refused("elements closed out of order"))?;
                self.rest = self.rest.trim_start().strip_prefix('>').ok_or_else(|| refused("elements closed out of order"))?;
                return Ok(children);
            } else if self.rest.starts_with('<') {
                children.push(Child::Element(self.element(depth + 1)?));
            } else {
                let end = self.rest.find('<').ok_or_else(|| refused("an element that is not closed"))?;
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                if !text.trim().is_empty() {
                    self.count()?;
                    children.push(Child::Text(unescape(text)?));
                }
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    /// The attributes, and whether the element was closed in place by `/>`.
    fn attributes(&mut self) -> Result<(Attributes, bool), Error> {
        let mut found = Attributes::default();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                return Ok((found, true));
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Ok((found, false));
            }
            let name = self.name();
            let value = self.rest.strip_prefix("=\"").ok_or_else(|| refused("an attribute without a quoted value"))?;
            let end = value.find('"').ok_or_else(|| refused("an attribute without end"))?;
            let text = unescape(&value[..end])?;
            self.rest = &value[end + 1..];
            match name {
                "style" if found.style.is_empty() => found.style = self.styles.lint(&text)?,
                "dir" if text == "auto" => found.dir = true,
                "src" if found.src.is_none() => found.src = Some(slot(text)?),
                name => return Err(refused(&format!("the attribute {}", name.escape_debug()))),
            }
        }
    }
}

#[derive(Default)]
struct Attributes {
    style: String,
    dir: bool,
    src: Option<String>,
}

fn slot(text: String) -> Result<String, Error> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let known = matches!(text.as_str(), "photo" | "logo") || text.starts_with("badge-");
    if known && text.len() <= 80 && text.bytes().all(fits) {
        return Ok(text);
    }
    Err(refused("a picture that is not a slot: photo, logo or badge-…"))
}

fn after<'a>(text: &'a str, end: &str) -> Result<&'a str, Error> {
    text.find(end).map(|at| &text[at + end.len()..]).ok_or_else(|| refused("a comment without end"))
}

fn refused(what: &str) -> Error {
    Error::Refused(format!("it has {what}, which a layout may not have"))
}

/// The character references that escaping writes, and decimal ones.
fn unescape(text: &str) -> Result<String, Error> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(';').filter(|&end| end <= 8).ok_or_else(|| refused("an & that begins no character"))?;
        plain.push(character(&rest[..end]).ok_or_else(|| refused("a character by a name that is not known"))?);
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    Ok(plain)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "nbsp" => '\u{A0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control())?
        }
    })
}
