//! GTINs as shops write them.

use crate::gs1::gtin14;

/// Digits alone, of a length that GTINs have, with a check digit that holds (GS1 General Specifications, 7.9).
pub(super) fn checked_gtin(text: &str) -> Result<String, String> {
    if text.contains(['E', 'e']) && text.contains(['+', '.', ',']) {
        return Err("a spreadsheet has rounded this number: format the column as text and export it again".to_owned());
    }
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\'')).collect();
    if let Some(gtin) = of_isbn10(&digits) {
        return Ok(gtin);
    }
    if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a GTIN has 8, 12, 13 or 14 digits".to_owned());
    }
    let weighted =
        digits.bytes().rev().zip([1u32, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    if weighted.sum::<u32>().is_multiple_of(10) { Ok(digits) } else { Err("the check digit does not hold".to_owned()) }
}

/// A book's number of before 2007 as the GTIN that is printed now (ISBN Users' Manual, 2017, 4 and appendix 1).
fn of_isbn10(text: &str) -> Option<String> {
    let (body, _) = text.split_at_checked(9).filter(|(_, check)| check.len() == 1)?;
    let digit = |at: usize, b: u8| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'X' | b'x' if at == 9 => Some(10),
        _ => None,
    };
    let weighted: Option<u32> = text.bytes().enumerate().map(|(at, b)| Some(digit(at, b)? * (10 - at as u32))).sum();
    if !weighted?.is_multiple_of(11) {
        return None;
    }
    (0..10).map(|check| format!("978{body}{check}")).find(|gtin| gtin14(gtin).is_some())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_counted() {
        for gtin in ["4006381333931", "96385074", "036000291452", "10614141000415", " 4006-381333931"] {
            assert!(checked_gtin(gtin).is_ok(), "{gtin}");
        }
        assert_eq!(checked_gtin("0-306-40615-2").as_deref(), Ok("9780306406157"));
        assert_eq!(checked_gtin("080442957X").as_deref(), Ok("9780804429573"));
        for gtin in ["0306406153", "X306406152", "4006381333932", "123", "4.00638E+12", "40063813339３1", ""] {
            assert!(checked_gtin(gtin).is_err(), "{gtin}");
        }
    }
}
