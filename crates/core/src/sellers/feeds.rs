//! Feeds in and out: read and posted as they are, since the catalog knows their columns; written whole or not at all.

use stoa_catalog::{FeedFormat as Wire, Reading};

use crate::api::{Done, FeedError, FeedFormat, FeedImported, SellerExport, SellerImport};
use crate::db;
use crate::error::{Code, Result, bad};
use crate::files;
use crate::stoa::Stoa;
use crate::touch::Touched;

use super::{refusal, selling};

pub async fn import(stoa: &Stoa, SellerImport { url, path, dry_run, currency, link }: SellerImport) -> Result<FeedImported> {
    let selling = selling(stoa, &url).await?;
    let feed = files::read(&path).await?;
    let Some(format) = Wire::guess(&path, &feed) else {
        return bad(Code::BadRequest, "the file is empty; a feed is CSV, TSV, XML or JSON");
    };
    let reading = Reading { format, dry_run, currency: given(currency), link: given(link) };
    let imported = selling.client.import(feed.into(), &reading).await.map_err(refusal)?;
    if !dry_run && imported.added + imported.changed > 0 {
        stoa.db
            .write(move |tx| {
                db::products_stale(tx, &selling.url)?;
                // any card may be another one now
                tx.touch(Touched::Lagged);
                Ok(())
            })
            .await?;
    }
    let count = |of: u64| u32::try_from(of).unwrap_or(u32::MAX);
    let error = |error: stoa_catalog::FeedError| FeedError { row: count(error.row), field: error.field, message: error.message };
    Ok(FeedImported {
        added: count(imported.added),
        changed: count(imported.changed),
        unchanged: count(imported.unchanged),
        refused: count(imported.refused),
        dry_run,
        errors: imported.errors.into_iter().map(error).collect(),
        unused: imported.unused,
        unpublished: count(imported.unpublished),
    })
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub async fn export(stoa: &Stoa, SellerExport { url, format, path }: SellerExport) -> Result<Done> {
    let selling = selling(stoa, &url).await?;
    let format = match format {
        FeedFormat::Csv => Wire::Csv,
        FeedFormat::Tsv => Wire::Tsv,
        FeedFormat::Xml => Wire::Xml,
        FeedFormat::JsonLd => Wire::JsonLd,
    };
    // before the catalog is asked for megabytes
    files::free(&path)?;
    let feed = selling.client.export(format).await.map_err(refusal)?;
    files::write_new(&path, feed.to_vec()).await?;
    Ok(Done {})
}
