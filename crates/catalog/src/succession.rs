//! Key rotation: a key signs its successor's name, so that whoever pinned it follows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};

use crate::{Error, Key};

const TAG: &[u8] = b"stoa catalog succession v1\0";
/// Successions that a manifest carries, at most: who pinned an older key trusts the catalog anew.
pub(crate) const SUCCESSIONS_CAP: usize = 16;

/// `old` says that `new` signs from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    pub old: Key,
    pub new: Key,
    /// By `old`, over both keys; base64.
    pub signature: String,
}

impl Succession {
    #[cfg(feature = "server")]
    pub(crate) fn sign(old: &ed25519_dalek::SigningKey, new: Key) -> Self {
        use ed25519_dalek::Signer;
        let of = Key(old.verifying_key());
        let signature = STANDARD.encode(old.sign(&message(&of, &new)).to_bytes());
        Self { old: of, new, signature }
    }

    fn verify(&self) -> Result<(), Error> {
        let bytes = STANDARD.decode(&self.signature).map_err(|_| Error::Signature)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| Error::Signature)?;
        self.old.0.verify_strict(&message(&self.old, &self.new), &signature).map_err(|_| Error::Signature)
    }
}

fn message(old: &Key, new: &Key) -> Vec<u8> {
    [TAG, old.as_bytes(), new.as_bytes()].concat()
}

/// Do these successions, in their order, lead from one key to the other?
pub(crate) fn leads(chain: &[Succession], from: &Key, to: &Key) -> bool {
    let mut at = *from;
    for step in chain.iter().take(SUCCESSIONS_CAP) {
        if step.old == at && step.verify().is_ok() {
            at = step.new;
        }
    }
    at == *to
}
