//! How much a person may ask for: token buckets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::ids::Person;

/// People remembered; who earned everything back is forgotten first, since that changes nothing.
const REMEMBERED: usize = 4_096;

/// What may be taken at once, and what is earned back.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

pub struct Buckets {
    rate: Rate,
    /// What is left, and when that was reckoned.
    left: HashMap<Person, (f64, Instant)>,
}

impl Buckets {
    pub fn new(rate: Rate) -> Self {
        Self { rate, left: HashMap::new() }
    }

    /// Takes so much of a person's bucket, or says that it is not there.
    pub fn take(&mut self, person: Person, amount: f64, now: Instant) -> bool {
        let Rate { burst, per_second } = self.rate;
        let earned = |left: f64, at: Instant| burst.min(left + now.saturating_duration_since(at).as_secs_f64() * per_second);
        if self.left.len() >= REMEMBERED && !self.left.contains_key(&person) {
            self.left.retain(|_, (left, at)| earned(*left, *at) < burst);
        }
        let left = self.left.get(&person).map_or(burst, |(left, at)| earned(*left, *at));
        let enough = left >= amount;
        self.left.insert(person, (if enough { left - amount } else { left }, now));
        enough
    }
}

/// Counts one of a person's, or says that it is too many.
pub fn counted(buckets: &Mutex<Buckets>, person: Person) -> bool {
    buckets.lock().unwrap_or_else(PoisonError::into_inner).take(person, 1.0, Instant::now())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_has_a_burst_and_earns_it_back() {
        let (start, one, two) = (Instant::now(), Person([1; 32]), Person([2; 32]));
        let mut buckets = Buckets::new(Rate { burst: 10.0, per_second: 2.0 });
        assert_eq!((0..50).filter(|_| buckets.take(one, 1.0, start)).count(), 10);
        assert!(buckets.take(two, 10.0, start), "another has their own");
        assert!(!buckets.take(one, 3.0, start + Duration::from_secs(1)));
        assert!(buckets.take(one, 3.0, start + Duration::from_millis(1_500)));
        assert!(!buckets.take(one, 10.5, start + Duration::from_secs(900)), "never more than a burst");
        assert!(buckets.take(one, 10.0, start + Duration::from_secs(900)));
    }

    #[test]
    fn who_is_forgotten_had_everything() {
        let start = Instant::now();
        let mut buckets = Buckets::new(Rate { burst: 2.0, per_second: 1.0 });
        let person = |at: usize| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&at.to_be_bytes());
            Person(id)
        };
        (0..REMEMBERED).for_each(|at| assert!(buckets.take(person(at), 1.0, start)));
        let later = start + Duration::from_secs(1);
        assert!(buckets.take(person(0), 2.0, later));
        assert!(buckets.take(person(REMEMBERED), 1.0, later));
        assert_eq!(buckets.left.len(), 2);
        assert!(!buckets.take(person(0), 1.0, later));
    }
}
