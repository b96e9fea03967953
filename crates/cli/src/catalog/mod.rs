//! `stoa catalog …`: a catalog for others to trust, its goods, and what its operator does.
//!
//! These verbs open the catalog's folder or database themselves; a catalog that is being served meanwhile shows what they change.

mod export;
mod gtin;
mod import;
mod operator;
mod photos;
mod seller;
mod serve;
mod studio;
mod sweep;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use stoa_catalog::Seller;
use stoa_catalog::server::{self, Config};
use stoa_core::api::{Code, Error, Result};

use crate::Context;

#[derive(Subcommand)]
pub enum Catalog {
    /// Serves a catalog. The first line on stdout says where and with which key.
    Serve(serve::Serve),
    /// Adds and changes a seller's products from a feed: CSV, TSV, XML, JSON or JSON-LD.
    Import(import::Import),
    /// Writes a seller's products as a feed, which import takes back.
    Export(export::Export),
    /// Who sells, with which keys and badges.
    #[command(subcommand)]
    Seller(seller::Verb),
    /// Whose a GTIN is.
    #[command(subcommand)]
    Gtin(gtin::Gtin),
    /// Who may run the catalog over HTTP.
    #[command(subcommand)]
    Operator(operator::Operator),
    /// How cards look; the linter checks a layout first.
    #[command(subcommand)]
    Layout(operator::Entry),
    /// Which links lead to products.
    #[command(subcommand)]
    Rule(operator::Rule),
    /// For which hosts the catalog speaks.
    #[command(subcommand)]
    Host(operator::Host),
    /// Pictures of the badges that the operator grants, PNG or WebP.
    #[command(subcommand)]
    Badge(operator::Entry),
    /// Accessory packs.
    #[command(subcommand)]
    Pack(operator::Entry),
    /// Removes pictures, layouts, badges and packs that nothing names any more. A catalog that is served does it by itself, slowly.
    Sweep(sweep::Sweep),
    /// Names the catalog.
    Name {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Makes a new signing key; who trusts the catalog follows by the old one.
    RotateKey {
        #[command(flatten)]
        place: Place,
    },
}

/// Where the catalog is.
#[derive(Args, Clone)]
pub struct Place {
    /// The catalog's folder; made when missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// PostgreSQL instead of the folder's SQLite: `postgres://user@host/name`.
    #[arg(long, env = "STOA_CATALOG_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<String>,
    /// Pictures and layouts outside the database: `file:///folder` or `s3://bucket/prefix`.
    #[arg(long, env = "STOA_CATALOG_BLOBS", hide_env_values = true, value_name = "URL")]
    blobs: Option<String>,
}

impl Place {
    fn open(self) -> Result<server::Catalog> {
        server::open(Config { data: self.data, database: self.database, blobs: self.blobs }).map_err(refused)
    }
}

pub async fn run(catalog: Catalog, context: &Context) -> Result<()> {
    match catalog {
        Catalog::Serve(serve) => serve::run(serve, context).await,
        Catalog::Import(import) => import::run(import, context).await,
        Catalog::Export(export) => export::run(export, context).await,
        Catalog::Seller(verb) => seller::run(verb, context).await,
        Catalog::Gtin(verb) => gtin::run(verb, context).await,
        Catalog::Operator(verb) => operator::operator(verb, context).await,
        Catalog::Layout(verb) => operator::layout(verb, context).await,
        Catalog::Rule(verb) => operator::rule(verb, context).await,
        Catalog::Host(verb) => operator::host(verb, context).await,
        Catalog::Badge(verb) => operator::badge(verb, context).await,
        Catalog::Pack(verb) => operator::pack(verb, context).await,
        Catalog::Sweep(sweep) => sweep::run(sweep, context).await,
        Catalog::Name { name, place } => operator::name(name, place, context).await,
        Catalog::RotateKey { place } => operator::rotate_key(place, context).await,
    }
}

/// The catalog's verbs block on the disk or the database.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

fn refused(error: server::Error) -> Error {
    let code = match &error {
        server::Error::NotFound => Code::NotFound,
        server::Error::Changed { .. } => Code::Changed,
        server::Error::GtinTaken { .. } | server::Error::GtinKept { .. } => Code::GtinTaken,
        server::Error::Cursor | server::Error::Field { .. } | server::Error::Invalid(_) => Code::BadRequest,
        server::Error::NotYours
        | server::Error::Forbidden(_)
        | server::Error::FullOfProducts { .. }
        | server::Error::FullOfPictures { .. }
        | server::Error::Busy(_)
        | server::Error::KeyFile
        | server::Error::OtherKey(_)
        | server::Error::TooNew => Code::Refused,
        _ => Code::Internal,
    };
    match error {
        server::Error::Io(error) => error.into(),
        server::Error::Sqlite(error) => error.into(),
        other => Error::new(code, other.to_string()),
    }
}

/// By id, or by a name that only one has; without either the only one there is.
fn seller(catalog: &server::Catalog, wanted: Option<&str>) -> Result<Seller> {
    let sellers = catalog.sellers().map_err(refused)?;
    let listed = |sellers: &[Seller]| {
        let named: Vec<String> = sellers.iter().take(20).map(|seller| format!("{} ({})", seller.name, seller.id)).collect();
        named.join(", ")
    };
    let Some(wanted) = wanted else {
        return match sellers.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Error::new(Code::NotFound, "there is no seller yet; add one with: stoa catalog seller add NAME")),
            several => Err(Error::new(Code::Ambiguous, format!("name one with --seller: {}", listed(several)))),
        };
    };
    if let Some(seller) = sellers.iter().find(|seller| seller.id == wanted) {
        return Ok(seller.clone());
    }
    let named: Vec<Seller> = sellers.into_iter().filter(|seller| seller.name == wanted).collect();
    match named.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Error::new(Code::NotFound, format!("no seller {wanted}"))),
        several => Err(Error::new(Code::Ambiguous, format!("several sellers have this name: {}", listed(several)))),
    }
}

/// A whole file of at most so many bytes.
fn whole(path: &Path, cap: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| Error::new(Code::FileUnreadable, format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(cap + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > cap {
        return Err(Error::new(Code::TooLarge, format!("{} has more than {cap} bytes", path.display())));
    }
    Ok(bytes)
}
