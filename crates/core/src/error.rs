//! Errors that leave core: a stable code for programs, a sentence for people.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What went wrong, by name. Faces branch on the code, never on the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The command could not be read, or a value in it is out of range.
    BadRequest,
    /// Nothing of that name or id.
    NotFound,
    /// A name that fits more than one contact.
    Ambiguous,
    /// Another node already runs on this home.
    HomeInUse,
    /// The home is not readable: wrong key or passphrase, or damaged.
    HomeLocked,
    /// No node runs on this home.
    NoNode,
    /// The invitation is not one, or was damaged on the way.
    InviteInvalid,
    /// The invitation's time is over.
    InviteExpired,
    /// The invitation was already used.
    InviteUsed,
    /// The other side could not be reached.
    PeerUnreachable,
    /// The other side said no, or has not said yes.
    Refused,
    /// The other side asks too often, or this side does.
    TooMany,
    /// The contact is blocked.
    Blocked,
    /// Larger than the stated cap.
    TooLarge,
    /// A file that is missing or cannot be read.
    FileUnreadable,
    /// A picture that cannot be decoded.
    PictureUnreadable,
    /// The disk is full.
    DiskFull,
    /// The share's time is over, or it was revoked.
    ShareEnded,
    /// The catalog did not answer and nothing is cached.
    CatalogUnreachable,
    /// The catalog's answer failed a check of signature, version or size.
    CatalogInvalid,
    /// No rule recognises the link, or no catalog entitled to it knows the code.
    NoCard,
    /// The catalog has another version than the one that was edited.
    Changed,
    /// Another product of the catalog has this GTIN.
    GtinTaken,
    /// A file of a kind that is not taken; the message says which is.
    Unsupported,
    /// A fault in Stoa itself; the log says more.
    Internal,
}

/// An error with its code.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, Type)]
#[error("{message}")]
pub struct Error {
    pub code: Code,
    pub message: String,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Shorthand: `bad(Code::NotFound, "…")`.
pub fn bad<T>(code: Code, message: impl Into<String>) -> Result<T> {
    Err(Error::new(code, message))
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::new(Code::DiskFull, "the disk is full; nothing was lost, free some space and try again")
            }
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                Self::new(Code::FileUnreadable, error.to_string())
            }
            _ => Self::new(Code::Internal, error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                Self::new(Code::DiskFull, "the disk is full; nothing was lost, free some space and try again")
            }
            Some(ErrorCode::NotADatabase) => Self::new(Code::HomeLocked, "the key does not open this home"),
            _ => Self::new(Code::Internal, format!("database: {error}")),
        }
    }
}

impl From<stoa_p2p::Error> for Error {
    fn from(error: stoa_p2p::Error) -> Self {
        let code = match &error {
            stoa_p2p::Error::Refused => Code::Refused,
            stoa_p2p::Error::TooMany => Code::TooMany,
            stoa_p2p::Error::TooLarge => Code::TooLarge,
            stoa_p2p::Error::NotConnected | stoa_p2p::Error::TimedOut | stoa_p2p::Error::Unreachable => Code::PeerUnreachable,
            stoa_p2p::Error::Full => Code::DiskFull,
            stoa_p2p::Error::Store(why) if why.contains("No space left") => Code::DiskFull,
            stoa_p2p::Error::Exists => Code::FileUnreadable,
            _ => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

impl From<stoa_media::Error> for Error {
    fn from(error: stoa_media::Error) -> Self {
        let code = match &error {
            stoa_media::Error::TooLarge | stoa_media::Error::OverLimit(_) => Code::TooLarge,
            stoa_media::Error::Unsupported(_) | stoa_media::Error::Still => Code::Unsupported,
            stoa_media::Error::NotStarted(_) => Code::Internal,
            _ => Code::PictureUnreadable,
        };
        Self::new(code, error.to_string())
    }
}

impl From<stoa_catalog::Error> for Error {
    fn from(error: stoa_catalog::Error) -> Self {
        let code = match &error {
            stoa_catalog::Error::NotFound => Code::NoCard,
            away if away.is_away() => Code::CatalogUnreachable,
            stoa_catalog::Error::Fetch(_) => Code::CatalogUnreachable,
            _ => Code::CatalogInvalid,
        };
        Self::new(code, error.to_string())
    }
}
