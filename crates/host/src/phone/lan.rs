//! The addresses under which a phone on the same LAN finds this machine.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// Interfaces of containers, virtual machines and tunnels: seldom what a phone shares with this machine.
const VIRTUAL: [&str; 10] = ["docker", "br-", "veth", "virbr", "vnet", "tun", "tap", "wg", "tailscale", "zt"];

/// Private IPv4 addresses, the likeliest first: real interfaces before virtual ones, and the way out before others. Those of RFC 6598
/// are left out, behind which may be a provider's other customers.
pub fn addresses() -> Vec<Ipv4Addr> {
    let out = way_out();
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<_> = interfaces
        .into_iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(ip) if ip.is_private() || ip.is_link_local() => {
                let is_virtual = VIRTUAL.iter().any(|start| interface.name.starts_with(start));
                Some((is_virtual, Some(ip) != out, ip))
            }
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(_, _, ip)| ip).collect()
}

/// Whether a door may open there when it is told to: on a LAN, a tunnel or this machine (RFC 1918, 3927, 4193 and 6598).
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            ip.is_private() || ip.is_link_local() || ip.is_loopback() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// The own address on the way to everywhere. Connecting a UDP socket sends nothing.
fn way_out() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // RFC 5737: an address of nobody
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_door_opens_towards_private_networks_only() {
        for inside in ["10.0.0.1", "172.16.4.2", "192.168.1.5", "169.254.9.9", "100.64.0.7", "127.0.0.1", "::1", "fd00::1"] {
            assert!(is_private(inside.parse().unwrap()), "{inside}");
        }
        for outside in
            ["0.0.0.0", "::", "8.8.8.8", "100.128.0.1", "172.32.0.1", "224.0.0.1", "2001:db8::1", "fe80::1", "::ffff:10.0.0.1"]
        {
            assert!(!is_private(outside.parse().unwrap()), "{outside}");
        }
    }
}
