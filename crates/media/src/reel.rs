//! The frames of an animated WebP as they are shown (the WebP container specification, RFC 9649): every frame decoded as a still picture of
//! its own, then laid onto the canvas. The background is clear, as in browsers, whatever the file says.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::error::{DecodingError, ImageFormatHint};
use image::{Delay, DynamicImage, Frame, ImageError, ImageFormat, ImageResult, Rgba, RgbaImage};

const ANIMATED: u8 = 0b10;
const ALPHA: u8 = 0b1_0000;
const REPLACE: u8 = 0b10;
const DISPOSE: u8 = 0b1;
const FRAME_HEAD: usize = 16;

pub struct Reel<'a> {
    rest: &'a [u8],
    canvas: RgbaImage,
    /// What the next frame finds cleared: x, y, width, height.
    dispose: Option<[u32; 4]>,
}

/// An animation's size in pixels, how often it plays (0 is for ever), and its chunks; none for a still picture.
pub fn opened(file: &[u8]) -> Option<((u32, u32), u16, &[u8])> {
    let rest = file.get(12..)?;
    let (name, head, rest) = chunk(rest)?;
    if &name != b"VP8X" || head.len() < 10 || head[0] & ANIMATED == 0 {
        return None;
    }
    let (name, loops, behind) = chunk(rest)?;
    let plays = if &name == b"ANIM" && loops.len() >= 6 { u16::from_le_bytes([loops[4], loops[5]]) } else { 0 };
    let rest = if &name == b"ANIM" { behind } else { rest };
    Some(((small(&head[4..]) + 1, small(&head[7..]) + 1), plays, rest))
}

impl<'a> Reel<'a> {
    /// `size` is what [`opened`] gave, small enough to be allocated.
    pub fn new((width, height): (u32, u32), chunks: &'a [u8]) -> Self {
        Self { rest: chunks, canvas: RgbaImage::new(width, height), dispose: None }
    }

    fn show(&mut self, frame: &[u8]) -> ImageResult<Frame> {
        let (head, bitstream) = frame.split_at_checked(FRAME_HEAD).ok_or_else(|| damaged("a frame that is cut"))?;
        let [x, y] = [0, 3].map(|at| small(&head[at..]) * 2);
        let [width, height] = [6, 9].map(|at| small(&head[at..]) + 1);
        if x + width > self.canvas.width() || y + height > self.canvas.height() {
            return Err(damaged("a frame outside of its animation"));
        }
        let picture = DynamicImage::from_decoder(WebPDecoder::new(Cursor::new(still(bitstream, (width, height))))?)?.into_rgba8();
        if picture.dimensions() != (width, height) {
            return Err(damaged("a frame of another size than announced"));
        }
        if let Some([x, y, width, height]) = self.dispose.take() {
            for (x, y) in (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
                self.canvas.put_pixel(x, y, Rgba([0; 4]));
            }
        }
        for (column, row, pixel) in picture.enumerate_pixels() {
            let below = self.canvas.get_pixel_mut(x + column, y + row);
            *below = if head[15] & REPLACE != 0 { *pixel } else { over(*pixel, *below) };
        }
        self.dispose = (head[15] & DISPOSE != 0).then_some([x, y, width, height]);
        let delay = Delay::from_numer_denom_ms(small(&head[12..]), 1);
        Ok(Frame::from_parts(self.canvas.clone(), 0, 0, delay))
    }
}

impl Iterator for Reel<'_> {
    type Item = ImageResult<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let Some((name, body, behind)) = chunk(self.rest) else {
                self.rest = &[];
                return Some(Err(damaged("a chunk that is cut")));
            };
            self.rest = behind;
            if &name == b"ANMF" {
                return Some(self.show(body));
            }
        }
        None
    }
}

/// The first chunk's name and body, and what follows it.
fn chunk(rest: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (head, behind) = rest.split_first_chunk::<8>()?;
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
    let (body, behind) = behind.split_at_checked(length)?;
    // The last one may lack its padding.
    Some(([head[0], head[1], head[2], head[3]], body, behind.get(length % 2..).unwrap_or_default()))
}

/// A frame's chunks as a file of their own.
fn still(bitstream: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    if bitstream.starts_with(b"ALPH") {
        file.extend(b"VP8X\x0a\0\0\0");
        file.extend([ALPHA, 0, 0, 0]);
        for side in [width - 1, height - 1] {
            file.extend_from_slice(&side.to_le_bytes()[..3]);
        }
    }
    file.extend_from_slice(bitstream);
    let length = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

fn over(pixel: Rgba<u8>, below: Rgba<u8>) -> Rgba<u8> {
    let (alpha, left) = (u32::from(pixel.0[3]) * 255, u32::from(below.0[3]) * (255 - u32::from(pixel.0[3])));
    let whole = alpha + left;
    if whole == 0 {
        return Rgba([0; 4]);
    }
    let mixed = |at: usize| ((u32::from(pixel.0[at]) * alpha + u32::from(below.0[at]) * left + whole / 2) / whole) as u8;
    Rgba([mixed(0), mixed(1), mixed(2), ((whole + 127) / 255) as u8])
}

/// 24 bits, little-endian.
fn small(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

fn damaged(what: &str) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Exact(ImageFormat::WebP), what))
}
