//! Feeds in and out: read and posted as they are, since the catalog knows their columns; written whole or not at all.

use std::io::Write;
use std::path::Path;

use stoa_catalog::{FeedFormat as Wire, Reading};

use crate::api::{Done, FeedError, FeedFormat, FeedImported, SellerExport, SellerImport};
use crate::db;
use crate::error::{Code, Error, Result, bad};
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
    if !Path::new(&path).is_absolute() {
        return bad(Code::BadRequest, "the file must be named with its whole path");
    }
    if std::fs::symlink_metadata(&path).is_ok() {
        return Err(taken(Path::new(&path)));
    }
    let feed = selling.client.export(format).await.map_err(refusal)?;
    let written = tokio::task::spawn_blocking(move || write_new(Path::new(&path), &feed));
    written.await.map_err(|error| Error::new(Code::Internal, error.to_string()))??;
    Ok(Done {})
}

fn taken(path: &Path) -> Error {
    Error::new(Code::FileUnreadable, format!("{} exists already; choose another name", path.display()))
}

/// A new file, whole: written beside and moved to its name, which is never taken from another file.
fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let unwritable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(path),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => error.into(),
        _ => Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", path.display())),
    };
    let part = path.with_file_name(format!(".stoa-{:016x}.part", rand::random::<u64>()));
    let written = std::fs::File::options().write(true).create_new(true).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        place(&part, path)
    });
    if written.is_err() {
        // nothing stays behind; what was never made cannot be removed
        let _ = std::fs::remove_file(&part);
    }
    written.map_err(unwritable)
}

/// Moves without replacing; where the file system cannot say that in one step, by a second name.
fn place(part: &Path, path: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, part, CWD, path, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            std::fs::hard_link(part, path)?;
            std::fs::remove_file(part)
        }
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_feed_is_written_whole_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.csv");
        write_new(&path, b"code,name\n").unwrap();
        let refused = write_new(&path, b"other").unwrap_err();
        assert_eq!(refused.code, Code::FileUnreadable);
        assert!(refused.message.contains("exists already"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"code,name\n");
        let dangling = folder.path().join("link.csv");
        std::os::unix::fs::symlink("/nowhere/else", &dangling).unwrap();
        assert_eq!(write_new(&dangling, b"x").unwrap_err().code, Code::FileUnreadable);
        assert_eq!(write_new(&folder.path().join("none/shop.csv"), b"x").unwrap_err().code, Code::FileUnreadable);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no half file stays behind");
    }
}
