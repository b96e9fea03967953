//! The catalog's manifest: who it is and what it may speak for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hosts::{check_host, host_covers};
use crate::rules::Rule;
use crate::signed::{Hash, Key, Signable, Signed};
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
}

impl Manifest {
    /// Checks with the pinned key or, on first use, with the key the manifest names itself; then that it has not expired.
    pub fn verify(signed: &Signed<Self>, pinned: Option<&Key>, now: i64) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Named {
            key: Key,
        }
        signed.sized()?;
        let named: Named = signed.parse()?;
        let manifest = signed.verify(pinned.unwrap_or(&named.key))?;
        if pinned.is_some_and(|pinned| *pinned != manifest.key) {
            return Err(Error::Signature);
        }
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
        self.hosts.iter().try_for_each(|host| check_host(host))?;
        self.layouts.keys().try_for_each(|layout| id("layout", layout))?;
        self.rules.iter().try_for_each(Rule::check)
    }
}
