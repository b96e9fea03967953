//! Files on this machine: what is shared, and where pictures are saved. Names from peers never become paths.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::error::{Code, Result, bad};

use super::offer::ITEMS_CAP;

#[derive(Debug)]
pub struct Found {
    /// Absolute paths, in order.
    pub files: Vec<String>,
    /// The folder's name, when one folder was given.
    pub folder: Option<String>,
}

/// The files themselves, and those in the folders (not in folders within), sorted by name.
///
/// # Errors
/// `file_unreadable` for a path that is missing; `too_large` past 2,000 files.
pub fn gather(paths: &[String]) -> Result<Found> {
    let mut found = Found { files: Vec::new(), folder: None };
    for path in paths {
        let path = Path::new(path);
        if !path.is_absolute() {
            return bad(Code::BadRequest, "files must be named with their whole path");
        }
        let Ok(meta) = std::fs::metadata(path) else {
            return bad(Code::FileUnreadable, format!("{} cannot be read", path.display()));
        };
        if meta.is_dir() {
            found.files.extend(folder(path)?);
            found.folder = path.file_name().map(|name| name.to_string_lossy().into_owned()).filter(|_| paths.len() == 1);
        } else {
            found.files.push(path.to_string_lossy().into_owned());
        }
        if found.files.len() > ITEMS_CAP {
            return bad(Code::TooLarge, format!("a share holds at most {ITEMS_CAP} pictures"));
        }
    }
    if found.files.is_empty() {
        return bad(Code::FileUnreadable, "there are no pictures in this folder");
    }
    Ok(found)
}

/// Files that may be pictures, by extension: a folder also holds notes and thumbnails of other programs.
fn folder(path: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let picture = matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png" | "webp" | "gif"));
        if picture && path.is_file() && files.len() <= ITEMS_CAP {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}

/// A share's name when nothing better is known: the day.
pub fn today() -> String {
    let now = OffsetDateTime::now_utc();
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}

/// A path in `folder` that does not exist yet, from a name somebody else chose.
pub fn free_name(folder: &Path, index: u32, name: &str) -> Result<PathBuf> {
    let safe = safe_name(name).unwrap_or_else(|| format!("picture-{index}"));
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem.to_owned(), format!(".{extension}")),
        _ => (safe, String::new()),
    };
    for copy in 1..10_000 {
        let name = if copy == 1 { format!("{stem}{extension}") } else { format!("{stem} ({copy}){extension}") };
        let path = folder.join(name);
        if std::fs::symlink_metadata(&path).is_err() {
            return Ok(path);
        }
    }
    bad(Code::FileUnreadable, "the folder holds too many files of this name")
}

/// The last part of a name, without separators, leading dots and letters that file systems refuse; at most 120 bytes.
fn safe_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let allowed = |letter: char| !letter.is_control() && !matches!(letter, ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\0');
    let mut safe: String = last.chars().filter(|letter| allowed(*letter)).collect();
    while safe.len() > 120 {
        safe.remove(safe.char_indices().map(|(at, _)| at).nth(safe.chars().count() / 2)?);
    }
    let safe = safe.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']).to_owned();
    (!safe.is_empty()).then_some(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_stays_in_the_folder() {
        for (name, safe) in [
            ("../../etc/passwd", Some("passwd")),
            ("..\\..\\boot.ini", Some("boot.ini")),
            (".bashrc", Some("bashrc")),
            ("..", None),
            ("a\0b\n.jpg", Some("ab.jpg")),
            ("海边.jpg", Some("海边.jpg")),
        ] {
            assert_eq!(safe_name(name).as_deref(), safe, "{name:?}");
        }
        assert!(safe_name(&"长".repeat(300)).is_some_and(|name| name.len() <= 120));
    }
}
