//! How long nobody has touched this machine, told to core as long as a node runs in a desktop session.
//!
//! Wayland by ext-idle-notify-v1, X11 by the extension MIT-SCREEN-SAVER. In a Wayland session whose compositor does not speak the
//! former, X11 is not asked: Xwayland sees input of its own windows only. What remains then is what Stoa's window tells.

mod wayland;
mod x11;

#[cfg(test)]
mod tests;

use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use stoa_core::Stoa;
use stoa_core::api::{Command, IdleSource, PresenceActive};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::AbortHandle;

/// How often the session is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Words that wait for core; one that finds no room is followed by the next.
const WAITING: usize = 4;

/// Which session this program runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    Wayland,
    /// The display, as in `DISPLAY`.
    X11(String),
}

impl Session {
    /// From the environment, as desktop programs find it.
    pub fn here() -> Option<Self> {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (set("WAYLAND_DISPLAY"), set("DISPLAY")) {
            (Some(_), _) => Some(Self::Wayland),
            (None, Some(display)) => Some(Self::X11(display)),
            (None, None) => None,
        }
    }
}

/// Why a session tells nothing, or no more.
#[derive(Debug, thiserror::Error)]
enum Blind {
    #[error("the session's server: {0}")]
    Server(String),
    #[error("the session's server does not offer {0}")]
    Missing(&'static str),
    #[error("the thread that looks could not start: {0}")]
    Thread(#[from] std::io::Error),
}

/// Looks until it is dropped.
pub struct Watch {
    telling: AbortHandle,
    // its other end sees that this one is gone
    _stop: UnixStream,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

/// Tells core about input in the session. Failures are logged: then nothing is told, and the window's word remains.
pub fn watch(stoa: &Stoa, session: Session) -> Option<Watch> {
    let (stop, words) = match look(session) {
        Ok(looking) => looking,
        Err(cause) => {
            tracing::warn!(%cause, "idle time of this session is not known");
            return None;
        }
    };
    let telling = tokio::spawn(tell(stoa.clone(), words)).abort_handle();
    Some(Watch { telling, _stop: stop })
}

async fn tell(stoa: Stoa, mut words: mpsc::Receiver<PresenceActive>) {
    while let Some(word) = words.recv().await {
        if let Err(error) = stoa.invoke(Command::PresenceActive(word)).await {
            tracing::debug!(%error, "idle time was not taken");
        }
    }
}

/// A thread of its own: both protocols' libraries block.
fn look(session: Session) -> Result<(UnixStream, mpsc::Receiver<PresenceActive>), Blind> {
    let (stop, stopped) = UnixStream::pair()?;
    let (words, told) = mpsc::channel(WAITING);
    let source = match &session {
        Session::Wayland => IdleSource::Wayland,
        Session::X11(_) => IdleSource::X11,
    };
    let told_of = Words { words, source };
    std::thread::Builder::new().name("idle".to_owned()).spawn(move || {
        let ended = match session {
            Session::Wayland => wayland::run(&told_of, &stopped),
            Session::X11(display) => x11::run(&display, &told_of, &stopped),
        };
        match ended {
            Ok(()) => tracing::debug!("idle time is no longer looked at"),
            Err(cause) => tracing::info!(%cause, "idle time of this session is not known; the window's word remains"),
        }
    })?;
    Ok((stop, told))
}

/// Where a session's thread says what it sees.
struct Words {
    words: mpsc::Sender<PresenceActive>,
    source: IdleSource,
}

impl Words {
    /// Says for how long there was no input; false when nobody listens any more.
    fn idle(&self, time: Duration) -> bool {
        let idle = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        !matches!(self.words.try_send(PresenceActive { idle, source: self.source }), Err(TrySendError::Closed(_)))
    }
}

/// Waits for one of the two, or so long. True when it is to end.
fn wait(stopped: &UnixStream, also: Option<std::os::fd::BorrowedFd<'_>>, longest: Duration) -> bool {
    let mut fds = vec![PollFd::new(stopped, PollFlags::IN)];
    fds.extend(also.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let limit = Timespec::try_from(longest).ok();
    // an interrupted wait is a short one
    let _ = poll(&mut fds, limit.as_ref());
    fds.first().is_some_and(|fd| !fd.revents().is_empty())
}
