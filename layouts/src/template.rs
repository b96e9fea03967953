//! The template language of layouts: a part of minijinja's, small enough that no template can loop or grow without end.
//!
//! Values, comparisons, `if`, and `for` over the lists that are given. No assignment, arithmetic, concatenation, call, macro or
//! include: without them a text can only be as long as its loops over given lists make it, and fuel and an output cap bound those.

use std::io;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use crate::data::{CardData, View};
use crate::{Error, icons, money, theme, words};

const FUEL: u64 = 20_000;
const OUTPUT_CAP: usize = 64 * 1024;
/// Characters.
const LONG_PRICE: usize = 11;
/// More would leave no room for the seller's name.
const BADGES_SHOWN: usize = 4;
const WORDS: &[&str] =
    &["if", "elif", "else", "endif", "for", "in", "endfor", "and", "or", "not", "true", "false", "is", "defined"];
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor"];

/// Goes through what stands between the brackets, word by word; everything not known is refused.
pub(crate) fn lint(source: &str) -> Result<(), Error> {
    let mut rest = source;
    while let Some(open) = rest.find('{') {
        rest = &rest[open..];
        let (close, statement) = match rest.as_bytes().get(1) {
            Some(b'{') => ("}}", false),
            Some(b'%') => ("%}", true),
            Some(b'#') => {
                let end = rest.find("#}").ok_or_else(|| refused("a comment without end"))?;
                rest = &rest[end + 2..];
                continue;
            }
            _ => {
                rest = &rest[1..];
                continue;
            }
        };
        rest = inside(rest[2..].trim_start_matches('-'), close, statement)?;
    }
    Ok(())
}

fn inside<'a>(mut rest: &'a str, close: &str, statement: bool) -> Result<&'a str, Error> {
    let mut first = true;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(close).or_else(|| rest.strip_prefix('-')?.strip_prefix(close)) {
            return Ok(after);
        }
        let length = token(rest)?;
        let (word, after) = rest.split_at(length);
        let name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if statement && first && !STATEMENTS.contains(&word) {
            return Err(refused(&format!("the statement {}", word.escape_debug())));
        }
        // A name followed by a bracket would be a call, a name after a bar a filter; neither token exists here.
        if name && !WORDS.contains(&word) && word.len() > 64 {
            return Err(refused("a name of more than 64 letters"));
        }
        first = false;
        rest = after;
    }
}

fn token(rest: &str) -> Result<usize, Error> {
    let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    match rest.chars().next() {
        None => Err(refused("a bracket without end")),
        Some(c) if c.is_ascii_alphabetic() || c == '_' => Ok(run(|c| c.is_ascii_alphanumeric() || c == '_')),
        Some(c) if c.is_ascii_digit() => Ok(run(|c| c.is_ascii_digit())),
        Some(quote @ ('"' | '\'')) => {
            let end = rest[1..].find(quote).ok_or_else(|| refused("a text without end"))? + 2;
            let clean = !rest[..end].contains(['{', '}', '%', '#', '\\', '\n']);
            if clean && end <= 66 { Ok(end) } else { Err(refused("such a text in a bracket")) }
        }
        Some('=' | '!') if rest.as_bytes().get(1) == Some(&b'=') => Ok(2),
        Some('<' | '>' | '.') => Ok(1),
        Some(c) => Err(refused(&format!("the sign {} in a bracket", c.escape_debug()))),
    }
}

fn refused(what: &str) -> Error {
    Error::Refused(format!("a template may not contain {what}"))
}

/// Binds the values and writes the HTML; every value is escaped.
pub(crate) fn fill(source: &str, data: &CardData, slots: &[&str], view: &View<'_>) -> Result<String, Error> {
    let mut env = Environment::empty();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(32);
    let fault = |error: &minijinja::Error| match error.kind() {
        minijinja::ErrorKind::OutOfFuel => Error::TooMuch("its loops never end".to_owned()),
        minijinja::ErrorKind::WriteFailure => Error::TooMuch(format!("it writes more than {OUTPUT_CAP} bytes")),
        _ => Error::Refused(format!("template: {error}")),
    };
    env.add_template("layout", source).map_err(|error| fault(&error))?;
    let template = env.get_template("layout").map_err(|error| fault(&error))?;
    let mut html = Capped(Vec::new());
    template.render_captured_to(values(data, slots, view), &mut html).map_err(|error| fault(&error))?;
    String::from_utf8(html.0).map_err(|_| Error::Refused("not UTF-8".to_owned()))
}

/// The names a layout may use; absent ones are empty.
fn values(data: &CardData, slots: &[&str], view: &View<'_>) -> Value {
    let words = words::of(view.locale);
    let has = |slot: &str| slots.contains(&slot);
    let price = data.price.as_ref().map(|price| money::price_text(price, view.locale));
    let badges: Vec<Value> = data
        .badges
        .iter()
        .map(|badge| (badge, format!("badge-{badge}")))
        .filter(|(_, slot)| has(slot) || icons::has(slot))
        .take(BADGES_SHOWN)
        .map(|(badge, slot)| context! { id => badge, slot => slot, label => words.badge(badge) })
        .collect();
    context! {
        name => data.name,
        initial => initial(&data.name),
        description => data.description,
        brand => data.brand,
        // A price is never cut: a layout writes a long one smaller.
        long_price => price.as_ref().is_some_and(|price| price.chars().filter(|c| !matches!(c, '\u{200E}' | '\u{200F}')).count() > LONG_PRICE),
        price => price,
        availability => context! { id => words::id(data.availability), label => words.availability(data.availability, data.quantity) },
        gone => data.availability.is_gone(),
        seller => context! { name => data.seller, badges => badges },
        photo => has("photo"),
        photo_whole => data.photo_whole,
        logo => has("logo"),
        color => theme::colors(view.theme),
        tile => theme::tile(&data.name, view.theme),
        dark => view.theme == crate::Theme::Dark,
    }
}

/// For the tile that stands in for a missing picture.
fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map_or_else(String::new, |c| c.to_uppercase().collect())
}

struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.0.len() + piece.len() > OUTPUT_CAP {
            return Err(io::Error::other("cap"));
        }
        self.0.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
