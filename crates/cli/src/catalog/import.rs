//! `stoa catalog import`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use stoa_catalog::server::feeds::{Defaults, FEED_CAP, FeedFormat, read_with};
use stoa_catalog::server::{Access, Imported, Progress, RowError};
use stoa_core::api::{Code, Error, Result};

use super::photos::{self, Photos};
use super::{Place, blocking, refused, seller, whole};
use crate::Context;
use crate::out::{plain, progress, remark};

/// Errors shown to people; programs read all that are told.
const SHOWN: usize = 50;

#[derive(Args)]
pub struct Import {
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Whose products, by id or name; needed when there are several sellers.
    #[arg(long, value_name = "SELLER")]
    seller: Option<String>,
    /// csv, tsv, xml, json or jsonld; told from the file unless said.
    #[arg(long)]
    format: Option<FeedFormat>,
    /// Check everything and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take pictures from this folder: CODE.jpg, CODE-2.png, …
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Fetch the pictures that the feed names by links, from public addresses.
    #[arg(long)]
    fetch_pictures: bool,
    /// For prices without a currency, and for signs that several share.
    #[arg(long, value_name = "ISO 4217")]
    currency: Option<String>,
    /// The link of a product that has none: {code} and {handle} in it are replaced.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// What an import came to.
struct Report {
    imported: Imported,
    photos: Photos,
    unused: Vec<String>,
    unpublished: u64,
}

pub async fn run(import: Import, context: &Context) -> Result<()> {
    let (dry_run, told) = (import.dry_run, std::io::stderr().is_terminal() && !context.out.json);
    let report = blocking(move || take(import, told)).await?;
    if told {
        progress("");
    }
    say(&report, dry_run, context)
}

fn take(import: Import, told: bool) -> Result<Report> {
    let bytes = whole(&import.file, FEED_CAP as u64)?;
    let name = import.file.file_name().unwrap_or_default().to_string_lossy();
    let format = import.format.or_else(|| FeedFormat::guess(&name, &bytes));
    let format = format.ok_or_else(|| Error::new(Code::BadRequest, "the file is no feed: save a workbook as CSV first"))?;
    let catalog = import.place.clone().open()?;
    let access = Access::of_seller(&seller(&catalog, import.seller.as_deref())?.id);
    let defaults = Defaults { currency: import.currency, link: import.link };
    let open = || read_with(&bytes, format, defaults.clone()).map_err(refused);
    let source = photos::Source { folder: import.photos, links: import.fetch_pictures, keep: !import.dry_run };
    let photos = photos::gather(&catalog, open()?, &source, told)?;
    let mut rows = open()?;
    let pictured = rows.by_ref().map(|(row, draft)| {
        let draft = draft.map(|mut draft| {
            if let Some(images) = photos.of(&draft.code) {
                draft.images = images;
            }
            draft
        });
        (row, draft)
    });
    let mut count = |so_far: Progress| {
        if told {
            progress(&match so_far {
                Progress::Read(rows) => format!("{rows} rows read"),
                Progress::Taken(rows) => format!("{rows} rows taken"),
            });
        }
    };
    let imported = catalog.import(&access, pictured, import.dry_run, &mut count).map_err(refused)?;
    let (unused, unpublished) = (rows.unused(), rows.unpublished());
    Ok(Report { imported, photos, unused, unpublished })
}

fn say(report: &Report, dry_run: bool, context: &Context) -> Result<()> {
    let Report { imported, photos, unused, unpublished } = report;
    let answer = json!({
        "added": imported.added,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "refused": imported.refused,
        "errors": rows(&imported.errors),
        "dry_run": dry_run,
        "unpublished": unpublished,
        "unused": unused,
        "pictures": photos.stored,
        "picture_errors": rows(&photos.errors),
    });
    context.out.answer(&answer, |_| {
        let would = if dry_run { "would be " } else { "" };
        let Imported { added, changed, unchanged, refused, .. } = imported;
        format!("{added} products {would}added, {changed} changed, {unchanged} as before; {refused} rows left out")
    })?;
    if !context.out.json {
        remarks(report);
    }
    if imported.refused > 0 {
        return Err(Error::new(Code::BadRequest, format!("{} rows were left out", imported.refused)));
    }
    Ok(())
}

fn rows(errors: &[RowError]) -> Vec<Value> {
    let row = |error: &RowError| json!({ "row": error.row, "field": error.field, "message": error.message });
    errors.iter().map(row).collect()
}

fn remarks(report: &Report) {
    for error in report.imported.errors.iter().chain(&report.photos.errors).take(SHOWN) {
        let field = error.field.as_deref().map(|field| format!(", {}", plain(field))).unwrap_or_default();
        remark(&format!("row {}{field}: {}", error.row, plain(&error.message)));
    }
    let hidden = (report.imported.errors.len() + report.photos.errors.len()).saturating_sub(SHOWN);
    if hidden > 0 {
        remark(&format!("… and {hidden} more; --json lists them"));
    }
    if report.unpublished > 0 {
        remark(&format!("{} rows are not published by their shop and were passed over", report.unpublished));
    }
    if !report.unused.is_empty() {
        remark(&format!("not used: {}", plain(&report.unused.join(", "))));
    }
}
