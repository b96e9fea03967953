//! From what a row says to a product.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::availability;
use super::columns::{Field, is_any_barcode};
use super::gtin::checked_gtin;
use super::{CELL_CAP, Defaults, Draft, Item, PICTURE, Refusal, date, markup, money};
use crate::gs1::gtin14;
use crate::{Availability, CODE_CAP, CodeKind, Hash, IMAGES_CAP, ImageStyle, Price, plain};

/// The longest description, in characters; what a shop writes beyond is cut off between words.
const DESCRIPTION_CAP: usize = 4000;
/// The longest picture link, in bytes.
pub(super) const LINK_CAP: usize = 2048;

/// The tracker of goods that nobody counts.
pub(super) const UNTRACKED: &str = "none";

struct Cell<'a> {
    field: Field,
    /// As the feed calls it.
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// Bytes that the rows of a feed may still take over from others, so that many short rows do not cost what as many long ones would.
pub(super) struct Allowance(usize);

impl Allowance {
    /// For a feed of so many bytes.
    pub(super) fn of(feed: usize) -> Self {
        Self(feed.saturating_mul(16).saturating_add(16 << 20))
    }

    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        let none = || Refusal::whole("the variants of this feed share too long texts: shorten them, or import it in parts");
        self.0 = self.0.checked_sub(bytes).ok_or_else(none)?;
        Ok(())
    }
}

/// A row: its cells that say something, in their order.
#[derive(Default)]
pub(super) struct Fields<'a> {
    cells: Vec<Cell<'a>>,
}

impl<'a> Fields<'a> {
    /// Adds what is not empty.
    pub(super) fn push(&mut self, field: Field, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let value = value.into();
        if !value.trim().is_empty() {
            self.cells.push(Cell { field, name: name.into(), value });
        }
    }

    /// The first that says this.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.cell(field).map(|cell| cell.value.trim())
    }

    pub(super) fn all(&self, field: Field) -> impl Iterator<Item = &str> {
        self.cells.iter().filter(move |cell| cell.field == field).map(|cell| cell.value.trim())
    }

    /// What another row says and this one leaves out, as far as `inherits` and what is left of the allowance go.
    pub(super) fn inherit(&mut self, other: &Fields<'a>, inherits: &[Field], left: &mut Allowance) -> Result<(), Refusal> {
        let missing: Vec<Field> = inherits.iter().copied().filter(|field| self.cell(*field).is_none()).collect();
        for cell in other.cells.iter().filter(|cell| missing.contains(&cell.field)) {
            left.take(cell.value.len())?;
            self.cells.push(Cell { field: cell.field, name: cell.name.clone(), value: cell.value.clone() });
        }
        Ok(())
    }

    pub(super) fn set(&mut self, field: Field, value: String) {
        match self.cells.iter_mut().find(|cell| cell.field == field) {
            Some(cell) => cell.value = value.into(),
            None => self.push(field, "", value),
        }
    }

    fn cell(&self, field: Field) -> Option<&Cell<'a>> {
        self.cells.iter().find(|cell| cell.field == field)
    }

    /// What the feed calls it, and its value without space around it.
    fn named(&self, field: Field) -> Option<(&str, &str)> {
        self.cell(field).map(|cell| (cell.name.as_ref(), cell.value.trim()))
    }

    /// `None` when the shop does not offer it.
    pub(super) fn item(self, defaults: &Defaults, now: i64) -> Result<Option<Item>, Refusal> {
        if let Some(cell) = self.cells.iter().find(|cell| cell.value.len() > CELL_CAP) {
            return Err(Refusal::of(&cell.name, format!("more than {} KiB; a quotation mark may not be closed", CELL_CAP >> 10)));
        }
        if !self.is_published() {
            return Ok(None);
        }
        let (code, kind) = self.code()?;
        let gtin = if kind == CodeKind::Gtin { None } else { self.gtin()? };
        let (images, pictures) = self.pictures()?;
        let quantity = self.quantity()?;
        let draft = Draft {
            kind,
            gtin,
            name: self.name()?,
            description: self.description(),
            brand: self.brand()?,
            price: self.price(defaults, now)?,
            availability: self.availability(quantity)?,
            quantity: quantity.map(|left| u32::try_from(left.max(0)).unwrap_or(u32::MAX)),
            images,
            image_style: self.image_style()?,
            url: self.link(&code, defaults)?,
            layout: self.get(Field::Layout).unwrap_or("compact").to_owned(),
            fresh_seconds: self.parsed(Field::FreshSeconds, "seconds")?.unwrap_or(3600),
            code,
        };
        Ok(Some(Item { draft, pictures }))
    }

    fn is_published(&self) -> bool {
        let is =
            |field, values: &[&str]| self.get(field).is_some_and(|said| values.contains(&said.to_ascii_lowercase().as_str()));
        let parent = is(Field::Type, &["variable", "grouped"]) && self.get(Field::Price).is_none();
        !is(Field::Status, &["draft", "archived", "unlisted"]) && !is(Field::Published, &["false", "0", "-1", "no"]) && !parent
    }

    fn code(&self) -> Result<(String, CodeKind), Refusal> {
        let gtin = self.named(Field::Gtin);
        let own = [Field::Sku, Field::Id].into_iter().find_map(|field| self.named(field));
        if let (Some((name, gtin)), None) = (gtin, own) {
            match checked_gtin(gtin) {
                Ok(gtin) => return Ok((gtin, CodeKind::Gtin)),
                Err(_) if is_any_barcode(name) => {}
                Err(why) => return Err(Refusal::of(name, why)),
            }
        }
        let said = own.or_else(|| self.named(Field::Mpn)).or_else(|| self.named(Field::Handle));
        let (name, code) = said.ok_or_else(|| Refusal::of("id", "the row has no id, SKU or GTIN"))?;
        plain("code", code, CODE_CAP).map_err(|error| Refusal::of(name, error.to_string()))?;
        let same = gtin.is_some_and(|(_, gtin)| gtin == code && checked_gtin(gtin).as_deref() == Ok(code));
        Ok((code.to_owned(), if same { CodeKind::Gtin } else { CodeKind::Sku }))
    }

    /// Beside a code of the seller's own. A barcode may hold a shop's own number, which is no GTIN and no mistake.
    fn gtin(&self) -> Result<Option<String>, Refusal> {
        let Some((name, said)) = self.named(Field::Gtin) else { return Ok(None) };
        match checked_gtin(said) {
            Ok(gtin) => Ok(gtin14(&gtin)),
            Err(_) if is_any_barcode(name) => Ok(None),
            Err(why) => Err(Refusal::of(name, why)),
        }
    }

    fn name(&self) -> Result<String, Refusal> {
        let (name, title) = self.named(Field::Title).ok_or_else(|| Refusal::of("title", "the row has no title"))?;
        let title = line(title);
        plain("name", &title, 300).map_err(|error| Refusal::of(name, error.to_string()))?;
        Ok(title)
    }

    fn brand(&self) -> Result<Option<String>, Refusal> {
        let Some((name, brand)) = self.named(Field::Brand) else { return Ok(None) };
        let brand = line(brand);
        plain("brand", &brand, 100).map_err(|error| Refusal::of(name, error.to_string()))?;
        Ok(Some(brand))
    }

    fn description(&self) -> Option<String> {
        let body = self.get(Field::Body).map(markup::plain).filter(|text| !text.is_empty());
        let told =
            |field| self.get(field).map(|text| if markup::is_markup(text) { markup::plain(text) } else { text.to_owned() });
        let text = told(Field::Description).or(body).or_else(|| told(Field::Summary))?;
        let text: String = text.replace("\r\n", "\n").chars().filter_map(in_text).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| cut(text))
    }

    fn price(&self, defaults: &Defaults, now: i64) -> Result<Option<Price>, Refusal> {
        let column = self.get(Field::Currency);
        let read = |(name, text): (&str, &str)| {
            money::read(text, column, defaults.currency.as_deref()).map_err(|why| Refusal::of(name, why))
        };
        let regular = self.named(Field::Price).map(read).transpose()?;
        match self.named(Field::SalePrice) {
            Some(sale) if self.is_on_sale(now)? => Ok(Some(read(sale)?)),
            _ => Ok(regular),
        }
    }

    fn is_on_sale(&self, now: i64) -> Result<bool, Refusal> {
        let ((name, from), to) = match self.named(Field::SaleDates) {
            Some((name, dates)) => {
                let (from, to) = dates.split_once('/').ok_or_else(|| Refusal::of(name, "not two dates with / between them"))?;
                ((name, Some(from)), Some(to))
            }
            None => {
                let starts = self.named(Field::SaleStarts);
                (starts.map_or(("sale dates", None), |(name, from)| (name, Some(from))), self.get(Field::SaleEnds))
            }
        };
        date::holds(from, to, now).ok_or_else(|| Refusal::of(name, "not a date: write 2026-11-21 or 2026-11-21T07:00Z"))
    }

    /// Below zero where a shop sold more than it had.
    fn quantity(&self) -> Result<Option<i64>, Refusal> {
        let Some((name, text)) = self.named(Field::Quantity) else { return Ok(None) };
        if self.get(Field::Tracker) == Some(UNTRACKED) {
            return Ok(None);
        }
        let whole = text.find(['.', ',']).filter(|at| text[at + 1..].bytes().all(|b| b == b'0')).map_or(text, |at| &text[..at]);
        let number = whole.parse().map_err(|_| Refusal::of(name, "not a whole number"))?;
        Ok(Some(number))
    }

    fn availability(&self, quantity: Option<i64>) -> Result<Availability, Refusal> {
        if let Some((name, said)) = self.named(Field::Availability) {
            return availability::read(said)
                .ok_or_else(|| Refusal::of(name, "not an availability: in_stock, out_of_stock, preorder, …"));
        }
        let oversold =
            self.get(Field::Oversold).is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "continue" | "true"));
        Ok(match quantity {
            Some(..=0) if oversold => Availability::BackOrder,
            Some(..=0) => Availability::OutOfStock,
            _ => Availability::InStock,
        })
    }

    /// Hashes of pictures that the catalog has, and links of those it has not.
    fn pictures(&self) -> Result<(Vec<Hash>, Vec<String>), Refusal> {
        let (mut images, mut links): (Vec<Hash>, Vec<String>) = (Vec::new(), Vec::new());
        let several = self.all(Field::Images).flat_map(parted);
        for link in self.all(Field::VariantImage).chain(self.all(Field::Image)).chain(several) {
            if let Some(hash) = link.strip_prefix(PICTURE) {
                let hash = hash.parse().map_err(|_| Refusal::of("image_link", "not the hash of a picture"))?;
                if images.len() < IMAGES_CAP {
                    images.push(hash);
                }
            } else if links.len() < IMAGES_CAP && link.len() <= LINK_CAP && !links.iter().any(|known| known == link) {
                links.push(link.to_owned());
            }
        }
        Ok((images, links))
    }

    fn image_style(&self) -> Result<ImageStyle, Refusal> {
        match self.named(Field::ImageStyle) {
            None | Some((_, "cover")) => Ok(ImageStyle::Cover),
            Some((_, "contain")) => Ok(ImageStyle::Contain),
            Some((name, _)) => Err(Refusal::of(name, "cover or contain")),
        }
    }

    fn link(&self, code: &str, defaults: &Defaults) -> Result<String, Refusal> {
        let (name, link) = match (self.named(Field::Link), &defaults.link) {
            (Some((name, link)), _) => (name, link.to_owned()),
            (None, Some(pattern)) => {
                let part =
                    |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%2D", "-").replace("%5F", "_");
                let handle = self.get(Field::Handle).unwrap_or(code);
                ("link", pattern.replace("{code}", &part(code)).replace("{handle}", &part(handle)))
            }
            (None, None) => return Err(Refusal::of("link", "the row has no link, and none was given for rows without one")),
        };
        let parsed = url::Url::parse(&link).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        match parsed {
            Some(_) if link.len() <= LINK_CAP => Ok(link),
            _ => Err(Refusal::of(name, format!("not an http or https link of at most {LINK_CAP} bytes"))),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, field: Field, what: &str) -> Result<Option<T>, Refusal> {
        let parse = |(name, text): (&str, &str)| text.parse().map_err(|_| Refusal::of(name, format!("not a number of {what}")));
        self.named(field).map(parse).transpose()
    }
}

/// Links with commas between them; a comma inside a link stays.
fn parted(links: &str) -> impl Iterator<Item = &str> {
    let mut rest = links;
    std::iter::from_fn(move || {
        rest = rest.trim_matches([' ', ',', '\n']);
        let next =
            |at: usize| ["http://", "https://", PICTURE].iter().any(|begins| rest[at + 1..].trim_start().starts_with(begins));
        let end = rest.match_indices(',').map(|(at, _)| at).find(|at| next(*at)).unwrap_or(rest.len());
        let (link, after) = rest.split_at(end);
        rest = after;
        (!link.is_empty()).then(|| link.trim())
    })
}

fn line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn in_text(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\t' | '\r' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION_CAP {
        return text.to_owned();
    }
    let head: String = text.chars().take(DESCRIPTION_CAP - 1).collect();
    let end = head.rfind(char::is_whitespace).filter(|at| *at > head.len() / 2).unwrap_or(head.len());
    format!("{}…", head[..end].trim_end())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn several_links_are_parted_where_the_next_begins() {
        let links = "https://a.example/1,2.jpg, http://b.example/x.png ,https://c.example/";
        assert_eq!(
            parted(links).collect::<Vec<_>>(),
            ["https://a.example/1,2.jpg", "http://b.example/x.png", "https://c.example/"]
        );
        assert_eq!(parted(" , ,").count(), 0);
    }

    #[test]
    fn a_long_description_is_cut_between_words() {
        let text = cut(&"wort ".repeat(1000));
        assert!(text.ends_with("wort…") && text.chars().count() <= DESCRIPTION_CAP);
        assert_eq!(cut(&"字".repeat(5000)).chars().count(), DESCRIPTION_CAP);
    }
}
