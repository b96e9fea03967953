//! Sounds from strangers, inside the child: read from end to end, checked, and written anew without tags. Nothing is decoded: a player
//! gets only what is one of three containers throughout, with one of four codecs.

mod mp3;
mod ogg;
mod vorbis;
mod wav;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, unreadable};
use crate::frame::Answer;

pub(crate) use ogg::opus_samples;

/// Largest sound taken, in bytes.
pub const SOUND_BYTES: usize = 2 << 20;
/// Longest sound, in milliseconds.
pub const SOUND_MS: u32 = 60_000;

const ADVICE: &str = "use Ogg (Opus or Vorbis), MP3 or WAV";

/// How a sound is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SoundCodec {
    Opus,
    Vorbis,
    Mp3,
    /// In a WAV file, whole numbers or floating point.
    Pcm,
}

impl SoundCodec {
    /// A stable name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vorbis => "vorbis",
            Self::Mp3 => "mp3",
            Self::Pcm => "pcm",
        }
    }

    /// The media type (IANA) of a sound file of this codec.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Opus | Self::Vorbis => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Pcm => "audio/wav",
        }
    }
}

/// A sound that was read from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    pub media_type: &'static str,
    pub codec: SoundCodec,
    /// 1 to [`SOUND_MS`].
    pub duration_ms: u32,
    /// The same sound in the same coding without what a player does not need: ID3, APE and RIFF tags, Vorbis comments, pictures. What an
    /// encoder wrote into the coded frames themselves (the name LAME, say) stays.
    pub bytes: Vec<u8>,
}

/// What a container was found to hold.
pub struct Content {
    pub codec: SoundCodec,
    pub duration_ms: u64,
    pub bytes: Vec<u8>,
}

pub fn inspect(file: &[u8]) -> Result<(Answer, Vec<u8>), Failure> {
    let content = match container(file) {
        Some("Ogg") => ogg::read(file)?,
        Some("WAV") => wav::read(file)?,
        Some("MP3") => mp3::read(file)?,
        Some(other) => return Err(Failure::Unsupported(format!("{other} is not played; {ADVICE}"))),
        None => return Err(unreadable(format!("no known sound; {ADVICE}"))),
    };
    if content.duration_ms > u64::from(SOUND_MS) {
        return Err(Failure::OverLimit(format!("the sound takes longer than {} s", SOUND_MS / 1000)));
    }
    if content.bytes.len() > SOUND_BYTES {
        return Err(Failure::OverLimit(format!("the sound has more than {} KiB", SOUND_BYTES >> 10)));
    }
    let duration_ms = (content.duration_ms as u32).max(1);
    Ok((Answer::Sound { codec: content.codec, duration_ms, length: content.bytes.len() as u32 }, content.bytes))
}

/// What a file begins as: one of the formats that are read, or the name of another one.
pub fn container(file: &[u8]) -> Option<&'static str> {
    let at = |from: usize, what: &[u8]| file.get(from..).is_some_and(|rest| rest.starts_with(what));
    let known: [(bool, &'static str); 13] = [
        (at(0, b"OggS"), "Ogg"),
        (at(0, b"RIFF") && at(8, b"WAVE"), "WAV"),
        (at(0, b"RIFF") && at(8, b"AVI "), "AVI"),
        (at(0, b"\x1a\x45\xdf\xa3"), "WebM or Matroska"),
        (at(4, b"ftypqt"), "QuickTime"),
        (at(4, b"ftypM4A"), "M4A (AAC)"),
        (at(4, b"ftyp"), "MP4 (usually H.264 or AAC)"),
        (at(0, b"fLaC"), "FLAC"),
        (at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")), "AIFF"),
        (at(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), "Windows Media"),
        (at(0, b"FLV"), "Flash video"),
        (at(0, b"#!AMR"), "AMR"),
        (at(0, b"ID3") || mp3::begins(file), "MP3"),
    ];
    // ADTS shares its first bits with MP3 and has 0 where MP3 has its layer.
    let adts = file.len() > 1 && file[0] == 0xff && file[1] & 0xf6 == 0xf0;
    known.iter().find(|(is, _)| *is).map(|(_, name)| *name).or(adts.then_some("AAC"))
}
