//! Streams that others open: let in, counted, read within caps and deadlines, answered.
//!
//! Each runs in a task of its own, so there is no accept queue to overflow; what finds no room is
//! refused on its stream.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{AsyncWriteExt, io};
use libp2p::Stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    DeviceId, Protocol, Reply,
    board::Event,
    gate::{Admission, Gate},
    lock,
    protocol::{Status, read_body, read_len, write_body, write_status},
    serving::Serving,
};

/// Streams of others at once, in all and of one device.
const STREAMS: usize = 1024;
const STREAMS_EACH: u32 = 160;
/// Bodies in memory until they are answered, in KiB, in all and of one device.
const BODIES: usize = 128 * 1024;
const BODIES_EACH: usize = 16 * 1024;
/// Refusals being written at once; past that a stream is reset.
const REFUSALS: usize = 1024;
/// Until the whole request is read.
const READ: Duration = Duration::from_secs(15);
/// Until a place in the owner's queue is free.
const QUEUE: Duration = Duration::from_secs(5);
/// Until the owner answers; the asker waits no longer.
const ANSWER: Duration = Duration::from_secs(20);
const WRITE: Duration = Duration::from_secs(20);
const REFUSE: Duration = Duration::from_secs(5);

pub(crate) struct Inbound {
    pub(crate) gate: Arc<Gate>,
    requests: mpsc::Sender<Event>,
    serving: Arc<Serving>,
    devices: Mutex<HashMap<DeviceId, Device>>,
    streams: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

/// What one device uses.
struct Device {
    streams: u32,
    bodies: Arc<Semaphore>,
}

/// Held while a stream of a device runs.
struct Place {
    inbound: Arc<Inbound>,
    device: DeviceId,
    bodies: Arc<Semaphore>,
    _stream: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut devices = lock(&self.inbound.devices);
        if let Some(device) = devices.get_mut(&self.device) {
            device.streams -= 1;
            if device.streams == 0 {
                devices.remove(&self.device);
            }
        }
    }
}

impl Inbound {
    pub(crate) fn new(gate: Arc<Gate>, requests: mpsc::Sender<Event>, serving: Arc<Serving>) -> Self {
        Self {
            gate,
            requests,
            serving,
            devices: Mutex::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            bodies: Arc::new(Semaphore::new(BODIES)),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
        }
    }

    /// Takes a stream; `counted` is held until it ends.
    pub(crate) fn accept(self: Arc<Self>, device: DeviceId, protocol: Protocol, stream: Stream, counted: Arc<()>) {
        let door = match self.gate.admit(device, protocol) {
            Admission::Yes(door) => door,
            Admission::Refused => return self.refuse(stream, Status::Refused, counted),
            Admission::TooMany => return self.refuse(stream, Status::TooMany, counted),
        };
        let Some(place) = self.clone().place(device) else {
            return self.refuse(stream, Status::Busy, counted);
        };
        tokio::spawn(async move {
            if protocol == Protocol::Blob {
                place.inbound.serving.serve(device, stream, door).await;
            } else {
                place.request(protocol, stream, door).await;
            }
            drop((place, counted));
        });
    }

    fn place(self: Arc<Self>, device: DeviceId) -> Option<Place> {
        let stream = self.streams.clone().try_acquire_owned().ok()?;
        let mut devices = lock(&self.devices);
        let entry = devices.entry(device).or_insert_with(|| Device { streams: 0, bodies: Arc::new(Semaphore::new(BODIES_EACH)) });
        if entry.streams >= STREAMS_EACH {
            return None;
        }
        entry.streams += 1;
        let bodies = entry.bodies.clone();
        drop(devices);
        Some(Place { inbound: self, device, bodies, _stream: stream })
    }

    fn refuse(&self, mut stream: Stream, status: Status, counted: Arc<()>) {
        let Ok(permit) = self.refusals.clone().try_acquire_owned() else {
            return;
        };
        tokio::spawn(async move {
            // A peer that does not read its refusal is no loss.
            let _ = timeout(REFUSE, write_status(&mut stream, status)).await;
            drop((permit, counted));
        });
    }
}

impl Place {
    async fn request(&self, protocol: Protocol, mut stream: Stream, door: CancellationToken) {
        let answered = async {
            match self.ask(protocol, &mut stream).await {
                Ok(body) => write(&mut stream, Status::Ok, &body).await,
                Err(status) => write(&mut stream, status, &[]).await,
            }
        };
        tokio::select! {
            biased;
            () = door.cancelled() => {}
            done = answered => {
                if let Err(cause) = done {
                    tracing::debug!(device = %self.device, ?protocol, %cause, "request not answered");
                }
            }
        }
    }

    /// The owner's answer to the request on the stream.
    async fn ask(&self, protocol: Protocol, stream: &mut Stream) -> Result<Vec<u8>, Status> {
        let (body, room) = timeout(READ, self.read(protocol, stream)).await.map_err(|_| Status::Malformed)??;
        let (reply, answered) = Reply::new();
        let event = Event::Request { from: self.device, protocol, body, reply };
        match timeout(QUEUE, self.inbound.requests.send(event)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Status::Refused),
            Err(_) => return Err(Status::Busy),
        }
        let answer = timeout(ANSWER, answered).await;
        drop(room);
        match answer {
            Ok(Ok(Some(body))) if body.len() <= protocol.cap() => Ok(body),
            Ok(Ok(Some(body))) => {
                tracing::warn!(?protocol, bytes = body.len(), "the answer is past the cap");
                Err(Status::TooLarge)
            }
            Ok(Ok(None) | Err(_)) => Err(Status::Refused),
            Err(_) => Err(Status::Busy),
        }
    }

    async fn read(&self, protocol: Protocol, stream: &mut Stream) -> Result<(Vec<u8>, [OwnedSemaphorePermit; 2]), Status> {
        let len = read_len(stream).await.map_err(|_| Status::Malformed)?;
        if len > protocol.cap() {
            return Err(Status::TooLarge);
        }
        let kib = u32::try_from(len.div_ceil(1024)).map_err(|_| Status::TooLarge)?;
        let room = |of: &Arc<Semaphore>| of.clone().acquire_many_owned(kib);
        let own = room(&self.bodies).await.map_err(|_| Status::Busy)?;
        let all = room(&self.inbound.bodies).await.map_err(|_| Status::Busy)?;
        let body = read_body(stream, len).await.map_err(|_| Status::Malformed)?;
        Ok((body, [own, all]))
    }
}

async fn write(stream: &mut Stream, status: Status, body: &[u8]) -> io::Result<()> {
    let written = async {
        if status == Status::Ok {
            stream.write_all(&[status as u8]).await?;
            write_body(stream, body).await?;
            stream.close().await
        } else {
            write_status(stream, status).await
        }
    };
    timeout(WRITE, written).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
