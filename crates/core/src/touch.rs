//! What a change touched and what it sets going: noted inside the transaction, acted on after its commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use crate::ids::{Device, Entry, Person, ShareId};

/// A thing whose new state the faces are to hear. The teller reads it and sends the `Change`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Touched {
    Me,
    Hidden,
    Contact(Person),
    ContactGone(Person),
    Nearby,
    Requests,
    Scheme(Person),
    Persona(Person),
    Message(Entry),
    Typing(Person),
    Share(ShareId),
    ShareItem(ShareId, u32),
    Card(String),
    Shops,
    Accessories,
    Node,
    Lagged,
}

/// Work for the node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wake {
    /// Something is owed to this person.
    Owed(Person),
    /// Contacts or their devices changed: gate and links follow.
    Links,
    /// The own state, or what goes with it, is another: links say so.
    State,
    /// Parts of looks are wanted, or no longer.
    Looks,
    /// Pictures are wanted, or no longer.
    Fetch,
    /// Pictures of an own share wait to be prepared.
    Prepare,
    /// A share ended: its live transfers stop.
    Cut(ShareId),
    /// This device is no longer welcome.
    Drop(Device),
    /// A message with links was added to the conversation with this person.
    Linked { person: Person, mine: bool, links: Vec<String> },
}

/// The way to the teller. When too many wait, the faces are told to read everything again.
#[derive(Clone)]
pub struct Touches {
    queue: mpsc::Sender<Touched>,
    missed: Arc<AtomicBool>,
}

impl Touches {
    pub fn channel(waiting: usize) -> (Self, mpsc::Receiver<Touched>) {
        let (queue, told) = mpsc::channel(waiting);
        (Self { queue, missed: Arc::default() }, told)
    }

    pub fn tell(&self, what: Touched) {
        if self.queue.try_send(what).is_err() {
            self.miss();
        }
    }

    /// Something was not told.
    pub fn miss(&self) {
        self.missed.store(true, Ordering::Release);
    }

    /// Whether something was not told since the last time.
    pub fn missed(&self) -> bool {
        self.missed.swap(false, Ordering::AcqRel)
    }
}
