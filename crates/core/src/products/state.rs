//! What cards share while the Stoa runs; never stored.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use stoa_catalog::Hash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::ids::Person;

/// Questions of one person at once, and how many more each second.
const BURST: f64 = 240.0;
const PER_SECOND: f64 = 8.0;
/// Messages with links looked at at once, and that wait for it, of everybody and of one person; what is more is asked for when its card
/// is shown.
const ARRIVALS: usize = 8;
const WAITING: usize = 128;
const ARRIVALS_OF_ONE: usize = 2;
const WAITING_OF_ONE: usize = 16;
/// Layouts remembered that took too long to draw.
const SLOW_CAP: usize = 64;
/// An answer waits at most this long for what is being fetched.
pub const SUPPLY: Duration = Duration::from_secs(10);

type Flight = (String, String);

pub struct Cards {
    rates: Mutex<HashMap<Person, Bucket>>,
    flights: Mutex<HashMap<Flight, Weak<tokio::sync::Mutex<()>>>>,
    supplies: Mutex<HashMap<String, watch::Receiver<()>>>,
    slow: Mutex<HashSet<Hash>>,
    arrivals: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    turns: Mutex<HashMap<Person, Weak<Turns>>>,
}

/// One person's share.
struct Turns {
    arrivals: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A message that waits for its turn.
pub struct Waiting {
    arrivals: Arc<Semaphore>,
    own: Arc<Turns>,
    _places: [OwnedSemaphorePermit; 2],
}

/// While it lives, a message is looked at.
pub struct Turn {
    _own: Arc<Turns>,
    _places: [OwnedSemaphorePermit; 2],
}

impl Waiting {
    /// The person's turn first: who waits behind their own messages keeps nobody else from theirs.
    pub async fn turn(self) -> Option<Turn> {
        let own = self.own.arrivals.clone().acquire_owned().await.ok()?;
        let place = self.arrivals.acquire_owned().await.ok()?;
        Some(Turn { _own: self.own, _places: [own, place] })
    }
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            rates: Mutex::default(),
            flights: Mutex::default(),
            supplies: Mutex::default(),
            slow: Mutex::default(),
            arrivals: Arc::new(Semaphore::new(ARRIVALS)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            turns: Mutex::default(),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // plain data: a panic elsewhere cannot have left it half-changed in a way that matters
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cards {
    /// Takes one question of a contact, or says that they ask too often.
    pub fn admit(&self, person: Person, now: Instant) -> bool {
        let mut rates = held(&self.rates);
        let bucket = rates.entry(person).or_insert(Bucket { tokens: BURST, at: now });
        let earned = now.saturating_duration_since(bucket.at).as_secs_f64() * PER_SECOND;
        *bucket = Bucket { tokens: (bucket.tokens + earned).min(BURST), at: now };
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }

    /// A place for a message of the conversation with this person; `None` when too many of theirs, or of everybody's, wait already.
    pub fn wait(&self, person: Person) -> Option<Waiting> {
        let mut turns = held(&self.turns);
        turns.retain(|_, turns| turns.strong_count() > 0);
        let own = turns.get(&person).and_then(Weak::upgrade).unwrap_or_else(|| {
            let semaphore = |places| Arc::new(Semaphore::new(places));
            Arc::new(Turns { arrivals: semaphore(ARRIVALS_OF_ONE), waiting: semaphore(WAITING_OF_ONE) })
        });
        let places = [own.waiting.clone().try_acquire_owned().ok()?, self.waiting.clone().try_acquire_owned().ok()?];
        turns.insert(person, Arc::downgrade(&own));
        Some(Waiting { arrivals: self.arrivals.clone(), own, _places: places })
    }

    /// Held by whoever asks for this product, so that it is asked for once.
    pub fn flight(&self, catalog: &str, code: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = held(&self.flights);
        flights.retain(|_, flight| flight.strong_count() > 0);
        let key = (catalog.to_owned(), code.to_owned());
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::default();
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }

    /// Own links that are being fetched, so that they can be passed on; until the guard is dropped.
    pub fn supply(&self, links: &[String]) -> Supply {
        let (done, wait) = watch::channel(());
        held(&self.supplies).extend(links.iter().map(|link| (link.clone(), wait.clone())));
        Supply { _done: done }
    }

    /// Waits until the link is fetched, if it is being fetched.
    pub async fn supplied(&self, link: &str) {
        let wait = {
            let mut supplies = held(&self.supplies);
            supplies.retain(|_, wait| wait.has_changed().is_ok());
            supplies.get(link).cloned()
        };
        if let Some(mut wait) = wait {
            // ends with the guard
            let _ = tokio::time::timeout(SUPPLY, wait.changed()).await;
        }
    }

    pub fn note_slow(&self, layout: Hash) {
        let mut slow = held(&self.slow);
        if slow.len() >= SLOW_CAP {
            slow.clear();
        }
        slow.insert(layout);
    }

    pub fn is_slow(&self, layout: &Hash) -> bool {
        held(&self.slow).contains(layout)
    }
}

/// While it lives, answers about its links wait.
pub struct Supply {
    _done: watch::Sender<()>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_that_asks_too_often_waits_and_others_do_not() {
        let (cards, start) = (Cards::default(), Instant::now());
        let (one, other) = (Person([1; 32]), Person([2; 32]));
        assert_eq!((0..1_000).filter(|_| cards.admit(one, start)).count(), 240);
        assert!(cards.admit(other, start));
        assert_eq!((0..100).filter(|_| cards.admit(one, start + Duration::from_secs(2))).count(), 16);
    }

    #[tokio::test]
    async fn one_person_with_many_links_takes_nobody_elses_turn() {
        let cards = Cards::default();
        let (one, other) = (Person([1; 32]), Person([2; 32]));
        let mut waiting: Vec<_> = std::iter::from_fn(|| cards.wait(one)).collect();
        assert_eq!(waiting.len(), WAITING_OF_ONE);
        let mut turns = Vec::new();
        for _ in 0..ARRIVALS_OF_ONE {
            turns.extend(waiting.remove(0).turn().await);
        }
        let mut third = std::pin::pin!(waiting.remove(0).turn());
        assert!(futures::poll!(&mut third).is_pending());
        let next = cards.wait(other).map(Waiting::turn);
        assert!(futures::poll!(Box::pin(next.into_iter().next().unwrap_or_else(|| unreachable!()))).is_ready());
        turns.pop();
        assert!(third.await.is_some());
    }

    #[tokio::test]
    async fn answers_wait_for_what_is_being_fetched_and_for_nothing_else() {
        let cards = Arc::new(Cards::default());
        let supply = cards.supply(&["https://s.example/1".to_owned()]);
        cards.supplied("https://s.example/2").await;
        let waits = tokio::spawn({
            let cards = cards.clone();
            async move { cards.supplied("https://s.example/1").await }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        drop(supply);
        assert!(waits.await.is_ok());
        cards.supplied("https://s.example/1").await;
    }

    #[test]
    fn a_product_is_asked_for_once_at_a_time() {
        let cards = Cards::default();
        let first = cards.flight("http://c.example", "a");
        assert!(Arc::ptr_eq(&first, &cards.flight("http://c.example", "a")));
        assert!(!Arc::ptr_eq(&first, &cards.flight("http://c.example", "b")));
        drop(first);
        cards.flight("http://c.example", "a");
        assert!(held(&cards.flights).len() <= 2);
    }
}
