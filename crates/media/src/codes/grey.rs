//! A picture in grey, and the forms of it in which a code may be legible.

use image::DynamicImage;

/// Grey, 8 bits, rows from the top without padding.
#[derive(Clone)]
pub struct Grey {
    pub width: usize,
    pub height: usize,
    pub samples: Vec<u8>,
}

const WHITE: u32 = 255;
/// Opaque pixels all lighter than this are meant for a dark ground.
const LIGHT: u8 = 128;

impl Grey {
    /// Brightness by Rec. 601; what is transparent shows white, or black when all else is light.
    pub fn of(raster: DynamicImage) -> Self {
        let (width, height) = (raster.width() as usize, raster.height() as usize);
        let samples = if raster.color().has_alpha() {
            flat(&raster.into_rgba8())
        } else {
            match raster {
                DynamicImage::ImageLuma8(grey) => grey.into_raw(),
                raster => raster.into_rgb8().as_raw().chunks_exact(3).map(brightness).collect(),
            }
        };
        Self { width, height, samples }
    }

    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.samples[y * self.width + x]
    }

    /// Between the pixels, linearly; `x` and `y` lie within the picture.
    pub fn between(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let along = |row: usize| {
            let (one, other) = (f32::from(self.at(left, row)), f32::from(self.at(right, row)));
            one + (other - one) * (x - left as f32)
        };
        along(top) + (along(bottom) - along(top)) * (y - top as f32)
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.width..][..self.width]
    }

    pub fn inverted(&self) -> Self {
        Self { width: self.width, height: self.height, samples: self.samples.iter().map(|grey| 255 - grey).collect() }
    }

    /// With a white margin: a code that touches the edge has its quiet zone.
    pub fn with_margin(&self, margin: usize) -> Self {
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut samples = vec![255; width * height];
        for y in 0..self.height {
            samples[(y + margin) * width + margin..][..self.width].copy_from_slice(self.row(y));
        }
        Self { width, height, samples }
    }

    /// `factor` times as large, between the pixels linearly.
    pub fn enlarged(&self, factor: usize) -> Self {
        let mut samples = Vec::with_capacity(self.samples.len() * factor * factor);
        for y in 0..self.height * factor {
            let (top, bottom, down) = between(y, factor, self.height);
            let (top, bottom) = (self.row(top), self.row(bottom));
            for x in 0..self.width * factor {
                let (left, right, along) = between(x, factor, self.width);
                let mix = |row: &[u8]| f32::from(row[left]) * (1.0 - along) + f32::from(row[right]) * along;
                samples.push((mix(top) * (1.0 - down) + mix(bottom) * down).round() as u8);
            }
        }
        Self { width: self.width * factor, height: self.height * factor, samples }
    }

    /// Half as large, by the mean of four.
    pub fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            let (top, bottom) = (self.row(2 * y), self.row((2 * y + 1).min(self.height - 1)));
            for x in 0..width {
                let (left, right) = (2 * x, (2 * x + 1).min(self.width - 1));
                let sum: u16 = [top[left], top[right], bottom[left], bottom[right]].into_iter().map(u16::from).sum();
                samples.push(((sum + 2) / 4) as u8);
            }
        }
        Self { width, height, samples }
    }

    pub fn shorter(&self) -> usize {
        self.width.min(self.height)
    }

    /// Whites `area` out.
    pub fn erase(&mut self, area: &Area) {
        let within =
            |from: f32, to: f32, size: usize| (from.max(0.0) as usize).min(size)..(to.max(0.0).ceil() as usize).min(size);
        let columns = within(area.left, area.right + 1.0, self.width);
        for y in within(area.top, area.bottom + 1.0, self.height) {
            self.samples[y * self.width..][..self.width][columns.clone()].fill(255);
        }
    }
}

/// A rectangle, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    /// The least that holds all points; none of no points.
    pub fn around(points: impl IntoIterator<Item = (f32, f32)>) -> Option<Self> {
        let each = points.into_iter().map(|(x, y)| Self { left: x, top: y, right: x, bottom: y });
        each.reduce(|one, other| one.with(&other))
    }

    pub fn with(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.left <= other.right && other.left <= self.right && self.top <= other.bottom && other.top <= self.bottom
    }

    pub fn moved(&self, by: f32) -> Self {
        Self { left: self.left + by, top: self.top + by, right: self.right + by, bottom: self.bottom + by }
    }

    pub fn scaled(&self, by: f32) -> Self {
        Self { left: self.left * by, top: self.top * by, right: self.right * by, bottom: self.bottom * by }
    }

    /// Larger on every side by a part of its longer side.
    pub fn grown(&self, part: f32) -> Self {
        let by = (self.right - self.left).max(self.bottom - self.top) * part;
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }
}

fn between(at: usize, factor: usize, size: usize) -> (usize, usize, f32) {
    let at = ((at as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, (size - 1) as f32);
    let first = at as usize;
    (first, (first + 1).min(size - 1), at - first as f32)
}

fn brightness(rgb: &[u8]) -> u8 {
    ((u32::from(rgb[0]) * 299 + u32::from(rgb[1]) * 587 + u32::from(rgb[2]) * 114 + 500) / 1000) as u8
}

fn flat(rgba: &image::RgbaImage) -> Vec<u8> {
    let opaque = || rgba.pixels().filter(|pixel| pixel.0[3] > 127);
    let all_light = opaque().all(|pixel| brightness(&pixel.0) >= LIGHT) && rgba.pixels().any(|pixel| pixel.0[3] < 128);
    let ground = if all_light { 0 } else { WHITE };
    let over = |pixel: &image::Rgba<u8>| {
        let alpha = u32::from(pixel.0[3]);
        ((u32::from(brightness(&pixel.0)) * alpha + ground * (255 - alpha) + 127) / 255) as u8
    };
    rgba.pixels().map(over).collect()
}
