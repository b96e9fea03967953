//! Files from a page: streamed into `uploads/<random>/<name>` of the home, for the verbs that read a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt;
use stoa_core::api::{Code, Error, Result};
use tokio::io::AsyncWriteExt;

/// Bytes of one file, as in the verbs that read it.
pub const CAP: u64 = 64 * 1024 * 1024;
/// Uploads that wait to be read.
const WAITING: usize = 4_000;
/// Bytes of a file name.
const NAME_CAP: usize = 120;
/// An upload is swept when it is older than this: a share reads its pictures when it is added.
const KEPT: Duration = Duration::from_hours(24);
/// An original on its way to a browser is gone after this, whatever became of the browser.
const SENT: Duration = Duration::from_hours(1);
const SWEEP: Duration = Duration::from_mins(30);

/// Streams a file into a folder of its own under `uploads`; nothing stays of one that failed.
///
/// # Errors
/// `too_many` when 4,000 files wait to be read; `too_large` past 64 MiB; `bad_request` when it is empty or broke off; `disk_full`.
pub async fn take(uploads: &Path, name: &str, body: Body) -> Result<PathBuf> {
    if std::fs::read_dir(uploads)?.count() >= WAITING {
        return Err(Error::new(Code::TooMany, "too many uploads wait to be used"));
    }
    let dir = fresh_dir(uploads)?;
    let path = dir.join(tame(name));
    if let Err(error) = store(&path, body, CAP).await {
        if let Err(error) = tokio::fs::remove_dir_all(&dir).await {
            tracing::warn!(%error, "half an upload stays behind until it is swept");
        }
        return Err(error);
    }
    Ok(path)
}

/// The file that `path` names, when it is one that was uploaded: `<uploads>/<random>/<name>`, nothing above and no folder.
///
/// # Errors
/// `refused` for every other.
pub fn uploaded(uploads: &Path, path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize().map_err(|_| outside())?;
    let own = path.parent().and_then(Path::parent) == Some(uploads);
    if own && path.is_file() { Ok(path) } else { Err(outside()) }
}

/// What a page is told that names a path.
pub fn outside() -> Error {
    Error::new(Code::Refused, "in a browser, files are uploaded and downloaded, not named by path")
}

/// Keeps a file that the window holds only as bytes, as a picture pasted into it, for the verbs that read a file.
///
/// # Errors
/// `too_large` past 64 MiB; `bad_request` when it is empty; `disk_full`.
pub async fn keep(home: &Path, name: &str, bytes: Vec<u8>) -> Result<PathBuf> {
    let uploads = home.join("uploads");
    crate::home::make_private_dir(&uploads)?;
    take(&uploads, name, Body::from(bytes)).await
}

async fn store(path: &Path, body: Body, cap: u64) -> Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).await?;
    let mut body = body.into_data_stream();
    let mut size = 0_u64;
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Error::new(Code::BadRequest, "the upload broke off"))?;
        size = size.saturating_add(part.len() as u64);
        if size > cap {
            return Err(Error::new(Code::TooLarge, format!("a file holds at most {} MiB", cap / 1024 / 1024)));
        }
        file.write_all(&part).await?;
    }
    if size == 0 {
        return Err(Error::new(Code::BadRequest, "the upload is empty"));
    }
    file.flush().await?;
    Ok(())
}

/// A new folder with a name that nobody guesses.
pub fn fresh_dir(parent: &Path) -> Result<PathBuf> {
    let dir = parent.join(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>()));
    crate::home::make_private_dir(&dir)?;
    Ok(dir)
}

/// Makes a file name of whatever a browser says: no folder, nothing hidden, no control or direction marks, at most
/// 120 bytes with its ending kept.
pub fn tame(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        })
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 8 => (stem, format!(".{ending}")),
        _ => (plain, String::new()),
    };
    let mut end = stem.len().min(NAME_CAP - ending.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    match stem[..end].trim_end() {
        "" => format!("picture{ending}"),
        stem => format!("{stem}{ending}"),
    }
}

/// Takes away what was uploaded and what was sent, for as long as it is polled.
pub async fn tidy(home: PathBuf) {
    loop {
        sweep(&home.join("uploads"), KEPT).await;
        sweep(&home.join("downloads"), SENT).await;
        tokio::time::sleep(SWEEP).await;
    }
}

async fn sweep(dir: &Path, age: Duration) {
    let dir = dir.to_owned();
    let swept = tokio::task::spawn_blocking(move || {
        let Ok(listed) = std::fs::read_dir(&dir) else { return Ok(()) };
        let mut last = Ok(());
        for entry in listed.flatten() {
            let since = entry.metadata().and_then(|meta| meta.modified()).map(|at| at.elapsed().unwrap_or_default());
            if since.is_ok_and(|since| since >= age)
                && let Err(error) = std::fs::remove_dir_all(entry.path())
            {
                last = Err(error);
            }
        }
        std::io::Result::from(last)
    });
    match swept.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "old uploads stay behind"),
        Err(error) => tracing::warn!(%error, "old uploads stay behind"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn an_upload_past_the_cap_or_without_bytes_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let code = async |name, bytes: &'static [u8]| {
            store(&dir.path().join(name), Body::from(bytes), 8).await.map_err(|error| error.code)
        };
        assert_eq!(code("fits", b"12345678").await, Ok(()));
        assert_eq!(code("large", b"123456789").await, Err(Code::TooLarge));
        assert_eq!(code("empty", b"").await, Err(Code::BadRequest));
        assert_eq!(code("fits", b"again").await, Err(Code::Internal), "an existing file is never overwritten");
    }

    #[test]
    fn names_from_a_browser_become_plain_file_names() {
        for (said, kept) in [
            ("sea.jpg", "sea.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\photos\\sea.png", "sea.png"),
            ("..", "picture"),
            (".bashrc", "bashrc"),
            ("", "picture"),
            ("a\u{202e}gpj.exe\0\n", "agpj.exe"),
            ("海边 日落.webp", "海边 日落.webp"),
            ("a:b|c?.jpg", "a_b_c_.jpg"),
        ] {
            assert_eq!(tame(said), kept, "{said:?}");
        }
        let long = tame(&format!("{}.jpeg", "海".repeat(200)));
        assert!(long.len() <= NAME_CAP && long.ends_with("海.jpeg"), "{long}");
    }
}
