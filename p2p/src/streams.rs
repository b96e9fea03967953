//! The behaviour that carries Stoa's protocols: one [`Handler`] a connection, entered in [`Links`].

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        CloseConnection, ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler,
        THandlerOutEvent, ToSwarm,
    },
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval},
};

use crate::{
    DeviceId,
    handler::Handler,
    inbound::Inbound,
    links::{Link, Links, OPENING},
};

/// How often connections that lost are looked at.
const TIDY: Duration = Duration::from_millis(250);

/// Last among the behaviours: what it lets in, no other one denies afterwards, so what it enters in [`Links`] is up.
pub(crate) struct Streams {
    links: Arc<Links>,
    inbound: Arc<Inbound>,
    tidy: Interval,
    closing: VecDeque<(DeviceId, ConnectionId)>,
}

/// The device is shut out by the gate.
#[derive(Debug, thiserror::Error)]
#[error("the device is shut out")]
struct ShutOut;

/// Nobody is let in who was not dialled.
#[derive(Debug, thiserror::Error)]
#[error("this device is hidden")]
struct Hidden;

/// More connections than a device needs.
#[derive(Debug, thiserror::Error)]
#[error("the device has enough connections")]
struct Crowded;

/// Connections of one device at once.
const CONNECTIONS: usize = 8;

impl Streams {
    pub(crate) fn new(links: Arc<Links>, inbound: Arc<Inbound>) -> Self {
        let mut tidy = interval(TIDY);
        tidy.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { links, inbound, tidy, closing: VecDeque::new() }
    }

    fn established(
        &self,
        id: ConnectionId,
        peer: PeerId,
        dialled_here: bool,
        addr: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        let device = DeviceId::try_from(peer).map_err(ConnectionDenied::new)?;
        if self.inbound.gate.shuts_out(device) {
            return Err(ConnectionDenied::new(ShutOut));
        }
        // one that was on its way in when listening ended
        if !dialled_here && self.inbound.gate.is_hidden() {
            return Err(ConnectionDenied::new(Hidden));
        }
        // limits by peer are libp2p's for strangers only; a dead connection or two may still be counted after a sleep
        if self.links.count(device) >= CONNECTIONS {
            return Err(ConnectionDenied::new(Crowded));
        }
        let (opens, asked) = mpsc::channel(OPENING);
        let streams = Arc::new(());
        self.links.add(device, Link::new(id, dialled_here, addr, opens, streams.clone()));
        Ok(Handler::new(device, self.inbound.clone(), asked, streams))
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.established(id, peer, false, local)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        addr: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.established(id, peer, true, addr)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) = event
            && let Ok(device) = DeviceId::try_from(peer_id)
        {
            self.links.remove(device, connection_id);
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Infallible, Infallible>> {
        while self.tidy.poll_tick(cx).is_ready() {
            self.closing = self.links.to_close(Instant::now()).into();
        }
        match self.closing.pop_front() {
            Some((device, id)) => {
                Poll::Ready(ToSwarm::CloseConnection { peer_id: device.into(), connection: CloseConnection::One(id) })
            }
            None => Poll::Pending,
        }
    }
}
