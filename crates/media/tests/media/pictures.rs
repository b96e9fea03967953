//! What good pictures become.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use stoa_media::{Error, Format, Inspected, Pixels, encode_webp};

use crate::samples::{self, BLUE, GREEN, RED, SECRET, WHITE};
use crate::{media, photos};

fn near(found: &[u8], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(&found, wanted)| found.abs_diff(wanted) < 40)
}

fn corners(picture: &DynamicImage) -> [[u8; 4]; 4] {
    let rgba = picture.to_rgba8();
    let (width, height) = rgba.dimensions();
    let (left, top) = (width / 4, height / 4);
    [(left, top), (width - 1 - left, top), (left, height - 1 - top), (width - 1 - left, height - 1 - top)]
        .map(|(x, y)| rgba.get_pixel(x, y).0)
}

/// The names of a WebP file's chunks.
fn chunks(webp: &[u8]) -> Vec<String> {
    assert_eq!((&webp[..4], &webp[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    let mut names = Vec::new();
    let mut rest = &webp[12..];
    while rest.len() >= 8 {
        names.push(String::from_utf8_lossy(&rest[..4]).into_owned());
        let length = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        rest = &rest[(8 + length + length % 2).min(rest.len())..];
    }
    names
}

#[tokio::test]
async fn every_orientation_comes_out_upright() {
    let media = media();
    let upright = samples::quarters(96, 64);
    for orientation in 1..=8 {
        let stored = samples::stored(&upright, orientation);
        let bytes = samples::jpeg_with_metadata(&samples::jpeg(&stored), &samples::exif(orientation));
        // 48 px is decoded at half size, 96 px at full size: two decoders.
        for longest in [48, 96] {
            let (inspected, picture) = media.inspect_and_scale(bytes.clone(), longest).await.unwrap();
            assert_eq!(inspected, Inspected { format: Format::Jpeg, width: 96, height: 64 }, "{orientation}");
            assert_eq!((picture.width, picture.height), (longest, longest * 2 / 3), "{orientation}");
            let decoded = image::load_from_memory(&picture.webp).unwrap();
            assert_eq!((decoded.width(), decoded.height()), (picture.width, picture.height));
            for (found, wanted) in corners(&decoded).iter().zip([RED, GREEN, BLUE, WHITE]) {
                assert!(near(found, wanted), "orientation {orientation} at {longest}: {found:?} for {wanted:?}");
            }
        }
    }
}

#[tokio::test]
async fn photographs_of_every_orientation_look_alike() {
    let Some(photos) = photos() else { return };
    let media = media();
    for (name, size) in [("Landscape", (1800, 1200)), ("Portrait", (1200, 1800))] {
        let mut first: Option<Pixels> = None;
        for orientation in 0..=8 {
            let bytes = std::fs::read(photos.join(format!("{name}_{orientation}.jpg"))).unwrap();
            let inspected = media.inspect(bytes.clone()).await.unwrap();
            assert_eq!((inspected.width, inspected.height), size, "{name} {orientation}");
            let pixels = media.pixels(bytes, 24).await.unwrap();
            let first = first.get_or_insert_with(|| pixels.clone());
            let sum: u64 = pixels.rgba.iter().zip(&first.rgba).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            assert!(sum < 6 * pixels.rgba.len() as u64, "{name} {orientation} differs by {sum}");
        }
    }
}

#[tokio::test]
async fn no_metadata_survives() {
    let media = media();
    let mut all = vec![samples::jpeg_with_metadata(&samples::jpeg(&samples::quarters(64, 64)), &samples::exif(6))];
    if let Some(photos) = photos() {
        all.extend(std::fs::read_dir(photos.join("gps")).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()));
        assert!(all.len() > 3);
    }
    assert!(all[0].windows(SECRET.len()).filter(|window| *window == SECRET.as_bytes()).count() == 3);
    for bytes in all {
        assert!(bytes.windows(4).any(|window| window == b"Exif"));
        let picture = media.scaled(bytes, 512).await.unwrap();
        assert_eq!(chunks(&picture.webp), ["VP8 "]);
    }
}

#[tokio::test]
async fn formats_are_told_by_content_and_others_refused() {
    let media = media();
    let quarters = samples::quarters(40, 30);
    for (bytes, format) in [
        (samples::jpeg(&quarters), Format::Jpeg),
        (samples::file(quarters.clone(), ImageFormat::Png), Format::Png),
        (samples::file(quarters.clone(), ImageFormat::WebP), Format::WebP),
        (samples::gif(40, 30), Format::Gif),
    ] {
        let inspected = media.inspect(bytes.clone()).await.unwrap();
        assert_eq!(inspected, Inspected { format, width: 40, height: 30 });
        let pixels = media.pixels(bytes, 1000).await.unwrap();
        assert_eq!((pixels.width, pixels.height, pixels.rgba.len()), (40, 30, 4800), "never up");
        assert!(near(&pixels.rgba, RED), "{format:?}: the first frame");
    }
    let others: [&[u8]; 6] =
        [b"", b"\xff", b"BM\x46\0\0\0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0\0\0\x1cftypavif", b"II*\0\x08\0\0\0"];
    for bytes in others {
        assert!(matches!(media.scaled(bytes.to_vec(), 64).await, Err(Error::Unreadable(_))), "{bytes:?}");
    }
}

#[tokio::test]
async fn depths_and_colour_models_all_become_eight_bit_rgba() {
    let media = media();
    let quarters = DynamicImage::from(samples::quarters(64, 48));
    for other in [
        DynamicImage::from(quarters.to_rgb16()),
        quarters.to_rgba16().into(),
        quarters.to_luma8().into(),
        quarters.to_luma16().into(),
        quarters.to_luma_alpha8().into(),
        quarters.to_luma_alpha16().into(),
    ] {
        let kind = other.color();
        let bytes = samples::file(other, ImageFormat::Png);
        let pixels = media.pixels(bytes.clone(), 32).await.unwrap();
        assert_eq!((pixels.width, pixels.height, pixels.rgba.len()), (32, 24, 32 * 24 * 4), "{kind:?}");
        let picture = media.scaled(bytes, 32).await.unwrap();
        assert_eq!(image::load_from_memory(&picture.webp).unwrap().width(), 32, "{kind:?}");
        if kind.has_color() {
            assert!(near(&pixels.rgba, RED), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn alpha_stays_and_hidden_colour_does_not_bleed() {
    // Fully transparent green beside opaque red.
    let half = RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([0, 255, 0, 0]) } else { Rgba([255, 0, 0, 255]) });
    let bytes = samples::file(half, ImageFormat::Png);
    let media = media();
    let pixels = media.pixels(bytes.clone(), 15).await.unwrap();
    for pixel in pixels.rgba.chunks(4).filter(|pixel| pixel[3] > 8) {
        assert!(pixel[0] > 240 && pixel[1] < 16, "{pixel:?}");
    }
    let picture = media.scaled(bytes, 16).await.unwrap();
    assert_eq!(chunks(&picture.webp), ["VP8X", "ALPH", "VP8 "]);
    let [left, right, ..] = corners(&image::load_from_memory(&picture.webp).unwrap());
    assert_eq!((left[3], right[3]), (0, 255));
}

#[tokio::test]
async fn extreme_shapes_keep_at_least_a_pixel() {
    let media = media();
    for (width, height, wanted) in [(3000, 1, (100, 1)), (1, 3000, (1, 100)), (1, 1, (1, 1)), (3000, 17, (100, 1))] {
        let bytes = samples::file(samples::quarters(width, height), ImageFormat::Png);
        let pixels = media.pixels(bytes.clone(), 100).await.unwrap();
        assert_eq!((pixels.width, pixels.height), wanted);
        let picture = media.scaled(bytes, 100).await.unwrap();
        assert_eq!((picture.width, picture.height), wanted);
    }
}

#[tokio::test]
async fn drawn_cards_become_webp_and_read_back() {
    let quarters = DynamicImage::from(samples::quarters(60, 40)).into_rgba8();
    let mut card = Pixels { rgba: quarters.into_raw(), width: 60, height: 40 };
    let webp = encode_webp(&card).unwrap();
    assert_eq!(encode_webp(&card).unwrap(), webp, "same pixels, same bytes");
    let back = media().pixels(webp, 60).await.unwrap();
    assert_eq!((back.width, back.height), (60, 40));
    assert!(near(&back.rgba, RED));
    card.rgba.pop();
    assert!(matches!(encode_webp(&card), Err(Error::Unreadable(_))));
    assert!(matches!(encode_webp(&Pixels { rgba: Vec::new(), width: 0, height: 0 }), Err(Error::Unreadable(_))));
    assert!(matches!(encode_webp(&Pixels { rgba: vec![0; 80_000], width: 20_000, height: 1 }), Err(Error::TooLarge)));
}

/// The bindings of `webp` are those of libwebp 1.3.1. A program that also links the card renderer holds a second copy, 1.6.0, which then
/// serves both bindings: same structures, same major version of the interface, other bytes. Which one runs shows in what it writes.
#[test]
fn the_libwebp_that_runs_is_one_that_was_tried() {
    let rgba = (0..97u32 * 61).flat_map(|at| {
        let (x, y) = (at % 97, at / 97);
        [x * 2 + y, y * 4, (x * x + y * y * 3) / 16, 255 - (x + y)].map(|sample| (sample & 0xff) as u8)
    });
    let webp = encode_webp(&Pixels { rgba: rgba.collect(), width: 97, height: 61 }).unwrap();
    let sum = webp.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    match sum {
        0xcd7d_9f2e_d814_e06a => println!("libwebp 1.3.1"),
        0xe2fe_c260_cc96_d899 => println!("libwebp 1.6.0"),
        other => panic!("another libwebp: {} bytes, {other:x}", webp.len()),
    }
}
