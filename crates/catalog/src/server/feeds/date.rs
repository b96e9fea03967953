//! Dates of sale prices: ISO 8601 as feeds write it.

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01 UTC, and whether a time of day was given: `2026-11-21`, `2026-11-21T07:00+0100`, `2026-11-21 07:00:00Z`.
fn read(text: &str) -> Option<(i64, bool)> {
    let text = text.trim();
    let (day, clock) = match text.split_once(['T', ' ']) {
        Some((day, clock)) => (day, Some(clock.trim())),
        None => (text, None),
    };
    let mut numbers = day.splitn(3, '-').map(str::parse::<i32>);
    let mut number = || numbers.next()?.ok();
    let (year, month, of_month) = (number()?, u8::try_from(number()?).ok()?, u8::try_from(number()?).ok()?);
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, of_month).ok()?;
    let (time, offset) = match clock {
        Some(clock) => of_day(clock)?,
        None => (Time::MIDNIGHT, UtcOffset::UTC),
    };
    let moment = OffsetDateTime::new_in_offset(date, time, offset);
    Some((i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?, clock.is_some()))
}

/// `07:00`, `07:00:30`, `07:00:30.5`, then `Z`, `+0100`, `+01:00` or nothing.
fn of_day(clock: &str) -> Option<(Time, UtcOffset)> {
    let (clock, zone) = match clock.find(['Z', 'z', '+', '-']) {
        Some(at) => (&clock[..at], &clock[at..]),
        None => (clock, ""),
    };
    let whole = clock.split('.').next()?;
    let mut numbers = whole.splitn(3, ':').map(str::parse::<u8>);
    let (hour, minute) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let second = numbers.next().map_or(Some(0), Result::ok)?;
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let offset = match (zone.chars().next(), digits.len()) {
        (None | Some('Z' | 'z'), 0) => UtcOffset::UTC,
        (Some(sign), 2 | 4) => {
            let (hours, minutes) = digits.split_at(2);
            let (hours, minutes): (i8, i8) = (hours.parse().ok()?, if minutes.is_empty() { 0 } else { minutes.parse().ok()? });
            let turn = if sign == '-' { -1 } else { 1 };
            UtcOffset::from_hms(turn * hours, turn * minutes, 0).ok()?
        }
        _ => return None,
    };
    Some((Time::from_hms(hour, minute, second).ok()?, offset))
}

/// Is it now? `from` and `to` may be absent; a `to` without a time of day holds until that day ends. `None` when they are no dates.
pub(super) fn holds(from: Option<&str>, to: Option<&str>, now: i64) -> Option<bool> {
    let begun = match from {
        Some(from) => read(from)?.0 <= now,
        None => true,
    };
    let over = match to.map(read) {
        Some(Some((to, true))) => to <= now,
        Some(Some((to, false))) => to.saturating_add(DAY) <= now,
        Some(None) => return None,
        None => false,
    };
    Some(begun && !over)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_holds_between_its_dates() {
        let noon = read("2026-11-21T12:00Z").unwrap().0;
        assert_eq!(noon, 1_795_262_400_000);
        assert_eq!(read("2026-11-21T13:00:00+0100"), read("2026-11-21 12:00:00.5"));
        assert_eq!(holds(Some("2026-11-01"), Some("2026-11-21"), noon), Some(true), "the last day counts");
        assert_eq!(holds(Some("2026-11-01"), Some("2026-11-20"), noon), Some(false));
        assert_eq!(holds(Some("2026-11-21T12:30+01:00"), None, noon), Some(true));
        assert_eq!(holds(Some("2026-11-21T12:30-01:00"), None, noon), Some(false));
        for text in ["", "tomorrow", "2026-13-01", "2026-11-21T25:00", "2026-11-21T12:00+1", "-/-", "2026-11-21Té"] {
            assert_eq!(holds(Some(text), None, noon), None, "{text}");
        }
    }
}
