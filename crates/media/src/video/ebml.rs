//! EBML (RFC 8794) as far as WebM needs it: elements within bounds, and elements blanked in place.

use std::ops::Range;

use crate::failure::{Failure, unreadable};

/// Matroska's element ids (RFC 9559, 5.1).
pub mod id {
    pub const EBML: u32 = 0x1a45_dfa3;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114d_9b74;
    pub const INFO: u32 = 0x1549_a966;
    pub const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub const DURATION: u32 = 0x4489;
    pub const MUXING_APP: u32 = 0x4d80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_ae6b;
    pub const TRACK: u32 = 0xae;
    pub const TRACK_NUMBER: u32 = 0xd7;
    pub const TRACK_TYPE: u32 = 0x83;
    pub const CODEC: u32 = 0x86;
    pub const CODEC_PRIVATE: u32 = 0x63a2;
    pub const ENCODINGS: u32 = 0x6d80;
    pub const NAME: u32 = 0x536e;
    pub const CODEC_NAME: u32 = 0x25_8688;
    pub const VIDEO: u32 = 0xe0;
    pub const PIXEL_WIDTH: u32 = 0xb0;
    pub const PIXEL_HEIGHT: u32 = 0xba;
    pub const DISPLAY_WIDTH: u32 = 0x54b0;
    pub const DISPLAY_HEIGHT: u32 = 0x54ba;
    pub const ALPHA_MODE: u32 = 0x53c0;
    pub const CLUSTER: u32 = 0x1f43_b675;
    pub const TIMESTAMP: u32 = 0xe7;
    pub const POSITION: u32 = 0xa7;
    pub const PREVIOUS_SIZE: u32 = 0xab;
    pub const SIMPLE_BLOCK: u32 = 0xa3;
    pub const BLOCK_GROUP: u32 = 0xa0;
    pub const BLOCK: u32 = 0xa1;
    pub const BLOCK_DURATION: u32 = 0x9b;
    pub const REFERENCE_BLOCK: u32 = 0xfb;
    pub const DISCARD_PADDING: u32 = 0x75a2;
    pub const ENCRYPTED_BLOCK: u32 = 0xaf;
    pub const CUES: u32 = 0x1c53_bb6b;
    pub const CHAPTERS: u32 = 0x1043_a770;
    pub const TAGS: u32 = 0x1254_c367;
    pub const ATTACHMENTS: u32 = 0x1941_a469;
    pub const OF_SEGMENT: [u32; 8] = [SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, CHAPTERS, TAGS, ATTACHMENTS];
}

const VOID: u8 = 0xec;

/// One element of a file: `start` is where its id stands, `body` what it holds. One of unknown size reaches to the end of its parent.
#[derive(Clone, Debug)]
pub struct Element {
    pub id: u32,
    pub start: usize,
    pub body: Range<usize>,
    pub known: bool,
}

impl Element {
    /// A text, ASCII or UTF-8, up to its first zero; empty if it is none.
    pub fn text<'a>(&self, file: &'a [u8]) -> &'a str {
        let text = std::str::from_utf8(&file[self.body.clone()]).unwrap_or_default();
        text.split('\0').next().unwrap_or_default()
    }

    pub fn unsigned(&self, file: &[u8]) -> Result<u64, Failure> {
        if self.body.len() > 8 {
            return Err(unreadable("a WebM number that is too long"));
        }
        Ok(file[self.body.clone()].iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    pub fn float(&self, file: &[u8]) -> Result<f64, Failure> {
        let body = &file[self.body.clone()];
        match (body.first_chunk(), body.first_chunk(), body.len()) {
            (_, Some(&eight), 8) => Ok(f64::from_be_bytes(eight)),
            (Some(&four), _, 4) => Ok(f64::from(f32::from_be_bytes(four))),
            (_, _, 0) => Ok(0.0),
            _ => Err(unreadable("a WebM number of an unusual length")),
        }
    }
}

/// Goes from element to element of a part of the file.
pub struct Reader<'a> {
    file: &'a [u8],
    rest: Range<usize>,
}

impl<'a> Reader<'a> {
    /// `part` lies within the file.
    pub fn new(file: &'a [u8], part: Range<usize>) -> Self {
        Self { file, rest: part }
    }

    /// The next element without going on, or none at the end.
    pub fn peek(&self) -> Result<Option<Element>, Failure> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let damaged = || unreadable("a WebM element reaches out of what holds it");
        let bytes = &self.file[self.rest.clone()];
        let id_length = bytes[0].leading_zeros() as usize + 1;
        let id = bytes.get(..id_length).filter(|_| id_length <= 4).ok_or_else(damaged)?;
        let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
        let (size, length) = number(&bytes[id_length..]).ok_or_else(damaged)?;
        let from = self.rest.start + id_length + length;
        let known = size != unknown(length);
        let size = if known { usize::try_from(size).map_err(|_| damaged())? } else { self.rest.end - from };
        let to = from.checked_add(size).filter(|to| *to <= self.rest.end).ok_or_else(damaged)?;
        Ok(Some(Element { id, start: self.rest.start, body: from..to, known }))
    }

    pub fn next(&mut self) -> Result<Option<Element>, Failure> {
        let element = self.peek()?;
        if let Some(element) = &element {
            self.go_on(element.body.end);
        }
        Ok(element)
    }

    pub fn go_on(&mut self, at: usize) {
        self.rest.start = at.clamp(self.rest.start, self.rest.end);
    }

    /// All that is left, each of known size.
    pub fn children(mut self) -> Result<Vec<Element>, Failure> {
        let mut children = Vec::new();
        while let Some(element) = self.next()? {
            if !element.known {
                return Err(unreadable("a WebM element of unknown size"));
            }
            children.push(element);
        }
        Ok(children)
    }
}

/// A number of variable length without its marker, and its length.
pub fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let bytes = bytes.get(..length).filter(|_| length <= 8)?;
    let number = bytes.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    Some((number & unknown(length), length))
}

/// All bits of a number of that length: as a size, not known.
fn unknown(length: usize) -> u64 {
    (1 << (7 * length)) - 1
}

/// Puts a Void of the same length in the element's place.
pub fn blank(out: &mut [u8], element: &Element) {
    let place = &mut out[element.start..element.body.end];
    place.fill(0);
    place[0] = VOID;
    let length = place.len();
    // An element has at least two bytes: id and size.
    if length < 129 {
        place[1] = 0x80 | (length - 2) as u8;
    } else {
        place[1..9].copy_from_slice(&(1 << 56 | (length - 9) as u64).to_be_bytes());
    }
}

/// Leaves an element that has to be there, with an empty text.
pub fn blank_text(out: &mut [u8], element: &Element) {
    out[element.body.clone()].fill(0);
}
