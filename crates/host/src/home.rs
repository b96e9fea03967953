//! The home: one folder for one person, readable by its owner only, held by one node at a time.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use stoa_core::api::{Code, Error, Result};

const LOCK: &str = "lock";
/// What another process may have written into the lock file; more is not read.
const LOCK_TEXT: u64 = 200;

/// A home that this process holds. Dropping it lets the next one in.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    _lock: File,
}

/// The platform's data folder for Stoa: `$XDG_DATA_HOME/stoa`, else `~/.local/share/stoa`;
/// `~/Library/Application Support/Stoa` on macOS.
///
/// # Errors
/// `not_found` when the environment names no home folder.
pub fn default_dir() -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let user = || {
        absolute("HOME")
            .ok_or_else(|| Error::new(Code::NotFound, "the environment names no home folder; say where with --home DIR"))
    };
    if cfg!(target_os = "macos") {
        return Ok(user()?.join("Library/Application Support/Stoa"));
    }
    match absolute("XDG_DATA_HOME") {
        Some(data) => Ok(data.join("stoa")),
        None => Ok(user()?.join(".local/share/stoa")),
    }
}

impl Home {
    /// Creates the folder if it is missing, closes it to others, and takes its lock.
    ///
    /// # Errors
    /// `home_in_use` when another process holds it; `home_locked` when it belongs to another user.
    pub fn take(dir: &Path) -> Result<Self> {
        make_private_dir(dir)?;
        let dir = dir.canonicalize()?;
        let mut lock = private_options().read(true).truncate(false).open(dir.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(in_use(&dir, &mut lock)),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(format!("process {}\n", std::process::id()).as_bytes())?;
        Ok(Self { dir, _lock: lock })
    }

    /// The folder, absolute and without links.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Waits until nobody holds the home. Blocks the thread.
///
/// # Errors
/// Those of the file system.
pub fn wait_until_free(dir: &Path) -> Result<()> {
    let lock = match File::open(dir.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    lock.lock_shared()?;
    Ok(())
}

fn in_use(dir: &Path, lock: &mut File) -> Error {
    let mut who = String::new();
    let named = lock.take(LOCK_TEXT).read_to_string(&mut who).is_ok() && !who.trim().is_empty();
    let who = if named { who.trim() } else { "another process" };
    Error::new(Code::HomeInUse, format!("a node already runs on {} ({who})", dir.display()))
}

/// Creates the folder with mode 0700, or takes group and others out of an existing one.
///
/// # Errors
/// `home_locked` when it belongs to another user or is no folder.
pub fn make_private_dir(dir: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let metadata = std::fs::metadata(dir)?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::new(Code::HomeLocked, format!("{} belongs to another user", dir.display())));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(dir = %dir.display(), "the folder was open to other users; closed it");
        std::fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Replaces a file as a whole: readers see the old bytes or the new ones, also after a power cut. Mode 0600.
///
/// # Errors
/// Those of the file system.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_second_taker_is_refused_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = Home::take(dir.path()).unwrap();
        let refused = Home::take(dir.path()).unwrap_err();
        assert_eq!(refused.code, Code::HomeInUse);
        assert!(refused.message.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(first);
        Home::take(dir.path()).unwrap();
    }

    #[test]
    fn an_open_folder_is_closed_and_files_are_private() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let home = Home::take(dir.path()).unwrap();
        assert_eq!(std::fs::metadata(home.dir()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(home.dir().join(LOCK)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn replacing_a_file_leaves_one_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.json");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
