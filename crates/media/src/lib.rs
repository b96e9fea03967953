//! Bytes from strangers to safe pictures, animations, sounds and videos; pixels already safe, composed.
//!
//! Every file is decoded or inspected in a child process: the same program, started again with [`CHILD_ARGUMENT`], confined before it reads a
//! byte (see `confine`). A picture that crashes, stalls or exhausts the decoder costs that child and is answered with an [`Error`];
//! nothing else notices. Two children at most, started when needed, ended after 30 s without work.
//!
//! Read: JPEG, PNG, WebP and GIF (the first frame), told apart by content, never by name. Written: WebP without any metadata, made
//! from pixels alone; colour profiles go too, colours are taken as sRGB. Also SVG drawings ([`Media::vector`]), animations
//! ([`Media::animation`]), and sounds and videos, which are not decoded but read from end to end ([`Media::sound`], [`Media::video`]).
//!
//! What acts on pixels that came out of a child, or are one's own, runs in the calling process: [`compose()`], [`Stack`], [`shrink`],
//! [`encode_webp`].

mod animation;
mod child;
mod codes;
mod compose;
mod confine;
mod decode;
mod encode;
mod error;
mod failure;
mod film;
mod frame;
mod pool;
mod portrait;
mod reel;
mod scale;
mod sound;
mod stack;
mod vector;
mod video;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use frame::{Answer, Task};

pub use animation::{
    ANIMATION_BYTES, ANIMATION_FRAMES, ANIMATION_MS, ANIMATION_PIXELS, ANIMATION_SIDE, ANIMATION_WEBP, Animation,
};
pub use child::run_child_if_asked;
pub use codes::{CodeFormat, Found, MAX_CODE_TEXT, MAX_CODES, gtin};
pub use compose::{Layer, compose};
pub use encode::{encode_png, encode_webp};
pub use error::Error;
pub use portrait::{Crop, PORTRAIT};
pub use scale::shrink;
pub use sound::{SOUND_BYTES, SOUND_MS, Sound, SoundCodec};
pub use stack::Stack;
pub use vector::{VECTOR_BYTES, VECTOR_ELEMENTS, VECTOR_LONGEST};
pub use video::{VIDEO_BYTES, VIDEO_FRAMES, VIDEO_MS, VIDEO_SIDE, Video, VideoCodec};

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
        Ok(self.picture(Task::Inspect, bytes, 1).await?.0)
    }

    /// Decoded, turned upright, scaled so that the longer side is at most `longest` pixels (never up), as lossy WebP of quality 80; alpha stays.
    pub async fn scaled(&self, bytes: Vec<u8>, longest: u32) -> Result<Picture, Error> {
        Ok(self.inspect_and_scale(bytes, longest).await?.1)
    }

    /// [`Media::inspect`] and [`Media::scaled`] for one decoding.
    pub async fn inspect_and_scale(&self, bytes: Vec<u8>, longest: u32) -> Result<(Inspected, Picture), Error> {
        let (inspected, (width, height), webp) = self.picture(Task::Picture, bytes, longest).await?;
        Ok((inspected, Picture { webp, width, height }))
    }

    /// Decoded, turned upright, scaled down like [`Media::scaled`], as pixels.
    pub async fn pixels(&self, bytes: Vec<u8>, longest: u32) -> Result<Pixels, Error> {
        let (_, (width, height), rgba) = self.picture(Task::Pixels, bytes, longest).await?;
        Ok(Pixels { rgba, width, height })
    }

    /// The codes in the picture, EXIF orientation applied: at most [`MAX_CODES`], or none. Unasked (`thorough` false) it is searched at 1,600 px
    /// for 1.5 s at most, and seeing none counts for more than seeing one too many; `thorough` searches for 2.5 s at 2,800 px, at more
    /// angles and in more forms.
    ///
    /// Fails with `Crashed` for an answer past the caps, else as [`Media::scaled`].
    pub async fn codes(&self, bytes: Vec<u8>, thorough: bool) -> Result<Vec<Found>, Error> {
        let longest = if thorough { codes::THOROUGH_LONGEST } else { codes::USUAL_LONGEST };
        let (_, _, payload) = self.picture(Task::Codes { thorough }, bytes, longest).await?;
        let found: Vec<Found> = frame::decode(&payload).map_err(|_| Error::Crashed)?;
        let within = found.len() <= MAX_CODES && found.iter().all(|found| found.text.chars().count() <= MAX_CODE_TEXT);
        if within { Ok(found) } else { Err(Error::Crashed) }
    }

    /// An SVG drawing, scaled up or down so that the longer side of its `viewBox` is `longest` pixels (1 to [`VECTOR_LONGEST`]). Shapes, groups,
    /// `use`, gradients and clip paths are drawn; a drawing with anything else (text, pictures, style sheets, filters, masks, patterns,
    /// references out of the file) is refused as `unsupported`, one past [`VECTOR_BYTES`] or [`VECTOR_ELEMENTS`], counted with every `use`
    /// expanded, as `too_large`.
    pub async fn vector(&self, svg: Vec<u8>, longest: u32) -> Result<Pixels, Error> {
        self.raster(Task::Vector, svg, longest.min(VECTOR_LONGEST)).await
    }

    /// A picture as the square that personas begin with: upright, cut to `crop`, scaled up or down to [`PORTRAIT`] pixels a side, transparent
    /// parts over white. Without a crop: the largest square, centred, a little above the middle of a tall picture.
    pub async fn portrait(&self, bytes: Vec<u8>, crop: Option<Crop>) -> Result<Pixels, Error> {
        self.raster(Task::Portrait { crop }, bytes, PORTRAIT).await
    }

    /// A GIF, APNG or animated WebP made anew as animated WebP, from pixels alone: see [`Animation`]. One frame is `still`; past
    /// [`ANIMATION_BYTES`], [`ANIMATION_PIXELS`], [`ANIMATION_FRAMES`], [`ANIMATION_MS`], or past [`ANIMATION_WEBP`] at the lowest quality,
    /// it is `too_large`.
    pub async fn animation(&self, bytes: Vec<u8>) -> Result<Animation, Error> {
        let done = self.pool.ask(Task::Animation, bytes, ANIMATION_SIDE).await?;
        let Answer::Animation { size: (width, height), frames, duration_ms, poster, .. } = done.answer else {
            return Err(Error::Crashed);
        };
        let mut poster_bytes = done.payload;
        let webp = poster_bytes.split_off(poster as usize);
        Ok(Animation { webp, poster: poster_bytes, width, height, frames, duration_ms })
    }

    /// Reads a sound from end to end, every page, frame and packet of it, and gives it back without its tags: see [`Sound`]. Other formats are
    /// `unsupported`; past [`SOUND_BYTES`] or [`SOUND_MS`] it is `too_large`.
    pub async fn sound(&self, bytes: Vec<u8>) -> Result<Sound, Error> {
        let done = self.pool.ask(Task::Sound, bytes, 1).await?;
        let Answer::Sound { codec, duration_ms, .. } = done.answer else { return Err(Error::Crashed) };
        Ok(Sound { media_type: codec.media_type(), codec, duration_ms, bytes: done.payload })
    }

    /// Reads a WebM video from end to end, every block and the header of every video frame, and gives it back without its tags: see [`Video`].
    /// Other formats, and a WebM with attachments, encryption, subtitles or other codecs, are `unsupported`; past [`VIDEO_BYTES`],
    /// [`VIDEO_MS`] or [`VIDEO_SIDE`] it is `too_large`.
    pub async fn video(&self, bytes: Vec<u8>) -> Result<Video, Error> {
        let done = self.pool.ask(Task::Video, bytes, 1).await?;
        let Answer::Video { codec, sound, size: (width, height), duration_ms, .. } = done.answer else {
            return Err(Error::Crashed);
        };
        Ok(Video {
            media_type: "video/webm",
            codec,
            sound,
            has_sound: sound.is_some(),
            width,
            height,
            duration_ms,
            bytes: done.payload,
        })
    }

    async fn picture(&self, task: Task, bytes: Vec<u8>, longest: u32) -> Result<(Inspected, (u32, u32), Vec<u8>), Error> {
        let done = self.pool.ask(task, bytes, longest).await?;
        let Answer::Done { inspected, size, .. } = done.answer else { return Err(Error::Crashed) };
        Ok((inspected, size, done.payload))
    }

    async fn raster(&self, task: Task, bytes: Vec<u8>, longest: u32) -> Result<Pixels, Error> {
        let done = self.pool.ask(task, bytes, longest).await?;
        let Answer::Raster { size: (width, height), .. } = done.answer else { return Err(Error::Crashed) };
        Ok(Pixels { rgba: done.payload, width, height })
    }
}
