//! Animations: each kind made anew, with its frames, times and pixels.

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{AnimationDecoder, Delay, Frame, ImageFormat, Rgba, RgbaImage};
use stoa_media::{ANIMATION_FRAMES, ANIMATION_SIDE, Animation, Error};

use crate::samples::SECRET;
use crate::{media, samples};

/// A square that wanders over a clear or a blue ground.
pub fn frames(count: u32, (width, height): (u32, u32), clear: bool) -> Vec<RgbaImage> {
    let ground = if clear { Rgba([0, 0, 0, 0]) } else { Rgba([20, 40, 200, 255]) };
    let side = (width / 4).max(1);
    (0..count)
        .map(|number| {
            let left = (width - side) * number / count;
            RgbaImage::from_fn(width, height, |x, y| {
                if (left..left + side).contains(&x) && y >= height / 3 { Rgba([220, 30, 30, 255]) } else { ground }
            })
        })
        .collect()
}

pub fn gif(frames: &[RgbaImage], delays: &[u32], repeat: Option<Repeat>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for (frame, delay) in frames.iter().zip(delays) {
        let delay = Delay::from_numer_denom_ms(*delay, 1);
        encoder.encode_frame(Frame::from_parts(frame.clone(), 0, 0, delay)).unwrap();
    }
    drop(encoder);
    out
}

pub fn apng(frames: &[RgbaImage], delays: &[u32], plays: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, frames[0].width(), frames[0].height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, plays).unwrap();
    encoder.add_text_chunk("Comment".into(), SECRET.into()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (frame, delay) in frames.iter().zip(delays) {
        writer.set_frame_delay(*delay as u16, 1000).unwrap();
        writer.write_image_data(frame.as_raw()).unwrap();
    }
    writer.finish().unwrap();
    out
}

pub fn webp(frames: &[RgbaImage], delays: &[u32], plays: i32) -> Vec<u8> {
    let mut config = webp::WebPConfig::new().unwrap();
    config.lossless = 1;
    let mut encoder = webp::AnimEncoder::new(frames[0].width(), frames[0].height(), &config);
    encoder.set_loop_count(plays);
    let mut time = 0;
    // The library's encoder takes a frame's end for its time; the last one is said twice.
    for (frame, delay) in frames.iter().zip(delays) {
        encoder.add_frame(webp::AnimFrame::from_rgba(frame.as_raw(), frame.width(), frame.height(), time));
        time += *delay as i32;
    }
    encoder.encode().to_vec()
}

/// Frames and times by the image crate, the number of plays by the file itself.
fn decoded(webp: &[u8]) -> (Vec<(RgbaImage, u32)>, u16) {
    let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(webp)).unwrap();
    let frames = decoder.into_frames().map(|frame| {
        let frame = frame.unwrap();
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        (frame.into_buffer(), numerator / denominator)
    });
    let at = webp.windows(4).position(|window| window == b"ANIM").unwrap();
    (frames.collect(), u16::from_le_bytes([webp[at + 12], webp[at + 13]]))
}

fn close(found: &RgbaImage, wanted: &RgbaImage) {
    assert_eq!(found.dimensions(), wanted.dimensions());
    let pixels = found.pixels().zip(wanted.pixels());
    let differ = |(found, wanted): (&Rgba<u8>, &Rgba<u8>)| -> u64 {
        let alpha = u64::from(found.0[3].abs_diff(wanted.0[3]));
        let colour = |at: usize| u64::from(found.0[at].abs_diff(wanted.0[at])) * u64::from(wanted.0[3]) / 255;
        alpha + colour(0) + colour(1) + colour(2)
    };
    let mean = pixels.map(differ).sum::<u64>() / u64::from(found.width() * found.height());
    assert!(mean < 40, "{mean}");
}

fn check(animation: &Animation, wanted: &[RgbaImage], delays: &[u32], plays: u16) {
    let (frames, found_plays) = decoded(&animation.webp);
    assert_eq!((animation.width, animation.height), wanted[0].dimensions());
    assert_eq!((animation.frames as usize, frames.len()), (wanted.len(), wanted.len()));
    assert_eq!(animation.duration_ms, delays.iter().sum::<u32>());
    assert_eq!(found_plays, plays);
    for (((found, delay), wanted), wanted_delay) in frames.iter().zip(wanted).zip(delays) {
        assert_eq!(delay, wanted_delay);
        close(found, wanted);
    }
    // libwebp reads it too.
    let by_library = webp::AnimDecoder::new(&animation.webp).decode().unwrap();
    assert_eq!(by_library.len(), wanted.len());
    close(&image::load_from_memory(&animation.poster).unwrap().to_rgba8(), &wanted[0]);
    assert!(!animation.webp.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
}

#[tokio::test]
async fn every_kind_is_made_anew() {
    let media = media();
    for clear in [false, true] {
        let frames = frames(7, (63, 41), clear);
        let delays = [40, 120, 50, 60, 70, 1000, 30];
        // The encoder of GIF leaves every frame standing, so clear ones would show all before them.
        for (repeat, plays) in
            [(Some(Repeat::Infinite), 0), (Some(Repeat::Finite(2)), 3), (None, 1)].into_iter().filter(|_| !clear)
        {
            let made = media.animation(gif(&frames, &delays, repeat)).await.unwrap();
            check(&made, &frames, &delays, plays);
        }
        for plays in [0, 4] {
            let made = media.animation(apng(&frames, &delays, plays)).await.unwrap();
            check(&made, &frames, &delays, plays as u16);
            // And what was made once may come again.
            let again = media.animation(made.webp).await.unwrap();
            check(&again, &frames, &delays, plays as u16);
        }
    }
    let frames = frames(3, (64, 48), true);
    let made = media.animation(webp(&frames, &[100, 100, 100], 5)).await.unwrap();
    assert_eq!((made.frames, made.width, made.height), (3, 64, 48));
    assert_eq!(decoded(&made.webp).1, 5);
    for ((found, _), wanted) in decoded(&made.webp).0.iter().zip(&frames) {
        close(found, wanted);
    }
}

#[tokio::test]
async fn delays_of_nothing_are_what_browsers_make_of_them() {
    let media = media();
    let frames = frames(4, (20, 20), false);
    let made = media.animation(apng(&frames, &[0, 10, 11, 300], 0)).await.unwrap();
    check(&made, &frames, &[100, 100, 11, 300], 0);
    let made = media.animation(gif(&frames, &[0, 0, 20, 20], None)).await.unwrap();
    check(&made, &frames, &[100, 100, 20, 20], 1);
}

#[tokio::test]
async fn frames_that_change_nothing_stay_frames() {
    let frames = vec![frames(2, (31, 17), false)[1].clone(); 5];
    let delays = [50; 5];
    let made = media().animation(apng(&frames, &delays, 0)).await.unwrap();
    check(&made, &frames, &delays, 0);
}

#[tokio::test]
async fn large_ones_are_scaled_down() {
    let made = media().animation(gif(&frames(5, (1400, 700), false), &[50; 5], None)).await.unwrap();
    assert_eq!((made.width, made.height), (ANIMATION_SIDE, ANIMATION_SIDE / 2));
    close(&decoded(&made.webp).0[4].0, &frames(5, (ANIMATION_SIDE, ANIMATION_SIDE / 2), false)[4]);
}

#[tokio::test]
async fn caps_and_stills() {
    let media = media();
    let small = |count| frames(count, (8, 8), false);
    for still in [
        samples::file(small(1)[0].clone(), ImageFormat::Png),
        gif(&small(1), &[50], None),
        samples::jpeg(&samples::quarters(9, 9)),
    ] {
        assert!(matches!(media.animation(still).await, Err(Error::Still)));
    }
    let still = samples::file(small(1)[0].clone(), ImageFormat::WebP);
    assert_eq!(media.animation(still).await.unwrap_err().code(), "still");
    let many = ANIMATION_FRAMES as usize;
    assert_eq!(media.animation(gif(&small(many as u32), &vec![20; many], None)).await.unwrap().frames, ANIMATION_FRAMES);
    let too_many = gif(&small(many as u32 + 1), &vec![20; many + 1], None);
    let too_long = gif(&small(3), &[10_000, 10_000, 20], None);
    let mut huge = gif(&small(2), &[50; 2], None);
    huge[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    for file in [too_many, too_long, huge, vec![0; stoa_media::ANIMATION_BYTES + 1]] {
        assert_eq!(media.animation(file).await.unwrap_err().code(), "too_large");
    }
    for other in [&b"RIFF"[..], b"<svg/>", b"", b"\x1a\x45\xdf\xa3"] {
        assert_eq!(media.animation(other.to_vec()).await.unwrap_err().code(), "unreadable");
    }
}

/// Noise is what no coding makes short: the lowest quality is tried, in time and memory.
#[tokio::test]
async fn noise_is_made_short_or_refused() {
    let mut grain = 1u32;
    let noise = || {
        RgbaImage::from_fn(512, 512, |_, _| {
            grain ^= grain << 13;
            grain ^= grain >> 17;
            grain ^= grain << 5;
            Rgba([grain as u8, (grain >> 8) as u8, (grain >> 16) as u8, 255])
        })
    };
    let frames: Vec<RgbaImage> = std::iter::repeat_with(noise).take(12).collect();
    let media = crate::limited(|limits| (limits.time, limits.memory) = (std::time::Duration::from_secs(60), 256 << 20));
    match media.animation(apng(&frames, &[100; 12], 0)).await {
        Ok(made) => assert!(made.webp.len() <= stoa_media::ANIMATION_WEBP),
        Err(error) => assert_eq!(error.code(), "too_large"),
    }
}

/// All that the caps admit, within the memory that a child may take for an animation.
#[tokio::test]
async fn the_most_that_is_allowed_fits_into_256_mib() {
    let media = crate::limited(|limits| (limits.time, limits.memory) = (std::time::Duration::from_secs(60), 256 << 20));
    let flat = |number: u32, side| RgbaImage::from_pixel(side, side, Rgba([(number * 2) as u8, 90, 200, 128]));
    let many: Vec<RgbaImage> = (0..ANIMATION_FRAMES).map(|number| flat(number, ANIMATION_SIDE)).collect();
    let made = media.animation(apng(&many, &vec![100; many.len()], 0)).await.unwrap();
    assert_eq!((made.frames, made.width), (ANIMATION_FRAMES, ANIMATION_SIDE));
    let large: Vec<RgbaImage> = (0..3).map(|number| flat(number, 2048)).collect();
    assert_eq!(media.animation(apng(&large, &[100; 3], 0)).await.unwrap().frames, 3);
    let opaque: Vec<RgbaImage> = (0..3).map(|number| RgbaImage::from_pixel(2048, 2048, Rgba([number * 60, 0, 0, 255]))).collect();
    assert_eq!(media.animation(gif(&opaque, &[100; 3], None)).await.unwrap().frames, 3);
}
