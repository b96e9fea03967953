//! The headers of VP8 (RFC 6386, 9.1) and VP9 frames (VP9 Bitstream & Decoding Process Specification 0.6, 6.2 and annex B).

use crate::failure::{Failure, unreadable};
use crate::video::{VIDEO_SIDE, VideoCodec};

/// Refuses a frame whose header is damaged or asks for a larger picture than is taken; the first one has to stand by itself.
/// Says how many pictures it is: a packet of VP9 may hold several.
pub fn check(codec: VideoCodec, frame: &[u8], first: bool) -> Result<u64, Failure> {
    let damaged = || unreadable("a damaged video frame");
    match codec {
        VideoCodec::Vp8 => {
            let seen = vp8(frame).ok_or_else(damaged)?;
            allow(seen, first).map(|()| 1)
        }
        VideoCodec::Vp9 => {
            let parts = parts(frame).ok_or_else(damaged)?;
            for (number, part) in parts.iter().enumerate() {
                let seen = vp9(part).ok_or_else(damaged)?;
                allow(seen, first && number == 0)?;
            }
            Ok(parts.len() as u64)
        }
    }
}

/// What a header says: whether the frame needs no other, and its size if it has one.
#[derive(Clone, Copy)]
struct Seen {
    key: bool,
    size: Option<(u32, u32)>,
}

fn allow(seen: Seen, first: bool) -> Result<(), Failure> {
    if first && !seen.key {
        return Err(unreadable("a video that does not begin with a whole picture"));
    }
    match seen.size {
        Some((0, _) | (_, 0)) => Err(unreadable("a video frame without a size")),
        Some((width, height)) if width.max(height) > VIDEO_SIDE => {
            Err(Failure::OverLimit(format!("the video is larger than {VIDEO_SIDE} x {VIDEO_SIDE} pixels")))
        }
        _ => Ok(()),
    }
}

fn vp8(frame: &[u8]) -> Option<Seen> {
    if frame.is_empty() {
        // "Nothing changed".
        return Some(Seen { key: false, size: None });
    }
    let tag = u32::from_le_bytes([frame[0], *frame.get(1)?, *frame.get(2)?, 0]);
    let key = tag & 1 == 0;
    let rest = &frame[3..];
    let partition = (tag >> 5) as usize;
    if !key {
        return (partition <= rest.len()).then_some(Seen { key, size: None });
    }
    let head = rest.first_chunk::<7>()?;
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let whole = head[..3] == [0x9d, 0x01, 0x2a] && partition <= rest.len() - 7;
    whole.then(|| Seen { key, size: Some((side(head[3], head[4]), side(head[5], head[6]))) })
}

/// The frames of a VP9 packet: one, or several with an index at the end.
fn parts(packet: &[u8]) -> Option<Vec<&[u8]>> {
    let marker = *packet.last()?;
    let (frames, bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let index = 2 + frames * bytes;
    if marker & 0xe0 != 0xc0 || packet.len() < index || packet[packet.len() - index] != marker {
        return Some(vec![packet]);
    }
    let (mut body, index) = packet.split_at(packet.len() - index);
    let mut parts = Vec::new();
    for size in index[1..index.len() - 1].chunks_exact(bytes) {
        let size = size.iter().rev().fold(0usize, |size, &byte| size << 8 | usize::from(byte));
        let (part, behind) = body.split_at_checked(size)?;
        if !part.is_empty() {
            parts.push(part);
        }
        body = behind;
    }
    (!parts.is_empty()).then_some(parts)
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |number, _| {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(number << 1 | u32::from(bit))
        })
    }

    fn size(&mut self) -> Option<(u32, u32)> {
        Some((self.take(16)? + 1, self.take(16)? + 1))
    }

    fn synchronised(&mut self) -> Option<()> {
        (self.take(24)? == 0x49_83_42).then_some(())
    }

    fn colours(&mut self, profile: u32) -> Option<()> {
        if profile >= 2 {
            self.take(1)?;
        }
        let odd = profile & 1 == 1;
        match self.take(3)? {
            // RGB stands in odd profiles only.
            7 if odd => self.take(1)?,
            7 => return None,
            _ => self.take(if odd { 4 } else { 1 })?,
        };
        Some(())
    }
}

fn vp9(frame: &[u8]) -> Option<Seen> {
    let mut bits = Bits { bytes: frame, at: 0 };
    if bits.take(2)? != 2 {
        return None;
    }
    let profile = bits.take(1)? | bits.take(1)? << 1;
    if profile == 3 && bits.take(1)? != 0 {
        return None;
    }
    if bits.take(1)? == 1 {
        // Shows a frame that is there already.
        bits.take(3)?;
        return Some(Seen { key: false, size: None });
    }
    let key = bits.take(1)? == 0;
    let (shown, resilient) = (bits.take(1)? == 1, bits.take(1)? == 1);
    if key {
        bits.synchronised()?;
        bits.colours(profile)?;
        return Some(Seen { key, size: Some(bits.size()?) });
    }
    let intra = !shown && bits.take(1)? == 1;
    if !resilient {
        bits.take(2)?;
    }
    if intra {
        bits.synchronised()?;
        if profile > 0 {
            bits.colours(profile)?;
        }
        bits.take(8)?;
        return Some(Seen { key, size: Some(bits.size()?) });
    }
    bits.take(8 + 3 * 4)?;
    for _ in 0..3 {
        if bits.take(1)? == 1 {
            return Some(Seen { key, size: None });
        }
    }
    Some(Seen { key, size: Some(bits.size()?) })
}
