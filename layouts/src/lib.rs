//! Card layouts and their renderer: (layout, data, pictures, view) to pixels, and nothing else. No I/O, no clock, no system fonts; the
//! same input gives the same bytes.
//!
//! A layout is a file of HTML with inline styles, a small subset of both, with minijinja's `{{ value }}`, `{% if %}` and `{% for %}`.
//! It may come from anywhere, so it is judged twice: its template when it is parsed, and what the template wrote each time it is drawn,
//! by the same parser that draws it. Pictures are named slots; nothing in a layout can name a place.

mod cost;
mod data;
mod draw;
mod fonts;
mod icons;
mod locale;
mod markup;
mod money;
mod probes;
mod style;
mod template;
mod text;
mod theme;
mod words;

use draw::Script;

pub use data::{Availability, CardData, Image, Price, Theme, View};
pub use money::price_text;

/// The layouts that come with Stoa: id and bytes, as a catalog puts them and as the reader falls back to them.
pub const BUILT_IN: &[(&str, &[u8])] = &[
    ("compact", include_bytes!("../compact.html")),
    ("wide", include_bytes!("../wide.html")),
    ("picture", include_bytes!("../picture.html")),
    ("price", include_bytes!("../price.html")),
    ("kiosk", include_bytes!("../kiosk.html")),
];

/// The largest layout file, in bytes.
pub const SOURCE_CAP: usize = 32 * 1024;
/// The most elements and texts a drawn layout has.
pub const NODES_CAP: usize = 200;
/// The largest card, in CSS pixels on a side.
pub const SIDE_CAP: u32 = 1024;

/// No admitted card takes longer to draw.
pub const DEADLINE: std::time::Duration = std::time::Duration::from_millis(250);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Larger than a stated cap, or more work than a layout may cause.
    #[error("layout: {0}")]
    TooMuch(String),
    /// Outside the language of layouts.
    #[error("layout: {0}")]
    Refused(String),
    /// The data or pictures handed in are out of their limits.
    #[error("card data: {0}")]
    Data(String),
    /// The drawing library gave up.
    #[error("drawing: {0}")]
    Drawing(String),
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMuch(_) => "too_much",
            Self::Refused(_) => "refused",
            Self::Data(_) => "data",
            Self::Drawing(_) => "drawing",
        }
    }
}

/// A layout that passed the linter.
#[derive(Clone, Debug)]
pub struct Layout {
    source: String,
}

/// A drawn card: straight RGBA, row by row, `width * height * 4` bytes, in device pixels.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub rgba: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

impl Drawn {
    /// The card as PNG, packed for speed: a tenth of the time of lossy WebP, every pixel as drawn, six times the bytes.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(self.rgba.len() / 4);
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.rgba)?;
            writer.finish()
        });
        written.map_err(|error| Error::Drawing(error.to_string()))?;
        Ok(bytes)
    }
}

impl Layout {
    /// Reads and lints a layout: its template, and what it writes for a full and for a bare product.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > SOURCE_CAP {
            return Err(Error::TooMuch(format!("more than {SOURCE_CAP} bytes")));
        }
        let source = std::str::from_utf8(bytes).map_err(|_| Error::Refused("not UTF-8".to_owned()))?;
        template::lint(source)?;
        let layout = Self { source: source.to_owned() };
        for (data, slots) in probes::all() {
            for theme in [Theme::Light, Theme::Dark] {
                let html = template::fill(&layout.source, &data, &slots, &View { locale: "en", theme, scale: 1 })?;
                // What cannot be drawn at twice the size is refused before anybody sends it.
                cost::check(&markup::parse(&html)?, &[], 2)?;
            }
        }
        Ok(layout)
    }
}

/// Draws the card, mirrored when the product's name runs from right to left. Takes some 3 to 30 ms, the first one in a script included;
/// what may take longer than [`DEADLINE`] by its cost is refused before it is drawn. A release build keeps it; on a slow machine the caller
/// gives up waiting.
/// `images` are straight RGBA; slots are `photo`, `logo` and `badge-` with a badge's id. Badges `verified` and `crown` are built in.
pub fn render(layout: &Layout, data: &CardData, images: &[Image], view: &View<'_>) -> Result<Drawn, Error> {
    data::check(data, images, view)?;
    let slots: Vec<&str> = images.iter().map(|image| image.slot.as_str()).collect();
    let html = template::fill(&layout.source, data, &slots, view)?;
    let root = markup::parse(&html)?;
    cost::check(&root, images, view.scale)?;
    let (fonts, families) = (fonts::all()?, fonts::families(&html));
    let named = data.name.chars().find_map(text::strong);
    let right_to_left = named.unwrap_or_else(|| locale::is_right_to_left(view.locale));
    draw::draw(&root, images, view, &Script { fonts, families, right_to_left })
}
