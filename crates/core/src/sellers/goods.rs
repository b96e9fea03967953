//! Own products: listed, written, patched, withdrawn, photographed. The own cards follow at once.

use stoa_catalog::gs1::gtin_forms;
use stoa_catalog::{CodeKind, Expect, ImageStyle, Patch, Price, Product};

use crate::api::{Availability, Draft, Good, Goods, Money, SellerPatch, SellerPhoto, SellerProducts, SellerPut, SellerWithdraw};
use crate::error::{Code, Error, Result, bad};
use crate::files;
use crate::products;
use crate::stoa::Stoa;
use crate::time::Time;

use super::{Selling, refusal, selling, shops};

/// The longer side of a picture that leaves this machine, px.
const PHOTO_SIDE: u32 = 1_600;
/// The longest search, in characters.
const WORDS_CAP: usize = 200;

pub async fn products(stoa: &Stoa, SellerProducts { url, words, after }: SellerProducts) -> Result<Goods> {
    let selling = selling(stoa, &url).await?;
    let words = words.as_deref().map(str::trim).filter(|words| !words.is_empty());
    if words.is_some_and(|words| words.chars().count() > WORDS_CAP) {
        return bad(Code::BadRequest, format!("look for at most {WORDS_CAP} characters"));
    }
    let page = async { selling.client.goods(words, after.as_deref()).await.map_err(refusal) };
    let standing = async {
        // the list is what was asked for: a standing that cannot be had now is had next time
        if words.is_none()
            && after.is_none()
            && let Err(error) = shops::renew(stoa, &selling).await
        {
            tracing::debug!(%error, "a shop's standing was not renewed");
        }
    };
    let (page, ()) = tokio::join!(page, standing);
    let page = page?;
    Ok(Goods { goods: page.products.into_iter().map(good).collect(), next: page.next })
}

pub async fn put(stoa: &Stoa, SellerPut { url, draft, version }: SellerPut) -> Result<Good> {
    let selling = selling(stoa, &url).await?;
    let expect = match version {
        None => Expect::Any,
        Some(0) => Expect::New,
        Some(version) => Expect::Version(version.into()),
    };
    let draft = catalog_draft(draft)?;
    follow(stoa, &selling, selling.client.put(&draft, expect).await).await
}

pub async fn patch(stoa: &Stoa, SellerPatch { url, code, price, availability, quantity }: SellerPatch) -> Result<Good> {
    if price.is_none() && availability.is_none() && quantity.is_none() {
        return bad(Code::BadRequest, "name what changes: price, availability or quantity");
    }
    let patch = Patch {
        price: price.map(|money| Some(catalog_price(money))),
        availability: availability.map(Into::into),
        quantity: quantity.map(Some),
        gtin: None,
    };
    let selling = selling(stoa, &url).await?;
    follow(stoa, &selling, selling.client.patch(&code, &patch).await).await
}

pub async fn withdraw(stoa: &Stoa, SellerWithdraw { url, code }: SellerWithdraw) -> Result<Good> {
    let selling = selling(stoa, &url).await?;
    follow(stoa, &selling, selling.client.withdraw(&code).await).await
}

pub async fn photo(stoa: &Stoa, SellerPhoto { url, code, path }: SellerPhoto) -> Result<Good> {
    let selling = selling(stoa, &url).await?;
    // drawn anew from its pixels: where and with what it was taken stays here
    let picture = stoa.media.scaled(files::read(&path).await?, PHOTO_SIDE).await?;
    follow(stoa, &selling, selling.client.add_photo(&code, picture.webp.into(), "image/webp").await).await
}

/// The answer for the seller; own cards of the product are drawn anew.
async fn follow(stoa: &Stoa, selling: &Selling, answer: Result<Product, stoa_catalog::Error>) -> Result<Good> {
    let product = answer.map_err(refusal)?;
    products::changed(stoa, &selling.url, &product).await;
    Ok(good(product))
}

fn good(product: Product) -> Good {
    let version = u32::try_from(product.version).unwrap_or(u32::MAX);
    let (withdrawn, as_of) = (product.withdrawn, Time(product.as_of));
    let draft = Draft {
        gtin: product.gtin14().and_then(|gtin| gtin_forms(&gtin).into_iter().min_by_key(String::len)),
        code: product.code,
        name: product.name,
        description: product.description,
        brand: product.brand,
        price: product.price.map(|price| Money { minor: price.minor, currency: price.currency }),
        availability: product.availability.into(),
        quantity: product.quantity,
        images: product.images.iter().map(ToString::to_string).collect(),
        whole_picture: product.image_style == ImageStyle::Contain,
        url: product.url,
        layout: product.layout,
        fresh: product.fresh_seconds,
    };
    Good { draft, version, withdrawn, as_of }
}

pub(super) fn catalog_draft(draft: Draft) -> Result<stoa_catalog::Draft> {
    let images = draft.images.iter().map(|hash| hash.parse()).collect::<Result<_, stoa_catalog::Error>>();
    Ok(stoa_catalog::Draft {
        code: draft.code,
        // the catalog says that the code is the GTIN when it is
        kind: CodeKind::Sku,
        gtin: draft.gtin.map(|gtin| gtin.trim().to_owned()).filter(|gtin| !gtin.is_empty()),
        name: draft.name,
        description: draft.description,
        brand: draft.brand,
        price: draft.price.map(catalog_price),
        availability: draft.availability.into(),
        quantity: draft.quantity,
        images: images.map_err(|error| Error::new(Code::BadRequest, error.to_string()))?,
        image_style: if draft.whole_picture { ImageStyle::Contain } else { ImageStyle::Cover },
        url: draft.url,
        layout: draft.layout,
        fresh_seconds: draft.fresh,
    })
}

fn catalog_price(money: Money) -> Price {
    Price { minor: money.minor, currency: money.currency }
}

impl From<Availability> for stoa_catalog::Availability {
    fn from(value: Availability) -> Self {
        match value {
            Availability::InStock => Self::InStock,
            Availability::LimitedAvailability => Self::LimitedAvailability,
            Availability::PreOrder => Self::PreOrder,
            Availability::BackOrder => Self::BackOrder,
            Availability::OutOfStock => Self::OutOfStock,
            Availability::SoldOut => Self::SoldOut,
            Availability::Discontinued => Self::Discontinued,
        }
    }
}

impl From<stoa_catalog::Availability> for Availability {
    fn from(value: stoa_catalog::Availability) -> Self {
        use stoa_catalog::Availability as From;
        match value {
            From::InStock => Self::InStock,
            From::LimitedAvailability => Self::LimitedAvailability,
            From::PreOrder => Self::PreOrder,
            From::BackOrder => Self::BackOrder,
            From::OutOfStock => Self::OutOfStock,
            From::SoldOut => Self::SoldOut,
            From::Discontinued => Self::Discontinued,
        }
    }
}
