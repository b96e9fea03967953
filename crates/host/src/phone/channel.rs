//! One phone's WebSocket, sealed: Noise revision 34, `NNpsk0` with the key of a pass.
//!
//! Texts are split into as many messages as they need; see ARCHITECTURE.md for the form of each.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use snow::TransportState;
use stoa_core::api::{Code, Error, Result};
use tokio::time::timeout;

use super::pass::{Key, NAME, Name};

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";
const PROLOGUE: &[u8] = b"stoa phone 1";
/// Bytes of a Noise message, and of its tag.
pub const MESSAGE_CAP: usize = 65_535;
const TAG: usize = 16;
/// Bytes of one text from a phone: a command, and the largest holds a recipe.
const TEXT_CAP: usize = 64 * 1024;
/// For the handshake; and for a phone to take one message.
const PATIENCE: Duration = Duration::from_secs(10);
const SLOWEST: Duration = Duration::from_secs(30);

const MORE: u8 = 0;
const END: u8 = 1;
const PART: u8 = 2;

pub struct Channel {
    socket: WebSocket,
    noise: TransportState,
    /// A text that has not ended.
    text: Vec<u8>,
}

/// What came from a phone.
pub enum Frame {
    Text(String),
    /// Of an upload, by its id.
    Part(u32, Bytes),
    /// It is still there.
    Alive,
}

impl Channel {
    /// The handshake with whoever came. Only who holds the key of the pass gets an answer that fits; that they do is known with the
    /// first frame.
    ///
    /// # Errors
    /// `refused` for a pass that is not known or not fitting; `peer_unreachable` when nothing more comes within 10 s.
    pub async fn handshake(socket: &mut WebSocket, key: impl Fn(Name) -> Option<Key>) -> Result<(TransportState, Name)> {
        let Ok(Some(Ok(Message::Binary(first)))) = timeout(PATIENCE, socket.recv()).await else { return Err(gone()) };
        let Some((name, message)) = first.split_first_chunk::<NAME>() else { return Err(stranger()) };
        let key = key(*name).ok_or_else(stranger)?;
        let mut noise = responder(&key).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let mut buffer = [0; 256];
        noise.read_message(message, &mut buffer).map_err(|_| stranger())?;
        let size = noise.write_message(&[], &mut buffer).map_err(|_| stranger())?;
        let answer = Bytes::copy_from_slice(&buffer[..size]);
        put(socket, Message::Binary(answer)).await?;
        Ok((noise.into_transport_mode().map_err(|_| stranger())?, *name))
    }

    pub fn new(socket: WebSocket, noise: TransportState) -> Self {
        Self { socket, noise, text: Vec::new() }
    }

    /// The next frame; what was read of one is kept when this is dropped half way.
    ///
    /// # Errors
    /// `peer_unreachable` when the phone is gone; `refused` for what was not sealed for this place in the stream; `too_large` and
    /// `bad_request` for what is no frame.
    pub async fn next(&mut self) -> Result<Frame> {
        loop {
            match self.socket.recv().await {
                Some(Ok(Message::Binary(sealed))) => {
                    if let Some(frame) = self.open(&sealed)? {
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Pong(_))) => return Ok(Frame::Alive),
                // no browser sends pings, and each would be answered
                Some(Ok(Message::Ping(_) | Message::Text(_))) => return Err(no_frame()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(gone()),
            }
        }
    }

    fn open(&mut self, sealed: &[u8]) -> Result<Option<Frame>> {
        let mut plain = vec![0; sealed.len()];
        let size = self.noise.read_message(sealed, &mut plain).map_err(|_| stranger())?;
        plain.truncate(size);
        let mut plain = Bytes::from(plain);
        if plain.is_empty() {
            return Err(no_frame());
        }
        let kind = plain.split_to(1)[0];
        match kind {
            MORE | END => {
                if self.text.len() + plain.len() > TEXT_CAP {
                    return Err(Error::new(Code::TooLarge, format!("a command holds at most {TEXT_CAP} bytes")));
                }
                self.text.extend_from_slice(&plain);
                if kind == MORE {
                    return Ok(None);
                }
                let text = String::from_utf8(std::mem::take(&mut self.text)).map_err(|_| no_frame())?;
                Ok(Some(Frame::Text(text)))
            }
            PART => {
                let (id, _) = plain.split_first_chunk().ok_or_else(no_frame)?;
                let id = u32::from_be_bytes(*id);
                Ok(Some(Frame::Part(id, plain.slice(4..))))
            }
            _ => Err(no_frame()),
        }
    }

    /// # Errors
    /// `peer_unreachable` when the phone is gone, or takes longer than 30 s.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        let mut rest = text.as_bytes();
        loop {
            let (part, after) = rest.split_at(rest.len().min(MESSAGE_CAP - TAG - 1));
            let mut plain = Vec::with_capacity(1 + part.len());
            plain.push(if after.is_empty() { END } else { MORE });
            plain.extend_from_slice(part);
            let mut sealed = vec![0; plain.len() + TAG];
            let size = self.noise.write_message(&plain, &mut sealed).map_err(|_| gone())?;
            sealed.truncate(size);
            put(&mut self.socket, Message::Binary(sealed.into())).await?;
            if after.is_empty() {
                return Ok(());
            }
            rest = after;
        }
    }

    /// # Errors
    /// As `say`.
    pub async fn ping(&mut self) -> Result<()> {
        put(&mut self.socket, Message::Ping(Bytes::new())).await
    }

    /// Ends it with a close code (RFC 6455, 7.4).
    pub async fn close(mut self, code: u16) {
        close(&mut self.socket, code).await;
    }
}

/// Ends a socket with a code; the phone may be gone first.
pub async fn close(socket: &mut WebSocket, code: u16) {
    let _ = put(socket, Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
}

async fn put(socket: &mut WebSocket, message: Message) -> Result<()> {
    match timeout(SLOWEST, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(gone()),
    }
}

fn responder(key: &Key) -> std::result::Result<snow::HandshakeState, snow::Error> {
    snow::Builder::new(PATTERN.parse()?).prologue(PROLOGUE)?.psk(0, key)?.build_responder()
}

fn gone() -> Error {
    Error::new(Code::PeerUnreachable, "the phone is gone")
}

fn stranger() -> Error {
    Error::new(Code::Refused, "this link is not, or no longer, one")
}

fn no_frame() -> Error {
    Error::new(Code::BadRequest, "not a frame of a phone")
}
