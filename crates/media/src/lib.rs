//! Bytes from strangers to safe pictures.
//!
//! Every picture is decoded in a child process: the same program, started again with [`CHILD_ARGUMENT`], confined before it reads a
//! byte (see `confine`). A picture that crashes, stalls or exhausts the decoder costs that child and is answered with an [`Error`];
//! nothing else notices. Two children at most, started when needed, ended after 30 s without work.
//!
//! Read: JPEG, PNG, WebP and GIF (the first frame), told apart by content, never by name. Written: WebP without any metadata, made
//! from pixels alone; colour profiles go too, colours are taken as sRGB.

mod child;
mod codes;
mod confine;
mod decode;
mod encode;
mod failure;
mod frame;
mod pool;
mod scale;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use child::run_child_if_asked;
pub use codes::{CodeFormat, Found, MAX_CODE_TEXT, MAX_CODES, gtin};
pub use encode::encode_webp;

/// The first argument of a process that is a decoding child.
pub const CHILD_ARGUMENT: &str = "decode-pictures";
/// Largest picture taken, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Largest width or height taken, in pixels.
pub const MAX_SIDE: u32 = 20_000;
/// Largest area taken, in pixels. Only a sequential JPEG may be as large: see [`MAX_DECODED`].
pub const MAX_PIXELS: u64 = 100_000_000;
/// Largest full-size raster, in bytes: 55 MP of RGB, 41 MP of RGBA. A JPEG is scaled while decoding and may be larger.
pub const MAX_DECODED: u64 = 160 << 20;
/// Longest side of what comes out, in pixels; a greater wish is taken for this one.
pub const MAX_LONGEST: u32 = 4096;

/// What may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
}

impl Format {
    /// The usual file ending, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    /// The media type (IANA).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// A picture's format, and its size in pixels as it is to be looked at, EXIF orientation applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    pub format: Format,
    pub width: u32,
    pub height: u32,
}

/// A WebP file that holds pixels and nothing else, with its size in pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub webp: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Straight (not premultiplied) RGBA, 8 bits each, rows from the top without padding: `width * height * 4` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    pub rgba: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not one of the formats, or damaged.
    #[error("unreadable picture: {0}")]
    Unreadable(String),
    /// Past [`MAX_BYTES`], [`MAX_SIDE`], [`MAX_PIXELS`] or [`MAX_DECODED`].
    #[error("the picture is too large")]
    TooLarge,
    /// Not done within the time limit; the child was killed.
    #[error("decoding took too long")]
    TooSlow,
    /// The child died of this picture, its memory limit included, or broke the protocol.
    #[error("the decoder crashed")]
    Crashed,
    /// There is no child to be had.
    #[error("the decoder could not be started: {0}")]
    NotStarted(#[from] std::io::Error),
}

impl Error {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Crashed => "crashed",
            Self::NotStarted(_) => "not_started",
        }
    }
}

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall-clock time for one picture.
    pub time: Duration,
    /// Bytes of memory beyond what the program has at its start.
    pub memory: u64,
    /// Children at once.
    pub children: usize,
    /// A child without work for this long is ended.
    pub idle: Duration,
}

/// 5 s, 384 MiB, two children, 30 s of idleness. The worst that the caps admit needs 350 MiB (a progressive JPEG of 40 MP, or a PNG or lossless WebP of 40 MP
/// in a file of 64 MiB); a photograph of 12 MP needs 15.
impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), memory: 384 << 20, children: 2, idle: Duration::from_secs(30) }
    }
}

/// The decoder: a handle that is cheap to clone. The last clone's drop ends the children. Call from one tokio runtime.
///
/// Requests beyond the number of children wait in order, each with its bytes; a caller with thousands of pictures bounds how many it asks at once.
#[derive(Clone)]
pub struct Media {
    pool: Arc<pool::Pool>,
}

impl Media {
    /// `program` is started again for each child and must call [`run_child_if_asked`] first; `/proc/self/exe` names the running
    /// program even after an upgrade replaced its file.
    pub fn new(program: PathBuf) -> Self {
        Self::with_limits(program, Limits::default())
    }

    /// As [`Media::new`], with other limits.
    pub fn with_limits(program: PathBuf, limits: Limits) -> Self {
        Self { pool: Arc::new(pool::Pool::new(program, limits)) }
    }

    /// Format and size, from the headers only: the pixels may still be damaged.
    pub async fn inspect(&self, bytes: Vec<u8>) -> Result<Inspected, Error> {
        Ok(self.pool.ask(frame::Task::Inspect, bytes, 1).await?.inspected)
    }

    /// Decoded, turned upright, scaled so that the longer side is at most `longest` pixels (never up), as lossy WebP of quality 80; alpha stays.
    pub async fn scaled(&self, bytes: Vec<u8>, longest: u32) -> Result<Picture, Error> {
        Ok(self.inspect_and_scale(bytes, longest).await?.1)
    }

    /// [`Media::inspect`] and [`Media::scaled`] for one decoding.
    pub async fn inspect_and_scale(&self, bytes: Vec<u8>, longest: u32) -> Result<(Inspected, Picture), Error> {
        let done = self.pool.ask(frame::Task::Picture, bytes, longest).await?;
        let (width, height) = done.size;
        Ok((done.inspected, Picture { webp: done.payload, width, height }))
    }

    /// Decoded, turned upright, scaled down like [`Media::scaled`], as pixels.
    pub async fn pixels(&self, bytes: Vec<u8>, longest: u32) -> Result<Pixels, Error> {
        let done = self.pool.ask(frame::Task::Pixels, bytes, longest).await?;
        let (width, height) = done.size;
        Ok(Pixels { rgba: done.payload, width, height })
    }
    /// The codes in the picture, EXIF orientation applied: at most [`MAX_CODES`], or none. Unasked (`thorough` false) it is searched at 1,600 px
    /// for 1.5 s at most, and seeing none counts for more than seeing one too many; `thorough` searches for 2.5 s at 2,800 px, at more
    /// angles and in more forms.
    ///
    /// Fails with `Crashed` for an answer past the caps, else as [`Media::scaled`].
    pub async fn codes(&self, bytes: Vec<u8>, thorough: bool) -> Result<Vec<Found>, Error> {
        let longest = if thorough { codes::THOROUGH_LONGEST } else { codes::USUAL_LONGEST };
        let done = self.pool.ask(frame::Task::Codes { thorough }, bytes, longest).await?;
        let found: Vec<Found> = frame::decode(&done.payload).map_err(|_| Error::Crashed)?;
        let within = found.len() <= MAX_CODES && found.iter().all(|found| found.text.chars().count() <= MAX_CODE_TEXT);
        if within { Ok(found) } else { Err(Error::Crashed) }
    }
}
