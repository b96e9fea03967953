//! What a seller gives the program: a key, a product's file, a price, a feed's name.

use std::io::Read;
use std::path::Path;

use clap::ValueEnum;
use stoa_catalog::server::feeds;
use stoa_core::api::{Code, Draft, Error, FeedFormat, Money, Result};
use zeroize::Zeroizing;

use super::Formats;

/// Bytes of a product's file.
const DRAFT_CAP: u64 = 256 * 1024;
/// Bytes of a key's file.
const KEY_CAP: u64 = 4 * 1024;

/// From the file, else from STOA_SELLER_KEY, else the first line of stdin.
pub fn key(file: Option<&Path>) -> Result<Zeroizing<String>> {
    let unreadable = |what: &str, error: &std::io::Error| Error::new(Code::FileUnreadable, format!("{what}: {error}"));
    if file.is_none()
        && let Some(key) = std::env::var("STOA_SELLER_KEY").ok().filter(|key| !key.is_empty())
    {
        return Ok(Zeroizing::new(key));
    }
    let mut text = Zeroizing::new(String::new());
    match file {
        Some(path) => {
            let name = path.display().to_string();
            let opened = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
            opened.take(KEY_CAP).read_to_string(&mut text).map_err(|error| unreadable(&name, &error))?;
        }
        None => {
            let line = std::io::BufRead::read_line(&mut std::io::stdin().lock().take(KEY_CAP), &mut text);
            line.map_err(|error| unreadable("stdin", &error))?;
        }
    }
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(Zeroizing::new(line.to_owned())),
        None => Err(Error::new(Code::BadRequest, "no key: give it by --key-file, STOA_SELLER_KEY or on stdin")),
    }
}

/// The catalog's own JSON, with its defaults.
pub fn draft(file: &Path) -> Result<Draft> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(DRAFT_CAP + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(DRAFT_CAP + 1).read_to_string(&mut text))
    };
    read.map_err(|error| Error::new(Code::FileUnreadable, format!("{}: {error}", file.display())))?;
    if text.len() as u64 > DRAFT_CAP {
        return Err(Error::new(Code::TooLarge, format!("a product's file holds at most {} KiB", DRAFT_CAP / 1024)));
    }
    let draft: stoa_catalog::Draft =
        serde_json::from_str(&text).map_err(|error| Error::new(Code::BadRequest, format!("{}: {error}", file.display())))?;
    Ok(Draft {
        gtin: draft.gtin.or_else(|| (draft.kind == stoa_catalog::CodeKind::Gtin).then(|| draft.code.clone())),
        code: draft.code,
        name: draft.name,
        description: draft.description,
        brand: draft.brand,
        price: draft.price.map(|price| Money { minor: price.minor, currency: price.currency }),
        availability: draft.availability.into(),
        quantity: draft.quantity,
        images: draft.images.iter().map(ToString::to_string).collect(),
        whole_picture: draft.image_style == stoa_catalog::ImageStyle::Contain,
        url: draft.url,
        layout: draft.layout,
        fresh: draft.fresh_seconds,
    })
}

/// An amount in whole units, exactly.
pub fn money(amount: &str, currency: &str) -> Result<Money> {
    let price = feeds::read_price(&format!("{amount} {currency}"));
    let price = price.map_err(|why| Error::new(Code::BadRequest, format!("--price {amount}: {why}")))?;
    Ok(Money { minor: price.minor, currency: price.currency })
}

pub fn format_of(file: &Path, told: Option<Formats>) -> Result<FeedFormat> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let format = told.or_else(|| ending.and_then(|ending| Formats::from_str(&ending, true).ok()));
    match format {
        Some(Formats::Csv) => Ok(FeedFormat::Csv),
        Some(Formats::Tsv) => Ok(FeedFormat::Tsv),
        Some(Formats::Xml) => Ok(FeedFormat::Xml),
        Some(Formats::Jsonld) => Ok(FeedFormat::JsonLd),
        None => Err(Error::new(Code::BadRequest, "name the file ….csv, .tsv, .xml or .jsonld, or say --format")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use stoa_core::api::Availability;

    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        let read = |amount, currency| money(amount, currency).map(|money| money.minor).map_err(|error| error.code);
        assert_eq!(read("12.50", "EUR"), Ok(1250));
        assert_eq!(read("1200", "JPY"), Ok(1200));
        assert_eq!(read("0.995", "KWD"), Ok(995));
        for (amount, currency) in [("12.505", "EUR"), ("-1", "EUR"), ("x", "EUR"), ("1", "XXX"), ("1", "")] {
            assert_eq!(read(amount, currency), Err(Code::BadRequest), "{amount} {currency}");
        }
    }

    #[test]
    fn a_products_file_has_the_catalogs_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jam.json");
        std::fs::write(&file, r#"{"code":"jam","name":"Fig jam","url":"https://shop.example/p/jam"}"#).unwrap();
        let jam = draft(&file).unwrap();
        assert_eq!((jam.layout.as_str(), jam.fresh, jam.availability), ("compact", 3600, Availability::InStock));
        std::fs::write(&file, r#"{"code":"jam","nome":"Fig jam"}"#).unwrap();
        assert_eq!(draft(&file).unwrap_err().code, Code::BadRequest);
        assert_eq!(draft(&folder.path().join("none")).unwrap_err().code, Code::FileUnreadable);
    }

    #[test]
    fn a_feeds_ending_says_how_it_is_written() {
        assert_eq!(format_of(Path::new("a.CSV"), None).unwrap(), FeedFormat::Csv);
        assert_eq!(format_of(Path::new("a.csv"), Some(Formats::Xml)).unwrap(), FeedFormat::Xml);
        assert_eq!(format_of(Path::new("a.doc"), None).unwrap_err().code, Code::BadRequest);
    }
}
