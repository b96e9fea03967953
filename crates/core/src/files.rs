//! Files that a person names: read whole, within a cap; written whole, never over another.

use std::io::Write;
use std::path::{Path, PathBuf};

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

/// Refuses a path where a new file cannot be made, before the work that makes it.
///
/// # Errors
/// `bad_request` for a relative path, `file_unreadable` when something is there.
pub(crate) fn free(path: &str) -> Result<()> {
    let path = Path::new(path);
    if !path.is_absolute() {
        return bad(Code::BadRequest, "the file must be named with its whole path");
    }
    if std::fs::symlink_metadata(path).is_ok() { Err(taken(path)) } else { Ok(()) }
}

/// Writes a new file whole.
///
/// # Errors
/// As [`free`]; `disk_full`.
pub(crate) async fn write_new(path: &str, bytes: Vec<u8>) -> Result<()> {
    free(path)?;
    let path = PathBuf::from(path);
    let written = tokio::task::spawn_blocking(move || write(&path, &bytes));
    written.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

fn taken(path: &Path) -> Error {
    Error::new(Code::FileUnreadable, format!("{} exists already; choose another name", path.display()))
}

/// A new file, whole: written beside and moved to its name, which is never taken from another file.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
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

    #[test]
    fn a_file_is_written_whole_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.csv");
        write(&path, b"code,name\n").unwrap();
        let refused = write(&path, b"other").unwrap_err();
        assert_eq!(refused.code, Code::FileUnreadable);
        assert!(refused.message.contains("exists already"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"code,name\n");
        let dangling = folder.path().join("link.csv");
        std::os::unix::fs::symlink("/nowhere/else", &dangling).unwrap();
        assert_eq!(write(&dangling, b"x").unwrap_err().code, Code::FileUnreadable);
        assert_eq!(write(&folder.path().join("none/shop.csv"), b"x").unwrap_err().code, Code::FileUnreadable);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no half file stays behind");
    }
}
