//! The signed logs: headers, entries, how they are checked and ordered. No I/O.
//!
//! Each device writes one append-only log in each conversation. A header names its predecessor, the heads of other
//! devices' logs its author had seen (causal parents), and BLAKE3(salt || body), so that a body can be deleted and a
//! deleted one cannot be guessed. The order of a conversation is topological, then (hybrid time, device, seq); an
//! entry's *place* makes it a plain comparison: its time is raised above that of everything it names.

use serde::{Deserialize, Serialize};

use crate::ids::{Conversation, Device, Entry};
use crate::keys::{Domain, Key, verify};
use crate::wire::codec::{decode, encode};

/// Bytes of a body, at most: a share of 2,000 pictures fits.
pub const BODY_CAP: usize = 512 * 1024;
/// Bytes of an encoded header, at most.
pub const HEADER_CAP: usize = 700;
/// Causal parents an entry names, at most.
pub const PARENTS_CAP: usize = 8;
/// Letters of a kind tag, at most.
pub const KIND_CAP: usize = 32;

/// Milliseconds since 1970 in the upper 48 bits, a counter in the lower 16 (hybrid logical clock, Kulkarni et al. 2014).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hybrid(pub u64);

impl Hybrid {
    /// Another's time advances ours by at most this many milliseconds.
    pub const SKEW: u64 = 5 * 60 * 1_000;

    pub fn from_millis(millis: u64) -> Self {
        Self(millis.min((1 << 46) - 1) << 16)
    }

    pub fn millis(self) -> i64 {
        i64::try_from(self.0 >> 16).unwrap_or(i64::MAX)
    }

    /// The time for a new entry: now, but later than `last`.
    pub fn tick(self, last: Self) -> Self {
        Self(self.0.max(last.0 + 1))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What the body is, with its version: `text/1`.
    pub kind: String,
    pub conversation: Conversation,
    pub device: Device,
    /// From 1, without gaps.
    pub seq: u64,
    /// The device's entry before this one; zeros for the first.
    pub prev: [u8; 32],
    pub time: Hybrid,
    pub parents: Vec<Entry>,
    /// BLAKE3(salt || body).
    pub body_hash: [u8; 32],
}

/// An entry as it is stored and travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The postcard bytes of the header: what was signed is what is kept.
    pub header: Vec<u8>,
    pub signature: Vec<u8>,
    /// Gone when the author deleted it or forgot the conversation: the log goes on, the entry says nothing.
    pub body: Option<Body>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub salt: [u8; 32],
    pub bytes: Vec<u8>,
}

/// Why an entry is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the entry is larger than its cap")]
    TooLarge,
    #[error("the header cannot be read")]
    Unreadable,
    #[error("the signature is not the device's")]
    Signature,
    #[error("the body is not the one the header names")]
    Body,
}

/// A checked entry.
#[derive(Clone, Debug)]
pub struct Opened {
    pub id: Entry,
    pub header: Header,
}

impl Sealed {
    /// Makes and signs an entry.
    pub fn write(key: &Key, mut header: Header, body: Vec<u8>) -> (Entry, Self) {
        let salt: [u8; 32] = rand::random();
        header.body_hash = body_hash(&salt, &body);
        let header = encode(&header);
        let signature = key.sign(Domain::Header, &header);
        (id(&header), Self { header, signature, body: Some(Body { salt, bytes: body }) })
    }

    /// Checks size, shape, signature and body. Says nothing about whether the device may write here.
    pub fn open(&self) -> Result<Opened, Invalid> {
        if self.header.len() > HEADER_CAP || self.size() > HEADER_CAP + BODY_CAP {
            return Err(Invalid::TooLarge);
        }
        let header: Header = decode(&self.header).ok_or(Invalid::Unreadable)?;
        if header.parents.len() > PARENTS_CAP || header.kind.len() > KIND_CAP || header.seq == 0 || header.seq > 1 << 48 {
            return Err(Invalid::Unreadable);
        }
        // the upper bound keeps places inside SQLite's signed integers
        if header.time.0 >= 1 << 62 {
            return Err(Invalid::Unreadable);
        }
        if !verify(&header.device.0, Domain::Header, &self.header, &self.signature) {
            return Err(Invalid::Signature);
        }
        if self.body.as_ref().is_some_and(|body| body_hash(&body.salt, &body.bytes) != header.body_hash) {
            return Err(Invalid::Body);
        }
        Ok(Opened { id: id(&self.header), header })
    }

    /// Bytes of header and body.
    pub fn size(&self) -> usize {
        self.header.len() + self.body.as_ref().map_or(0, |body| body.bytes.len())
    }
}

fn id(header: &[u8]) -> Entry {
    Entry(*blake3::Hasher::new_derive_key("stoa log entry v1").update(header).finalize().as_bytes())
}

fn body_hash(salt: &[u8; 32], body: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new().update(salt).update(body).finalize().as_bytes()
}

/// What a device's log is up to, in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Entry,
    pub frozen: bool,
}

/// What is to be done with a checked entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Append,
    /// Already here.
    Known,
    /// Its predecessors are missing: asked for by height, so nothing is kept.
    Gap,
    /// A second entry with this seq: kept as proof, the device is frozen.
    Fork,
    /// The device forked before.
    Frozen,
}

/// Decides about an entry, given the device's head and what stands at its seq.
pub fn judge(opened: &Opened, head: Option<Head>, at_seq: Option<Entry>) -> Verdict {
    let (seq, hash, frozen) = head.map_or((0, Entry([0; 32]), false), |head| (head.seq, head.hash, head.frozen));
    match at_seq {
        Some(known) if known == opened.id => Verdict::Known,
        _ if frozen => Verdict::Frozen,
        Some(_) => Verdict::Fork,
        None if opened.header.seq != seq + 1 => Verdict::Gap,
        None if opened.header.prev != hash.0 => Verdict::Fork,
        None => Verdict::Append,
    }
}

/// Where an entry stands in its conversation: compare as bytes. 8 bytes of time, 32 of device, 8 of seq, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub [u8; 48]);

impl Place {
    /// `before`: the times of the places of the predecessor and of every parent.
    pub fn of(header: &Header, before: impl IntoIterator<Item = Hybrid>) -> Self {
        let floor = before.into_iter().map(|time| time.0 + 1).max().unwrap_or(0);
        let time = header.time.0.max(floor);
        let mut bytes = [0; 48];
        bytes[..8].copy_from_slice(&time.to_be_bytes());
        bytes[8..40].copy_from_slice(&header.device.0);
        bytes[40..].copy_from_slice(&header.seq.to_be_bytes());
        Self(bytes)
    }

    pub fn time(&self) -> Hybrid {
        let mut time = [0; 8];
        time.copy_from_slice(&self.0[..8]);
        Hybrid(u64::from_be_bytes(time))
    }
}
