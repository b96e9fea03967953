//! Bytes between two nodes on loopback, and the same bytes between two bare iroh endpoints.
//!
//! Writes milliseconds as JSON into the file named on the command line: `{"one": {"bytes": …, "tcp": …, "quic": …,
//! "iroh": …}, "many": {…}}`. Both sides keep stores on disk; a run ends when every byte is verified and stored.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use iroh::endpoint::presets;
use iroh::protocol::Router;
use iroh::{Endpoint, RelayMode};
use iroh_blobs::store::fs::FsStore;
use iroh_blobs::{BlobsProtocol, HashAndFormat};
use serde_json::{Value, json};
use stoa_p2p::{Config, Fetch, Node, Protocol};
use tempfile::TempDir;
use tokio::sync::watch;

const ONE: (usize, usize) = (1, 1 << 30);
const MANY: (usize, usize) = (1_000, 300_000);
/// Blobs fetched at once, in both.
const AT_ONCE: usize = 4;

fn main() {
    let out = std::env::args().find(|argument| argument.ends_with(".json")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let measured = runtime.block_on(async { json!({ "one": all(ONE).await, "many": all(MANY).await }) });
    std::fs::write(out, measured.to_string()).unwrap();
}

async fn all((count, size): (usize, usize)) -> Value {
    let source = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..count).map(|i| noise(source.path(), i, size)).collect();
    json!({
        "bytes": count * size,
        "tcp": stoa(&files, "/ip4/127.0.0.1/tcp/0").await,
        "quic": stoa(&files, "/ip4/127.0.0.1/udp/0/quic-v1").await,
        "iroh": bare_iroh(&files).await,
    })
}

/// A file of bytes that differ from place to place and from file to file.
fn noise(folder: &Path, number: usize, size: usize) -> PathBuf {
    let path = folder.join(number.to_string());
    let mut file = std::fs::File::create(&path).unwrap();
    let stream = blake3::Hasher::new().update(&number.to_be_bytes()).finalize_xof();
    std::io::copy(&mut std::io::Read::take(stream, size as u64), &mut file).unwrap();
    path
}

struct Peer {
    node: Node,
    asks: Option<stoa_p2p::Asks>,
    _home: TempDir,
}

async fn peer(seed: u8, address: &str) -> Peer {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("blobs");
    let config = Config { secret: [seed; 32], listen: vec![address.to_owned()], lan: false, store };
    let (node, mut events, asks) = stoa_p2p::start(config).await.unwrap();
    tokio::spawn(async move { while events.next().await.is_some() {} });
    Peer { node, asks: Some(asks), _home: home }
}

/// Milliseconds between two of Stoa's nodes.
async fn stoa(files: &[PathBuf], address: &str) -> f64 {
    let (mut giver, taker) = (peer(1, address).await, peer(2, address).await);
    for (one, other) in [(&giver, &taker), (&taker, &giver)] {
        one.node.set_gate(HashMap::from([(other.node.id(), vec![Protocol::Blob])]));
    }
    let mut asks = giver.asks.take().unwrap();
    tokio::spawn(async move {
        while let Some(ask) = asks.next().await {
            ask.answer(true);
        }
    });
    let mut held = Vec::new();
    for (i, file) in files.iter().enumerate() {
        held.push(giver.node.blobs().add_path(file, &format!("held {i}")).await.unwrap());
    }
    taker.node.connect(giver.node.id(), giver.node.addrs()).await.unwrap();
    let began = Instant::now();
    stream::iter(held.into_iter().enumerate())
        .map(|(i, (hash, size))| {
            let name = format!("fetched {i}");
            let fetch = Fetch { from: giver.node.id(), scope: [0; 32], grant: Vec::new(), hash, size, name };
            taker.node.blobs().fetch(fetch, watch::Sender::new(0))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
        .unwrap();
    milliseconds(began)
}

/// Milliseconds between two iroh endpoints with nothing around them.
async fn bare_iroh(files: &[PathBuf]) -> f64 {
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let giver = FsStore::load(homes[0].path()).await.unwrap();
    let taker = FsStore::load(homes[1].path()).await.unwrap();
    let mut held: Vec<HashAndFormat> = Vec::new();
    for file in files {
        held.push(giver.blobs().add_path(file).await.unwrap().hash_and_format());
    }
    let loopback = || {
        let builder = Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled).clear_ip_transports();
        builder.bind_addr("127.0.0.1:0").unwrap().bind()
    };
    let (listening, dialing) = (loopback().await.unwrap(), loopback().await.unwrap());
    let address = listening.addr();
    let router = Router::builder(listening).accept(iroh_blobs::ALPN, BlobsProtocol::new(&giver, None)).spawn();
    let connection = dialing.connect(address, iroh_blobs::ALPN).await.unwrap();
    let began = Instant::now();
    stream::iter(held)
        .map(|content| {
            let (taker, connection) = (taker.clone(), connection.clone());
            async move { taker.remote().fetch(connection, content).await.map(drop) }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
        .unwrap();
    let took = milliseconds(began);
    router.shutdown().await.unwrap();
    dialing.close().await;
    took
}

fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
