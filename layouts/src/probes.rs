//! What a layout is tried on before it is taken.

use crate::data::{Availability, CardData, Price};
use crate::words;

/// A full product with texts as long as they may be and two bare ones, for the linter: between them every branch a layout should have is taken.
pub(crate) fn all() -> Vec<(CardData, Vec<&'static str>)> {
    let full = CardData {
        name: "Wildflower honey ".repeat(17),
        description: Some("From the slopes. ".repeat(235)),
        brand: Some("Hymettus ".repeat(33)),
        price: Some(Price { minor: 1250, currency: "EUR".to_owned() }),
        availability: Availability::Limited,
        quantity: Some(3),
        seller: "Bees ".repeat(60),
        badges: words::BUILT_IN_BADGES.iter().map(|&badge| badge.to_owned()).collect(),
        photo_whole: false,
    };
    let bare = CardData {
        description: None,
        brand: None,
        price: None,
        availability: Availability::SoldOut,
        quantity: None,
        badges: Vec::new(),
        photo_whole: true,
        ..full.clone()
    };
    let plain = CardData { photo_whole: false, ..bare.clone() };
    vec![(full, vec!["photo", "logo"]), (bare, vec!["photo"]), (plain, vec![])]
}
