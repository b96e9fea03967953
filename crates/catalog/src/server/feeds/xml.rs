//! RSS 2.0 and Atom with Google's product elements (<https://support.google.com/merchants/answer/14987622>), and plain lists of
//! `product` elements. No document type, no entities but XML's own five and numbers; elements are known by their local names, since
//! feeds get the namespace wrong more often than the names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, escape};

use super::columns::{Field, field};
use super::fields::Fields;
use super::{CELL_CAP, Error, Found, Refusal, note_unused};

/// The most bytes of one product, its markup included.
const ITEM_CAP: usize = 512 * 1024;
const DEPTH_CAP: usize = 16;
const ELEMENTS_CAP: usize = 1000;
/// Products that are no XML, passed over before the rest is given up.
const BROKEN_CAP: u32 = 1000;

pub(super) struct Items<'a> {
    text: Cow<'a, str>,
    at: usize,
    /// Where lines were counted up to, and the line there.
    counted: usize,
    line: u64,
    /// What the feed calls a product.
    tag: Option<String>,
    broken: u32,
    over: bool,
    unused: BTreeSet<String>,
}

impl<'a> Items<'a> {
    pub(super) fn open(text: Cow<'a, str>) -> Result<Self, Error> {
        let mut reader = reader(&text);
        loop {
            match reader.read_event() {
                Ok(Event::Start(_)) => break,
                Ok(Event::DocType(_)) => return Err(Error::Invalid("a feed with a document type is refused".to_owned())),
                Ok(Event::Eof | Event::Empty(_)) => return Err(Error::Invalid("there is no feed in the file".to_owned())),
                Err(error) => return Err(Error::Invalid(format!("not XML: {error}"))),
                Ok(_) => {}
            }
        }
        let unused = BTreeSet::new();
        Ok(Self { text, at: 0, counted: 0, line: 1, tag: None, broken: 0, over: false, unused })
    }

    pub(super) fn unused(&self) -> &BTreeSet<String> {
        &self.unused
    }

    pub(super) fn next(&mut self) -> Option<(u64, Result<Found<'a>, Refusal>)> {
        let begun = self.begin()?;
        let line = self.line_at(self.at);
        if let Err(refusal) = begun {
            self.over = true;
            return Some((line, Err(refusal)));
        }
        let tag = self.tag.clone().unwrap_or_default();
        let end = boundary(&self.text, self.at.saturating_add(ITEM_CAP));
        match item(&self.text[self.at..end], &tag, &mut self.unused) {
            Ok((fields, length)) => {
                self.at += length;
                Some((line, Ok(Found::Fields(fields))))
            }
            Err(refusal) => {
                self.pass_over(&tag);
                Some((line, Err(refusal)))
            }
        }
    }

    /// Moves to where the next product begins.
    fn begin(&mut self) -> Option<Result<(), Refusal>> {
        if self.over {
            return None;
        }
        let mut reader = reader(&self.text[self.at..]);
        loop {
            let before = usize::try_from(reader.buffer_position()).ok()?;
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    let name = start.local_name().into_inner();
                    let known = match &self.tag {
                        Some(tag) => tag == name,
                        None => ["item", "entry", "product"].contains(&name),
                    };
                    if known {
                        self.tag.get_or_insert_with(|| name.to_owned());
                        self.at += before;
                        return Some(Ok(()));
                    }
                }
                Ok(Event::Eof) => return None,
                Ok(Event::DocType(_)) => return Some(Err(Refusal::whole("a document type inside the feed"))),
                Ok(_) => {}
                Err(error) => {
                    self.at += before;
                    return Some(Err(Refusal::whole(format!("not XML from here on: {error}"))));
                }
            }
        }
    }

    /// To the next product behind one that is no XML.
    fn pass_over(&mut self, tag: &str) {
        self.broken += 1;
        let after = boundary(&self.text, self.at + 1);
        let next = self.text[after..].match_indices('<').map(|(at, _)| after + at).find(|at| {
            let name = self.text[at + 1..].split([' ', '>', '\n', '\r', '\t', '/']).next().unwrap_or_default();
            name.len() < 64 && name.rsplit(':').next() == Some(tag) && !name.is_empty()
        });
        match next {
            Some(next) if self.broken < BROKEN_CAP => self.at = next,
            _ => self.over = true,
        }
    }

    fn line_at(&mut self, at: usize) -> u64 {
        self.line += self.text.as_bytes()[self.counted..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = at;
        self.line
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // Reading goes on in the middle of the document, where elements end that began before.
    config.allow_unmatched_ends = true;
    config.check_comments = false;
    reader
}

fn boundary(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// A child of a product.
struct Element {
    name: String,
    field: Option<Field>,
    text: String,
}

/// One product, which begins the text; and its length there.
fn item(text: &str, tag: &str, unused: &mut BTreeSet<String>) -> Result<(Fields<'static>, usize), Refusal> {
    let mut reader = reader(text);
    let (mut depth, mut elements) = (0usize, 0usize);
    let mut open: Option<Element> = None;
    let mut found: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| Refusal::whole(format!("not XML: {error}")))?;
        match event {
            Event::Start(start) => {
                depth += 1;
                elements += 1;
                if depth > DEPTH_CAP || elements > ELEMENTS_CAP {
                    return Err(Refusal::whole(format!("more than {ELEMENTS_CAP} elements, or {DEPTH_CAP} inside each other")));
                }
                if depth > 1 && start.local_name().into_inner() == tag {
                    return Err(Refusal::whole(format!("the {tag} is not closed before the next begins")));
                }
                if depth == 2 {
                    open = Some(element(&start)?);
                }
            }
            Event::Empty(start) if depth == 1 => found.push(element(&start)?),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    found.extend(open.take());
                }
                if depth == 0 {
                    let length = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
                    return Ok((fields(found, unused), length));
                }
            }
            Event::Text(part) => add(&mut open, depth, &part.xml10_content())?,
            Event::CData(part) => add(&mut open, depth, &part.xml10_content())?,
            Event::GeneralRef(reference) => add(&mut open, depth, &resolved(&reference)?)?,
            Event::DocType(_) => return Err(Refusal::whole("a document type inside the feed")),
            Event::Eof => return Err(Refusal::whole(format!("the {tag} is not closed, or larger than {} KiB", ITEM_CAP >> 10))),
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
        }
    }
}

/// Atom's links stand in an attribute.
fn element(start: &BytesStart<'_>) -> Result<Element, Refusal> {
    let name = start.name().into_inner();
    let (local, attribute) = (start.local_name().into_inner(), |key: &str| start.try_get_attribute(key).ok().flatten());
    let mut found =
        Element { name: name.chars().take(100).collect(), field: field(name).or_else(|| field(local)), text: String::new() };
    if local == "link"
        && let Some(href) = attribute("href")
    {
        let main = attribute("rel").is_none_or(|rel| rel.value == "alternate");
        let link = escape::unescape(&href.value).map_err(|error| Refusal::of(name, error.to_string()))?;
        if main { found.text.push_str(&link) } else { found.field = None }
    }
    Ok(found)
}

/// Text of the child itself; of what lies deeper only where text may be marked up.
fn add(open: &mut Option<Element>, depth: usize, text: &str) -> Result<(), Refusal> {
    let Some(element) = open else { return Ok(()) };
    let marked_up = matches!(element.field, Some(Field::Description | Field::Body | Field::Summary));
    if depth > 2 && !marked_up {
        return Ok(());
    }
    if element.text.len() + text.len() > CELL_CAP {
        return Err(Refusal::of(&element.name, format!("more than {} KiB", CELL_CAP >> 10)));
    }
    element.text.push_str(text);
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, Refusal> {
    let unknown =
        || Refusal::whole(format!("the entity &{}; is not one of XML's", reference.chars().take(40).collect::<String>()));
    let number = reference.resolve_char_ref().map_err(|_| unknown())?;
    let text = number.map(String::from).or_else(|| escape::resolve_predefined_entity(reference).map(str::to_owned));
    text.ok_or_else(unknown)
}

/// Google's elements count before those of the feed itself.
fn fields(mut found: Vec<Element>, unused: &mut BTreeSet<String>) -> Fields<'static> {
    found.sort_by_key(|element| !element.name.contains(':'));
    let mut fields = Fields::default();
    for element in found {
        match element.field {
            Some(field) => fields.push(field, element.name, element.text),
            None => note_unused(unused, &element.name),
        }
    }
    fields
}
