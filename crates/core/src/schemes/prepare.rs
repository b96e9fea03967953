//! Files become what is published.

use crate::api::{LookMedia, LookPart, SchemePrepare};
use crate::db::{self, MediaRow};
use crate::error::{Code, Error, Result, bad};
use crate::ids::Hash;
use crate::looks;
use crate::looks::made::{self, Made, SIDE};
use crate::looks::manifest::{Blob, Part};
use crate::stoa::Stoa;
use crate::time::Time;

use super::mib;

/// Seconds that a prepared medium waits to be used.
const KEPT: u32 = 3_600;

/// # Errors
/// `file_unreadable`, `picture_unreadable`; `unsupported` with what to use instead; `too_large` with the cap.
pub async fn prepare(stoa: &Stoa, SchemePrepare { part, path }: SchemePrepare) -> Result<LookMedia> {
    let part = match part {
        LookPart::Text => return bad(Code::BadRequest, "a text needs no file"),
        LookPart::Picture => Part::Picture,
        LookPart::Animation => Part::Animation,
        LookPart::Sound => Part::Sound,
        LookPart::Video => Part::Video,
    };
    let bytes = crate::files::read(&path).await?;
    let made = make(&stoa.media, part, bytes).await.map_err(|error| in_words(part, error))?;
    let size = made.bytes.len() as u64;
    if size > part.cap() {
        let (word, size, cap) = (part.word(), mib(size), mib(part.cap()));
        return bad(Code::TooLarge, format!("this {word} takes {size}, {word}s at most {cap}; choose a shorter or smaller one"));
    }
    store(stoa, part, made).await
}

/// What the media child makes of it; a picture as well as it can be published.
async fn make(media: &stoa_media::Media, part: Part, bytes: Vec<u8>) -> Result<Made, Error> {
    if part != Part::Picture {
        return Ok(made::make(media, part, bytes).await?);
    }
    let pixels = media.pixels(bytes, SIDE).await?;
    let (width, height) = (pixels.width, pixels.height);
    let encoded = tokio::task::spawn_blocking(move || stoa_media::encode_webp(&pixels)).await;
    let bytes = encoded.map_err(|error| Error::new(Code::Internal, error.to_string()))??;
    Ok(Made { media_type: "image/webp", bytes, still: None, width, height, duration_ms: 0 })
}

/// A damaged sound is no unreadable picture.
fn in_words(part: Part, error: Error) -> Error {
    match (part, error.code) {
        (Part::Sound, Code::PictureUnreadable) => Error::new(Code::Unsupported, format!("not a sound that can be read: {error}")),
        (Part::Video, Code::PictureUnreadable) => Error::new(Code::Unsupported, format!("not a video that can be read: {error}")),
        _ => error,
    }
}

async fn store(stoa: &Stoa, part: Part, made: Made) -> Result<LookMedia> {
    let owner = stoa.own.person.person();
    let size = made.bytes.len() as u64;
    let hash = Hash(*blake3::hash(&made.bytes).as_bytes());
    made::keep_made(stoa, part, hash, &made).await;
    let name = looks::blob_name(owner, hash);
    stoa.node.blobs().add_bytes(made.bytes, &name).await?;
    let row = MediaRow {
        owner,
        hash,
        part: part.word().to_owned(),
        size,
        standing: "here".to_owned(),
        lasting: false,
        media_type: made.media_type.to_owned(),
        width: made.width,
        height: made.height,
        duration_ms: made.duration_ms,
        until: Some(Time::now().plus_seconds(KEPT)),
    };
    stoa.db
        .write(move |tx| {
            // one that a look names stays as it is
            let used = db::look_media(tx, owner, hash)?.is_some_and(|known| known.until.is_none());
            if !used {
                db::put_look_media(tx, &row)?;
            }
            looks::media(tx, owner, part, Blob { hash, size })
        })
        .await
}
