//! The holder's half of a transfer.

use std::io;

use bytes::Bytes;
use futures::{AsyncRead, AsyncReadExt};
use iroh_blobs::{
    api::blobs::BlobStatus,
    protocol::{ChunkRangesSeq, GetRequest, Request},
    provider::{StreamPair, events::EventSender, handle_get},
};
use libp2p::Stream;

use super::{GRANT_CAP, shelf::Store, stream::Outgoing};
use crate::{Hash, protocol::Status};

/// A request for ranges of one blob; many thousands of ranges fit.
const REQUEST_CAP: u64 = 16 * 1024;

/// What the asker wrote: under which scope, shown by what, which ranges of which blob.
pub(crate) struct Asked {
    pub(crate) scope: [u8; 32],
    pub(crate) grant: Vec<u8>,
    pub(crate) hash: Hash,
    request: GetRequest,
}

/// Reads the preface and the request to the end of the asker's side.
pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Asked, Status> {
    let malformed = |_: io::Error| Status::Malformed;
    let mut scope = [0; 32];
    from.read_exact(&mut scope).await.map_err(malformed)?;
    let mut len = [0; 2];
    from.read_exact(&mut len).await.map_err(malformed)?;
    let len = usize::from(u16::from_be_bytes(len));
    if len > GRANT_CAP {
        return Err(Status::TooLarge);
    }
    let mut grant = vec![0; len];
    from.read_exact(&mut grant).await.map_err(malformed)?;
    let mut request = Vec::new();
    from.take(REQUEST_CAP + 1).read_to_end(&mut request).await.map_err(malformed)?;
    if request.len() as u64 > REQUEST_CAP {
        return Err(Status::TooLarge);
    }
    let request = one_blob(Bytes::from(request)).await?;
    Ok(Asked { scope, grant, hash: Hash(*request.hash.as_bytes()), request })
}

/// Everything but a get of ranges of one blob is refused here: observe, push, get-many, and a get that reads the blob
/// as a sequence of hashes and so asks for its children.
async fn one_blob(mut request: Bytes) -> Result<GetRequest, Status> {
    let Ok((request, _)) = Request::read_async(&mut request).await else {
        return Err(Status::Malformed);
    };
    let Request::Get(request) = request else {
        return Err(Status::Refused);
    };
    let only_root = ChunkRangesSeq::from_ranges([request.ranges[0].clone()]);
    if request.ranges != only_root || request.ranges.is_empty() {
        return Err(Status::Refused);
    }
    Ok(request)
}

/// Sends what was asked for and is here, after the status.
pub(crate) async fn transfer(store: &Store, asked: Asked, stream: Stream) -> Result<(), Unserved> {
    let here = store.blobs().status(asked.request.hash).await;
    match here {
        Ok(BlobStatus::Complete { .. } | BlobStatus::Partial { .. }) => {}
        Ok(BlobStatus::NotFound) => return Err(Unserved::Status(Status::NotHeld, stream)),
        Err(cause) => {
            tracing::warn!(%cause, "the blob store failed");
            return Err(Unserved::Status(Status::Busy, stream));
        }
    }
    let (_, half) = stream.split();
    let mut to = Outgoing::new(half);
    to.write(&[Status::Ok as u8]).await.map_err(|cause| Unserved::Broken(cause.to_string()))?;
    // The request was read, checked and allowed above, so no event asks again; the reader is at its end.
    let pair = StreamPair::new(0, Bytes::new(), to, EventSender::default());
    let served = handle_get(pair, (**store).clone(), asked.request).await;
    served.map_err(|cause| Unserved::Broken(format!("{cause:#}")))
}

/// Why nothing, or not all, was sent.
pub(crate) enum Unserved {
    /// To be said on the stream.
    Status(Status, Stream),
    /// The stream or the store gave way in the middle.
    Broken(String),
}
