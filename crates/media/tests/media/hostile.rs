//! What bad pictures cannot do.

use std::collections::BTreeMap;
use std::time::Duration;

use image::ImageFormat;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_media::{Error, MAX_BYTES, Media};

use crate::{limited, media, samples};

fn all_formats() -> Vec<Vec<u8>> {
    let quarters = samples::quarters(48, 32);
    let jpeg = samples::jpeg_with_metadata(&samples::jpeg(&quarters), &samples::exif(6));
    vec![
        jpeg,
        samples::file(quarters.clone(), ImageFormat::Png),
        samples::file(quarters, ImageFormat::WebP),
        samples::gif(48, 32),
    ]
}

async fn still_works(media: &Media) {
    for bytes in all_formats() {
        media.scaled(bytes, 16).await.unwrap();
    }
}

fn kind(outcome: Result<(), Error>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |()| "done")
}

#[tokio::test]
async fn bombs_are_too_large() {
    let media = media();
    let mut gif = samples::gif(8, 8);
    gif[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let bombs = [
        ("50,000 x 50,000", samples::png_bomb(50_000, 50_000)),
        ("a side", samples::png_bomb(20_001, 1)),
        ("an area", samples::png_bomb(19_000, 19_000)),
        ("a raster", samples::png_bomb(9_000, 9_000)),
        ("a GIF", gif),
        ("a JPEG", samples::flat_jpeg(65_500, 8, 1)),
        ("a JPEG's area", samples::flat_jpeg(10_001, 10_000, 1)),
    ];
    for (name, bomb) in bombs {
        let scaled = media.scaled(bomb, 512).await;
        assert!(matches!(scaled, Err(Error::TooLarge)), "{name}: {:?}", scaled.map(|picture| picture.width));
    }
    assert!(matches!(media.inspect(vec![0; MAX_BYTES + 1]).await, Err(Error::TooLarge)));
    still_works(&media).await;
}

#[tokio::test]
async fn the_largest_jpeg_fits_into_a_childs_memory() {
    // Time is not what this is about, on however busy a machine.
    let media = limited(|limits| limits.time = Duration::from_secs(60));
    for (longest, wanted) in [(512, 512), (4096, 4096), (100_000, 4096)] {
        let picture = media.scaled(samples::flat_jpeg(10_000, 10_000, 3), longest).await.unwrap();
        assert_eq!((picture.width, picture.height), (wanted, wanted));
    }
    // 36 MP: half size is the most there is.
    let picture = media.scaled(samples::flat_jpeg(6_000, 6_000, 3), 4096).await.unwrap();
    assert_eq!((picture.width, picture.height), (3_000, 3_000));
}

#[tokio::test]
async fn cut_files_end_in_an_answer() {
    let media = media();
    for whole in all_formats() {
        for part in 0..16 {
            let cut = whole[..whole.len() * part / 16].to_vec();
            let outcome = kind(media.scaled(cut, 32).await.map(drop));
            assert!(["done", "unreadable"].contains(&outcome), "{outcome} at {part}/16");
        }
    }
    still_works(&media).await;
}

#[tokio::test]
async fn two_thousand_mutants_harm_nobody() {
    let media = media();
    let wholes = all_formats();
    let mut random = StdRng::seed_from_u64(0x0570_a000);
    let mut outcomes = BTreeMap::<&str, u32>::new();
    for round in 0..2_000 {
        let mut mutant = wholes[round % wholes.len()].clone();
        for _ in 0..random.random_range(1..=8) {
            let at = random.random_range(0..mutant.len());
            match random.random_range(0..4) {
                0 => mutant[at] ^= 1 << random.random_range(0..8),
                1 => mutant[at] = random.random(),
                2 => mutant[at] = [0, 0xff, 0x7f, 0x80][random.random_range(0..4)],
                _ => {
                    let from = random.random_range(0..mutant.len());
                    let length = random.random_range(1..=16).min(mutant.len() - at.max(from));
                    mutant.copy_within(from..from + length, at);
                }
            }
        }
        *outcomes.entry(kind(media.scaled(mutant, 32).await.map(drop))).or_default() += 1;
    }
    println!("{outcomes:?}");
    assert!(outcomes["done"] > 100 && outcomes["unreadable"] > 100);
    assert!(!outcomes.contains_key("not_started"));
    still_works(&media).await;
}

#[tokio::test]
async fn memory_past_the_limit_ends_the_child_only() {
    let media = limited(|limits| limits.memory = 48 << 20);
    // 70 MB of pixels, decoded at full size; the file is small.
    let bytes = samples::flat_jpeg(4_800, 4_900, 3);
    assert!(matches!(media.scaled(bytes.clone(), 4_000).await, Err(Error::Crashed)));
    still_works(&media).await;
    let roomy = limited(|limits| limits.time = Duration::from_secs(60));
    roomy.scaled(bytes, 4_000).await.unwrap();
}
