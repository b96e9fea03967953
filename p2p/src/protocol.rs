//! The protocols, their caps, and how one request and its answer lie on a stream.
//!
//! A request takes one stream of its own: `length: u32 big endian, body`. The answer is
//! `status: u8`, and after [`Status::Ok`] again `length, body`. The status comes first because a
//! libp2p stream carries no reset code. A refusal may arrive before the request is written out.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use serde::{Deserialize, Serialize};

use crate::Error;

/// What a stream is for. Names carry versions: a change of the bytes is a new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// `/stoa/pair/1`: the only one open to strangers, at a limited rate. 64 KiB.
    Pair,
    /// `/stoa/sync/1`: logs, registers and manifests. 1 MiB.
    Sync,
    /// `/stoa/live/1`: state that is never stored. 16 KiB.
    Live,
    /// `/stoa/card/1`: what a catalog said about a product, for links both sides have. 512 KiB.
    Card,
    /// `/stoa/look/1`: signed manifests of how people look. 512 KiB.
    Look,
    /// `/stoa/blob/1`: blobs, by [`crate::Blobs::fetch`]; not for [`crate::Node::request`].
    Blob,
}

impl Protocol {
    pub(crate) const ALL: [Protocol; 6] = [Self::Pair, Self::Sync, Self::Live, Self::Card, Self::Look, Self::Blob];

    /// The name spoken when a stream is opened.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pair => "/stoa/pair/1",
            Self::Sync => "/stoa/sync/1",
            Self::Live => "/stoa/live/1",
            Self::Card => "/stoa/card/1",
            Self::Look => "/stoa/look/1",
            Self::Blob => "/stoa/blob/1",
        }
    }

    /// The most bytes one request body, or one answer body, may have.
    pub const fn cap(self) -> usize {
        match self {
            Self::Pair => 64 * 1024,
            Self::Sync => 1024 * 1024,
            Self::Live => 16 * 1024,
            Self::Card | Self::Look => 512 * 1024,
            Self::Blob => 0,
        }
    }
}

impl AsRef<str> for Protocol {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

/// The first byte of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    Ok = 0,
    Refused = 1,
    TooMany = 2,
    TooLarge = 3,
    Busy = 4,
    Malformed = 5,
    NotHeld = 6,
}

impl Status {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ok, Self::Refused, Self::TooMany, Self::TooLarge, Self::Busy, Self::Malformed, Self::NotHeld]
            .into_iter()
            .find(|status| *status as u8 == byte)
    }
}

pub(crate) async fn write_body(to: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> io::Result<()> {
    let len = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    to.write_all(&len.to_be_bytes()).await?;
    to.write_all(body).await?;
    to.flush().await
}

pub(crate) async fn read_len(from: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
    let mut len = [0; 4];
    from.read_exact(&mut len).await?;
    Ok(u32::from_be_bytes(len) as usize)
}

/// Reads a body whose length was already checked against a cap.
pub(crate) async fn read_body(from: &mut (impl AsyncRead + Unpin), len: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; len];
    from.read_exact(&mut body).await?;
    Ok(body)
}

/// Writes a status without a body and closes the writing side.
pub(crate) async fn write_status(to: &mut (impl AsyncWrite + Unpin), status: Status) -> io::Result<()> {
    to.write_all(&[status as u8]).await?;
    to.close().await
}

pub(crate) async fn read_answer(from: &mut (impl AsyncRead + Unpin), cap: usize) -> Result<Vec<u8>, Error> {
    let mut status = [0];
    from.read_exact(&mut status).await?;
    match Status::from_byte(status[0]) {
        Some(Status::Ok) => {
            let len = read_len(from).await?;
            if len > cap {
                return Err(Error::TooLarge);
            }
            Ok(read_body(from, len).await?)
        }
        Some(status) => Err(Error::from_status(status)),
        None => Err(Error::Malformed),
    }
}
