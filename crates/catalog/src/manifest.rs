//! The catalog's manifest: who it is and what it may speak for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hosts::{check_host, host_covers};
use crate::rules::Rule;
use crate::signed::{Hash, Key, Signable, Signed};
use crate::succession::{SUCCESSIONS_CAP, Succession, leads};
use crate::{Error, id, plain};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub name: String,
    pub key: Key,
    pub version: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub expires: i64,
    /// Hosts whose links it answers for: exact, or every true subdomain with a leading dot.
    pub hosts: Vec<String>,
    pub rules: Vec<Rule>,
    /// Layout id to the hash of its blob.
    pub layouts: BTreeMap<String, Hash>,
    /// Badge id to the hash of its picture; only the operator grants badges.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub badges: BTreeMap<String, Hash>,
    /// Accessory pack id to the hash of its blob.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packs: BTreeMap<String, Hash>,
    /// How `key` came after the keys before it, oldest first: who pinned an earlier one follows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successions: Vec<Succession>,
}

impl Manifest {
    /// Checks with the key the manifest names itself, which must be the pinned one or follow from it by the successions, when one is
    /// pinned; then that it has not expired. The caller pins `key` from then on.
    pub fn verify(signed: &Signed<Self>, pinned: Option<&Key>, now: i64) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Named {
            key: Key,
            #[serde(default)]
            successions: Vec<Succession>,
        }
        signed.sized()?;
        let named: Named = signed.parse()?;
        // Before the rules are compiled: whoever passes a manifest on could make one that is dear to check.
        if pinned.is_some_and(|pinned| !leads(&named.successions, pinned, &named.key)) {
            return Err(Error::Signature);
        }
        let manifest = signed.verify(&named.key)?;
        if manifest.expires <= now { Err(Error::Expired) } else { Ok(manifest) }
    }

    /// May this catalog answer for links of this host?
    pub fn entitled(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| host_covers(pattern, host))
    }
}

impl Signable for Manifest {
    const TAG: &'static [u8] = b"stoa catalog manifest v1\0";
    const CAP: usize = 256 * 1024;

    fn check(&self) -> Result<(), Error> {
        plain("name", &self.name, 100)?;
        if self.hosts.len() > 64 || self.rules.len() > 256 || self.layouts.len() > 64 {
            return Err(Error::invalid("a manifest has at most 64 hosts, 256 rules and 64 layouts"));
        }
        if self.badges.len() > 64 || self.packs.len() > 64 || self.successions.len() > SUCCESSIONS_CAP {
            return Err(Error::invalid(format!("a manifest has at most 64 badges, 64 packs and {SUCCESSIONS_CAP} successions")));
        }
        self.badges.keys().try_for_each(|badge| id("badge", badge))?;
        self.packs.keys().try_for_each(|pack| id("pack", pack))?;
        self.hosts.iter().try_for_each(|host| check_host(host))?;
        self.layouts.keys().try_for_each(|layout| id("layout", layout))?;
        self.rules.iter().try_for_each(Rule::check)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    #[test]
    fn the_rules_of_a_key_that_is_not_pinned_are_not_looked_at() {
        let (pinned, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let wrong = Rule { id: "x".into(), host: "shop.example".into(), path: Some("(".into()), ..Rule::default() };
        let manifest = Manifest {
            name: "Catalog".into(),
            key: Key(other.verifying_key()),
            version: 1,
            expires: i64::MAX,
            hosts: Vec::new(),
            rules: vec![wrong],
            layouts: BTreeMap::new(),
            badges: BTreeMap::new(),
            packs: BTreeMap::new(),
            successions: Vec::new(),
        };
        let payload = serde_json::to_string(&manifest).unwrap();
        let signature = other.sign(&[Manifest::TAG, payload.as_bytes()].concat());
        let signed = Signed::<Manifest>::from_parts(payload, STANDARD.encode(signature.to_bytes()));
        let verified = |pinned: &SigningKey| Manifest::verify(&signed, Some(&Key(pinned.verifying_key())), 0).unwrap_err();
        assert!(matches!(verified(&pinned), Error::Signature));
        assert!(matches!(verified(&other), Error::Invalid(_)));
    }
}
