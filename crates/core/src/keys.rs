//! Signing keys. Every signature is over a domain tag and the bytes, so that none can stand for another kind.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::ids::{Device, Person};

/// What a signature is for.
#[derive(Clone, Copy, Debug)]
pub enum Domain {
    Header,
    DeviceList,
    DeviceOf,
    Profile,
    Grant,
    Scheme,
    Persona,
    LookGrant,
}

impl Domain {
    fn tag(self) -> &'static [u8] {
        match self {
            Self::Header => b"stoa log header v1\0",
            Self::DeviceList => b"stoa device list v1\0",
            Self::DeviceOf => b"stoa device of person v1\0",
            Self::Profile => b"stoa profile v1\0",
            Self::Grant => b"stoa share grant v1\0",
            Self::Scheme => b"stoa scheme v1\0",
            Self::Persona => b"stoa persona v1\0",
            Self::LookGrant => b"stoa look grant v1\0",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.tag(), bytes].concat()
    }
}

/// An ed25519 key pair (RFC 8032), of a person or of a device.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    pub fn generate() -> Self {
        Self::from_secret(rand::random())
    }

    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    pub fn secret(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    pub fn person(&self) -> Person {
        Person(self.0.verifying_key().to_bytes())
    }

    pub fn device(&self) -> Device {
        Device(self.0.verifying_key().to_bytes())
    }

    pub fn sign(&self, domain: Domain, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(&domain.message(bytes)).to_bytes().to_vec()
    }
}

/// Whether `signature` (64 bytes) is `key`'s over `bytes` in `domain`. Strict: no small-order keys, one form per signature.
pub fn verify(key: &[u8; 32], domain: Domain, bytes: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(&domain.message(bytes), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_domain_and_bytes_only() {
        let (key, other) = (Key::generate(), Key::generate());
        let signature = key.sign(Domain::Grant, b"bytes");
        assert!(verify(&key.person().0, Domain::Grant, b"bytes", &signature));
        assert!(!verify(&key.person().0, Domain::Header, b"bytes", &signature));
        assert!(!verify(&key.person().0, Domain::Grant, b"byteS", &signature));
        assert!(!verify(&other.person().0, Domain::Grant, b"bytes", &signature));
        assert!(!verify(&key.person().0, Domain::Grant, b"bytes", &signature[..63]));
    }
}
