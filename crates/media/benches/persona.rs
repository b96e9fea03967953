#![allow(clippy::unwrap_used, clippy::print_stdout)]
//! A persona: a photo of 1,024 px and six drawings over it, composed, shrunk to 512 px, written as WebP; beside libvips doing the same in
//! the same run where `cc` and libvips' headers are there (libvips-dev). One line of JSON per figure.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use stoa_media::{Layer, Media, PORTRAIT, Pixels, Stack, compose, encode_webp, shrink};

const ROUNDS: usize = 41;
/// A side of what is published, in pixels.
const PUBLISHED: u32 = 512;
/// Longer side at which drawings are made.
const DRAWN: u32 = 768;

/// Width, height of a drawing's view; x, y, drawn width in thousandths of the photo; degrees.
const LAYERS: [[f32; 6]; 6] = [
    [200.0, 120.0, 0.50, 0.18, 0.62, -6.0],
    [200.0, 80.0, 0.50, 0.42, 0.45, 2.0],
    [160.0, 120.0, 0.50, 0.66, 0.34, 0.0],
    [200.0, 90.0, 0.50, 0.86, 0.66, 4.0],
    [100.0, 100.0, 0.82, 0.80, 0.18, 15.0],
    [200.0, 200.0, 0.50, 0.50, 1.00, 0.0],
];

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let media = Media::new(PathBuf::from(env!("CARGO_BIN_EXE_stoa-media-child")));
    let base = photo();
    let layers = runtime.block_on(layers(&media));

    say("media_persona_compose_1024", median(|| drop(black_box(compose(&base, &layers)))), "ms");
    let eight: Vec<Layer> = layers.iter().chain(&layers[1..3]).cloned().collect();
    say("media_persona_compose_1024_8_layers", median(|| drop(black_box(compose(&base, &eight)))), "ms");
    let mut stack = Stack::new(base.clone());
    let mut moving = eight.clone();
    let step = || {
        moving[3].x += 0.5;
        moving[3].tilt += 0.3;
        black_box(stack.compose(&moving, 3));
    };
    say("media_persona_slider_step_8_layers", median(step), "ms");
    let composed = compose(&base, &layers);
    say("media_persona_shrink_512", median(|| drop(black_box(shrink(&composed, PUBLISHED)))), "ms");

    let own = median(|| {
        let published = shrink(&compose(&base, &layers), PUBLISHED);
        assert!(!encode_webp(&published).unwrap().is_empty());
    });
    let beside = libvips(&base, &layers).map_or_else(String::new, |(vips, version)| {
        format!(r#","peer":"libvips {version}","peer_value":{vips:.2},"ratio":{:.3}"#, own / vips)
    });
    println!(r#"{{"name":"media_persona_published","value":{own:.2},"unit":"ms"{beside}}}"#);
}

async fn layers(media: &Media) -> Vec<Layer> {
    let mut layers = Vec::new();
    for [width, height, x, y, drawn, tilt] in LAYERS {
        let pixels = Arc::new(media.vector(drawing(width, height).into_bytes(), DRAWN).await.unwrap());
        let side = PORTRAIT as f32;
        layers.push(Layer { pixels, x: x * side, y: y * side, width: drawn * side, tilt });
    }
    layers
}

/// Round shapes with slopes of colour, half clear in part, and a clear middle when it is a frame.
fn drawing(width: f32, height: f32) -> String {
    let (x, y) = (width / 2.0, height / 2.0);
    let ring = if width == height && width > 150.0 { "none" } else { "url(#g)" };
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><linearGradient id="g"><stop offset="0" stop-color="#a33"/>
        <stop offset="1" stop-color="#336" stop-opacity=".7"/></linearGradient><ellipse cx="{x}" cy="{y}" rx="{}" ry="{}" fill="{ring}" stroke="#222"
        stroke-width="8"/><path d="M{x} {y}q30 -20 50 10t-20 20z" fill="#fc3" fill-opacity=".6"/></svg>"##,
        x - 5.0,
        y - 5.0
    )
}

/// Slopes, edges and grain.
fn photo() -> Pixels {
    let mut grain = 1u32;
    let mut rgba = Vec::with_capacity((PORTRAIT * PORTRAIT * 4) as usize);
    for (y, x) in (0..PORTRAIT).flat_map(|y| (0..PORTRAIT).map(move |x| (y, x))) {
        grain ^= grain << 13;
        grain ^= grain >> 17;
        grain ^= grain << 5;
        let wave = ((x as f32 / 97.0).sin() + (y as f32 / 61.0).cos()) * 50.0 + 110.0;
        let edge = if (x / 170 + y / 170) % 2 == 0 { 30.0 } else { 0.0 };
        rgba.extend([0, 1, 2].map(|colour| (wave + edge + (colour * x / 30) as f32 + (grain >> (8 * colour) & 15) as f32) as u8));
        rgba.push(255);
    }
    Pixels { rgba, width: PORTRAIT, height: PORTRAIT }
}

/// Milliseconds and version of the same composition by libvips, compiled here from persona.c.
fn libvips(base: &Pixels, layers: &[Layer]) -> Option<(f64, String)> {
    let folder = std::env::temp_dir().join(format!("stoa-persona-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let figures = compiled(&folder).and_then(|program| measured(&program, &folder, base, layers));
    std::fs::remove_dir_all(&folder).ok()?;
    figures
}

fn compiled(folder: &Path) -> Option<PathBuf> {
    let flags =
        Command::new("pkg-config").args(["--cflags", "--libs", "vips"]).output().ok().filter(|out| out.status.success())?;
    let flags = String::from_utf8(flags.stdout).ok()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/persona.c");
    let program = folder.join("persona");
    let built = Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).args(flags.split_whitespace()).status().ok()?;
    built.success().then_some(program)
}

fn measured(program: &Path, folder: &Path, base: &Pixels, layers: &[Layer]) -> Option<(f64, String)> {
    std::fs::write(folder.join("base"), &base.rgba).ok()?;
    let mut plan = String::new();
    for (number, layer) in layers.iter().enumerate() {
        let Pixels { rgba, width, height } = &*layer.pixels;
        std::fs::write(folder.join(number.to_string()), rgba).ok()?;
        plan += &format!("{width} {height} {} {} {} {}\n", layer.x, layer.y, layer.width, layer.tilt);
    }
    std::fs::write(folder.join("plan"), plan).ok()?;
    let out = Command::new(program).arg(ROUNDS.to_string()).arg(folder).arg(PORTRAIT.to_string()).output().ok()?;
    let text = String::from_utf8(out.stdout).ok().filter(|_| out.status.success())?;
    let (millis, version) = text.trim().split_once(' ')?;
    Some((millis.parse().ok()?, version.to_owned()))
}

fn median(mut round: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            round();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn say(name: &str, value: f64, unit: &str) {
    println!(r#"{{"name":"{name}","value":{value:.2},"unit":"{unit}"}}"#);
}
