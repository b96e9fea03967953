//! A libp2p stream as iroh-blobs reads and writes it.

use std::{
    future::Future,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use futures::{
    AsyncReadExt, AsyncWriteExt,
    io::{BufReader, BufWriter, ReadHalf, WriteHalf},
};
use iroh::endpoint::VarInt;
use iroh_blobs::util::{RecvStream, SendStream};
use libp2p::Stream;

use crate::{Error, protocol::Status};

/// Small writes (64-byte hash pairs) would each become a frame, encrypted alone.
const BUFFER: usize = 64 * 1024;
/// A stream on which nothing moves this long is given up.
const IDLE: Duration = Duration::from_secs(30);

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(IDLE, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The writing side; [`SendStream::sync`] also closes it, because the holder reads a request to its end.
pub(super) struct Outgoing(BufWriter<WriteHalf<Stream>>);

impl Outgoing {
    pub(super) fn new(half: WriteHalf<Stream>) -> Self {
        Self(BufWriter::with_capacity(BUFFER, half))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.0.write_all(bytes)).await
    }
}

impl SendStream for Outgoing {
    async fn send_bytes(&mut self, bytes: Bytes) -> io::Result<()> {
        self.write(&bytes).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).await
    }

    async fn sync(&mut self) -> io::Result<()> {
        within(self.0.close()).await
    }

    fn reset(&mut self, _: VarInt) -> io::Result<()> {
        Ok(())
    }

    async fn stopped(&mut self) -> io::Result<Option<VarInt>> {
        std::future::pending().await
    }

    fn id(&self) -> u64 {
        0
    }
}

/// The reading side at the asker: a status, the size, then the rest. A size past the promised one ends it.
pub(super) struct Incoming {
    from: BufReader<ReadHalf<Stream>>,
    promised: u64,
    /// The size as far as it was read.
    size: Vec<u8>,
    begun: bool,
    verdict: Verdict,
}

/// Why the stream was ended from this side, told past iroh-blobs, which has no room for it.
#[derive(Clone, Default)]
pub(super) struct Verdict(Arc<OnceLock<Error>>);

impl Verdict {
    fn end(&self, error: Error) -> io::Error {
        // The first reason counts.
        let _ = self.0.set(error);
        io::ErrorKind::ConnectionAborted.into()
    }

    pub(super) fn into_error(self) -> Option<Error> {
        Arc::try_unwrap(self.0).ok().and_then(OnceLock::into_inner)
    }
}

impl Incoming {
    pub(super) fn new(half: ReadHalf<Stream>, promised: u64, verdict: Verdict) -> Self {
        Self { from: BufReader::with_capacity(BUFFER, half), promised, size: Vec::with_capacity(8), begun: false, verdict }
    }

    async fn begin(&mut self) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        let mut status = [0];
        within(self.from.read_exact(&mut status)).await?;
        self.begun = true;
        match Status::from_byte(status[0]) {
            Some(Status::Ok) => Ok(()),
            Some(status) => Err(self.verdict.end(Error::from_status(status))),
            None => Err(self.verdict.end(Error::Malformed)),
        }
    }

    fn check_size(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.size.len() == 8 {
            return Ok(());
        }
        let missing = (8 - self.size.len()).min(bytes.len());
        self.size.extend_from_slice(&bytes[..missing]);
        match <[u8; 8]>::try_from(self.size.as_slice()) {
            Ok(size) if u64::from_le_bytes(size) > self.promised => Err(self.verdict.end(Error::TooLarge)),
            _ => Ok(()),
        }
    }
}

impl RecvStream for Incoming {
    async fn recv_bytes(&mut self, len: usize) -> io::Result<Bytes> {
        self.begin().await?;
        let mut bytes = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match within(self.from.read(&mut bytes[filled..])).await? {
                0 => break,
                more => filled += more,
            }
        }
        bytes.truncate(filled);
        self.check_size(&bytes)?;
        Ok(bytes.into())
    }

    async fn recv_bytes_exact(&mut self, len: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; len];
        self.recv_exact(&mut bytes).await?;
        Ok(bytes.into())
    }

    async fn recv_exact(&mut self, target: &mut [u8]) -> io::Result<()> {
        self.begin().await?;
        within(self.from.read_exact(target)).await?;
        self.check_size(target)
    }

    fn stop(&mut self, _: VarInt) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> u64 {
        0
    }
}
