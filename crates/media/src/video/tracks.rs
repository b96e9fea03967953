//! A WebM's tracks: one of pictures, one of sound at most.

use std::ops::Range;

use crate::SoundCodec;
use crate::failure::{Failure, unreadable};
use crate::video::ebml::{Element, Reader, blank, id};
use crate::video::{ADVICE, VIDEO_SIDE, VideoCodec};

pub struct Tracks {
    pub video: Picture,
    pub sound: Option<Heard>,
}

pub struct Picture {
    pub number: u64,
    pub codec: VideoCodec,
    pub size: (u32, u32),
}

#[derive(Clone, Copy)]
pub struct Heard {
    pub number: u64,
    pub codec: SoundCodec,
}

impl Tracks {
    /// Reads the list and blanks names and comments in `out`.
    pub fn read(file: &[u8], part: Range<usize>, out: &mut [u8]) -> Result<Self, Failure> {
        let (mut video, mut sound) = (None, None);
        for element in Reader::new(file, part).children()? {
            if element.id != id::TRACK {
                blank(out, &element);
                continue;
            }
            let track = Track::read(file, element.body, out)?;
            match track.kind {
                1 if video.is_none() => video = Some(track.picture()?),
                2 if sound.is_none() => sound = Some(track.heard(file, out)?),
                1 | 2 => return Err(Failure::Unsupported("a WebM with two videos or two sounds is not played".into())),
                17 => return Err(Failure::Unsupported("a WebM with subtitles is not played; remove them".into())),
                _ => return Err(Failure::Unsupported("a WebM with a track of another kind is not played".into())),
            }
        }
        let video: Picture =
            video.ok_or_else(|| Failure::Unsupported("a WebM without pictures; add it as a sound, in Ogg".into()))?;
        if sound.as_ref().is_some_and(|sound: &Heard| sound.number == video.number) {
            return Err(unreadable("two tracks of one number"));
        }
        Ok(Self { video, sound })
    }
}

/// What an entry says, as far as it matters.
#[derive(Default)]
struct Track<'a> {
    number: u64,
    kind: u64,
    codec: &'a str,
    private: Range<usize>,
    size: (u64, u64),
    display: (u64, u64),
}

impl<'a> Track<'a> {
    fn read(file: &'a [u8], part: Range<usize>, out: &mut [u8]) -> Result<Self, Failure> {
        let mut track = Self::default();
        for element in Reader::new(file, part).children()? {
            match element.id {
                id::TRACK_NUMBER => track.number = element.unsigned(file)?,
                id::TRACK_TYPE => track.kind = element.unsigned(file)?,
                id::CODEC => track.codec = element.text(file),
                id::CODEC_PRIVATE => track.private = element.body,
                id::VIDEO => track.video(file, element, out)?,
                id::ENCODINGS => return Err(Failure::Unsupported("a WebM that is packed or encrypted is not played".into())),
                id::NAME | id::CODEC_NAME => blank(out, &element),
                _ => {}
            }
        }
        Ok(track)
    }

    fn video(&mut self, file: &[u8], video: Element, out: &mut [u8]) -> Result<(), Failure> {
        for element in Reader::new(file, video.body).children()? {
            match element.id {
                // players differ in which of two they take: the larger one counts
                id::PIXEL_WIDTH => self.size.0 = element.unsigned(file)?.max(self.size.0),
                id::PIXEL_HEIGHT => self.size.1 = element.unsigned(file)?.max(self.size.1),
                id::DISPLAY_WIDTH => self.display.0 = element.unsigned(file)?.max(self.display.0),
                id::DISPLAY_HEIGHT => self.display.1 = element.unsigned(file)?.max(self.display.1),
                id::ALPHA_MODE => blank(out, &element),
                _ => {}
            }
        }
        Ok(())
    }

    fn picture(&self) -> Result<Picture, Failure> {
        let codec = match self.codec {
            "V_VP8" => VideoCodec::Vp8,
            "V_VP9" => VideoCodec::Vp9,
            other => return Err(Failure::Unsupported(format!("WebM with {} is not played; {ADVICE}", name(other)))),
        };
        let most = u64::from(VIDEO_SIDE);
        let (width, height) = self.size;
        if [width, height, self.display.0, self.display.1].iter().any(|side| *side > most) {
            return Err(Failure::OverLimit(format!("the video is larger than {VIDEO_SIDE} x {VIDEO_SIDE} pixels")));
        }
        match (u32::try_from(width), u32::try_from(height)) {
            (Ok(width @ 1..), Ok(height @ 1..)) => Ok(Picture { number: self.number, codec, size: (width, height) }),
            _ => Err(unreadable("a WebM without a size")),
        }
    }

    fn heard(&self, file: &[u8], out: &mut [u8]) -> Result<Heard, Failure> {
        let private = &file[self.private.clone()];
        let codec = match self.codec {
            "A_OPUS" if private.starts_with(b"OpusHead") => SoundCodec::Opus,
            "A_VORBIS" => {
                let comments = comments(private).ok_or_else(|| unreadable("damaged Vorbis headers"))?;
                silence(&mut out[self.private.clone()][comments]);
                SoundCodec::Vorbis
            }
            "A_OPUS" => return Err(unreadable("a damaged Opus header")),
            other => return Err(Failure::Unsupported(format!("WebM with {} is not played; {ADVICE}", name(other)))),
        };
        Ok(Heard { number: self.number, codec })
    }
}

/// What a codec is called, from its id in the file.
fn name(codec: &str) -> &str {
    match codec {
        "V_AV1" => "AV1",
        "V_MPEG4/ISO/AVC" => "H.264",
        "V_MPEGH/ISO/HEVC" => "H.265",
        "A_AAC" => "AAC",
        "A_FLAC" => "FLAC",
        other if !other.is_empty() && other.len() <= 32 && other.bytes().all(|byte| byte.is_ascii_graphic()) => other,
        _ => "an unknown codec",
    }
}

/// Where the comments stand among the three headers of Vorbis, which are laced as by Xiph (RFC 9559, 10.3.2).
fn comments(private: &[u8]) -> Option<Range<usize>> {
    let mut at = 1;
    let mut lengths = [0usize; 2];
    for length in &mut lengths {
        loop {
            let byte = usize::from(*private.get(at)?);
            at += 1;
            *length += byte;
            if byte < 255 {
                break;
            }
        }
    }
    let second = at + lengths[0];
    let third = second + lengths[1];
    let begins = |at: usize, what: &[u8]| private.get(at..).is_some_and(|rest| rest.starts_with(what));
    let headers =
        private.first() == Some(&2) && begins(at, b"\x01vorbis") && begins(second, b"\x03vorbis") && begins(third, b"\x05vorbis");
    // The shortest comments: an empty name of the encoder, no comment, a bit.
    (headers && lengths[1] >= 16).then_some(second..third)
}

/// Comments of the same length that say nothing: spaces for the encoder's name, no comment.
fn silence(comments: &mut [u8]) {
    let vendor = comments.len() - 16;
    comments[7..11].copy_from_slice(&(vendor as u32).to_le_bytes());
    comments[11..11 + vendor].fill(b' ');
    comments[11 + vendor..15 + vendor].fill(0);
    comments[15 + vendor] = 1;
}
