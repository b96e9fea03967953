//! The square that a persona begins with, inside the child.

use fast_image_resize::images::Image;
use fast_image_resize::{MulDiv, PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, unreadable};
use crate::{MAX_SIDE, decode, scale};

/// Side of the square, in pixels.
pub const PORTRAIT: u32 = 1024;
/// Smallest side of a crop, as a part of the picture's shorter side.
const SMALLEST: f64 = 0.02;
/// Where the middle of the square stands in what is left of a tall picture: faces are above the middle.
const ABOVE: f64 = 0.35;

/// A square part of a picture as it is to be looked at, EXIF orientation applied.
///
/// `x` and `y` are its upper left corner, as parts (0 to 1) of the upright picture's width and height; `side` is a part of the shorter
/// of the two. What would reach out of the picture is moved in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    pub x: f32,
    pub y: f32,
    pub side: f32,
}

/// [`PORTRAIT`]² opaque RGBA pixels.
pub fn draw(bytes: &[u8], crop: Option<Crop>) -> Result<Vec<u8>, Failure> {
    let header = decode::header(bytes)?;
    let (width, height) = header.upright();
    let square = square((f64::from(width), f64::from(height)), crop);
    let longer = f64::from(width.max(height));
    let longest = (longer * f64::from(PORTRAIT) / square.side).ceil().clamp(1.0, f64::from(MAX_SIDE)) as u32;
    let raster = decode::raster(bytes, &header, longest)?;
    let centre = as_stored((square.x / f64::from(width), square.y / f64::from(height)), header.orientation);
    let part = square.side / f64::from(width.min(height));
    let cut = cut(raster, centre, part)?;
    Ok(scale::upright(cut.into(), header.orientation).into_rgba8().into_raw())
}

/// By its centre, in pixels.
struct Square {
    x: f64,
    y: f64,
    side: f64,
}

fn square((width, height): (f64, f64), crop: Option<Crop>) -> Square {
    let shorter = width.min(height);
    let crop = crop.filter(|crop| [crop.x, crop.y, crop.side].iter().all(|part| part.is_finite()));
    let side = crop.map_or(shorter, |crop| f64::from(crop.side).clamp(SMALLEST, 1.0) * shorter);
    let (left, top) = match crop {
        Some(crop) => (f64::from(crop.x) * width, f64::from(crop.y) * height),
        None => ((width - side) / 2.0, (height - side) * ABOVE),
    };
    let within = |start: f64, whole: f64| start.clamp(0.0, whole - side) + side / 2.0;
    Square { x: within(left, width), y: within(top, height), side }
}

/// Where a point of the upright picture, in parts of its width and height, lies in the picture as stored.
fn as_stored((u, v): (f64, f64), orientation: Orientation) -> (f64, f64) {
    match orientation {
        Orientation::NoTransforms => (u, v),
        Orientation::FlipHorizontal => (1.0 - u, v),
        Orientation::Rotate180 => (1.0 - u, 1.0 - v),
        Orientation::FlipVertical => (u, 1.0 - v),
        Orientation::Rotate90FlipH => (v, u),
        Orientation::Rotate90 => (v, 1.0 - u),
        Orientation::Rotate270FlipH => (1.0 - v, 1.0 - u),
        Orientation::Rotate270 => (1.0 - v, u),
    }
}

/// The square around `centre` whose side is `part` of the shorter side, scaled, over white.
fn cut(raster: DynamicImage, centre: (f64, f64), part: f64) -> Result<RgbaImage, Failure> {
    let (width, height) = (f64::from(raster.width()), f64::from(raster.height()));
    // Multiples of 1/256 add up exactly: the square never reaches out by a rounding.
    let exact = |length: f64| (length * 256.0).floor() / 256.0;
    let side = exact(width.min(height) * part).max(1.0);
    let start = |centre: f64, whole: f64| exact((centre * whole - side / 2.0).clamp(0.0, whole - side));
    let (left, top) = (start(centre.0, width), start(centre.1, height));
    let size = (raster.width(), raster.height());
    let (samples, kind) = scale::samples(raster);
    let mut source = Image::from_vec_u8(size.0, size.1, samples, kind).map_err(unreadable)?;
    if matches!(kind, PixelType::U8x2 | PixelType::U8x4) {
        MulDiv::new().multiply_alpha_inplace(&mut source).map_err(unreadable)?;
    }
    let mut scaled = Image::new(PORTRAIT, PORTRAIT, kind);
    let options = ResizeOptions::new().use_alpha(false).crop(left, top, side, side);
    Resizer::new().resize(&source, &mut scaled, &options).map_err(unreadable)?;
    drop(source);
    let rgba = over_white(scaled.buffer(), kind);
    RgbaImage::from_raw(PORTRAIT, PORTRAIT, rgba).ok_or_else(|| unreadable("size"))
}

/// Samples premultiplied by alpha, laid over white.
fn over_white(samples: &[u8], kind: PixelType) -> Vec<u8> {
    let over = |colour: u8, alpha: u8| colour.saturating_add(255 - alpha);
    match kind {
        PixelType::U8 => samples.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect(),
        PixelType::U8x2 => {
            let pixels = samples.chunks_exact(2);
            pixels.flat_map(|pixel| [over(pixel[0], pixel[1]); 3].into_iter().chain([255])).collect()
        }
        PixelType::U8x3 => samples.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect(),
        _ => {
            let pixels = samples.chunks_exact(4);
            pixels.flat_map(|pixel| [over(pixel[0], pixel[3]), over(pixel[1], pixel[3]), over(pixel[2], pixel[3]), 255]).collect()
        }
    }
}
