//! Smaller, then upright: turning is cheapest when little is left to turn.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{MulDiv, PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use crate::Pixels;
use crate::failure::Failure;

/// The size of `(width, height)` scaled so that the longer side is at most `longest`, never up, never to nothing.
pub fn fit((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    if longer <= longest {
        return (width, height);
    }
    let scaled = |side: u32| {
        let side = (u64::from(side) * u64::from(longest) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(side).unwrap_or(longest).max(1)
    };
    (scaled(width), scaled(height))
}

/// Scales down by Lanczos3, colour weighted by alpha.
pub fn down(raster: DynamicImage, longest: u32) -> Result<DynamicImage, Failure> {
    let size = (raster.width(), raster.height());
    let target = fit(size, longest);
    if target == size {
        return Ok(raster);
    }
    let failed = |what: &dyn std::fmt::Display| Failure::Unreadable(format!("scaling: {what}"));
    let (samples, kind) = samples(raster);
    let mut source = Image::from_vec_u8(size.0, size.1, samples, kind).map_err(|error| failed(&error))?;
    let mut scaled = Image::new(target.0, target.1, kind);
    let alpha = matches!(kind, PixelType::U8x2 | PixelType::U8x4);
    // In place: left to the resizer, premultiplying would copy the whole source.
    let weights = MulDiv::new();
    if alpha {
        weights.multiply_alpha_inplace(&mut source).map_err(|error| failed(&error))?;
    }
    Resizer::new().resize(&source, &mut scaled, &ResizeOptions::new().use_alpha(false)).map_err(|error| failed(&error))?;
    drop(source);
    if alpha {
        weights.divide_alpha_inplace(&mut scaled).map_err(|error| failed(&error))?;
    }
    raster_of(scaled.into_vec(), kind, target).ok_or_else(|| failed(&"size"))
}

/// Scaled down so that the longer side is at most `side` pixels (never up, `side` at least 1), by Lanczos3, colour weighted by alpha.
/// Pixels that do not fill their picture come back as they are.
pub fn shrink(pixels: &Pixels, side: u32) -> Pixels {
    let size = (pixels.width, pixels.height);
    let (width, height) = fit(size, side.max(1));
    if (width, height) == size {
        return pixels.clone();
    }
    scaled(pixels, (width, height)).map_or_else(|| pixels.clone(), |rgba| Pixels { rgba, width, height })
}

fn scaled(pixels: &Pixels, (width, height): (u32, u32)) -> Option<Vec<u8>> {
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.rgba, PixelType::U8x4).ok()?;
    let mut scaled = Image::new(width, height, PixelType::U8x4);
    let opaque = pixels.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255);
    Resizer::new().resize(&source, &mut scaled, &ResizeOptions::new().use_alpha(!opaque)).ok()?;
    Some(scaled.into_vec())
}

/// Turned and mirrored as EXIF says.
pub fn upright(mut raster: DynamicImage, orientation: Orientation) -> DynamicImage {
    raster.apply_orientation(orientation);
    raster
}

pub fn samples(raster: DynamicImage) -> (Vec<u8>, PixelType) {
    match raster {
        DynamicImage::ImageLuma8(raster) => (raster.into_raw(), PixelType::U8),
        DynamicImage::ImageLumaA8(raster) => (raster.into_raw(), PixelType::U8x2),
        DynamicImage::ImageRgb8(raster) => (raster.into_raw(), PixelType::U8x3),
        raster if raster.color().has_alpha() => (raster.into_rgba8().into_raw(), PixelType::U8x4),
        raster => (raster.into_rgb8().into_raw(), PixelType::U8x3),
    }
}

fn raster_of(samples: Vec<u8>, kind: PixelType, (width, height): (u32, u32)) -> Option<DynamicImage> {
    Some(match kind {
        PixelType::U8 => GrayImage::from_raw(width, height, samples)?.into(),
        PixelType::U8x2 => GrayAlphaImage::from_raw(width, height, samples)?.into(),
        PixelType::U8x3 => RgbImage::from_raw(width, height, samples)?.into(),
        _ => RgbaImage::from_raw(width, height, samples)?.into(),
    })
}
