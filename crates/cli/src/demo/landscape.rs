//! Eight landscapes, drawn from numbers: sky, sun or moon, clouds, ridges in haze, sea with a path of light.

use std::path::Path;

use anyhow::Context;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1067;
const QUALITY: u8 = 88;

type Colour = [f32; 3];

struct Scene {
    file: &'static str,
    seed: u32,
    /// Zenith, middle, horizon.
    sky: [Colour; 3],
    /// Sun or moon: place in parts of width and height, radius, colour, reach of its glow.
    light: (f32, f32, f32, Colour, f32),
    stars: bool,
    /// 0 is a clear sky, 1 an overcast one.
    clouds: f32,
    /// The nearest ridge's colour; farther ones fade into the horizon's.
    land: Colour,
    ridges: u32,
    /// Where the far ridge stands, in parts of the height.
    horizon: f32,
    sea: Option<Colour>,
}

#[rustfmt::skip]
const SCENES: [Scene; 8] = [
    Scene { file: "01 first light.jpg", seed: 11, sky: [[0.16, 0.24, 0.46], [0.76, 0.52, 0.55], [0.99, 0.78, 0.53]],
        light: (0.62, 0.56, 0.030, [1.0, 0.93, 0.74], 0.30), stars: false, clouds: 0.35, land: [0.10, 0.12, 0.20], ridges: 3, horizon: 0.60, sea: Some([0.12, 0.22, 0.36]) },
    Scene { file: "02 晨雾.jpg", seed: 23, sky: [[0.55, 0.68, 0.76], [0.78, 0.85, 0.86], [0.94, 0.93, 0.87]],
        light: (0.30, 0.30, 0.036, [1.0, 0.98, 0.90], 0.34), stars: false, clouds: 0.25, land: [0.12, 0.25, 0.24], ridges: 7, horizon: 0.42, sea: None },
    Scene { file: "03 noon over the bay.jpg", seed: 37, sky: [[0.13, 0.42, 0.76], [0.40, 0.66, 0.88], [0.80, 0.90, 0.94]],
        light: (0.80, 0.12, 0.034, [1.0, 1.0, 0.94], 0.22), stars: false, clouds: 0.60, land: [0.20, 0.32, 0.20], ridges: 3, horizon: 0.52, sea: Some([0.03, 0.36, 0.52]) },
    Scene { file: "04 olive hills.jpg", seed: 41, sky: [[0.33, 0.56, 0.80], [0.66, 0.79, 0.87], [0.97, 0.91, 0.78]],
        light: (0.18, 0.24, 0.030, [1.0, 0.96, 0.82], 0.28), stars: false, clouds: 0.42, land: [0.27, 0.31, 0.11], ridges: 6, horizon: 0.46, sea: None },
    Scene { file: "05 落日.jpg", seed: 59, sky: [[0.20, 0.14, 0.36], [0.79, 0.30, 0.32], [1.00, 0.66, 0.30]],
        light: (0.42, 0.54, 0.052, [1.0, 0.83, 0.48], 0.36), stars: false, clouds: 0.50, land: [0.09, 0.05, 0.11], ridges: 2, horizon: 0.60, sea: Some([0.20, 0.10, 0.22]) },
    Scene { file: "06 storm passing.jpg", seed: 61, sky: [[0.20, 0.25, 0.31], [0.42, 0.48, 0.53], [0.86, 0.80, 0.68]],
        light: (0.70, 0.50, 0.020, [1.0, 0.95, 0.80], 0.20), stars: false, clouds: 0.70, land: [0.08, 0.13, 0.14], ridges: 4, horizon: 0.55, sea: Some([0.13, 0.23, 0.27]) },
    Scene { file: "07 blue hour.jpg", seed: 73, sky: [[0.04, 0.08, 0.22], [0.15, 0.25, 0.47], [0.62, 0.55, 0.62]],
        light: (0.74, 0.22, 0.022, [0.97, 0.96, 0.90], 0.16), stars: true, clouds: 0.15, land: [0.03, 0.05, 0.11], ridges: 5, horizon: 0.54, sea: None },
    Scene { file: "08 月光海.jpg", seed: 89, sky: [[0.01, 0.02, 0.07], [0.05, 0.10, 0.22], [0.20, 0.29, 0.42]],
        light: (0.34, 0.24, 0.034, [0.98, 0.97, 0.92], 0.22), stars: true, clouds: 0.22, land: [0.01, 0.02, 0.05], ridges: 2, horizon: 0.58, sea: Some([0.02, 0.06, 0.13]) },
];

/// Draws all of them into the folder, on every processor.
pub fn draw_all(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(SCENES.len());
        let share = SCENES.len().div_ceil(threads);
        let drawing: Vec<_> =
            SCENES.chunks(share).map(|scenes| scope.spawn(|| scenes.iter().try_for_each(|scene| write(scene, folder)))).collect();
        drawing.into_iter().try_for_each(|thread| thread.join().ok().context("a picture was not drawn")?)
    })
}

fn write(scene: &Scene, folder: &Path) -> anyhow::Result<()> {
    let ridges: Vec<Vec<f32>> = (0..scene.ridges).map(|ridge| scene.ridge(ridge)).collect();
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| scene.pixel(x, y, &ridges));
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join(scene.file))?);
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode_image(&picture)?;
    Ok(())
}

impl Scene {
    /// The upper edge of a ridge for every column, in parts of the height. 0 is the farthest.
    fn ridge(&self, ridge: u32) -> Vec<f32> {
        let near = (ridge + 1) as f32 / self.ridges as f32;
        // Before a sea the ridges keep to the horizon and leave the middle open.
        let room = if self.sea.is_some() { 0.02 } else { 0.46 };
        let base = self.horizon + near * room;
        let height = if self.sea.is_some() { 0.13 } else { 0.10 + 0.08 * near };
        (0..WIDTH)
            .map(|x| {
                let across = x as f32 / WIDTH as f32;
                let rough = fbm(across * (2.0 + 2.5 * near) + ridge as f32 * 17.3, 0.5, self.seed + ridge, 6);
                let shore = if self.sea.is_some() {
                    let side = if (self.seed + ridge).is_multiple_of(2) { across } else { 1.0 - across };
                    smooth(0.35, 1.0, side + 0.10 * ridge as f32) * 1.5 - 0.35
                } else {
                    0.55
                };
                base - height * (rough - 0.5 + shore)
            })
            .collect()
    }

    fn pixel(&self, x: u32, y: u32, ridges: &[Vec<f32>]) -> Rgb<u8> {
        let (across, down) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
        let nearest = (0..ridges.len()).rev().find(|ridge| down >= ridges[*ridge][x as usize]);
        let colour = match (nearest, self.sea) {
            (_, Some(sea)) if down >= self.horizon + 0.02 => self.water(across, down, sea),
            (Some(ridge), _) => self.land(across, down, ridge, ridges[ridge][x as usize]),
            (None, _) => self.heaven(x, y, across, down),
        };
        // Grain keeps the long gradients from banding.
        let grain = (hash(x, y, self.seed) - 0.5) * 0.016;
        Rgb(colour.map(|part| ((part + grain).clamp(0.0, 1.0) * 255.0).round() as u8))
    }

    fn heaven(&self, x: u32, y: u32, across: f32, down: f32) -> Colour {
        let mut colour = self.gradient(down / self.horizon);
        if self.stars && hash(x / 2, y / 2, self.seed + 5) > 0.9988 {
            let shine = hash(x / 2, y / 2, self.seed + 6) * smooth(self.horizon, 0.1, down);
            colour = mix(colour, [1.0, 1.0, 0.96], shine);
        }
        let (left, top, radius, light, reach) = self.light;
        let distance = ((across - left) * 1.5).hypot(down - top);
        colour = add(colour, light, 0.55 * (-distance / reach * 2.2).exp());
        colour = mix(colour, light, smooth(radius + 0.0025, radius - 0.0025, distance));
        let cloud = fbm(across * 3.2, down * 9.0, self.seed + 40, 5);
        let cover = smooth(1.0 - 0.62 * self.clouds, 1.22 - 0.62 * self.clouds, cloud + 0.28);
        let lit = mix(self.gradient(0.55), light, 0.35 + 0.45 * (-distance * 2.4).exp());
        mix(colour, lit, cover * 0.85)
    }

    fn gradient(&self, down: f32) -> Colour {
        let [zenith, middle, horizon] = self.sky;
        if down < 0.55 { mix(zenith, middle, smooth(0.0, 0.55, down)) } else { mix(middle, horizon, smooth(0.55, 1.0, down)) }
    }

    fn land(&self, across: f32, down: f32, ridge: usize, edge: f32) -> Colour {
        let near = (ridge + 1) as f32 / self.ridges as f32;
        let haze = mix(self.sky[2], self.sky[1], 0.35);
        let base = mix(haze, self.land, near.powf(0.75));
        let texture = fbm(across * 60.0, down * 90.0, self.seed + 70 + ridge as u32, 3) - 0.5;
        let shade = 1.0 + texture * 0.22 * near;
        // Mist gathers at the foot of each ridge.
        let mist = smooth(0.0, 0.20, down - edge) * 0.45 * (1.0 - near * 0.75);
        mix(base.map(|part| part * shade), haze, mist)
    }

    fn water(&self, across: f32, down: f32, sea: Colour) -> Colour {
        let depth = ((down - self.horizon) / (1.0 - self.horizon)).clamp(0.0, 1.0);
        let mirrored = self.gradient(1.0 - depth * 0.9);
        let wave = fbm(across * (26.0 - 18.0 * depth), depth.powf(0.45) * 95.0, self.seed + 90, 3);
        let mut colour = mix(mirrored, sea, 0.42 + 0.40 * depth + (wave - 0.5) * 0.38);
        let (left, _, _, light, _) = self.light;
        let path = (-((across - left) / (0.035 + 0.16 * depth)).powi(2)).exp();
        let glint = smooth(0.50, 0.74, wave) * path;
        colour = add(colour, light, 0.10 * path * (1.0 - depth));
        mix(colour, light, glint * 0.85)
    }
}

fn mix(from: Colour, to: Colour, part: f32) -> Colour {
    let part = part.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * part)
}

fn add(colour: Colour, light: Colour, part: f32) -> Colour {
    [0, 1, 2].map(|i| colour[i] + light[i] * part * (1.0 - colour[i]))
}

fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Fractal value noise, 0 to 1.
fn fbm(x: f32, y: f32, seed: u32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut scale, mut total) = (0.0, 0.5, 1.0, 0.0);
    for octave in 0..octaves {
        sum += weight * noise(x * scale, y * scale, seed.wrapping_add(octave * 131));
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (smooth(0.0, 1.0, x - column), smooth(0.0, 1.0, y - row));
    let at = |dx: i32, dy: i32| hash((column as i32 + dx) as u32, (row as i32 + dy) as u32, seed);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
    top + (bottom - top) * v
}

/// 0 to 1, the same for the same numbers.
fn hash(x: u32, y: u32, seed: u32) -> f32 {
    let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    (h >> 8) as f32 / 16_777_216.0
}
