//! Files that a person names: read whole, within a cap.

use std::path::Path;

use tokio::io::AsyncReadExt;

use crate::error::{Code, Error, Result, bad};

/// Bytes of a file, at most.
const FILE_CAP: u64 = 64 << 20;

/// # Errors
/// `bad_request` for a relative path, `file_unreadable`, `too_large` past 64 MiB.
pub(crate) async fn read(path: &str) -> Result<Vec<u8>> {
    let path = Path::new(path);
    if !path.is_absolute() {
        return bad(Code::BadRequest, "files must be named with their whole path");
    }
    let unreadable = |why: String| Error::new(Code::FileUnreadable, format!("{} cannot be read: {why}", path.display()));
    // before it is opened: a pipe would wait for whoever writes into it
    let meta = tokio::fs::metadata(path).await.map_err(|error| unreadable(error.to_string()))?;
    if !meta.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    let too_large = || Error::new(Code::TooLarge, format!("a file holds at most {} MiB", FILE_CAP >> 20));
    if meta.len() > FILE_CAP {
        return Err(too_large());
    }
    let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    // it may grow while it is read
    file.take(FILE_CAP + 1).read_to_end(&mut bytes).await.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > FILE_CAP { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_file_is_refused_and_nothing_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(at("whole"), b"whole").unwrap();
        assert_eq!(read(&at("whole")).await.unwrap(), b"whole");
        assert_eq!(read("whole").await.unwrap_err().code, Code::BadRequest);
        std::fs::File::create(at("large")).unwrap().set_len(FILE_CAP + 1).unwrap();
        assert_eq!(read(&at("large")).await.unwrap_err().code, Code::TooLarge);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        for name in ["pipe", "missing", ""] {
            assert_eq!(read(&at(name)).await.unwrap_err().code, Code::FileUnreadable, "{name}");
        }
    }
}
