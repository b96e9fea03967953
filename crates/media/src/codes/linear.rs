//! Codes made of bars: many lines through the picture, each read by itself; what enough lines agree on is a code.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use rxing::common::BitArray;
use rxing::oned::rss::RSS14Reader;
use rxing::oned::rss::expanded::RSSExpandedReader;
use rxing::oned::{Code39Reader, Code128Reader, ITFReader, MultiFormatUPCEANReader, OneDReader};
use rxing::{BarcodeFormat, DecodeHints, RXingResult};

use super::edges::{self, Edges, UNITS};
use super::grey::{Area, Grey};
use super::{CodeFormat, Found, gtin, matrix};

/// Bars and spaces of the shortest code: an EAN-8 has 43, a UPC-E 33, two characters of Code 39 39.
const LEAST_RUNS: usize = 21;
/// A space this many times as wide as the bars and spaces beside it ends a code.
const QUIET: u32 = 6;
/// Shortest line, in pixels.
const LEAST_LINE: f32 = 30.0;
/// Different readings kept of one picture.
const MAX_READINGS: usize = 256;

struct Reading {
    found: Found,
    lines: u32,
    last_line: u32,
    area: Area,
}

impl Reading {
    /// Short codes with one weak check, or none, also turn up in longer ones and in grass.
    fn weak(&self) -> bool {
        matches!(self.found.format, CodeFormat::Ean8 | CodeFormat::UpcE | CodeFormat::Itf | CodeFormat::Code39)
    }

    fn weight(&self) -> u32 {
        if self.weak() { self.lines } else { self.lines * 2 }
    }

    fn believed(&self, thorough: bool) -> bool {
        let length = self.found.text.chars().count();
        let whole = match self.found.format {
            CodeFormat::Itf => gtin::checked(&self.found.text) && (length == 14 || length == 8) || thorough && length >= 6,
            CodeFormat::Code39 => length >= if thorough { 2 } else { 5 },
            CodeFormat::Code128 => length >= if thorough { 1 } else { 3 },
            _ => true,
        };
        let lines = if self.weak() { 3 } else { 2 };
        whole && self.lines >= if thorough { lines * 2 } else { lines }
    }
}

/// What the lines have shown so far.
#[derive(Default)]
pub struct Bars {
    readings: Vec<Reading>,
    line: u32,
}

impl Bars {
    /// What lines agree on; of readings of one place the one with twice the weight of the others, or none.
    pub fn agreed(&self, thorough: bool) -> Vec<(Found, Area)> {
        let clear = |reading: &&Reading| {
            let mut rivals = self.readings.iter().filter(|rival| rival.found != reading.found && rival.area.meets(&reading.area));
            reading.believed(thorough) && rivals.all(|rival| rival.weight() * 2 <= reading.weight())
        };
        self.readings.iter().filter(clear).map(|reading| (reading.found.clone(), reading.area)).collect()
    }

    /// Reads up to `lines` lines in the direction `angle` (degrees, clockwise), spread over the picture, which stands at `scale`.
    pub fn sweep(&mut self, grey: &Grey, scale: f32, (angle, lines): (f32, usize), forms: &[Edges], end: Instant) {
        let mut readers = Readers::new();
        for number in 0..lines {
            if Instant::now() >= end {
                return;
            }
            let Some(line) = Line::through(grey, angle, number, lines) else { continue };
            self.line += 1;
            for runs in forms.iter().filter_map(|&form| edges::runs(&line.values, form)) {
                for (from, to) in parts(&runs) {
                    let Some((found, ends)) = readers.read(&runs[from..to]) else { continue };
                    let start = runs[..from].iter().sum::<u32>() as f32 / UNITS as f32;
                    if let Some(area) = Area::around(ends.map(|end| line.point(start + end))) {
                        self.note(found, area.scaled(1.0 / scale));
                    }
                }
            }
        }
    }

    fn note(&mut self, found: Found, area: Area) {
        if let Some(known) = self.readings.iter_mut().find(|known| known.found == found) {
            if known.last_line != self.line {
                known.last_line = self.line;
                known.lines += 1;
            }
            known.area = known.area.with(&area);
        } else if self.readings.len() < MAX_READINGS {
            self.readings.push(Reading { found, lines: 1, last_line: self.line, area });
        }
    }
}

struct Line {
    values: Vec<f32>,
    start: (f32, f32),
    direction: (f32, f32),
}

impl Line {
    /// Line `number` of `lines` at equal distances; none when it would be the same pixels as the one before, or is too short.
    fn through(grey: &Grey, angle: f32, number: usize, lines: usize) -> Option<Self> {
        let (right, bottom) = (grey.width as f32 - 1.0, grey.height as f32 - 1.0);
        let (sin, cos) = angle.to_radians().sin_cos();
        let direction = (if angle == 90.0 { 0.0 } else { cos }, sin);
        let across = (right + 1.0) * direction.1.abs() + (bottom + 1.0) * direction.0.abs();
        let lines = lines.min(across as usize);
        if number >= lines {
            return None;
        }
        let away = across * ((number as f32 + 0.5) / lines as f32 - 0.5);
        let middle = (right / 2.0 - direction.1 * away, bottom / 2.0 + direction.0 * away);
        let mut span = (f32::MIN, f32::MAX);
        for (at, step, most) in [(middle.0, direction.0, right), (middle.1, direction.1, bottom)] {
            if step.abs() > 1e-6 {
                let (one, other) = (-at / step, (most - at) / step);
                span = (span.0.max(one.min(other)), span.1.min(one.max(other)));
            }
        }
        if span.1 - span.0 < LEAST_LINE {
            return None;
        }
        let start = (middle.0 + direction.0 * span.0, middle.1 + direction.1 * span.0);
        let mut line = Self { values: Vec::new(), start, direction };
        let straight = angle == 0.0 || angle == 90.0;
        let value = |at: usize| {
            let (x, y) = line.point(at as f32);
            let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
            if straight { f32::from(grey.at(x.round() as usize, y.round() as usize)) } else { grey.between(x, y) }
        };
        line.values = (0..=(span.1 - span.0) as usize).map(value).collect();
        Some(line)
    }

    fn point(&self, at: f32) -> (f32, f32) {
        (self.start.0 + self.direction.0 * at, self.start.1 + self.direction.1 * at)
    }
}

/// Where codes may be among the runs: between wide spaces, and all of it. Each part begins and ends with black.
fn parts(runs: &[u32]) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut from = 1;
    for space in (2..runs.len()).step_by(2) {
        let wide = |beside: &[u32]| beside.len() >= 5 && runs[space] >= QUIET * median(beside).max(1);
        if wide(&runs[space.saturating_sub(11).max(1)..space]) || wide(&runs[space + 1..(space + 12).min(runs.len())]) {
            parts.push((from, space));
            from = space + 1;
        }
    }
    let whole = runs.len() - (runs.len() + 1) % 2;
    parts.push((from, whole.max(from)));
    if from > 1 {
        parts.push((1, whole));
    }
    parts.retain(|(from, to)| to - from >= LEAST_RUNS);
    parts
}

fn median(runs: &[u32]) -> u32 {
    let mut sorted = runs.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

struct Readers {
    hints: DecodeHints,
    upc_ean: MultiFormatUPCEANReader,
    // These two put a code of several rows together from line to line.
    databar: RSS14Reader,
    expanded: RSSExpandedReader,
}

impl Readers {
    fn new() -> Self {
        let formats = HashSet::from([BarcodeFormat::EAN_13, BarcodeFormat::EAN_8, BarcodeFormat::UPC_A, BarcodeFormat::UPC_E]);
        let hints = DecodeHints { PossibleFormats: Some(formats), AssumeGs1: Some(true), ..DecodeHints::default() };
        let upc_ean = MultiFormatUPCEANReader::new(&hints);
        Self { hints, upc_ean, databar: RSS14Reader::default(), expanded: RSSExpandedReader::default() }
    }

    /// The code in `runs`, black first, in one direction or the other, and its two ends in pixels.
    fn read(&mut self, runs: &[u32]) -> Option<(Found, [f32; 2])> {
        let width = runs.iter().sum::<u32>();
        let quiet = (median(runs) * 12).clamp(8, 400);
        let mut bits = BitArray::with_size((width + 2 * quiet) as usize);
        let mut at = quiet as usize;
        for (number, &run) in runs.iter().enumerate() {
            let next = at + run as usize;
            if number % 2 == 0 {
                (at..next).for_each(|at| bits.set(at));
            }
            at = next;
        }
        // A panic of rxing costs this line only; its readers' state may be half-way.
        let Ok(read) = catch_unwind(AssertUnwindSafe(|| self.either_way(&mut bits))) else {
            *self = Self::new();
            return None;
        };
        let (read, backwards) = read?;
        let mut found = matrix::found(&read)?;
        if let Some(text) = found.text.strip_prefix("]C1") {
            found.text = text.to_owned();
        }
        let size = bits.get_size() as f32;
        let place = |x: f32| (if backwards { size - x } else { x } - quiet as f32) / UNITS as f32;
        let across = Area::around(read.getPoints().iter().map(|point| (place(point.x), 0.0)))?;
        Some((found, [across.left, across.right]))
    }

    fn either_way(&mut self, bits: &mut BitArray) -> Option<(RXingResult, bool)> {
        for backwards in [false, true] {
            let hints = &self.hints;
            let read = self.upc_ean.decode_row(0, bits, hints);
            let read = read.or_else(|_| Code128Reader.decode_row(0, bits, hints));
            let read = read.or_else(|_| Code39Reader::default().decode_row(0, bits, hints));
            let read = read.or_else(|_| ITFReader::default().decode_row(0, bits, hints));
            let read = read.or_else(|_| self.databar.decode_row(0, bits, hints));
            if let Ok(read) = read.or_else(|_| self.expanded.decode_row(0, bits, hints)) {
                return Some((read, backwards));
            }
            bits.reverse();
        }
        None
    }
}
