//! From the judged elements to pixels, by takumi.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use takumi::prelude::{
    Direction, FontFamily, Fonts, ImageData, ImageSourceInput, Node, RenderOptions, RgbaImage, Style, StyleDeclarationBlock,
    Viewport,
};

use crate::data::{Image, Theme, View};
use crate::markup::{Child, Element, Kind};
use crate::{Drawn, Error, icons, style, text};

/// Time and memory go with the pixels of a card.
const PIXELS_CAP: u32 = 3_000_000;

/// What the card's texts say about how to write them.
pub(crate) struct Script {
    pub(crate) fonts: &'static Fonts,
    /// The CSS list of those among `fonts` that may be used.
    pub(crate) families: String,
    pub(crate) right_to_left: bool,
}

pub(crate) fn draw(root: &Element, images: &[Image], view: &View<'_>, script: &Script) -> Result<Drawn, Error> {
    let (width, height) = style::root_size(&root.style)?;
    if width * height * view.scale * view.scale > PIXELS_CAP {
        return Err(Error::TooMuch(format!("a card of more than {PIXELS_CAP} device pixels")));
    }
    let mut pictures = Pictures { images, theme: view.theme, ready: HashMap::new() };
    let node = node(root, &mut pictures, Some(script))?.with_dir(direction(script.right_to_left));
    let viewport = Viewport::new((width * view.scale, height * view.scale)).with_device_pixel_ratio(view.scale as f32);
    let fallback = FontFamily::from_names(script.families.split(", ").map(str::to_owned));
    let options =
        RenderOptions::builder().viewport(viewport).fonts(script.fonts).font_families(Some(fallback)).node(node).build();
    // The library is young: a panic in it costs this card, not the program.
    let drawn = catch_unwind(AssertUnwindSafe(|| takumi::render(options)));
    let bitmap = match drawn {
        Ok(drawn) => drawn.map_err(|error| Error::Drawing(error.to_string()))?,
        Err(_) => return Err(Error::Drawing("the drawing library failed".to_owned())),
    };
    Ok(Drawn { width: bitmap.width(), height: bitmap.height(), rgba: bitmap.into_raw() })
}

/// Pictures by slot, each made ready once.
struct Pictures<'a> {
    images: &'a [Image],
    theme: Theme,
    ready: HashMap<String, Option<RgbaImage>>,
}

impl Pictures<'_> {
    fn get(&mut self, slot: &str) -> Result<Option<RgbaImage>, Error> {
        if let Some(ready) = self.ready.get(slot) {
            return Ok(ready.clone());
        }
        let given = self.images.iter().find(|image| image.slot == slot).cloned();
        let image = given.or_else(|| icons::image(slot, self.theme));
        let made = image.map(|image| {
            // Most photos are: nothing is left to multiply.
            let opaque = image.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255);
            RgbaImage::new(image.rgba, image.width, image.height, opaque)
        });
        let made = made.transpose();
        let made = made.map_err(|error| Error::Data(error.to_string()))?;
        self.ready.insert(slot.to_owned(), made.clone());
        Ok(made)
    }
}

fn node(element: &Element, pictures: &mut Pictures<'_>, script: Option<&Script>) -> Result<Node, Error> {
    let made = match (&element.kind, element.children.as_slice()) {
        (Kind::Image(slot), _) => match pictures.get(slot)? {
            Some(image) => Node::image(ImageData { src: ImageSourceInput::Rgba(image), width: None, height: None }),
            None => Node::container([]),
        },
        (_, [Child::Text(text)]) => Node::text(text::shown(text)),
        (_, children) => {
            Node::container(children.iter().map(|child| self::child(child, pictures)).collect::<Result<Vec<_>, _>>()?)
        }
    };
    let base = match (&element.kind, script) {
        // Texts of either direction stand at the edge where the card begins.
        (_, Some(script)) => {
            let (families, edge) = (&script.families, if script.right_to_left { "right" } else { "left" });
            format!("display: flex; font-family: {families}; text-align: {edge}; font-size: 14px; line-height: 20px; ")
        }
        (Kind::Div, None) => "display: block; ".to_owned(),
        (Kind::Span, None) => "display: inline; ".to_owned(),
        (Kind::Image(_), None) => "display: block; ".to_owned(),
    };
    let css = format!("box-sizing: border-box; {base}{}", element.style);
    let made =
        made.with_style(Style::from(css.parse::<StyleDeclarationBlock>().map_err(|error| Error::Refused(error.to_string()))?));
    Ok(match element.auto_direction.then(|| runs_right_to_left(element)).flatten() {
        Some(right_to_left) => made.with_dir(direction(right_to_left)),
        None => made,
    })
}

fn direction(right_to_left: bool) -> Direction {
    if right_to_left { Direction::Rtl } else { Direction::Ltr }
}

fn child(child: &Child, pictures: &mut Pictures<'_>) -> Result<Node, Error> {
    match child {
        Child::Element(element) => node(element, pictures, None),
        Child::Text(text) => Ok(Node::text(text::shown(text))),
    }
}

fn runs_right_to_left(element: &Element) -> Option<bool> {
    let texts =
        element.children.iter().filter_map(|child| if let Child::Text(text) = child { Some(text.as_str()) } else { None });
    texts.flat_map(str::chars).find_map(text::strong)
}
