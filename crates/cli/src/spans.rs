//! Times as people type them: a span (15d, 2h) or a moment (RFC 3339).

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds from now. For clap.
pub fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is neither a span such as 15d or 2h nor a time such as 2026-12-24T18:00:00Z");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => {
            let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
            let left = (moment - OffsetDateTime::now_utc()).whole_seconds();
            return u32::try_from(left).map_err(|_| format!("{text} is over, or too far away"));
        }
    };
    let number: u32 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(|| format!("{text} is too long"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn spans_and_moments() {
        assert_eq!(seconds("15d"), Ok(15 * 86_400));
        assert_eq!(seconds("90s"), Ok(90));
        let hour = OffsetDateTime::now_utc() + time::Duration::hours(1);
        let left = seconds(&hour.format(&Rfc3339).unwrap()).unwrap();
        assert!((3_590..=3_600).contains(&left), "{left}");
        for wrong in ["", "d", "5", "5y", "-5d", "1.5h", "9999999w", "2020-01-01T00:00:00Z", "天"] {
            assert!(seconds(wrong).is_err(), "{wrong:?}");
        }
    }
}
