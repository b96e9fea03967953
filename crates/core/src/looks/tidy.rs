//! What no look names any more goes, and what has no room.

use std::collections::HashSet;

use crate::db::{self, MediaRow};
use crate::error::Result;
use crate::stoa::Stoa;
use crate::time::Time;

use super::manifest::Part;
use super::{BLOB_NAMES, blob_name, made, room, take};

/// Removes prepared media that nothing used in time, media that nothing names, and others' that have no room.
pub async fn tidy(stoa: &Stoa) -> Result<()> {
    let (me, now) = (stoa.own.person.person(), Time::now());
    let (late, over) = stoa
        .db
        .read(move |conn| {
            let over = room::without_room(conn, me, room::ROOM)?;
            let here = if over.is_empty() { Vec::new() } else { db::look_media_in(conn, "here")? };
            let over: Vec<_> = here.into_iter().filter(|row| over.contains(&(row.owner, row.hash))).collect();
            Ok((db::prepared_late(conn, now)?, over))
        })
        .await?;
    if late {
        stoa.db.write(move |tx| db::expire_prepared(tx, now)).await?;
    }
    for row in stoa.db.read(|conn| db::look_media_in(conn, "gone")).await? {
        gone(stoa, row).await?;
    }
    for row in over {
        let (owner, hash) = (row.owner, row.hash);
        stoa.db
            .write(move |tx| {
                db::set_look_standing(tx, owner, hash, "missing")?;
                take::kinds_naming(tx, owner, hash)?.into_iter().for_each(|kind| take::changed(tx, me, owner, kind));
                Ok(())
            })
            .await?;
        remove(stoa, &row).await?;
    }
    Ok(())
}

/// Takes away the names of bytes without a row, which a node that was killed between the two leaves behind. For the start: later
/// bytes may be on their way to a row.
pub async fn forget_unnoted(stoa: &Stoa) -> Result<()> {
    let named = stoa.node.blobs().names(BLOB_NAMES).await?;
    let noted = stoa.db.read(db::look_media_names).await?;
    let noted: HashSet<_> = noted.into_iter().map(|(owner, hash)| blob_name(owner, hash)).collect();
    for name in named.difference(&noted) {
        stoa.node.blobs().drop_name(name).await?;
    }
    Ok(())
}

async fn remove(stoa: &Stoa, row: &MediaRow) -> Result<()> {
    stoa.node.blobs().drop_name(&blob_name(row.owner, row.hash)).await?;
    if let Some(part) = Part::of(&row.part) {
        made::forget(stoa, part, row.hash).await;
    }
    Ok(())
}

/// The row outlives the bytes, so that a restart in between forgets neither.
async fn gone(stoa: &Stoa, row: MediaRow) -> Result<()> {
    remove(stoa, &row).await?;
    let (owner, hash) = (row.owner, row.hash);
    if stoa.db.write(move |tx| db::remove_gone(tx, owner, hash)).await? {
        return Ok(());
    }
    // named again meanwhile: without their name the bytes stay for minutes only
    let cap = Part::of(&row.part).map_or(0, Part::cap);
    if let Ok(bytes) = stoa.node.blobs().read(hash.into(), cap).await {
        stoa.node.blobs().add_bytes(bytes, &blob_name(owner, hash)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::picture;
    use super::*;
    use crate::ids::Hash;

    #[tokio::test]
    async fn bytes_that_were_kept_and_not_noted_go_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let open = async || {
            let config = crate::Config {
                home: folder.path().to_owned(),
                key: [1; 32],
                listen: vec!["/ip4/127.0.0.1/tcp/0".into()],
                lan: false,
                media_program: "/proc/self/exe".into(),
            };
            Stoa::open(config).await.unwrap()
        };
        let stoa = open().await;
        let me = stoa.own.person.person();
        let blobs = stoa.node.blobs();
        let noted = Hash(blobs.add_bytes(vec![1], "share/1").await.unwrap().0);
        blobs.add_bytes(vec![1], &blob_name(me, noted)).await.unwrap();
        blobs.add_bytes(vec![2], &blob_name(me, Hash([2; 32]))).await.unwrap();
        stoa.db.write(move |tx| db::put_look_media(tx, &picture(me, noted))).await.unwrap();
        stoa.close().await;
        let stoa = open().await;
        let names = stoa.node.blobs().names("").await.unwrap();
        assert_eq!(names, HashSet::from(["share/1".to_owned(), blob_name(me, noted)]));
        stoa.close().await;
    }
}
