//! Connections at once: so many in all, and fewer of them for each address, so that one device shuts nobody else out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

pub struct ConnectionLimit {
    most: usize,
    each: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// Given back when it is dropped.
pub struct Permit {
    limit: Arc<ConnectionLimit>,
    address: IpAddr,
}

impl ConnectionLimit {
    pub fn new(most: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { most, each, taken: Mutex::default() })
    }

    pub fn acquire(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&address).copied().unwrap_or(0);
        if own >= self.each || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(address, own + 1);
        Some(Permit { limit: self.clone(), address })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.limit.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others() {
        let limit = ConnectionLimit::new(3, 2);
        let at = |last| limit.acquire(IpAddr::from([10, 0, 0, last]));
        let (first, second) = (at(1), at(1));
        assert!(first.is_some() && second.is_some() && at(1).is_none());
        let third = at(2);
        assert!(third.is_some() && at(3).is_none(), "three in all");
        drop(first);
        assert!(at(3).is_some());
        drop((second, third));
        assert!(limit.taken.lock().is_ok_and(|taken| taken.is_empty()));
    }
}
