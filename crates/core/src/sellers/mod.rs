//! Selling in a catalog with a key of its operator: own products, pictures, feeds, and what a card will look like.

pub mod api;
mod feeds;
mod goods;
mod preview;
mod shops;

use stoa_catalog::SellerClient;

pub use feeds::{export, import};
pub use goods::{patch, photo, products, put, withdraw};
pub use preview::preview;
pub(crate) use shops::view;
pub use shops::{join, leave, list};

use crate::db;
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;

/// A catalog asked with the key that is kept for it.
struct Selling {
    /// The catalog's origin.
    url: String,
    client: SellerClient,
}

/// # Errors
/// `not_found` when no key is kept for the catalog.
async fn selling(stoa: &Stoa, url: &str) -> Result<Selling> {
    let url = url.trim().trim_end_matches('/').to_owned();
    let asked = url.clone();
    let Some(shop) = stoa.db.read(move |conn| db::shop(conn, &asked)).await? else {
        return bad(Code::NotFound, "there is no key for this catalog; join it first with the key its operator gave you");
    };
    let client = stoa_catalog::Client::new(stoa.fetcher.clone(), &url, None)?;
    Ok(Selling { client: SellerClient::new(client, &shop.key.parse()?)?, url })
}

/// What a catalog said to a seller, in words that say what to do.
fn refusal(error: stoa_catalog::Error) -> Error {
    use stoa_catalog::Error as From;
    let (status, said) = match &error {
        From::NotFound => return Error::new(Code::NotFound, "the catalog does not know this product"),
        From::Fetch(stoa_fetch::Error::BodyTooLarge(cap)) => {
            return Error::new(Code::TooLarge, format!("more than {} MiB are not sent", cap >> 20));
        }
        From::Fetch(stoa_fetch::Error::TooLarge(_)) => {
            return Error::new(Code::TooLarge, "the catalog's answer is larger than expected");
        }
        From::Fetch(stoa_fetch::Error::Redirect) => {
            return Error::new(Code::CatalogInvalid, "the catalog sends a seller's key elsewhere; it was not followed");
        }
        From::Answered { code, message, .. } if code == "gtin_taken" => {
            return Error::new(Code::GtinTaken, format!("the catalog says: {message}"));
        }
        From::Answered { status, message, .. } => (*status, message.as_str()),
        From::Status(status) => (*status, ""),
        _ => return error.into(),
    };
    let says = |else_: &str| if said.is_empty() { else_.to_owned() } else { format!("the catalog says: {said}") };
    match status {
        401 => Error::new(Code::Refused, "the catalog does not take this key; ask its operator for a new one"),
        403 => Error::new(Code::Refused, says("the key is not allowed to do this")),
        404 | 410 => Error::new(Code::NotFound, "the catalog does not know this product"),
        409 | 412 => Error::new(Code::Changed, "somebody changed it meanwhile; look again"),
        413 => Error::new(Code::TooLarge, says("the catalog does not take so much at once")),
        429 => Error::new(Code::TooMany, says("the catalog is asked too often; wait a minute")),
        400 | 415 | 422 => Error::new(Code::BadRequest, says("the catalog does not take this value")),
        408 | 500.. => Error::new(Code::CatalogUnreachable, says("the catalog failed; try again later")),
        _ => Error::new(Code::CatalogInvalid, says("the catalog gave an answer that is none")),
    }
}
