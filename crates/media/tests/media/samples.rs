//! Small pictures made here, and the metadata to hide in them.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

pub const RED: [u8; 3] = [220, 30, 30];
pub const GREEN: [u8; 3] = [30, 200, 30];
pub const BLUE: [u8; 3] = [30, 30, 220];
pub const WHITE: [u8; 3] = [250, 250, 250];

/// A string that stands in every piece of hidden metadata.
pub const SECRET: &str = "Secret Camera 4711";

/// Red, green / blue, white quarters.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    })
}

/// How `upright` is stored under an EXIF orientation, by the standard's table of what row 0 and column 0 show (Exif 2.32, 4.6.5.1.6).
pub fn stored(upright: &RgbImage, orientation: u16) -> RgbImage {
    let (width, height) = upright.dimensions();
    let (turned, right, bottom) = match orientation {
        1 => (false, false, false),
        2 => (false, true, false),
        3 => (false, true, true),
        4 => (false, false, true),
        5 => (true, false, false),
        6 => (true, true, false),
        7 => (true, true, true),
        8 => (true, false, true),
        _ => unreachable!(),
    };
    let size = if turned { (height, width) } else { (width, height) };
    RgbImage::from_fn(size.0, size.1, |column, row| {
        let (x, y) = if turned { (row, column) } else { (column, row) };
        let x = if right { width - 1 - x } else { x };
        let y = if bottom { height - 1 - y } else { y };
        *upright.get_pixel(x, y)
    })
}

pub fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 92).encode_image(image).unwrap();
    out
}

pub fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A GIF whose first frame is red and whose second is blue.
pub fn gif(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    for [r, g, b] in [RED, BLUE] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(width, height, Rgba([r, g, b, 255])))).unwrap();
    }
    drop(encoder);
    out
}

/// TIFF structure with orientation, camera and a place.
pub fn exif(orientation: u16) -> Vec<u8> {
    let camera = format!("{SECRET}\0");
    let camera_at = 8 + 2 + 3 * 12 + 4;
    let place_at = camera_at + camera.len() as u32;
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(3u16.to_le_bytes());
    entry(&mut tiff, 0x010f, 2, camera.len() as u32, camera_at.to_le_bytes());
    entry(&mut tiff, 0x0112, 3, 1, u32::from(orientation).to_le_bytes());
    entry(&mut tiff, 0x8825, 4, 1, place_at.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(camera.as_bytes());
    tiff.extend(1u16.to_le_bytes());
    entry(&mut tiff, 0x0001, 2, 2, *b"N\0\0\0");
    tiff.extend([0; 4]);
    tiff
}

fn entry(tiff: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: [u8; 4]) {
    tiff.extend(tag.to_le_bytes());
    tiff.extend(kind.to_le_bytes());
    tiff.extend(count.to_le_bytes());
    tiff.extend(value);
}

/// The JPEG with EXIF, an XMP packet and a comment.
pub fn jpeg_with_metadata(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    segment(&mut out, 0xe1, &[b"Exif\0\0", exif].concat());
    segment(&mut out, 0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET.as_bytes()].concat());
    segment(&mut out, 0xfe, SECRET.as_bytes());
    out.extend(&jpeg[2..]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    out.extend([0xff, marker]);
    out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
    out.extend(body);
}

/// A sequential JPEG of one grey, however large, in a few bytes: every block is "no difference, end of block", one zero bit each.
pub fn flat_jpeg(width: u16, height: u16, colours: u8) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xdb, &[&[0][..], &[1; 64]].concat());
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    let mut frame = vec![8, h[0], h[1], w[0], w[1], colours];
    let mut scan = vec![colours];
    for colour in 1..=colours {
        frame.extend([colour, 0x11, 0]);
        scan.extend([colour, 0]);
    }
    segment(&mut out, 0xc0, &frame);
    for table in [0x00, 0x10] {
        segment(&mut out, 0xc4, &[&[table, 1][..], &[0; 15], &[0]].concat());
    }
    scan.extend([0, 63, 0]);
    segment(&mut out, 0xda, &scan);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8) * usize::from(colours);
    out.resize(out.len() + (blocks * 2).div_ceil(8), 0);
    out.extend([0xff, 0xd9]);
    out
}

/// A PNG of nothing but a header of that size and a few bytes of pixels.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &[0x78, 0x9c, 0x63, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01]);
    chunk(&mut out, b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend((body.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(name);
    out.extend(body);
    let sum = crc32(&out[start..]);
    out.extend(sum.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}
