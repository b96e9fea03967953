//! When a door closes.

use std::time::{Duration, Instant};

use stoa_core::api::Time;

/// By the wall clock, which a phone is told, and by one that nobody sets.
#[derive(Clone, Copy)]
pub struct Ends {
    pub wall: Time,
    at: Instant,
}

impl Ends {
    pub fn after(minutes: u32) -> Self {
        let seconds = minutes.saturating_mul(60);
        Self { wall: Time::now().plus_seconds(seconds), at: Instant::now() + Duration::from_secs(seconds.into()) }
    }

    pub fn left(self) -> Duration {
        let wall = u64::try_from(self.wall.0 - Time::now().0).unwrap_or(0);
        self.at.saturating_duration_since(Instant::now()).min(Duration::from_millis(wall))
    }
}
