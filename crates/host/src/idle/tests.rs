//! Against a real X server, with input that it takes for a person's.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stoa_core::api::IdleSource;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::{Session, look, x11};

/// An X server on a display of its own choice.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn open() -> Self {
        let args = ["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", "320x240x24"];
        let spawned = Command::new("Xvfb").args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut server = spawned.expect("Xvfb, which scripts/setup.sh installs");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, name: format!(":{}", number.trim()) }
    }

    fn moves_the_mouse(&self) {
        let (connection, screen) = RustConnection::connect(Some(&self.name)).unwrap();
        let root = connection.setup().roots[screen].root;
        connection.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, root, 11, 12, 0).unwrap().check().unwrap();
        connection.get_input_focus().unwrap().reply().unwrap();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn x11_tells_how_long_ago_the_last_input_was() {
    let display = Display::open();
    let session = x11::Session::open(&display.name).unwrap();
    let before = Instant::now();
    while session.idle().unwrap() < Duration::from_millis(300) {
        assert!(before.elapsed() < Duration::from_secs(60), "idle time never grew");
        std::thread::yield_now();
    }
    let moved = Instant::now();
    display.moves_the_mouse();
    let idle = session.idle().unwrap();
    assert!(idle <= moved.elapsed() + Duration::from_millis(50), "{idle:?}");
}

#[test]
fn what_is_seen_is_said_until_nobody_listens() {
    let display = Display::open();
    display.moves_the_mouse();
    let (stop, mut words) = look(Session::X11(display.name.clone())).unwrap();
    let word = words.blocking_recv().unwrap();
    assert_eq!((word.source, word.idle < 60), (IdleSource::X11, true));
    drop(stop);
    // the thread ends, and with it the words
    while words.blocking_recv().is_some() {}
}

#[test]
fn a_session_that_is_not_there_says_nothing() {
    let (_stop, mut words) = look(Session::X11(":4095".to_owned())).unwrap();
    assert!(words.blocking_recv().is_none());
}

/// A compositor that knows seats and no idle notification, or hangs up: neither is waited for.
#[test]
fn a_compositor_without_the_protocol_ends_the_look() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let connection = wayland_client::Connection::from_socket(ours).unwrap();
    let (words, _told) = tokio::sync::mpsc::channel(1);
    let words = super::Words { words, source: IdleSource::Wayland };
    let (_stop, stopped) = UnixStream::pair().unwrap();
    assert!(super::wayland::watch(&connection, &words, &stopped).is_err());
}
