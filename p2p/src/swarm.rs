//! The loop that owns the swarm. It waits for nothing but the swarm, its owner and the next dial.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm, identify, mdns, ping,
    swarm::{
        ConnectionId, DialError, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    DeviceId,
    addresses::{self, Source},
    behaviour::{Behaviour, BehaviourEvent, plausible},
    dialing::{Dial, Dialing, Waiter},
    listening::Listening,
    nearby::Nearby,
    node::{Pending, Shared},
};

/// libp2p keeps every announcement it hears until its time is up, which the announcer chooses; past this many it starts afresh.
const ANNOUNCEMENTS: usize = 2048;
/// Until connections that are told of the end are gone without it.
const LEAVE: Duration = Duration::from_secs(1);

/// Asks to be connected once.
pub(crate) struct Connect {
    pub(crate) device: DeviceId,
    pub(crate) addrs: Vec<Multiaddr>,
    pub(crate) done: Waiter,
}

pub(crate) struct Loop {
    swarm: Swarm<Behaviour>,
    shared: Arc<Shared>,
    connects: mpsc::Receiver<Connect>,
    listening: Listening,
    hidden: bool,
    dialing: Dialing,
    nearby: Nearby,
    /// Where the other end of each connection is.
    remotes: HashMap<ConnectionId, Multiaddr>,
    /// Devices the connection limits do not count.
    uncounted: HashSet<DeviceId>,
}

impl Loop {
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        shared: Arc<Shared>,
        connects: mpsc::Receiver<Connect>,
        listening: Listening,
    ) -> Self {
        Self {
            swarm,
            hidden: shared.gate.is_hidden(),
            shared,
            connects,
            listening,
            dialing: Dialing::default(),
            nearby: Nearby::default(),
            remotes: HashMap::new(),
            uncounted: HashSet::new(),
        }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            let next = [self.dialing.deadline(), self.listening.deadline()].into_iter().flatten().min();
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                event = self.swarm.select_next_some() => self.on_event(event),
                () = self.shared.orders.changed.notified() => {
                    let pending = self.shared.orders.take();
                    self.on_orders(pending);
                }
                Some(connect) = self.connects.recv() => self.on_connect(connect),
                () = due => self.listening.retry(&mut self.swarm, Instant::now()),
            }
            self.dial();
        }
        self.leave().await;
    }

    /// Tells every connection that it ends, rather than dropping it.
    async fn leave(mut self) {
        self.listening.stop(&mut self.swarm);
        self.disconnect(|_| true);
        let gone = async {
            while self.swarm.network_info().num_peers() > 0 {
                let event = self.swarm.select_next_some().await;
                if let SwarmEvent::ConnectionEstablished { connection_id, .. } = event {
                    self.swarm.close_connection(connection_id);
                } else {
                    self.on_event(event);
                }
            }
        };
        let _ = tokio::time::timeout(LEAVE, gone).await;
    }

    fn disconnect(&mut self, which: impl Fn(DeviceId) -> bool) {
        for device in self.shared.links.connected().into_iter().filter(|device| which(*device)) {
            let _ = self.swarm.disconnect_peer_id(device.into());
        }
    }

    /// Connections of devices that are let in stay; nobody else is to know that this one runs.
    fn hide(&mut self) {
        self.listening.stop(&mut self.swarm);
        let gone = self.nearby.clear();
        self.tell_nearby(gone);
        let gate = self.shared.gate.clone();
        self.disconnect(|device| !gate.lets_in(device));
    }

    fn on_orders(&mut self, pending: Pending) {
        if pending.gate {
            let now: HashSet<_> = self.shared.gate.devices().into_iter().collect();
            let limits = &mut self.swarm.behaviour_mut().limits;
            for device in self.uncounted.difference(&now) {
                limits.remove_peer_id(&(*device).into());
            }
            for device in now.difference(&self.uncounted) {
                limits.bypass_peer_id(&(*device).into());
            }
            self.uncounted = now;
        }
        if let Some(set) = pending.keep {
            let links = self.shared.links.clone();
            self.dialing.keep(set, Instant::now(), |device| links.is_connected(device));
        }
        for device in pending.disconnect {
            // An error says that no connection is up, which is what is wanted.
            let _ = self.swarm.disconnect_peer_id(device.into());
        }
        match pending.hide {
            Some(true) if !self.hidden => self.hide(),
            Some(false) if self.hidden => self.listening.resume(&mut self.swarm, Instant::now()),
            _ => {}
        }
        self.hidden = pending.hide.unwrap_or(self.hidden);
    }

    fn on_connect(&mut self, connect: Connect) {
        let Connect { device, addrs, done } = connect;
        if self.shared.links.is_connected(device) {
            let _ = done.send(Ok(()));
        } else {
            self.dialing.ask(device, addrs, done, Instant::now());
        }
    }

    fn dial(&mut self) {
        let book = &self.shared.book;
        for Dial { device, addrs } in self.dialing.due(Instant::now(), |device| book.of(device)) {
            let opts = DialOpts::peer_id(device.into()).condition(PeerCondition::Disconnected).addresses(addrs).build();
            let flight = opts.connection_id();
            self.dialing.flew(device, flight);
            if let Err(cause) = self.swarm.dial(opts) {
                tracing::debug!(%device, %cause, "not dialled");
                self.dialing.failed(flight, Instant::now());
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                let Ok(device) = DeviceId::try_from(peer_id) else {
                    return;
                };
                let remote = endpoint.get_remote_address();
                if endpoint.is_dialer() {
                    self.shared.book.note(device, remote, Source::Worked);
                }
                self.remotes.insert(connection_id, remote.clone());
                self.dialing.connected(device, connection_id, Instant::now());
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, num_established, cause, .. } => {
                tracing::debug!(%peer_id, ?cause, num_established, "connection closed");
                self.remotes.remove(&connection_id);
                if num_established == 0
                    && let Ok(device) = DeviceId::try_from(peer_id)
                {
                    self.dialing.disconnected(device, Instant::now());
                }
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                tracing::debug!(?peer_id, %error, "dial failed");
                self.on_dial_error(peer_id, &error);
                self.dialing.failed(connection_id, Instant::now());
            }
            SwarmEvent::NewListenAddr { listener_id, address } => {
                self.listening.has(listener_id, &address);
                self.tell_addrs();
                self.dialing.hurry(Instant::now());
            }
            SwarmEvent::ExpiredListenAddr { .. } => self.tell_addrs(),
            SwarmEvent::ListenerClosed { listener_id, .. } => {
                self.listening.closed(listener_id);
                self.tell_addrs();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "listener"),
            _ => {}
        }
    }

    fn tell_addrs(&self) {
        self.shared.board.listening(addresses::listening(self.swarm.listeners()));
    }

    /// Someone else lives where the device was thought to be.
    fn on_dial_error(&self, peer: Option<PeerId>, error: &DialError) {
        if let DialError::WrongPeerId { address, .. } = error
            && let Some(Ok(device)) = peer.map(DeviceId::try_from)
        {
            self.shared.book.forget(device, address);
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Identify(identify::Event::Received { connection_id, peer_id, info }) => {
                let Ok(device) = DeviceId::try_from(peer_id) else {
                    return;
                };
                let Some(remote) = self.remotes.get(&connection_id) else {
                    return;
                };
                let said = info.listen_addrs.iter().filter(|addr| plausible(addr, remote));
                for addr in said.take(addresses::EACH) {
                    self.shared.book.note(device, addr, Source::Said);
                }
            }
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(ping::Failure::Timeout | ping::Failure::Other { .. }),
                ..
            }) => {
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => {
                let changed = self.nearby.seen(found);
                for (device, addrs) in &changed {
                    for addr in addrs {
                        self.shared.book.note(*device, addr, Source::Lan);
                    }
                    self.dialing.nearby(*device, Instant::now());
                }
                self.tell_nearby(changed);
                self.bound_announcements();
            }
            BehaviourEvent::Mdns(mdns::Event::Expired(gone)) => {
                let changed = self.nearby.expired(gone);
                self.tell_nearby(changed);
            }
            _ => {}
        }
    }

    fn tell_nearby(&self, changed: Vec<(DeviceId, Vec<Multiaddr>)>) {
        for (device, addrs) in changed {
            self.shared.board.nearby(device, addrs.iter().map(Multiaddr::to_string).collect());
        }
    }

    fn bound_announcements(&mut self) {
        if self.swarm.behaviour().mdns.heard() > ANNOUNCEMENTS {
            tracing::warn!("too many announcements on the LAN; discovery starts afresh");
            self.listening.discover(&mut self.swarm);
            let gone = self.nearby.clear();
            self.tell_nearby(gone);
        }
    }
}
