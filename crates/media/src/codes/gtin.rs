//! The trade item number in a code.

use super::{CodeFormat, Found};

/// Ends an element of variable length in a GS1 element string.
const SEPARATOR: char = '\u{1d}';

/// The GTIN of a code in 14 digits, its check digit verified: of EAN, UPC, ITF-14 and DataBar the number itself, of GS1 element strings the
/// value of AI 01 (GS1 General Specifications, 7.8). A GS1 Digital Link in a QR code is an address, not an element string.
pub fn gtin(found: &Found) -> Option<String> {
    let text = found.text.as_str();
    let digits = match found.format {
        CodeFormat::Ean13 if text.len() == 13 => text.to_owned(),
        CodeFormat::Ean8 if text.len() == 8 => text.to_owned(),
        CodeFormat::UpcA if text.len() == 12 => text.to_owned(),
        CodeFormat::Itf | CodeFormat::DataBar if text.len() == 14 => text.to_owned(),
        CodeFormat::UpcE => upc_a(text)?,
        CodeFormat::DataBarExpanded => text.split("(01)").nth(1)?.get(..14)?.to_owned(),
        _ if found.gs1 => element_01(text)?.to_owned(),
        _ => return None,
    };
    checked(&digits).then(|| format!("{digits:0>14}"))
}

/// Whether all are digits and the last one is the check digit of the others (GS1 General Specifications, 7.9.1).
pub fn checked(digits: &str) -> bool {
    let weigh = |(at, digit): (usize, u8)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 };
    let all = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    all && digits.bytes().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// The 12 digits that the 8 of a UPC-E stand for.
fn upc_a(short: &str) -> Option<String> {
    if short.len() != 8 || !short.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (system, body, check) = (&short[..1], &short[1..7], &short[7..]);
    let whole = match &body[5..] {
        last @ ("0" | "1" | "2") => format!("{}{last}0000{}", &body[..2], &body[2..5]),
        "3" => format!("{}00000{}", &body[..3], &body[3..5]),
        "4" => format!("{}00000{}", &body[..4], &body[4..5]),
        last => format!("{}0000{last}", &body[..5]),
    };
    Some(format!("{system}{whole}{check}"))
}

/// The value of the first AI 01.
fn element_01(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start_matches(SEPARATOR);
        let name = text.get(..2)?;
        let length = match name {
            "01" => return text.get(2..16),
            "00" => 20,
            "02" | "03" => 16,
            "04" => 18,
            "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => 8,
            "20" => 4,
            "31" | "32" | "33" | "34" | "35" | "36" => 10,
            "41" => 16,
            _ => text.find(SEPARATOR)?,
        };
        text = text.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(format: CodeFormat, text: &str, gs1: bool) -> Option<String> {
        gtin(&Found { format, text: text.into(), gs1 })
    }

    #[test]
    fn numbers_are_padded_and_checked() {
        assert_eq!(of(CodeFormat::Ean13, "4006381333931", false).as_deref(), Some("04006381333931"));
        assert_eq!(of(CodeFormat::Ean13, "4006381333932", false), None);
        assert_eq!(of(CodeFormat::Ean8, "73513537", false).as_deref(), Some("00000073513537"));
        assert_eq!(of(CodeFormat::UpcA, "036000291452", false).as_deref(), Some("00036000291452"));
        assert_eq!(of(CodeFormat::Itf, "15400141288763", false).as_deref(), Some("15400141288763"));
        assert_eq!(of(CodeFormat::Itf, "40063813", false), None);
        assert_eq!(of(CodeFormat::DataBar, "00012345678905", false).as_deref(), Some("00012345678905"));
        assert_eq!(of(CodeFormat::Code39, "4006381333931", false), None);
    }

    #[test]
    fn a_short_number_is_spelt_out() {
        for (short, whole) in [
            ("04252614", "042100005264"),
            ("01234505", "012000003455"),
            ("01234535", "012300000455"),
            ("01234545", "012340000055"),
            ("01234565", "012345000065"),
        ] {
            assert_eq!(upc_a(short).as_deref(), Some(whole));
        }
        assert_eq!(of(CodeFormat::UpcE, "04252614", false).as_deref(), Some("00042100005264"));
        assert_eq!(of(CodeFormat::UpcE, "0425261é", false), None);
    }

    #[test]
    fn element_strings_are_walked() {
        let first = "0109504000059101211234\u{1d}10ab";
        let last = "1120010110lot\u{1d}\u{1d}0109504000059101";
        for text in [first, last] {
            assert_eq!(of(CodeFormat::DataMatrix, text, true).as_deref(), Some("09504000059101"), "{text}");
            assert_eq!(of(CodeFormat::DataMatrix, text, false), None);
        }
        let bracketed = "(01)09504000059101(3103)001750";
        assert_eq!(of(CodeFormat::DataBarExpanded, bracketed, true).as_deref(), Some("09504000059101"));
        for wrong in ["", "01", "0109504000059102", "10lot", "21é\u{1d}01é", "010950400005910"] {
            assert_eq!(of(CodeFormat::QrCode, wrong, true), None, "{wrong}");
        }
    }
}
