//! What makes a link a card: rules made by hand, then those that each trusted catalog signed, compiled once.

use rusqlite::Connection;
use stoa_catalog::{Manifest, Match, Param, Rule, RuleSet, Signed, recognise, recognise_untrusted};

use crate::api::{CardRule, Done, RuleMatch, RulesAdd, RulesList, RulesRemove, RulesTest};
use crate::db::{self, CatalogRow, RuleRow};
use crate::error::{Code, Error, Result, bad};
use crate::stoa::Stoa;
use crate::touch::Touched;

/// Links in one message that get a card, at most.
pub(super) const CARDS_CAP: usize = 4;
/// Rules made by hand, at most.
const BY_HAND_CAP: usize = 256;

#[derive(Default)]
pub struct Rules(Vec<RuleSet>);

impl Rules {
    /// Reads and compiles the rules by hand, each entitled to its own host, then those of every trusted catalog for the
    /// hosts it may answer for, the one trusted first before the others. What no longer compiles
    /// is left out with a word.
    pub fn load(conn: &Connection) -> Result<Self> {
        let mut sets = Vec::new();
        for row in db::rules(conn)? {
            match by_hand(&row.into()) {
                Ok(set) => sets.push(set),
                Err(error) => tracing::warn!(%error, "a rule made by hand is left out"),
            }
        }
        for row in db::catalogs(conn)? {
            let compiled = manifest(&row).and_then(|manifest| Ok(RuleSet::compile(&row.url, &row.hosts, &manifest.rules)?));
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

    /// What a link is, when it is one and nothing besides.
    pub fn exact(&self, link: &str) -> Option<Match> {
        self.first(link).filter(|found| found.link == link)
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

/// The stored manifest. It was checked when it was taken: checking compiles its rules, too dear for every question of a contact. Its age
/// is not judged: an away catalog's cards stay.
pub fn manifest(row: &CatalogRow) -> Result<Manifest> {
    let damaged = |error| Error::new(Code::CatalogInvalid, format!("the stored manifest is damaged: {error}"));
    let signed: Signed<Manifest> = serde_json::from_slice(&row.manifest).map_err(damaged)?;
    let manifest: Manifest = serde_json::from_str(&signed.payload).map_err(damaged)?;
    if *manifest.key.as_bytes() == row.key { Ok(manifest) } else { Ok(Err(stoa_catalog::Error::Signature)?) }
}

/// One rule alone, entitled to its host by whoever wrote it.
fn by_hand(rule: &CardRule) -> Result<RuleSet> {
    let wrong = |error: stoa_catalog::Error| Error::new(Code::BadRequest, error.to_string());
    if rule.param.is_some() != rule.value.is_some() {
        return bad(Code::BadRequest, "a parameter needs its name and an expression on its value");
    }
    let param = rule.param.clone().zip(rule.value.clone()).map(|(name, value)| Param { name, value });
    let shape =
        Rule { id: rule.id.clone(), host: rule.host.clone(), path: rule.path.clone(), param, gs1: rule.gs1, samples: Vec::new() };
    shape.check().map_err(wrong)?;
    RuleSet::compile(&rule.catalog, std::slice::from_ref(&rule.host), &[shape]).map_err(wrong)
}

impl From<RuleRow> for CardRule {
    fn from(row: RuleRow) -> Self {
        let RuleRow { id, host, path, param, value, gs1, catalog } = row;
        Self { id, host, path, param, value, gs1, catalog, by_hand: true }
    }
}

fn signed(rule: Rule, catalog: &str) -> CardRule {
    let (param, value) = rule.param.map(|param| (param.name, param.value)).unzip();
    let Rule { id, host, path, gs1, .. } = rule;
    CardRule { id, host, path, param, value, gs1, catalog: catalog.to_owned(), by_hand: false }
}

pub async fn list(stoa: &Stoa, _: RulesList) -> Result<Vec<CardRule>> {
    stoa.db
        .read(|conn| {
            let mut rules: Vec<CardRule> = db::rules(conn)?.into_iter().map(CardRule::from).collect();
            for row in db::catalogs(conn)? {
                let of_catalog = manifest(&row).map(|manifest| manifest.rules).unwrap_or_default();
                rules.extend(of_catalog.into_iter().map(|rule| signed(rule, &row.url)));
            }
            Ok(rules)
        })
        .await
}

pub async fn add(stoa: &Stoa, RulesAdd { mut rule }: RulesAdd) -> Result<Done> {
    rule.catalog = rule.catalog.trim().trim_end_matches('/').to_owned();
    by_hand(&rule)?;
    let CardRule { id, host, path, param, value, gs1, catalog, .. } = rule;
    let row = RuleRow { id, host, path, param, value, gs1, catalog };
    changed(stoa, move |tx| {
        if db::catalog(tx, &row.catalog)?.is_none() {
            return bad(Code::NotFound, "no catalog of that address is trusted; trust it first");
        }
        let others = db::rules(tx)?.iter().filter(|held| held.id != row.id).count();
        if others >= BY_HAND_CAP {
            return bad(Code::TooMany, format!("at most {BY_HAND_CAP} rules are made by hand; remove one first"));
        }
        db::put_rule(tx, &row)
    })
    .await
}

pub async fn remove(stoa: &Stoa, RulesRemove { id }: RulesRemove) -> Result<Done> {
    changed(stoa, move |tx| match db::remove_rule(tx, &id)? {
        true => Ok(()),
        false => bad(Code::NotFound, "no rule of that id was made by hand; a catalog's own go with the catalog"),
    })
    .await
}

async fn changed(stoa: &Stoa, work: impl FnOnce(&mut db::Tx<'_>) -> Result<()> + Send + 'static) -> Result<Done> {
    let rules = stoa
        .db
        .write(move |tx| {
            work(tx)?;
            Rules::load(tx)
        })
        .await?;
    stoa.set_rules(rules);
    // links in messages that are shown may be cards now, or no longer
    stoa.touch(Touched::Lagged);
    Ok(Done {})
}

pub async fn test(stoa: &Stoa, RulesTest { text, rule }: RulesTest) -> Result<RuleMatch> {
    let found = match rule {
        Some(draft) => Rules(vec![by_hand(&draft)?]).first(&text),
        None => stoa.rules().tested(&text),
    };
    match found {
        Some(found) => Ok(RuleMatch { link: found.normal, rule: found.rule, code: found.code, catalog: found.catalog }),
        None => bad(Code::NoCard, "no rule recognises a link in this text"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rule(id: &str, host: &str, path: Option<&str>) -> CardRule {
        CardRule {
            id: id.into(),
            host: host.into(),
            path: path.map(str::to_owned),
            param: None,
            value: None,
            gs1: false,
            catalog: "http://127.0.0.1:4600".into(),
            by_hand: true,
        }
    }

    #[test]
    fn a_rule_by_hand_counts_for_its_own_host_only() {
        let rules = Rules(vec![by_hand(&rule("mine", "shop.example", Some(r"/x/(\w+)"))).unwrap()]);
        assert_eq!(rules.first("see https://shop.example/x/42 now").unwrap().code, "42");
        assert!(rules.first("https://other.example/x/42").is_none());
        assert!(rules.exact("https://shop.example/x/42").is_some());
        assert!(rules.exact("a https://shop.example/x/42").is_none(), "a link and something besides");
    }

    #[test]
    fn bad_rules_by_hand_are_refused_with_a_word() {
        let half = CardRule { param: Some("id".into()), ..rule("mine", "shop.example", Some("/x")) };
        for bad in [
            rule("mine", "shop.example", None),
            rule("mine", "shop.example", Some("/no-group")),
            rule("mine", "shop.example", Some("/(")),
            rule("Mine!", "shop.example", Some("/(x)")),
            rule("mine", "com", Some("/(x)")),
            half,
        ] {
            assert_eq!(by_hand(&bad).unwrap_err().code, Code::BadRequest, "{bad:?}");
        }
    }
}
