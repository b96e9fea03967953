//! The addresses under which a phone on the same LAN finds this machine.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// How interfaces of containers, virtual machines and tunnels are named: seldom what a phone shares with this machine.
const VIRTUAL: [&str; 16] = [
    "docker",
    "podman",
    "cni",
    "lxc",
    "lxd",
    "br-",
    "veth",
    "virbr",
    "vnet",
    "vmnet",
    "vboxnet",
    "tun",
    "tap",
    "wg",
    "tailscale",
    "zt",
];

/// Private IPv4 addresses of this machine, the likeliest first. Those of RFC 6598 are left out, behind which may be a provider's
/// other customers.
pub fn addresses() -> Vec<Ipv4Addr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    likeliest(interfaces.iter().filter_map(|interface| Some((interface.name.as_str(), ipv4(interface.ip())?))), way_out())
}

/// Whether it is an address of this machine at this moment.
pub fn is_here(ip: IpAddr) -> bool {
    if_addrs::get_if_addrs().unwrap_or_default().iter().any(|interface| interface.ip() == ip)
}

/// Real interfaces before virtual ones, networks with a router before those without, the way out before others.
fn likeliest<'a>(interfaces: impl Iterator<Item = (&'a str, Ipv4Addr)>, out: Option<Ipv4Addr>) -> Vec<Ipv4Addr> {
    let mut found: Vec<_> = interfaces
        .filter(|(_, ip)| ip.is_private() || ip.is_link_local())
        .map(|(name, ip)| {
            let is_virtual = VIRTUAL.iter().any(|start| name.starts_with(start));
            (is_virtual, ip.is_link_local(), Some(ip) != out, ip)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(.., ip)| ip).collect()
}

fn ipv4(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
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
    ipv4(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_network_that_a_phone_shares_is_found_first() {
        let ip = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        let order = |interfaces: &[(&'static str, &str)], out: Option<&str>| {
            let named = interfaces.iter().map(|(name, text)| (*name, ip(text)));
            likeliest(named, out.map(ip)).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let laptop = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("eth0", "169.254.3.3"),
            ("wlan0", "192.168.1.5"),
            ("tun0", "10.8.0.2"),
        ];
        assert_eq!(order(&laptop, Some("10.8.0.2")), ["192.168.1.5", "169.254.3.3", "10.8.0.2", "172.17.0.1"]);
        assert_eq!(order(&[("eth0", "10.0.0.4"), ("wlan0", "192.168.1.5")], Some("192.168.1.5")), ["192.168.1.5", "10.0.0.4"]);
        assert_eq!(order(&[("eth0", "203.0.113.9"), ("wwan0", "100.64.0.7")], Some("100.64.0.7")), [] as [String; 0]);
        assert!(is_here(IpAddr::from([127, 0, 0, 1])) && !is_here(IpAddr::from([10, 255, 255, 254])));
    }

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
