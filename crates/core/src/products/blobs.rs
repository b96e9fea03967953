//! Layouts, photos, logos and badges by hash: from the home's cache, from the catalog.

use std::path::PathBuf;

use stoa_catalog::{Hash, Manifest, Product};

use crate::error::{Code, Result, bad};
use crate::stoa::Stoa;

use super::catalogs::Trusted;
use super::known::away;

/// What a product's card is drawn with: its layout, first picture, logo and badges.
pub fn named(manifest: &Manifest, product: &Product) -> Vec<Hash> {
    let badges = product.seller.badges.iter().filter_map(|badge| manifest.badges.get(badge));
    let layout = manifest.layouts.get(&product.layout);
    layout.into_iter().chain(product.images.first()).chain(product.seller.logo.as_ref()).chain(badges).copied().collect()
}

fn path(stoa: &Stoa, hash: &Hash) -> PathBuf {
    stoa.home.join("catalog").join(hash.to_string())
}

pub async fn kept(stoa: &Stoa, hash: &Hash) -> Option<Vec<u8>> {
    let bytes = tokio::fs::read(path(stoa, hash)).await.ok()?;
    (Hash::of(&bytes) == *hash).then_some(bytes)
}

/// The hash was checked.
pub async fn keep(stoa: &Stoa, hash: &Hash, bytes: &[u8]) {
    crate::cache::keep(&path(stoa, hash), bytes).await;
}

/// From the cache or the catalog.
pub async fn from_catalog(stoa: &Stoa, trusted: &Trusted, hash: &Hash) -> Result<Vec<u8>> {
    if let Some(bytes) = kept(stoa, hash).await {
        return Ok(bytes);
    }
    if away(stoa, &trusted.client.origin()) {
        return bad(Code::CatalogUnreachable, "the catalog does not answer");
    }
    let bytes = trusted.client.blob(hash).await?.to_vec();
    keep(stoa, hash, &bytes).await;
    Ok(bytes)
}
