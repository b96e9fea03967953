//! Catalogs the user trusts: named by their address, pinned by their key.

use stoa_catalog::{Answer, Client, Key, Known, Manifest, Signed};

use crate::api::{Catalog, CatalogForget, CatalogList, CatalogTrust, Done};
use crate::db::{self, CatalogRow};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;

use super::rules::{Rules, manifest};

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
    let Answer::Changed { value, signed, .. } = client.manifest(&Known::default()).await? else {
        return bad(Code::CatalogInvalid, "the catalog answered with nothing");
    };
    if let Some(held) = held {
        if held.key != *value.key.as_bytes() {
            return bad(Code::CatalogInvalid, "the catalog's key changed; forget it first if you know why");
        }
        if manifest(&held).is_ok_and(|held| held.version > value.version) {
            return bad(Code::CatalogInvalid, "the catalog shows an older version of itself than it did before");
        }
    }
    let row = row(&origin, &value, &signed)?;
    let shown = view(&row)?;
    store(stoa, row, true).await?;
    Ok(shown)
}

fn row(origin: &str, value: &Manifest, signed: &Signed<Manifest>) -> Result<CatalogRow> {
    let manifest = serde_json::to_vec(signed).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    Ok(CatalogRow {
        url: origin.to_owned(),
        name: value.name.clone(),
        key: *value.key.as_bytes(),
        manifest,
        checked: Time::now(),
    })
}

/// `trusted`: the user said so just now; else it is renewed only while it is still trusted.
async fn store(stoa: &Stoa, row: CatalogRow, trusted: bool) -> Result<()> {
    let rules = stoa
        .db
        .write(move |tx| {
            match trusted {
                true => db::put_catalog(tx, &row)?,
                false => db::renew_catalog(tx, &row)?,
            }
            Rules::load(tx)
        })
        .await?;
    stoa.set_rules(rules);
    // messages that were plain links may have cards now
    stoa.touch(crate::touch::Touched::Lagged);
    Ok(())
}

pub async fn forget(stoa: &Stoa, CatalogForget { url }: CatalogForget) -> Result<Done> {
    let origin = url.trim().trim_end_matches('/').to_owned();
    let rules = stoa
        .db
        .write(move |tx| {
            if !db::remove_catalog(tx, &origin)? {
                return bad(Code::NotFound, "no catalog of that address is trusted");
            }
            Rules::load(tx)
        })
        .await?;
    stoa.set_rules(rules);
    stoa.touch(crate::touch::Touched::Lagged);
    Ok(Done {})
}

/// A trusted catalog, ready to be asked.
pub async fn client(stoa: &Stoa, url: &str) -> Result<(Client, Manifest)> {
    let asked = url.to_owned();
    let Some(row) = stoa.db.read(move |conn| db::catalog(conn, &asked)).await? else {
        return bad(Code::NoCard, "the catalog is not trusted");
    };
    let client = Client::new(stoa.fetcher.clone(), url, Some(Key::from_bytes(&row.key)?))?;
    Ok((client, manifest(&row)?))
}

/// Takes a newer manifest: rules and layouts change without an update of Stoa.
pub async fn renew(stoa: &Stoa, client: &Client, held: Manifest) -> Result<Manifest> {
    let known = Known { version: held.version, etag: None };
    match client.manifest(&known).await? {
        Answer::Changed { value, signed, .. } if value.version > held.version => {
            store(stoa, row(&client.origin(), &value, &signed)?, false).await?;
            Ok(value)
        }
        _ => Ok(held),
    }
}
