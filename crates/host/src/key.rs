//! The database key at rest.
//!
//! Every home has one random 32-byte key; SQLCipher encrypts the database with it. `key.json` says where the key is:
//! beside the database in a file only the owner reads, or wrapped by a passphrase (Argon2id, RFC 9106, second
//! recommended parameters; XChaCha20-Poly1305). A home without a passphrase is protected by the account alone.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use stoa_core::api::{Code, Error, Result};
use zeroize::Zeroizing;

use crate::home::write_private;

const FILE: &str = "key.json";
/// More than any slot needs.
const FILE_CAP: u64 = 16 * 1024;
const DOMAIN: &[u8] = b"stoa key slot 1";
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// A damaged or planted slot must not ask for more than this.
const MEMORY_KIB_CAP: u32 = 1024 * 1024;
const PASSES_CAP: u32 = 32;
const LANES_CAP: u32 = 16;

/// What the owner gives to open the home.
#[derive(Clone, Default)]
pub struct Unlock {
    /// Wraps the key of a new home, opens a wrapped one, and wraps a key that lay open.
    pub passphrase: Option<Zeroizing<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Slot {
    File { key: String },
    Passphrase { salt: String, memory_kib: u32, passes: u32, lanes: u32, nonce: String, wrapped: String },
}

/// Reads the home's key, or makes it when the home is new.
///
/// # Errors
/// `home_locked` when the passphrase is missing or wrong, or the slot is damaged or gone.
pub fn open(home: &Path, unlock: &Unlock) -> Result<Zeroizing<[u8; 32]>> {
    let path = home.join(FILE);
    let passphrase = unlock.passphrase.as_ref().map(|text| text.as_bytes()).filter(|text| !text.is_empty());
    if !path.try_exists()? {
        return make(home, &path, passphrase);
    }
    if std::fs::metadata(&path)?.len() > FILE_CAP {
        return Err(damaged());
    }
    let slot = Zeroizing::new(std::fs::read(&path)?);
    match (serde_json::from_slice(&slot).map_err(|_| damaged())?, passphrase) {
        (Slot::File { key }, None) => bytes32(&Zeroizing::new(key)),
        (Slot::File { key }, Some(passphrase)) => {
            let key = bytes32(&Zeroizing::new(key))?;
            write(&path, &wrap(&key, passphrase)?)?;
            tracing::info!("the key is now wrapped by the passphrase");
            Ok(key)
        }
        (Slot::Passphrase { .. }, None) => Err(Error::new(
            Code::HomeLocked,
            "this home is locked by a passphrase; give it in STOA_PASSPHRASE or with --passphrase-file FILE",
        )),
        (slot @ Slot::Passphrase { .. }, Some(passphrase)) => unwrap(&slot, passphrase),
    }
}

fn make(home: &Path, path: &Path, passphrase: Option<&[u8]>) -> Result<Zeroizing<[u8; 32]>> {
    let database = std::fs::read_dir(home)?.flatten().any(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|extension| extension == "db" || extension == "sqlite")
    });
    if database {
        return Err(Error::new(Code::HomeLocked, "key.json is gone; without it this home cannot be read"));
    }
    let key = Zeroizing::new(rand::random::<[u8; 32]>());
    let slot = match passphrase {
        Some(passphrase) => wrap(&key, passphrase)?,
        None => Slot::File { key: STANDARD.encode(*key) },
    };
    write(path, &slot)?;
    Ok(key)
}

fn write(path: &Path, slot: &Slot) -> Result<()> {
    let text = serde_json::to_vec_pretty(slot).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    write_private(path, &Zeroizing::new(text))
}

fn wrap(key: &[u8; 32], passphrase: &[u8]) -> Result<Slot> {
    let salt: [u8; 16] = rand::random();
    let nonce: [u8; 24] = rand::random();
    let (memory_kib, passes, lanes) = (MEMORY_KIB, PASSES, LANES);
    let wrapped = cipher(passphrase, &salt, memory_kib, passes, lanes)?
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: key, aad: DOMAIN })
        .map_err(|_| Error::new(Code::Internal, "the key could not be wrapped"))?;
    Ok(Slot::Passphrase {
        salt: STANDARD.encode(salt),
        memory_kib,
        passes,
        lanes,
        nonce: STANDARD.encode(nonce),
        wrapped: STANDARD.encode(wrapped),
    })
}

fn unwrap(slot: &Slot, passphrase: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    let Slot::Passphrase { salt, memory_kib, passes, lanes, nonce, wrapped } = slot else { return Err(damaged()) };
    if *memory_kib > MEMORY_KIB_CAP || *passes > PASSES_CAP || *lanes > LANES_CAP {
        return Err(damaged());
    }
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| damaged());
    let (salt, nonce, wrapped) = (decode(salt)?, decode(nonce)?, decode(wrapped)?);
    if nonce.len() != 24 {
        return Err(damaged());
    }
    let key = cipher(passphrase, &salt, *memory_kib, *passes, *lanes)?
        .decrypt(XNonce::from_slice(&nonce), Payload { msg: &wrapped, aad: DOMAIN })
        .map_err(|_| Error::new(Code::HomeLocked, "the passphrase does not open this home"))?;
    let key = Zeroizing::new(key);
    Ok(Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).map_err(|_| damaged())?))
}

fn cipher(passphrase: &[u8], salt: &[u8], memory_kib: u32, passes: u32, lanes: u32) -> Result<XChaCha20Poly1305> {
    let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| damaged())?;
    let mut derived = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, derived.as_mut())
        .map_err(|_| damaged())?;
    Ok(XChaCha20Poly1305::new(Key::from_slice(derived.as_ref())))
}

fn bytes32(text: &str) -> Result<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| damaged())?);
    Ok(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| damaged())?))
}

fn damaged() -> Error {
    Error::new(Code::HomeLocked, "key.json is damaged; without it this home cannot be read")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn with(passphrase: &str) -> Unlock {
        Unlock { passphrase: Some(Zeroizing::new(passphrase.into())) }
    }

    #[test]
    fn a_key_in_a_file_is_made_once_and_private() {
        use std::os::unix::fs::MetadataExt;
        let home = tempfile::tempdir().unwrap();
        let key = open(home.path(), &Unlock::default()).unwrap();
        assert_eq!(open(home.path(), &Unlock::default()).unwrap(), key);
        assert_eq!(std::fs::metadata(home.path().join(FILE)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_passphrase_wraps_the_key_and_a_wrong_one_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let key = open(home.path(), &Unlock::default()).unwrap();
        assert_eq!(open(home.path(), &with("the right one")).unwrap(), key);
        let slot = std::fs::read_to_string(home.path().join(FILE)).unwrap();
        assert!(!slot.contains(&STANDARD.encode(*key)), "the key lies open in {slot}");
        assert_eq!(open(home.path(), &with("the right one")).unwrap(), key);
        assert_eq!(open(home.path(), &with("a wrong one")).unwrap_err().code, Code::HomeLocked);
        assert_eq!(open(home.path(), &Unlock::default()).unwrap_err().code, Code::HomeLocked);
    }

    #[test]
    fn a_damaged_missing_or_greedy_slot_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE);
        open(home.path(), &with("words")).unwrap();
        let slot = std::fs::read_to_string(&path).unwrap();
        for planted in [
            "{}".to_owned(),
            "x".repeat(100_000),
            slot.replace("65536", "4294967295"),
            slot.replace("\"nonce\": \"", "\"nonce\": \"AAAA"),
        ] {
            std::fs::write(&path, planted).unwrap();
            assert_eq!(open(home.path(), &with("words")).unwrap_err().code, Code::HomeLocked);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::write(home.path().join("stoa.db"), b"").unwrap();
        assert_eq!(open(home.path(), &Unlock::default()).unwrap_err().code, Code::HomeLocked);
    }
}
