//! A line's brightness to runs of black and white.

use rxing::common::GlobalHistogramBinarizer;
use rxing::{Binarizer, Luma8LuminanceSource};

/// Units in a pixel: an edge lies between pixels.
pub const UNITS: usize = 6;
/// Less difference than this on a whole line is no code.
const LEAST_CONTRAST: f32 = 24.0;

/// How edges are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// rxing's threshold, as it stands.
    Plain,
    /// The same between pixels, at two and three points a pixel.
    Doubled,
    Smooth,
    /// The same after sharpening: bars that are narrower than the blur.
    Sharpened,
    /// Half-way between each darkest and brightest point: uneven light, faint thin bars.
    Extremes,
}

/// Runs in [`UNITS`], white and black in turn; the first is white and may be 0. None for a line without contrast.
pub fn runs(line: &[f32], edges: Edges) -> Option<Vec<u32>> {
    let darkest = line.iter().copied().fold(f32::MAX, f32::min);
    let contrast = line.iter().copied().fold(f32::MIN, f32::max) - darkest;
    if contrast < LEAST_CONTRAST {
        return None;
    }
    match edges {
        Edges::Plain => thresholded(line, 1),
        Edges::Doubled => thresholded(&stretched(line, 2), 2),
        Edges::Smooth => thresholded(&stretched(line, 3), 3),
        Edges::Sharpened => thresholded(&stretched(&sharpened(line), 3), 3),
        Edges::Extremes => between_extremes(line, contrast * 0.2),
    }
}

/// `factor` points for each, in between linearly.
fn stretched(line: &[f32], factor: usize) -> Vec<f32> {
    let last = line.len().saturating_sub(1);
    let point = |at: usize| {
        let at = ((at as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, last as f32);
        let first = at as usize;
        let (one, other) = (line[first], line[(first + 1).min(last)]);
        one + (other - one) * (at - first as f32)
    };
    (0..line.len() * factor).map(point).collect()
}

fn sharpened(line: &[f32]) -> Vec<f32> {
    let last = line.len().saturating_sub(1);
    let point = |at: usize| {
        let around = line[at.saturating_sub(1)] + line[(at + 1).min(last)];
        line[at] + 0.5 * (2.0 * line[at] - around)
    };
    (0..line.len()).map(point).collect()
}

fn thresholded(line: &[f32], points: usize) -> Option<Vec<u32>> {
    let samples: Vec<u8> = line.iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
    let length = samples.len();
    let source = Luma8LuminanceSource::new(samples, u32::try_from(length).ok()?, 1).ok()?;
    let binarizer = GlobalHistogramBinarizer::new(source);
    let row = binarizer.get_black_row(0).ok()?;
    let unit = (UNITS / points) as u32;
    let mut runs = vec![0];
    let mut black = false;
    for at in 0..length {
        if row.get(at) != black {
            black = !black;
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += unit;
        }
    }
    Some(runs)
}

fn between_extremes(line: &[f32], contrast: f32) -> Option<Vec<u32>> {
    let extremes = extremes(line, contrast);
    let mut runs = Vec::with_capacity(extremes.len() + 2);
    let mut reached = 0.0_f32;
    let mut run_to = |to: f32, least: f32| {
        let run = ((to - reached) * UNITS as f32).round().max(least);
        reached += run / UNITS as f32;
        run as u32
    };
    if extremes.first()?.1 < extremes.get(1)?.1 {
        runs.push(0);
    }
    for pair in extremes.windows(2) {
        runs.push(run_to(crossing(line, pair[0], pair[1]), 1.0));
    }
    runs.push(run_to(line.len() as f32, 0.0));
    Some(runs)
}

/// Where the line passes the middle of two extremes.
fn crossing(line: &[f32], one: (usize, f32), other: (usize, f32)) -> f32 {
    let middle = (one.1 + other.1) / 2.0;
    let passes = |&at: &usize| (line[at] - middle) * (line[at + 1] - middle) <= 0.0 && line[at] != line[at + 1];
    let Some(at) = (one.0..other.0).find(passes) else {
        return (one.0 + other.0) as f32 / 2.0;
    };
    at as f32 + (middle - line[at]) / (line[at + 1] - line[at])
}

/// Darkest and brightest points in turn, each `contrast` from the next at least.
fn extremes(line: &[f32], contrast: f32) -> Vec<(usize, f32)> {
    let Some(&first) = line.first() else { return Vec::new() };
    let mut found = Vec::new();
    let (mut darkest, mut brightest) = ((0, first), (0, first));
    let mut rising = None;
    for (at, &value) in line.iter().enumerate() {
        if value < darkest.1 {
            darkest = (at, value);
        }
        if value > brightest.1 {
            brightest = (at, value);
        }
        if rising != Some(true) && value - darkest.1 >= contrast {
            found.push(darkest);
            brightest = (at, value);
            rising = Some(true);
        } else if rising != Some(false) && brightest.1 - value >= contrast {
            found.push(brightest);
            darkest = (at, value);
            rising = Some(false);
        }
    }
    found.extend(rising.map(|rising| if rising { brightest } else { darkest }));
    found
}
