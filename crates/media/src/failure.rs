//! Why a picture cannot be shown.

use image::ImageError;

pub enum Failure {
    Unreadable(String),
    TooLarge,
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            error => Self::Unreadable(error.to_string()),
        }
    }
}
