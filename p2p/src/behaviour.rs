//! What every connection carries, and the transports below.

use std::{sync::Arc, time::Duration};

use libp2p::{
    Multiaddr, PeerId, Swarm, Transport,
    connection_limits::{self, ConnectionLimits},
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, OrTransport},
        upgrade::Version,
    },
    dns, identify,
    identity::Keypair,
    memory_connection_limits, noise, ping, quic,
    swarm::{self, NetworkBehaviour},
    tcp, yamux,
};

use crate::{Error, discovery::Discovery, inbound::Inbound, links::Links, streams::Streams};

/// Dead peers are noticed within two of these and two timeouts: libp2p forgives the first.
const PING: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection to a device outside the gate lasts this long.
const IDLE: Duration = Duration::from_secs(60);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Streams the other side may have open on one connection.
const STREAMS: usize = 256;
/// New connections are refused while this process uses more than this part of the memory.
const MEMORY: f64 = 0.6;

/// The order matters: limits first, [`Streams`] last (see there).
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) mdns: Discovery,
    streams: Streams,
}

fn limits() -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(64))
        .with_max_pending_outgoing(Some(64))
        .with_max_established_incoming(Some(256))
        .with_max_established(Some(512))
        .with_max_established_per_peer(Some(4))
}

pub(crate) fn swarm(key: &Keypair, links: Arc<Links>, inbound: Arc<Inbound>) -> Result<Swarm<Behaviour>, Error> {
    let me = key.public().to_peer_id();
    let identify = identify::Config::new("/stoa/1".into(), key.public())
        .with_agent_version("stoa".into())
        .with_push_listen_addr_updates(true)
        .with_cache_size(0);
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits()),
        memory: memory_connection_limits::Behaviour::with_max_percentage(MEMORY),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING).with_timeout(PING_TIMEOUT)),
        mdns: Discovery::new(me),
        streams: Streams::new(links, inbound),
    };
    let config = swarm::Config::with_tokio_executor().with_idle_connection_timeout(IDLE);
    Ok(Swarm::new(transport(key)?, behaviour, me, config))
}

fn transport(key: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Error> {
    match dns::tokio::Transport::system(sockets(key)?) {
        Ok(named) => Ok(named.boxed()),
        Err(cause) => {
            tracing::warn!(%cause, "no name resolution; only numeric addresses are dialled");
            Ok(sockets(key)?.boxed())
        }
    }
}

type Sockets = OrTransport<Boxed<(PeerId, StreamMuxerBox)>, Boxed<(PeerId, StreamMuxerBox)>>;

fn sockets(
    key: &Keypair,
) -> Result<
    impl Transport<Output = (PeerId, StreamMuxerBox), Error: Send + Sync, Dial: Send, ListenerUpgrade: Send> + Send + Unpin + 'static,
    Error,
> {
    let noise = noise::Config::new(key).map_err(|cause| Error::Transport(cause.to_string()))?;
    let mut mux = yamux::Config::default();
    mux.set_max_num_streams(STREAMS);
    let tcp = tcp::tokio::Transport::new(tcp::Config::new())
        .upgrade(Version::V1)
        .authenticate(noise)
        .multiplex(mux)
        .timeout(HANDSHAKE)
        .boxed();
    let quic =
        quic::tokio::Transport::new(quic::Config::new(key)).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer))).boxed();
    let both: Sockets = OrTransport::new(quic, tcp);
    Ok(both.map(|either, _| either.into_inner()))
}

/// Whether the other side said this address of itself over a connection that makes it plausible.
pub(crate) fn plausible(said: &Multiaddr, connection: &Multiaddr) -> bool {
    !crate::addresses::is_loopback(said) || crate::addresses::is_loopback(connection)
}
