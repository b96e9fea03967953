//! One request to a device, and the answer to one of theirs.

use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::Stream;
use tokio::sync::oneshot;

use crate::{
    DeviceId, Error, Protocol,
    links::Links,
    protocol::{read_answer, write_body},
};

/// From asking for a stream to the whole answer, waiting for a slot included.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) async fn request(links: &Links, device: DeviceId, protocol: Protocol, body: &[u8]) -> Result<Vec<u8>, Error> {
    if protocol == Protocol::Blob {
        return Err(Error::Unsupported);
    }
    if body.len() > protocol.cap() {
        return Err(Error::TooLarge);
    }
    let asked = async {
        let (stream, _hold) = links.open(device, protocol).await?;
        exchange(stream, body, protocol.cap()).await
    };
    tokio::time::timeout(LIMIT, asked).await.unwrap_or(Err(Error::TimedOut))
}

/// Writes and reads at once: a refusal comes before the body is read.
async fn exchange(stream: Stream, body: &[u8], cap: usize) -> Result<Vec<u8>, Error> {
    let (mut from, mut to) = stream.split();
    let write = async {
        let written = write_body(&mut to, body).await;
        // Closing says that nothing follows; an error shows on the reading side.
        if written.is_ok() {
            let _ = to.close().await;
        }
        std::future::pending().await
    };
    tokio::select! {
        answer = read_answer(&mut from, cap) => answer,
        never = write => never,
    }
}

/// Answers one request. Dropped, it refuses.
pub struct Reply {
    answer: oneshot::Sender<Option<Vec<u8>>>,
}

impl Reply {
    pub(crate) fn new() -> (Self, oneshot::Receiver<Option<Vec<u8>>>) {
        let (answer, answered) = oneshot::channel();
        (Self { answer }, answered)
    }

    /// Answers with a body of at most [`Protocol::cap`] bytes; a larger one reaches the asker as [`Error::TooLarge`].
    pub fn send(self, body: Vec<u8>) {
        // The asker may have gone; then nobody wants it.
        let _ = self.answer.send(Some(body));
    }

    /// Says no: [`Error::Refused`] at the asker.
    pub fn refuse(self) {
        let _ = self.answer.send(None);
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}
