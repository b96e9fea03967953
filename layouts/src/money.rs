//! Prices as text, from minor units and an ISO 4217 code, in the reader's way of writing numbers. Never converted, never rounded.
//!
//! Digits: ISO 4217, list one. Symbols, marks, groups and patterns: CLDR's standard currency formats, in the table that `cldr.mjs` wrote.

use crate::data::Price;
use crate::locale;

const TABLE: &str = include_str!("cldr.tsv");
const NBSP: char = '\u{A0}';

/// A line of the table; see `cldr.mjs` for its columns.
struct Numbers {
    decimal: &'static str,
    group: &'static str,
    /// An integer of fewer digits and one is not grouped.
    least: usize,
    /// Digits in every group but the last, which has three.
    further: usize,
    positive: &'static str,
    negative: &'static str,
    symbols: &'static str,
}

impl Numbers {
    fn of(tag: &str) -> Option<Self> {
        let line = TABLE.lines().find_map(|line| line.strip_prefix(tag)?.strip_prefix('\t'))?;
        let mut columns = line.splitn(7, '\t');
        let mut column = || columns.next();
        let (decimal, group) = (column()?, column()?);
        let (least, further) = (column()?.parse().ok()?, column()?.parse().ok()?);
        let (positive, negative) = (column()?, column()?);
        Some(Self { decimal, group, least, further, positive, negative, symbols: column().unwrap_or_default() })
    }

    fn symbol<'a>(&self, currency: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.symbols.split('\t').find_map(|pair| pair.strip_prefix(currency)?.strip_prefix('=')).unwrap_or(currency)
    }

    fn figure(&self, minor: u64, digits: usize) -> String {
        let padded = format!("{minor:0>width$}", width = digits + 1);
        let (whole, fraction) = padded.split_at(padded.len() - digits);
        let mut text = String::with_capacity(padded.len() * 2);
        for (index, digit) in whole.chars().enumerate() {
            let left = whole.len() - index;
            let at_group = left == 3 || (left > 3 && (left - 3).is_multiple_of(self.further));
            if index > 0 && at_group && whole.len() >= self.least {
                text.push_str(self.group);
            }
            text.push(digit);
        }
        if digits > 0 {
            text.push_str(self.decimal);
            text.push_str(fraction);
        }
        text
    }
}

/// Minor units in one major unit, as a power of ten.
fn digits(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// For example `€12.50`, `12,50 €`, `JP¥1,250`; a currency without a symbol by its code: `CHF 12.50`. A locale that is not in the table
/// reads as its language does, else as `en`. Text for right-to-left readers carries the marks that keep figure and symbol in order.
pub fn price_text(price: &Price, locale: &str) -> String {
    let Some(numbers) = Numbers::of(locale::numbers(locale)) else {
        return format!("{} {}", price.minor, price.currency);
    };
    let symbol = numbers.symbol(&price.currency);
    let figure = numbers.figure(price.minor.unsigned_abs(), digits(&price.currency));
    let pattern = if price.minor < 0 { numbers.negative } else { numbers.positive };
    // CLDR's currencySpacing: a symbol that ends in a letter is held apart from a figure.
    let held =
        if symbol.ends_with(|c: char| c.is_alphanumeric() || c == '.') { format!("{symbol}{NBSP}") } else { symbol.to_owned() };
    pattern.replace("¤#", &format!("{held}#")).replace('¤', symbol).replace('#', &figure)
}
