//! A node: core on its home, with everything around it, from start to a clean end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use stoa_core::api::{Error, Result};
use stoa_core::{Config, Stoa};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::control::{self, Surroundings};
use crate::home::Home;
use crate::idle;
use crate::key::{self, Unlock};
use crate::page::upload;
use crate::phone::Phone;
use crate::web::{self, Bridge};

/// How a node runs.
pub struct Options {
    pub home: PathBuf,
    pub unlock: Unlock,
    /// Multiaddrs to listen on; core's own choice when empty.
    pub listen: Vec<String>,
    /// Announce this node on the LAN and look for others.
    pub lan: bool,
    /// Serve browsers on this loopback address.
    pub web: Option<SocketAddr>,
    /// The program whose `main` begins with `stoa_media::run_child_if_asked()`.
    pub media_program: PathBuf,
}

/// A running node. `stop` it: dropping leaves the end to chance.
pub struct Running {
    stoa: Stoa,
    control: control::Server,
    bridge: Option<Bridge>,
    phone: Arc<Phone>,
    stop: CancellationToken,
    tidying: AbortHandle,
    idle: Mutex<Option<idle::Watch>>,
    // Last, so that the next node enters when everything else is gone.
    home: Home,
}

/// Opens the home and starts the node.
///
/// # Errors
/// `home_in_use`, `home_locked`, `bad_request` for an address that cannot be used, and those of core.
pub async fn run(options: Options) -> Result<Running> {
    if let Some(address) = options.web {
        web::check_loopback(address)?;
    }
    let home = Home::take(&options.home)?;
    let key = {
        let (dir, unlock) = (home.dir().to_owned(), options.unlock);
        tokio::task::spawn_blocking(move || key::open(&dir, &unlock))
            .await
            .map_err(|error| Error::new(stoa_core::api::Code::Internal, error.to_string()))??
    };
    let stoa = Stoa::open(Config {
        home: home.dir().to_owned(),
        key: *key,
        listen: options.listen,
        lan: options.lan,
        media_program: options.media_program,
    })
    .await?;
    let phone = Arc::new(Phone::new(stoa.clone(), home.dir()));
    match surround(&stoa, &phone, &home, options.web).await {
        Ok((control, bridge, stop)) => {
            let tidying = tokio::spawn(upload::tidy(home.dir().to_owned())).abort_handle();
            let idle = Mutex::new(idle::Session::here().and_then(|session| idle::watch(&stoa, session)));
            Ok(Running { stoa, control, bridge, phone, stop, tidying, idle, home })
        }
        Err(error) => {
            stoa.close().await;
            Err(error)
        }
    }
}

async fn surround(
    stoa: &Stoa,
    phone: &Arc<Phone>,
    home: &Home,
    web: Option<SocketAddr>,
) -> Result<(control::Server, Option<Bridge>, CancellationToken)> {
    let stop = CancellationToken::new();
    let bridge = match web {
        Some(address) => Some(Bridge::open(stoa.clone(), phone.clone(), home.dir(), address).await?),
        None => None,
    };
    let invitations = bridge.as_ref().map(Bridge::invitations);
    let around = Surroundings { stoa: stoa.clone(), phone: phone.clone(), invitations, stop: stop.clone() };
    match control::Server::open(home.dir(), around) {
        Ok(control) => Ok((control, bridge, stop)),
        Err(error) => {
            if let Some(bridge) = bridge {
                bridge.close().await;
            }
            Err(error)
        }
    }
}

impl Running {
    pub fn stoa(&self) -> &Stoa {
        &self.stoa
    }

    pub fn phone(&self) -> &Phone {
        &self.phone
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// A fresh one-time address for a browser on this machine.
    pub fn web_address(&self) -> Option<String> {
        self.bridge.as_ref().map(|bridge| bridge.invitations().invite())
    }

    /// Cancelled when somebody asked the node to stop over the control socket.
    pub fn stop_asked(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Returns on SIGTERM, SIGINT or `node.stop`.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub async fn until_stopped(&self) -> Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = self.stop.cancelled() => {}
        }
        Ok(())
    }

    /// Ends the faces first, then core. The home is free when this is dropped.
    pub async fn stop(&self) {
        self.tidying.abort();
        drop(self.idle.lock().await.take());
        self.control.close().await;
        if let Some(bridge) = &self.bridge {
            bridge.close().await;
        }
        self.phone.close().await;
        self.stoa.clone().close().await;
    }
}
