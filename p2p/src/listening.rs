//! What is listened on and announced, and how that ends and comes back on the same ports.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, Swarm, core::transport::ListenerId, multiaddr::Protocol as Part};

use crate::{Error, behaviour::Behaviour};

/// A port may still be held by connections that are going (QUIC, RFC 9000 section 10.2): tried again this often, so long.
const AGAIN: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Listening {
    /// The wished addresses, with the ports that were given.
    addrs: Vec<Multiaddr>,
    lan: bool,
    up: HashMap<ListenerId, usize>,
    again: Option<Again>,
}

/// Addresses that could not be listened on yet.
struct Again {
    missing: Vec<usize>,
    at: Instant,
    until: Instant,
}

impl Listening {
    pub(crate) fn new(addrs: Vec<Multiaddr>, lan: bool) -> Self {
        Self { addrs, lan, up: HashMap::new(), again: None }
    }

    /// One address that cannot be listened on is no reason to stop: IPv6 may be off.
    pub(crate) fn start(&mut self, swarm: &mut Swarm<Behaviour>) -> Result<(), Error> {
        self.discover(swarm);
        match self.listen(swarm, 0..self.addrs.len()).pop() {
            Some((_, failure)) if self.up.is_empty() => Err(Error::Listen(failure)),
            _ => Ok(()),
        }
    }

    /// Ends all of it.
    pub(crate) fn stop(&mut self, swarm: &mut Swarm<Behaviour>) {
        swarm.behaviour_mut().mdns.stop();
        self.again = None;
        for (listener, _) in self.up.drain() {
            swarm.remove_listener(listener);
        }
    }

    /// Listens where it did before.
    pub(crate) fn resume(&mut self, swarm: &mut Swarm<Behaviour>, now: Instant) {
        self.discover(swarm);
        let failed = self.listen(swarm, 0..self.addrs.len());
        let missing: Vec<_> = failed.into_iter().map(|(index, _)| index).collect();
        self.again = (!missing.is_empty()).then(|| Again { missing, at: now + AGAIN, until: now + PATIENCE });
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.again.as_ref().map(|again| again.at)
    }

    /// Tries again what is due; by any port in the end.
    pub(crate) fn retry(&mut self, swarm: &mut Swarm<Behaviour>, now: Instant) {
        let Some(Again { missing, until, .. }) = self.again.take_if(|again| again.at <= now) else {
            return;
        };
        let failed = self.listen(swarm, missing);
        let missing: Vec<_> = failed.into_iter().map(|(index, _)| index).collect();
        if missing.is_empty() {
            return;
        }
        if now < until {
            self.again = Some(Again { missing, at: now + AGAIN, until });
            return;
        }
        for index in &missing {
            let any = self.addrs.get(*index).map(|addr| with_port(addr, 0));
            if let (Some(any), Some(addr)) = (any, self.addrs.get_mut(*index)) {
                tracing::warn!(%addr, "the port is taken; another is chosen");
                *addr = any;
            }
        }
        self.listen(swarm, missing);
    }

    /// Announces anew and looks for others, where the LAN is wanted.
    pub(crate) fn discover(&self, swarm: &mut Swarm<Behaviour>) {
        if self.lan {
            let listening: Vec<_> = swarm.listeners().cloned().collect();
            swarm.behaviour_mut().mdns.start(listening.iter());
        }
    }

    /// A listener has an address: its port is kept.
    pub(crate) fn has(&mut self, listener: ListenerId, addr: &Multiaddr) {
        let port = addr.iter().find_map(|part| match part {
            Part::Tcp(port) | Part::Udp(port) => Some(port),
            _ => None,
        });
        let wished = self.up.get(&listener).and_then(|index| self.addrs.get_mut(*index));
        if let (Some(wished), Some(port)) = (wished, port) {
            *wished = with_port(wished, port);
        }
    }

    pub(crate) fn closed(&mut self, listener: ListenerId) {
        self.up.remove(&listener);
    }

    /// Which of the addresses failed, and how.
    fn listen(&mut self, swarm: &mut Swarm<Behaviour>, which: impl IntoIterator<Item = usize>) -> Vec<(usize, String)> {
        let mut failed = Vec::new();
        for index in which {
            let Some(addr) = self.addrs.get(index) else {
                continue;
            };
            match swarm.listen_on(addr.clone()) {
                Ok(listener) => {
                    self.up.insert(listener, index);
                }
                Err(cause) => {
                    tracing::warn!(%addr, %cause, "not listening");
                    failed.push((index, format!("{addr}: {cause}")));
                }
            }
        }
        failed
    }
}

fn with_port(addr: &Multiaddr, port: u16) -> Multiaddr {
    let with = |part| match part {
        Part::Tcp(_) => Part::Tcp(port),
        Part::Udp(_) => Part::Udp(port),
        other => other,
    };
    addr.iter().map(with).collect()
}
