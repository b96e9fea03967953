//! QR codes, in a terminal or a file.

use std::path::Path;

use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use stoa_core::api::{Code, Error, Result};

/// In half blocks, two modules high, for a terminal; black on white whatever its colours, since many readers fail on inverted codes.
pub fn text(link: &str) -> Result<String> {
    let drawn = code(link)?.render::<unicode::Dense1x2>().quiet_zone(true).build();
    Ok(drawn.lines().map(|line| format!("\x1b[38;5;16;48;5;231m{line}\x1b[0m")).collect::<Vec<_>>().join("\n"))
}

/// Whether `draw` can: to be asked before anything is done for the code.
///
/// # Errors
/// `bad_request` for another ending, `file_unreadable` for a folder that is not there.
pub fn can_draw(file: &Path) -> Result<()> {
    ending(file)?;
    match std::path::absolute(file)?.parent() {
        Some(folder) if folder.is_dir() && !file.is_dir() => Ok(()),
        _ => Err(Error::new(Code::FileUnreadable, format!("{} cannot be written: there is no such folder", file.display()))),
    }
}

/// Into a file that ends in .svg or .png.
pub fn draw(link: &str, file: &Path) -> Result<()> {
    let code = code(link)?;
    match ending(file)? {
        Ending::Svg => {
            let svg = code.render::<svg::Color>().min_dimensions(320, 320).build();
            std::fs::write(file, svg).map_err(|error| unwritable(file, &error))
        }
        Ending::Png => {
            let written = png(&code).save_with_format(file, image::ImageFormat::Png);
            written.map_err(|error| unwritable(file, &error))
        }
    }
}

enum Ending {
    Svg,
    Png,
}

fn ending(file: &Path) -> Result<Ending> {
    match file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok(Ending::Svg),
        Some("png") => Ok(Ending::Png),
        _ => Err(Error::new(Code::BadRequest, "a QR code is drawn into a file that ends in .svg or .png")),
    }
}

fn code(link: &str) -> Result<QrCode> {
    QrCode::new(link).map_err(|error| Error::new(Code::Internal, format!("the QR code cannot be drawn: {error}")))
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
