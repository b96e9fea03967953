//! The sweep of a catalog that is being served: a page at a time, with rests.

use std::time::Duration;

use super::super::{Catalog, GRACE, Swept};

/// After the start, and between two sweeps. Several instances sweep beside each other; what one removed the other does not find.
const REST: Duration = Duration::from_secs(6 * 3600);
const FIRST: Duration = Duration::from_secs(10 * 60);
/// Between two pages.
const BREATH: Duration = Duration::from_secs(5);

pub(super) async fn slowly(catalog: Catalog) {
    tokio::time::sleep(FIRST).await;
    loop {
        let (mut swept, mut after) = (Swept::default(), None);
        loop {
            let catalog = catalog.clone();
            match tokio::task::spawn_blocking(move || catalog.sweep_page(GRACE, after)).await {
                Ok(Ok((some, next))) => {
                    swept += some;
                    after = next;
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the sweep goes on later");
                    after = None;
                }
                Err(error) => {
                    tracing::error!(%error, "the sweep failed");
                    after = None;
                }
            }
            if after.is_none() {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        if swept.blobs > 0 {
            tracing::info!(blobs = swept.blobs, bytes = swept.bytes, "swept what nothing names any more");
        }
        tokio::time::sleep(REST).await;
    }
}
