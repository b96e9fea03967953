//! Feeds in and out.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::super::feeds::{Defaults, FeedFormat, Writer, read_with};
use super::super::{Access, Catalog, Error, Imported};
use super::Site;
use super::answers::{PRIVATE, Refusal, Refused, private, whole};
use super::auth::Seller;
use super::body::{FEED_CAP, spool};
use super::gate::holder;
use super::question::Of;

/// Unread parts of an export, each of [`PART`] bytes.
const PARTS: usize = 4;
const PART: usize = 64 * 1024;

/// How a feed is read.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Feed {
    /// `csv`, `tsv`, `xml`, `json` or `jsonld`; told from how the feed begins when it is missing.
    format: Option<String>,
    /// Check everything and keep nothing.
    #[serde(default)]
    dry_run: bool,
    /// ISO 4217, for prices without a currency.
    currency: Option<String>,
    /// The link of a product that has none; `{code}` in it is replaced.
    link: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ImportReport)]
pub(super) struct Report {
    added: u64,
    changed: u64,
    /// Said the same already; nothing was written.
    unchanged: u64,
    refused: u64,
    /// The first thousand rows that were left out.
    errors: Vec<Line>,
    /// Columns that say nothing a product has.
    unused: Vec<String>,
    /// Rows that their shop does not offer.
    unpublished: u64,
    dry_run: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ImportError)]
struct Line {
    /// From 1: the line, or the place among the products.
    row: u64,
    field: Option<String>,
    message: String,
}

/// Adds and changes many products in one step; the good rows once, the bad ones reported
///
/// Google Merchant's fields with the headers of Shopify and WooCommerce (CSV, TSV, XML), schema.org products (JSON-LD), drafts (JSON).
#[utoipa::path(post, path = "/import", tag = "seller", security(("key" = [])), params(Feed),
    request_body(content = String, description = "At most 64 MiB", content_type = "text/csv"),
    responses(
        (status = 200, description = "What was done, or would be", body = Report),
        (status = 400, description = "A format that is none", body = Refused),
        (status = 403, description = "The right is missing", body = Refused),
        (status = 413, description = "More than 64 MiB", body = Refused),
        (status = 422, description = "Not readable as a whole", body = Refused),
        (status = 503, description = "Too many imports at once", body = Refused),
    )
)]
pub(super) async fn import(
    State(site): State<Site>,
    Seller(access): Seller,
    Of(feed): Of<Feed>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    access.products()?;
    let format = feed.format.as_deref().map(format).transpose()?;
    let queued = site.queue.pass(Some(holder(&access))).await?;
    let upload = site.uploads.pass(Some(holder(&access))).await?;
    let mut file = spool(&headers, body, FEED_CAP).await?;
    // An import may wait long: others send their feeds meanwhile.
    drop(upload);
    let seller = holder(&access).to_owned();
    let report = site.work(&site.imports, Some(&seller), move |catalog| {
        let bytes = rewound(&mut file)?;
        let format = format.or_else(|| FeedFormat::guess("", &bytes)).ok_or_else(|| Refusal::invalid("the feed is empty"))?;
        let mut rows = read_with(&bytes, format, Defaults { currency: feed.currency, link: feed.link })?;
        let imported = catalog.import(&access, &mut rows, feed.dry_run, &mut |_| {})?;
        Ok(Report::of(imported, rows.unused(), rows.unpublished(), feed.dry_run))
    });
    let report = report.await?;
    drop(queued);
    Ok(private(StatusCode::OK, &report))
}

impl Report {
    fn of(imported: Imported, unused: Vec<String>, unpublished: u64, dry_run: bool) -> Self {
        let Imported { added, changed, unchanged, refused, errors } = imported;
        let errors =
            errors.into_iter().map(|error| Line { row: error.row, field: error.field, message: error.message }).collect();
        Self { added, changed, unchanged, refused, errors, unused, unpublished, dry_run }
    }
}

fn format(name: &str) -> Result<FeedFormat, Refusal> {
    name.parse().map_err(|error: crate::Error| Refusal::bad_request(error.to_string()))
}

fn rewound(file: &mut File) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| {
        tracing::error!(%error, "an upload could not be read again");
        Refusal::internal()
    })
}

/// Which format is written.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Export {
    /// `csv` (when it is missing), `tsv`, `xml`, `json` or `jsonld`.
    format: Option<String>,
}

/// All of the seller's products as a feed, which can be imported again
#[utoipa::path(get, path = "/export", tag = "seller", security(("key" = [])), params(Export), responses(
    (status = 200, description = "The feed", content_type = "text/csv", body = String),
    (status = 400, description = "A format that is none", body = Refused),
    (status = 403, description = "A key that belongs to no seller", body = Refused),
))]
pub(super) async fn export(
    State(site): State<Site>,
    Seller(access): Seller,
    Of(export): Of<Export>,
) -> Result<Response<Body>, Refusal> {
    let format = format(export.format.as_deref().unwrap_or("csv"))?;
    access.own()?;
    let (send, mut parts) = mpsc::channel(PARTS);
    let (media, name) = (format.media_type(), format!("attachment; filename=\"products.{}\"", format.name()));
    let place = site.exports.pass(Some(holder(&access))).await?;
    let catalog = site.catalog.clone();
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(PART, Parts(send.clone()));
        if let Err(error) = feed(&catalog, &access, format, &mut out) {
            tracing::debug!(%error, "an export ended early");
            let _ = send.blocking_send(Err(std::io::Error::other("the export ended early")));
        }
        drop(place);
    });
    // Compression asks again after the end, which a channel answers the same way each time.
    let body = Body::from_stream(futures::stream::poll_fn(move |cx| parts.poll_recv(cx)));
    let mut response = whole(StatusCode::OK, media, PRIVATE, body);
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|_| Refusal::internal())?);
    Ok(response)
}

/// Gives what is written to the answer's body, and waits when its reader is slower.
struct Parts(mpsc::Sender<std::io::Result<Bytes>>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn feed(catalog: &Catalog, access: &Access, format: FeedFormat, out: &mut impl Write) -> Result<(), Error> {
    let mut writer = Writer::new(format, &mut *out)?;
    catalog.all_goods(access, &mut |product| Ok(writer.put(&product)?))?;
    writer.finish()?;
    Ok(out.flush()?)
}
