//! `stoa catalog export`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use stoa_catalog::server::feeds::{FeedFormat, Writer};
use stoa_catalog::server::{Access, Catalog};
use stoa_core::api::{Code, Error, Result};

use super::{Place, blocking, refused, seller};
use crate::Context;

#[derive(Args)]
pub struct Export {
    /// Replaced when it is there.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Whose products, by id or name; needed when there are several sellers.
    #[arg(long, value_name = "SELLER")]
    seller: Option<String>,
    /// csv, tsv, xml, json or jsonld; by the file's name unless told.
    #[arg(long)]
    format: Option<FeedFormat>,
}

pub async fn run(export: Export, context: &Context) -> Result<()> {
    let Export { file, place, seller: wanted, format } = export;
    let count = blocking(move || {
        let format = format.or_else(|| by_name(&file)).ok_or_else(|| {
            Error::new(Code::BadRequest, "the file's name tells no format: say --format csv, tsv, xml, json or jsonld")
        })?;
        let catalog = place.open()?;
        let access = Access::of_seller(&seller(&catalog, wanted.as_deref())?.id);
        write(&catalog, &access, format, &file)
    })
    .await?;
    context.out.answer(&json!({ "exported": count }), |_| format!("{count} products exported"))
}

fn by_name(file: &Path) -> Option<FeedFormat> {
    match file.extension()?.to_str()? {
        "rss" | "atom" => Some(FeedFormat::Xml),
        ending => ending.parse().ok(),
    }
}

/// Under another name first: the file is never half an export.
fn write(catalog: &Catalog, access: &Access, format: FeedFormat, file: &Path) -> Result<u64> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new().prefix(".export").tempfile_in(folder)?;
    let mut out = std::io::BufWriter::new(draft.as_file_mut());
    let mut writer = Writer::new(format, &mut out)?;
    catalog.all_goods(access, &mut |product| Ok(writer.put(&product)?)).map_err(refused)?;
    let count = writer.finish()?;
    out.flush()?;
    drop(out);
    draft.as_file().sync_all()?;
    draft.persist(file).map_err(|error| Error::from(error.error))?;
    Ok(count)
}
