//! Paths as the node gets them: it may run in another folder.

use std::path::Path;

use stoa_core::api::{Code, Error, Result};

/// The path from the root, as text.
///
/// # Errors
/// `bad_request` where it is not UTF-8 or there is no current folder.
pub fn absolute(path: impl AsRef<Path>) -> Result<String> {
    let whole = std::path::absolute(path)?;
    let text = whole.into_os_string().into_string();
    text.map_err(|path| Error::new(Code::BadRequest, format!("{} is not UTF-8; rename it", path.to_string_lossy())))
}
