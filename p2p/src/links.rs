//! The connections that are up, and which of several to one device is kept.
//!
//! When two devices dial each other at once they end up with two connections. Both sides rank them
//! alike (direct before relayed, then dialled by the smaller key, then TCP before QUIC), use the
//! first, and close the others once no stream runs on them. Of two that one side dialled, only the
//! dialler closes one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use libp2p::{Stream, swarm::ConnectionId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{DeviceId, Error, Protocol, board::Board, gate::Gate, lock};

/// Requests and blob fetches of this node that run at once to one device; more wait. Together below what
/// libp2p negotiates at once on a connection (128), which would drop the rest.
const REQUESTS_AT_ONCE: usize = 64;
const FETCHES_AT_ONCE: usize = 12;
/// Opening asked of one connection and not yet begun.
pub(crate) const OPENING: usize = 128;
/// A connection that lost is closed this long after, so that streams the other side was opening get through.
const GRACE: Duration = Duration::from_millis(500);

/// Asks a connection for a stream.
pub(crate) struct Open {
    pub(crate) protocol: Protocol,
    pub(crate) reply: oneshot::Sender<Result<Stream, Error>>,
}

/// Held as long as a stream lives: counts it on its connection and among those at once.
pub(crate) struct Hold {
    _stream: Arc<()>,
    _slot: OwnedSemaphorePermit,
}

/// One connection.
pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(crate) dialled_here: bool,
    pub(crate) relayed: bool,
    pub(crate) quic: bool,
    pub(crate) opens: mpsc::Sender<Open>,
    /// One clone in the handler, one for each stream.
    pub(crate) streams: Arc<()>,
    lost_at: Option<Instant>,
}

impl Link {
    pub(crate) fn new(
        id: ConnectionId,
        dialled_here: bool,
        addr: &libp2p::Multiaddr,
        opens: mpsc::Sender<Open>,
        streams: Arc<()>,
    ) -> Self {
        use libp2p::multiaddr::Protocol as Part;
        Self {
            id,
            dialled_here,
            relayed: addr.iter().any(|part| part == Part::P2pCircuit),
            quic: addr.iter().any(|part| part == Part::QuicV1),
            opens,
            streams,
            lost_at: None,
        }
    }

    /// Two clones are the table's and the handler's own.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.streams) <= 2
    }
}

struct Peer {
    links: Vec<Link>,
    requests: Arc<Semaphore>,
    fetches: Arc<Semaphore>,
}

/// The connections of this node, by device.
pub(crate) struct Links {
    me: DeviceId,
    board: Arc<Board>,
    gate: Arc<Gate>,
    peers: Mutex<HashMap<DeviceId, Peer>>,
}

impl Links {
    pub(crate) fn new(me: DeviceId, board: Arc<Board>, gate: Arc<Gate>) -> Self {
        Self { me, board, gate, peers: Mutex::default() }
    }

    pub(crate) fn add(&self, device: DeviceId, link: Link) {
        let mut peers = lock(&self.peers);
        let peer = peers.entry(device).or_insert_with(|| {
            self.board.connected(device);
            Peer {
                links: Vec::new(),
                requests: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
                fetches: Arc::new(Semaphore::new(FETCHES_AT_ONCE)),
            }
        });
        peer.links.push(link);
        rank(self.me, device, &mut peer.links, Instant::now());
    }

    pub(crate) fn remove(&self, device: DeviceId, id: ConnectionId) {
        let mut peers = lock(&self.peers);
        let Some(peer) = peers.get_mut(&device) else {
            return;
        };
        peer.links.retain(|link| link.id != id);
        if peer.links.is_empty() {
            // Ends those that wait for a slot.
            peer.requests.close();
            peer.fetches.close();
            peers.remove(&device);
            self.board.disconnected(device);
        } else {
            rank(self.me, device, &mut peer.links, Instant::now());
        }
    }

    /// The node stops: nothing more is opened.
    pub(crate) fn clear(&self) {
        for (_, peer) in lock(&self.peers).drain() {
            peer.requests.close();
            peer.fetches.close();
        }
    }

    pub(crate) fn connected(&self) -> Vec<DeviceId> {
        let mut devices: Vec<_> = lock(&self.peers).keys().copied().collect();
        devices.sort_unstable();
        devices
    }

    pub(crate) fn is_connected(&self, device: DeviceId) -> bool {
        lock(&self.peers).contains_key(&device)
    }

    /// How many connections to the device are up.
    pub(crate) fn count(&self, device: DeviceId) -> usize {
        lock(&self.peers).get(&device).map_or(0, |peer| peer.links.len())
    }

    /// Connections that lost, had their grace and carry nothing.
    pub(crate) fn to_close(&self, now: Instant) -> Vec<(DeviceId, ConnectionId)> {
        let peers = lock(&self.peers);
        let of_peer = |(device, peer): (&DeviceId, &Peer)| {
            let over = |link: &&Link| link.is_idle() && link.lost_at.is_some_and(|at| now.saturating_duration_since(at) >= GRACE);
            peer.links.iter().filter(over).map(|link| (*device, link.id)).collect::<Vec<_>>()
        };
        peers.iter().filter(|(_, peer)| peer.links.len() > 1).flat_map(of_peer).collect()
    }

    /// Opens a stream on the best connection, waiting for one of the streams at once. None to who is shut out, whose
    /// connections are about to go.
    pub(crate) async fn open(&self, device: DeviceId, protocol: Protocol) -> Result<(Stream, Hold), Error> {
        if self.gate.shuts_out(device) {
            return Err(Error::NotConnected);
        }
        let slots = {
            let peers = lock(&self.peers);
            let peer = peers.get(&device).ok_or(Error::NotConnected)?;
            if protocol == Protocol::Blob { peer.fetches.clone() } else { peer.requests.clone() }
        };
        let slot = slots.acquire_owned().await.map_err(|_| Error::NotConnected)?;
        // A connection may end between being chosen and being asked; the next best is tried.
        for _ in 0..3 {
            let (opens, streams) = {
                let peers = lock(&self.peers);
                let best = peers.get(&device).and_then(|peer| peer.links.first());
                let link = best.ok_or(Error::NotConnected)?;
                (link.opens.clone(), link.streams.clone())
            };
            let (reply, stream) = oneshot::channel();
            if opens.send(Open { protocol, reply }).await.is_err() {
                tokio::task::yield_now().await;
                continue;
            }
            if let Ok(stream) = stream.await {
                return Ok((stream?, Hold { _stream: streams, _slot: slot }));
            }
        }
        Err(Error::NotConnected)
    }
}

/// Sorts best first and marks those to close.
fn rank(me: DeviceId, device: DeviceId, links: &mut [Link], now: Instant) {
    let here_is_smaller = me < device;
    links.sort_by_key(|link| (link.relayed, link.dialled_here != here_is_smaller, link.quic, link.id));
    let Some((best, rest)) = links.split_first_mut() else {
        return;
    };
    best.lost_at = None;
    for link in rest {
        let lost = (link.relayed && !best.relayed) || link.dialled_here != best.dialled_here || link.dialled_here;
        link.lost_at = lost.then(|| link.lost_at.unwrap_or(now));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn link(id: usize, dialled_here: bool, addr: &str) -> Link {
        let (opens, _) = mpsc::channel(1);
        let id = ConnectionId::new_unchecked(id);
        Link::new(id, dialled_here, &addr.parse().unwrap(), opens, Arc::default())
    }

    const TCP: &str = "/ip4/127.0.0.1/tcp/1";
    const QUIC: &str = "/ip4/127.0.0.1/udp/1/quic-v1";
    const RELAYED: &str = "/ip4/127.0.0.1/tcp/1/p2p-circuit";

    /// Which of the links, by position, are kept when `me` ranks them.
    fn kept(me: DeviceId, other: DeviceId, links: Vec<(bool, &str)>) -> Vec<usize> {
        let mut ranked: Vec<_> = links.into_iter().enumerate().map(|(id, (here, addr))| link(id, here, addr)).collect();
        rank(me, other, &mut ranked, Instant::now());
        let kept = ranked.iter().filter(|link| link.lost_at.is_none());
        kept.map(|link| (0..9).position(|id| link.id == ConnectionId::new_unchecked(id)).unwrap_or(9)).collect()
    }

    #[test]
    fn both_sides_keep_the_same_one() {
        let [small, large] = [DeviceId([1; 32]), DeviceId([2; 32])];
        for [a, b] in [[TCP, TCP], [TCP, QUIC], [QUIC, TCP]] {
            assert_eq!(kept(small, large, vec![(true, a), (false, b)]), [0]);
            assert_eq!(kept(large, small, vec![(false, a), (true, b)]), [0]);
        }
        assert_eq!(kept(small, large, vec![(true, RELAYED), (false, QUIC)]), [1]);
        assert_eq!(kept(large, small, vec![(false, RELAYED), (true, QUIC)]), [1]);
    }

    #[test]
    fn of_two_dialled_by_one_side_only_the_dialler_closes() {
        let [small, large] = [DeviceId([1; 32]), DeviceId([2; 32])];
        assert_eq!(kept(small, large, vec![(true, QUIC), (true, TCP)]), [1]);
        assert_eq!(kept(large, small, vec![(false, QUIC), (false, TCP)]), [1, 0]);
    }
}
