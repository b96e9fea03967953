//! Which addresses are public. Source: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Globally reachable unicast, outside every special-purpose block.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => v4_public(ip),
        IpAddr::V6(ip) => v6_public(ip),
    }
}

/// This machine, a home or office network, link-local, or a carrier's or overlay's shared space (100.64.0.0/10).
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => v4_private(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => v4_private(mapped),
            None => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        },
    }
}

fn v4_private(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local() || shared(ip)
}

fn shared(ip: Ipv4Addr) -> bool {
    ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64
}

fn v4_public(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = matches!(
        (a, b, c),
        (0 | 224..=255, ..) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) | (198, 18 | 19, _)
    );
    !special && !v4_private(ip)
}

/// 2000::/3 without Teredo and the other 2001::/23 protocol blocks, documentation, and 6to4, which carries an IPv4 address inside.
fn v6_public(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let global = first & 0xE000 == 0x2000;
    let special = match first {
        0x2001 => second < 0x0200 || second == 0x0DB8,
        0x2002 => true,
        0x3FFF => second < 0x1000,
        _ => false,
    };
    global && !special
}
