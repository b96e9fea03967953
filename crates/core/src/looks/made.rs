//! Media as faces get them. What came from others is decoded and encoded again, or read from end to end, in the media
//! child first; the result is kept among the drawn pictures, and made again when it is not there.

use std::path::PathBuf;

use crate::cache::keep;
use crate::db;
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Hash, Person};
use crate::stoa::Stoa;

use super::manifest::Part;

/// The longer side of a picture, px.
pub const SIDE: u32 = 512;

/// A medium that a face may show or play.
pub struct Made {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    /// An animation's first frame, WebP.
    pub still: Option<Vec<u8>>,
    /// Pixels; 0 for sound.
    pub width: u32,
    pub height: u32,
    pub duration_ms: u32,
}

/// Makes it in the media child.
///
/// # Errors
/// As `stoa_media` says: whatever is not what the part wants.
pub async fn make(media: &stoa_media::Media, part: Part, bytes: Vec<u8>) -> Result<Made, stoa_media::Error> {
    let webp = "image/webp";
    Ok(match part {
        Part::Picture => {
            let made = media.scaled(bytes, SIDE).await?;
            Made { media_type: webp, bytes: made.webp, still: None, width: made.width, height: made.height, duration_ms: 0 }
        }
        Part::Animation => {
            let made = media.animation(bytes).await?;
            Made {
                media_type: webp,
                bytes: made.webp,
                still: Some(made.poster),
                width: made.width,
                height: made.height,
                duration_ms: made.duration_ms,
            }
        }
        Part::Sound => {
            let made = media.sound(bytes).await?;
            Made {
                media_type: made.media_type,
                bytes: made.bytes,
                still: None,
                width: 0,
                height: 0,
                duration_ms: made.duration_ms,
            }
        }
        Part::Video => {
            let made = media.video(bytes).await?;
            Made {
                media_type: made.media_type,
                bytes: made.bytes,
                still: None,
                width: made.width,
                height: made.height,
                duration_ms: made.duration_ms,
            }
        }
    })
}

/// Keeps what was made, for [`get`].
pub async fn keep_made(stoa: &Stoa, part: Part, hash: Hash, made: &Made) {
    keep(&path(stoa, part, hash, false), &made.bytes).await;
    if let Some(still) = &made.still {
        keep(&path(stoa, part, hash, true), still).await;
    }
}

fn path(stoa: &Stoa, part: Part, hash: Hash, still: bool) -> PathBuf {
    let still = if still { "-still" } else { "" };
    stoa.home.join("pictures").join(format!("look-{}-{hash}{still}", part.word()))
}

/// Removes what was made of a blob.
pub async fn forget(stoa: &Stoa, part: Part, hash: Hash) {
    for still in [false, true] {
        let _ = tokio::fs::remove_file(path(stoa, part, hash, still)).await;
    }
}

/// A medium, or an animation's first frame, with its media type.
///
/// # Errors
/// `not_found` when it is not here, or broken.
pub async fn get(stoa: &Stoa, owner: Person, hash: Hash, still: bool) -> Result<(String, Vec<u8>)> {
    let row = stoa.db.read(move |conn| db::look_media(conn, owner, hash)).await?;
    let here = row.filter(|row| row.standing == "here").and_then(|row| Some((Part::of(&row.part)?, row.media_type)));
    let Some((part, media_type)) = here else { return bad(Code::NotFound, "the file is not here yet") };
    let still = still && part == Part::Animation;
    // one's own were made by this machine's media child
    if owner == stoa.own.person.person() && !still {
        return Ok((media_type, stoa.node.blobs().read(hash.into(), part.cap()).await?));
    }
    if let Ok(bytes) = tokio::fs::read(path(stoa, part, hash, still)).await {
        return Ok((media_type, bytes));
    }
    let bytes = stoa.node.blobs().read(hash.into(), part.cap()).await?;
    let made = make(&stoa.media, part, bytes).await.map_err(Error::from)?;
    keep_made(stoa, part, hash, &made).await;
    match still {
        true => Ok((media_type, made.still.unwrap_or_default())),
        false => Ok((media_type, made.bytes)),
    }
}
