//! Layers over a base. Pure, in the calling process: for pixels that came out of a child or are one's own.
//!
//! A layer is averaged by areas to within a factor of 1.4 of its drawn size, then placed by bilinear interpolation, premultiplied. The
//! base keeps its straight pixels wherever no layer touches it, so what is composed in two steps is what is composed in one.

use std::f64::consts::SQRT_2;
use std::sync::Arc;

use crate::Pixels;

/// Coarsest average: 256 x 256 pixels of the layer.
const COARSEST: u32 = 8;
/// Fractional bits of a place in a level.
const FRACTION: u32 = 32;
const LANES: u64 = 0x00ff_00ff_00ff_00ff;
const HALVES: u64 = 0x0080_0080_0080_0080;

/// Pixels to be laid over others.
#[derive(Clone, Debug)]
pub struct Layer {
    pub pixels: Arc<Pixels>,
    /// The layer's centre, in pixels of the base from its upper left corner.
    pub x: f32,
    pub y: f32,
    /// Drawn width in pixels of the base; the height follows in proportion.
    pub width: f32,
    /// Degrees, clockwise.
    pub tilt: f32,
}

impl Layer {
    /// Whether both are drawn alike: the same pixels by identity, the same place.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let place = |layer: &Self| [layer.x, layer.y, layer.width, layer.tilt].map(f32::to_bits);
        Arc::ptr_eq(&self.pixels, &other.pixels) && place(self) == place(other)
    }
}

/// `layers` laid over `base`, the first one lowest, each clipped to the base. The result has the base's size.
///
/// A layer with a place or width that is not finite, of no width, or whose pixels do not fill it is left out.
pub fn compose(base: &Pixels, layers: &[Layer]) -> Pixels {
    let mut canvas = base.clone();
    for layer in layers {
        if let Some(level) = level_of(layer) {
            lay(&mut canvas, layer, &Level::new(&layer.pixels, level));
        }
    }
    canvas
}

/// How coarse an average a layer is drawn from, in powers of two; none if it is not drawn at all.
pub(crate) fn level_of(layer: &Layer) -> Option<u32> {
    let Pixels { rgba, width, height } = &*layer.pixels;
    let filled = !rgba.is_empty() && rgba.len() as u64 == u64::from(*width) * u64::from(*height) * 4;
    let placed = [layer.x, layer.y, layer.width, layer.tilt].iter().all(|number| number.is_finite());
    if !filled || !placed || layer.width <= 0.0 {
        return None;
    }
    let mut step = f64::from(*width) / f64::from(layer.width);
    let mut level = 0;
    while step > SQRT_2 && level < COARSEST {
        step /= 2.0;
        level += 1;
    }
    Some(level)
}

/// A layer's pixels, premultiplied and averaged over squares of `2^level`, without the clear ones around, and a clear border of one.
pub(crate) struct Level {
    level: u32,
    /// Of the first texel within the border.
    left: i64,
    top: i64,
    width: i64,
    height: i64,
    stride: usize,
    texels: Vec<u32>,
}

impl Level {
    pub(crate) fn new(pixels: &Pixels, level: u32) -> Self {
        let (columns, rows) = seen(pixels);
        let texels = |range: &std::ops::Range<usize>| (range.start >> level, range.end.div_ceil(1 << level));
        let ((left, right), (top, bottom)) = (texels(&columns), texels(&rows));
        let (width, height) = (right - left, bottom - top);
        let stride = width + 2;
        let mut level = Self {
            level,
            left: left as i64,
            top: top as i64,
            width: width as i64,
            height: height as i64,
            stride,
            texels: vec![0; stride * (height + 2)],
        };
        for row in 0..height {
            let start = (row + 1) * stride + 1;
            level.fill(pixels, row, start);
        }
        level
    }

    pub(crate) fn bytes(&self) -> usize {
        self.texels.len() * 4
    }

    fn fill(&mut self, pixels: &Pixels, row: usize, start: usize) {
        let (wide, side) = (pixels.width as usize, 1usize << self.level);
        let line = |y: usize| &pixels.rgba[y * wide * 4..(y + 1) * wide * 4];
        let (left, top) = (self.left as usize * side, (self.top as usize + row) * side);
        let texels = &mut self.texels[start..start + self.width as usize];
        if side == 1 {
            for (texel, pixel) in texels.iter_mut().zip(line(top)[left * 4..].chunks_exact(4)) {
                *texel = premultiplied([pixel[0], pixel[1], pixel[2], pixel[3]]);
            }
            return;
        }
        let mut sums = vec![[0u32; 4]; texels.len()];
        for y in top..(top + side).min(pixels.height as usize) {
            for (sum, square) in sums.iter_mut().zip(line(y)[left * 4..].chunks(side * 4)) {
                for pixel in square.chunks_exact(4).filter(|pixel| pixel[3] != 0) {
                    let alpha = u32::from(pixel[3]);
                    sum[0] += u32::from(pixel[0]) * alpha;
                    sum[1] += u32::from(pixel[1]) * alpha;
                    sum[2] += u32::from(pixel[2]) * alpha;
                    sum[3] += 255 * alpha;
                }
            }
        }
        let whole = 255 << (2 * self.level);
        for (texel, sum) in texels.iter_mut().zip(sums) {
            if sum[3] != 0 {
                *texel = u32::from_le_bytes(sum.map(|sum| ((u64::from(sum) + whole / 2) / whole) as u8));
            }
        }
    }
}

/// The columns and rows that hold pixels with any alpha.
fn seen(pixels: &Pixels) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let line = pixels.width as usize * 4;
    let clear = |pixel: &[u8]| pixel[3] == 0;
    let (mut left, mut right, mut rows) = (usize::MAX, 0, None::<(usize, usize)>);
    for (y, row) in pixels.rgba.chunks_exact(line).enumerate() {
        let Some(first) = row.chunks_exact(4).position(|pixel| !clear(pixel)) else { continue };
        let last = row.chunks_exact(4).rposition(|pixel| !clear(pixel)).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        rows = Some((rows.map_or(y, |(first, _)| first), y + 1));
    }
    rows.map_or((0..0, 0..0), |(top, bottom)| (left..right, top..bottom))
}

fn premultiplied(pixel: [u8; 4]) -> u32 {
    let alpha = u32::from(pixel[3]);
    let scaled = |colour: u8| {
        let product = u32::from(colour) * alpha + 128;
        (product + (product >> 8)) >> 8
    };
    match alpha {
        0 => 0,
        255 => u32::from_le_bytes(pixel),
        _ => scaled(pixel[0]) | scaled(pixel[1]) << 8 | scaled(pixel[2]) << 16 | alpha << 24,
    }
}

/// Lays one layer over the canvas from the level made for it.
pub(crate) fn lay(canvas: &mut Pixels, layer: &Layer, level: &Level) {
    let (width, height) = (f64::from(layer.pixels.width), f64::from(layer.pixels.height));
    if level.width == 0 || canvas.rgba.len() as u64 != u64::from(canvas.width) * u64::from(canvas.height) * 4 {
        return;
    }
    let scale = f64::from(layer.width) / width;
    let (sin, cos) = f64::from(layer.tilt % 360.0).to_radians().sin_cos();
    let (x, y) = (f64::from(layer.x), f64::from(layer.y));
    let reach = |a: f64, b: f64| (a.abs() * width + b.abs() * height) * scale / 2.0 + 1.0;
    let rows = clipped(y - reach(sin, cos), y + reach(sin, cos), canvas.height);
    let columns = clipped(x - reach(cos, sin), x + reach(cos, sin), canvas.width);
    // From pixels of the canvas to texels of the level, the border's first one at 0.
    let step = 1.0 / scale / f64::from(1u32 << level.level);
    let (du, dv) = (cos * step, -sin * step);
    let texels = |side: f64| side / f64::from(1u32 << level.level) / 2.0 + 0.5;
    let (u0, v0) = (texels(width) - level.left as f64, texels(height) - level.top as f64);
    let stride = canvas.width as usize * 4;
    for row in rows {
        let (dx, dy) = (columns.start as f64 + 0.5 - x, row as f64 + 0.5 - y);
        let (u, v) = (u0 + (dx * cos + dy * sin) * step, v0 + (dy * cos - dx * sin) * step);
        let last = (columns.len() as f64).max(0.0);
        let (from, to) = span((u, du, level.width), (v, dv, level.height), last);
        if from >= to {
            continue;
        }
        let line = &mut canvas.rgba[row * stride..(row + 1) * stride];
        let place = Place { u: fixed(u + du * from as f64), v: fixed(v + dv * from as f64), du: fixed(du), dv: fixed(dv) };
        draw(&mut line[(columns.start + from) * 4..(columns.start + to) * 4], level, place);
    }
}

fn clipped(from: f64, to: f64, side: u32) -> std::ops::Range<usize> {
    let within = |at: f64| at.clamp(0.0, f64::from(side)) as usize;
    within(from.floor())..within(to.ceil())
}

/// The steps of a line, from 0 to `last`, at which both places lie in `0..=length + 1`; one more on each side for rounding.
fn span(u: (f64, f64, i64), v: (f64, f64, i64), last: f64) -> (usize, usize) {
    let (mut from, mut to) = (0.0f64, last);
    for (at, step, length) in [u, v] {
        let (low, high) = (-at, length as f64 + 1.0 - at);
        if step.abs() < 1e-12 {
            if low > 0.0 || high < 0.0 {
                return (0, 0);
            }
            continue;
        }
        let (first, second) = (low / step, high / step);
        from = from.max(first.min(second) - 1.0);
        to = to.min(first.max(second) + 2.0);
    }
    (from.max(0.0) as usize, to.clamp(0.0, last) as usize)
}

/// Where a line is in a level, and how far it goes with each pixel; fixed point, rounded to 1/256 when read.
#[derive(Clone, Copy)]
struct Place {
    u: i64,
    v: i64,
    du: i64,
    dv: i64,
}

fn fixed(number: f64) -> i64 {
    // Far outside is outside: far enough from the ends of i64 for a line of any length.
    const FAR: f64 = (1u64 << 20) as f64;
    (number.clamp(-FAR, FAR) * (1u64 << FRACTION) as f64).round() as i64
}

fn draw(line: &mut [u8], level: &Level, place: Place) {
    let Place { mut u, mut v, du, dv } = place;
    let stride = level.stride;
    for pixel in line.chunks_exact_mut(4) {
        let (near_u, near_v) = (u + (1 << (FRACTION - 9)), v + (1 << (FRACTION - 9)));
        let (column, row) = (near_u >> FRACTION, near_v >> FRACTION);
        (u, v) = (u + du, v + dv);
        if column < 0 || row < 0 || column > level.width || row > level.height {
            continue;
        }
        let at = row as usize * stride + column as usize;
        let (above, below) = (&level.texels[at..at + 2], &level.texels[at + stride..at + stride + 2]);
        if above[0] | above[1] | below[0] | below[1] == 0 {
            continue;
        }
        let right = (near_u >> (FRACTION - 8)) as u64 & 0xff;
        let down = (near_v >> (FRACTION - 8)) as u64 & 0xff;
        let upper = between(spread(above[0]), spread(above[1]), right);
        let lower = between(spread(below[0]), spread(below[1]), right);
        over(pixel, between(upper, lower, down));
    }
}

/// Red, blue, green and alpha in lanes of 16 bits.
fn spread(texel: u32) -> u64 {
    u64::from(texel & 0x00ff_00ff) | u64::from(texel >> 8 & 0x00ff_00ff) << 32
}

fn between(a: u64, b: u64, weight: u64) -> u64 {
    (a * (256 - weight) + b * weight + HALVES) >> 8 & LANES
}

/// Porter and Duff's "over" of premultiplied lanes on a straight pixel.
fn over(pixel: &mut [u8], source: u64) {
    let alpha = source >> 48;
    let gathered = (source as u32) | (source >> 24) as u32;
    match (alpha, pixel[3]) {
        (0, _) => {}
        (255, _) => pixel.copy_from_slice(&gathered.to_le_bytes()),
        (_, 255) => {
            let below = spread(u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 255]));
            let product = below * (255 - alpha) + HALVES;
            let rest = (product + (product >> 8 & LANES)) >> 8 & LANES;
            let mixed = source + rest;
            pixel.copy_from_slice(&((mixed as u32) | (mixed >> 24) as u32).to_le_bytes());
        }
        (_, below) => {
            // The pixel below counts as far as it is opaque itself; all in 255ths of 255ths.
            let left = u32::from(below) * (255 - alpha as u32);
            let whole = alpha as u32 * 255 + left;
            let colours = gathered.to_le_bytes();
            for (straight, premultiplied) in pixel.iter_mut().zip(colours).take(3) {
                let sum = u32::from(premultiplied) * 255 * 255 + u32::from(*straight) * left;
                *straight = ((sum + whole / 2) / whole).min(255) as u8;
            }
            pixel[3] = ((whole + 127) / 255) as u8;
        }
    }
}
