//! Why there is no picture, animation, sound or video.

/// Why there is no picture, animation, sound or video.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not one of the formats, or damaged.
    #[error("unreadable file: {0}")]
    Unreadable(String),
    /// A picture past [`MAX_BYTES`](crate::MAX_BYTES), [`MAX_SIDE`](crate::MAX_SIDE), [`MAX_PIXELS`](crate::MAX_PIXELS) or
    /// [`MAX_DECODED`](crate::MAX_DECODED).
    #[error("the picture is too large")]
    TooLarge,
    /// Past another cap: which, and what it allows.
    #[error("{0}")]
    OverLimit(String),
    /// A known format that is not taken, and which to use instead.
    #[error("{0}")]
    Unsupported(String),
    /// A picture of one frame where an animation was wanted.
    #[error("this is a still picture, not an animation; add it as a picture")]
    Still,
    /// Not done within the time limit; the child was killed.
    #[error("decoding took too long")]
    TooSlow,
    /// The child died of this file, its memory limit included, or broke the protocol.
    #[error("the decoder crashed")]
    Crashed,
    /// There is no child to be had.
    #[error("the decoder could not be started: {0}")]
    NotStarted(#[from] std::io::Error),
}

impl Error {
    /// A stable name for programs; past any cap it is `too_large`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge | Self::OverLimit(_) => "too_large",
            Self::Unsupported(_) => "unsupported",
            Self::Still => "still",
            Self::TooSlow => "too_slow",
            Self::Crashed => "crashed",
            Self::NotStarted(_) => "not_started",
        }
    }
}
