//! How a node is set up.

use std::path::PathBuf;

use libp2p::Multiaddr;

use crate::Error;

/// How a node is set up.
#[derive(Clone)]
pub struct Config {
    /// The seed of the device's ed25519 key (RFC 8032).
    pub secret: [u8; 32],
    /// Multiaddrs to listen on; empty means TCP and QUIC on every IPv4 and IPv6 address, ports chosen by the system.
    pub listen: Vec<String>,
    /// Finds and is found on the LAN (mDNS). While on, the LAN learns the device's key and addresses.
    pub lan: bool,
    /// Starts as after [`crate::Node::hide`].
    pub hidden: bool,
    /// The folder of the blob store, made when missing. One process at a time may open it.
    pub store: PathBuf,
}

const EVERYWHERE: [&str; 4] = ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1", "/ip6/::/tcp/0", "/ip6/::/udp/0/quic-v1"];

impl Config {
    pub(crate) fn listen_addrs(&self) -> Result<Vec<Multiaddr>, Error> {
        let parse = |addr: &str| addr.parse().map_err(|_| Error::Address(addr.to_owned()));
        if self.listen.is_empty() {
            EVERYWHERE.iter().map(|addr| parse(addr)).collect()
        } else {
            self.listen.iter().map(|addr| parse(addr)).collect()
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("lan", &self.lan)
            .field("hidden", &self.hidden)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
