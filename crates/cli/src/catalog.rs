//! `stoa catalog serve | import`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use stoa_catalog::server::{self, Imported};
use stoa_core::api::{Code, Error, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::node::end_of_stdin;
use crate::out::{plain, remark};

/// Where the links of the sample shop lead: a name that belongs to nobody (RFC 2606).
const SAMPLE_LINKS: &str = "https://shop.example";
/// What the sample's products are drawn with.
const SAMPLE_LAYOUTS: [(&str, &[u8]); 5] = [
    ("compact", include_bytes!("../../../layouts/compact.html")),
    ("wide", include_bytes!("../../../layouts/wide.html")),
    ("picture", include_bytes!("../../../layouts/picture.html")),
    ("price", include_bytes!("../../../layouts/price.html")),
    ("kiosk", include_bytes!("../../../layouts/kiosk.html")),
];

#[derive(Subcommand)]
pub enum Catalog {
    /// Serves a catalog. The first line on stdout says where and with which key.
    Serve {
        /// The catalog's folder; made when missing.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        #[arg(long, default_value = "127.0.0.1:4600", value_name = "ADDR")]
        listen: SocketAddr,
        /// Put a small shop into it.
        #[arg(long)]
        sample: bool,
        /// What the links of the small shop begin with.
        #[arg(long, default_value = SAMPLE_LINKS, value_name = "URL", requires = "sample")]
        sample_links: String,
        /// Stop when stdin ends, so that the catalog never outlives the program that started it.
        #[arg(long, hide = true)]
        stop_on_eof: bool,
    },
    /// Adds products from a JSON file: an array, or one a line.
    Import {
        file: PathBuf,
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Check everything and keep nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

pub async fn run(catalog: Catalog, context: &Context) -> Result<()> {
    match catalog {
        Catalog::Serve { data, listen, sample, sample_links, stop_on_eof } => {
            let links = sample.then_some(sample_links);
            let catalog = blocking(move || open(data, links.as_deref())).await?;
            serve(catalog, listen, stop_on_eof, context).await
        }
        Catalog::Import { file, data, dry_run } => {
            let imported = blocking(move || {
                let catalog = server::open(data).map_err(refused)?;
                catalog.import_json(file, dry_run).map_err(refused)
            })
            .await?;
            report(&imported, dry_run, context)
        }
    }
}

fn open(data: PathBuf, links: Option<&str>) -> Result<server::Catalog> {
    let catalog = server::open(data).map_err(refused)?;
    if let Some(links) = links {
        catalog.seed_sample_shop(links, &SAMPLE_LAYOUTS).map_err(refused)?;
    }
    Ok(catalog)
}

async fn serve(catalog: server::Catalog, listen: SocketAddr, stop_on_eof: bool, context: &Context) -> Result<()> {
    let key = catalog.key().to_string();
    let stop = CancellationToken::new();
    let (address, serving) = server::serve(catalog, listen, stop.clone().cancelled_owned())
        .await
        .map_err(|error| Error::new(Code::BadRequest, format!("the catalog cannot listen on {listen}: {error}")))?;
    let serving = tokio::spawn(serving);
    let ready = json!({ "ready": true, "url": format!("http://{address}"), "key": key });
    let told = context.out.json(&ready);
    if told.is_ok() {
        until_stopped(stop_on_eof).await?;
    }
    stop.cancel();
    serving.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    told
}

async fn until_stopped(stop_on_eof: bool) -> Result<()> {
    let eof = if stop_on_eof { end_of_stdin() } else { CancellationToken::new() };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = eof.cancelled() => {}
    }
    Ok(())
}

fn report(imported: &Imported, dry_run: bool, context: &Context) -> Result<()> {
    let errors: Vec<_> = imported.errors.iter().map(|error| json!({ "row": error.row, "message": error.message })).collect();
    let answer = json!({ "added": imported.added, "refused": imported.refused, "errors": errors, "dry_run": dry_run });
    context.out.answer(&answer, |_| {
        let verb = if dry_run { "would be added" } else { "added" };
        format!("{} products {verb}, {} rows left out", imported.added, imported.refused)
    })?;
    if !context.out.json {
        for error in &imported.errors {
            remark(&format!("row {}: {}", error.row, plain(&error.message)));
        }
    }
    if imported.refused > 0 {
        return Err(Error::new(Code::BadRequest, format!("{} rows were left out", imported.refused)));
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

fn refused(error: server::Error) -> Error {
    match error {
        server::Error::Io(error) => error.into(),
        server::Error::Invalid(message) => Error::new(Code::BadRequest, message),
        other => Error::new(Code::Internal, other.to_string()),
    }
}
