//! Feeds in and out: what shops export, what is damaged, and what comes back.

#![allow(clippy::unwrap_used)]

mod damage;
mod markup;
mod round_trip;
mod tables;

use stoa_catalog::server::feeds::{Defaults, FeedFormat, read_with};
use stoa_catalog::server::{Draft, RowError};

pub fn defaults() -> Defaults {
    Defaults { currency: Some("EUR".to_owned()), link: Some("https://shop.example/products/{handle}?sku={code}".to_owned()) }
}

pub fn rows(bytes: &[u8], format: FeedFormat) -> Vec<(u64, Result<Draft, RowError>)> {
    read_with(bytes, format, defaults()).unwrap().collect()
}

pub fn good(bytes: &[u8], format: FeedFormat) -> Vec<Draft> {
    rows(bytes, format).into_iter().map(|(row, draft)| draft.unwrap_or_else(|e| panic!("row {row}: {e:?}"))).collect()
}

pub fn minor(draft: &Draft) -> (i64, &str) {
    let price = draft.price.as_ref().unwrap();
    (price.minor, &price.currency)
}
