//! WAV: RIFF chunks (Multimedia Programming Interface and Data Specifications 1.0), of which only the format and the samples are kept.

use crate::failure::{Failure, unreadable};
use crate::sound::{Content, SoundCodec};

const WHOLE: u16 = 1;
const FLOAT: u16 = 3;
/// The format stands in a GUID behind the usual fields (WAVEFORMATEXTENSIBLE).
const EXTENSIBLE: u16 = 0xfffe;
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const MOST_CHUNKS: usize = 1_000;

struct Format {
    kind: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

pub fn read(file: &[u8]) -> Result<Content, Failure> {
    let length = file.get(4..8).and_then(number).ok_or_else(|| unreadable("a WAV without a length"))? as usize;
    // Some writers count one byte too many or too few, or none when the end was not known.
    let end = if length == 0 || length == u32::MAX as usize { file.len() } else { (length + 8).min(file.len()) };
    let mut rest = &file[12.min(end)..end];
    let (mut format, mut samples) = (None, None::<&[u8]>);
    for _ in 0..MOST_CHUNKS {
        let Some((head, behind)) = rest.split_first_chunk::<8>() else { break };
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = match behind.get(..length) {
            Some(body) => body,
            None if &head[..4] == b"data" && length == u32::MAX as usize => behind,
            None => return Err(unreadable("a chunk of the WAV ends behind the file")),
        };
        match &head[..4] {
            b"fmt " if format.is_none() => format = Some(format_of(body)?),
            b"data" if samples.is_none() => samples = Some(body),
            b"fmt " | b"data" => return Err(unreadable("a WAV with two formats or two sounds")),
            _ => {}
        }
        rest = &behind[(length.saturating_add(length % 2)).min(behind.len())..];
    }
    let (Some(format), Some(samples)) = (format, samples) else { return Err(unreadable("a WAV without format or samples")) };
    let block = usize::from(format.channels) * usize::from(format.bits / 8);
    let samples = &samples[..samples.len() / block * block];
    if samples.is_empty() {
        return Err(unreadable("a WAV without samples"));
    }
    let duration_ms = (samples.len() / block) as u64 * 1000 / u64::from(format.rate);
    Ok(Content { codec: SoundCodec::Pcm, duration_ms, bytes: written(&format, samples) })
}

fn format_of(body: &[u8]) -> Result<Format, Failure> {
    let short = |at: usize| body.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let fields = (short(0), short(2), body.get(4..8).and_then(number), short(12), short(14));
    let (Some(mut kind), Some(channels), Some(rate), Some(block), Some(bits)) = fields else {
        return Err(unreadable("a WAV whose format is cut"));
    };
    if kind == EXTENSIBLE && body.get(26..40) == Some(&GUID_TAIL) {
        kind = short(24).unwrap_or(EXTENSIBLE);
    }
    match (kind, bits) {
        (WHOLE, 8 | 16 | 24 | 32) | (FLOAT, 32 | 64) => {}
        (WHOLE | FLOAT, _) => return Err(Failure::Unsupported(format!("WAV of {bits} bits is not played; use 16"))),
        _ => return Err(Failure::Unsupported(format!("WAV of coding {kind} is not played; use PCM"))),
    }
    let usual = (1..=8).contains(&channels) && (1_000..=384_000).contains(&rate);
    if !usual || u32::from(block) != u32::from(channels) * u32::from(bits / 8) {
        return Err(unreadable("a WAV whose format contradicts itself"));
    }
    Ok(Format { kind, channels, rate, bits })
}

fn written(format: &Format, samples: &[u8]) -> Vec<u8> {
    let block = format.channels * (format.bits / 8);
    let padded = samples.len() + samples.len() % 2;
    let mut out = b"RIFF".to_vec();
    out.extend(((36 + padded) as u32).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0");
    out.extend(format.kind.to_le_bytes());
    out.extend(format.channels.to_le_bytes());
    out.extend(format.rate.to_le_bytes());
    out.extend((format.rate * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(format.bits.to_le_bytes());
    out.extend(b"data");
    out.extend((samples.len() as u32).to_le_bytes());
    out.extend(samples);
    out.resize(44 + padded, 0);
    out
}

fn number(four: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
