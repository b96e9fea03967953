//! Whether there is any, in the words of many shops.

use crate::Availability;

/// Google's words, schema.org's names with or without their address, WooCommerce's states.
pub(super) fn read(said: &str) -> Option<Availability> {
    let name = said.rsplit(['/', ':', '#']).next().unwrap_or(said);
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match letters.as_str() {
        "instock" | "available" | "instoreonly" | "onlineonly" | "1" | "yes" | "true" => Availability::InStock,
        "limitedavailability" | "limited" => Availability::LimitedAvailability,
        "preorder" | "presale" => Availability::PreOrder,
        "backorder" | "onbackorder" | "madetoorder" | "availablefororder" => Availability::BackOrder,
        "outofstock" | "unavailable" | "reserved" | "0" | "no" | "false" => Availability::OutOfStock,
        "soldout" => Availability::SoldOut,
        "discontinued" => Availability::Discontinued,
        _ => return None,
    })
}

/// As Google's feeds have it, with three words more.
pub(super) fn name(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "in_stock",
        Availability::LimitedAvailability => "limited_availability",
        Availability::PreOrder => "preorder",
        Availability::BackOrder => "backorder",
        Availability::OutOfStock => "out_of_stock",
        Availability::SoldOut => "sold_out",
        Availability::Discontinued => "discontinued",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn availability_is_told_in_many_ways() {
        for (said, meant) in [
            ("in stock", Availability::InStock),
            ("https://schema.org/InStock", Availability::InStock),
            ("schema:PreOrder", Availability::PreOrder),
            ("onbackorder", Availability::BackOrder),
            ("0", Availability::OutOfStock),
        ] {
            assert_eq!(read(said), Some(meant));
        }
        assert_eq!(read("perhaps"), None);
    }
}
