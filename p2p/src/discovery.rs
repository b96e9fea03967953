//! Discovery on the LAN by mDNS (RFC 6762), on and off.
//!
//! libp2p's behaviour spawns a task for each interface and leaves it running when it is dropped: it would go on asking and
//! answering. So its tasks live on a runtime of their own, which ends with it.

use std::{
    io,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Multiaddr, PeerId,
    core::{
        Endpoint,
        transport::{ListenerId, PortUse},
    },
    mdns,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewListenAddr, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm, dummy,
    },
};
use tokio::runtime::{Builder, Runtime};

/// A lost packet costs this long, not libp2p's five minutes.
const QUERY: Duration = Duration::from_secs(5);
/// A device that left the LAN without a word is shown this long.
const TTL: Duration = Duration::from_secs(60);

/// Off until [`Discovery::start`].
pub(crate) struct Discovery {
    me: PeerId,
    // the behaviour goes before the runtime it lives on
    running: Option<(mdns::tokio::Behaviour, Own)>,
}

/// A runtime that may be dropped anywhere: its tasks are dropped soon after, without waiting for them.
struct Own(Option<Runtime>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Discovery {
    pub(crate) fn new(me: PeerId) -> Self {
        Self { me, running: None }
    }

    /// Looks for others and announces these addresses and those to come; anew when it runs already. Where the system
    /// denies its sockets there is none.
    pub(crate) fn start<'a>(&mut self, listening: impl Iterator<Item = &'a Multiaddr>) {
        self.running = None;
        match open(self.me) {
            Ok((mut behaviour, own)) => {
                for addr in listening {
                    let listener_id = ListenerId::next();
                    behaviour.on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }));
                }
                self.running = Some((behaviour, own));
            }
            Err(cause) => tracing::warn!(%cause, "no discovery on the LAN"),
        }
    }

    /// Says and hears nothing any more.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// Announcements that libp2p keeps.
    pub(crate) fn heard(&self) -> usize {
        self.running.as_ref().map_or(0, |(behaviour, _)| behaviour.discovered_nodes().len())
    }
}

fn open(me: PeerId) -> io::Result<(mdns::tokio::Behaviour, Own)> {
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("lan").enable_all().build()?;
    let behaviour = {
        let _inside = runtime.enter();
        let config = mdns::Config { ttl: TTL, query_interval: QUERY, enable_ipv6: false };
        mdns::tokio::Behaviour::new(config, me)
    };
    let own = Own(Some(runtime));
    Ok((behaviour?, own))
}

impl NetworkBehaviour for Discovery {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = mdns::Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        addrs: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        match &mut self.running {
            Some((behaviour, _)) => behaviour.handle_pending_outbound_connection(id, peer, addrs, role),
            None => Ok(Vec::new()),
        }
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let Some((behaviour, _)) = &mut self.running {
            behaviour.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<mdns::Event, THandlerInEvent<Self>>> {
        let Some((behaviour, own)) = &mut self.running else {
            return Poll::Pending;
        };
        let _inside = own.0.as_ref().map(Runtime::enter);
        behaviour.poll(cx)
    }
}
