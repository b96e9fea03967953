//! Names of devices and of blobs: 32 bytes, written as 64 lower-case hex digits.

use std::{fmt, str::FromStr};

use libp2p::PeerId;
use serde::{Deserialize, Serialize};

/// An ed25519 public key (RFC 8032), which names a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub [u8; 32]);

/// The BLAKE3 hash of a blob's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

/// The text is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hex digits")]
pub struct NotHex;

macro_rules! hex_name {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                from_hex(text).map($name)
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

hex_name!(DeviceId);
hex_name!(Hash);

fn from_hex(text: &str) -> Result<[u8; 32], NotHex> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Ok(c - b'0'),
        b'a'..=b'f' => Ok(c - b'a' + 10),
        _ => Err(NotHex),
    };
    let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NotHex)?;
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(out)
}

/// Identity multihash of a protobuf PublicKey {type: Ed25519, data: 32 bytes} (libp2p peer-ids spec).
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

impl From<DeviceId> for PeerId {
    fn from(device: DeviceId) -> PeerId {
        let mut bytes = [0; 38];
        bytes[..6].copy_from_slice(&PEER_ID_PREFIX);
        bytes[6..].copy_from_slice(&device.0);
        match PeerId::from_bytes(&bytes) {
            Ok(peer) => peer,
            // 36 bytes of digest fit every identity multihash.
            Err(_) => unreachable!("an identity multihash of 36 bytes is a peer id"),
        }
    }
}

/// The peer's key is not ed25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer's key is not ed25519")]
pub struct NotEd25519;

impl TryFrom<PeerId> for DeviceId {
    type Error = NotEd25519;

    fn try_from(peer: PeerId) -> Result<Self, NotEd25519> {
        let bytes = peer.to_bytes();
        match bytes.strip_prefix(&PEER_ID_PREFIX).map(<[u8; 32]>::try_from) {
            Some(Ok(key)) => Ok(Self(key)),
            _ => Err(NotEd25519),
        }
    }
}
