//! Catalogs the user trusts: named by their address, pinned by their key; a key's successor is followed.

use stoa_catalog::{Answer, Client, Key, Known, Manifest, Signed};

use crate::api::{Catalog, CatalogAnswer, CatalogForget, CatalogList, CatalogTrust, Done};
use crate::db::{self, CatalogRow};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::hosts::{self, Named};
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
    let all = stoa.db.read(db::catalogs).await?;
    let mut views: Vec<Catalog> = all.iter().map(|row| view(row, &all)).collect();
    views.sort_by(|one, other| one.url.cmp(&other.url));
    Ok(views)
}

fn view(row: &CatalogRow, all: &[CatalogRow]) -> Catalog {
    let named = manifest(row).map(|manifest| manifest.hosts).unwrap_or_default();
    let Named { answered, new, taken } = hosts::sorted(row, &named, all);
    let key = row.key.iter().map(|byte| format!("{byte:02x}")).collect();
    Catalog { url: row.url.clone(), name: row.name.clone(), key, hosts: answered, new_hosts: new, taken_hosts: taken }
}

pub async fn trust(stoa: &Stoa, CatalogTrust { url }: CatalogTrust) -> Result<Catalog> {
    let client =
        Client::new(stoa.fetcher.clone(), url.trim(), None).map_err(|error| Error::new(Code::BadRequest, error.to_string()))?;
    let origin = client.origin();
    let Answer::Changed { value, signed, etag } = client.manifest(&Known::default()).await? else {
        return bad(Code::CatalogInvalid, "the catalog answered with nothing");
    };
    let mut row = row(&origin, &value, &signed, etag)?;
    let (shown, rules) = stoa
        .db
        .write(move |tx| {
            let all = db::catalogs(tx)?;
            row.hosts = match all.iter().find(|held| held.url == row.url) {
                Some(held) => {
                    follows(held, &signed, value.version)?;
                    hosts::trusted_again(held, &row.hosts, &all)
                }
                None => hosts::trusted(&row.hosts, &all),
            };
            db::put_catalog(tx, &row)?;
            let all = db::catalogs(tx)?;
            let row = all.iter().find(|held| held.url == row.url).unwrap_or(&row);
            Ok((view(row, &all), Rules::load(tx)?))
        })
        .await?;
    apply(stoa, rules);
    stoa.live().away.remove(&origin);
    Ok(shown)
}

/// Whether a manifest may stand in the place of the one that is held: its key's or a successor's, and not older.
fn follows(held: &CatalogRow, signed: &Signed<Manifest>, version: u64) -> Result<()> {
    let pinned = Key::from_bytes(&held.key)?;
    if Manifest::verify(signed, Some(&pinned), Time::now().0).is_err() {
        return bad(Code::CatalogInvalid, "the catalog's key changed; forget it first if you know why");
    }
    if manifest(held).is_ok_and(|held| held.version > version) {
        return bad(Code::CatalogInvalid, "the catalog shows an older version of itself than it did before");
    }
    Ok(())
}

/// Lets a catalog answer for hosts that its renewed manifest added.
///
/// # Errors
/// `not_found` when it is not trusted or does not name the host; `bad_request` when another trusted catalog answers for it.
pub async fn answer(stoa: &Stoa, CatalogAnswer { url, hosts: wanted }: CatalogAnswer) -> Result<Catalog> {
    let origin = url.trim().trim_end_matches('/').to_owned();
    let (shown, rules) = stoa
        .db
        .write(move |tx| {
            let Some(mut row) = db::catalog(tx, &origin)? else {
                return bad(Code::NotFound, "no catalog of that address is trusted");
            };
            let (named, all) = (manifest(&row)?.hosts, db::catalogs(tx)?);
            for host in wanted {
                if !named.contains(&host) {
                    return bad(Code::NotFound, format!("the catalog does not name {}", host.escape_debug()));
                }
                if hosts::is_held(&host, &origin, &all) {
                    return bad(Code::BadRequest, format!("another trusted catalog answers for {host}; forget that one first"));
                }
                if !row.hosts.contains(&host) {
                    row.hosts.push(host);
                }
            }
            db::put_catalog(tx, &row)?;
            Ok((view(&row, &db::catalogs(tx)?), Rules::load(tx)?))
        })
        .await?;
    apply(stoa, rules);
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
        since: Time::now(),
        hosts: value.hosts.clone(),
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
            db::remove_packs(tx, &origin)?;
            tx.touch(Touched::Accessories);
            // a seller's key for it is gone, too
            tx.touch(Touched::Shops);
            Rules::load(tx)
        })
        .await?;
    stoa.wardrobe.forget_packs();
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

/// The catalog as it says it is now, for what its manifest names beside cards.
///
/// # Errors
/// `no_card` when it is not trusted, `catalog_unreachable`, `catalog_invalid`.
pub(crate) async fn renewed(stoa: &Stoa, url: &str) -> Result<Trusted> {
    renew(stoa, trusted(stoa, url).await?).await
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
async fn store(stoa: &Stoa, held: &Trusted, mut row: CatalogRow) -> Result<()> {
    let pinned = *held.manifest.key.as_bytes();
    if row.key != pinned {
        tracing::info!(catalog = row.url, "a catalog's key changed; its old key named the new one");
    }
    let rules = stoa
        .db
        .write(move |tx| {
            // what came meanwhile may be newer
            let Some(current) = db::catalog(tx, &row.url)? else { return Ok(None) };
            let (known, offered) = (manifest(&current).ok(), manifest(&row)?);
            if known.as_ref().is_some_and(|known| known.version >= offered.version) {
                return Ok(None);
            }
            row.hosts = hosts::renewed(&current, &row.hosts, &db::catalogs(tx)?);
            if !db::renew_catalog(tx, &row, &pinned)? || known.is_some_and(|known| says_the_same(&known, &offered)) {
                return Ok(None);
            }
            Ok(Some(Rules::load(tx)?))
        })
        .await?;
    if let Some(rules) = rules {
        apply(stoa, rules);
    }
    Ok(())
}

/// Signed anew and nothing else: what is shown stays as it is.
fn says_the_same(one: &Manifest, other: &Manifest) -> bool {
    *one == Manifest { version: one.version, expires: one.expires, ..other.clone() }
}
