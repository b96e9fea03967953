//! Hosts that a catalog may answer for.

use crate::Error;

/// `market.example` covers itself only; `.market.example` covers every name that ends in it, at a label's edge.
pub fn host_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('.') {
        Some(_) => host.len() > pattern.len() && host.ends_with(pattern),
        None => host == pattern,
    }
}

/// Lower-case ASCII (punycode) names of at least two labels: a whole top-level domain is nobody's.
pub(crate) fn check_host(pattern: &str) -> Result<(), Error> {
    let name = pattern.strip_prefix('.').unwrap_or(pattern);
    let label = |label: &str| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(fits) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() > 253 || name.split('.').count() < 2 || !name.split('.').all(label) {
        return Err(Error::invalid(format!("not a host name or suffix: {}", pattern.escape_debug())));
    }
    Ok(())
}
