//! Request bodies: capped, at a minimum rate, small ones in memory and feeds in a file without a name.

use std::fs::File;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::answers::Refusal;

/// A product, patch, list or rule as JSON.
pub(super) const JSON_CAP: u64 = 64 * 1024;
/// The linter's own caps are smaller.
pub(super) const LAYOUT_CAP: u64 = 256 * 1024;
pub(super) const PHOTO_CAP: u64 = 16 * 1024 * 1024;
pub(super) const FEED_CAP: u64 = 64 * 1024 * 1024;
/// What a body gets before its rate is judged, and the bytes it must have brought for every second after that.
const GRACE: Duration = Duration::from_secs(10);
const SLOWEST_RATE: u64 = 8 * 1024;

/// A body that may arrive: what it says of its size is within the cap, and it comes fast enough.
struct Arriving {
    stream: axum::body::BodyDataStream,
    cap: u64,
    began: Instant,
    received: u64,
}

impl Arriving {
    fn new(headers: &HeaderMap, body: Body, cap: u64) -> Result<Self, Refusal> {
        let said = headers.get(CONTENT_LENGTH).and_then(|said| said.to_str().ok()?.parse::<u64>().ok());
        if said.is_some_and(|said| said > cap) {
            return Err(too_large(cap));
        }
        Ok(Self { stream: body.into_data_stream(), cap, began: Instant::now(), received: 0 })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let due = self.began + GRACE + Duration::from_secs(self.received / SLOWEST_RATE);
        let arrived = tokio::time::timeout_at(due, self.stream.next()).await;
        let Some(bytes) = arrived.map_err(|_| too_slow())? else {
            return Ok(None);
        };
        let bytes = bytes.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "cut_off", "the body ended before its time"))?;
        self.received += bytes.len() as u64;
        if self.received > self.cap { Err(too_large(self.cap)) } else { Ok(Some(bytes)) }
    }
}

/// The whole body, at most `cap` bytes.
pub(super) async fn read(headers: &HeaderMap, body: Body, cap: u64) -> Result<Vec<u8>, Refusal> {
    let mut arriving = Arriving::new(headers, body, cap)?;
    let mut whole = Vec::new();
    while let Some(bytes) = arriving.next().await? {
        whole.extend_from_slice(&bytes);
    }
    Ok(whole)
}

/// The whole body in a temporary file that has no name, so that slow senders hold no memory. The file stands at its end.
pub(super) async fn spool(headers: &HeaderMap, body: Body, cap: u64) -> Result<File, Refusal> {
    let mut arriving = Arriving::new(headers, body, cap)?;
    let no_room = |error: std::io::Error| {
        tracing::warn!(%error, "an upload could not be kept");
        Refusal::busy("there is no room for this upload at the moment")
    };
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(|_| Refusal::internal())?.map_err(no_room)?;
    let mut file = tokio::fs::File::from_std(file);
    while let Some(bytes) = arriving.next().await? {
        file.write_all(&bytes).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    Ok(file.into_std().await)
}

fn too_large(cap: u64) -> Refusal {
    let most = if cap >= 1024 * 1024 { format!("{} MiB", cap / 1024 / 1024) } else { format!("{} KiB", cap / 1024) };
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("this body may have at most {most}"))
}

fn too_slow() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body came too slowly; send it again")
}

/// A JSON body of at most [`JSON_CAP`]. Not JSON: 400; JSON of another shape: 422.
pub(super) struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let media = media_type(&parts.headers);
        if !media.as_deref().is_some_and(|media| media == "application/json" || media.ends_with("+json")) {
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "send content-type: application/json"));
        }
        let bytes = read(&parts.headers, body, JSON_CAP).await?;
        from_json(&bytes).map(Self)
    }
}

pub(super) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refusal::invalid(error.to_string()),
        _ => Refusal::new(StatusCode::BAD_REQUEST, "bad_json", error.to_string()),
    })
}

/// Without its parameters, in lower case.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}
