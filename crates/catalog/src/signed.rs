//! Signed answers: the exact JSON bytes with an ed25519 signature (RFC 8032) under a tag that names what is signed.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// Something a catalog signs.
pub trait Signable: Serialize + DeserializeOwned {
    /// Ends in a zero byte, so that no tag is the beginning of another.
    const TAG: &'static [u8];
    /// The largest payload, in bytes.
    const CAP: usize;
    /// Shape and limits, after the signature held.
    fn check(&self) -> Result<(), Error>;
}

/// `{"payload": "<JSON text>", "signature": "<base64>"}`. The payload is kept as it was signed, never written anew.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Signed<T> {
    pub payload: String,
    pub signature: String,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        Self { payload: self.payload.clone(), signature: self.signature.clone(), kind: PhantomData }
    }
}

impl<T> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("payload", &self.payload).finish_non_exhaustive()
    }
}

impl<T: Signable> Signed<T> {
    /// Puts a stored pair together again; nothing is checked before [`Signed::verify`].
    pub fn from_parts(payload: String, signature: String) -> Self {
        Self { payload, signature, kind: PhantomData }
    }

    /// Reads the wire form; nothing is checked but its size before [`Signed::verify`].
    pub fn from_wire(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() as u64 > Self::wire_cap() {
            return Err(Error::invalid("a signed answer that is too large"));
        }
        serde_json::from_slice(bytes).map_err(|error| Error::invalid(format!("not a signed answer: {error}")))
    }

    /// Quotes in the payload are escaped on the wire, so it may take twice its size there.
    pub(crate) fn wire_cap() -> u64 {
        2 * T::CAP as u64 + 512
    }

    /// Size, signature, shape; then the value.
    pub fn verify(&self, key: &Key) -> Result<T, Error> {
        self.sized()?;
        let bytes = STANDARD.decode(&self.signature).map_err(|_| Error::Signature)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| Error::Signature)?;
        key.0.verify_strict(&message::<T>(&self.payload), &signature).map_err(|_| Error::Signature)?;
        let value: T = self.parse()?;
        value.check()?;
        Ok(value)
    }

    pub(crate) fn sized(&self) -> Result<(), Error> {
        if self.payload.len() > T::CAP || self.signature.len() > 128 {
            return Err(Error::invalid("a signed answer that is too large"));
        }
        Ok(())
    }

    pub(crate) fn parse<U: DeserializeOwned>(&self) -> Result<U, Error> {
        serde_json::from_str(&self.payload).map_err(|error| Error::invalid(format!("not of its shape: {error}")))
    }

    #[cfg(feature = "server")]
    pub(crate) fn sign(value: &T, key: &ed25519_dalek::SigningKey) -> Result<Self, Error> {
        use ed25519_dalek::Signer;
        value.check()?;
        let payload = serde_json::to_string(value).map_err(|error| Error::invalid(error.to_string()))?;
        if payload.len() > T::CAP {
            return Err(Error::invalid("it is too large to be signed"));
        }
        let signature = STANDARD.encode(key.sign(&message::<T>(&payload)).to_bytes());
        Ok(Self { payload, signature, kind: PhantomData })
    }
}

fn message<T: Signable>(payload: &str) -> Vec<u8> {
    [T::TAG, payload.as_bytes()].concat()
}

/// A catalog's public key; 64 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub(crate) VerifyingKey);

impl Key {
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::invalid("not an ed25519 key"))?;
        if key.is_weak() { Err(Error::invalid("a weak key")) } else { Ok(Self(key)) }
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_bytes(&unhex(text).ok_or_else(|| Error::invalid("a key is 64 hexadecimal digits"))?)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.as_bytes()))
    }
}

/// The BLAKE3 hash of a blob; 64 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        unhex(text).map(Self).ok_or_else(|| Error::invalid("a hash is 64 hexadecimal digits"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

macro_rules! as_text {
    ($type:ty) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Key);
as_text!(Hash);

fn hex(bytes: &[u8; 32]) -> String {
    blake3::Hash::from(*bytes).to_hex().to_string()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let lower = text.len() == 64 && !text.bytes().any(|b| b.is_ascii_uppercase());
    lower.then(|| blake3::Hash::from_hex(text).ok().map(|hash| *hash.as_bytes()))?
}
