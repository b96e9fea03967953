//! Idle time of an X11 session: milliseconds since the last input, by MIT-SCREEN-SAVER.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::screensaver::{self, ConnectionExt};
use x11rb::protocol::xproto::Window;
use x11rb::rust_connection::RustConnection;

use super::{Blind, LOOK, Words, wait};

pub(super) struct Session {
    connection: RustConnection,
    root: Window,
}

impl Session {
    pub(super) fn open(display: &str) -> Result<Self, Blind> {
        let (connection, screen) = RustConnection::connect(Some(display)).map_err(server)?;
        let root = connection.setup().roots.get(screen).ok_or(Blind::Missing("a screen"))?.root;
        if connection.extension_information(screensaver::X11_EXTENSION_NAME).map_err(server)?.is_none() {
            return Err(Blind::Missing("MIT-SCREEN-SAVER"));
        }
        Ok(Self { connection, root })
    }

    pub(super) fn idle(&self) -> Result<Duration, Blind> {
        let asked = self.connection.screensaver_query_info(self.root).map_err(server)?;
        let info = asked.reply().map_err(server)?;
        Ok(Duration::from_millis(u64::from(info.ms_since_user_input)))
    }
}

fn server(cause: impl std::fmt::Display) -> Blind {
    Blind::Server(cause.to_string())
}

pub(super) fn run(display: &str, words: &Words, stopped: &UnixStream) -> Result<(), Blind> {
    let session = Session::open(display)?;
    while words.idle(session.idle()?) {
        if wait(stopped, None, LOOK) {
            break;
        }
    }
    Ok(())
}
