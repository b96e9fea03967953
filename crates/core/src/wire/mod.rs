//! What travels between two Stoas, as postcard (a stable format: postcard.jamesmunns.com/wire-format).
//!
//! Every message is one request or one answer on a p2p protocol, whose cap p2p holds. Adding a case at the end of an
//! enum is compatible; anything else is a new protocol version. Byte snapshots in `wire/snapshots.rs` hold it.

pub mod codec;

use serde::{Deserialize, Serialize};

pub use codec::{decode, encode};

use crate::ids::{Conversation, Device, Person};
use crate::log::Sealed;
use crate::presence::api::State;

/// Bytes of entries in one push, at most; one entry of the largest body always fits.
pub const PUSH_CAP: usize = 900 * 1024;
/// Entries in one push, at most.
pub const PUSH_ENTRIES: usize = 500;
/// Addresses of one device, at most.
pub const ADDRS_CAP: usize = 8;
/// Conversations named in one meeting, at most.
pub const MEET_CAP: usize = 1_000;

/// A manifest: its bytes as signed by the owner's person key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub bytes: Vec<u8>,
    pub signature: Vec<u8>,
}

/// Grows with every change; the device breaks a tie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    pub counter: u64,
    pub device: [u8; 32],
}

/// How a person introduces themselves to somebody who does not know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intro {
    pub person: Person,
    pub devices: Signed,
    pub profile: Signed,
    pub addrs: Vec<String>,
}

/// `/stoa/pair/1`: all that a stranger may say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairAsk {
    /// What name do you answer strangers with?
    Greet,
    /// Spoken only after the channel is bound to the inviter's device key.
    Redeem { secret: [u8; 16], intro: Intro },
    /// Would you have me as a contact?
    Request { intro: Intro },
    /// The yes to a request.
    Accept { intro: Intro },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairAnswer {
    Greeting { name: String },
    Welcome { intro: Intro },
    Noted,
    Invalid,
    Expired,
    Used,
}

/// How far a device's log is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Height {
    pub device: Device,
    pub seq: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    pub device: Device,
    pub key: String,
    pub version: u64,
    pub value: Vec<u8>,
}

/// What one side holds of the other's manifests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    pub devices: Version,
    pub profile: Version,
    pub scheme: Version,
    pub persona: Version,
}

/// `/stoa/sync/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncAsk {
    /// On meeting: addresses to be found at, and a digest of each shared conversation.
    Meet { addrs: Vec<String>, digests: Vec<(Conversation, [u8; 32])> },
    /// Newer manifests of the sender.
    /// The scheme only where its owner pushes it.
    Manifests { devices: Option<Signed>, profile: Option<Signed>, scheme: Option<Signed> },
    /// Entries, oldest first per device, and the sender's own registers. Answered after commit.
    Push { conversation: Conversation, entries: Vec<Sealed>, registers: Vec<Register> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncAnswer {
    /// Heights and known registers of the conversations whose digests differ.
    Met {
        holds: Holds,
        differ: Vec<Known>,
    },
    Taken,
    /// What is durable here after the push.
    Stored(Known),
    /// Not a conversation with the asker.
    NotYours,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub conversation: Conversation,
    pub heights: Vec<Height>,
    /// (device, key, version)
    pub registers: Vec<(Device, String, u64)>,
}

/// `/stoa/live/1`: never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Live {
    /// How the sender is, and the newest versions of what they look like: nothing more until it is asked for.
    State {
        state: State,
        text: String,
        since: i64,
        until: Option<i64>,
        scheme: Version,
        persona: Version,
    },
    Typing,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LookKind {
    Scheme,
    Persona,
}

/// Questions about others in one request, at most.
pub const OTHERS_CAP: usize = 64;

/// `/stoa/look/1`: the newest scheme or persona.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LookAsk {
    /// Of the one who is asked. `granted`: until when the asker's grant for it holds, ms since 1970; 0 without one.
    Yours { kind: LookKind, have: Version, granted: i64 },
    /// Of others who are away, at most [`OTHERS_CAP`].
    Others(Vec<LookOther>),
}

/// A question about somebody who is away: understood only by who knows that person too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookOther {
    /// The person's id, keyed with the asked device's: see `looks::grant`.
    pub tag: [u8; 16],
    pub kind: LookKind,
    pub have: Version,
    /// The person's word that the asker may see it.
    pub not_after: i64,
    pub signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LookAnswer {
    Yours {
        found: LookFound,
        /// A grant for the asker, when the one it has ends soon: until when, and the signature.
        grant: Option<(i64, Vec<u8>)>,
    },
    /// Index in the question, and what is newer; what is left out is none, unchanged or not for the asker.
    Others(Vec<(u16, Signed)>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LookFound {
    /// Nothing was ever published.
    None,
    Unchanged,
    New(Signed),
}

/// Bytes of a blob in one answer, at most.
pub const PIECE_CAP: usize = 256 * 1024;

/// `/stoa/card/1`: what did the catalog say? Only about a link that stands in the conversation of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAsk {
    /// The catalog's origin, and the key that the asker has pinned.
    pub catalog: String,
    pub key: [u8; 32],
    /// As it stands in the message.
    pub link: String,
    pub want: CardWant,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardWant {
    /// The catalog's manifest, when newer than this version.
    Manifest { version: u64 },
    /// The product of the link, when newer than this version.
    Product { code: String, version: u64 },
    /// A blob that the product or the manifest names, from this byte on.
    Blob { hash: [u8; 32], from: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardAnswer {
    /// Nothing newer, nothing at all, or nothing for the asker: one answer for all three.
    Nothing,
    /// As the catalog signed it, and when it last said so.
    Signed { payload: String, signature: String, checked: i64 },
    /// At most [`PIECE_CAP`] bytes of a blob of this size.
    Piece { size: u64, bytes: Vec<u8> },
}

#[cfg(test)]
mod snapshots;
