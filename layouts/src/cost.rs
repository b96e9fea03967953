//! What drawing a card takes at most, in nanoseconds of a release build, reckoned from its elements before anything is drawn: every
//! property by the pixels it may touch, every letter by its size. `examples/cost.rs` measures what the figures here stand for.

use crate::Error;
use crate::data::Image;
use crate::markup::{Child, Element, Kind};
use crate::style;

/// The most that is drawn. Callers give up after 250 ms.
pub(crate) const BUDGET: u64 = 180_000_000;

/// Per device pixel.
const FILL: u64 = 3;
const ROUND_FILL: u64 = 6;
const BORDER: u64 = 5;
const THIN_BORDER: u64 = 2;
const GRADIENT: u64 = 13;
const PICTURE: u64 = 12;
const SHADOW: u64 = 18;
/// And as much again for every two device pixels of radius.
const BLUR: u64 = 1;
const COLOUR_FILTER: u64 = 16;
const OPACITY: u64 = 8;
const TURN: u64 = 70;
const ROUND_CLIP: u64 = 6;
/// Per pixel of a picture as it was given: once to read it, and each time it is scaled down.
const SOURCE_PIXEL: u64 = 6;
/// Per letter, and per device pixel of the square it stands in.
const LETTER: u64 = 2_000;
const LETTER_PIXEL: u64 = 1;
/// Per element.
const ELEMENT: u64 = 20_000;

/// Refuses a card that would take longer than the budget.
pub(crate) fn check(root: &Element, images: &[Image], scale: u32) -> Result<(), Error> {
    let (width, height) = style::root_size(&root.style)?;
    let card = Card { width: width.into(), height: height.into(), scale: scale.into(), images };
    let read: u64 = images.iter().map(source_pixels).sum::<u64>() * SOURCE_PIXEL;
    let cost = card.element(root, Inherited { letter: 14, blurs: 0 }) + read;
    if cost > BUDGET {
        let (cost, budget) = (cost / 1_000_000, BUDGET / 1_000_000);
        return Err(Error::TooMuch(format!(
            "drawing it at {scale}x may take {cost} ms; {budget} are allowed: less area, fewer layers"
        )));
    }
    Ok(())
}

/// The card's size in CSS pixels, and device pixels per CSS pixel.
struct Card<'a> {
    width: u64,
    height: u64,
    scale: u64,
    images: &'a [Image],
}

#[derive(Clone, Copy)]
struct Inherited {
    /// Font size in CSS pixels.
    letter: u64,
    /// Blurs that the element stands in.
    blurs: u64,
}

fn source_pixels(image: &Image) -> u64 {
    u64::from(image.width) * u64::from(image.height)
}

impl Card<'_> {
    fn element(&self, element: &Element, inherited: Inherited) -> u64 {
        let style = Style::of(&element.style);
        let letter = style.letter().unwrap_or(inherited.letter);
        let all = self.width * self.height * self.scale.pow(2);
        let own = self.area(&style);
        // What is drawn apart holds the children too, wherever they reach.
        let apart = if element.children.is_empty() { own } else { all };
        let source = match &element.kind {
            Kind::Image(slot) => self.images.iter().find(|image| image.slot == *slot).map_or(0, source_pixels),
            Kind::Div | Kind::Span => 0,
        };
        let picture = matches!(element.kind, Kind::Image(_));
        let round = style.get("border-radius").is_some();
        let filters = || style.all("filter");
        let turned = style.get("transform").is_some();
        let per_own = [
            u64::from(style.has_background()) * if round || turned { ROUND_FILL } else { FILL },
            style.border().map_or(0, |px| if px > 4 { BORDER } else { THIN_BORDER }),
            style.gradients() * GRADIENT,
            u64::from(picture) * PICTURE * if round { 2 } else { 1 },
            u64::from(picture && turned) * TURN,
        ];
        let per_apart = [
            u64::from(style.get("opacity").is_some()) * OPACITY,
            u64::from(turned) * ROUND_FILL * 3,
            u64::from(round && style.get("overflow").is_some()) * ROUND_CLIP,
            filters().map(|filter| filter.matches('(').count() as u64).sum::<u64>() * COLOUR_FILTER,
        ];
        let own_cost = own * per_own.iter().sum::<u64>() + apart * per_apart.iter().sum::<u64>();
        // A blur reaches past its element by its radius, three times over, and one that stands in another further.
        let blurs = inherited.blurs + u64::from(filters().any(|filter| filter.contains("blur(")));
        let radius = filters().map(style::blur_radius).max().unwrap_or(0) * self.scale;
        let wide = |side: u64| side * self.scale + 6 * radius * blurs;
        let blurred = wide(self.width) * wide(self.height) * (BLUR * radius / 2) + all * style.shadows() * SHADOW;
        let inside = element.children.iter().map(|child| match child {
            Child::Element(element) => self.element(element, Inherited { letter, blurs }),
            Child::Text(text) => text.chars().count() as u64 * (LETTER + (letter * self.scale).pow(2) * LETTER_PIXEL),
        });
        ELEMENT + own_cost + blurred + source * SOURCE_PIXEL + inside.sum::<u64>()
    }

    /// Device pixels: its size where it cannot grow, the whole card otherwise.
    fn area(&self, style: &Style<'_>) -> u64 {
        let grows =
            |name: &&str| matches!(*name, "flex" | "flex-grow" | "flex-basis" | "aspect-ratio") || name.starts_with("min-");
        let fixed = style.0.iter().all(|(name, _)| !grows(name));
        let around = style.around();
        let side = |name: &str, whole: u64| style.px(name).filter(|_| fixed).map_or(whole, |px| (px + around).min(whole));
        side("width", self.width) * side("height", self.height) * self.scale.pow(2)
    }
}

struct Style<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Style<'a> {
    fn of(text: &'a str) -> Self {
        let declarations = text.split(';').filter_map(|declaration| declaration.split_once(':'));
        Self(declarations.map(|(name, value)| (name.trim(), value.trim())).collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// Every declaration of a property: one that the drawing library passes over leaves the one before it in force.
    fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'a str> + 'n {
        self.0.iter().filter(move |(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The largest font size declared, in CSS pixels.
    fn letter(&self) -> Option<u64> {
        let px = self.all("font-size").filter_map(|value| value.strip_suffix("px")?.parse::<f32>().ok());
        px.map(|px| px.max(0.0).ceil() as u64).max()
    }

    fn px(&self, name: &str) -> Option<u64> {
        let value: f32 = self.get(name)?.strip_suffix("px")?.parse().ok()?;
        // A size below nothing does not count, and what was declared before it may.
        (value >= 0.0).then_some(value.ceil() as u64)
    }

    fn has_background(&self) -> bool {
        self.0.iter().any(|(name, value)| name.starts_with("background") && !value.contains("gradient"))
    }

    /// The widest border, in CSS pixels.
    fn border(&self) -> Option<u64> {
        self.0.iter().filter(|(name, _)| is_border(name)).map(|(_, value)| lengths(value)).max()
    }

    fn gradients(&self) -> u64 {
        self.0.iter().map(|(_, value)| value.matches("gradient(").count() as u64).sum()
    }

    fn shadows(&self) -> u64 {
        let shadows = self.0.iter().filter(|(name, _)| *name == "box-shadow");
        shadows.map(|(_, value)| 1 + style::commas(value) as u64).sum()
    }

    /// Lengths of padding and border, which an element is never smaller than.
    fn around(&self) -> u64 {
        let edges = self.0.iter().filter(|(name, _)| name.starts_with("padding") || is_border(name));
        edges.map(|(_, value)| lengths(value)).sum()
    }
}

fn is_border(name: &str) -> bool {
    name.starts_with("border") && !matches!(name, "border-radius" | "border-color" | "border-style")
}

/// The sum of a value's lengths in CSS pixels; those that go by other sizes count as the largest card.
fn lengths(value: &str) -> u64 {
    let px = value.split(' ').map(|length| match length.strip_suffix("px") {
        Some(px) => px.parse::<f32>().unwrap_or_default().ceil() as u64,
        None if length.ends_with(['%', 'm']) => u64::from(crate::SIDE_CAP),
        None => 0,
    });
    px.sum()
}
