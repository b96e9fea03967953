//! Shapes and colours for still lifes, on tiny-skia.

use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, RadialGradient,
    Rect, Shader, SpreadMode, Stroke, Transform,
};

/// 0xRRGGBB.
pub(super) type Rgb = u32;

pub(super) struct Canvas(pub(super) Pixmap);

impl Canvas {
    /// Wall and table: two gradients that meet at a horizon.
    pub(super) fn ground(&mut self, wall: Rgb, table: Rgb) {
        self.fill(&rect(0.0, 0.0, 800.0, 800.0), &down(0.0, 800.0, &[(wall, 1.0), (table, 1.0)]));
        let light = radial((300.0, 260.0), 560.0, &[(0xFFFFFF, 0.75), (0xFFFFFF, 0.0)]);
        self.fill(&rect(0.0, 0.0, 800.0, 800.0), &light);
        self.fill(&rect(0.0, 590.0, 800.0, 210.0), &down(590.0, 800.0, &[(0x000000, 0.05), (0x000000, 0.14)]));
    }

    pub(super) fn shadow(&mut self, y: f32, half_width: f32) {
        let squash = Transform::from_row(1.0, 0.0, 0.0, 0.16, 0.0, y * 0.84);
        let shade = radial((430.0, y), half_width, &[(0x1D1408, 0.42), (0x1D1408, 0.2), (0x1D1408, 0.0)]);
        let paint = Paint { shader: shade, anti_alias: true, ..Paint::default() };
        let disc = PathBuilder::from_circle(430.0, y, half_width);
        if let Some(disc) = disc {
            self.0.fill_path(&disc, &paint, FillRule::Winding, squash, None);
        }
    }

    pub(super) fn fill(&mut self, path: &Option<Path>, shader: &Shader<'static>) {
        let paint = Paint { shader: shader.clone(), anti_alias: true, ..Paint::default() };
        if let Some(path) = path {
            self.0.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    pub(super) fn line(&mut self, path: &Option<Path>, shader: &Shader<'static>, width: f32) {
        let paint = Paint { shader: shader.clone(), anti_alias: true, ..Paint::default() };
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        if let Some(path) = path {
            self.0.stroke_path(path, &paint, &stroke, Transform::identity(), None);
        }
    }
}

fn color(rgb: Rgb, alpha: f32) -> Color {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color::from_rgba(f32::from(r) / 255.0, f32::from(g) / 255.0, f32::from(b) / 255.0, alpha).unwrap_or(Color::BLACK)
}

pub(super) fn flat(rgb: Rgb, alpha: f32) -> Shader<'static> {
    Shader::SolidColor(color(rgb, alpha))
}

fn stops(colors: &[(Rgb, f32)]) -> Vec<GradientStop> {
    let last = colors.len().saturating_sub(1).max(1) as f32;
    colors.iter().enumerate().map(|(index, &(rgb, alpha))| GradientStop::new(index as f32 / last, color(rgb, alpha))).collect()
}

fn linear(from: Point, to: Point, colors: &[(Rgb, f32)]) -> Shader<'static> {
    LinearGradient::new(from, to, stops(colors), SpreadMode::Pad, Transform::identity())
        .unwrap_or(Shader::SolidColor(Color::BLACK))
}

pub(super) fn down(top: f32, bottom: f32, colors: &[(Rgb, f32)]) -> Shader<'static> {
    linear(Point::from_xy(0.0, top), Point::from_xy(0.0, bottom), colors)
}

pub(super) fn across(left: f32, right: f32, colors: &[(Rgb, f32)]) -> Shader<'static> {
    linear(Point::from_xy(left, 0.0), Point::from_xy(right, 0.0), colors)
}

pub(super) fn radial(center: (f32, f32), radius: f32, colors: &[(Rgb, f32)]) -> Shader<'static> {
    let center = Point::from_xy(center.0, center.1);
    RadialGradient::new(center, 0.0, center, radius, stops(colors), SpreadMode::Pad, Transform::identity())
        .unwrap_or(Shader::SolidColor(Color::BLACK))
}

pub(super) fn rect(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect)
}

pub(super) fn oval(x: f32, y: f32, half_width: f32, half_height: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_ltrb(x - half_width, y - half_height, x + half_width, y + half_height)?)
}

pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.quad_to(right, y, right, y + radius);
    path.line_to(right, bottom - radius);
    path.quad_to(right, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.quad_to(x, bottom, x, bottom - radius);
    path.line_to(x, y + radius);
    path.quad_to(x, y, x + radius, y);
    path.close();
    path.finish()
}

pub(super) fn hexagon(x: f32, y: f32, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    for corner in 0u8..6 {
        let angle = f32::from(corner) * std::f32::consts::FRAC_PI_3 + std::f32::consts::FRAC_PI_6;
        let (px, py) = (x + radius * angle.cos(), y + radius * angle.sin());
        if corner == 0 {
            path.move_to(px, py);
        } else {
            path.line_to(px, py);
        }
    }
    path.close();
    path.finish()
}

pub(super) fn curve(from: (f32, f32), bend: (f32, f32), to: (f32, f32)) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.quad_to(bend.0, bend.1, to.0, to.1);
    path.finish()
}

/// A lens between two points, `belly` thick to each side.
pub(super) fn leaf(from: (f32, f32), to: (f32, f32), belly: f32) -> Option<Path> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (nx, ny) = (-dy / length * belly * 2.0, dx / length * belly * 2.0);
    let middle = (from.0 + dx * 0.5, from.1 + dy * 0.5);
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.quad_to(middle.0 + nx, middle.1 + ny, to.0, to.1);
    path.quad_to(middle.0 - nx, middle.1 - ny, from.0, from.1);
    path.close();
    path.finish()
}
