//! The pictures of an import: files named by code, and links that the feed names. Each is decoded in the media child and stored anew.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use stoa_catalog::server::feeds::{Item, PICTURE_CAP, PictureFetcher, Rows};
use stoa_catalog::server::{Catalog, RowError};
use stoa_catalog::{Hash, IMAGES_CAP};
use stoa_core::api::{Code, Error, Result};
use stoa_media::Media;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::{refused, studio, whole};
use crate::out::progress;

/// Pictures in work at once.
const AT_ONCE: usize = 4;
/// Problems that are told.
const ERRORS_CAP: usize = 1000;
const ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

/// Where pictures come from.
pub struct Source {
    pub folder: Option<PathBuf>,
    /// Links are followed.
    pub links: bool,
    /// Without it files are only tried, and no link is followed.
    pub keep: bool,
}

/// What was found, by product code.
#[derive(Default)]
pub struct Photos {
    found: HashMap<String, Vec<Hash>>,
    pub stored: u64,
    /// Pictures that could not be had; their products are imported without them.
    pub errors: Vec<RowError>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Origin {
    File(PathBuf),
    Link(String),
}

/// A product that wants pictures.
struct Wish {
    row: u64,
    code: String,
    origins: Vec<Origin>,
}

impl Photos {
    /// `None` leaves the product's pictures as the feed has them.
    pub fn of(&self, code: &str) -> Option<Vec<Hash>> {
        self.found.get(code).cloned()
    }
}

pub fn gather(catalog: &Catalog, rows: Rows<'_>, source: &Source, told: bool) -> Result<Photos> {
    if source.folder.is_none() && !source.links {
        return Ok(Photos::default());
    }
    let folder = source.folder.as_deref().map(by_stem).transpose()?.unwrap_or_default();
    let wishes = wishes(rows, &folder, source.links && source.keep);
    let fetcher = PictureFetcher::new().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let work = Work { catalog: catalog.clone(), media: studio::media(), fetcher, keep: source.keep };
    let made = Handle::current().block_on(make(work, &wishes, told))?;
    let mut photos =
        Photos { stored: made.values().filter(|made| matches!(made, Ok(Some(_)))).count() as u64, ..Photos::default() };
    for wish in wishes {
        let mut images = Vec::new();
        for origin in &wish.origins {
            match made.get(origin) {
                Some(Ok(Some(hash))) if !images.contains(hash) => images.push(*hash),
                Some(Err(message)) if photos.errors.len() < ERRORS_CAP => {
                    let (field, message) = origin.problem(message);
                    photos.errors.push(RowError { row: wish.row, field: Some(field.to_owned()), message });
                }
                _ => {}
            }
        }
        if !images.is_empty() {
            photos.found.entry(wish.code).or_insert(images);
        }
    }
    Ok(photos)
}

impl Origin {
    fn problem(&self, message: &str) -> (&'static str, String) {
        match self {
            Self::File(path) => ("photos", format!("{}: {message}", path.file_name().unwrap_or_default().to_string_lossy())),
            Self::Link(link) => ("image_link", format!("{link}: {message}")),
        }
    }
}

/// Picture files of a folder by their names without ending. A code is looked up among them, never made into a path.
fn by_stem(folder: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut found = HashMap::new();
    let entries =
        std::fs::read_dir(folder).map_err(|error| Error::new(Code::FileUnreadable, format!("{}: {error}", folder.display())))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        if let (Some(stem), true) =
            (path.file_stem().and_then(|stem| stem.to_str()), ending.is_some_and(|e| ENDINGS.contains(&e.as_str())))
        {
            found.insert(stem.to_owned(), path);
        }
    }
    Ok(found)
}

fn wishes(mut rows: Rows<'_>, folder: &HashMap<String, PathBuf>, links: bool) -> Vec<Wish> {
    let mut items: Vec<(u64, Item)> = Vec::new();
    while let Some((row, item)) = rows.next_item() {
        items.extend(item.ok().map(|item| (row, item)));
    }
    let codes: HashSet<&str> = items.iter().map(|(_, item)| item.draft.code.as_str()).collect();
    let wish = |(row, item): &(u64, Item)| {
        let mut origins = named(&item.draft.code, folder, &codes);
        if links && origins.is_empty() {
            origins = item.pictures.iter().cloned().map(Origin::Link).collect();
        }
        Wish { row: *row, code: item.draft.code.clone(), origins }
    };
    items.iter().map(wish).filter(|wish| !wish.origins.is_empty()).collect()
}

/// CODE.jpg, then CODE-1.jpg to CODE-8.jpg, as far as these are not codes of other products. What a file's name cannot hold is
/// percent-encoded.
fn named(code: &str, folder: &HashMap<String, PathBuf>, codes: &HashSet<&str>) -> Vec<Origin> {
    let encoded: String =
        code.chars().map(|c| if "/\\%:*?\"<>|".contains(c) { format!("%{:02X}", c as u32) } else { c.into() }).collect();
    let numbered = (1..=IMAGES_CAP).map(|number| format!("{encoded}-{number}")).filter(|name| !codes.contains(name.as_str()));
    let names = std::iter::once(encoded.clone()).chain(numbered);
    names.filter_map(|name| folder.get(&name)).take(IMAGES_CAP).cloned().map(Origin::File).collect()
}

#[derive(Clone)]
struct Work {
    catalog: Catalog,
    media: Media,
    fetcher: PictureFetcher,
    keep: bool,
}

/// Of each origin the hash it is stored under (`None` when nothing is kept), or why there is no picture.
type Made = HashMap<Origin, std::result::Result<Option<Hash>, String>>;

async fn make(work: Work, wishes: &[Wish], told: bool) -> Result<Made> {
    let mut waiting: HashSet<&Origin> = HashSet::new();
    let origins: Vec<&Origin> = wishes.iter().flat_map(|wish| &wish.origins).filter(|origin| waiting.insert(origin)).collect();
    let (mut made, mut running) = (Made::new(), JoinSet::new());
    let mut left = origins.iter();
    loop {
        while running.len() < AT_ONCE
            && let Some(origin) = left.next()
        {
            running.spawn(work.clone().one((*origin).clone()));
        }
        let Some(done) = running.join_next().await else { return Ok(made) };
        let (origin, picture) = done.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        made.insert(origin, picture?);
        if told {
            progress(&format!("{} of {} pictures", made.len(), origins.len()));
        }
    }
}

impl Work {
    /// An error of the catalog itself ends the import; one of the picture does not.
    async fn one(self, origin: Origin) -> (Origin, Result<std::result::Result<Option<Hash>, String>>) {
        let bytes = match &origin {
            Origin::File(path) => read(path.clone()).await,
            Origin::Link(link) => self.fetcher.fetch(link).await,
        };
        let picture = match bytes {
            Ok(bytes) => studio::picture(&self.media, bytes).await,
            Err(message) => Err(message),
        };
        let kept = match picture {
            Ok(webp) if self.keep => super::blocking(move || self.catalog.put_blob(&webp, "image/webp").map_err(refused))
                .await
                .map(|hash| Ok(Some(hash))),
            Ok(_) => Ok(Ok(None)),
            Err(message) => Ok(Err(message)),
        };
        (origin, kept)
    }
}

async fn read(path: PathBuf) -> std::result::Result<Vec<u8>, String> {
    super::blocking(move || whole(&path, PICTURE_CAP)).await.map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_the_code_they_name() {
        let names = ["a", "a-2", "a-3", "b%2Fc", "x-1", "..%2Fetc"];
        let folder: HashMap<String, PathBuf> = names.iter().map(|name| ((*name).to_owned(), PathBuf::from(name))).collect();
        let codes = HashSet::from(["a", "a-2", "b/c", "x", "../etc"]);
        let of = |code: &str| -> Vec<String> {
            let path = |origin| match origin {
                Origin::File(path) => path.display().to_string(),
                Origin::Link(link) => link,
            };
            named(code, &folder, &codes).into_iter().map(path).collect()
        };
        assert_eq!(of("a"), ["a", "a-3"], "a-2 is another product's");
        assert_eq!(of("b/c"), ["b%2Fc"]);
        assert_eq!(of("x"), ["x-1"]);
        assert_eq!(of("../etc"), ["..%2Fetc"]);
        assert!(of("b").is_empty());
    }
}
