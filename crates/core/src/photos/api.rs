//! Photo shares: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::Code;
use crate::time::{Bytes, Time};

/// Shares pictures, or all pictures of folders, with contacts. Returns at once; the share is offered when
/// every thumbnail is made. At most 2,000 pictures of at most 64 MiB each.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareAdd {
    /// Absolute paths on the machine of the node.
    pub paths: Vec<String>,
    /// Contacts by name or id.
    pub with: Vec<String>,
    /// The folder's name or the date unless told.
    pub name: Option<String>,
    /// Seconds, 60 to 31,536,000; 15 days unless told.
    pub expires: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareStarted {
    pub share: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct ShareList {
    /// Only shares with or from this contact.
    pub with: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ShareState {
    /// Thumbnails are being made on the owner's side.
    Preparing,
    /// Offered; pictures can be fetched.
    Open,
    /// Its time is over.
    Expired,
    Revoked,
    /// Nothing could be shared; every picture was unreadable.
    Failed,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Share {
    pub id: String,
    pub name: String,
    /// The owner's person id.
    pub owner: String,
    pub mine: bool,
    /// Person ids the share was made for; on a receiver's side only the receiver.
    pub with: Vec<String>,
    pub at: Time,
    pub expires: Time,
    pub state: ShareState,
    pub count: u32,
    pub size: Bytes,
    /// Pictures complete on this machine, readable or not (own shares: prepared).
    pub here: u32,
    /// Pictures asked for and not yet complete.
    pub wanted: u32,
    pub paused: bool,
    /// Bytes of wanted and complete pictures that are here.
    pub done: Bytes,
    /// Bytes of wanted and complete pictures together: what `done` grows to.
    pub goal: Bytes,
    /// Bytes a second now; 0 when nothing moves.
    pub rate: Bytes,
    /// Files that could not be shared. At most 100 are named.
    pub problems: Vec<Problem>,
    /// Picture ids of up to 4 thumbnails for a tile.
    pub cover: Vec<String>,
}

/// A file that was left out of a share.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Problem {
    /// Its name, without the folder.
    pub file: String,
    pub code: Code,
    pub message: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareShow {
    pub share: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareDetails {
    pub share: Share,
    pub items: Vec<ShareItem>,
    /// Who fetched what, on the owner's side.
    pub fetched: Vec<ShareFetched>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareItem {
    /// Position in the share, from 1.
    pub index: u32,
    pub name: String,
    /// The picture's BLAKE3 hash, hex.
    pub hash: String,
    pub size: Bytes,
    pub width: u32,
    pub height: u32,
    /// `media.get` id of the thumbnail; empty until it is here.
    pub thumbnail: String,
    /// `media.get` id of a window-sized picture; empty until the picture is here.
    pub preview: String,
    pub state: ItemState,
    pub done: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Known, not asked for.
    Listed,
    /// Asked for; waits for its turn or for a holder.
    Wanted,
    Fetching,
    Here,
    /// The file that came is no readable picture; its bytes are kept, not shown.
    Failed,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareFetched {
    pub person: String,
    pub count: u32,
    /// Positions of the pictures they have.
    pub items: Vec<u32>,
}

/// Asks for pictures; all of the share when `only` is empty.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareFetch {
    pub share: String,
    pub only: Vec<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct SharePause {
    pub share: String,
    /// False goes on.
    pub paused: bool,
}

/// Stops fetching and forgets what is not complete.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareCancel {
    pub share: String,
}

/// Saves complete pictures, byte for byte, into a folder. Existing files are never overwritten.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareSave {
    pub share: String,
    pub only: Vec<u32>,
    pub into: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Saved {
    pub files: Vec<String>,
}

/// Ends the share for one contact, or for all.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ShareRevoke {
    pub share: String,
    pub from: Option<String>,
}
