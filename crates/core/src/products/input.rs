//! What a card is drawn from, as stoa-layouts takes it: the same for a reader's card and for a catalog's preview of it.

use stoa_catalog::Product;
use stoa_layouts::CardData;

/// The longer side of a product's photo, of a seller's logo and of a badge on a card, px.
const PHOTO_SIDE: u32 = 720;
const LOGO_SIDE: u32 = 160;
const BADGE_SIDE: u32 = 96;

/// The longer side, in pixels, that a picture is decoded to for its slot: `photo`, `logo`, or `badge-` with a badge's id.
pub fn side(slot: &str) -> u32 {
    match slot {
        "photo" => PHOTO_SIDE,
        "logo" => LOGO_SIDE,
        _ => BADGE_SIDE,
    }
}

/// The product's texts, price and state; its pictures come beside it.
pub fn data(product: &Product) -> CardData {
    use stoa_catalog::Availability as From;
    use stoa_layouts::Availability as To;
    CardData {
        name: product.name.clone(),
        description: product.description.clone(),
        brand: product.brand.clone(),
        price: price(product),
        availability: match product.availability {
            From::InStock => To::InStock,
            From::LimitedAvailability => To::Limited,
            From::PreOrder => To::PreOrder,
            From::BackOrder => To::BackOrder,
            From::OutOfStock => To::OutOfStock,
            From::SoldOut => To::SoldOut,
            From::Discontinued => To::Discontinued,
        },
        quantity: product.quantity,
        seller: product.seller.name.clone(),
        badges: product.seller.badges.clone(),
        photo_whole: product.image_style == stoa_catalog::ImageStyle::Contain,
    }
}

pub fn price(product: &Product) -> Option<stoa_layouts::Price> {
    let price = product.price.as_ref()?;
    Some(stoa_layouts::Price { minor: price.minor, currency: price.currency.clone() })
}
