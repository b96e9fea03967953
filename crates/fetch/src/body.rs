//! Bodies, capped while they stream in and again while they are unpacked.

use std::io::Write;

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use futures::StreamExt;
use reqwest::header::{CONTENT_ENCODING, HeaderValue};

use crate::{Error, Response, content_type, etag, failure};

pub(crate) async fn read(answer: reqwest::Response, cap: u64) -> Result<Response, Error> {
    let (status, etag, content_type) = (answer.status().as_u16(), etag(&answer), content_type(&answer));
    let headers = answer.headers().clone();
    let packed = match answer.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => {
            return Err(Error::Invalid("an encoding that was not asked for".to_owned()));
        }
    };
    if answer.content_length().is_some_and(|length| length > cap) {
        return Err(Error::TooLarge(cap));
    }
    let body = if packed { unpack(answer, cap).await? } else { collect(answer, cap).await? };
    Ok(Response { status, etag, content_type, body, headers })
}

async fn collect(answer: reqwest::Response, cap: u64) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    let mut stream = answer.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| failure(&error))?;
        if (body.len() + piece.len()) as u64 > cap {
            return Err(Error::TooLarge(cap));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

async fn unpack(answer: reqwest::Response, cap: u64) -> Result<Bytes, Error> {
    let mut unpacker = MultiGzDecoder::new(Capped { body: Vec::new(), cap, full: false });
    let mut packed = 0u64;
    let mut stream = answer.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| failure(&error))?;
        packed += piece.len() as u64;
        // Empty blocks unpack to nothing for ever, so what arrives is capped as well.
        if packed > cap.saturating_add(1024) {
            return Err(Error::TooLarge(cap));
        }
        if let Err(error) = unpacker.write_all(&piece) {
            return Err(gzip_error(&error, unpacker.get_ref(), cap));
        }
    }
    match unpacker.try_finish() {
        Ok(()) => Ok(std::mem::take(&mut unpacker.get_mut().body).into()),
        Err(error) => Err(gzip_error(&error, unpacker.get_ref(), cap)),
    }
}

fn gzip_error(error: &std::io::Error, taken: &Capped, cap: u64) -> Error {
    if taken.full { Error::TooLarge(cap) } else { Error::Invalid(format!("gzip: {error}")) }
}

struct Capped {
    body: Vec<u8>,
    cap: u64,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if (self.body.len() + piece.len()) as u64 > self.cap {
            self.full = true;
            return Err(std::io::Error::other("cap"));
        }
        self.body.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
