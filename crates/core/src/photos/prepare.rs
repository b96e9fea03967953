//! The owner's side before an offer: every file is read, its thumbnail made, its bytes put into the blob store. What is
//! done is written down file by file, so a restart goes on; the offer leaves in one transaction at the end.

use std::time::Duration;

use futures::StreamExt;
use tokio::io::AsyncReadExt;

use crate::api::Problem;
use crate::conversations;
use crate::db::{self, ItemRow};
use crate::error::{Code, Error, Result, bad};
use crate::ids::ShareId;
use crate::stoa::Stoa;
use crate::touch::Touched;
use crate::wire::encode;

use super::kinds::{OFFER, known};
use super::offer::{Grant, Offer, OfferItem, PICTURE_CAP, THUMB_SIDE};
use super::project::NAME_CAP;
use crate::text::visible;

/// Pictures prepared at once: as many as there are decoding children.
const AT_ONCE: usize = 2;
/// Before what failed is tried again.
const RETRY: Duration = Duration::from_secs(10);
/// Problems that are named, at most.
const PROBLEMS_CAP: usize = 100;

pub async fn run(stoa: Stoa) {
    loop {
        let mut failed = false;
        let waiting = stoa.db.read(|conn| db::shares_in(conn, "preparing")).await.unwrap_or_default();
        for share in waiting {
            if let Err(error) = prepare(&stoa, share).await {
                tracing::warn!(%error, %share, "a share is not prepared yet");
                failed = true;
            }
        }
        // nothing is offered half: what failed is tried again
        match failed {
            true => drop(tokio::time::timeout(RETRY, stoa.prepare.notified()).await),
            false => stoa.prepare.notified().await,
        }
    }
}

async fn prepare(stoa: &Stoa, share: ShareId) -> Result<()> {
    // names that no longer fit an entry end the share with a word, not in a loop
    match offer_when_ready(stoa, share).await {
        Err(error) if error.code == Code::TooLarge => {
            stoa.db
                .write(move |tx| {
                    let problem = Problem { file: String::new(), code: error.code, message: error.message };
                    db::set_share_problems(tx, share, &serde_json::to_string(&[problem]).unwrap_or_default())?;
                    db::set_share_state(tx, share, "failed")?;
                    tx.touch(Touched::Share(share));
                    Ok(())
                })
                .await
        }
        result => result,
    }
}

async fn offer_when_ready(stoa: &Stoa, share: ShareId) -> Result<()> {
    let sources = stoa.db.read(move |conn| db::sources(conn, share)).await?;
    let made = sources.into_iter().map(|(index, path)| async move {
        let item = one(stoa, share, index, &path).await;
        (index, path, item)
    });
    let mut made = std::pin::pin!(futures::stream::iter(made).buffered(AT_ONCE));
    while let Some((index, path, item)) = made.next().await {
        if stoa.db.read(move |conn| Ok(known(conn, share)?.state != "preparing")).await? {
            return Ok(());
        }
        // what is no fault of the file ends the round, not the picture
        if let Err(error) = &item
            && !matches!(error.code, Code::PictureUnreadable | Code::TooLarge | Code::FileUnreadable)
        {
            return Err(error.clone());
        }
        stoa.db
            .write(move |tx| {
                match item {
                    Ok(row) => db::put_item(tx, &row)?,
                    Err(error) => {
                        let row = known(tx, share)?;
                        let mut problems: Vec<Problem> = serde_json::from_str(&row.problems).unwrap_or_default();
                        if problems.len() < PROBLEMS_CAP {
                            problems.push(Problem { file: file_name(&path), code: error.code, message: error.message });
                        }
                        db::set_share_problems(tx, share, &serde_json::to_string(&problems).unwrap_or_default())?;
                    }
                }
                db::drop_source(tx, share, index)?;
                tx.touch(Touched::Share(share));
                Ok(())
            })
            .await?;
    }
    offer(stoa, share).await
}

fn file_name(path: &str) -> String {
    let last = std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    visible(&last.unwrap_or_default(), NAME_CAP)
}

async fn one(stoa: &Stoa, share: ShareId, index: u32, path: &str) -> Result<ItemRow> {
    let bytes = read(path).await?;
    let (inspected, thumb) = stoa.media.inspect_and_scale(bytes.clone(), THUMB_SIDE).await?;
    let blobs = stoa.node.blobs();
    let thumb_size = thumb.webp.len() as u64;
    let size = bytes.len() as u64;
    let hash = blobs.add_bytes(bytes, &picture_name(share, index)).await?;
    let thumb = blobs.add_bytes(thumb.webp, &thumb_name(share, index)).await?;
    Ok(ItemRow {
        share,
        index,
        name: file_name(path),
        hash: hash.into(),
        size,
        width: inspected.width,
        height: inspected.height,
        thumb: thumb.into(),
        thumb_size,
        thumb_here: true,
        state: "here".into(),
    })
}

/// A regular file of at most `PICTURE_CAP` bytes; it may grow while it is read.
async fn read(path: &str) -> Result<Vec<u8>> {
    if !tokio::fs::metadata(path).await?.is_file() {
        return bad(Code::FileUnreadable, "not a file");
    }
    let mut bytes = Vec::new();
    tokio::fs::File::open(path).await?.take(PICTURE_CAP + 1).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 > PICTURE_CAP {
        return bad(Code::TooLarge, format!("larger than {} MiB", PICTURE_CAP >> 20));
    }
    Ok(bytes)
}

/// The blob store's name that keeps a picture of a share.
pub fn picture_name(share: ShareId, index: u32) -> String {
    format!("share/{share}/{index}")
}

pub fn thumb_name(share: ShareId, index: u32) -> String {
    format!("thumb/{share}/{index}")
}

async fn offer(stoa: &Stoa, share: ShareId) -> Result<()> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            tx.touch(Touched::Share(share));
            let row = known(tx, share)?;
            let items: Vec<OfferItem> = db::items(tx, share)?.into_iter().map(offered).collect();
            // revoked while it was prepared, or nothing readable: nobody hears of it
            if row.state != "preparing" {
                return Ok(());
            }
            if items.is_empty() {
                return db::set_share_state(tx, share, "failed");
            }
            db::set_share_state(tx, share, "open")?;
            for (person, revoked) in db::share_people(tx, share)? {
                let Some(contact) = db::contact(tx, person)?.filter(|_| !revoked) else { continue };
                let grant = Grant { share, version: 1, person, not_after: row.expires.0 }.sign(&own.person);
                let offer = Offer { share, name: row.name.clone(), expires: row.expires.0, items: items.clone(), grant };
                conversations::append(tx, &own, &contact, OFFER, encode(&offer))?;
            }
            Ok::<_, Error>(())
        })
        .await
}

fn offered(item: ItemRow) -> OfferItem {
    OfferItem {
        index: item.index,
        name: item.name,
        hash: item.hash,
        size: item.size,
        width: item.width,
        height: item.height,
        thumb: item.thumb,
        thumb_size: item.thumb_size,
    }
}
