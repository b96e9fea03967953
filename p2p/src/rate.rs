//! How often strangers may ask: token buckets, one per stranger and one for all.

use std::{collections::HashMap, time::Instant};

use crate::DeviceId;

/// Requests a stranger may make at once, and seconds until it earns another.
const EACH: Rate = Rate { burst: 5.0, per_second: 0.1 };
/// The same for all strangers together: keys are free, so the first limit alone stops nobody.
const ALL: Rate = Rate { burst: 30.0, per_second: 1.0 };
/// Strangers remembered; a stranger forgotten is still under the limit for all.
const REMEMBERED: usize = 1024;

#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    per_second: f64,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.burst, at: now }
    }

    fn refill(&mut self, rate: Rate, now: Instant) {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + earned).min(rate.burst);
        self.at = now;
    }
}

/// The buckets of all strangers.
pub(crate) struct Strangers {
    all: Bucket,
    each: HashMap<DeviceId, Bucket>,
}

impl Strangers {
    pub(crate) fn new(now: Instant) -> Self {
        Self { all: Bucket::full(ALL, now), each: HashMap::new() }
    }

    /// Takes one request of the stranger, or says that it asks too often.
    pub(crate) fn take(&mut self, stranger: DeviceId, now: Instant) -> bool {
        if self.each.len() >= REMEMBERED && !self.each.contains_key(&stranger) {
            self.forget(now);
        }
        let bucket = self.each.entry(stranger).or_insert_with(|| Bucket::full(EACH, now));
        bucket.refill(EACH, now);
        self.all.refill(ALL, now);
        if bucket.tokens < 1.0 || self.all.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        self.all.tokens -= 1.0;
        true
    }

    /// Forgets those who have earned everything back; if nobody has, everybody.
    fn forget(&mut self, now: Instant) {
        self.each.retain(|_, bucket| {
            bucket.refill(EACH, now);
            bucket.tokens < EACH.burst
        });
        if self.each.len() >= REMEMBERED {
            self.each.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_then_one_in_ten_seconds() {
        let start = Instant::now();
        let mut strangers = Strangers::new(start);
        let one = DeviceId([1; 32]);
        assert_eq!((0..9).filter(|_| strangers.take(one, start)).count(), 5);
        assert!(strangers.take(DeviceId([2; 32]), start), "another stranger has its own");
        assert!(!strangers.take(one, start + Duration::from_secs(9)));
        assert!(strangers.take(one, start + Duration::from_secs(19)));
    }

    #[test]
    fn many_strangers_share_one_limit_and_bounded_memory() {
        let start = Instant::now();
        let mut strangers = Strangers::new(start);
        let stranger = |n: u32| {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&n.to_be_bytes());
            DeviceId(id)
        };
        let served = (0..5000).filter(|n| strangers.take(stranger(*n), start)).count();
        assert_eq!(served, 30);
        assert!(strangers.each.len() <= REMEMBERED);
    }
}
