//! Where devices were met or are said to be.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Mutex,
    time::Instant,
};

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol as Part};

use crate::{DeviceId, lock};

/// Addresses remembered of one device.
pub(crate) const EACH: usize = 8;
/// Devices remembered.
const DEVICES: usize = 1024;
/// Longer text is not an address.
const LONGEST: usize = 256;

/// How an address became known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A connection to it proved the device's key.
    Worked,
    /// Announced on the LAN.
    Lan,
    /// Said by the device itself.
    Said,
}

struct Known {
    addr: Multiaddr,
    source: Source,
    at: Instant,
}

/// The addresses of devices.
#[derive(Default)]
pub(crate) struct Book {
    devices: Mutex<HashMap<DeviceId, Vec<Known>>>,
}

impl Book {
    pub(crate) fn note(&self, device: DeviceId, addr: &Multiaddr, source: Source) {
        let Some(addr) = dialable(addr, device) else {
            return;
        };
        let mut devices = lock(&self.devices);
        if devices.len() >= DEVICES && !devices.contains_key(&device) {
            forget_oldest(&mut devices);
        }
        let known = devices.entry(device).or_default();
        let at = Instant::now();
        match known.iter_mut().find(|known| known.addr == addr) {
            Some(known) => {
                known.source = known.source.min(source);
                known.at = at;
            }
            None => known.push(Known { addr, source, at }),
        }
        known.sort_by_key(|known| (known.source, std::cmp::Reverse(known.at)));
        known.truncate(EACH);
    }

    pub(crate) fn forget(&self, device: DeviceId, addr: &Multiaddr) {
        if let Some(known) = lock(&self.devices).get_mut(&device)
            && let Some(addr) = dialable(addr, device)
        {
            known.retain(|known| known.addr != addr);
        }
    }

    /// At most [`EACH`], best first.
    pub(crate) fn of(&self, device: DeviceId) -> Vec<Multiaddr> {
        lock(&self.devices).get(&device).map(|known| known.iter().map(|known| known.addr.clone()).collect()).unwrap_or_default()
    }
}

fn forget_oldest(devices: &mut HashMap<DeviceId, Vec<Known>>) {
    let newest = |known: &Vec<Known>| known.iter().map(|known| known.at).max();
    let oldest = devices.iter().min_by_key(|(_, known)| newest(known)).map(|(device, _)| *device);
    if let Some(device) = oldest {
        devices.remove(&device);
    }
}

/// Reads addresses given as text; what is no dialable address of the device is left out.
pub(crate) fn read(addrs: &[String], device: DeviceId) -> Vec<Multiaddr> {
    let parsed = addrs.iter().filter(|addr| addr.len() <= LONGEST);
    let parsed = parsed.filter_map(|addr| addr.parse().ok());
    parsed.filter_map(|addr| dialable(&addr, device)).take(EACH).collect()
}

/// The address without `/p2p/`, if it is `host/tcp/port` or `host/udp/port/quic-v1` of one host and names no other device.
pub(crate) fn dialable(addr: &Multiaddr, device: DeviceId) -> Option<Multiaddr> {
    let parts: Vec<_> = addr.iter().collect();
    let parts = match parts.as_slice() {
        [rest @ .., Part::P2p(peer)] if *peer == PeerId::from(device) => rest,
        rest => rest,
    };
    let host_fits = match parts.first()? {
        Part::Ip4(ip) => one_host4(*ip),
        Part::Ip6(ip) => one_host6(*ip),
        Part::Dns(_) | Part::Dns4(_) | Part::Dns6(_) => true,
        _ => false,
    };
    let port_fits = matches!(parts, [_, Part::Tcp(port)] | [_, Part::Udp(port), Part::QuicV1] if *port != 0);
    (host_fits && port_fits).then(|| parts.iter().cloned().collect())
}

fn one_host4(ip: Ipv4Addr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast()
}

/// Link-local addresses mean nothing without an interface, which a multiaddr does not carry here.
fn one_host6(ip: Ipv6Addr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local()
}

pub(crate) fn is_loopback(addr: &Multiaddr) -> bool {
    match addr.iter().next() {
        Some(Part::Ip4(ip)) => ip.is_loopback(),
        Some(Part::Ip6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

pub(crate) fn is_tcp(addr: &Multiaddr) -> bool {
    addr.iter().any(|part| matches!(part, Part::Tcp(_)))
}

/// As told to the owner: TCP before QUIC, loopback last.
pub(crate) fn listening<'a>(addrs: impl Iterator<Item = &'a Multiaddr>) -> Vec<String> {
    let own = |addr: &&Multiaddr| match addr.iter().next() {
        Some(Part::Ip6(ip)) => one_host6(ip),
        _ => true,
    };
    let mut addrs: Vec<_> = addrs.filter(own).collect();
    addrs.sort_by_cached_key(|addr| (is_loopback(addr), !is_tcp(addr), addr.to_string()));
    addrs.dedup();
    addrs.into_iter().map(Multiaddr::to_string).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_one_host_and_port_is_dialled_and_only_of_the_device() {
        let device = DeviceId([3; 32]);
        let own = PeerId::from(device);
        let other = PeerId::from(DeviceId([4; 32]));
        let read = |addr: String| read(&[addr], device).pop().map(|addr| addr.to_string());
        assert_eq!(read(format!("/ip4/10.0.0.1/tcp/9/p2p/{own}")).as_deref(), Some("/ip4/10.0.0.1/tcp/9"));
        assert!(read("/ip6/2001:db8::1/udp/9/quic-v1".into()).is_some());
        for bad in [
            format!("/ip4/10.0.0.1/tcp/9/p2p/{other}"),
            "/ip4/0.0.0.0/tcp/9".into(),
            "/ip4/224.0.0.1/udp/9/quic-v1".into(),
            "/ip4/10.0.0.1/tcp/0".into(),
            "/ip4/10.0.0.1/udp/9".into(),
            "/ip6/fe80::1/tcp/9".into(),
            format!("/ip4/10.0.0.1/tcp/9/p2p/{other}/p2p-circuit/p2p/{own}"),
            "/unix/etc".into(),
            "garbage".into(),
            format!("/dns/{}/tcp/9", "a".repeat(300)),
        ] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn what_worked_outlives_what_is_said() {
        let book = Book::default();
        let device = DeviceId([3; 32]);
        let addr = |n: usize| format!("/ip4/10.0.0.1/tcp/{n}").parse::<Multiaddr>().unwrap();
        book.note(device, &addr(1), Source::Worked);
        (2..50).for_each(|n| book.note(device, &addr(n), Source::Said));
        assert_eq!(book.of(device).len(), EACH);
        assert_eq!(book.of(device)[0], addr(1));
        book.forget(device, &addr(1));
        assert!(!book.of(device).contains(&addr(1)));
    }
}
