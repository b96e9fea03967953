//! The inline styles of layouts: known properties, known functions, numbers within limits. No URLs, variables, rules or escapes.

use crate::{Error, SIDE_CAP};

/// Property names a layout may set.
const PROPERTIES: &[&str] = &[
    "align-content",
    "align-items",
    "align-self",
    "aspect-ratio",
    "background",
    "background-color",
    "background-image",
    "border",
    "border-bottom",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-style",
    "border-top",
    "border-width",
    "bottom",
    "box-shadow",
    "color",
    "column-gap",
    "direction",
    "display",
    "filter",
    "flex",
    "flex-basis",
    "flex-direction",
    "flex-grow",
    "flex-shrink",
    "flex-wrap",
    "font-size",
    "font-variant-numeric",
    "font-weight",
    "gap",
    "height",
    "inset",
    "justify-content",
    "left",
    "letter-spacing",
    "line-clamp",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "object-fit",
    "object-position",
    "opacity",
    "order",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "position",
    "right",
    "row-gap",
    "text-align",
    "text-decoration",
    "text-overflow",
    "text-transform",
    "top",
    "transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "z-index",
];

const FUNCTIONS: &[&str] = &[
    "rgb",
    "rgba",
    "hsl",
    "hsla",
    "linear-gradient",
    "radial-gradient",
    "blur",
    "grayscale",
    "saturate",
    "brightness",
    "rotate",
    "translate",
];

const UNITS: &[&str] = &["", "px", "%", "em", "deg", "fr"];
const DECLARATIONS_CAP: usize = 48;
const VALUE_CAP: usize = 512;
const NUMBER_CAP: f32 = 2048.0;
/// Sizes that go by other sizes multiply.
const PERCENT_CAP: f32 = 100.0;
const EM_CAP: f32 = 20.0;
/// Letters are cut to shapes at their size, however little of them shows.
const LETTER_CAP: f32 = 200.0;
/// Blurring costs by its radius: 50 px at most, in shadows too.
const BLUR_CAP: f32 = 50.0;

/// Filters and shadows in a whole layout, and what else is drawn on a layer of its own.
const HEAVY_CAP: usize = 4;
const LAYERS_CAP: usize = 24;

/// What the styles of a layout cost, summed over its elements.
#[derive(Default)]
pub(crate) struct Styles {
    heavy: usize,
    layers: usize,
}

impl Styles {
    /// The declarations as they were, when every one of them is allowed and the layout can still afford them.
    pub(crate) fn lint(&mut self, text: &str) -> Result<String, Error> {
        let mut count = 0;
        for declaration in text.split(';').map(str::trim).filter(|declaration| !declaration.is_empty()) {
            count += 1;
            let (property, value) =
                declaration.split_once(':').ok_or_else(|| refused("a declaration without a value", declaration))?;
            let property = property.trim();
            if PROPERTIES.binary_search(&property).is_err() {
                return Err(refused("the property", property));
            }
            lint_value(property, value.trim())?;
            self.heavy += heavy(property, value);
            self.layers +=
                usize::from(matches!(property, "opacity" | "overflow" | "transform")) + value.matches("gradient(").count();
            if property == "filter" && value.matches("blur(").count() > 1 {
                return Err(refused("more than one blur in", property));
            }
        }
        if self.heavy > HEAVY_CAP || self.layers > LAYERS_CAP {
            return Err(Error::TooMuch(format!("more than {HEAVY_CAP} filters and shadows or {LAYERS_CAP} layers")));
        }
        if count > DECLARATIONS_CAP {
            return Err(Error::TooMuch(format!("more than {DECLARATIONS_CAP} declarations on an element")));
        }
        Ok(text.to_owned())
    }
}

/// The root says how large the card is: `width` and `height` in px, at most [`SIDE_CAP`].
pub(crate) fn root_size(style: &str) -> Result<(u32, u32), Error> {
    let side = |name: &str| {
        let declarations = style.rsplit(';').filter_map(|declaration| declaration.split_once(':'));
        let mut values = declarations.filter(|(property, _)| property.trim() == name).map(|(_, value)| value.trim());
        let px = values.next()?.strip_suffix("px")?.parse::<u32>().ok()?;
        (1..=SIDE_CAP).contains(&px).then_some(px)
    };
    let sides = side("width").zip(side("height"));
    sides.ok_or_else(|| Error::Refused(format!("its root element must have a width and a height of 1 to {SIDE_CAP} px")))
}

fn is_heavy(property: &str) -> bool {
    matches!(property, "filter" | "box-shadow")
}

/// A filter is one, whatever it does; every shadow is one.
fn heavy(property: &str, value: &str) -> usize {
    match property {
        "filter" => 1,
        "box-shadow" => 1 + commas(value),
        _ => 0,
    }
}

/// Commas outside brackets: a list has one entry more.
pub(crate) fn commas(value: &str) -> usize {
    let mut depth = 0;
    let between = value.chars().filter(|&c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    between.count()
}

/// Of a `filter`, in CSS px; 0 without a blur.
pub(crate) fn blur_radius(filter: &str) -> u64 {
    let radius = filter.split_once("blur(").and_then(|(_, rest)| rest.split_once("px)")?.0.trim().parse::<f32>().ok());
    radius.map_or(0, |px| px.max(0.0).ceil() as u64)
}

/// Where size costs time, lengths are in px and limited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    Plain,
    Blur,
    Letter,
}

fn scale(property: &str) -> Scale {
    match property {
        "font-size" | "line-height" => Scale::Letter,
        property if is_heavy(property) => Scale::Blur,
        _ => Scale::Plain,
    }
}

fn lint_value(property: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() || value.len() > VALUE_CAP {
        return Err(refused("a value that is empty or too long for", property));
    }
    let scale = scale(property);
    let mut rest = value;
    let mut depth = 0u32;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            'a'..='z' | 'A'..='Z' if scale != Scale::Letter => word(rest)?,
            '0'..='9' | '.' | '-' | '+' => number(rest, scale)?,
            '#' => 1 + rest[1..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - 1),
            '(' => {
                depth += 1;
                1
            }
            ')' if depth > 0 => {
                depth -= 1;
                1
            }
            ' ' | ',' | '/' if !rest.starts_with("/*") => 1,
            _ => return Err(refused("such a value for", property)),
        };
        if depth > 2 {
            return Err(refused("brackets nested too deep in", property));
        }
        rest = &rest[length..];
    }
    if depth == 0 { Ok(()) } else { Err(refused("a bracket that is not closed in", property)) }
}

fn word(rest: &str) -> Result<usize, Error> {
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    if rest[length..].starts_with('(') && !FUNCTIONS.contains(&&rest[..length]) {
        return Err(refused("the function", &rest[..length]));
    }
    Ok(length)
}

fn number(rest: &str, scale: Scale) -> Result<usize, Error> {
    let sign = usize::from(rest.starts_with(['-', '+']));
    let digits = sign + rest[sign..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - sign);
    let unit = rest[digits..].find(|c: char| !c.is_ascii_alphanumeric() && c != '%').unwrap_or(rest.len() - digits);
    let (figure, unit) = (&rest[..digits], &rest[digits..digits + unit]);
    let value: f32 = figure.parse().map_err(|_| refused("the number", figure))?;
    if !UNITS.contains(&unit) || value.abs() > NUMBER_CAP {
        return Err(refused("the number", &rest[..digits + unit.len()]));
    }
    let allowed = match scale {
        Scale::Plain if unit == "%" => value.abs() <= PERCENT_CAP,
        Scale::Plain if unit == "em" => value.abs() <= EM_CAP,
        Scale::Plain => true,
        // Colours in shadows count to 255 without a unit; lengths there carry px.
        Scale::Blur => matches!(unit, "" | "%" | "deg") || (unit == "px" && value.abs() <= BLUR_CAP),
        Scale::Letter => (unit.is_empty() && value <= 4.0) || (unit == "px" && value <= LETTER_CAP),
    };
    if !allowed {
        return Err(refused("so large or such a length:", &rest[..digits + unit.len()]));
    }
    Ok(digits + unit.len())
}

fn refused(what: &str, which: &str) -> Error {
    let which: String = which.chars().take(40).collect();
    Error::Refused(format!("a layout's style may not have {what} {}", which.escape_debug()))
}
