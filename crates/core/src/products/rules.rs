//! The rules of all trusted catalogs, compiled once.

use rusqlite::Connection;
use stoa_catalog::{Key, Manifest, Match, RuleSet, Signed, recognise, recognise_untrusted};

use crate::db::{self, CatalogRow};
use crate::error::{Code, Error, Result};

/// Links in one message that get a card, at most.
const CARDS_CAP: usize = 4;

#[derive(Default)]
pub struct Rules(Vec<RuleSet>);

impl Rules {
    /// Reads and compiles the rules of every trusted catalog. One that no longer compiles is left out with a word.
    pub fn load(conn: &Connection) -> Result<Self> {
        let mut sets = Vec::new();
        for row in db::catalogs(conn)? {
            let compiled = manifest(&row).and_then(|manifest| Ok(RuleSet::compile(&row.url, &manifest.hosts, &manifest.rules)?));
            match compiled {
                Ok(set) => sets.push(set),
                Err(error) => tracing::warn!(%error, catalog = row.url, "the rules of a catalog are left out"),
            }
        }
        Ok(Self(sets))
    }

    pub fn first(&self, text: &str) -> Option<Match> {
        recognise(text, &self.0).into_iter().next()
    }

    /// What a link is, for hosts that no trusted catalog answers for by the built-in rules. Only to be told: such a link gets no card.
    pub fn tested(&self, text: &str) -> Option<Match> {
        recognise_untrusted(text, &self.0).into_iter().next()
    }

    /// Links in a text that get a card.
    pub fn links(&self, text: &str) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut links: Vec<String> = Vec::new();
        for found in recognise(text, &self.0) {
            if links.len() < CARDS_CAP && !links.contains(&found.link) {
                links.push(found.link);
            }
        }
        links
    }
}

/// The stored manifest, checked anew against the pinned key. Its age is not judged: an away catalog's cards stay.
pub fn manifest(row: &CatalogRow) -> Result<Manifest> {
    let key = Key::from_bytes(&row.key)?;
    let signed: Signed<Manifest> = serde_json::from_slice(&row.manifest)
        .map_err(|error| Error::new(Code::CatalogInvalid, format!("the stored manifest is damaged: {error}")))?;
    Ok(Manifest::verify(&signed, Some(&key), 0)?)
}
