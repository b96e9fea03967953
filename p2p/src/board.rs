//! What the node tells its owner.
//!
//! Requests wait in a bounded queue; when it is full they are refused. State (connections, nearby
//! devices, addresses) is not queued: the board holds what is true and what was told, and
//! [`Events::next`] tells the difference. So a slow owner makes nobody wait and misses no state.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{Notify, mpsc, watch};

use crate::{DeviceId, Protocol, Reply, lock};

/// Requests that wait for the owner.
pub(crate) const WAITING_REQUESTS: usize = 256;

/// Something the owner of a node should know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The first connection to the device is up. Always before its first [`Event::Request`].
    Connected {
        /// The device.
        device: DeviceId,
    },
    /// The last connection to the device is down.
    Disconnected {
        /// The device.
        device: DeviceId,
    },
    /// The device announces itself on the LAN, or its addresses changed. Anyone on the LAN can say so; the key is proved on connecting.
    Nearby {
        /// The device.
        device: DeviceId,
        /// Its multiaddrs, at most 8.
        addrs: Vec<String>,
    },
    /// The device has not announced itself for a while.
    NearbyGone {
        /// The device.
        device: DeviceId,
    },
    /// The multiaddrs this node listens on, all of them, without `/p2p/`.
    Listening {
        /// TCP before QUIC, loopback last.
        addrs: Vec<String>,
    },
    /// A request, already past the gate and the caps.
    Request {
        /// Who asks.
        from: DeviceId,
        /// Never [`Protocol::Blob`].
        protocol: Protocol,
        /// At most [`Protocol::cap`] bytes.
        body: Vec<u8>,
        /// Where the answer goes.
        reply: Reply,
    },
}

/// The events of a node.
pub struct Events {
    board: Arc<Board>,
    requests: mpsc::Receiver<Event>,
    held: Option<Event>,
}

impl Events {
    pub(crate) fn new(board: Arc<Board>, requests: mpsc::Receiver<Event>) -> Self {
        Self { board, requests, held: None }
    }

    /// The next event; state before requests. None once the node has stopped. Cancellation loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let changed = self.board.changed.notified();
            if let Some(event) = self.board.take() {
                return Some(event);
            }
            if let Some(request) = self.held.take() {
                return Some(request);
            }
            if lock(&self.board.state).stopped {
                return None;
            }
            tokio::select! {
                biased;
                () = changed => {}
                // Held for one more look at the board: the asker's Connected must come first.
                Some(request) = self.requests.recv() => self.held = Some(request),
            }
        }
    }
}

/// What is true now, and what the owner was told.
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Notify,
    /// Whether there is an address.
    heard: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// Connected devices, with a number that is new each time one comes back.
    connected: HashMap<DeviceId, u64>,
    told_connected: HashMap<DeviceId, u64>,
    nearby: BTreeMap<DeviceId, Vec<String>>,
    told_nearby: BTreeMap<DeviceId, Vec<String>>,
    listening: Vec<String>,
    told_listening: Vec<String>,
    dirty: BTreeSet<Subject>,
    meetings: u64,
    stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Listening,
    Device(DeviceId),
    Nearby(DeviceId),
}

impl Board {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), heard: watch::Sender::new(false) }
    }

    fn change(&self, subject: Subject, change: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        change(&mut state);
        state.dirty.insert(subject);
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn connected(&self, device: DeviceId) {
        self.change(Subject::Device(device), |state| {
            state.meetings += 1;
            state.connected.insert(device, state.meetings);
        });
    }

    pub(crate) fn disconnected(&self, device: DeviceId) {
        self.change(Subject::Device(device), |state| {
            state.connected.remove(&device);
        });
    }

    pub(crate) fn nearby(&self, device: DeviceId, addrs: Vec<String>) {
        self.change(Subject::Nearby(device), |state| {
            if addrs.is_empty() {
                state.nearby.remove(&device);
            } else {
                state.nearby.insert(device, addrs);
            }
        });
    }

    pub(crate) fn listening(&self, addrs: Vec<String>) {
        let any = !addrs.is_empty();
        self.change(Subject::Listening, |state| state.listening = addrs);
        self.heard.send_replace(any);
    }

    pub(crate) fn addrs(&self) -> Vec<String> {
        lock(&self.state).listening.clone()
    }

    /// Waits until there is an address, or not longer.
    pub(crate) async fn first_address(&self, longest: Duration) {
        let mut heard = self.heard.subscribe();
        // Without an address the node still dials.
        let _ = tokio::time::timeout(longest, heard.wait_for(|heard| *heard)).await;
    }

    pub(crate) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_one();
    }

    /// The next difference between what is true and what was told.
    fn take(&self) -> Option<Event> {
        let mut state = lock(&self.state);
        loop {
            let subject = *state.dirty.first()?;
            match state.tell(subject) {
                Some(event) => return Some(event),
                None => state.dirty.remove(&subject),
            };
        }
    }
}

impl State {
    fn tell(&mut self, subject: Subject) -> Option<Event> {
        match subject {
            Subject::Listening => (self.told_listening != self.listening).then(|| {
                self.told_listening.clone_from(&self.listening);
                Event::Listening { addrs: self.listening.clone() }
            }),
            Subject::Device(device) => {
                match (self.told_connected.get(&device), self.connected.get(&device).copied()) {
                    (None, Some(meeting)) => {
                        self.told_connected.insert(device, meeting);
                        Some(Event::Connected { device })
                    }
                    // Gone and back since the owner looked: both are told, the second in the next round.
                    (Some(told), now) if Some(*told) != now => {
                        self.told_connected.remove(&device);
                        Some(Event::Disconnected { device })
                    }
                    _ => None,
                }
            }
            Subject::Nearby(device) => match self.nearby.get(&device).cloned() {
                Some(addrs) if self.told_nearby.get(&device) != Some(&addrs) => {
                    self.told_nearby.insert(device, addrs.clone());
                    Some(Event::Nearby { device, addrs })
                }
                Some(_) => None,
                None => self.told_nearby.remove(&device).map(|_| Event::NearbyGone { device }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(board: &Board) -> Vec<String> {
        std::iter::from_fn(|| board.take()).map(|event| format!("{event:?}")).collect()
    }

    #[test]
    fn a_slow_owner_is_told_of_every_absence_but_not_of_every_change() {
        let board = Board::new();
        let device = DeviceId([7; 32]);
        board.connected(device);
        board.disconnected(device);
        assert!(told(&board).is_empty(), "it came and went unseen");
        board.connected(device);
        assert_eq!(told(&board).len(), 1);
        board.disconnected(device);
        board.connected(device);
        let events = told(&board);
        assert!(events[0].starts_with("Disconnected") && events[1].starts_with("Connected"));
        board.nearby(device, vec!["a".into()]);
        board.nearby(device, vec!["b".into()]);
        assert_eq!(told(&board).len(), 1);
        board.nearby(device, vec![]);
        assert!(told(&board)[0].starts_with("NearbyGone"));
    }
}
