//! What parent and child say to each other over the child's stdin and stdout: postcard behind a 32-bit little-endian length,
//! followed by the raw bytes that the message announces.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::{Crop, Inspected, MAX_CODE_TEXT, MAX_CODES, SoundCodec, VideoCodec};

/// Grows with every change of the messages; parent and child are the same program, except while it is being replaced.
pub const VERSION: u16 = 3;
/// Largest message without its announced bytes.
pub const MAX_FRAME: usize = 1024;
/// Longest list of codes: their texts in UTF-8, and a few bytes for each.
pub const MAX_CODES_LENGTH: usize = MAX_CODES * (MAX_CODE_TEXT * 4 + 16) + 16;
/// Longest explanation that a child gives, in bytes.
pub const MAX_REASON: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Inspect,
    Picture,
    Pixels,
    Codes { thorough: bool },
    Vector,
    Portrait { crop: Option<Crop> },
    Animation,
    Sound,
    Video,
}

/// The first words of a child: it is confined and listens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    pub version: u16,
}

/// `length` bytes of the file follow.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    pub task: Task,
    pub longest: u32,
    pub length: u32,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// `length` bytes of WebP, RGBA or postcard (a list of `Found`) follow; `size` is the raster's.
    Done {
        inspected: Inspected,
        size: (u32, u32),
        length: u32,
    },
    /// `length` bytes of RGBA follow.
    Raster {
        size: (u32, u32),
        length: u32,
    },
    /// `length` bytes follow: `poster` bytes of still WebP, the rest animated WebP.
    Animation {
        size: (u32, u32),
        frames: u32,
        duration_ms: u32,
        poster: u32,
        length: u32,
    },
    /// `length` bytes of the file without its tags follow.
    Sound {
        codec: SoundCodec,
        duration_ms: u32,
        length: u32,
    },
    /// As for a sound.
    Video {
        codec: VideoCodec,
        sound: Option<SoundCodec>,
        size: (u32, u32),
        duration_ms: u32,
        length: u32,
    },
    Refused(Failure),
}

fn invalid(error: postcard::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

pub fn body<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(message).map_err(invalid)
}

pub fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let body = body(message)?;
    let length = u32::try_from(body.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&body);
    Ok(frame)
}

pub fn decode<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    postcard::from_bytes(body).map_err(invalid)
}

/// The length in a frame's head, refused past [`MAX_FRAME`].
pub fn length(head: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(head) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    Ok(length)
}

pub fn write<T: Serialize>(out: &mut impl Write, message: &T) -> io::Result<()> {
    out.write_all(&encode(message)?)
}

/// The next message, or none at the end of the stream.
pub fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    if let Err(error) = input.read_exact(&mut head) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let mut body = vec![0; length(head)?];
    input.read_exact(&mut body)?;
    decode(&body).map(Some)
}
