//! The end of a share: copies go, originals and what somebody saved stay.
//!
//! Expiry is judged by the later of this machine's clock and the highest time it has recorded, so that setting the
//! clock back revives nothing.

use std::time::{Duration, Instant};

use crate::db;
use crate::error::Result;
use crate::ids::ShareId;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

use super::prepare::{picture_name, thumb_name};

const FLOOR: &str = "floor";
const SWEEP: Duration = Duration::from_secs(20);
/// In milliseconds.
const DAY: i64 = 86_400_000;

/// The floor that was recorded last.
pub fn kept(conn: &rusqlite::Connection) -> Result<Time> {
    Ok(Time(i64::try_from(db::meta_u64(conn, FLOOR)?).unwrap_or(0)))
}

pub async fn run(stoa: Stoa) {
    let (start, began) = (stoa.live().floor, Instant::now());
    loop {
        let floor = raised(start, began.elapsed(), Time::now());
        stoa.live().floor = floor;
        let stored = stoa.db.write(move |tx| db::set_meta_u64(tx, FLOOR, u64::try_from(floor.0).unwrap_or(0))).await;
        if let Err(error) = stored.and(sweep(&stoa).await) {
            tracing::warn!(%error, "expired shares were not cleared");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// The floor follows the wall clock, but one start moves it by no more than the time it ran and a day: a clock that
/// was wrong for an hour must not end every share for good.
fn raised(start: Time, ran: Duration, wall: Time) -> Time {
    if start == Time(0) {
        return wall;
    }
    let ran = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
    start.max(wall.min(Time(start.0.saturating_add(ran).saturating_add(DAY))))
}

async fn sweep(stoa: &Stoa) -> Result<()> {
    let now = stoa.now();
    for share in stoa.db.read(move |conn| db::shares_over(conn, now)).await? {
        clear(stoa.clone(), share).await;
    }
    crate::cache::trim(stoa).await;
    Ok(())
}

/// Removes the stored copies of a share that is over.
pub async fn clear(stoa: Stoa, share: ShareId) {
    if let Err(error) = drop_copies(&stoa, share).await {
        tracing::warn!(%error, %share, "copies of an ended share were not removed");
    }
}

async fn drop_copies(stoa: &Stoa, share: ShareId) -> Result<()> {
    let now = stoa.now();
    let items = stoa
        .db
        .read(move |conn| {
            let over = db::share(conn, share)?.is_some_and(|row| row.state == "revoked" || row.expires <= now);
            if over { db::items(conn, share) } else { Ok(Vec::new()) }
        })
        .await?;
    if items.is_empty() {
        return Ok(());
    }
    for item in items {
        stoa.node.blobs().drop_name(&picture_name(share, item.index)).await?;
        stoa.node.blobs().drop_name(&thumb_name(share, item.index)).await?;
        crate::pictures::forget(stoa, share, item.index).await;
    }
    stoa.db
        .write(move |tx| {
            db::clear_items(tx, share)?;
            if db::share(tx, share)?.is_some_and(|row| row.state == "open") {
                db::set_share_state(tx, share, "expired")?;
            }
            tx.touch(Touched::Share(share));
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_never_falls_and_never_leaps() {
        let (start, hour) = (Time(1_000_000_000), Duration::from_secs(3_600));
        assert_eq!(raised(start, hour, Time(0)), start);
        assert_eq!(raised(start, hour, Time(start.0 + 5)), Time(start.0 + 5));
        assert_eq!(raised(start, hour, Time(i64::MAX)), Time(start.0 + 3_600_000 + DAY));
        assert_eq!(raised(Time(0), hour, Time(7)), Time(7));
    }
}
