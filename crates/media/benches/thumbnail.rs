#![allow(clippy::unwrap_used, clippy::print_stdout)]
//! A 12 MP JPEG to a 512 px WebP through the child; one line of JSON per figure.

use std::path::PathBuf;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use stoa_media::Media;

const ROUNDS: usize = 21;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(figures());
}

async fn figures() {
    let photo = photo();
    say("media_sample_12mp_jpeg", photo.len() as f64 / 1e6, "MB");
    let media = Media::new(PathBuf::from(env!("CARGO_BIN_EXE_stoa-media-child")));

    let begun = Instant::now();
    media.scaled(photo.clone(), 512).await.unwrap();
    say("media_thumbnail_12mp_first", millis(begun), "ms");

    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        media.scaled(photo.clone(), 512).await.unwrap();
        each.push(millis(begun));
    }
    say("media_thumbnail_12mp", median(each), "ms");

    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        whole_in_process(&photo);
        each.push(millis(begun));
    }
    say("media_thumbnail_12mp_image_crate_in_process", median(each), "ms");

    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        media.inspect(photo.clone()).await.unwrap();
        each.push(millis(begun));
    }
    say("media_inspect_12mp", median(each), "ms");

    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let (a, b) = tokio::join!(media.scaled(photo.clone(), 512), media.scaled(photo.clone(), 512));
        a.unwrap();
        b.unwrap();
    }
    say("media_thumbnails_12mp_two_children", 2e3 * ROUNDS as f64 / millis(begun), "1/s");
    say("media_child_peak_memory", peak(), "MB");
}

/// The same result without a child, by the image crate at full size.
fn whole_in_process(photo: &[u8]) {
    let small = image::load_from_memory(photo).unwrap().resize(512, 512, image::imageops::FilterType::Lanczos3).to_rgb8();
    let webp = webp::Encoder::from_rgb(&small, small.width(), small.height()).encode(80.0);
    assert!(!webp.is_empty());
}

/// 4000 x 3000 with edges, slopes and grain, as a camera would save it.
fn photo() -> Vec<u8> {
    let mut grain = 1u32;
    let image = RgbImage::from_fn(4000, 3000, |x, y| {
        grain ^= grain << 13;
        grain ^= grain >> 17;
        grain ^= grain << 5;
        let wave = ((x as f32 / 97.0).sin() + (y as f32 / 61.0).cos()) * 50.0 + 110.0;
        let edge = if (x / 250 + y / 250) % 2 == 0 { 30.0 } else { 0.0 };
        Rgb([0, 1, 2].map(|colour| (wave + edge + (colour * x / 80) as f32 + (grain >> (8 * colour) & 15) as f32) as u8))
    });
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 90).encode_image(&image).unwrap();
    out
}

/// The largest resident set of any child of this process, in megabytes.
fn peak() -> f64 {
    let parent = format!("\nPPid:\t{}\n", std::process::id());
    let statuses =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("status")).ok());
    let peaks = statuses.filter(|status| status.contains(&parent)).filter_map(|status| {
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    peaks.fold(0.0, f64::max) / 1e3
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn say(name: &str, value: f64, unit: &str) {
    println!(r#"{{"name":"{name}","value":{value:.2},"unit":"{unit}"}}"#);
}
