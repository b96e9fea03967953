//! GTINs as they are printed: 8, 12, 13 or 14 digits, one number. GS1 General Specifications, 3.3.

use super::{DigitalLink, check, elements};

/// The 14 digits of a GTIN of 8, 12, 13 or 14 digits whose check digit is right.
pub fn gtin14(text: &str) -> Option<String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 8 | 12 | 13 | 14);
    (digits && check::check_digit(text.as_bytes())).then(|| format!("{text:0>14}"))
}

/// The forms under which a catalog may know the GTIN, the usual one (13 digits) first.
pub fn gtin_forms(gtin14: &str) -> Vec<String> {
    let shorter = |digits: usize| {
        let (zeros, rest) = gtin14.split_at_checked(14 - digits)?;
        (zeros.bytes().all(|b| b == b'0') && rest.len() == digits).then(|| rest.to_owned())
    };
    [shorter(13), Some(gtin14.to_owned()), shorter(12), shorter(8)].into_iter().flatten().collect()
}

/// The 14 digits of the product in what a code holds: a GTIN, the short form of a UPC (UPC-E, eight digits), an element string or a
/// Digital Link on any host.
pub fn gtin_of(text: &str, upc_e: bool) -> Option<String> {
    if upc_e {
        return gtin14(&upc_a(text)?);
    }
    let in_elements = || {
        let found = elements(text).ok()?;
        Some(found.into_iter().find(|element| element.ai == "01")?.value)
    };
    gtin14(text).or_else(in_elements).or_else(|| DigitalLink::parse(text).ok()?.gtin().map(str::to_owned))
}

/// UPC-E is UPC-A with its zeros left out. General Specifications, 5.2.2.4.
fn upc_a(text: &str) -> Option<String> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) && text.starts_with(['0', '1']);
    if !digits {
        return None;
    }
    let (system, body, check) = (&text[..1], &text[1..7], &text[7..]);
    let (first, last) = body.split_at(5);
    Some(match last {
        "0" | "1" | "2" => format!("{system}{}{last}0000{}{check}", &first[..2], &first[2..]),
        "3" => format!("{system}{}00000{}{check}", &first[..3], &first[3..]),
        "4" => format!("{system}{}00000{}{check}", &first[..4], &first[4..]),
        _ => format!("{system}{first}0000{last}{check}"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_printed_form_is_one_number() {
        for (text, number) in [
            ("96385074", "00000096385074"),
            ("036000291452", "00036000291452"),
            ("4006381333931", "04006381333931"),
            ("09506000134352", "09506000134352"),
        ] {
            assert_eq!(gtin14(text).unwrap(), number);
            assert!(gtin_forms(number).contains(&text.to_owned()), "{text}");
        }
        assert_eq!(gtin_forms("00036000291452"), ["0036000291452", "00036000291452", "036000291452"]);
        for wrong in ["4006381333932", "400638133393", "", "400638133393a", "٤٠٠٦٣٨١٣٣٣٩٣١"] {
            assert_eq!(gtin14(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_hold_their_number_in_many_ways() {
        for (text, number) in [
            ("0109506000134352", "09506000134352"),
            ("(01)09506000134352(10)A", "09506000134352"),
            ("https://brand.example/01/09506000134352/10/A?17=271231", "09506000134352"),
            ("4006381333931", "04006381333931"),
        ] {
            assert_eq!(gtin_of(text, false).as_deref(), Some(number), "{text}");
        }
        assert_eq!(gtin_of("(10)LOT", false), None);
        assert_eq!(gtin_of("https://brand.example/", false), None);
        for (short, long) in [("04252614", "042100005264"), ("01234565", "012345000065"), ("01278907", "012000007897")] {
            assert_eq!(gtin_of(short, true).unwrap(), format!("{long:0>14}"), "{short}");
        }
    }
}
