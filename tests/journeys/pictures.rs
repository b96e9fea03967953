//! Pictures that nobody took: small JPEGs with some PNG and WebP among them, all different.

use std::collections::BTreeMap;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};

/// Draws `count` pictures into a folder; the BLAKE3 hash of each file by its name.
pub fn draw(folder: &Path, count: u32) -> BTreeMap<String, String> {
    (0..count).map(|i| draw_one(folder, i)).collect()
}

fn draw_one(folder: &Path, i: u32) -> (String, String) {
    let (ending, format) = match i % 10 {
        3 => ("png", ImageFormat::Png),
        7 => ("webp", ImageFormat::WebP),
        _ => ("jpg", ImageFormat::Jpeg),
    };
    // Every fiftieth is large enough that a kill can fall inside it.
    let (width, height) = if i % 50 == 3 { (1400, 1000) } else { (80 + i % 40, 60 + i % 30) };
    let mut noise = i.wrapping_mul(0x9E37_79B9) | 1;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let [low, ..] = noise.to_le_bytes();
        Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, low])
    });
    let name = format!("picture {i:04}.{ending}");
    let path = folder.join(&name);
    picture.save_with_format(&path, format).unwrap();
    (name, hash(&path))
}

/// BLAKE3 of a file, hex.
pub fn hash(path: &Path) -> String {
    blake3::hash(&std::fs::read(path).unwrap()).to_hex().to_string()
}

/// Hashes of all files of a folder, by name; a folder inside is an error.
pub fn hashes(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), hash(&e.path()))).collect()
}
