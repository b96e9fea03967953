//! The 32-byte names that core deals in. Hex outside, BLOB in tables, bytes on the wire.

use std::{fmt, str::FromStr};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:.8})"), self.to_string())
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                let wrong = || Error::new(Code::BadRequest, concat!("not a ", stringify!($name), " id: 64 hex digits expected"));
                if text.len() != 64 || !text.is_ascii() {
                    return Err(wrong());
                }
                let mut bytes = [0; 32];
                for (at, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| wrong())?;
                }
                Ok(Self(bytes))
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 32]>::try_from(value.as_blob()?).map(Self).map_err(|_| FromSqlError::InvalidType)
            }
        }
    };
}

id! {
    /// A person: the ed25519 public key that signs their device list.
    Person
}
id! {
    /// A device: the ed25519 public key of its Stoa, the same that libp2p knows it by.
    Device
}
id! {
    /// A conversation, the smallest audience.
    Conversation
}
id! {
    /// A log entry: BLAKE3 of its header.
    Entry
}
id! {
    /// A photo share; also the scope of its blob streams.
    ShareId
}
id! {
    /// BLAKE3 of a blob's bytes.
    Hash
}

impl From<stoa_p2p::DeviceId> for Device {
    fn from(id: stoa_p2p::DeviceId) -> Self {
        Self(id.0)
    }
}

impl From<Device> for stoa_p2p::DeviceId {
    fn from(id: Device) -> Self {
        Self(id.0)
    }
}

impl From<stoa_p2p::Hash> for Hash {
    fn from(hash: stoa_p2p::Hash) -> Self {
        Self(hash.0)
    }
}

impl From<Hash> for stoa_p2p::Hash {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl Conversation {
    /// The one-to-one conversation: the same on both sides, whoever speaks first.
    pub fn pair(one: Person, other: Person) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        let mut hasher = blake3::Hasher::new_derive_key("stoa conversation pair v1");
        hasher.update(&low.0).update(&high.0);
        Self(*hasher.finalize().as_bytes())
    }

    /// The self-conversation: what a person's own devices tell each other.
    pub fn own(person: Person) -> Self {
        Self(*blake3::Hasher::new_derive_key("stoa conversation self v1").update(&person.0).finalize().as_bytes())
    }
}
