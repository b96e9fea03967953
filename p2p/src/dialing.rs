//! When to dial whom. No I/O: the loop tells what happened and asks what is due.
//!
//! TCP addresses are dialled first, QUIC ones [`HEAD_START`] later or when TCP has failed: a TCP
//! connection is the faster one on a LAN and under loss.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, swarm::ConnectionId};
use tokio::sync::oneshot;

use crate::{DeviceId, Error, addresses::is_tcp};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const HEAD_START: Duration = Duration::from_millis(300);
/// A connection that lasted this long was a good one; a shorter one counts as a failure.
const GOOD: Duration = Duration::from_secs(10);
/// An announcement on the LAN starts a dial at most this often.
const HINTED: Duration = Duration::from_secs(2);
/// Dials in flight.
const FLIGHTS: usize = 32;

pub(crate) type Waiter = oneshot::Sender<Result<(), Error>>;

/// Addresses to dial at once.
pub(crate) struct Dial {
    pub(crate) device: DeviceId,
    pub(crate) addrs: Vec<Multiaddr>,
}

#[derive(Default)]
pub(crate) struct Dialing {
    targets: HashMap<DeviceId, Target>,
    flights: HashMap<ConnectionId, DeviceId>,
}

/// A device to be connected with.
#[derive(Default)]
struct Target {
    /// Wanted for good; otherwise only until the waiters are answered.
    kept: bool,
    given: Vec<Multiaddr>,
    waiters: Vec<Waiter>,
    failures: u32,
    connected: Option<Instant>,
    /// When to start the next attempt.
    at: Option<Instant>,
    /// The second part of the attempt under way.
    late: Option<(Instant, Vec<Multiaddr>)>,
    flying: usize,
    hinted: Option<Instant>,
}

impl Dialing {
    /// Replaces the set of devices to stay connected with.
    pub(crate) fn keep(&mut self, set: Vec<(DeviceId, Vec<Multiaddr>)>, now: Instant, is_connected: impl Fn(DeviceId) -> bool) {
        for target in self.targets.values_mut() {
            target.kept = false;
        }
        for (device, given) in set {
            let target = self.targets.entry(device).or_default();
            let is_new = !target.kept && target.waiters.is_empty() && target.flying == 0;
            target.kept = true;
            let has_new = given.iter().any(|addr| !target.given.contains(addr));
            target.given = given;
            if target.connected.is_none() && is_connected(device) {
                target.connected = Some(now);
            }
            if target.connected.is_none() && (is_new && target.at.is_none() || has_new) {
                target.at = Some(now);
            }
        }
        self.targets.retain(|_, target| target.kept || !target.waiters.is_empty());
    }

    /// Connects once, for the waiter.
    pub(crate) fn ask(&mut self, device: DeviceId, given: Vec<Multiaddr>, waiter: Waiter, now: Instant) {
        let target = self.targets.entry(device).or_default();
        target.waiters.retain(|waiter| !waiter.is_closed());
        target.waiters.push(waiter);
        for addr in given {
            if !target.given.contains(&addr) {
                target.given.insert(0, addr);
            }
        }
        target.given.truncate(crate::addresses::EACH);
        if target.flying == 0 && target.late.is_none() {
            target.at = Some(now);
        }
    }

    /// What to dial now. The loop answers each with [`Self::flew`].
    pub(crate) fn due(&mut self, now: Instant, known: impl Fn(DeviceId) -> Vec<Multiaddr>) -> Vec<Dial> {
        let mut room = FLIGHTS.saturating_sub(self.flights.len());
        let mut dials = Vec::new();
        let mut hopeless = Vec::new();
        for (device, target) in &mut self.targets {
            if room == 0 {
                break;
            }
            if target.connected.is_some() {
                continue;
            }
            if target.late.as_ref().is_some_and(|(at, _)| *at <= now) {
                let addrs = target.late.take().map(|(_, addrs)| addrs).unwrap_or_default();
                dials.push(Dial { device: *device, addrs });
                room -= 1;
            } else if target.at.is_some_and(|at| at <= now) && target.flying == 0 && target.late.is_none() {
                target.at = None;
                match target.attempt(known(*device), now) {
                    Some(addrs) => dials.push(Dial { device: *device, addrs }),
                    None => hopeless.push(*device),
                }
                room -= 1;
            }
        }
        for device in hopeless {
            self.attempt_failed(device, now);
        }
        dials
    }

    /// When [`Self::due`] has something next. None while nothing waits or no flight is free.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.flights.len() >= FLIGHTS {
            return None;
        }
        let waiting = self.targets.values().filter(|target| target.connected.is_none());
        let next = |target: &Target| match &target.late {
            Some((at, _)) => Some(*at),
            None if target.flying == 0 => target.at,
            None => None,
        };
        waiting.filter_map(next).min()
    }

    pub(crate) fn flew(&mut self, device: DeviceId, flight: ConnectionId) {
        self.flights.insert(flight, device);
        if let Some(target) = self.targets.get_mut(&device) {
            target.flying += 1;
        }
    }

    fn landed(&mut self, flight: ConnectionId) -> Option<DeviceId> {
        let device = self.flights.remove(&flight)?;
        if let Some(target) = self.targets.get_mut(&device) {
            target.flying = target.flying.saturating_sub(1);
        }
        Some(device)
    }

    /// A dial failed.
    pub(crate) fn failed(&mut self, flight: ConnectionId, now: Instant) {
        let Some(device) = self.landed(flight) else {
            return;
        };
        let Some(target) = self.targets.get_mut(&device) else {
            return;
        };
        if target.flying > 0 || target.connected.is_some() {
            return;
        }
        match &mut target.late {
            Some((at, _)) => *at = now,
            None => self.attempt_failed(device, now),
        }
    }

    fn attempt_failed(&mut self, device: DeviceId, now: Instant) {
        let Some(target) = self.targets.get_mut(&device) else {
            return;
        };
        for waiter in target.waiters.drain(..) {
            let _ = waiter.send(Err(Error::Unreachable));
        }
        if target.kept {
            target.failures = target.failures.saturating_add(1);
            target.at = Some(now + wait(target.failures));
        } else {
            self.targets.remove(&device);
        }
    }

    /// A connection is up, by whichever side and flight.
    pub(crate) fn connected(&mut self, device: DeviceId, flight: ConnectionId, now: Instant) {
        self.landed(flight);
        let Some(target) = self.targets.get_mut(&device) else {
            return;
        };
        for waiter in target.waiters.drain(..) {
            let _ = waiter.send(Ok(()));
        }
        target.late = None;
        target.at = None;
        target.connected.get_or_insert(now);
        if !target.kept {
            self.targets.remove(&device);
        }
    }

    /// The last connection is down.
    pub(crate) fn disconnected(&mut self, device: DeviceId, now: Instant) {
        let Some(target) = self.targets.get_mut(&device) else {
            return;
        };
        let lasted = target.connected.take().map(|since| now.saturating_duration_since(since));
        target.failures = match lasted {
            Some(lasted) if lasted >= GOOD => 0,
            _ => target.failures.saturating_add(1),
        };
        target.at = Some(now + wait(target.failures));
    }

    /// The device announced itself.
    pub(crate) fn nearby(&mut self, device: DeviceId, now: Instant) {
        let Some(target) = self.targets.get_mut(&device) else {
            return;
        };
        let lately = target.hinted.is_some_and(|at| now.saturating_duration_since(at) < HINTED);
        if target.connected.is_none() && !lately {
            target.hinted = Some(now);
            target.at = Some(now);
        }
    }

    /// This node has a new address: what failed may work now.
    pub(crate) fn hurry(&mut self, now: Instant) {
        for target in self.targets.values_mut() {
            target.failures = 0;
            target.at = target.at.map(|at| at.min(now + wait(0)));
        }
    }
}

impl Target {
    /// Starts an attempt: what to dial now, the rest later. None without any address.
    fn attempt(&mut self, known: Vec<Multiaddr>, now: Instant) -> Option<Vec<Multiaddr>> {
        let mut addrs = known;
        for addr in &self.given {
            if !addrs.contains(addr) {
                addrs.push(addr.clone());
            }
        }
        let (tcp, quic): (Vec<_>, Vec<_>) = addrs.into_iter().partition(is_tcp);
        if tcp.is_empty() {
            return (!quic.is_empty()).then_some(quic);
        }
        self.late = (!quic.is_empty()).then(|| (now + HEAD_START, quic));
        Some(tcp)
    }
}

/// Doubles with each failure up to the longest, and 25 % either way, so that two sides do not dial in step.
fn wait(failures: u32) -> Duration {
    let wait = FIRST_WAIT.saturating_mul(1 << failures.min(16)).min(LONGEST_WAIT);
    wait.mul_f64(rand::random_range(0.75..1.25))
}

#[cfg(test)]
mod tests;
