//! Folders of pictures that can be drawn or fetched again: written whole, kept within their sizes.

use crate::stoa::Stoa;

/// Bytes of each folder of drawn or fetched pictures, at most; the oldest files go first.
const CACHES: [(&str, u64); 3] = [("pictures", 512 << 20), ("cards", 128 << 20), ("catalog", 128 << 20)];

/// Writes beside and renames, so that a half-written file is never read. A cache that cannot be written costs time only.
pub(crate) async fn keep(path: &std::path::Path, bytes: &[u8]) {
    let part = path.with_extension(format!("part{:08x}", rand::random::<u32>()));
    let written = async {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        tokio::fs::write(&part, bytes).await?;
        tokio::fs::rename(&part, path).await
    };
    if let Err(error) = written.await {
        tracing::debug!(%error, "a drawn picture was not kept");
        let _ = tokio::fs::remove_file(&part).await;
    }
}

/// Keeps the caches within their sizes.
pub(crate) async fn trim(stoa: &Stoa) {
    let home = stoa.home.clone();
    let work = move || CACHES.iter().try_for_each(|(folder, cap)| trim_folder(&home.join(folder), *cap));
    if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
        tracing::debug!(%error, "a cache was not trimmed");
    }
}

fn trim_folder(folder: &std::path::Path, cap: u64) -> std::io::Result<()> {
    let Ok(listed) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut files = Vec::new();
    for entry in listed {
        let entry = entry?;
        let meta = entry.metadata()?;
        files.push((meta.modified()?, meta.len(), entry.path()));
    }
    files.sort();
    let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
    for (_, bytes, path) in files {
        if size <= cap {
            break;
        }
        std::fs::remove_file(path)?;
        size -= bytes;
    }
    Ok(())
}
