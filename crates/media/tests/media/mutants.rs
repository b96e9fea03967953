//! Ten thousand damaged files of every kind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use image::ImageFormat;
use image::codecs::gif::Repeat;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_media::{Crop, Error, Media};
use tokio::task::JoinSet;

use crate::moving::{self, apng, gif};
use crate::players::fixture;
use crate::{limited, samples};

const COUNT: u64 = 10_000;
/// What a child may take beyond the program, its stack and code included.
const MEMORY: u64 = 256 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Picture,
    Portrait,
    Animation,
    Sound,
    Video,
    Vector,
}

fn wholes() -> Vec<(Kind, Vec<u8>)> {
    let quarters = samples::quarters(48, 32);
    let frames = moving::frames(4, (32, 24), true);
    let delays = [50, 0, 100, 20];
    let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><linearGradient id="g"><stop offset="0" stop-color="#f00"/></linearGradient>
        <g id="a" opacity=".5"><path d="M1 1q9 9 3 3z" fill="url(#g)" stroke="#000" stroke-dasharray="1 2"/></g><use href="#a" transform="rotate(5)"/></svg>"##;
    let pictures = [
        samples::jpeg_with_metadata(&samples::jpeg(&quarters), &samples::exif(6)),
        samples::file(quarters.clone(), ImageFormat::Png),
        samples::file(quarters, ImageFormat::WebP),
        samples::gif(48, 32),
    ];
    let mut wholes: Vec<_> = pictures.iter().map(|picture| (Kind::Picture, picture.clone())).collect();
    wholes.push((Kind::Portrait, pictures[0].clone()));
    wholes.extend(
        [gif(&frames, &delays, Some(Repeat::Infinite)), apng(&frames, &delays, 0), moving::webp(&frames, &delays, 0)]
            .map(|file| (Kind::Animation, file)),
    );
    wholes.extend(["opus.ogg", "vorbis.ogg", "tone.mp3", "tone.wav"].map(|name| (Kind::Sound, fixture(name))));
    wholes.extend(["vp8-vorbis.webm", "vp9-opus.webm", "live.webm"].map(|name| (Kind::Video, fixture(name))));
    wholes.push((Kind::Vector, drawing.into()));
    wholes
}

/// Bits, bytes, moved and doubled parts, cut ends; of an Ogg page the checksum is set right again, or nothing behind it were tried.
fn mutant(whole: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut mutant = whole.to_vec();
    // Half of them keep their length: what is cut or moved seldom gets past the first check.
    let kinds = if random.random() { 3 } else { 6 };
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..mutant.len());
        // Heads are where the decisions are.
        let at = if random.random() { at } else { at % mutant.len().min(200) };
        match random.random_range(0..kinds) {
            0 => mutant[at] ^= 1 << random.random_range(0..8),
            1 => mutant[at] = random.random(),
            2 => mutant[at] = [0, 0xff, 0x7f, 0x80, 0x01, 0x40][random.random_range(0..6)],
            3 => mutant.truncate(at.max(1)),
            4 => {
                let from = random.random_range(0..mutant.len());
                let length = random.random_range(1..=64).min(mutant.len() - from);
                let part = mutant[from..from + length].to_vec();
                mutant.splice(at..at, part);
            }
            _ => {
                let from = random.random_range(0..mutant.len());
                let length = random.random_range(1..=16).min(mutant.len() - at.max(from));
                mutant.copy_within(from..from + length, at);
            }
        }
    }
    if mutant.starts_with(b"OggS") && random.random() {
        right_checksums(&mut mutant);
    }
    mutant
}

fn right_checksums(file: &mut [u8]) {
    let mut start = 0;
    while file.len() >= start + 27 && file[start..].starts_with(b"OggS") {
        let lacing = usize::from(file[start + 26]);
        let Some(lengths) = file.get(start + 27..start + 27 + lacing) else { return };
        let end = start + 27 + lacing + lengths.iter().map(|&length| usize::from(length)).sum::<usize>();
        let Some(page) = file.get_mut(start..end) else { return };
        page[22..26].fill(0);
        let sum = page.iter().fold(0u32, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| (sum << 1) ^ (0x04c1_1db7 & (sum >> 31).wrapping_neg()))
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        start = end;
    }
}

async fn outcome(media: &Media, kind: Kind, bytes: Vec<u8>) -> Result<(), Error> {
    match kind {
        Kind::Picture => media.scaled(bytes, 32).await.map(|picture| assert!(image::load_from_memory(&picture.webp).is_ok())),
        Kind::Portrait => media.portrait(bytes, Some(Crop { x: 0.2, y: 0.1, side: 0.7 })).await.map(drop),
        Kind::Animation => media.animation(bytes).await.map(|made| {
            assert!(image::load_from_memory(&made.webp).is_ok() && image::load_from_memory(&made.poster).is_ok());
        }),
        Kind::Sound => match media.sound(bytes).await {
            // What is handed on is what is taken again.
            Ok(sound) => media.sound(sound.bytes.clone()).await.map(|again| assert_eq!(again.bytes, sound.bytes)),
            Err(error) => Err(error),
        },
        Kind::Video => match media.video(bytes).await {
            Ok(video) => media.video(video.bytes.clone()).await.map(|again| assert_eq!(again.bytes, video.bytes)),
            Err(error) => Err(error),
        },
        Kind::Vector => media.vector(bytes, 64).await.map(drop),
    }
}

#[tokio::test]
async fn ten_thousand_mutants_harm_nobody() {
    let media = limited(|limits| (limits.memory, limits.children, limits.time) = (MEMORY, 4, Duration::from_secs(5)));
    let wholes = std::sync::Arc::new(wholes());
    let begun = Instant::now();
    let mut asked = JoinSet::new();
    for lane in 0..4 {
        let (media, wholes) = (media.clone(), wholes.clone());
        asked.spawn(async move {
            let mut outcomes = BTreeMap::<(Kind, &str), u32>::new();
            for round in (lane..COUNT).step_by(4) {
                let (kind, whole) = &wholes[(round / 4 * 7 + lane) as usize % wholes.len()];
                let mutant = mutant(whole, &mut StdRng::seed_from_u64(0x0570_a000 + round));
                let outcome = outcome(&media, *kind, mutant).await;
                *outcomes.entry((*kind, outcome.as_ref().map_or_else(Error::code, |()| "done"))).or_default() += 1;
            }
            outcomes
        });
    }
    let mut outcomes = BTreeMap::<(Kind, &str), u32>::new();
    while let Some(lane) = asked.join_next().await {
        for (key, count) in lane.unwrap() {
            *outcomes.entry(key).or_default() += count;
        }
    }
    println!("{COUNT} in {:?}: {outcomes:?}", begun.elapsed());
    for kind in [Kind::Picture, Kind::Portrait, Kind::Animation, Kind::Sound, Kind::Video, Kind::Vector] {
        assert!(outcomes.contains_key(&(kind, "done")) && outcomes.contains_key(&(kind, "unreadable")), "{kind:?}");
    }
    let bad: Vec<_> = outcomes.keys().filter(|(_, code)| ["crashed", "too_slow", "not_started"].contains(code)).collect();
    assert!(bad.is_empty(), "{bad:?}");
    for (kind, whole) in wholes.iter() {
        outcome(&media, *kind, whole.clone()).await.unwrap();
    }
}
