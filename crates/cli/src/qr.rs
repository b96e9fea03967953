//! QR codes, in a terminal or a file.

use std::path::Path;

use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use stoa_core::api::{Code, Error, Result};

/// In half blocks, two modules high, for a terminal.
pub fn text(link: &str) -> Result<String> {
    Ok(code(link)?.render::<unicode::Dense1x2>().quiet_zone(true).build())
}

fn code(link: &str) -> Result<QrCode> {
    QrCode::new(link).map_err(|error| Error::new(Code::Internal, format!("the QR code cannot be drawn: {error}")))
}

/// Into a file that ends in .svg or .png.
pub fn draw(link: &str, file: &Path) -> Result<()> {
    let code = code(link)?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("svg") => {
            let svg = code.render::<svg::Color>().min_dimensions(320, 320).build();
            std::fs::write(file, svg).map_err(|error| unwritable(file, &error))
        }
        Some("png") => png(&code).save(file).map_err(|error| unwritable(file, &error)),
        _ => Err(Error::new(Code::BadRequest, "a QR code is drawn into a file that ends in .svg or .png")),
    }
}

fn png(code: &QrCode) -> image::GrayImage {
    const MODULE: u32 = 8;
    const QUIET: u32 = 4;
    let modules = u32::try_from(code.width()).unwrap_or(0);
    let side = (modules + 2 * QUIET) * MODULE;
    image::GrayImage::from_fn(side, side, |x, y| {
        let (column, row) = ((x / MODULE).wrapping_sub(QUIET), (y / MODULE).wrapping_sub(QUIET));
        let dark = column < modules && row < modules && code[(column as usize, row as usize)] == qrcode::Color::Dark;
        image::Luma([if dark { 0 } else { 255 }])
    })
}

fn unwritable(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", file.display()))
}
