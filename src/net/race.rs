//! Happy Eyeballs: which of a host's addresses to try, and when (RFC 8305 sections 3 to 5). No I/O and no clock in here.
//!
//! IPv6 comes first and the families take turns. An attempt begins when the one before it has failed, or has been under way for a
//! while: the two race then. A host that only looks as if it had IPv6 costs a quarter of a second and not half a minute.

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How long the IPv6 addresses are waited for once the IPv4 addresses are there (RFC 8305 section 3, "Resolution Delay").
pub const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// How long an attempt has for itself (RFC 8305 section 5, "Connection Attempt Delay").
pub const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv6.
    V6,
    /// IPv4.
    V4,
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Family::V6 { "IPv6" } else { "IPv4" })
    }
}

impl Family {
    /// Both, the preferred one first.
    pub const BOTH: [Family; 2] = [Family::V6, Family::V4];

    /// That of an address.
    #[must_use]
    pub fn of(address: &SocketAddr) -> Self {
        if address.is_ipv6() { Family::V6 } else { Family::V4 }
    }

    fn other(self) -> Self {
        match self {
            Family::V6 => Family::V4,
            Family::V4 => Family::V6,
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Begin an attempt to connect to this address.
    Try(SocketAddr),
    /// Ask again at this moment, when an attempt has failed or when addresses were found.
    WaitUntil(Instant),
    /// Ask again when an attempt has failed or when addresses were found.
    Wait,
    /// No address is left, and none will come.
    Nothing,
}

/// The addresses of one family.
#[derive(Debug, Default)]
struct Addresses {
    untried: VecDeque<SocketAddr>,
    /// They are being looked up.
    awaited: bool,
}

/// The addresses of one host and the order in which they are tried.
#[derive(Debug, Default)]
pub struct Race {
    v6: Addresses,
    v4: Addresses,
    last: Option<SocketAddr>,
    /// The next attempt begins then at the earliest.
    not_before: Option<Instant>,
}

impl Race {
    /// A race in which the addresses of `awaited` are still to be [`found`](Race::found).
    #[must_use]
    pub fn new(awaited: &[Family]) -> Self {
        let mut race = Race::default();
        for family in awaited {
            race.family(*family).awaited = true;
        }
        race
    }

    fn family(&mut self, family: Family) -> &mut Addresses {
        match family {
            Family::V6 => &mut self.v6,
            Family::V4 => &mut self.v4,
        }
    }

    /// The addresses of a family, the preferred ones first; empty: there are none.
    pub fn found(&mut self, family: Family, addresses: impl IntoIterator<Item = SocketAddr>, now: Instant) {
        let found = self.family(family);
        found.awaited = false;
        found.untried.extend(addresses);
        if self.last.is_none() {
            let waits = self.v6.awaited && !self.v4.untried.is_empty();
            self.not_before = waits.then(|| now + RESOLUTION_DELAY);
        }
    }

    /// An attempt has failed. If it was the last that was begun, the next need not wait.
    pub fn failed(&mut self, address: SocketAddr) {
        if self.last == Some(address) {
            self.not_before = None;
        }
    }

    /// The address of the last attempt that was begun.
    #[must_use]
    pub fn last(&self) -> Option<SocketAddr> {
        self.last
    }

    /// How many addresses were not tried yet.
    #[must_use]
    pub fn untried(&self) -> usize {
        self.v6.untried.len() + self.v4.untried.len()
    }

    /// What to do now.
    pub fn poll(&mut self, now: Instant) -> Next {
        if self.untried() == 0 {
            return if self.v6.awaited || self.v4.awaited { Next::Wait } else { Next::Nothing };
        }
        if let Some(not_before) = self.not_before.filter(|at| *at > now) {
            return Next::WaitUntil(not_before);
        }
        let family = self.last.as_ref().map_or(Family::V6, |last| Family::of(last).other());
        let address = self.family(family).untried.pop_front().or_else(|| self.family(family.other()).untried.pop_front());
        self.last = address;
        self.not_before = Some(now + ATTEMPT_DELAY);
        address.map_or(Next::Nothing, Next::Try)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v6(number: u16) -> SocketAddr {
        format!("[2001:db8::{number}]:80").parse().unwrap()
    }

    fn v4(number: u8) -> SocketAddr {
        format!("192.0.2.{number}:80").parse().unwrap()
    }

    fn race(v6s: &[SocketAddr], v4s: &[SocketAddr], now: Instant) -> Race {
        let mut race = Race::default();
        race.found(Family::V6, v6s.iter().copied(), now);
        race.found(Family::V4, v4s.iter().copied(), now);
        race
    }

    #[test]
    fn the_families_take_turns_and_ipv6_begins() {
        let mut now = Instant::now();
        let mut race = race(&[v6(1), v6(2), v6(3)], &[v4(1), v4(2)], now);
        for address in [v6(1), v4(1), v6(2), v4(2), v6(3)] {
            assert_eq!(race.poll(now), Next::Try(address));
            now += ATTEMPT_DELAY;
        }
        assert_eq!(race.poll(now), Next::Nothing);
    }

    #[test]
    fn an_attempt_has_a_quarter_of_a_second_for_itself() {
        let now = Instant::now();
        let mut race = race(&[v6(1)], &[v4(1)], now);
        assert_eq!(race.poll(now), Next::Try(v6(1)));
        assert_eq!(race.poll(now), Next::WaitUntil(now + ATTEMPT_DELAY));
        let later = now + ATTEMPT_DELAY;
        assert_eq!(race.poll(later.checked_sub(Duration::from_micros(1)).unwrap()), Next::WaitUntil(later));
        assert_eq!(race.poll(later), Next::Try(v4(1)));
    }

    #[test]
    fn after_a_failure_the_next_attempt_begins_at_once() {
        let now = Instant::now();
        let mut race = race(&[v6(1)], &[v4(1), v4(2)], now);
        assert_eq!(race.poll(now), Next::Try(v6(1)));
        race.failed(v6(1));
        assert_eq!(race.poll(now), Next::Try(v4(1)));
        race.failed(v6(1));
        assert_eq!(race.poll(now), Next::WaitUntil(now + ATTEMPT_DELAY), "an older one hurries nothing");
        race.failed(v4(1));
        assert_eq!(race.poll(now), Next::Try(v4(2)));
    }

    #[test]
    fn ipv4_addresses_that_are_found_first_wait_a_moment_for_ipv6() {
        let now = Instant::now();
        let mut race = Race::new(&Family::BOTH);
        assert_eq!(race.poll(now), Next::Wait);
        race.found(Family::V4, [v4(1)], now);
        assert_eq!(race.poll(now), Next::WaitUntil(now + RESOLUTION_DELAY));
        race.found(Family::V6, [v6(1)], now);
        assert_eq!(race.poll(now), Next::Try(v6(1)));
    }

    #[test]
    fn ipv4_does_not_wait_longer_than_that_nor_for_addresses_that_do_not_exist() {
        let now = Instant::now();
        let mut race = Race::new(&Family::BOTH);
        race.found(Family::V4, [v4(1)], now);
        assert_eq!(race.poll(now + RESOLUTION_DELAY), Next::Try(v4(1)));
        assert_eq!(race.poll(now + RESOLUTION_DELAY), Next::Wait, "IPv6 may come yet");
        race.found(Family::V6, [v6(1)], now + RESOLUTION_DELAY);
        assert_eq!(race.poll(now + RESOLUTION_DELAY), Next::WaitUntil(now + RESOLUTION_DELAY + ATTEMPT_DELAY));

        let mut race = Race::new(&Family::BOTH);
        race.found(Family::V4, [v4(1)], now);
        race.found(Family::V6, [], now);
        assert_eq!(race.poll(now), Next::Try(v4(1)));
        race.failed(v4(1));
        assert_eq!(race.poll(now), Next::Nothing);
    }

    #[test]
    fn ipv6_addresses_wait_for_nothing() {
        let now = Instant::now();
        let mut race = Race::new(&Family::BOTH);
        race.found(Family::V6, [v6(1)], now);
        assert_eq!(race.poll(now), Next::Try(v6(1)));
    }
}
