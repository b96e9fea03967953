//! Pixels to WebP, by libwebp.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder};
use webp::{Encoder, PixelLayout, WebPConfig};

use crate::{Error, Pixels};

/// Widest and highest that WebP can say, in pixels.
const MAX_WEBP_SIDE: u32 = 16_383;

/// Pixels as WebP of quality 90, colours of text kept sharp. Runs in the calling process: on what was drawn here or came out of the
/// decoding child, never on a file's bytes.
///
/// Fails with `TooLarge` past 16,383 px a side, and with `Unreadable` when `rgba` is not `width * height * 4` bytes.
pub fn encode_webp(pixels: &Pixels) -> Result<Vec<u8>, Error> {
    let Pixels { rgba, width, height } = pixels;
    if *width > MAX_WEBP_SIDE || *height > MAX_WEBP_SIDE {
        return Err(Error::TooLarge);
    }
    if rgba.len() as u64 != u64::from(*width) * u64::from(*height) * 4 || rgba.is_empty() {
        return Err(Error::Unreadable("the pixels do not fill the picture".into()));
    }
    let mut config = config(90.0, 4).map_err(Error::Unreadable)?;
    config.use_sharp_yuv = 1;
    encode(rgba, PixelLayout::Rgba, (*width, *height), &config).map_err(Error::Unreadable)
}

/// Own pixels as PNG, quickly rather than small: for one look at them, exactly as they are.
///
/// Fails with `Unreadable` when `rgba` is not `width * height * 4` bytes.
pub fn encode_png(pixels: &Pixels) -> Result<Vec<u8>, Error> {
    let Pixels { rgba, width, height } = pixels;
    if rgba.len() as u64 != u64::from(*width) * u64::from(*height) * 4 || rgba.is_empty() {
        return Err(Error::Unreadable("the pixels do not fill the picture".into()));
    }
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up)
        .write_image(rgba, *width, *height, ExtendedColorType::Rgba8)
        .map_err(|error| Error::Unreadable(error.to_string()))?;
    Ok(png)
}

/// A scaled picture as WebP of quality 80. Method 2: method 4 takes three times as long for 4 % fewer bytes.
pub fn thumbnail(raster: &DynamicImage) -> Result<Vec<u8>, String> {
    still(raster, 80.0)
}

/// The same of any quality from 0 to 100.
pub fn still(raster: &DynamicImage, quality: f32) -> Result<Vec<u8>, String> {
    let size = (raster.width(), raster.height());
    let config = config(quality, 2)?;
    if raster.color().has_alpha() {
        encode(&raster.to_rgba8(), PixelLayout::Rgba, size, &config)
    } else if let Some(rgb) = raster.as_rgb8() {
        encode(rgb, PixelLayout::Rgb, size, &config)
    } else {
        encode(&raster.to_rgb8(), PixelLayout::Rgb, size, &config)
    }
}

fn config(quality: f32, method: i32) -> Result<WebPConfig, String> {
    let mut config = WebPConfig::new().map_err(|()| "libwebp is of another version than its bindings".to_owned())?;
    config.quality = quality;
    config.method = method;
    Ok(config)
}

fn encode(samples: &[u8], layout: PixelLayout, (width, height): (u32, u32), config: &WebPConfig) -> Result<Vec<u8>, String> {
    let webp = Encoder::new(samples, layout, width, height).encode_advanced(config);
    webp.map(|webp| webp.to_vec()).map_err(|error| format!("libwebp: {error:?}"))
}
