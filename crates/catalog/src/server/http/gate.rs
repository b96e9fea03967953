//! Fairness: so much work at once, of which one holder of a key has a share; and so many of the dear things an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::Access;
use super::answers::Refusal;

/// How long a request waits at its gate.
const PATIENCE: Duration = Duration::from_secs(10);
/// Holders remembered, at most.
const REMEMBERED: usize = 4096;

/// So many at once; the others wait a little.
pub(super) struct Gate {
    places: Arc<Semaphore>,
    /// Of one holder.
    share: usize,
    holders: Mutex<HashMap<String, Arc<Semaphore>>>,
    patience: Duration,
}

/// A place behind a gate, given back when it is dropped.
pub(super) struct Pass {
    _place: OwnedSemaphorePermit,
    _share: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// For everybody alike.
    pub fn open(places: usize) -> Self {
        Self::shared(places, places)
    }

    /// One holder has at most this share of the places; what is beyond waits without taking one.
    pub fn shared(places: usize, share: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), share, holders: Mutex::default(), patience: PATIENCE }
    }

    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub async fn pass(&self, holder: Option<&str>) -> Result<Pass, Refusal> {
        let passed = async {
            let share = match holder {
                Some(holder) => Some(self.of(holder).acquire_owned().await.ok()?),
                None => None,
            };
            let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
            Some(Pass { _place: place, _share: share })
        };
        match tokio::time::timeout(self.patience, passed).await {
            Ok(Some(pass)) => Ok(pass),
            _ => Err(Refusal::busy("the catalog is busy; try again in a few seconds")),
        }
    }

    fn of(&self, holder: &str) -> Arc<Semaphore> {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() >= REMEMBERED {
            holders.retain(|_, share| Arc::strong_count(share) > 1);
        }
        Arc::clone(holders.entry(holder.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.share))))
    }
}

/// Whose share it is: a seller's over all their keys, or the operator's.
pub(super) fn holder(access: &Access) -> &str {
    access.seller.as_deref().unwrap_or_default()
}

/// So many in a window for each holder.
pub(super) struct Pace {
    most: u32,
    window: Duration,
    done: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Pace {
    pub fn new(most: u32, window: Duration) -> Self {
        Self { most, window, done: Mutex::default() }
    }

    /// 429 with the seconds to wait when the window is full.
    pub fn pass(&self, holder: &str) -> Result<(), Refusal> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() >= REMEMBERED {
            done.retain(|_, (since, _)| since.elapsed() < self.window);
        }
        let (since, count) = done.entry(holder.to_owned()).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= self.window {
            (*since, *count) = (Instant::now(), 0);
        }
        if *count < self.most {
            *count += 1;
            return Ok(());
        }
        let left = self.window.saturating_sub(since.elapsed()).as_secs();
        Err(Refusal {
            retry: Some(u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1)),
            ..Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_often",
                "this signs all of the seller's products anew and was done too often; try again later",
            )
        })
    }
}
