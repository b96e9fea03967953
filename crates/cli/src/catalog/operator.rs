//! What the operator does to the catalog itself: keys of operators, layouts, rules, hosts, badges, packs, name and signing key.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use stoa_catalog::server::{Catalog, Rights};
use stoa_catalog::{BLOB_CAP, Hash, Manifest};
use stoa_core::api::{Code, Error, Result};

use super::{Place, blocking, refused, studio, whole};
use crate::Context;
use crate::out::facts;

/// The largest file with a rule, in bytes.
const RULE_CAP: u64 = 64 * 1024;

#[derive(Subcommand)]
pub enum Operator {
    /// Makes a key for the catalog's HTTP and its admin page, which is shown only now.
    Key {
        #[command(flatten)]
        place: Place,
    },
}

/// Layouts, badges and packs: files that the manifest names.
#[derive(Subcommand)]
pub enum Entry {
    /// Adds one, or replaces the one of this id, when the file is fit for it.
    Put {
        file: PathBuf,
        /// The file's name without its ending unless told.
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// All of them, each with the hash of its bytes.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Takes one out of the manifest.
    Remove {
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub enum Rule {
    /// Adds or replaces a rule from a JSON file, after its samples matched, and speaks for its host.
    Put {
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Those the catalog signs.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Its host stays; see `stoa catalog host`.
    Remove {
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub enum Host {
    /// Speaks for links of one more host, or with a leading dot for all its subdomains.
    Add {
        host: String,
        #[command(flatten)]
        place: Place,
    },
    /// Hosts whose links may lead to this catalog's products.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Speaks for links of this host no more.
    Remove {
        host: String,
        #[command(flatten)]
        place: Place,
    },
}

pub async fn operator(verb: Operator, context: &Context) -> Result<()> {
    let Operator::Key { place } = verb;
    let key = blocking(move || place.open()?.add_key(None, Rights::OPERATOR).map_err(refused)).await?;
    let answer = json!({ "id": key.id, "key": key.text });
    context.out.answer(&answer, |_| facts(&[("id", key.id.clone()), ("key", key.text.clone())]))
}

pub async fn layout(verb: Entry, context: &Context) -> Result<()> {
    match verb {
        Entry::Put { file, id, place } => {
            put(file, id, place, context, |catalog, id, bytes| {
                studio::lint(bytes).map_err(|why| Error::new(Code::BadRequest, why))?;
                catalog.put_layout(id, bytes).map_err(refused)
            })
            .await
        }
        Entry::List { place } => list(place, context, "no layout yet", |manifest| hashes(manifest.layouts)).await,
        Entry::Remove { id, place } => removed(place, context, move |catalog| catalog.remove_layout(&id).map_err(refused)).await,
    }
}

pub async fn badge(verb: Entry, context: &Context) -> Result<()> {
    match verb {
        Entry::Put { file, id, place } => {
            put(file, id, place, context, |catalog, id, bytes| catalog.put_badge(id, bytes).map_err(refused)).await
        }
        Entry::List { place } => list(place, context, "no badge yet", |manifest| hashes(manifest.badges)).await,
        Entry::Remove { id, place } => removed(place, context, move |catalog| catalog.remove_badge(&id).map_err(refused)).await,
    }
}

pub async fn pack(verb: Entry, context: &Context) -> Result<()> {
    match verb {
        Entry::Put { file, id, place } => {
            put(file, id, place, context, |catalog, id, bytes| catalog.put_pack(id, bytes).map_err(refused)).await
        }
        Entry::List { place } => list(place, context, "no pack yet", |manifest| hashes(manifest.packs)).await,
        Entry::Remove { id, place } => removed(place, context, move |catalog| catalog.remove_pack(&id).map_err(refused)).await,
    }
}

pub async fn rule(verb: Rule, context: &Context) -> Result<()> {
    match verb {
        Rule::Put { file, place } => {
            let rule = blocking(move || {
                let bytes = whole(&file, RULE_CAP)?;
                let rule: stoa_catalog::Rule = serde_json::from_slice(&bytes)
                    .map_err(|error| Error::new(Code::BadRequest, format!("{}: not a rule: {error}", file.display())))?;
                place.open()?.put_rule(&rule).map_err(refused)?;
                Ok(rule)
            })
            .await?;
            context.out.answer(&rule, |rule| facts(&[("rule", rule.id.clone()), ("host", rule.host.clone())]))
        }
        Rule::List { place } => {
            let row = |rule: stoa_catalog::Rule| vec![rule.id.clone(), rule.host.clone(), rule.path.unwrap_or_default()];
            let manifest = manifest(place).await?;
            context.out.list(&manifest.rules, "no rule yet", |rule| row(rule.clone()))
        }
        Rule::Remove { id, place } => removed(place, context, move |catalog| catalog.remove_rule(&id).map_err(refused)).await,
    }
}

pub async fn host(verb: Host, context: &Context) -> Result<()> {
    match verb {
        Host::Add { host, place } => {
            let named = host.clone();
            blocking(move || place.open()?.put_host(&named).map_err(refused)).await?;
            context.out.answer(&json!({ "host": host }), |_| format!("links of {host} may lead to this catalog's products"))
        }
        Host::List { place } => {
            let manifest = manifest(place).await?;
            context.out.list(&manifest.hosts, "no host yet", |host| vec![host.clone()])
        }
        Host::Remove { host, place } => {
            removed(place, context, move |catalog| {
                let mut hosts = verified(catalog)?.hosts;
                let before = hosts.len();
                hosts.retain(|known| *known != host);
                if hosts.len() == before {
                    return Err(Error::new(Code::NotFound, format!("the catalog does not speak for {host}")));
                }
                catalog.set_hosts(&hosts).map_err(refused)
            })
            .await
        }
    }
}

pub async fn name(name: String, place: Place, context: &Context) -> Result<()> {
    let given = name.clone();
    blocking(move || place.open()?.set_name(&given).map_err(refused)).await?;
    context.out.answer(&json!({ "name": name }), |_| format!("the catalog is called {name}"))
}

pub async fn rotate_key(place: Place, context: &Context) -> Result<()> {
    let key = blocking(move || place.open()?.rotate_key().map_err(refused)).await?.to_string();
    context.out.answer(&json!({ "key": key }), |_| facts(&[("key", key.clone())]))
}

/// Something of the manifest that is a blob.
#[derive(Serialize)]
struct Named {
    id: String,
    hash: String,
}

fn hashes(named: impl IntoIterator<Item = (String, Hash)>) -> Vec<Named> {
    named.into_iter().map(|(id, hash)| Named { id, hash: hash.to_string() }).collect()
}

async fn put(
    file: PathBuf,
    id: Option<String>,
    place: Place,
    context: &Context,
    put: impl FnOnce(&Catalog, &str, &[u8]) -> Result<Hash> + Send + 'static,
) -> Result<()> {
    let named = blocking(move || {
        let id = id.or_else(|| stem(&file)).ok_or_else(|| Error::new(Code::BadRequest, "name it with --id"))?;
        let bytes = whole(&file, BLOB_CAP)?;
        let hash = put(&place.open()?, &id, &bytes)?;
        Ok(Named { id, hash: hash.to_string() })
    })
    .await?;
    context.out.answer(&named, |named| facts(&[("id", named.id.clone()), ("hash", named.hash.clone())]))
}

fn stem(file: &Path) -> Option<String> {
    file.file_stem()?.to_str().map(str::to_owned)
}

async fn list(place: Place, context: &Context, empty: &str, of: impl FnOnce(Manifest) -> Vec<Named>) -> Result<()> {
    let named = of(manifest(place).await?);
    context.out.list(&named, empty, |named| vec![named.id.clone(), named.hash.clone()])
}

async fn removed(place: Place, context: &Context, remove: impl FnOnce(&Catalog) -> Result<()> + Send + 'static) -> Result<()> {
    blocking(move || remove(&place.open()?)).await?;
    context.out.answer(&json!({ "removed": true }), |_| "removed".to_owned())
}

async fn manifest(place: Place) -> Result<Manifest> {
    blocking(move || verified(&place.open()?)).await
}

fn verified(catalog: &Catalog) -> Result<Manifest> {
    let manifest = catalog.manifest().map_err(refused)?.verify(&catalog.key());
    manifest.map_err(|error| Error::new(Code::CatalogInvalid, error.to_string()))
}
