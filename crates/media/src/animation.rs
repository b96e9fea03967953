//! Animations from strangers to animated WebP made anew, inside the child.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageFormat, Limits};

use crate::failure::{Failure, unreadable};
use crate::film::Film;
use crate::frame::Answer;
use crate::reel::{self, Reel};
use crate::{encode, scale};

/// Largest animation taken, in bytes.
pub const ANIMATION_BYTES: usize = 16 << 20;
/// Most frames.
pub const ANIMATION_FRAMES: u32 = 120;
/// Longest time that one round takes, in milliseconds.
pub const ANIMATION_MS: u32 = 20_000;
/// Largest area of an animation that is taken, in pixels.
pub const ANIMATION_PIXELS: u64 = 4 << 20;
/// Longest side of what comes out; larger animations are scaled down.
pub const ANIMATION_SIDE: u32 = 512;
/// Longest animated WebP that comes out, in bytes.
pub const ANIMATION_WEBP: usize = 3 << 20;

/// Delays up to this many milliseconds are what no browser shows; they take `USUAL_DELAY` instead.
const SHORTEST_DELAY: u32 = 10;
const USUAL_DELAY: u32 = 100;
/// Tried in turn until the file is short enough.
const QUALITIES: [f32; 4] = [80.0, 55.0, 30.0, 8.0];

/// A moving picture made anew from pixels, without metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Animation {
    /// Animated WebP of at most [`ANIMATION_WEBP`] bytes; it repeats as often as the original.
    pub webp: Vec<u8>,
    /// The first frame as still WebP.
    pub poster: Vec<u8>,
    /// In pixels, at most [`ANIMATION_SIDE`].
    pub width: u32,
    pub height: u32,
    /// As many as the original has, 2 to [`ANIMATION_FRAMES`].
    pub frames: u32,
    /// One round; a frame's delay of 10 ms or less counts as 100 ms, as in browsers.
    pub duration_ms: u32,
}

pub fn remake(bytes: &[u8]) -> Result<(Answer, Vec<u8>), Failure> {
    let (frames, plays) = frames(bytes)?;
    let mut film: Option<(Film, Vec<u8>)> = None;
    let (mut count, mut duration_ms) = (0, 0u32);
    for frame in frames {
        let frame = frame?;
        count += 1;
        let delay = delay(&frame);
        duration_ms = duration_ms.saturating_add(delay);
        if count > ANIMATION_FRAMES {
            return Err(Failure::OverLimit(format!("the animation has more than {ANIMATION_FRAMES} frames")));
        }
        if duration_ms > ANIMATION_MS {
            return Err(Failure::OverLimit(format!("the animation takes longer than {} s", ANIMATION_MS / 1000)));
        }
        let raster = scale::down(DynamicImage::ImageRgba8(frame.into_buffer()), ANIMATION_SIDE)?;
        match &mut film {
            Some((film, _)) => film.add(raster.into_rgba8(), delay),
            None => {
                let poster = encode::thumbnail(&raster).map_err(Failure::Unreadable)?;
                film = Some((Film::new(raster.into_rgba8(), delay, plays), poster));
            }
        }
    }
    let Some((film, poster)) = film.filter(|_| count > 1) else { return Err(Failure::Still) };
    let webp = smallest(&film)?;
    let (poster_length, length) = (poster.len() as u32, (poster.len() + webp.len()) as u32);
    let answer = Answer::Animation { size: film.size(), frames: count, duration_ms, poster: poster_length, length };
    Ok((answer, [poster, webp].concat()))
}

fn smallest(film: &Film) -> Result<Vec<u8>, Failure> {
    for quality in QUALITIES {
        if let Some(webp) = film.encode(quality, ANIMATION_WEBP).map_err(Failure::Unreadable)? {
            return Ok(webp);
        }
    }
    Err(Failure::OverLimit(format!("the animation has more than {} MiB even at the lowest quality", ANIMATION_WEBP >> 20)))
}

/// The frames as they are shown, each of the whole size, and how often all of them play: 0 is for ever.
fn frames(bytes: &[u8]) -> Result<(Frames<'_>, u16), Failure> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(ANIMATION_PIXELS * 4 * 6);
    let reader = Cursor::new(bytes);
    match image::guess_format(bytes)? {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(reader)?;
            small(decoder.dimensions())?;
            decoder.set_limits(limits)?;
            Ok((decoder.into_frames(), gif_plays(bytes)))
        }
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(reader, limits)?;
            small(decoder.dimensions())?;
            if !decoder.is_apng()? {
                return Err(Failure::Still);
            }
            let decoder = decoder.apng()?;
            let plays = plays(decoder.loop_count());
            Ok((decoder.into_frames(), plays))
        }
        ImageFormat::WebP => {
            let (size, plays, chunks) = reel::opened(bytes).ok_or(Failure::Still)?;
            small(size)?;
            Ok((Frames::new(Box::new(Reel::new(size, chunks))), plays))
        }
        ImageFormat::Jpeg => Err(Failure::Still),
        _ => Err(unreadable("not a GIF, APNG or animated WebP")),
    }
}

fn small((width, height): (u32, u32)) -> Result<(), Failure> {
    if u64::from(width) * u64::from(height) > ANIMATION_PIXELS {
        return Err(Failure::OverLimit(format!("the animation is larger than {} megapixels", ANIMATION_PIXELS >> 20)));
    }
    Ok(())
}

fn plays(count: LoopCount) -> u16 {
    match count {
        LoopCount::Infinite => 0,
        LoopCount::Finite(times) => u16::try_from(times.get()).unwrap_or(u16::MAX),
    }
}

/// The extension of Netscape says how often a GIF is *repeated*; without it, it plays once.
fn gif_plays(bytes: &[u8]) -> u16 {
    const EXTENSION: &[u8] = b"\x21\xff\x0bNETSCAPE2.0\x03\x01";
    let found = bytes.windows(EXTENSION.len() + 2).find(|window| window.starts_with(EXTENSION));
    match found.map(|window| u16::from_le_bytes([window[EXTENSION.len()], window[EXTENSION.len() + 1]])) {
        Some(0) => 0,
        Some(repeats) => repeats.saturating_add(1),
        None => 1,
    }
}

fn delay(frame: &image::Frame) -> u32 {
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    let (numerator, denominator) = (u64::from(numerator), u64::from(denominator.max(1)));
    match u32::try_from((numerator + denominator / 2) / denominator).unwrap_or(u32::MAX) {
        0..=SHORTEST_DELAY => USUAL_DELAY,
        delay => delay,
    }
}
