//! Pictures for the faces, by the ids that answers name. What came from others is decoded and re-encoded in the media
//! child first; the result is kept in the home's `pictures` folder, which may be emptied at any time.

use std::path::PathBuf;

use base64::Engine;

use crate::api::{Media, MediaGet};
use crate::cache::keep;
use crate::db;
use crate::error::{Code, Result, bad};
use crate::ids::ShareId;
use crate::looks;
use crate::photos::offer::{PICTURE_CAP, THUMB_SIDE};
use crate::stoa::Stoa;

/// The longer side of a window-sized picture, px.
const PREVIEW_SIDE: u32 = 1_600;

pub async fn get(stoa: &Stoa, MediaGet { id }: MediaGet) -> Result<Media> {
    let parts: Vec<&str> = id.split('/').collect();
    let webp = |bytes| ("image/webp".to_owned(), bytes);
    let (mime, bytes) = match parts.as_slice() {
        ["thumb", share, index] => webp(of_share(stoa, share.parse()?, number(index)?, true).await?),
        ["preview", share, index] => webp(of_share(stoa, share.parse()?, number(index)?, false).await?),
        // the hash changes with the drawing, so that a face may keep what it got
        ["accessory", pack, item, _hash] => webp(crate::personas::packs::picture(stoa, &format!("{pack}/{item}")).await?),
        // cards are drawn here and packed for speed; everything else is re-encoded
        ["card", key] => ("image/png".to_owned(), crate::products::drawn(stoa, key).await?),
        ["look", owner, hash] => looks::made::get(stoa, owner.parse()?, hash.parse()?, false).await?,
        ["look", owner, hash, "still"] => looks::made::get(stoa, owner.parse()?, hash.parse()?, true).await?,
        _ => return bad(Code::NotFound, "no such picture"),
    };
    Ok(Media { mime, base64: base64::engine::general_purpose::STANDARD.encode(bytes) })
}

fn number(text: &str) -> Result<u32> {
    text.parse().or_else(|_| bad(Code::NotFound, "no such picture"))
}

async fn of_share(stoa: &Stoa, share: ShareId, index: u32, thumb: bool) -> Result<Vec<u8>> {
    let cached = cache_path(stoa, share, index, thumb);
    let (item, mine) = stoa
        .db
        .read(move |conn| {
            let mine = db::share(conn, share)?.is_some_and(|row| row.mine);
            Ok((db::item(conn, share, index)?, mine))
        })
        .await?;
    let Some(item) = item else { return bad(Code::NotFound, "no such picture") };
    if let Ok(bytes) = tokio::fs::read(&cached).await {
        return Ok(bytes);
    }
    let here = if thumb { item.thumb_here } else { item.state == "here" };
    if !here {
        return bad(Code::NotFound, "the picture is not here yet");
    }
    let hash = if thumb { item.thumb } else { item.hash };
    let bytes = stoa.node.blobs().read(hash.into(), PICTURE_CAP).await?;
    // own thumbnails were made by the media child of this very machine
    if thumb && mine {
        return Ok(bytes);
    }
    let side = if thumb { THUMB_SIDE } else { PREVIEW_SIDE };
    let picture = stoa.media.scaled(bytes, side).await?;
    keep(&cached, &picture.webp).await;
    Ok(picture.webp)
}

fn cache_path(stoa: &Stoa, share: ShareId, index: u32, thumb: bool) -> PathBuf {
    let kind = if thumb { "thumb" } else { "preview" };
    stoa.home.join("pictures").join(format!("{kind}-{share}-{index}.webp"))
}

/// Removes what was drawn of a picture.
pub(crate) async fn forget(stoa: &Stoa, share: ShareId, index: u32) {
    for thumb in [true, false] {
        let _ = tokio::fs::remove_file(cache_path(stoa, share, index, thumb)).await;
    }
}
