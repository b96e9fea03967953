//! Videos from strangers, inside the child: WebM read from end to end, block after block, and given back with its tags blanked. Nothing is
//! decoded; of every frame the header is read, so that a player meets no size that was not announced.

mod ebml;
mod frames;
mod tracks;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, unreadable};
use crate::frame::Answer;
use crate::sound::{SoundCodec, container, opus_samples};
use ebml::{Element, Reader, blank, blank_text, id};
use tracks::Tracks;

/// Largest video taken, in bytes.
pub const VIDEO_BYTES: usize = 8 << 20;
/// Longest video, in milliseconds.
pub const VIDEO_MS: u32 = 60_000;
/// Largest width or height, in pixels.
pub const VIDEO_SIDE: u32 = 1920;

/// Most pictures: twice as many as [`VIDEO_MS`] has at 60 a second.
pub const VIDEO_FRAMES: u64 = 7_200;

const ADVICE: &str = "use WebM with VP8 or VP9, and Opus or Vorbis";

/// How a video's pictures are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VideoCodec {
    Vp8,
    Vp9,
}

impl VideoCodec {
    /// A stable name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
        }
    }
}

/// A video that was read from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    pub media_type: &'static str,
    pub codec: VideoCodec,
    pub sound: Option<SoundCodec>,
    pub has_sound: bool,
    /// In pixels, at most [`VIDEO_SIDE`].
    pub width: u32,
    pub height: u32,
    /// 1 to [`VIDEO_MS`].
    pub duration_ms: u32,
    /// The same file with titles, dates, program names, tags, chapters, comments and layers of transparency blanked in place.
    pub bytes: Vec<u8>,
}

pub fn inspect(file: &[u8]) -> Result<(Answer, Vec<u8>), Failure> {
    match container(file) {
        Some("WebM or Matroska") => {}
        Some(other) => return Err(Failure::Unsupported(format!("{other} is not played as a video; {ADVICE}"))),
        None => return Err(unreadable(format!("no known video; {ADVICE}"))),
    }
    let mut walk = Walk { out: file.to_vec(), tracks: None, scale: 1_000_000, announced: 0.0, clock: Clock::default() };
    walk.file(file)?;
    let Some(tracks) = walk.tracks else { return Err(unreadable("a WebM without tracks")) };
    let duration = walk.clock.end_ms(walk.scale).max((walk.announced * walk.scale as f64 / 1e6) as u64);
    if walk.clock.pictures == 0 {
        return Err(unreadable("a WebM without pictures"));
    }
    if duration > u64::from(VIDEO_MS) {
        return Err(Failure::OverLimit(format!("the video takes longer than {} s", VIDEO_MS / 1000)));
    }
    let answer = Answer::Video {
        codec: tracks.video.codec,
        sound: tracks.sound.map(|sound| sound.codec),
        size: tracks.video.size,
        duration_ms: (duration as u32).max(1),
        length: walk.out.len() as u32,
    };
    Ok((answer, walk.out))
}

/// When pictures and sound begin and end, in the segment's ticks.
#[derive(Default)]
struct Clock {
    first: Option<u64>,
    last: u64,
    blocks: u64,
    pictures: u64,
    sound: u64,
}

impl Clock {
    fn picture(&mut self, at: u64, pictures: u64) {
        self.first.get_or_insert(at);
        self.last = self.last.max(at);
        self.blocks += 1;
        self.pictures += pictures;
    }

    /// The last picture is taken to stand for as long as the others do.
    fn end_ms(&self, scale: u64) -> u64 {
        let each = (self.last - self.first.unwrap_or(0).min(self.last)) / self.blocks.saturating_sub(1).max(1);
        self.last.saturating_add(each).max(self.sound).saturating_mul(scale) / 1_000_000
    }
}

struct Walk {
    out: Vec<u8>,
    tracks: Option<Tracks>,
    /// Nanoseconds of a tick.
    scale: u64,
    /// Ticks, as the file says.
    announced: f64,
    clock: Clock,
}

impl Walk {
    fn file(&mut self, file: &[u8]) -> Result<(), Failure> {
        let mut reader = Reader::new(file, 0..file.len());
        let head = reader
            .next()?
            .filter(|element| element.id == id::EBML && element.known)
            .ok_or_else(|| unreadable("no EBML header"))?;
        for element in Reader::new(file, head.body.clone()).children()? {
            match (element.id, element.text(file)) {
                (id::DOC_TYPE, "webm") => {}
                (id::DOC_TYPE, "matroska") => return Err(Failure::Unsupported(format!("Matroska is not played; {ADVICE}"))),
                (id::DOC_TYPE, _) => return Err(unreadable("an EBML file of another kind")),
                _ => {}
            }
        }
        let segment =
            reader.next()?.filter(|element| element.id == id::SEGMENT).ok_or_else(|| unreadable("a WebM without a segment"))?;
        if segment.body.end != file.len() {
            return Err(unreadable("bytes behind the WebM's segment"));
        }
        self.segment(file, segment)
    }

    fn segment(&mut self, file: &[u8], segment: Element) -> Result<(), Failure> {
        let mut reader = Reader::new(file, segment.body);
        while let Some(element) = reader.next()? {
            if !element.known && element.id != id::CLUSTER {
                return Err(unreadable("a WebM element of unknown size"));
            }
            match element.id {
                id::INFO => self.info(file, element)?,
                id::TRACKS if self.tracks.is_some() => return Err(unreadable("a WebM with two lists of tracks")),
                id::TRACKS => self.tracks = Some(Tracks::read(file, element.body, &mut self.out)?),
                id::CLUSTER => {
                    let end = self.cluster(file, &element)?;
                    reader.go_on(end);
                }
                id::ATTACHMENTS => {
                    return Err(Failure::Unsupported("a WebM with attached files is not taken; remove them".into()));
                }
                id::SEEK_HEAD | id::CUES => {}
                // Tags, chapters, checksums of what is blanked here, and whatever else.
                _ => blank(&mut self.out, &element),
            }
        }
        Ok(())
    }

    fn info(&mut self, file: &[u8], info: Element) -> Result<(), Failure> {
        for element in Reader::new(file, info.body).children()? {
            match element.id {
                id::TIMESTAMP_SCALE => self.scale = element.unsigned(file)?.clamp(1, 1_000_000_000),
                id::DURATION => {
                    self.announced = element.float(file)?;
                    if !(0.0..=1e15).contains(&self.announced) {
                        return Err(unreadable("a WebM of no possible duration"));
                    }
                }
                id::MUXING_APP | id::WRITING_APP => blank_text(&mut self.out, &element),
                _ => blank(&mut self.out, &element),
            }
        }
        Ok(())
    }

    /// Returns where the cluster ends, which one of unknown size does before the next element of the segment.
    fn cluster(&mut self, file: &[u8], cluster: &Element) -> Result<usize, Failure> {
        let mut reader = Reader::new(file, cluster.body.clone());
        let mut time = 0u64;
        while let Some(element) = reader.peek()? {
            if !cluster.known && id::OF_SEGMENT.contains(&element.id) {
                return Ok(element.start);
            }
            if !element.known {
                return Err(unreadable("a WebM element of unknown size"));
            }
            match element.id {
                id::TIMESTAMP => time = element.unsigned(file)?,
                id::SIMPLE_BLOCK => self.block(&file[element.body.clone()], time)?,
                id::BLOCK_GROUP => {
                    for part in Reader::new(file, element.body.clone()).children()? {
                        match part.id {
                            id::BLOCK => self.block(&file[part.body.clone()], time)?,
                            id::BLOCK_DURATION | id::REFERENCE_BLOCK | id::DISCARD_PADDING => {}
                            _ => blank(&mut self.out, &part),
                        }
                    }
                }
                id::ENCRYPTED_BLOCK => return Err(Failure::Unsupported("an encrypted WebM is not played".into())),
                id::POSITION | id::PREVIOUS_SIZE => {}
                _ => blank(&mut self.out, &element),
            }
            reader.go_on(element.body.end);
        }
        Ok(cluster.body.end)
    }

    fn block(&mut self, block: &[u8], cluster: u64) -> Result<(), Failure> {
        let tracks = self.tracks.as_ref().ok_or_else(|| unreadable("a WebM block before the tracks"))?;
        let (number, length) = ebml::number(block).ok_or_else(|| unreadable("a damaged WebM block"))?;
        let Some((head, frame)) = block[length..].split_first_chunk::<3>() else {
            return Err(unreadable("a damaged WebM block"));
        };
        if head[2] & 0x06 != 0 {
            return Err(Failure::Unsupported("a WebM with laced blocks is not played".into()));
        }
        let at = cluster.saturating_add_signed(i64::from(i16::from_be_bytes([head[0], head[1]])));
        if number == tracks.video.number {
            let pictures = frames::check(tracks.video.codec, frame, self.clock.pictures == 0)?;
            self.clock.picture(at, pictures);
            if self.clock.pictures > VIDEO_FRAMES {
                return Err(Failure::OverLimit(format!("the video has more than {VIDEO_FRAMES} pictures")));
            }
            return Ok(());
        }
        match tracks.sound {
            Some(sound) if sound.number == number => match sound.codec {
                SoundCodec::Opus => drop(opus_samples(frame)?),
                _ if frame.first().is_some_and(|first| first & 1 == 1) => {
                    return Err(unreadable("a Vorbis header among the sound"));
                }
                _ => {}
            },
            _ => return Err(unreadable("a WebM block of an unknown track")),
        }
        self.clock.sound = self.clock.sound.max(at);
        Ok(())
    }
}
