//! What a catalog that is being served does by itself: a sweep, a page at a time with rests; and what other processes left unfinished.

use std::time::Duration;

use super::super::{Catalog, Error, GRACE, Swept};

/// After the start, and between two sweeps. Several instances sweep beside each other; what one removed the other does not find.
const FIRST: Duration = Duration::from_secs(10 * 60);
const REST: Duration = Duration::from_secs(6 * 3600);
/// Between two pages.
const BREATH: Duration = Duration::from_secs(5);

/// An import whose process has died is finished after this long.
const UNFINISHED: Duration = Duration::from_secs(60);

pub(super) async fn finishing(catalog: Catalog) {
    loop {
        tokio::time::sleep(UNFINISHED).await;
        let catalog = catalog.clone();
        match tokio::task::spawn_blocking(move || catalog.finish(UNFINISHED)).await {
            Ok(Ok(()) | Err(Error::Busy(_))) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what was left unfinished is finished later"),
            Err(error) => tracing::error!(%error, "what was left unfinished could not be finished"),
        }
    }
}

pub(super) async fn slowly(catalog: Catalog) {
    tokio::time::sleep(FIRST).await;
    loop {
        let swept = once(&catalog).await;
        if swept.blobs > 0 {
            tracing::info!(blobs = swept.blobs, bytes = swept.bytes, "swept what nothing names any more");
        }
        tokio::time::sleep(REST).await;
    }
}

async fn once(catalog: &Catalog) -> Swept {
    let (mut swept, mut after) = (Swept::default(), None);
    loop {
        let catalog = catalog.clone();
        match tokio::task::spawn_blocking(move || catalog.sweep_page(GRACE, after)).await {
            Ok(Ok((some, next))) => {
                swept += some;
                if next.is_none() {
                    return swept;
                }
                after = next;
            }
            // A seller who imports without end puts no sweep off: the same page has another turn.
            Ok(Err(Error::Busy(_))) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the sweep goes on later");
                return swept;
            }
            Err(error) => {
                tracing::error!(%error, "the sweep failed");
                return swept;
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}
