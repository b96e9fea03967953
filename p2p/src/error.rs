//! What can go wrong, each with a code that callers branch on.

use crate::protocol::Status;

/// An error of the network or of the blob store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection to the device is up.
    #[error("not connected to the device")]
    NotConnected,
    /// No known address of the device answered with its key.
    #[error("the device cannot be reached")]
    Unreachable,
    /// The limit of the operation passed.
    #[error("timed out")]
    TimedOut,
    /// The other side refuses: its gate is closed to this device, or its owner said no.
    #[error("refused by the other side")]
    Refused,
    /// A stranger asks too often.
    #[error("too many requests; try later")]
    TooMany,
    /// The body or blob is larger than its cap or than was promised.
    #[error("larger than allowed")]
    TooLarge,
    /// The other side has no room for more at once.
    #[error("the other side is busy")]
    Busy,
    /// The other side does not speak the protocol, or it is not one for requests.
    #[error("the protocol is not supported")]
    Unsupported,
    /// The stream ended before the answer did.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The other side's bytes break the protocol.
    #[error("the other side broke the protocol")]
    Malformed,
    /// The blob, or the part asked for, is not held.
    #[error("the blob is not here")]
    NotHeld,
    /// The bytes sent are not those the hash names.
    #[error("the bytes do not match the hash")]
    Corrupt,
    /// The file to write is already there.
    #[error("the file exists")]
    Exists,
    /// The node has stopped.
    #[error("the node has stopped")]
    Stopped,
    /// No address could be listened on.
    #[error("cannot listen: {0}")]
    Listen(String),
    /// A configured address is not a multiaddr.
    #[error("not an address: {0}")]
    Address(String),
    /// The secret is not an ed25519 seed, or the transport cannot be built.
    #[error("cannot set up the transport: {0}")]
    Transport(String),
    /// Less room is left on the disk than the blob and the store's own records need.
    #[error("the disk is full")]
    Full,
    /// The blob store failed: unreadable file, damaged database.
    #[error("blob store: {0}")]
    Store(String),
}

impl Error {
    /// A short name that stays the same between versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "not-connected",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Refused => "refused",
            Self::TooMany => "too-many",
            Self::TooLarge => "too-large",
            Self::Busy => "busy",
            Self::Unsupported => "unsupported",
            Self::Lost(_) => "lost",
            Self::Malformed => "malformed",
            Self::NotHeld => "not-held",
            Self::Corrupt => "corrupt",
            Self::Exists => "exists",
            Self::Stopped => "stopped",
            Self::Listen(_) => "listen",
            Self::Address(_) => "address",
            Self::Transport(_) => "transport",
            Self::Full => "full",
            Self::Store(_) => "store",
        }
    }

    pub(crate) fn store(cause: impl std::fmt::Display) -> Self {
        Self::Store(format!("{cause:#}"))
    }

    /// What a status other than [`Status::Ok`] means to the asker.
    pub(crate) fn from_status(status: Status) -> Self {
        match status {
            Status::Ok | Status::Malformed => Self::Malformed,
            Status::Refused => Self::Refused,
            Status::TooMany => Self::TooMany,
            Status::TooLarge => Self::TooLarge,
            Status::Busy => Self::Busy,
            Status::NotHeld => Self::NotHeld,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        match cause.kind() {
            std::io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Lost(cause.to_string()),
        }
    }
}
