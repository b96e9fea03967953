//! Ogg (RFC 3533) with one stream of Opus (RFC 7845) or Vorbis: page after page with their checksums, packet after packet. The page of
//! comments is written anew without any.

use crate::failure::{Failure, unreadable};
use crate::sound::vorbis::Blocks;
use crate::sound::{Content, SoundCodec};

const HEAD: usize = 27;
const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;
/// Longest packet, in bytes; headers of Vorbis with pictures in their comments are the longest there are.
const MOST_PACKET: usize = 1 << 20;

struct Page<'a> {
    flags: u8,
    granule: u64,
    serial: u32,
    lacing: &'a [u8],
    body: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Page<'a> {
    fn read(rest: &'a [u8]) -> Result<Self, Failure> {
        let cut = || unreadable("an Ogg page ends behind the file");
        let head = rest.get(..HEAD).ok_or_else(cut)?;
        if !head.starts_with(b"OggS\0") {
            return Err(unreadable("no Ogg page where one should begin"));
        }
        let lacing = rest.get(HEAD..HEAD + usize::from(head[26])).ok_or_else(cut)?;
        let start = HEAD + lacing.len();
        let length: usize = lacing.iter().map(|&length| usize::from(length)).sum();
        let whole = rest.get(..start + length).ok_or_else(cut)?;
        let field = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if checksum(whole) != field(22) {
            return Err(unreadable("an Ogg page with a wrong checksum"));
        }
        let granule = u64::from(field(6)) | u64::from(field(10)) << 32;
        Ok(Self { flags: head[5], granule, serial: field(14), lacing, body: &whole[start..], whole })
    }
}

enum Stream {
    Opus { skipped: u64, samples: u64 },
    Vorbis { hertz: u64, blocks: Blocks },
}

impl Stream {
    fn begin(packet: &[u8]) -> Result<Self, Failure> {
        let named = |name: &str| Err(Failure::Unsupported(format!("Ogg with {name} is not played; use Opus or Vorbis")));
        if let Some(head) = packet.strip_prefix(b"OpusHead") {
            let usual = head.len() >= 11 && head[0] < 16 && head[1] > 0;
            let skipped = if usual { u64::from(u16::from_le_bytes([head[2], head[3]])) } else { 0 };
            return if usual { Ok(Self::Opus { skipped, samples: 0 }) } else { Err(unreadable("a damaged Opus header")) };
        }
        if let Some(head) = packet.strip_prefix(b"\x01vorbis") {
            // Version 0, channels, rate, three bit rates, two block sizes, a framing bit (Vorbis I, 4.2.2).
            let usual = head.len() == 23 && head[..4] == [0; 4] && head[4] > 0 && head[22] & 1 == 1;
            let hertz = if usual { u32::from_le_bytes([head[5], head[6], head[7], head[8]]) } else { 0 };
            let usual =
                (1_000..=384_000).contains(&hertz) && (6..=13).contains(&(head[21] & 15)) && head[21] & 15 <= head[21] >> 4;
            if !usual {
                return Err(unreadable("a damaged Vorbis header"));
            }
            return Ok(Self::Vorbis { hertz: u64::from(hertz), blocks: Blocks::new(head[21] & 15, head[21] >> 4) });
        }
        match packet {
            [0x7f, b'F', b'L', b'A', b'C', ..] => named("FLAC"),
            [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => named("Theora video"),
            [b'S', b'p', b'e', b'e', b'x', ..] => named("Speex"),
            [b'f', b'i', b's', b'h', b'e', b'a', b'd', ..] => named("a skeleton"),
            _ => named("an unknown codec"),
        }
    }

    fn headers(&self) -> usize {
        match self {
            Self::Opus { .. } => 2,
            Self::Vorbis { .. } => 3,
        }
    }

    /// Checks a packet of headers, the first one aside, and gives what takes its place.
    fn header(&mut self, number: usize, packet: &[u8]) -> Result<Vec<u8>, Failure> {
        let (begins, empty): (&[u8], Option<&[u8]>) = match (&*self, number) {
            (Self::Opus { .. }, _) => (b"OpusTags", Some(b"OpusTags\0\0\0\0\0\0\0\0")),
            (Self::Vorbis { .. }, 1) => (b"\x03vorbis", Some(b"\x03vorbis\0\0\0\0\0\0\0\0\x01")),
            (Self::Vorbis { .. }, _) => (b"\x05vorbis", None),
        };
        if !packet.starts_with(begins) {
            return Err(unreadable("an Ogg whose headers are not in order"));
        }
        if let (Self::Vorbis { blocks, .. }, 2) = (self, number) {
            blocks.set_up(packet).ok_or_else(|| unreadable("a Vorbis header without modes"))?;
        }
        Ok(empty.unwrap_or(packet).to_vec())
    }

    fn sound(&mut self, packet: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Opus { samples, .. } => *samples += opus_samples(packet)?,
            Self::Vorbis { .. } if packet.first().is_some_and(|first| first & 1 == 1) => {
                return Err(unreadable("a Vorbis header among the sound"));
            }
            Self::Vorbis { blocks, .. } => blocks.add(packet).ok_or_else(|| unreadable("a damaged Vorbis packet"))?,
        }
        Ok(())
    }

    fn duration_ms(&self, granule: u64) -> u64 {
        // Whichever is longer: a granule may lie.
        match self {
            Self::Opus { skipped, samples } => granule.saturating_sub(*skipped).max(samples.saturating_sub(*skipped)) / 48,
            Self::Vorbis { hertz, blocks } => granule.max(blocks.samples).saturating_mul(1000) / hertz,
        }
    }
}

/// How long a packet of Opus is, in samples of 1/48,000 s: RFC 6716, 3.1 and 3.2.
pub(crate) fn opus_samples(packet: &[u8]) -> Result<u64, Failure> {
    let damaged = || unreadable("a damaged Opus packet");
    let first = *packet.first().ok_or_else(damaged)?;
    let each: u64 = match first >> 3 {
        silk @ 0..12 => [480, 960, 1920, 2880][usize::from(silk % 4)],
        hybrid @ 12..16 => [480, 960][usize::from(hybrid % 2)],
        celt => [120, 240, 480, 960][usize::from(celt % 4)],
    };
    let frames = match first & 3 {
        0 => 1,
        3 => u64::from(packet.get(1).ok_or_else(damaged)? & 63),
        _ => 2,
    };
    if frames == 0 || each * frames > 5_760 {
        return Err(damaged());
    }
    Ok(each * frames)
}

pub fn read(file: &[u8]) -> Result<Content, Failure> {
    let mut rest = file;
    let first = Page::read(rest)?;
    if first.flags & (FIRST | CONTINUED | LAST) != FIRST || first.lacing.len() != 1 || first.body.is_empty() {
        return Err(unreadable("an Ogg that does not begin with one header"));
    }
    let mut stream = Stream::begin(first.body)?;
    let mut out = first.whole.to_vec();
    let (mut sequence, mut headers, mut granule, mut ended) = (1, Vec::new(), 0u64, false);
    let mut packet = Vec::new();
    rest = &rest[first.whole.len()..];
    while !rest.is_empty() {
        let page = Page::read(rest)?;
        rest = &rest[page.whole.len()..];
        if page.serial != first.serial || page.flags & FIRST != 0 || ended {
            return Err(Failure::Unsupported("an Ogg of several streams is not played; use one sound stream".into()));
        }
        if (page.flags & CONTINUED != 0) == packet.is_empty() {
            return Err(unreadable("an Ogg packet that is not continued"));
        }
        let heads = headers.len() + 1 < stream.headers();
        packets(&page, &mut packet, |packet| {
            if headers.len() + 1 < stream.headers() {
                headers.push(stream.header(headers.len() + 1, packet)?);
                return Ok(());
            }
            if heads {
                return Err(unreadable("an Ogg whose sound begins among the headers"));
            }
            stream.sound(packet)
        })?;
        if !heads {
            write(&mut out, &page, sequence);
            sequence += 1;
            if page.granule != u64::MAX {
                if page.granule < granule {
                    return Err(unreadable("an Ogg that goes back in time"));
                }
                granule = page.granule;
            }
        } else if headers.len() + 1 == stream.headers() {
            sequence = write_headers(&mut out, &headers, first.serial);
        }
        ended = page.flags & LAST != 0;
    }
    if headers.len() + 1 < stream.headers() || granule == 0 || !packet.is_empty() {
        return Err(unreadable("an Ogg without sound, or cut"));
    }
    let codec = if matches!(stream, Stream::Opus { .. }) { SoundCodec::Opus } else { SoundCodec::Vorbis };
    Ok(Content { codec, duration_ms: stream.duration_ms(granule), bytes: out })
}

/// Hands over every packet that ends on the page; `packet` carries the begun one from page to page.
fn packets(page: &Page, packet: &mut Vec<u8>, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut body = page.body;
    for &length in page.lacing {
        let (part, behind) = body.split_at(usize::from(length));
        body = behind;
        packet.extend_from_slice(part);
        if packet.len() > MOST_PACKET {
            return Err(unreadable("an Ogg packet that is too long"));
        }
        if length < 255 {
            take(packet)?;
            packet.clear();
        }
    }
    Ok(())
}

fn write(out: &mut Vec<u8>, page: &Page, sequence: u32) {
    let start = out.len();
    out.extend_from_slice(page.whole);
    number(&mut out[start..], sequence);
}

/// Writes header packets onto pages of their own; returns the number of the next page.
fn write_headers(out: &mut Vec<u8>, headers: &[Vec<u8>], serial: u32) -> u32 {
    let lacing: Vec<u8> = headers
        .iter()
        .flat_map(|packet| std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8]))
        .collect();
    let body = headers.concat();
    let (mut body, mut sequence, mut continued) = (&body[..], 1, false);
    for lacing in lacing.chunks(255) {
        let start = out.len();
        let (part, behind) = body.split_at(lacing.iter().map(|&length| usize::from(length)).sum());
        let ends = lacing.iter().any(|&length| length < 255);
        out.extend(b"OggS\0");
        out.push(if continued { CONTINUED } else { 0 });
        out.extend(if ends { 0u64 } else { u64::MAX }.to_le_bytes());
        out.extend(serial.to_le_bytes());
        out.extend([0; 8]);
        out.push(lacing.len() as u8);
        out.extend_from_slice(lacing);
        out.extend_from_slice(part);
        number(&mut out[start..], sequence);
        (body, sequence, continued) = (behind, sequence + 1, lacing.last() == Some(&255));
    }
    sequence
}

/// Sets a page's number, then its checksum.
fn number(page: &mut [u8], sequence: u32) {
    page[18..22].copy_from_slice(&sequence.to_le_bytes());
    let sum = checksum(page);
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}

/// CRC-32 of polynomial 0x04c11db7, not reflected, the checksum's own four bytes taken for zero.
fn checksum(page: &[u8]) -> u32 {
    page.iter().enumerate().fold(0, |sum, (at, &byte)| {
        let byte = if (22..26).contains(&at) { 0 } else { byte };
        (sum << 8) ^ TABLE[usize::from((sum >> 24) as u8 ^ byte)]
    })
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut sum, mut bit) = ((byte as u32) << 24, 0);
        while bit < 8 {
            sum = (sum << 1) ^ (0x04c1_1db7 & (sum >> 31).wrapping_neg());
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};
