//! The handle on a running node.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use libp2p::{Multiaddr, identity::Keypair};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Asks, Blobs, Config, DeviceId, Error, Events, Protocol,
    addresses::{self, Book},
    behaviour,
    board::{Board, WAITING_REQUESTS},
    gate::Gate,
    inbound::Inbound,
    links::Links,
    listening::Listening,
    lock, mayserve, request,
    serving::Serving,
    swarm::{Connect, Loop},
};

const CONNECT: Duration = Duration::from_secs(15);
/// Calls of [`Node::connect`] that wait for the loop.
const CONNECTS: usize = 64;
/// How long [`start`] waits for the first address.
const FIRST_ADDRESS: Duration = Duration::from_secs(2);

/// A running node. Clones are the same node; it stops with [`Node::stop`] or when the last clone is dropped.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
    blobs: Blobs,
    connects: mpsc::Sender<Connect>,
    stop: Arc<Stop>,
}

struct Stop {
    token: CancellationToken,
    looping: Mutex<Option<JoinHandle<()>>>,
    _on_drop: DropGuard,
}

/// What the handle, the loop and the connections share.
pub(crate) struct Shared {
    pub(crate) me: DeviceId,
    pub(crate) gate: Arc<Gate>,
    pub(crate) links: Arc<Links>,
    pub(crate) book: Book,
    pub(crate) board: Arc<Board>,
    pub(crate) orders: Orders,
}

/// What the loop is told without waiting for it; the newest of each kind.
#[derive(Default)]
pub(crate) struct Orders {
    pending: Mutex<Pending>,
    pub(crate) changed: Notify,
}

#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) keep: Option<Vec<(DeviceId, Vec<Multiaddr>)>>,
    pub(crate) disconnect: BTreeSet<DeviceId>,
    pub(crate) gate: bool,
    pub(crate) hide: Option<bool>,
}

impl Orders {
    pub(crate) fn take(&self) -> Pending {
        std::mem::take(&mut *lock(&self.pending))
    }

    fn give(&self, order: impl FnOnce(&mut Pending)) {
        order(&mut lock(&self.pending));
        self.changed.notify_one();
    }
}

/// Opens the store, listens and starts the node. It lets in nobody until [`Node::set_gate`], strangers to
/// [`Protocol::Pair`] excepted.
///
/// Errors: [`Error::Transport`], [`Error::Address`], [`Error::Listen`] when no address can be listened on,
/// [`Error::Store`] when the store is damaged or open elsewhere.
pub async fn start(config: Config) -> Result<(Node, Events, Asks), Error> {
    let key = Keypair::ed25519_from_bytes(config.secret).map_err(|cause| Error::Transport(cause.to_string()))?;
    let me = DeviceId::try_from(key.public().to_peer_id()).map_err(|cause| Error::Transport(cause.to_string()))?;
    let board = Arc::new(Board::new());
    let gate = Arc::new(Gate::new());
    gate.hide(config.hidden);
    let links = Arc::new(Links::new(me, board.clone(), gate.clone()));
    let shelf = crate::blobs::open(&config.store).await?;
    let token = CancellationToken::new();
    let (asker, asks) = mayserve::channel(token.clone());
    let serving = Arc::new(Serving::new(shelf.clone(), asker));
    let (requests, waiting) = mpsc::channel(WAITING_REQUESTS);
    let inbound = Arc::new(Inbound::new(gate.clone(), requests, serving.clone()));

    let mut swarm = behaviour::swarm(&key, links.clone(), inbound)?;
    let mut listening = Listening::new(config.listen_addrs()?, config.lan);
    if !config.hidden
        && let Err(error) = listening.start(&mut swarm)
    {
        // the caller may try other addresses on the same store
        drop(swarm);
        shelf.close().await;
        return Err(error);
    }
    let shared = Arc::new(Shared {
        me,
        gate,
        links: links.clone(),
        book: Book::default(),
        board: board.clone(),
        orders: Orders::default(),
    });
    let blobs = Blobs::new(shelf.clone(), links, serving);
    tokio::spawn(token.clone().run_until_cancelled_owned(shelf.tend()));
    let (connects, connecting) = mpsc::channel(CONNECTS);
    let looping = tokio::spawn({
        let (running, blobs, token) = (Loop::new(swarm, shared.clone(), connecting, listening), blobs.clone(), token.clone());
        async move {
            running.run(token).await;
            blobs.close().await;
            board.stop();
        }
    });
    let stop = Arc::new(Stop { _on_drop: token.clone().drop_guard(), token, looping: Mutex::new(Some(looping)) });
    let node = Node { shared, blobs, connects, stop };
    if !config.hidden {
        node.shared.board.first_address(FIRST_ADDRESS).await;
    }
    let events = Events::new(node.shared.board.clone(), waiting);
    Ok((node, events, asks))
}

impl Node {
    /// This device.
    pub fn id(&self) -> DeviceId {
        self.shared.me
    }

    /// The multiaddrs listened on, without `/p2p/`: TCP before QUIC, loopback last. None while hidden.
    pub fn addrs(&self) -> Vec<String> {
        if self.shared.gate.is_hidden() { Vec::new() } else { self.shared.board.addrs() }
    }

    /// Devices with a connection up, in order of their keys.
    pub fn connected(&self) -> Vec<DeviceId> {
        self.shared.links.connected()
    }

    /// Connections up to the device: 0, 1, or for a moment more after both sides dialled.
    pub fn connections(&self, device: DeviceId) -> usize {
        self.shared.links.count(device)
    }

    /// Connects once, by the given and the known addresses; at once when already connected.
    ///
    /// Errors: [`Error::Unreachable`], [`Error::TimedOut`] after 15 s, [`Error::Stopped`].
    pub async fn connect(&self, device: DeviceId, addrs: Vec<String>) -> Result<(), Error> {
        if device == self.shared.me {
            return Err(Error::Unreachable);
        }
        let (done, connected) = oneshot::channel();
        let connect = Connect { device, addrs: addresses::read(&addrs, device), done };
        let asked = async {
            self.connects.send(connect).await.map_err(|_| Error::Stopped)?;
            connected.await.unwrap_or(Err(Error::Unreachable))
        };
        timeout(CONNECT, asked).await.unwrap_or(Err(Error::TimedOut))
    }

    /// Replaces the set of devices to stay connected with, each with addresses to try beside the known ones (8 are
    /// read). They are dialled again, 0.5 s to 60 s after a failure, and at once when seen on the LAN.
    pub fn keep(&self, peers: Vec<(DeviceId, Vec<String>)>) {
        let others = peers.into_iter().filter(|(device, _)| *device != self.shared.me);
        let set = others.map(|(device, addrs)| (device, addresses::read(&addrs, device))).collect();
        self.shared.orders.give(|pending| pending.keep = Some(set));
    }

    /// Closes every connection to the device. One that is kept is dialled again.
    pub fn disconnect(&self, device: DeviceId) {
        self.shared.orders.give(|pending| {
            pending.disconnect.insert(device);
        });
    }

    /// Replaces the whole gate: who may use what. A device not in it is a stranger, with [`Protocol::Pair`] only, at
    /// a limited rate. A device with no protocol is shut out, connections included. What closes ends the streams of
    /// the other side that run on it; a device that leaves the gate loses its connections.
    pub fn set_gate(&self, gate: HashMap<DeviceId, Vec<Protocol>>) {
        let out = self.shared.gate.set(gate);
        self.shared.orders.give(|pending| {
            pending.gate = true;
            pending.disconnect.extend(out);
        });
    }

    /// Hides: nothing is listened on, announced or asked for on the LAN, and nobody is let in who was not dialled.
    /// Connections to devices that the gate lets in stay, except those that run over a listening UDP socket, which are
    /// dialled anew; all others end as [`Node::stop`] ends them. [`Event::Listening`] without addresses says that it
    /// is done. Shown again, it listens on the same ports, or on others when those are taken for 10 s.
    pub fn hide(&self, hidden: bool) {
        self.shared.gate.hide(hidden);
        self.shared.orders.give(|pending| pending.hide = Some(hidden));
    }

    /// Asks the device and waits for its answer. Any number may run; 64 at once to one device, the rest wait.
    ///
    /// Errors: [`Error::NotConnected`], [`Error::Refused`], [`Error::TooMany`], [`Error::TooLarge`],
    /// [`Error::Busy`], [`Error::TimedOut`] after 20 s, [`Error::Lost`], [`Error::Unsupported`] for
    /// [`Protocol::Blob`], [`Error::Malformed`].
    pub async fn request(&self, device: DeviceId, protocol: Protocol, body: Vec<u8>) -> Result<Vec<u8>, Error> {
        request::request(&self.shared.links, device, protocol, &body).await
    }

    /// Addresses of the device that worked or were announced, best first, at most 8.
    pub fn known_addrs(&self, device: DeviceId) -> Vec<String> {
        self.shared.book.of(device).iter().map(Multiaddr::to_string).collect()
    }

    /// The blob store.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Closes every connection, telling the other side, and the store, and waits until it is done.
    pub async fn stop(self) {
        self.stop.token.cancel();
        let looping = lock(&self.stop.looping).take();
        if let Some(looping) = looping {
            // An error is a panic of the loop, already logged; there is nothing left to stop.
            let _ = looping.await;
        }
    }
}
