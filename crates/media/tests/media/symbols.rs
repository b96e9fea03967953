//! Codes drawn module by module, `#` black, and pictures of them.

use image::{DynamicImage, GrayImage, Luma};
use qrcode::{Color, QrCode};

pub const DATA_MATRIX: &[&str] = &[
    "#.#.#.#.#.#.",
    "#.#...#...##",
    "###.#..#..#.",
    "##.#...###.#",
    "#..#..###...",
    "#.##...#...#",
    "#.##.#####..",
    "##.#.##...##",
    "####...#..#.",
    "#.##.#.###.#",
    "###..##.#.#.",
    "############",
];

/// FNC1, then AI 01.
pub const DATA_MATRIX_GS1: &[&str] = &[
    "#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.",
    "##..####.##.##.##.....###.##..##",
    "#...#.#...####..#.####......#...",
    "#.###.##.#.###.##.#..#####...#.#",
    "###..#....##....#.#..#....#.#...",
    "##...#.####..#.##..##.#..##.##.#",
    "##.#...##..#....#.#.####.##.###.",
    "################################",
];

pub const AZTEC: &[&str] = &[
    "..#...##..###..",
    "#...#.#...##.#.",
    "#.##.....#..#.#",
    ".############..",
    "##.#.......#.##",
    "...#.#####.##.#",
    "#.##.#...#.#.##",
    "#..#.#.#.#.##..",
    "##.#.#...#.#.#.",
    "...#.#####.#...",
    "...#.......#.##",
    "...############",
    ".#..###.###..##",
    ".##......#.##..",
    "###.#####.#####",
];

/// Each row is three modules high.
pub const PDF417: &[&str] = &[
    "########.#.#.#...#####.#.#.#####..##.#.#....##.....#..##....##.#....####.#.#.####....#######.#...#.#..#",
    "########.#.#.#...######.#.#...###.###...#...##...#.###.#.##......#..####.#.#..#......#######.#...#.#..#",
    "########.#.#.#...###.#.#.######...#..#####..###.##.#####.##.####..#.###.#.#...######.#######.#...#.#..#",
    "########.#.#.#...##.#.####..#####.##.#..##....###..#....##...##..#..#.#.####..####...#######.#...#.#..#",
    "########.#.#.#...###.#.###....##..####.##....##.#..#####.#.#.##.....####.#.###..###..#######.#...#.#..#",
    "########.#.#.#...####.#.####.#....#..####.....#..#.#..####....#...#.###.#.#####.#....#######.#...#.#..#",
    "########.#.#.#...###.#..###.#####.###..#..#..###...#####.####..#.##.##.#..###.####...#######.#...#.#..#",
    "########.#.#.#...#####.#..#.##....###.....#.###.##.##.###..#####..#.#.#.######.###...#######.#...#.#..#",
];

/// FNC1, then AI 01.
pub const CODE_128_GS1: &str = "##.#..###..####.#.###.##..##.##..##..#..#...##...#.###.##...#.#...##.##..##..#...#..##..####.##.##.##..##.##..#.##..#....##...###.#.##";
pub const CODE_128: &str =
    "##.#..#....##.###.#...#..####.#..#...####.#.#..#.##....#..##.###..#.###.####.#...###.##.##...#..#..#.##.###...##...###.#.##";
pub const CODE_39: &str =
    "#..#.##.##.#.##.#.#..#.##.#.#..##.#.##.#.#..#.##.##.##.#..#.#.##.##.#..#.#.##.##.#..##.#.#.#..#.##.##.#";
pub const ITF: &str = "#.#.###...#.#...#.###.#.#.###...#...###.#...#.###.###.#...#...#.###.#.###...#...###.#.#...###.###.#.#.###...#...#...###...###.#.#.###.#";
/// DataBar Omnidirectional (ISO/IEC 24724) begins with a space.
pub const DATABAR: &str = ".#.###.#..#......#..###........#.#....#.#####.#.##.#...##..##..#.#########...#.##.##...###...#.#";
pub const DATABAR_EXPANDED: &str = ".#..#....##...##.##.########....#.###....##..#.#...##.#......##...#.#.######....###.#..###......#..#.#..#####.###..##...######....#.###.##.....#..#..#...####..#.##...#.########..###...##.####.#....#.#";
pub const UPC_E: &str = "#.#..###.#..#..##.###..#..##.##.#.####..##..#.#.#.#";
pub const EAN_8: &str = "#.#.###.##.####.#.##...#..##..#.#.#.#....#.#..###.#....#.#...#..#.#";

/// The 95 modules of an EAN-13 (GS1 General Specifications, 5.2.1).
pub fn ean_13(digits: &str) -> String {
    const ODD: [&str; 10] =
        ["...##.#", "..##..#", "..#..##", ".####.#", ".#...##", ".##...#", ".#.####", ".###.##", ".##.###", "...#.##"];
    const PARITY: [&str; 10] =
        ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"];
    let inverted = |modules: &str| modules.chars().map(|module| if module == '#' { '.' } else { '#' }).collect::<String>();
    let digits: Vec<usize> = digits.bytes().map(|digit| usize::from(digit - b'0')).collect();
    let mut modules = "#.#".to_owned();
    for (&digit, parity) in digits[1..7].iter().zip(PARITY[digits[0]].chars()) {
        let even: String = inverted(ODD[digit]).chars().rev().collect();
        modules += if parity == 'L' { ODD[digit] } else { &even };
    }
    modules += ".#.#.";
    for &digit in &digits[7..] {
        modules += &inverted(ODD[digit]);
    }
    modules + "#.#"
}

pub fn qr(text: &str) -> Vec<String> {
    let code = QrCode::new(text).unwrap();
    let module = |colour: &Color| if *colour == Color::Dark { '#' } else { '.' };
    code.to_colors().chunks(code.width()).map(|row| row.iter().map(module).collect()).collect()
}

/// A page of light grey.
pub fn page(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([235]))
}

/// Draws `rows` with modules of `module` (width, height) pixels, their upper left corner at `at`.
pub fn draw(page: &mut GrayImage, rows: &[impl AsRef<str>], at: (u32, u32), module: (u32, u32)) {
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.as_ref().char_indices().filter(|(_, module)| *module == '#') {
            let (left, top) = (at.0 + x as u32 * module.0, at.1 + y as u32 * module.1);
            for (x, y) in (left..left + module.0).flat_map(|x| (top..top + module.1).map(move |y| (x, y))) {
                page.put_pixel(x, y, Luma([25]));
            }
        }
    }
}

/// A page with nothing but these rows on it.
pub fn alone(rows: &[impl AsRef<str>], module: (u32, u32)) -> DynamicImage {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap() as u32;
    let mut page = page((columns + 24) * module.0, rows.len() as u32 * module.1 + 24 * module.0);
    draw(&mut page, rows, (12 * module.0, 12 * module.0), module);
    page.into()
}

pub fn bars(modules: &str) -> DynamicImage {
    alone(&[modules], (2, 80))
}
