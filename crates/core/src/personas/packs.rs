//! Accessories: the built-in pack, and those of trusted catalogs, fetched when newer and kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Accessories, Accessory, Code, PersonaAccessories, Slot};
use crate::db::{self, CatalogRow, PackRow};
use crate::error::{Error, Result, bad};
use crate::products;
use crate::stoa::Stoa;
use crate::touch::Touched;

use super::pack::{self, Item, Pack};
use super::slots;

/// Packs taken of one catalog; they lie in memory while personas are made.
const PACKS_CAP: usize = 16;
/// Side of an accessory's picture in the ring, px.
const RING_SIDE: u32 = 192;

/// Every pack that is here.
pub struct Packs(Vec<Held>);

struct Held {
    /// What items' names begin with: `stoa`, or `pack@host` for a catalog's.
    prefix: String,
    /// The catalog's name.
    name: String,
    pack: PackOf,
}

enum PackOf {
    Program,
    Catalog(Pack),
}

/// An item with the hash of its drawing.
pub struct Found<'a> {
    pub item: &'a Item,
    pub key: [u8; 32],
}

impl Held {
    fn pack(&self) -> &Pack {
        match &self.pack {
            PackOf::Program => pack::builtin(),
            PackOf::Catalog(pack) => pack,
        }
    }
}

impl Packs {
    /// An item by `pack/item`.
    ///
    /// # Errors
    /// `not_found`.
    pub fn find(&self, name: &str) -> Result<Found<'_>> {
        let (prefix, id) = name.rsplit_once('/').unwrap_or(("stoa", name));
        let pack = self.0.iter().find(|held| held.prefix == prefix).map(Held::pack);
        match pack.and_then(|pack| pack.items.iter().find(|item| item.id == id)) {
            Some(item) => Ok(Found { item, key: *blake3::hash(item.svg.as_bytes()).as_bytes() }),
            None => bad(Code::NotFound, format!("there is no accessory {name}; its pack may be gone")),
        }
    }
}

/// Lists them, and asks trusted catalogs for newer packs behind it.
pub async fn accessories(stoa: &Stoa, _: PersonaAccessories) -> Result<Accessories> {
    let packs = all(stoa).await?;
    let asking = stoa.clone();
    stoa.spawn(async move { refresh(&asking).await });
    let slot = |rule: &pack::Rule| Slot { slot: rule.slot.clone(), measured: rule.measured, x: rule.x, y: rule.y };
    let slots = slots::rules().iter().map(slot).collect();
    let accessory = |held: &Held, item: &Item| {
        let name = format!("{}/{}", held.prefix, item.id);
        Accessory {
            id: format!("accessory/{name}/{:.16}", blake3::hash(item.svg.as_bytes()).to_hex()),
            item: name,
            slot: item.slot.clone(),
            names: item.name.clone(),
            pack: held.name.clone(),
            anchor: item.anchor,
            width: item.width,
        }
    };
    let items = packs.0.iter().flat_map(|held| held.pack().items.iter().map(move |item| accessory(held, item))).collect();
    Ok(Accessories { slots, items })
}

/// The packs that are here.
pub async fn all(stoa: &Stoa) -> Result<Arc<Packs>> {
    if let Some(packs) = stoa.wardrobe.packs() {
        return Ok(packs);
    }
    let (rows, catalogs) = stoa.db.read(|conn| Ok((db::packs(conn)?, db::catalogs(conn)?))).await?;
    let names: BTreeMap<String, String> = catalogs.into_iter().map(|row| (row.url, row.name)).collect();
    let mut packs = vec![Held { prefix: "stoa".to_owned(), name: String::new(), pack: PackOf::Program }];
    for row in rows {
        match pack::read(&row.bytes) {
            Ok(pack) => packs.push(Held {
                prefix: prefix(&row.catalog, &row.id),
                name: names.get(&row.catalog).cloned().unwrap_or_default(),
                pack: PackOf::Catalog(pack),
            }),
            Err(error) => tracing::warn!(%error, pack = row.id, "a kept pack is not readable"),
        }
    }
    let packs = Arc::new(Packs(packs));
    stoa.wardrobe.keep_packs(packs.clone());
    Ok(packs)
}

fn prefix(catalog: &str, id: &str) -> String {
    let host = catalog.split_once("://").map_or(catalog, |(_, host)| host);
    format!("{id}@{host}")
}

/// Fetches packs whose hash in their catalog's manifest is not the kept one; drops those that are no longer named.
async fn refresh(stoa: &Stoa) {
    let Ok(_asking) = stoa.wardrobe.asking.try_lock() else { return };
    let Ok(catalogs) = stoa.db.read(db::catalogs).await else { return };
    let mut changed = false;
    for row in catalogs {
        let url = row.url.clone();
        match refresh_one(stoa, row).await {
            Ok(newer) => changed |= newer,
            Err(error) => tracing::debug!(%error, catalog = url, "packs are not refreshed"),
        }
    }
    if changed {
        stoa.wardrobe.forget_packs();
        stoa.touch(Touched::Accessories);
    }
}

async fn refresh_one(stoa: &Stoa, row: CatalogRow) -> Result<bool> {
    let trusted = products::renewed(stoa, &row.url).await?;
    let catalog = row.url;
    let kept = {
        let catalog = catalog.clone();
        stoa.db
            .read(move |conn| Ok(db::packs(conn)?.into_iter().filter(|row| row.catalog == catalog).collect::<Vec<_>>()))
            .await?
    };
    let mut changed = false;
    let packs: BTreeMap<_, _> = trusted.manifest.packs.iter().take(PACKS_CAP).collect();
    for row in kept.iter().filter(|row| !packs.contains_key(&row.id)) {
        let (catalog, id) = (row.catalog.clone(), row.id.clone());
        stoa.db.write(move |tx| db::remove_pack(tx, &catalog, &id)).await?;
        changed = true;
    }
    for (id, hash) in packs {
        let newest = hash.to_string();
        if kept.iter().any(|row| row.id == *id && row.hash == newest) {
            continue;
        }
        let fetched = async {
            let bytes = products::blob(stoa, &trusted, hash).await?;
            // refused before it is kept: a bad newer pack leaves the one that is here
            pack::read(&bytes)?;
            Ok::<_, Error>(bytes)
        };
        let bytes = match fetched.await {
            Ok(bytes) => bytes,
            Err(error) => {
                // of this pack alone: the catalog's other packs still come
                tracing::debug!(%error, %catalog, pack = id, "a pack is not refreshed");
                continue;
            }
        };
        let row = PackRow { catalog: catalog.clone(), id: id.clone(), hash: newest, bytes };
        stoa.db.write(move |tx| db::put_pack(tx, &row)).await?;
        changed = true;
    }
    Ok(changed)
}

/// An accessory alone, WebP of at most [`RING_SIDE`] px, for the ring.
pub async fn picture(stoa: &Stoa, name: &str) -> Result<Vec<u8>> {
    let packs = all(stoa).await?;
    let found = packs.find(name)?;
    let pixels = stoa.media.vector(found.item.svg.clone().into_bytes(), RING_SIDE).await?;
    super::work(move || stoa_media::encode_webp(&pixels).map_err(Error::from)).await
}
