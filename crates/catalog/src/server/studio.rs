//! What the server cannot do itself and the program gives it: judging layouts, decoding strangers' pictures, drawing cards.

use std::sync::Arc;

use crate::Product;

/// A question of the server's; what goes wrong is said in a sentence for the seller.
pub type Ask<From, To> = Arc<dyn Fn(&From) -> Result<To, String> + Send + Sync>;

/// Each of these may take a while: call them outside an async task.
#[derive(Clone)]
pub struct Studio {
    /// Is this layout allowed?
    pub lint: Ask<[u8], ()>,
    /// An uploaded picture as WebP of at most 1600 pixels a side, upright, without metadata.
    pub picture: Ask<[u8], Vec<u8>>,
    /// The card as WebP.
    pub card: Ask<Card, Vec<u8>>,
}

/// What goes into a card.
#[derive(Clone, Debug)]
pub struct Card {
    pub product: Product,
    /// The layout's HTML.
    pub layout: Vec<u8>,
    /// The product's first picture.
    pub photo: Option<Vec<u8>>,
    pub logo: Option<Vec<u8>>,
    /// Pictures of the seller's badges by their id, as far as the catalog has them.
    pub badges: Vec<(String, Vec<u8>)>,
    pub dark: bool,
    /// BCP 47.
    pub locale: String,
    /// Device pixels per CSS pixel, 1 or 2.
    pub scale: u8,
}
