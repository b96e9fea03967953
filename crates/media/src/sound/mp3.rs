//! MP3 (ISO/IEC 11172-3 and 13818-3, layer III): frame after frame. Tags around them (ID3v2, ID3v1, APE, Lyrics3) are left out.

use crate::failure::{Failure, unreadable};
use crate::sound::{Content, SoundCodec};

/// Bytes between frames that are no frame and no tag, in all, before the file counts as damaged.
const MOST_JUNK: usize = 16 << 10;
const FEWEST_FRAMES: usize = 2;

/// Kilobits a second of MPEG-1 and of MPEG-2 and 2.5.
const RATES: [[u16; 14]; 2] = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// What the four bytes before a frame say.
#[derive(Clone, Copy)]
struct Head {
    /// 3 is MPEG-1, 2 MPEG-2, 0 MPEG-2.5.
    version: u8,
    hertz: u32,
    samples: u32,
    length: usize,
    /// Where a frame that only describes the file would say so.
    side: usize,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<4>()?;
        let (version, layer) = (head[1] >> 3 & 3, head[1] >> 1 & 3);
        let (rate, hertz) = (head[2] >> 4, head[2] >> 2 & 3);
        if head[0] != 0xff || head[1] & 0xe0 != 0xe0 || version == 1 || layer != 1 || rate == 0 || rate == 15 || hertz == 3 {
            return None;
        }
        let first = version == 3;
        let hertz = [44_100, 48_000, 32_000][usize::from(hertz)] >> [2, 0, 1, 0][usize::from(version)];
        let bits = u32::from(RATES[usize::from(!first)][usize::from(rate) - 1]) * 1000;
        let samples = if first { 1152 } else { 576 };
        let length = (samples / 8 * bits / hertz) as usize + usize::from(head[2] >> 1 & 1);
        let mono = head[3] >> 6 == 3;
        let side = 4 + match (first, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        Some(Self { version, hertz, samples, length, side })
    }

    fn continues(&self, before: &Self) -> bool {
        (self.version, self.hertz) == (before.version, before.hertz)
    }
}

pub fn begins(file: &[u8]) -> bool {
    Head::read(file).is_some_and(|head| file.get(head.length..).is_none_or(|rest| rest.len() < 4 || Head::read(rest).is_some()))
}

pub fn read(file: &[u8]) -> Result<Content, Failure> {
    let mut rest = file;
    let mut bytes = Vec::with_capacity(file.len());
    let (mut first, mut frames, mut samples, mut junk) = (None::<Head>, 0usize, 0u64, 0);
    while !rest.is_empty() {
        if let Some(length) = tag(rest) {
            rest = &rest[length.min(rest.len())..];
            continue;
        }
        let head = Head::read(rest).filter(|head| first.as_ref().is_none_or(|first| head.continues(first)));
        let Some((head, frame)) = head.and_then(|head| Some((head, rest.get(..head.length)?))) else {
            junk += 1;
            if junk > MOST_JUNK {
                return Err(unreadable("an MP3 with bytes between its frames"));
            }
            rest = &rest[1..];
            continue;
        };
        // Two bytes that look like a frame in the midst of others are none unless another follows.
        let next = &rest[head.length..];
        if first.is_none() && next.len() >= 4 && Head::read(next).is_none() && tag(next).is_none() {
            junk += 1;
            rest = &rest[1..];
            continue;
        }
        first.get_or_insert(head);
        let describes =
            frames == 0 && ["Xing", "Info"].iter().any(|word| frame.get(head.side..head.side + 4) == Some(word.as_bytes()));
        samples += if describes { 0 } else { u64::from(head.samples) };
        frames += 1;
        bytes.extend_from_slice(frame);
        rest = next;
    }
    let Some(first) = first.filter(|_| frames >= FEWEST_FRAMES) else { return Err(unreadable("no MP3 frames")) };
    Ok(Content { codec: SoundCodec::Mp3, duration_ms: samples * 1000 / u64::from(first.hertz), bytes })
}

/// The length of the tag that begins here, if one does.
fn tag(rest: &[u8]) -> Option<usize> {
    let byte = |at: usize| rest.get(at).copied();
    if rest.starts_with(b"ID3") {
        // Four bytes of seven bits (ID3v2.3, 3.1); bit 4 of the flags announces a footer.
        let size =
            (6..10).try_fold(0usize, |size, at| byte(at).filter(|byte| *byte < 128).map(|byte| size << 7 | usize::from(byte)));
        let footer = if byte(5)? & 0x10 != 0 { 10 } else { 0 };
        return size.map(|size| size + 10 + footer);
    }
    if rest.starts_with(b"TAG") && rest.len() == 128 {
        return Some(128);
    }
    if rest.starts_with(b"APETAGEX") {
        // The size leaves out the head, or counts the footer itself when there is no head.
        let size = u32::from_le_bytes(rest.get(12..16)?.try_into().ok()?) as usize;
        let head = byte(23)? & 0x20 != 0;
        return Some(if head { size.saturating_add(32) } else { 32 });
    }
    if rest.starts_with(b"LYRICSBEGIN") {
        let end = rest.windows(9).position(|window| window == b"LYRICS200" || window == b"LYRICSEND")?;
        return Some(end + 9);
    }
    None
}
