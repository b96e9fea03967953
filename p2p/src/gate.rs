//! Who may use what.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tokio_util::sync::CancellationToken;

use crate::{DeviceId, Protocol, lock, rate::Strangers};

/// Devices and the protocols open to them. Everyone else is a stranger: [`Protocol::Pair`] only, at a limited rate.
pub(crate) struct Gate {
    doors: RwLock<HashMap<DeviceId, Door>>,
    strangers: Mutex<Strangers>,
    hidden: AtomicBool,
}

/// One token for each open protocol, cancelled when it closes.
type Door = HashMap<Protocol, CancellationToken>;

/// The answer to a device that opened a stream.
pub(crate) enum Admission {
    /// Until the token is cancelled.
    Yes(CancellationToken),
    Refused,
    TooMany,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { doors: RwLock::default(), strangers: Mutex::new(Strangers::new(Instant::now())), hidden: AtomicBool::new(false) }
    }

    /// Replaces the whole gate and ends the streams of what closed. Returns the devices whose connections must go:
    /// those that were let in and are no more, and those that are shut out.
    pub(crate) fn set(&self, gate: HashMap<DeviceId, Vec<Protocol>>) -> Vec<DeviceId> {
        let mut doors = self.doors.write().unwrap_or_else(PoisonError::into_inner);
        let mut old = std::mem::take(&mut *doors);
        let mut out = Vec::new();
        for (device, protocols) in gate {
            let mut before = old.remove(&device).unwrap_or_default();
            let door: Door =
                protocols.into_iter().map(|protocol| (protocol, before.remove(&protocol).unwrap_or_default())).collect();
            before.values().for_each(CancellationToken::cancel);
            if door.is_empty() {
                out.push(device);
            }
            doors.insert(device, door);
        }
        for (device, door) in old {
            door.values().for_each(CancellationToken::cancel);
            out.push(device);
        }
        out
    }

    pub(crate) fn admit(&self, device: DeviceId, protocol: Protocol) -> Admission {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        match doors.get(&device) {
            Some(door) => match door.get(&protocol) {
                Some(token) => Admission::Yes(token.clone()),
                None => Admission::Refused,
            },
            None if protocol != Protocol::Pair => Admission::Refused,
            None if lock(&self.strangers).take(device, Instant::now()) => Admission::Yes(CancellationToken::new()),
            None => Admission::TooMany,
        }
    }

    /// In the gate with at least one protocol: its connections are kept when idle and not counted against the limits.
    pub(crate) fn lets_in(&self, device: DeviceId) -> bool {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        doors.get(&device).is_some_and(|door| !door.is_empty())
    }

    /// In the gate with no protocol at all: not even a connection.
    pub(crate) fn shuts_out(&self, device: DeviceId) -> bool {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        doors.get(&device).is_some_and(HashMap::is_empty)
    }

    /// While hidden, no connection is taken that somebody else dialled.
    pub(crate) fn hide(&self, hidden: bool) {
        self.hidden.store(hidden, Ordering::Release);
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden.load(Ordering::Acquire)
    }

    pub(crate) fn devices(&self) -> Vec<DeviceId> {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        doors.keys().copied().filter(|device| doors.get(device).is_some_and(|d| !d.is_empty())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_a_door_ends_what_went_through_it_and_nothing_else() {
        let gate = Gate::new();
        let [one, two] = [DeviceId([1; 32]), DeviceId([2; 32])];
        let both = || HashMap::from([(one, vec![Protocol::Sync, Protocol::Live]), (two, vec![Protocol::Sync])]);
        assert!(gate.set(both()).is_empty());
        let token = |device, protocol| match gate.admit(device, protocol) {
            Admission::Yes(token) => token,
            _ => panic!("shut"),
        };
        let (sync, live, other) = (token(one, Protocol::Sync), token(one, Protocol::Live), token(two, Protocol::Sync));

        assert!(gate.set(HashMap::from([(one, vec![Protocol::Sync]), (two, vec![Protocol::Sync])])).is_empty());
        assert!(live.is_cancelled() && !sync.is_cancelled() && !other.is_cancelled());

        assert_eq!(gate.set(HashMap::from([(two, vec![])])).len(), 2);
        assert!(sync.is_cancelled() && other.is_cancelled());
        assert!(gate.shuts_out(two) && !gate.shuts_out(one));
        assert!(matches!(gate.admit(two, Protocol::Pair), Admission::Refused));
        assert!(matches!(gate.admit(one, Protocol::Pair), Admission::Yes(_)));
        assert!(matches!(gate.admit(one, Protocol::Sync), Admission::Refused));
    }
}
