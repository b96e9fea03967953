//! Pictures, sounds and videos for the page; originals and feeds to be saved.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use stoa_core::Stoa;
use stoa_core::api::{Answer, Code, Command, Error, FeedFormat, MediaGet, Result, SellerExport, ShareSave};
use tokio_util::io::ReaderStream;

use super::{Failure, Web};
use crate::page::upload;

/// What a page may show or play.
const TYPES: [&str; 7] = ["image/webp", "image/png", "image/jpeg", "audio/ogg", "audio/mpeg", "audio/wav", "video/webm"];

async fn picture(stoa: &Stoa, id: String) -> Result<(&'static str, Vec<u8>)> {
    let Answer::MediaGet(media) = stoa.invoke(Command::MediaGet(MediaGet { id })).await? else {
        return Err(Error::new(Code::Internal, "media.get answered something else"));
    };
    decode(&media)
}

/// The type and bytes of an answer to `media.get`. Only what it promises reaches a page.
///
/// # Errors
/// `internal` when it is none of these.
pub fn decode(media: &stoa_core::api::Media) -> Result<(&'static str, Vec<u8>)> {
    let mime = TYPES.into_iter().find(|known| *known == media.mime);
    let (Some(mime), Ok(bytes)) = (mime, STANDARD.decode(&media.base64)) else {
        return Err(Error::new(Code::Internal, "media.get answered no picture, sound or video"));
    };
    Ok((mime, bytes))
}

pub(super) async fn show(State(web): State<Arc<Web>>, Path(id): Path<String>) -> Result<Response, Failure> {
    let (mime, bytes) = picture(&web.stoa, id).await?;
    let headers = [
        (CONTENT_TYPE, mime),
        // An id stands for the same bytes for ever.
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ];
    Ok((headers, bytes).into_response())
}

/// Saves the picture into a folder of its own, sends it, and removes it: an open file outlives its name.
pub(super) async fn original(
    State(web): State<Arc<Web>>,
    Path((share, index)): Path<(String, u32)>,
) -> Result<Response, Failure> {
    let dir = upload::fresh_dir(&web.downloads)?;
    let save = ShareSave { share, only: vec![index], into: dir.to_string_lossy().into_owned() };
    let opened = open_saved(&web.stoa, save).await;
    remove(&dir).await;
    let (file, name) = opened?;
    download(file, &name).await
}

/// A shop's products as a feed, by way of a folder of its own.
pub(super) async fn feed(
    State(web): State<Arc<Web>>,
    query: std::result::Result<Query<Feed>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(Feed { url, format }) = query.map_err(|error| Error::new(Code::BadRequest, error.body_text()))?;
    let dir = upload::fresh_dir(&web.downloads)?;
    let ending = match format {
        FeedFormat::Csv => "csv",
        FeedFormat::Tsv => "tsv",
        FeedFormat::Xml => "xml",
        FeedFormat::JsonLd => "jsonld",
    };
    let path = dir.join(format!("products.{ending}"));
    let export = SellerExport { url, format, path: path.to_string_lossy().into_owned() };
    let written = web.stoa.invoke(Command::SellerExport(export)).await;
    let opened = match written {
        Ok(_) => tokio::fs::File::open(&path).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    remove(&dir).await;
    download(opened?, &format!("products.{ending}")).await
}

#[derive(Deserialize)]
pub(super) struct Feed {
    url: String,
    format: FeedFormat,
}

async fn remove(dir: &std::path::Path) {
    if let Err(error) = tokio::fs::remove_dir_all(dir).await {
        tracing::warn!(%error, "a copy stays behind until it is swept");
    }
}

async fn download(file: tokio::fs::File, name: &str) -> Result<Response, Failure> {
    let length = file.metadata().await.map_err(Error::from)?.len();
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(&upload::tame(name)));
    let mut response = Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}

async fn open_saved(stoa: &Stoa, save: ShareSave) -> Result<(tokio::fs::File, String)> {
    let answer = stoa.invoke(Command::ShareSave(save)).await?;
    let Answer::ShareSave(saved) = answer else {
        return Err(Error::new(Code::Internal, "share.save answered something else"));
    };
    let Some(path) = saved.files.first().map(std::path::PathBuf::from) else {
        return Err(Error::new(Code::NotFound, "this picture is not here yet"));
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((tokio::fs::File::open(&path).await?, name))
}

/// RFC 8187: everything but letters, digits and a few marks as %XX.
fn percent(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
