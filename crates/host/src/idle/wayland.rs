//! Idle time of a Wayland session: ext-idle-notify-v1 tells when a minute passed without input, and when input comes back.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use wayland_client::backend::WaylandError;
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols::ext::idle_notify::v1::client::ext_idle_notification_v1::{Event, ExtIdleNotificationV1};
use wayland_protocols::ext::idle_notify::v1::client::ext_idle_notifier_v1::ExtIdleNotifierV1;

use super::{Blind, Words, wait};

/// After this the compositor calls the person idle.
const IDLE: Duration = Duration::from_secs(60);
/// While they are not, this is told so often.
const TELL: Duration = Duration::from_secs(20);

struct Seen {
    /// When the compositor said that a minute had passed.
    since: Option<Instant>,
}

impl Seen {
    fn idle(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed() + IDLE)
    }
}

impl Dispatch<ExtIdleNotificationV1, ()> for Seen {
    fn event(seen: &mut Self, _: &ExtIdleNotificationV1, event: Event, (): &(), _: &Connection, _: &QueueHandle<Self>) {
        match event {
            Event::Idled => seen.since = Some(Instant::now()),
            Event::Resumed => seen.since = None,
            _ => {}
        }
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for Seen {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as wayland_client::Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Seen: ignore WlSeat);
delegate_noop!(Seen: ExtIdleNotifierV1);

pub(super) fn run(words: &Words, stopped: &UnixStream) -> Result<(), Blind> {
    let connection = Connection::connect_to_env().map_err(server)?;
    watch(&connection, words, stopped)
}

pub(super) fn watch(connection: &Connection, words: &Words, stopped: &UnixStream) -> Result<(), Blind> {
    let (globals, mut queue) = registry_queue_init::<Seen>(connection).map_err(server)?;
    let handle = queue.handle();
    let notifier: ExtIdleNotifierV1 = globals.bind(&handle, 1..=1, ()).map_err(|_| Blind::Missing("ext-idle-notify-v1"))?;
    let seat: WlSeat = globals.bind(&handle, 1..=1, ()).map_err(|_| Blind::Missing("a seat"))?;
    let minute = u32::try_from(IDLE.as_millis()).unwrap_or(u32::MAX);
    let _notification = notifier.get_idle_notification(minute, &seat, &handle, ());
    let mut seen = Seen { since: None };
    while words.idle(seen.idle()) {
        if turn(&mut queue, &mut seen, stopped)? {
            break;
        }
    }
    Ok(())
}

/// Takes in what the compositor says next, or nothing for a while. True when it is to end.
fn turn(queue: &mut EventQueue<Seen>, seen: &mut Seen, stopped: &UnixStream) -> Result<bool, Blind> {
    queue.dispatch_pending(seen).map_err(server)?;
    queue.flush().map_err(server)?;
    let Some(reading) = queue.prepare_read() else {
        return Ok(false);
    };
    let ends = wait(stopped, Some(reading.connection_fd().as_fd()), TELL);
    match reading.read() {
        Ok(_) => {}
        Err(WaylandError::Io(cause)) if cause.kind() == std::io::ErrorKind::WouldBlock => {}
        Err(cause) => return Err(server(cause)),
    }
    queue.dispatch_pending(seen).map_err(server)?;
    Ok(ends)
}

fn server(cause: impl std::fmt::Display) -> Blind {
    Blind::Server(cause.to_string())
}
