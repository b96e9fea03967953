//! Devices that announce themselves on the LAN. Anyone there can announce anything: both numbers are capped.

use std::collections::HashMap;

use libp2p::{Multiaddr, PeerId};

use crate::{
    DeviceId,
    addresses::{EACH, dialable},
};

/// Devices shown at once.
const DEVICES: usize = 256;

#[derive(Default)]
pub(crate) struct Nearby {
    devices: HashMap<DeviceId, Vec<Multiaddr>>,
}

impl Nearby {
    /// Enters addresses; the devices whose list changed.
    pub(crate) fn seen(&mut self, found: Vec<(PeerId, Multiaddr)>) -> Vec<(DeviceId, Vec<Multiaddr>)> {
        self.change(found, |devices, device, addr| {
            if devices.len() >= DEVICES && !devices.contains_key(&device) {
                return false;
            }
            let addrs = devices.entry(device).or_default();
            let new = addrs.len() < EACH && !addrs.contains(&addr);
            if new {
                addrs.push(addr);
            }
            new
        })
    }

    /// Strikes out addresses; the devices whose list changed, gone ones with an empty list.
    pub(crate) fn expired(&mut self, gone: Vec<(PeerId, Multiaddr)>) -> Vec<(DeviceId, Vec<Multiaddr>)> {
        self.change(gone, |devices, device, addr| {
            let Some(addrs) = devices.get_mut(&device) else {
                return false;
            };
            let before = addrs.len();
            addrs.retain(|known| *known != addr);
            let changed = addrs.len() != before;
            if addrs.is_empty() {
                devices.remove(&device);
            }
            changed
        })
    }

    /// Strikes out everyone.
    pub(crate) fn clear(&mut self) -> Vec<(DeviceId, Vec<Multiaddr>)> {
        self.devices.drain().map(|(device, _)| (device, Vec::new())).collect()
    }

    fn change(
        &mut self,
        records: Vec<(PeerId, Multiaddr)>,
        change: impl Fn(&mut HashMap<DeviceId, Vec<Multiaddr>>, DeviceId, Multiaddr) -> bool,
    ) -> Vec<(DeviceId, Vec<Multiaddr>)> {
        let mut changed = Vec::new();
        for (peer, addr) in records {
            let Ok(device) = DeviceId::try_from(peer) else {
                continue;
            };
            let Some(addr) = dialable(&addr, device) else {
                continue;
            };
            if change(&mut self.devices, device, addr) && !changed.contains(&device) {
                changed.push(device);
            }
        }
        let now = |device| (device, self.devices.get(&device).cloned().unwrap_or_default());
        changed.into_iter().map(now).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_gone_with_its_last_address_and_floods_are_capped() {
        let mut nearby = Nearby::default();
        let record = |device: u16, port: u16| {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&device.to_be_bytes());
            let addr = format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap();
            (PeerId::from(DeviceId(id)), addr)
        };
        assert_eq!(nearby.seen(vec![record(1, 1), record(1, 2)])[0].1.len(), 2);
        assert!(nearby.seen(vec![record(1, 1)]).is_empty(), "nothing new");
        assert_eq!(nearby.expired(vec![record(1, 1)])[0].1.len(), 1);
        assert!(nearby.expired(vec![record(1, 2)])[0].1.is_empty());
        assert!(nearby.expired(vec![record(1, 2)]).is_empty());

        nearby.seen((0..2000).map(|device| record(device, 1)).collect());
        nearby.seen((1..2000).map(|port| record(7, port)).collect());
        assert_eq!(nearby.devices.len(), DEVICES);
        assert!(nearby.devices.values().all(|addrs| addrs.len() <= EACH));
    }
}
