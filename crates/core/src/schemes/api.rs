//! How somebody looks in every state: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::presence::api::State;
use crate::time::{Bytes, Time};

/// Shows the own scheme, or a contact's as it is known here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct SchemeShow {
    pub contact: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Scheme {
    /// The owner's public key, hex.
    pub person: String,
    /// 0: none was ever published, or none is known here.
    pub version: u32,
    pub time: Time,
    /// Only states that have a look, built-in ones first.
    pub looks: Vec<Look>,
    /// Bytes of all media, each blob once, and how many there may be.
    pub bytes: Bytes,
    pub budget: Bytes,
    /// Whether state changes carry the scheme to those who have an older one. The owner's alone.
    pub push: bool,
}

/// A state's look: any mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Look {
    pub state: State,
    /// At most 140 letters, one line.
    pub text: String,
    pub picture: Option<LookMedia>,
    pub animation: Option<LookMedia>,
    pub sound: Option<LookMedia>,
    pub video: Option<LookMedia>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LookPart {
    Text,
    Picture,
    Animation,
    Sound,
    Video,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LookMedia {
    /// BLAKE3 of the published bytes, hex: what `scheme.set` takes.
    pub hash: String,
    /// For `media.get`.
    pub id: String,
    /// A still picture for `media.get`, where there is one: the picture itself, or an animation's first frame.
    pub still: Option<String>,
    /// IANA media type, e.g. `image/webp`, `audio/ogg`, `video/webm`.
    pub media_type: String,
    pub bytes: Bytes,
    /// Pixels; 0 for sound.
    pub width: u32,
    pub height: u32,
    /// 0 for pictures.
    pub duration_ms: u32,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Here,
    /// Not fetched yet.
    Missing,
    /// It could not be decoded or is not what it claims to be.
    Broken,
}

/// Reads a file and makes of it what will be published: pictures and animations at most 512 px as WebP, sound and video
/// inspected. Kept for an hour unless `scheme.set` uses it.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SchemePrepare {
    pub part: LookPart,
    /// An absolute path on the machine of the node.
    pub path: String,
}

/// Replaces the whole look of a state and publishes the scheme. Media by the hashes that `scheme.prepare` or `scheme.show`
/// named. An empty look is none.
///
/// Errors: `too_large` past the budget, with what it would be; `not_found` for an unknown hash.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SchemeSet {
    pub state: State,
    pub text: String,
    pub picture: Option<String>,
    pub animation: Option<String>,
    pub sound: Option<String>,
    pub video: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SchemePush {
    pub on: bool,
}
