//! The built-in badges, drawn as shapes at the size they are shown at most: a verified seal and a crown.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Shader, Stroke, Transform,
};

use crate::data::{Image, Theme};

/// Pixels on a side; badges are shown at 14 to 20 CSS px, at up to three device px each.
const SIDE: u32 = 60;

pub(crate) fn has(slot: &str) -> bool {
    matches!(slot, "badge-verified" | "badge-crown")
}

/// The picture of a built-in badge, straight RGBA.
pub(crate) fn image(slot: &str, theme: Theme) -> Option<Image> {
    let mut pixmap = Pixmap::new(SIDE, SIDE)?;
    match slot {
        "badge-verified" => verified(&mut pixmap, theme)?,
        "badge-crown" => crown(&mut pixmap, theme)?,
        _ => return None,
    }
    let rgba =
        pixmap.pixels().iter().map(PremultipliedColorU8::demultiply).flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]);
    Some(Image { slot: slot.to_owned(), rgba: rgba.collect(), width: SIDE, height: SIDE })
}

fn verified(pixmap: &mut Pixmap, theme: Theme) -> Option<()> {
    let (seal, tick) = match theme {
        Theme::Light => ((0x0E, 0x6E, 0x86), (0xFF, 0xFF, 0xFF)),
        Theme::Dark => ((0x4F, 0xB3, 0xC8), (0x0F, 0x12, 0x15)),
    };
    let mut scallop = PathBuilder::new();
    for step in 0u16..=96 {
        let angle = f32::from(step) / 96.0 * std::f32::consts::TAU;
        let radius = 26.0 + 2.6 * (angle * 8.0).cos();
        let (x, y) = (30.0 + radius * angle.sin(), 30.0 - radius * angle.cos());
        if step == 0 {
            scallop.move_to(x, y);
        } else {
            scallop.line_to(x, y);
        }
    }
    scallop.close();
    fill(pixmap, &scallop.finish()?, seal);
    let mut check = PathBuilder::new();
    check.move_to(18.5, 31.0);
    check.line_to(26.5, 39.0);
    check.line_to(42.0, 22.5);
    line(pixmap, &check.finish()?, tick, 6.0);
    Some(())
}

fn crown(pixmap: &mut Pixmap, theme: Theme) -> Option<()> {
    let gold = match theme {
        Theme::Light => (0xC9, 0x8A, 0x12),
        Theme::Dark => (0xE9, 0xBC, 0x5A),
    };
    let mut points = PathBuilder::new();
    points.move_to(9.0, 43.0);
    points.line_to(5.0, 18.0);
    points.line_to(18.5, 28.0);
    points.line_to(30.0, 10.0);
    points.line_to(41.5, 28.0);
    points.line_to(55.0, 18.0);
    points.line_to(51.0, 43.0);
    points.close();
    let points = points.finish()?;
    fill(pixmap, &points, gold);
    line(pixmap, &points, gold, 4.0);
    let mut band = PathBuilder::new();
    band.move_to(10.0, 51.5);
    band.line_to(50.0, 51.5);
    line(pixmap, &band.finish()?, gold, 5.0);
    Some(())
}

fn paint((red, green, blue): (u8, u8, u8)) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(Color::from_rgba8(red, green, blue, 255)), anti_alias: true, ..Paint::default() }
}

fn fill(pixmap: &mut Pixmap, path: &Path, rgb: (u8, u8, u8)) {
    pixmap.fill_path(path, &paint(rgb), FillRule::Winding, Transform::identity(), None);
}

fn line(pixmap: &mut Pixmap, path: &Path, rgb: (u8, u8, u8), width: f32) {
    let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
    pixmap.stroke_path(path, &paint(rgb), &stroke, Transform::identity(), None);
}
