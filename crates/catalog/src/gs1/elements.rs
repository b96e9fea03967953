//! Element strings: what a scanner reports of a GS1 symbol. GS1 General Specifications, 7.8.

use super::ai::{self, Ai};
use super::{AIS_CAP, Element, Error, URI_CAP, check};

/// FNC1 between elements, as scanners transmit it (ASCII GS) and as it is written down.
const SEPARATORS: [char; 2] = ['\u{1d}', '^'];
/// Symbology identifiers of GS1 symbols (ISO/IEC 15424).
const SYMBOLOGIES: [&str; 5] = ["]C1", "]e0", "]d2", "]Q3", "]J1"];

/// The elements of a string such as `0109506000134352` FNC1 `10LOT7`, or, written for people, `(01)09506000134352(10)LOT7`.
///
/// # Errors
/// `not_elements`, or what is wrong with an element.
pub fn elements(text: &str) -> Result<Vec<Element>, Error> {
    if text.len() > URI_CAP {
        return Err(Error::TooLong);
    }
    let text = SYMBOLOGIES.iter().find_map(|symbology| text.strip_prefix(symbology)).unwrap_or(text);
    if !text.is_ascii() {
        return Err(Error::NotElements);
    }
    let mut rest = text.trim_start_matches(SEPARATORS);
    let mut found: Vec<Element> = Vec::new();
    while !rest.is_empty() {
        let (ai, value, behind) = if text.starts_with('(') { bracketed(rest)? } else { bare(rest)? };
        if value.is_empty() {
            return Err(Error::Empty(ai.name));
        }
        check::value(&ai, value)?;
        if found.iter().any(|before| before.ai == ai.name) {
            return Err(Error::Repeated(ai.name));
        }
        if found.len() == AIS_CAP {
            return Err(Error::TooLong);
        }
        found.push(Element { ai: ai.name, value: value.to_owned(), variable: !ai.predefined });
        rest = behind.trim_start_matches(SEPARATORS);
    }
    if found.is_empty() { Err(Error::NotElements) } else { Ok(found) }
}

/// A predefined length, or up to the next separator.
fn bare(text: &str) -> Result<(Ai, &str, &str), Error> {
    let (ai, behind) =
        (2..=4).find_map(|digits| Some((ai::lookup(text.get(..digits)?)?, &text[digits..]))).ok_or(Error::NotElements)?;
    let end = if ai.predefined {
        ai.format.iter().map(|part| part.max).sum::<usize>().min(behind.len())
    } else {
        behind.find(SEPARATORS).unwrap_or(behind.len())
    };
    Ok((ai, &behind[..end], &behind[end..]))
}

/// Up to the next AI in brackets.
fn bracketed(text: &str) -> Result<(Ai, &str, &str), Error> {
    let name = opened(text).ok_or(Error::NotElements)?;
    let ai = ai::lookup(name).ok_or_else(|| Error::Unknown(name.to_owned()))?;
    let behind = &text[name.len() + 2..];
    let end = behind.match_indices('(').find_map(|(at, _)| opened(&behind[at..]).map(|_| at)).unwrap_or(behind.len());
    Ok((ai, &behind[..end], &behind[end..]))
}

/// The digits of `(01)…`.
fn opened(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('(')?.split_once(')')?;
    ((2..=4).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        elements(text).unwrap().into_iter().map(|element| (element.ai, element.value)).collect()
    }

    #[test]
    fn scanned_and_written_forms_say_the_same() {
        let pairs = [("01", "09506000134352"), ("10", "LOT(7)"), ("17", "271231")].map(|(ai, v)| (ai.to_owned(), v.to_owned()));
        for text in [
            "010950600013435210LOT(7)\u{1d}17271231",
            "]C1010950600013435210LOT(7)\u{1d}17271231",
            "^010950600013435210LOT(7)^17271231",
            "(01)09506000134352(10)LOT(7)(17)271231",
        ] {
            assert_eq!(read(text), pairs, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "^",
            "hello",
            "01095060001343",
            "0109506000134353",
            "(01)",
            "(99999)1",
            "01095060001343520109506000134352",
            "日本",
        ] {
            assert!(elements(text).is_err(), "{text}");
        }
    }
}
