//! The phone's door: a page on the LAN where a phone makes the owner's picture. Opened on demand, for half an hour.
//!
//! Whoever scans the code of `phone.open` gets in once and stays until the door closes; see ARCHITECTURE.md for what travels.

mod channel;
mod desk;
mod door;
mod ends;
mod lan;
mod limit;
mod pass;
mod scope;
#[cfg(test)]
mod tests;
mod visit;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_core::Stoa;
use stoa_core::api::{Code, Error, Result, Time};
use tokio::sync::Mutex;

use crate::page::upload;
use door::Door;
pub use pass::Link;

/// How long a door stays open unless told, and at most.
const MINUTES: u32 = 30;
const MOST_MINUTES: u32 = 240;

/// How the names of the door's verbs begin.
pub const VERBS: &str = "phone.";

/// What a face asks of the door.
#[derive(Deserialize)]
#[serde(tag = "verb", content = "args")]
pub enum Asked {
    #[serde(rename = "phone.open")]
    Open(Open),
    #[serde(rename = "phone.show")]
    Show {},
    #[serde(rename = "phone.close")]
    Close {},
}

/// Opens the door, or begins its time anew, and makes a link for one phone. The link before it is void.
#[derive(Default, Serialize, Deserialize)]
pub struct Open {
    /// A private address of this machine, with a port or without; the likeliest one unless told.
    pub at: Option<String>,
    /// 1 to 240; 30 unless told.
    pub minutes: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Works once, for ten minutes.
    pub url: String,
    /// Which link it is.
    pub code: String,
    pub until: Time,
    /// Where it is open, without the port.
    pub address: String,
    /// Where it could be, the likeliest first; `address` among them.
    pub addresses: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Shown {
    /// None while the door is closed.
    pub open: Option<State>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    pub until: Time,
    pub address: String,
    /// Phones inside.
    pub phones: usize,
    /// The newest link, and what became of it.
    pub code: String,
    pub link: Link,
}

/// The door, open or closed.
pub struct Phone {
    stoa: Stoa,
    uploads: PathBuf,
    door: Mutex<Option<Door>>,
}

impl Phone {
    /// Closed. `home`: where files that a phone sends are kept until they are read.
    pub fn new(stoa: Stoa, home: &Path) -> Self {
        Self { stoa, uploads: home.join("uploads"), door: Mutex::new(None) }
    }

    /// Runs one of its verbs.
    ///
    /// # Errors
    /// Those of the verb.
    pub async fn answer(&self, asked: Asked) -> Result<Value> {
        let answer = match asked {
            Asked::Open(open) => serde_json::to_value(self.open(open).await?),
            Asked::Show {} => serde_json::to_value(self.show().await),
            Asked::Close {} => {
                self.close().await;
                Ok(serde_json::json!({}))
            }
        };
        answer.map_err(|error| Error::new(Code::Internal, error.to_string()))
    }

    /// # Errors
    /// `not_found` when this machine is in no private network; `bad_request` for an address that is not private, not this machine's
    /// or taken, and for minutes out of range.
    pub async fn open(&self, Open { at, minutes }: Open) -> Result<Opened> {
        let minutes = minutes.unwrap_or(MINUTES);
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(Error::new(Code::BadRequest, format!("a door stays open for 1 to {MOST_MINUTES} minutes")));
        }
        let at = at.as_deref().map(address).transpose()?;
        let mut current = self.door.lock().await;
        let fits = |door: &Door| door.is_open() && lan::is_here(door.address().ip()) && at.is_none_or(|at| is_at(door, at));
        if let Some(door) = current.as_ref().filter(|door| fits(door)) {
            door.keep_open(minutes);
            return Ok(told(door));
        }
        // the one that stands goes when the next one is there
        let next = self.next(at, minutes).await?;
        let opened = told(&next);
        let before = current.replace(next);
        drop(current);
        if let Some(before) = before {
            before.close().await;
        }
        Ok(opened)
    }

    async fn next(&self, at: Option<SocketAddr>, minutes: u32) -> Result<Door> {
        let alone = || {
            Error::new(
                Code::NotFound,
                "this computer has no address in a private network; name one with --at, as 192.168.1.5, if there is one",
            )
        };
        let first = || lan::addresses().first().map(|ip| SocketAddr::from((*ip, 0)));
        let at = at.or_else(first).ok_or_else(alone)?;
        crate::home::make_private_dir(&self.uploads)?;
        let uploads = upload::fresh_dir(&self.uploads.canonicalize()?)?;
        let opened = Door::open(self.stoa.clone(), uploads.clone(), at, minutes).await;
        if opened.is_err() {
            let _ = tokio::fs::remove_dir(&uploads).await;
        }
        opened
    }

    pub async fn show(&self) -> Shown {
        let place = self.door.lock().await;
        let open = place.as_ref().filter(|door| door.is_open()).map(|door| {
            let (code, link) = door.newest();
            State { until: door.until(), address: door.address().ip().to_string(), phones: door.phones(), code, link }
        });
        Shown { open }
    }

    /// Closes the door; phones inside hear it.
    pub async fn close(&self) {
        let door = self.door.lock().await.take();
        if let Some(door) = door {
            door.close().await;
        }
    }
}

/// A link for one phone, and where it leads.
fn told(door: &Door) -> Opened {
    let url = door.invite();
    let address = door.address().ip().to_string();
    let mut addresses: Vec<_> = lan::addresses().iter().map(ToString::to_string).collect();
    if !addresses.contains(&address) {
        addresses.insert(0, address.clone());
    }
    Opened { url, code: door.newest().0, until: door.until(), address, addresses }
}

/// Of text as `192.168.1.5` or `192.168.1.5:8080`.
fn address(text: &str) -> Result<SocketAddr> {
    let address = text.parse().or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::from((ip, 0))));
    match address {
        Ok(address) if lan::is_private(address.ip()) => Ok(address),
        Ok(_) => Err(Error::new(
            Code::BadRequest,
            format!("{text} is no address of a private network; a phone is let in from such a one only"),
        )),
        Err(_) => {
            Err(Error::new(Code::BadRequest, format!("{text:?} is no address; one looks like 192.168.1.5 or 192.168.1.5:8080")))
        }
    }
}

fn is_at(door: &Door, at: SocketAddr) -> bool {
    door.address().ip() == at.ip() && (at.port() == 0 || door.address().port() == at.port())
}
