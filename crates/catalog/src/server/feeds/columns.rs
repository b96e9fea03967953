//! What shops call the things a product has.

/// What a column or element says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Id,
    Sku,
    Gtin,
    Mpn,
    Handle,
    Title,
    Description,
    /// Always HTML.
    Body,
    Summary,
    Link,
    Image,
    /// Several links, with commas between them.
    Images,
    VariantImage,
    Price,
    SalePrice,
    /// `from/to`
    SaleDates,
    SaleStarts,
    SaleEnds,
    Currency,
    Brand,
    Availability,
    Quantity,
    /// Goes on being sold without stock: `continue`, `true`.
    Oversold,
    /// Empty when nobody counts the stock.
    Tracker,
    Status,
    Published,
    Type,
    Parent,
    Option,
    Layout,
    ImageStyle,
    FreshSeconds,
}

/// Google Merchant's product fields, Shopify's and WooCommerce's exports, schema.org's properties, and what is usual beside them;
/// in the form that [`normal`] makes.
const NAMES: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("code", Field::Id),
    ("product id", Field::Id),
    ("item id", Field::Id),
    ("sku", Field::Sku),
    ("variant sku", Field::Sku),
    ("item number", Field::Sku),
    ("article number", Field::Sku),
    ("gtin", Field::Gtin),
    ("gtin8", Field::Gtin),
    ("gtin12", Field::Gtin),
    ("gtin13", Field::Gtin),
    ("gtin14", Field::Gtin),
    ("ean", Field::Gtin),
    ("upc", Field::Gtin),
    ("isbn", Field::Gtin),
    ("barcode", Field::Gtin),
    ("variant barcode", Field::Gtin),
    ("gtin, upc, ean, or isbn", Field::Gtin),
    ("mpn", Field::Mpn),
    ("handle", Field::Handle),
    ("url handle", Field::Handle),
    ("title", Field::Title),
    ("name", Field::Title),
    ("product name", Field::Title),
    ("description", Field::Description),
    ("body (html)", Field::Body),
    ("content", Field::Body),
    ("content:encoded", Field::Body),
    ("short description", Field::Summary),
    ("summary", Field::Summary),
    ("link", Field::Link),
    ("url", Field::Link),
    ("product url", Field::Link),
    ("permalink", Field::Link),
    ("external url", Field::Link),
    ("image link", Field::Image),
    ("image", Field::Image),
    ("image url", Field::Image),
    ("image src", Field::Image),
    ("product image url", Field::Image),
    ("images", Field::Images),
    ("additional image link", Field::Images),
    ("variant image", Field::VariantImage),
    ("variant image url", Field::VariantImage),
    ("price", Field::Price),
    ("regular price", Field::Price),
    ("variant price", Field::Price),
    ("sale price", Field::SalePrice),
    ("sale price effective date", Field::SaleDates),
    ("date sale price starts", Field::SaleStarts),
    ("date sale price ends", Field::SaleEnds),
    ("currency", Field::Currency),
    ("currency code", Field::Currency),
    ("price currency", Field::Currency),
    ("pricecurrency", Field::Currency),
    ("brand", Field::Brand),
    ("brands", Field::Brand),
    ("vendor", Field::Brand),
    ("manufacturer", Field::Brand),
    ("availability", Field::Availability),
    ("in stock", Field::Availability),
    ("stock status", Field::Availability),
    ("quantity", Field::Quantity),
    ("qty", Field::Quantity),
    ("stock", Field::Quantity),
    ("inventory", Field::Quantity),
    ("inventory quantity", Field::Quantity),
    ("variant inventory qty", Field::Quantity),
    ("sell on google quantity", Field::Quantity),
    ("variant inventory policy", Field::Oversold),
    ("continue selling when out of stock", Field::Oversold),
    ("variant inventory tracker", Field::Tracker),
    ("inventory tracker", Field::Tracker),
    ("status", Field::Status),
    ("published", Field::Published),
    ("published on online store", Field::Published),
    ("type", Field::Type),
    ("parent", Field::Parent),
    ("option1 value", Field::Option),
    ("option2 value", Field::Option),
    ("option3 value", Field::Option),
    ("layout", Field::Layout),
    ("image style", Field::ImageStyle),
    ("fresh seconds", Field::FreshSeconds),
];

/// What a column of this name says.
pub(super) fn field(name: &str) -> Option<Field> {
    let name = normal(name);
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
}

/// Whether a column holds barcodes of any kind, the shop's own too.
pub(super) fn is_any_barcode(name: &str) -> bool {
    matches!(normal(name).as_str(), "barcode" | "variant barcode")
}

/// Lower case, single spaces for `_` and `-`, without a namespace prefix and a question mark.
fn normal(name: &str) -> String {
    let name = name.trim().trim_end_matches('?').to_lowercase();
    let name = name.strip_prefix("g:").unwrap_or(&name);
    let words = name.split(|c: char| c == '_' || c == '-' || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whose export a table is, where that changes what its rows mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// One product a row.
    Plain,
    /// Rows of one handle are one product's variants and pictures; only the first names the product.
    Shopify,
    /// Variations follow their parent; line breaks in texts are written `\n`.
    WooCommerce,
}

impl Dialect {
    pub(super) fn of(headers: &[String]) -> Self {
        let has = |name: &str| headers.iter().any(|header| normal(header) == name);
        if has("handle") || has("url handle") {
            Self::Shopify
        } else if has("regular price") && has("type") {
            Self::WooCommerce
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_however_they_are_written() {
        for (header, meant) in [
            ("g:image_link", Field::Image),
            (" Image Link ", Field::Image),
            ("In stock?", Field::Availability),
            ("Body (HTML)", Field::Body),
            ("GTIN, UPC, EAN, or ISBN", Field::Gtin),
            ("sale-price", Field::SalePrice),
            ("Variant Inventory Qty", Field::Quantity),
        ] {
            assert_eq!(field(header), Some(meant), "{header}");
        }
        assert_eq!(field("Tax class"), None);
    }
}
