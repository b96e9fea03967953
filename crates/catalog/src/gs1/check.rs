//! Is a value what its AI says it is?

use super::Error;
use super::ai::{Ai, Check, Part, Set};

/// Length and characters of every part, then its check. What a value means (countries, currencies) is not judged.
pub fn value(ai: &Ai, value: &str) -> Result<(), Error> {
    let wrong = || Error::Format(ai.name.clone());
    if !value.is_ascii() {
        return Err(wrong());
    }
    let mut rest = value.as_bytes();
    let mut sound = true;
    for part in ai.format {
        if rest.is_empty() && part.optional {
            continue;
        }
        let (taken, behind) = rest.split_at(part.max.min(rest.len()));
        if taken.len() < part.min || !taken.iter().all(|&b| fits(part, b)) {
            return Err(wrong());
        }
        match part.check {
            Check::Digit => sound &= check_digit(taken),
            Check::Pair => sound &= check_pair(taken),
            Check::Date { day } if !date(taken, day) => return Err(wrong()),
            Check::Company if taken.len() < 4 || !taken[..4].iter().all(u8::is_ascii_digit) => return Err(wrong()),
            Check::Zero if taken.iter().any(|&b| b != b'0') => return Err(wrong()),
            _ => {}
        }
        rest = behind;
    }
    match (rest, sound) {
        ([], true) => Ok(()),
        ([], false) => Err(Error::CheckDigit(ai.name.clone())),
        _ => Err(wrong()),
    }
}

/// General Specifications, figures 7.11-1 to 7.11-3.
fn fits(part: &Part, b: u8) -> bool {
    match part.set {
        Set::Digits => b.is_ascii_digit(),
        Set::Set82 => b.is_ascii_alphanumeric() || b"!\"%&'()*+,-./:;<=>?_".contains(&b),
        Set::Set39 => b.is_ascii_digit() || b.is_ascii_uppercase() || b"#-/".contains(&b),
        Set::Set64 => b.is_ascii_alphanumeric() || b"-_=".contains(&b),
    }
}

/// General Specifications, 7.9.1: weights 3 and 1 in turn, from the right, the check digit included with 1.
pub fn check_digit(digits: &[u8]) -> bool {
    let weigh = |(at, b): (usize, &u8)| u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 3 };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// General Specifications, 7.9.5: two check characters of 32, from a sum weighted with primes, modulo 1021.
fn check_pair(text: &[u8]) -> bool {
    const PRIMES: [u32; 23] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    const ORDER: &[u8; 82] = b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    let Some((body, [high, low])) = text.split_last_chunk::<2>() else { return false };
    if body.is_empty() || body.len() > PRIMES.len() {
        return false;
    }
    let place = |b: &u8| ORDER.iter().zip(0..).find_map(|(of, at)| (of == b).then_some(at));
    let weighed = body.iter().rev().zip(PRIMES).map(|(b, prime)| Some(place(b)? * prime));
    let Some(sum) = weighed.sum::<Option<u32>>() else { return false };
    let (first, second) = ((sum % 1021) / 32, (sum % 1021) % 32);
    LETTERS.get(first as usize) == Some(high) && LETTERS.get(second as usize) == Some(low)
}

/// YYMMDD; day 00 is "some day of the month" where that is allowed.
fn date(digits: &[u8], day_needed: bool) -> bool {
    let two = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
    let (year, month, day) = (two(0), two(2), two(4));
    let days = match month {
        // No year within fifty of now ends a century that leaves its leap day out.
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    day <= days && (day > 0 || !day_needed)
}
