//! Catalogs the user trusts: named by their address, pinned by their key; a key's successor is followed.

use stoa_catalog::{Answer, Client, Key, Known, Manifest, Signed};

use crate::api::{Catalog, CatalogForget, CatalogList, CatalogTrust, Done};
use crate::db::{self, CatalogRow};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::rules::{Rules, manifest};

/// A trusted catalog, ready to be asked.
#[derive(Clone)]
pub struct Trusted {
    pub client: Client,
    pub manifest: Manifest,
    /// Of the manifest, when the catalog itself answered it.
    etag: String,
}

pub async fn catalogs(stoa: &Stoa, _: CatalogList) -> Result<Vec<Catalog>> {
    stoa.db.read(|conn| db::catalogs(conn)?.iter().map(view).collect()).await
}

fn view(row: &CatalogRow) -> Result<Catalog> {
    let hosts = manifest(row).map(|manifest| manifest.hosts).unwrap_or_default();
    let key = row.key.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Catalog { url: row.url.clone(), name: row.name.clone(), key, hosts })
}

pub async fn trust(stoa: &Stoa, CatalogTrust { url }: CatalogTrust) -> Result<Catalog> {
    let client =
        Client::new(stoa.fetcher.clone(), url.trim(), None).map_err(|error| Error::new(Code::BadRequest, error.to_string()))?;
    let origin = client.origin();
    let asked = origin.clone();
    let held = stoa.db.read(move |conn| db::catalog(conn, &asked)).await?;
    let Answer::Changed { value, signed, etag } = client.manifest(&Known::default()).await? else {
        return bad(Code::CatalogInvalid, "the catalog answered with nothing");
    };
    if let Some(held) = held {
        let pinned = Key::from_bytes(&held.key)?;
        if Manifest::verify(&signed, Some(&pinned), Time::now().0).is_err() {
            return bad(Code::CatalogInvalid, "the catalog's key changed; forget it first if you know why");
        }
        if manifest(&held).is_ok_and(|held| held.version > value.version) {
            return bad(Code::CatalogInvalid, "the catalog shows an older version of itself than it did before");
        }
    }
    let row = row(&origin, &value, &signed, etag)?;
    let shown = view(&row)?;
    let rules = stoa
        .db
        .write(move |tx| {
            db::put_catalog(tx, &row)?;
            Rules::load(tx)
        })
        .await?;
    apply(stoa, rules);
    stoa.live().away.remove(&origin);
    Ok(shown)
}

fn row(origin: &str, value: &Manifest, signed: &Signed<Manifest>, etag: Option<String>) -> Result<CatalogRow> {
    let manifest = serde_json::to_vec(signed).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    Ok(CatalogRow {
        url: origin.to_owned(),
        name: value.name.clone(),
        key: *value.key.as_bytes(),
        manifest,
        etag: etag.unwrap_or_default(),
        checked: Time::now(),
    })
}

fn apply(stoa: &Stoa, rules: Rules) {
    stoa.set_rules(rules);
    // messages that were plain links may have cards now
    stoa.touch(Touched::Lagged);
}

pub async fn forget(stoa: &Stoa, CatalogForget { url }: CatalogForget) -> Result<Done> {
    let origin = url.trim().trim_end_matches('/').to_owned();
    let rules = stoa
        .db
        .write(move |tx| {
            if !db::remove_catalog(tx, &origin)? {
                return bad(Code::NotFound, "no catalog of that address is trusted");
            }
            // a seller's key for it is gone, too
            tx.touch(Touched::Shops);
            Rules::load(tx)
        })
        .await?;
    apply(stoa, rules);
    Ok(Done {})
}

/// # Errors
/// `no_card` when the catalog is not trusted.
pub async fn trusted(stoa: &Stoa, url: &str) -> Result<Trusted> {
    let asked = url.to_owned();
    let Some(row) = stoa.db.read(move |conn| db::catalog(conn, &asked)).await? else {
        return bad(Code::NoCard, "the catalog is not trusted");
    };
    let client = Client::new(stoa.fetcher.clone(), url, Some(Key::from_bytes(&row.key)?))?;
    Ok(Trusted { client, manifest: manifest(&row)?, etag: row.etag })
}

/// Asks the catalog for a newer manifest: rules, layouts and badges change without an update of Stoa.
pub async fn renew(stoa: &Stoa, held: Trusted) -> Result<Trusted> {
    let origin = held.client.origin();
    // one that expired is not confirmed but replaced
    let etag = Some(held.etag.clone()).filter(|etag| !etag.is_empty() && held.manifest.expires > Time::now().0);
    match held.client.manifest(&Known { version: held.manifest.version, etag }).await? {
        Answer::Changed { value, signed, etag } if value.version > held.manifest.version => {
            store(stoa, &held, row(&origin, &value, &signed, etag)?).await?;
            trusted(stoa, &origin).await
        }
        _ => {
            stoa.db.write(move |tx| db::catalog_checked(tx, &origin, Time::now())).await?;
            Ok(held)
        }
    }
}

/// Takes a manifest that a contact passed on, if the catalog signed it, it has not expired and is newer. Says whether it was.
///
/// # Errors
/// `catalog_invalid`.
pub async fn take(stoa: &Stoa, held: &Trusted, signed: &Signed<Manifest>) -> Result<bool> {
    let value = Manifest::verify(signed, Some(&held.manifest.key), Time::now().0)?;
    if value.version <= held.manifest.version {
        return Ok(false);
    }
    store(stoa, held, row(&held.client.origin(), &value, signed, None)?).await?;
    Ok(true)
}

/// Only while the catalog is still trusted with the key that was followed.
async fn store(stoa: &Stoa, held: &Trusted, row: CatalogRow) -> Result<()> {
    let pinned = *held.manifest.key.as_bytes();
    if row.key != pinned {
        tracing::info!(catalog = row.url, "a catalog's key changed; its old key named the new one");
    }
    let rules = stoa
        .db
        .write(move |tx| {
            // what came meanwhile may be newer
            let current = db::catalog(tx, &row.url)?.and_then(|held| manifest(&held).ok());
            let offered: Option<u64> = manifest(&row).ok().map(|manifest| manifest.version);
            if current.map(|held| held.version) < offered {
                db::renew_catalog(tx, &row, &pinned)?;
            }
            Rules::load(tx)
        })
        .await?;
    apply(stoa, rules);
    Ok(())
}
