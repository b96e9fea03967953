//! Postcard, whole values only.

use serde::{Serialize, de::DeserializeOwned};

/// Types here are plain data, so encoding cannot fail; an empty vector would be refused by every reader.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}

/// Reads the whole of `bytes` as a `T`; trailing bytes are an error.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
