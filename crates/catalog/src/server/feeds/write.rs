//! Products out: every format in the form that is read back as it was.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::availability;
use super::{Draft, FeedFormat, PICTURE, markup, money};
use crate::{CodeKind, ImageStyle, Product};

const COLUMNS: [&str; 14] = [
    "id",
    "title",
    "description",
    "link",
    "image_link",
    "additional_image_link",
    "availability",
    "price",
    "brand",
    "gtin",
    "quantity",
    "image_style",
    "layout",
    "fresh_seconds",
];
/// Where the fields that are this catalog's own begin.
const OWN: usize = 11;

/// What a cell begins with when a spreadsheet may take it for a formula (OWASP, CSV injection).
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes a feed product by product; withdrawn ones are left out, for they would come back.
pub struct Writer<W: Write> {
    sink: Sink<W>,
    count: u64,
}

enum Sink<W: Write> {
    Table(Box<csv::Writer<W>>),
    Xml(W),
    Json(W),
    JsonLd(W),
}

impl<W: Write> Writer<W> {
    pub fn new(format: FeedFormat, mut out: W) -> io::Result<Self> {
        let sink = match format {
            FeedFormat::Csv | FeedFormat::Tsv => {
                let delimiter = if format == FeedFormat::Csv { b',' } else { b'\t' };
                let mut table = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
                table.write_record(COLUMNS)?;
                Sink::Table(Box::new(table))
            }
            FeedFormat::Xml => {
                out.write_all(XML_BEGIN.as_bytes())?;
                Sink::Xml(out)
            }
            FeedFormat::Json => {
                out.write_all(b"[")?;
                Sink::Json(out)
            }
            FeedFormat::JsonLd => {
                out.write_all(JSON_LD_BEGIN.as_bytes())?;
                Sink::JsonLd(out)
            }
        };
        Ok(Self { sink, count: 0 })
    }

    pub fn put(&mut self, product: &Product) -> io::Result<()> {
        if product.withdrawn {
            return Ok(());
        }
        let line = if self.count == 0 { "\n" } else { ",\n" };
        self.count += 1;
        match &mut self.sink {
            Sink::Table(table) => Ok(table.write_record(cells(product).iter().map(|cell| guarded(cell)))?),
            Sink::Xml(out) => element(out, product),
            Sink::Json(out) => {
                out.write_all(line.as_bytes())?;
                Ok(serde_json::to_writer(out, &Draft::of(product.clone()))?)
            }
            Sink::JsonLd(out) => {
                out.write_all(line.as_bytes())?;
                Ok(serde_json::to_writer(out, &node(product))?)
            }
        }
    }

    /// Ends the feed and says how many products are in it.
    pub fn finish(self) -> io::Result<u64> {
        match self.sink {
            Sink::Table(mut table) => table.flush()?,
            Sink::Xml(mut out) => out.write_all(b"</channel>\n</rss>\n").and_then(|()| out.flush())?,
            Sink::Json(mut out) => out.write_all(b"\n]\n").and_then(|()| out.flush())?,
            Sink::JsonLd(mut out) => out.write_all(b"\n]}\n").and_then(|()| out.flush())?,
        }
        Ok(self.count)
    }
}

/// All of these as one feed.
pub fn write(products: impl IntoIterator<Item = Product>, format: FeedFormat, out: &mut impl Write) -> io::Result<u64> {
    let mut writer = Writer::new(format, out)?;
    products.into_iter().try_for_each(|product| writer.put(&product))?;
    writer.finish()
}

/// One for each of [`COLUMNS`].
fn cells(product: &Product) -> [String; COLUMNS.len()] {
    let mut pictures = product.images.iter().map(|hash| format!("{PICTURE}{hash}"));
    let first = pictures.next().unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        product.code.clone(),
        product.name.clone(),
        product.description.as_deref().map(description).unwrap_or_default(),
        product.url.clone(),
        first,
        pictures.collect::<Vec<_>>().join(","),
        availability::name(product.availability).to_owned(),
        product.price.as_ref().map(money::write).unwrap_or_default(),
        text(&product.brand),
        gtin(product),
        product.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
        style(product.image_style).to_owned(),
        product.layout.clone(),
        product.fresh_seconds.to_string(),
    ]
}

/// Where the code is one, in the code's own form: so it is read back as the code.
fn gtin(product: &Product) -> String {
    if product.kind == CodeKind::Gtin { product.code.clone() } else { product.gtin.clone().unwrap_or_default() }
}

fn style(style: ImageStyle) -> &'static str {
    match style {
        ImageStyle::Cover => "cover",
        ImageStyle::Contain => "contain",
    }
}

/// Plain text that a reader would take for HTML is written as HTML.
fn description(text: &str) -> String {
    if markup::is_markup(text) { markup::preformatted(text) } else { text.to_owned() }
}

/// An apostrophe before what a spreadsheet may execute; see [`unguarded`].
fn guarded(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Takes the apostrophe away that [`guarded`] set.
pub(super) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(inner) if is_formula(inner) => inner,
        _ => cell,
    }
}

fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches(['\'', ' ']).starts_with(FORMULA)
}

const XML_BEGIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\" xmlns:stoa=\"urn:stoa:product:1\">\n\
    <channel>\n<title>Products</title>\n";

fn element(out: &mut impl Write, product: &Product) -> io::Result<()> {
    out.write_all(b"<item>\n")?;
    for (at, (name, value)) in COLUMNS.iter().zip(cells(product)).enumerate().filter(|(_, (_, value))| !value.is_empty()) {
        let prefix = if at < OWN { "g" } else { "stoa" };
        writeln!(out, "<{prefix}:{name}>{}</{prefix}:{name}>", quick_xml::escape::escape(value.as_str()))?;
    }
    out.write_all(b"</item>\n")
}

const JSON_LD_BEGIN: &str = "{\"@context\":[\"https://schema.org\",{\"stoa\":\"urn:stoa:product:1:\"}],\"@graph\":[";

fn node(product: &Product) -> Value {
    let mut offer =
        json!({ "@type": "Offer", "url": product.url, "availability": format!("https://schema.org/{:?}", product.availability) });
    if let Some(price) = &product.price {
        offer["price"] = money::amount(price).into();
        offer["priceCurrency"] = price.currency.as_str().into();
    }
    if let Some(quantity) = product.quantity {
        offer["inventoryLevel"] = json!({ "@type": "QuantitativeValue", "value": quantity });
    }
    let mut node = json!({
        "@type": "Product",
        "sku": product.code,
        "name": product.name,
        "url": product.url,
        "offers": offer,
        "stoa:imageStyle": style(product.image_style),
        "stoa:layout": product.layout,
        "stoa:freshSeconds": product.fresh_seconds,
    });
    let gtin = gtin(product);
    if !gtin.is_empty() {
        node["gtin"] = gtin.into();
    }
    if let Some(text) = product.description.as_deref() {
        node["description"] = description(text).into();
    }
    if let Some(brand) = &product.brand {
        node["brand"] = json!({ "@type": "Brand", "name": brand });
    }
    if !product.images.is_empty() {
        node["image"] = product.images.iter().map(|hash| format!("{PICTURE}{hash}")).collect();
    }
    node
}
