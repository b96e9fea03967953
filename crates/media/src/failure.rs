//! Why the child makes nothing of a file.

use image::ImageError;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::frame::MAX_REASON;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    Unreadable(String),
    TooLarge,
    OverLimit(String),
    Unsupported(String),
    Still,
}

impl Failure {
    /// The same with an explanation that fits a frame.
    pub fn shortened(mut self) -> Self {
        if let Self::Unreadable(reason) | Self::OverLimit(reason) | Self::Unsupported(reason) = &mut self
            && reason.len() > MAX_REASON
        {
            let end = (0..=MAX_REASON).rev().find(|&at| reason.is_char_boundary(at)).unwrap_or(0);
            reason.truncate(end);
        }
        self
    }
}

/// For a file that says other than its format allows.
pub fn unreadable(reason: impl std::fmt::Display) -> Failure {
    Failure::Unreadable(reason.to_string())
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            error => Self::Unreadable(error.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let plain = |reason: String| reason.chars().filter(|c| !c.is_control()).collect();
        match failure {
            Failure::Unreadable(reason) => Self::Unreadable(plain(reason)),
            Failure::TooLarge => Self::TooLarge,
            Failure::OverLimit(reason) => Self::OverLimit(plain(reason)),
            Failure::Unsupported(reason) => Self::Unsupported(plain(reason)),
            Failure::Still => Self::Still,
        }
    }
}
