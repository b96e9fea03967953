//! Prices as people write them, exactly, in minor units of ISO 4217. What can be read in two ways is refused, never guessed: a wrong
//! guess is wrong by a factor of a thousand.

use crate::Price;

/// ISO 4217, list one, without precious metals and test codes.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF \
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP \
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK \
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST \
    XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

const DOLLARS: &[&str] = &[
    "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "BBD", "BMD", "BND", "BSD", "BZD", "FJD",
    "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD",
];

/// What a sign may stand for.
const SIGNS: &[(&str, &[&str])] = &[
    ("$", DOLLARS),
    ("€", &["EUR"]),
    ("£", &["GBP", "EGP", "FKP", "GIP", "SHP"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("JP¥", &["JPY"]),
    ("CN¥", &["CNY"]),
    ("円", &["JPY"]),
    ("元", &["CNY", "TWD", "HKD"]),
    ("RMB", &["CNY"]),
    ("US$", &["USD"]),
    ("C$", &["CAD", "NIO"]),
    ("CA$", &["CAD"]),
    ("A$", &["AUD"]),
    ("AU$", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("HK$", &["HKD"]),
    ("S$", &["SGD"]),
    ("NT$", &["TWD"]),
    ("MX$", &["MXN"]),
    ("R$", &["BRL"]),
    ("KR", &["SEK", "NOK", "DKK", "ISK"]),
    ("ZŁ", &["PLN"]),
    ("KČ", &["CZK"]),
    ("FT", &["HUF"]),
    ("LEI", &["RON", "MDL"]),
    ("ЛВ", &["BGN"]),
    ("₴", &["UAH"]),
    ("₽", &["RUB"]),
    ("РУБ", &["RUB"]),
    ("₺", &["TRY"]),
    ("TL", &["TRY"]),
    ("₹", &["INR"]),
    ("RS", &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"]),
    ("₩", &["KRW", "KPW"]),
    ("원", &["KRW"]),
    ("₫", &["VND"]),
    ("Đ", &["VND"]),
    ("฿", &["THB"]),
    ("₱", &["PHP"]),
    ("₪", &["ILS"]),
    ("₦", &["NGN"]),
    ("FR", &["CHF"]),
    ("SFR", &["CHF"]),
    ("RP", &["IDR"]),
    ("RM", &["MYR"]),
];

/// The largest price, in minor units.
const MINOR_CAP: i64 = 1_000_000_000_000_000;

pub(super) fn is_currency(code: &str) -> bool {
    code.len() == 3 && CURRENCIES.split_ascii_whitespace().any(|known| known == code)
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

/// Reads `12.50 EUR`, `€ 1.234,50`, `$12.50`, `1 234`. The currency is the one written with the number, else the one of `column`, else
/// `default`; where a sign stands for several, the default decides among them.
pub(super) fn read(text: &str, column: Option<&str>, default: Option<&str>) -> Result<Price, String> {
    let text = folded(text);
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(first), Some(last)) = (text.find(is_digit), text.rfind(is_digit)) else {
        return Err("not a price: it has no digits".to_owned());
    };
    let (mut before, mut number) = (text[..first].trim(), text[first..=last].to_owned());
    if let Some(sign) = before.strip_suffix(['.', ',']).filter(|_| !text[..first].ends_with(' '))
        && !sign.ends_with(char::is_alphabetic)
    {
        (before, number) = (sign, format!("0.{number}"));
    }
    if before.contains(['-', '−', '(']) {
        return Err("a price is not negative".to_owned());
    }
    let after = text[last + 1..].trim().trim_start_matches(['.', ',']).trim_matches(['-', '–', '—']).trim();
    let currency = currency([before, after], column, default)?;
    Ok(Price { minor: minor(&number, currency)?, currency: currency.to_owned() })
}

/// As Google's feeds have it: `12.50 EUR`.
pub(super) fn write(price: &Price) -> String {
    format!("{} {}", amount(price), price.currency)
}

/// The number alone, with a point before the minor units.
pub(super) fn amount(price: &Price) -> String {
    let digits = digits(&price.currency);
    let padded = format!("{:0>width$}", price.minor, width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    if digits == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Digits of other scripts become ASCII ones, every space a plain one.
fn folded(text: &str) -> String {
    let digit = |c: char, zero: char| char::from_digit(c as u32 - zero as u32, 10).unwrap_or(c);
    let fold = |c: char| match c {
        '０'..='９' => digit(c, '０'),
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        '．' | '٫' => '.',
        '，' | '٬' => ',',
        '’' | '‘' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.trim().chars().filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}')).map(fold).collect()
}

fn currency(written: [&str; 2], column: Option<&str>, default: Option<&str>) -> Result<&'static str, String> {
    let mut may: Option<Vec<&'static str>> = None;
    for sign in written.into_iter().chain(column).flat_map(str::split_whitespace) {
        let meant = meant(sign).ok_or_else(|| format!("not a currency: {}", sign.chars().take(20).collect::<String>()))?;
        may = Some(match may {
            None => meant,
            Some(before) => before.into_iter().filter(|code| meant.contains(code)).collect(),
        });
    }
    let default = default.and_then(known);
    match (may.as_deref(), default) {
        (None, Some(default)) => Ok(default),
        (None, None) => Err("the price names no currency: write 12.50 EUR, or give a default currency".to_owned()),
        (Some([]), _) => Err("the price names two currencies".to_owned()),
        (Some([one]), _) => Ok(one),
        (Some(several), Some(default)) if several.contains(&default) => Ok(default),
        (Some([one, other, ..]), _) => Err(format!("the sign may mean {one}, {other} or another: give a default currency")),
    }
}

fn known(code: &str) -> Option<&'static str> {
    CURRENCIES.split_ascii_whitespace().find(|known| *known == code)
}

fn meant(sign: &str) -> Option<Vec<&'static str>> {
    let sign = sign.trim_end_matches('.').to_uppercase();
    if let Some(code) = known(&sign) {
        return Some(vec![code]);
    }
    SIGNS.iter().find(|(known, _)| *known == sign).map(|(_, codes)| codes.to_vec())
}

fn minor(number: &str, currency: &str) -> Result<i64, String> {
    let digits = digits(currency);
    let (whole, fraction) = parts(number, digits)?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return Err(format!("more decimal places than {currency} has"));
    }
    let text = format!("{whole}{fraction:0<digits$}");
    let text = text.trim_start_matches('0');
    let minor = if text.is_empty() { Some(0) } else { text.parse::<i64>().ok() };
    minor.filter(|minor| *minor <= MINOR_CAP).ok_or_else(|| "the price is too large".to_owned())
}

/// The digits before and after the decimal mark.
fn parts(number: &str, digits: usize) -> Result<(String, &str), String> {
    let not_a_number = || "not a number".to_owned();
    if number.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '\'' | ' ')) {
        return Err(not_a_number());
    }
    let (dots, commas) = (number.matches('.').count(), number.matches(',').count());
    let mark = match (dots, commas) {
        (0, 0) => None,
        (_, 0) | (0, _) if dots + commas > 1 => None,
        (1, 0) | (0, 1) => lone(number, digits)?,
        _ => number.rfind(['.', ',']),
    };
    let (whole, fraction) = mark.map_or((number, ""), |at| (&number[..at], &number[at + 1..]));
    let whole = ungrouped(whole).ok_or_else(not_a_number)?;
    if fraction.bytes().all(|b| b.is_ascii_digit()) { Ok((whole, fraction)) } else { Err(not_a_number()) }
}

/// Where the decimal mark of a number with one point or comma is; `None` when it parts thousands.
fn lone(number: &str, digits: usize) -> Result<Option<usize>, String> {
    let Some(at) = number.find(['.', ',']) else { return Ok(None) };
    let (before, after) = (&number[..at], &number[at + 1..]);
    let grouped = before.contains(['\'', ' ']);
    let either = after.len() == 3 && before.len() <= 3 && !before.starts_with('0') && !grouped;
    match (either, digits) {
        (false, _) => Ok(Some(at)),
        (true, 0) => Ok(None),
        (true, 3..) if number[at..].starts_with('.') => Ok(Some(at)),
        (true, _) => {
            Err(format!("{number} is {before}{after} or {before} and a fraction: write it without a mark for thousands"))
        }
    }
}

/// Groups of three, or as in India of two before the last; one kind of mark.
fn ungrouped(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return Some(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let [first, middle @ .., last] = groups.as_slice() else { return None };
    let thousands = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    let lakhs = (1..=2).contains(&first.len()) && middle.iter().all(|group| group.len() == 2);
    (digits && last.len() == 3 && (thousands || lakhs)).then(|| groups.concat())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(text: &str) -> Result<(i64, String), String> {
        read(text, None, Some("EUR")).map(|price| (price.minor, price.currency))
    }

    #[test]
    fn prices_are_read_to_the_minor_unit() {
        let cases = [
            ("12.50 EUR", 1250, "EUR"),
            ("EUR 12.5", 1250, "EUR"),
            ("12,50 €", 1250, "EUR"),
            ("1.234,50 EUR", 123_450, "EUR"),
            ("1,234.50 USD", 123_450, "USD"),
            ("US$ 1,234.50", 123_450, "USD"),
            ("1'234.50 CHF", 123_450, "CHF"),
            ("1\u{202F}234,50\u{A0}€", 123_450, "EUR"),
            ("12", 1200, "EUR"),
            ("12.-", 1200, "EUR"),
            ("12,– €", 1200, "EUR"),
            (".50", 50, "EUR"),
            ("$.50 USD", 50, "USD"),
            ("0.5", 50, "EUR"),
            ("1200 JPY", 1200, "JPY"),
            ("1,200円", 1200, "JPY"),
            ("1200.00 JPY", 1200, "JPY"),
            ("1.234 KWD", 1234, "KWD"),
            ("1.5 KWD", 1500, "KWD"),
            ("12,34,567.80 INR", 123_456_780, "INR"),
            ("Rs. 100 INR", 10_000, "INR"),
            ("٣٫٥٠ EGP", 350, "EGP"),
            ("１２８元 CNY", 12_800, "CNY"),
            ("1.234.567 EUR", 123_456_700, "EUR"),
            ("129,00 zł", 12_900, "PLN"),
            ("12.5000 eur", 1250, "EUR"),
            ("0", 0, "EUR"),
        ];
        for (text, minor, currency) in cases {
            assert_eq!(eur(text), Ok((minor, currency.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_may_mean_two_things_is_refused() {
        for text in [
            "1.234",
            "1,234 USD",
            "1,234 KWD",
            "",
            "free",
            "-5",
            "(5)",
            "12.345 EUR x",
            "0.125",
            "$ 12",
            "5 EUR USD",
            "1.2.3,4,5",
            "1,23,45",
            "99999999999999999999",
            "12.50 EURO",
            "1e3",
        ] {
            assert!(eur(text).is_err(), "{text}: {:?}", eur(text));
        }
        assert!(read("12.50", None, None).is_err());
        assert_eq!(read("$12.50", None, Some("CAD")).unwrap().currency, "CAD");
        assert_eq!(read("¥1200", None, Some("CNY")).unwrap().minor, 120_000);
        assert_eq!(read("12.50", Some("sek"), Some("EUR")).unwrap().currency, "SEK");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(minor in 0..=MINOR_CAP, at in 0..100usize) {
            let all: Vec<&str> = CURRENCIES.split_ascii_whitespace().collect();
            let price = Price { minor, currency: all[at % all.len()].to_owned() };
            prop_assert_eq!(read(&write(&price), None, None), Ok(price));
        }

        #[test]
        fn no_text_panics(text in "[0-9., '$€-]{0,24}|\\PC{0,24}") {
            let _ = read(&text, Some(&text), Some("EUR"));
        }
    }
}
