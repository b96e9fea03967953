//! A peer that speaks TCP, noise, yamux and multistream-select, and then any bytes at all.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::{
    Multiaddr, Transport,
    core::{
        Endpoint,
        muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerExt, SubstreamBox},
        transport::{DialOpts, PortUse},
        upgrade::Version,
    },
    identity::Keypair,
    noise, tcp, yamux,
};
use stoa_p2p::DeviceId;
use tokio::task::JoinHandle;

pub struct Raw {
    pub id: DeviceId,
    muxer: Arc<Mutex<StreamMuxerBox>>,
    driver: JoinHandle<String>,
}

pub fn id(seed: u8) -> DeviceId {
    key(seed).public().to_peer_id().try_into().unwrap()
}

fn key(seed: u8) -> Keypair {
    Keypair::ed25519_from_bytes([seed; 32]).unwrap()
}

impl Raw {
    /// Connects as the device of the seed. Streams opened to it are answered with `blob` when they are for blobs.
    pub async fn connect(seed: u8, to: &str, blob: Vec<u8>) -> Self {
        let key = key(seed);
        let mut transport = tcp::tokio::Transport::new(tcp::Config::new())
            .upgrade(Version::V1)
            .authenticate(noise::Config::new(&key).unwrap())
            .multiplex(yamux::Config::default());
        let opts = DialOpts { role: Endpoint::Dialer, port_use: PortUse::Reuse };
        let addr: Multiaddr = to.parse().unwrap();
        let (_, muxer) = transport.dial(addr, opts).unwrap().await.unwrap();
        let muxer = Arc::new(Mutex::new(StreamMuxerBox::new(muxer)));
        let driver = tokio::spawn(drive(muxer.clone(), Arc::new(blob)));
        Self { id: id(seed), muxer, driver }
    }

    /// How the other side ends the connection.
    pub async fn ends(&mut self) -> String {
        (&mut self.driver).await.unwrap()
    }

    /// A stream on which nothing was said.
    pub async fn stream(&self) -> SubstreamBox {
        poll_fn(|cx| self.muxer.lock().unwrap().poll_outbound_unpin(cx)).await.unwrap()
    }

    /// A stream of the protocol.
    pub async fn speaks(&self, protocol: &str) -> SubstreamBox {
        let mut stream = self.stream().await;
        say(&mut stream, "/multistream/1.0.0").await;
        say(&mut stream, protocol).await;
        assert_eq!(hear(&mut stream).await.unwrap(), "/multistream/1.0.0");
        assert_eq!(hear(&mut stream).await.unwrap(), protocol);
        stream
    }

    /// Writes bytes, ends its side, and meanwhile reads whatever comes.
    pub async fn asks(&self, protocol: &str, bytes: &[u8]) -> Vec<u8> {
        let (mut from, mut to) = self.speaks(protocol).await.split();
        let write = async {
            // The other side may already have refused.
            let _ = to.write_all(bytes).await;
            let _ = to.close().await;
            std::future::pending().await
        };
        let read = async {
            let mut answer = Vec::new();
            let _ = from.read_to_end(&mut answer).await;
            answer
        };
        tokio::select! {
            answer = read => answer,
            never = write => never,
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Until the connection ends; returns how.
async fn drive(muxer: Arc<Mutex<StreamMuxerBox>>, blob: Arc<Vec<u8>>) -> String {
    loop {
        let step = poll_fn(|cx| {
            let mut muxer = muxer.lock().unwrap();
            if let Poll::Ready(Err(cause)) = Pin::new(&mut *muxer).poll(cx) {
                return Poll::Ready(Err(cause));
            }
            muxer.poll_inbound_unpin(cx)
        });
        match step.await {
            Ok(stream) => drop(tokio::spawn(lie(stream, blob.clone()))),
            Err(cause) => return format!("{cause:?}"),
        }
    }
}

/// Answers a blob request with the given bytes and knows no other protocol.
async fn lie(mut stream: SubstreamBox, blob: Arc<Vec<u8>>) -> Option<()> {
    let _ = hear(&mut stream).await?;
    say(&mut stream, "/multistream/1.0.0").await;
    while hear(&mut stream).await? != "/stoa/blob/1" {
        say(&mut stream, "na").await;
    }
    say(&mut stream, "/stoa/blob/1").await;
    let mut asked = Vec::new();
    stream.read_to_end(&mut asked).await.ok()?;
    stream.write_all(&blob).await.ok()?;
    stream.close().await.ok()
}

/// One line of multistream-select: its length, itself, a line feed.
async fn say(stream: &mut SubstreamBox, line: &str) {
    let mut bytes = vec![u8::try_from(line.len() + 1).unwrap()];
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    let _ = stream.write_all(&bytes).await;
    let _ = stream.flush().await;
}

async fn hear(stream: &mut SubstreamBox) -> Option<String> {
    let mut len = [0];
    stream.read_exact(&mut len).await.ok()?;
    let mut line = vec![0; usize::from(len[0])];
    stream.read_exact(&mut line).await.ok()?;
    line.pop();
    String::from_utf8(line).ok()
}
