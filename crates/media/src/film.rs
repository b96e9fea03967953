//! Frames to animated WebP (the WebP container specification, RFC 9649): of each frame only the rectangle that changed.

use image::{DynamicImage, RgbaImage, imageops};

use crate::encode;

/// "Do not blend": the rectangle replaces what was there.
const REPLACE: u8 = 0b10;
const ANIMATED: u8 = 0b10;
const ALPHA: u8 = 0b1_0000;
/// What one frame adds to its picture: the chunk's head and place.
const FRAME_HEAD: usize = 8 + 16;

pub struct Film {
    size: (u32, u32),
    plays: u16,
    alpha: bool,
    last: RgbaImage,
    patches: Vec<Patch>,
}

struct Patch {
    x: u32,
    y: u32,
    raster: DynamicImage,
    delay: u32,
}

impl Film {
    /// Begins with a frame; `plays` 0 is for ever, delays are milliseconds below 2^24.
    pub fn new(first: RgbaImage, delay: u32, plays: u16) -> Self {
        let size = first.dimensions();
        let mut film = Self { size, plays, alpha: false, last: RgbaImage::default(), patches: Vec::new() };
        film.patch((0, 0), first.clone(), delay);
        film.last = first;
        film
    }

    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Adds a frame of the same size.
    pub fn add(&mut self, frame: RgbaImage, delay: u32) {
        let (x, y, width, height) = changed(&self.last, &frame);
        let part = imageops::crop_imm(&frame, x, y, width, height).to_image();
        self.patch((x, y), part, delay);
        self.last = frame;
    }

    fn patch(&mut self, (x, y): (u32, u32), part: RgbaImage, delay: u32) {
        let clear = part.pixels().any(|pixel| pixel.0[3] != 255);
        self.alpha |= clear;
        let part = DynamicImage::from(part);
        let raster = if clear { part } else { part.into_rgb8().into() };
        self.patches.push(Patch { x, y, raster, delay });
    }

    /// The file, or none when it would be longer than `most` bytes.
    pub fn encode(&self, quality: f32, most: usize) -> Result<Option<Vec<u8>>, String> {
        let mut body = b"WEBP".to_vec();
        let (width, height) = self.size;
        let flags = ANIMATED | if self.alpha { ALPHA } else { 0 };
        chunk(&mut body, b"VP8X", &[&[flags, 0, 0, 0], &small(width - 1)[..], &small(height - 1)].concat());
        chunk(&mut body, b"ANIM", &[&[0; 4][..], &self.plays.to_le_bytes()].concat());
        for patch in &self.patches {
            let still = encode::still(&patch.raster, quality)?;
            let picture = bitstream(&still).ok_or("libwebp wrote no picture")?;
            if body.len() + 8 + FRAME_HEAD + picture.len() > most {
                return Ok(None);
            }
            let place = [patch.x / 2, patch.y / 2, patch.raster.width() - 1, patch.raster.height() - 1, patch.delay];
            let mut frame: Vec<u8> = place.into_iter().flat_map(small).collect();
            frame.push(REPLACE);
            frame.extend(picture);
            chunk(&mut body, b"ANMF", &frame);
        }
        let mut file = Vec::with_capacity(body.len() + 8);
        chunk(&mut file, b"RIFF", &body);
        Ok(Some(file))
    }
}

/// The smallest rectangle (x, y, width, height) outside of which both are equal, x and y even, at least one pixel.
fn changed(before: &RgbaImage, after: &RgbaImage) -> (u32, u32, u32, u32) {
    let (width, height) = after.dimensions();
    let line = width as usize * 4;
    let (mut left, mut right, mut top, mut bottom) = (width as usize, 0, None, 0);
    for (y, (old, new)) in before.as_raw().chunks_exact(line).zip(after.as_raw().chunks_exact(line)).enumerate() {
        if old == new {
            continue;
        }
        let differs = |(old, new): (&[u8], &[u8])| old != new;
        let first = old.chunks_exact(4).zip(new.chunks_exact(4)).position(differs).unwrap_or(0);
        let last = old.chunks_exact(4).zip(new.chunks_exact(4)).rposition(differs).unwrap_or(0);
        (left, right) = (left.min(first), right.max(last + 1));
        top.get_or_insert(y);
        bottom = y + 1;
    }
    let Some(top) = top else { return (0, 0, 1, 1) };
    let (left, top) = (left / 2 * 2, top / 2 * 2);
    (left as u32, top as u32, (right - left) as u32, ((bottom - top) as u32).min(height))
}

/// The chunks of a still WebP that hold its pixels.
fn bitstream(still: &[u8]) -> Option<Vec<u8>> {
    let mut rest = still.get(12..)?;
    let mut picture = Vec::new();
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let whole = rest.get(..8 + length + length % 2)?;
        if matches!(&head[..4], b"ALPH" | b"VP8 " | b"VP8L") {
            picture.extend_from_slice(whole);
        }
        rest = &rest[whole.len()..];
    }
    (!picture.is_empty()).then_some(picture)
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend((body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

/// 24 bits, little-endian.
fn small(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}
