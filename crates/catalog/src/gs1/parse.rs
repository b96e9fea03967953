//! From a URI to its elements, in one pass over path and query.

use percent_encoding::percent_decode_str;

use super::ai::{self, Ai};
use super::{AIS_CAP, DigitalLink, Element, Error, Lenience, URI_CAP, check};

pub fn parse(uri: &str, lenience: Lenience) -> Result<DigitalLink, Error> {
    let (path, query) = split(uri)?;
    let pairs = pairs(path, lenience)?;
    let mut elements = Vec::new();
    for (ai, value) in &pairs {
        elements.push(element(ai, value)?);
    }
    let [(key, _), qualifiers @ ..] = pairs.as_slice() else { return Err(Error::NoKey) };
    let orders = key.path.ok_or(Error::NoKey)?;
    let chosen: Vec<&str> = qualifiers.iter().map(|(ai, _)| ai.name.as_str()).collect();
    if !orders.iter().any(|order| in_order(order, &chosen)) {
        return Err(Error::Order);
    }
    let path = elements.len();
    attributes(query, orders, &chosen, lenience, &mut elements)?;
    repeated(&elements)?;
    Ok(DigitalLink { elements, path })
}

/// Path and query behind the host. Characters and scheme as the standard's grammar has them, narrower than what browsers take.
fn split(uri: &str) -> Result<(&str, &str), Error> {
    if uri.len() > URI_CAP {
        return Err(Error::TooLong);
    }
    if !uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b)) {
        return Err(Error::Characters);
    }
    let schemes = ["https://", "HTTPS://", "http://", "HTTP://"];
    let rest = schemes.iter().find_map(|scheme| uri.strip_prefix(scheme)).ok_or(Error::Scheme)?;
    let at = rest.find('/').ok_or(Error::Host)?;
    let (host, rest) = rest.split_at(at);
    if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b)) {
        return Err(Error::Host);
    }
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    Ok(rest.split_once('?').unwrap_or((rest, "")))
}

/// AI and raw value, from the rightmost primary key on. Whatever stands before it is the stem and means nothing.
fn pairs(path: &str, lenience: Lenience) -> Result<Vec<(Ai, &str)>, Error> {
    let mut segments = path.split('/').skip(1).collect::<Vec<_>>().into_iter().rev();
    let mut pairs = Vec::new();
    while let (Some(value), Some(name)) = (segments.next(), segments.next()) {
        let ai = match (ai::lookup(name), ai::short_name(name)) {
            (Some(ai), _) => ai,
            (None, Some(ai)) if lenience.short_names => ai,
            (None, Some(_)) => return Err(Error::ShortName(name.to_owned())),
            (None, None) => return Err(Error::NoKey),
        };
        if pairs.len() == AIS_CAP {
            return Err(Error::TooLong);
        }
        let found = ai.path.is_some();
        pairs.push((ai, value));
        if found {
            pairs.reverse();
            return Ok(pairs);
        }
    }
    Err(Error::NoKey)
}

fn in_order(order: &[&str], chosen: &[&str]) -> bool {
    let mut order = order.iter();
    chosen.iter().all(|ai| order.any(|next| next == ai))
}

fn attributes(
    query: &str,
    orders: &[&[&str]],
    chosen: &[&str],
    lenience: Lenience,
    into: &mut Vec<Element>,
) -> Result<(), Error> {
    for parameter in query.split('&') {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        // Any other parameter is the host's own and means nothing here.
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let unknown = || (lenience.unknown_attributes && (2..=4).contains(&name.len())).then(|| ai::unknown(name));
        let ai = ai::lookup(name).or_else(unknown).ok_or_else(|| Error::Unknown(name.chars().take(8).collect()))?;
        let belongs = |order: &&[&str]| order.contains(&name) && chosen.iter().all(|ai| order.contains(ai));
        if orders.iter().any(belongs) {
            return Err(Error::Misplaced(ai.name));
        }
        if !ai.attribute {
            return Err(Error::NotAttribute(ai.name));
        }
        if into.len() == AIS_CAP {
            return Err(Error::TooLong);
        }
        // A query is form-encoded: its plus is a space, which no AI holds.
        into.push(element(&ai, &value.replace('+', " "))?);
    }
    Ok(())
}

fn element(ai: &Ai, raw: &str) -> Result<Element, Error> {
    let name = || ai.name.clone();
    if raw.is_empty() {
        return Err(Error::Empty(name()));
    }
    let escaped = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if !raw.split('%').skip(1).all(escaped) {
        return Err(Error::Escape(name()));
    }
    let mut value = percent_decode_str(raw).decode_utf8().map_err(|_| Error::Format(name()))?.into_owned();
    if ai.name == "01" && matches!(value.len(), 8 | 12 | 13) {
        value = format!("{value:0>14}");
    }
    check::value(ai, &value)?;
    Ok(Element { ai: name(), value, variable: !ai.predefined })
}

fn repeated(elements: &[Element]) -> Result<(), Error> {
    for (at, Element { ai, .. }) in elements.iter().enumerate() {
        if elements[..at].iter().any(|before| before.ai == *ai) {
            return Err(Error::Repeated(ai.clone()));
        }
    }
    Ok(())
}
