use super::*;

const DEVICE: DeviceId = DeviceId([1; 32]);
const TCP: &str = "/ip4/10.0.0.1/tcp/1";
const QUIC: &str = "/ip4/10.0.0.1/udp/1/quic-v1";

fn flight(id: usize) -> ConnectionId {
    ConnectionId::new_unchecked(id)
}

fn due(dialing: &mut Dialing, now: Instant) -> Vec<String> {
    let dials = dialing.due(now, |_| Vec::new());
    dials.iter().flat_map(|dial| dial.addrs.iter().map(Multiaddr::to_string)).collect()
}

fn kept(now: Instant) -> Dialing {
    let mut dialing = Dialing::default();
    let addrs = [QUIC, TCP].iter().filter_map(|addr| addr.parse().ok()).collect();
    dialing.keep(vec![(DEVICE, addrs)], now, |_| false);
    dialing
}

#[test]
fn tcp_has_a_head_start_and_quic_follows_or_steps_in() {
    let now = Instant::now();
    let mut dialing = kept(now);
    assert_eq!(due(&mut dialing, now), [TCP]);
    dialing.flew(DEVICE, flight(1));
    assert!(due(&mut dialing, now).is_empty());
    assert_eq!(dialing.deadline(), Some(now + HEAD_START));
    assert_eq!(due(&mut dialing, now + HEAD_START), [QUIC]);

    let mut dialing = kept(now);
    due(&mut dialing, now);
    dialing.flew(DEVICE, flight(1));
    dialing.failed(flight(1), now);
    assert_eq!(due(&mut dialing, now), [QUIC]);
}

#[test]
fn waits_grow_to_a_minute_and_a_good_connection_resets_them() {
    let mut now = Instant::now();
    let mut dialing = kept(now);
    let mut waits = Vec::new();
    for id in (0..40).step_by(2) {
        assert_eq!(due(&mut dialing, now), [TCP]);
        dialing.flew(DEVICE, flight(id));
        dialing.failed(flight(id), now);
        assert_eq!(due(&mut dialing, now), [QUIC]);
        dialing.flew(DEVICE, flight(id + 1));
        dialing.failed(flight(id + 1), now);
        let next = dialing.deadline().map_or(now, |at| at);
        waits.push(next - now);
        now = next;
    }
    assert!(waits[0] < Duration::from_secs(2));
    assert!(waits[19] >= Duration::from_secs(45) && waits[19] <= Duration::from_secs(75));
    dialing.connected(DEVICE, flight(99), now);
    assert_eq!(dialing.deadline(), None);
    dialing.disconnected(DEVICE, now + GOOD);
    assert!(dialing.deadline().is_some_and(|at| at < now + GOOD + Duration::from_secs(1)));
}

#[test]
fn an_announcement_starts_a_dial_at_once_but_not_every_time() {
    let now = Instant::now();
    let mut dialing = kept(now);
    due(&mut dialing, now);
    dialing.flew(DEVICE, flight(1));
    dialing.failed(flight(1), now);
    due(&mut dialing, now);
    dialing.flew(DEVICE, flight(2));
    dialing.failed(flight(2), now);
    dialing.nearby(DEVICE, now);
    assert_eq!(due(&mut dialing, now), [TCP]);
    dialing.flew(DEVICE, flight(3));
    dialing.failed(flight(3), now);
    due(&mut dialing, now);
    dialing.flew(DEVICE, flight(4));
    dialing.failed(flight(4), now);
    dialing.nearby(DEVICE, now);
    assert!(due(&mut dialing, now).is_empty());
}

#[test]
fn a_waiter_without_any_address_is_answered_at_once() {
    let now = Instant::now();
    let mut dialing = Dialing::default();
    let (waiter, mut answer) = oneshot::channel();
    dialing.ask(DEVICE, Vec::new(), waiter, now);
    assert!(due(&mut dialing, now).is_empty());
    assert!(matches!(answer.try_recv(), Ok(Err(Error::Unreachable))));
    assert!(dialing.targets.is_empty());
}
