//! Encoded bytes to a raster, inside the child.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};
use jpeg_decoder::{CodingProcess, PixelFormat};

use crate::failure::Failure;
use crate::{Format, MAX_DECODED, MAX_PIXELS, MAX_SIDE, scale};

/// A JPEG past this many pixels is never decoded at full size.
const MAX_FULL_JPEG: u64 = 24_000_000;
/// A progressive JPEG keeps all its coefficients, up to 6 bytes a pixel, at any scale.
const MAX_PROGRESSIVE: u64 = 40_000_000;

/// What a picture says of itself before its pixels; `width` and `height` as stored.
pub struct Header {
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub orientation: Orientation,
}

impl Header {
    /// Width and height as they are to be looked at.
    pub fn upright(&self) -> (u32, u32) {
        match self.orientation {
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
                (self.height, self.width)
            }
            _ => (self.width, self.height),
        }
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Reads the header and refuses what is past the caps.
pub fn header(bytes: &[u8]) -> Result<Header, Failure> {
    let format = match image::guess_format(bytes)? {
        ImageFormat::Jpeg => Format::Jpeg,
        ImageFormat::Png => Format::Png,
        ImageFormat::WebP => Format::WebP,
        ImageFormat::Gif => Format::Gif,
        _ => return Err(Failure::Unreadable("not a JPEG, PNG, WebP or GIF".into())),
    };
    let mut decoder = decoder(bytes, format)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let header = Header { format, width, height, orientation };
    if width > MAX_SIDE || height > MAX_SIDE || header.pixels() > MAX_PIXELS {
        return Err(Failure::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(Failure::Unreadable("no pixels".into()));
    }
    Ok(header)
}

/// The pixels as stored, at full size or, of a JPEG, at the smallest size from which `longest` can still be scaled down.
pub fn raster(bytes: &[u8], header: &Header, longest: u32) -> Result<DynamicImage, Failure> {
    let large = header.pixels() > MAX_FULL_JPEG;
    if header.format == Format::Jpeg && (large || header.width.max(header.height) / 2 >= longest) {
        match jpeg_scaled(bytes, header, longest) {
            Ok(raster) => return Ok(raster),
            Err(failure) if large => return Err(failure),
            // The other decoder puts up with more: a cut end, four colours.
            Err(_) => {}
        }
    }
    let decoder = decoder(bytes, header.format)?;
    if decoder.total_bytes() > MAX_DECODED {
        return Err(Failure::TooLarge);
    }
    Ok(DynamicImage::from_decoder(decoder)?)
}

fn decoder(bytes: &[u8], format: Format) -> Result<impl ImageDecoder + '_, Failure> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
    };
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    Ok(reader.into_decoder()?)
}

/// Decodes at 1/2, 1/4 or 1/8, in the frequency domain, where that leaves at least the size that `longest` asks for.
fn jpeg_scaled(bytes: &[u8], header: &Header, longest: u32) -> Result<DynamicImage, Failure> {
    let unreadable = |error: jpeg_decoder::Error| Failure::Unreadable(error.to_string());
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_DECODED as usize);
    decoder.read_info().map_err(unreadable)?;
    let (width, height) = scale::fit((header.width, header.height), longest);
    let at_most_half = |wanted: u32, full: u32| u16::try_from(wanted.min(full / 2)).unwrap_or(u16::MAX);
    decoder.scale(at_most_half(width, header.width), at_most_half(height, header.height)).map_err(unreadable)?;
    let Some(info) = decoder.info() else {
        return Err(Failure::Unreadable("no frame".into()));
    };
    if info.coding_process == CodingProcess::DctProgressive && header.pixels() > MAX_PROGRESSIVE {
        return Err(Failure::TooLarge);
    }
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let kind = match info.pixel_format {
        _ if info.coding_process == CodingProcess::Lossless => None,
        PixelFormat::L8 => Some(1),
        PixelFormat::RGB24 => Some(3),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    };
    let Some(kind) = kind else {
        return Err(Failure::Unreadable("an unusual JPEG".into()));
    };
    let samples = decoder.decode().map_err(unreadable)?;
    let raster = match kind {
        1 => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
    };
    raster.ok_or_else(|| Failure::Unreadable("fewer pixels than announced".into()))
}
