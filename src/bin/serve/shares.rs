//! Shares of what all clients use together, such as memory for large bodies: nobody gets all of it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// A total that is handed out in shares.
pub struct Shares {
    total: usize,
    /// Maximum for one address. This machine's own may have all: a proxy speaks for everybody.
    each: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Shares {
    /// `total` for everybody, at most `each` of it for one address.
    pub fn new(total: usize, each: usize) -> Arc<Shares> {
        Arc::new(Shares { total, each, held: Mutex::default() })
    }

    /// A share for an address, with nothing in it yet.
    pub fn share(self: &Arc<Shares>, address: IpAddr) -> Share {
        Share { of: self.clone(), address: network(address), size: 0 }
    }
}

/// The share of one request or connection; given back when it is dropped.
pub struct Share {
    of: Arc<Shares>,
    address: IpAddr,
    size: usize,
}

impl Share {
    /// Changes its size; false if there is not so much left, and it stays as it was.
    #[must_use]
    pub fn resize(&mut self, size: usize) -> bool {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all = held.all - self.size + size;
        let own = held.by_address.get(&self.address).map_or(0, |own| own - self.size) + size;
        let each = if self.address.is_loopback() { self.of.total } else { self.of.each };
        if size > self.size && (all > self.of.total || own > each) {
            return false;
        }
        held.all = all;
        match own {
            0 => _ = held.by_address.remove(&self.address),
            _ => _ = held.by_address.insert(self.address, own),
        }
        self.size = size;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.size > 0 {
            let _ = self.resize(0);
        }
    }
}

/// One client may have all addresses of a network of version 6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_this_machine_gets_all() {
        let shares = Shares::new(10, 5);
        let share = |address: &str| shares.share(address.parse().unwrap());
        let (mut one, mut same, mut other) = (share("192.0.2.1"), share("::ffff:192.0.2.1"), share("2001:db8::1"));
        assert!(one.resize(3) && !same.resize(3) && same.resize(2) && !one.resize(4) && other.resize(5));
        let mut own = share("127.0.0.1");
        assert!(!own.resize(1), "all is given");
        drop((one, same));
        let mut neighbour = share("2001:db8::2");
        assert!(!neighbour.resize(1) && own.resize(5) && other.resize(0) && own.resize(10) && !neighbour.resize(1));
        drop((own, other, neighbour));
        assert!(shares.held.lock().unwrap().by_address.is_empty());
    }
}
