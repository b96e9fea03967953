//! Sounds and videos: what is taken, what it loses on the way, and what is refused.

use stoa_media::{Error, SOUND_BYTES, Sound, SoundCodec, VIDEO_BYTES, Video, VideoCodec};

use crate::media;

/// What stands as a title in the fixtures, and a part of the place.
const TITLE: &[u8] = b"Secret_Camera_4711";
const PLACE: &[u8] = b"+48.1/+11.5";

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/media/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

async fn sound(bytes: Vec<u8>) -> Result<Sound, Error> {
    media().sound(bytes).await
}

async fn video(bytes: Vec<u8>) -> Result<Video, Error> {
    media().video(bytes).await
}

#[tokio::test]
async fn sounds_are_read_and_lose_their_tags() {
    for (name, codec, media_type, about, tagged) in [
        ("opus.ogg", SoundCodec::Opus, "audio/ogg", 500, true),
        ("vorbis.ogg", SoundCodec::Vorbis, "audio/ogg", 500, true),
        ("tone.mp3", SoundCodec::Mp3, "audio/mpeg", 550, true),
        ("tone.wav", SoundCodec::Pcm, "audio/wav", 500, true),
    ] {
        let original = fixture(name);
        assert_eq!(holds(&original, TITLE), tagged, "{name}");
        let found = sound(original.clone()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((found.codec, found.media_type), (codec, media_type), "{name}");
        assert!(found.duration_ms.abs_diff(about) <= 60, "{name}: {} ms", found.duration_ms);
        assert!(!holds(&found.bytes, TITLE) && !holds(&found.bytes, PLACE) && !holds(&found.bytes, b"Lavf"), "{name}");
        assert!(found.bytes.len() < original.len(), "{name}");
        // What was written is read again, and has nothing left to lose.
        assert_eq!(sound(found.bytes.clone()).await.unwrap(), found, "{name}");
    }
}

#[tokio::test]
async fn videos_are_read_and_lose_their_tags() {
    for (name, codec, sound, about) in [
        ("vp8-vorbis.webm", VideoCodec::Vp8, Some(SoundCodec::Vorbis), 500),
        ("vp9-opus.webm", VideoCodec::Vp9, Some(SoundCodec::Opus), 1000),
        ("live.webm", VideoCodec::Vp9, None, 1000),
    ] {
        let original = fixture(name);
        let found = video(original.clone()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((found.codec, found.sound, found.has_sound), (codec, sound, sound.is_some()), "{name}");
        assert_eq!((found.width, found.height, found.media_type), (64, 48, "video/webm"), "{name}");
        assert!(found.duration_ms.abs_diff(about) <= 120, "{name}: {} ms", found.duration_ms);
        assert_eq!(found.bytes.len(), original.len(), "{name}: blanked in place");
        for what in [TITLE, PLACE, b"Lavf", b"Lavc"] {
            assert!(!holds(&found.bytes, what), "{name}: {}", String::from_utf8_lossy(what));
        }
        assert_eq!(video(found.bytes.clone()).await.unwrap(), found, "{name}");
    }
    assert!(holds(&fixture("vp9-opus.webm"), TITLE));
}

#[tokio::test]
async fn other_formats_are_named_and_refused() {
    for (name, word) in
        [("h264.mp4", "MP4"), ("av1.webm", "AV1"), ("vp8.mkv", "Matroska"), ("opus.ogg", "Ogg"), ("tone.mp3", "MP3")]
    {
        let error = video(fixture(name)).await.unwrap_err();
        assert!(error.code() == "unsupported" && error.to_string().contains(word), "{name}: {error}");
        assert!(error.to_string().contains("use WebM"), "{name}: {error}");
    }
    for (name, word) in [("flac.ogg", "FLAC"), ("aac.m4a", "M4A"), ("h264.mp4", "MP4"), ("live.webm", "WebM")] {
        let error = sound(fixture(name)).await.unwrap_err();
        assert!(error.code() == "unsupported" && error.to_string().contains(word), "{name}: {error}");
    }
    for other in [&b""[..], b"OggS", b"RIFF\0\0\0\0WAVE", b"\xff\xfb", b"ID3", b"\x1a\x45\xdf\xa3", b"hello", &[0; 4000]] {
        let code = sound(other.to_vec()).await.unwrap_err().code();
        assert!(["unreadable", "unsupported"].contains(&code), "{other:?}");
        let code = video(other.to_vec()).await.unwrap_err().code();
        assert!(["unreadable", "unsupported"].contains(&code), "{other:?}");
    }
}

#[tokio::test]
async fn cut_files_are_refused_wherever_they_are_cut() {
    let media = media();
    for name in ["opus.ogg", "vorbis.ogg", "tone.wav"] {
        let whole = fixture(name);
        for part in 0..24 {
            // RIFF's own length is longer then, which is no offence by itself; its samples are missing.
            let cut = whole[..whole.len() * part / 24].to_vec();
            let outcome = media.sound(cut).await;
            assert!(outcome.is_err() || name == "opus.ogg" && part > 12, "{name} at {part}/24");
        }
    }
    for name in ["vp8-vorbis.webm", "vp9-opus.webm"] {
        let whole = fixture(name);
        for part in 0..24 {
            assert!(media.video(whole[..whole.len() * part / 24].to_vec()).await.is_err(), "{name} at {part}/24");
        }
    }
}

/// A WAV of 8,000 bytes a second.
fn wav(seconds: usize) -> Vec<u8> {
    let samples = seconds * 8_000;
    let mut out = b"RIFF".to_vec();
    out.extend((36 + samples as u32).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    out.extend((samples as u32).to_le_bytes());
    out.resize(44 + samples, 128);
    out
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    assert_eq!(sound(wav(60)).await.unwrap().duration_ms, 60_000);
    for long in [wav(61), vec![0; SOUND_BYTES + 1]] {
        let error = sound(long).await.unwrap_err();
        assert_eq!(error.code(), "too_large", "{error}");
    }
    assert_eq!(video(vec![0; VIDEO_BYTES + 1]).await.unwrap_err().code(), "too_large");
    // The same frame over and over: longer than a minute, in few bytes.
    let frames = sound(fixture("tone.mp3")).await.unwrap().bytes;
    assert_eq!(sound(frames.repeat(130)).await.unwrap_err().code(), "too_large");
    // The same pages over and over, each of which says that it ends after half a second.
    for name in ["vorbis.ogg", "opus.ogg"] {
        let whole = fixture(name);
        let last = (0..whole.len() - 4).rev().find(|at| whole[*at..].starts_with(b"OggS\0")).unwrap();
        let (before, page) = whole.split_at(last);
        assert_eq!(page[5] & 1, 0, "no packet is continued on it");
        let again = |count| [before, &going_on(page).repeat(count)].concat();
        assert!(sound(again(2)).await.unwrap().duration_ms > 600, "{name}");
        assert_eq!(sound(again(250)).await.unwrap_err().code(), "too_large", "{name}");
    }
}

/// An Ogg page that is not the last one, with its checksum.
fn going_on(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    page[5] = 0;
    page[22..26].fill(0);
    let step = |sum: u32| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
    let sum = page.iter().fold(0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| step(sum)));
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

/// The file with `from` in place of `to`, which is there once or more.
fn replaced(mut file: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..file.len().saturating_sub(from.len())).filter(|&at| file[at..].starts_with(from)).collect();
    assert!(!places.is_empty() && from.len() == to.len());
    for at in places {
        file[at..at + to.len()].copy_from_slice(to);
    }
    file
}

#[tokio::test]
async fn a_webm_says_nothing_that_its_frames_do_not() {
    // Larger than allowed, in the list of tracks.
    let wide = replaced(fixture("live.webm"), b"\xb0\x81\x40", b"\xb0\x81\x00");
    assert_eq!(video(wide).await.unwrap_err().code(), "unreadable");
    // A VP8 picture of 16,383 pixels where 64 were announced.
    let file = replaced(fixture("vp8-vorbis.webm"), b"\x9d\x01\x2a\x40\x00\x30\x00", b"\x9d\x01\x2a\xff\x3f\xff\x3f");
    assert_eq!(video(file).await.unwrap_err().code(), "too_large");
    // An attachment behind the last cluster of a live recording, whose segment has no end.
    let attached = [fixture("live.webm"), b"\x19\x41\xa4\x69\x84abcd".to_vec()].concat();
    let error = video(attached).await.unwrap_err();
    assert!(error.code() == "unsupported" && error.to_string().contains("attached"), "{error}");
    // Tags there are blanked.
    let tagged = [fixture("live.webm"), b"\x12\x54\xc3\x67\x92".to_vec(), TITLE.to_vec()].concat();
    assert!(!holds(&video(tagged).await.unwrap().bytes, TITLE));
    // More pictures than a minute has, each of one byte: "show what is there". In one packet, up to eight.
    let one = &b"\xa3\x85\x81\0\0\0\x88"[..];
    let eight = [&b"\xa3\x96\x81\0\0\0"[..], &[0x88; 8], b"\xc7\x01\x01\x01\x01\x01\x01\x01\x01\xc7"].concat();
    for (block, most) in [(one, 7_000), (&eight, 875)] {
        let cluster = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x81\0";
        let shown = |count| [&fixture("live.webm")[..], cluster, &block.repeat(count)].concat();
        assert!(video(shown(most)).await.is_ok());
        assert_eq!(video(shown(most + 300)).await.map(drop).unwrap_err().code(), "too_large");
    }
    // Elements that reach out of the file.
    let long = [fixture("live.webm"), b"\x12\x54\xc3\x67\x10\xff\xff\xff".to_vec()].concat();
    assert_eq!(video(long).await.unwrap_err().code(), "unreadable");
}

#[tokio::test]
async fn an_ogg_is_one_stream_with_right_checksums() {
    let whole = fixture("opus.ogg");
    let mut wrong = whole.clone();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    assert_eq!(sound(wrong).await.unwrap_err().code(), "unreadable");
    let chained = whole.repeat(2);
    assert_eq!(sound(chained).await.unwrap_err().code(), "unsupported");
}
