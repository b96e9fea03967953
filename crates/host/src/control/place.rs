//! Where the socket stands. A socket's path holds about 100 bytes, so a home deep in the file system keeps it in
//! the user's runtime folder and writes down where.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use stoa_core::api::{Code, Error, Result};

use crate::home::{make_private_dir, write_private};

const SOCKET: &str = "control.sock";
const POINTER: &str = "control.path";
/// `sun_path` holds 108 bytes on Linux and 104 on macOS, with its final zero.
const PATH_CAP: usize = 103;

/// Chooses the socket's path for the node that holds `home`, with nothing standing there.
pub(super) fn prepare(home: &Path) -> Result<PathBuf> {
    let near = home.join(SOCKET);
    remove(&home.join(POINTER))?;
    remove(&near)?;
    if near.as_os_str().len() <= PATH_CAP {
        return Ok(near);
    }
    let far = far_dir(home)?.join(SOCKET);
    if far.as_os_str().len() > PATH_CAP {
        return Err(Error::new(Code::Internal, "no folder with a path short enough for the control socket"));
    }
    remove(&far)?;
    write_private(&home.join(POINTER), far.as_os_str().as_bytes())?;
    Ok(far)
}

/// Where a client looks.
pub(super) fn find(home: &Path) -> PathBuf {
    match std::fs::read(home.join(POINTER)) {
        Ok(path) => PathBuf::from(std::ffi::OsStr::from_bytes(&path)),
        Err(_) => home.join(SOCKET),
    }
}

fn far_dir(home: &Path) -> Result<PathBuf> {
    let hash = blake3::hash(home.as_os_str().as_bytes()).to_hex();
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_dir());
    let dir = runtime.unwrap_or_else(std::env::temp_dir).join(format!("stoa-{}", &hash[..16]));
    // A link planted in a shared temporary folder would lead elsewhere.
    if std::fs::symlink_metadata(&dir).is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(Error::new(Code::Internal, format!("{} is in the way", dir.display())));
    }
    make_private_dir(&dir)?;
    Ok(dir)
}

pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
