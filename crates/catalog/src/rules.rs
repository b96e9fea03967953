//! Rules that find product links in text, without contacting anybody.
//!
//! A rule names a host, exact or as a true suffix, then a regular expression on the path, one on a named parameter, or both. Expressions
//! cover their whole subject and run in linear time. A rule counts only for hosts its catalog is entitled to. A rule may instead take
//! the host's GS1 Digital Links ([`crate::gs1`]); the code is then the GTIN.

use std::collections::HashMap;
use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use percent_encoding::percent_decode_str;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::gs1::DigitalLink;
use crate::hosts::{check_host, host_covers};
use crate::{CODE_CAP, Error, id, plain};

/// Text beyond this many bytes is not searched.
pub const TEXT_CAP: usize = 64 * 1024;
/// Links looked at in one text.
pub const LINKS_CAP: usize = 64;

/// The capture group `code`, or else the first one, is the product's code: in the parameter when there is one, else in the path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub id: String,
    /// `market.example`, or `.market.example` for every true subdomain.
    pub host: String,
    /// On the path as it is written in the link, percent-encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<Param>,
    /// The host's links are GS1 Digital Links; then without path and parameter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gs1: bool,
    /// Links this rule must recognise.
    #[serde(default)]
    pub samples: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    pub name: String,
    /// On the parameter's decoded value.
    pub value: String,
}

impl Rule {
    /// Shape, limits, that the expressions compile and have a group, and that the samples match.
    pub fn check(&self) -> Result<(), Error> {
        id("rule id", &self.id)?;
        check_host(&self.host)?;
        if self.samples.len() > 16 {
            return Err(Error::invalid("a rule has at most 16 samples"));
        }
        let compiled = Compiled::new(self.clone(), &mut HashMap::new())?;
        for sample in &self.samples {
            plain("sample", sample, 2048)?;
            let url = link(sample).ok_or_else(|| Error::invalid(format!("rule {}: a sample is not a link", self.id)))?;
            if compiled.code(&url).is_none() {
                return Err(Error::invalid(format!("rule {} does not match its own sample {sample}", self.id)));
            }
        }
        Ok(())
    }
}

/// A product link found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Bytes of the text it covers.
    pub range: Range<usize>,
    /// As it stands in the text.
    pub link: String,
    /// The shortest form that the same rule takes for the same product: without what only tracks the reader.
    pub normal: String,
    pub rule: String,
    pub code: String,
    /// The name the set was compiled under: the catalog's origin.
    pub catalog: String,
}

/// One catalog's rules, compiled once.
#[derive(Clone, Debug)]
pub struct RuleSet {
    catalog: String,
    hosts: Vec<String>,
    rules: Vec<Compiled>,
}

impl RuleSet {
    /// Errors name the first rule that does not compile.
    pub fn compile(catalog: &str, hosts: &[String], rules: &[Rule]) -> Result<Self, Error> {
        if rules.len() > 256 || hosts.len() > 64 {
            return Err(Error::invalid("at most 256 rules and 64 hosts"));
        }
        // Shops with many hosts repeat their expressions.
        let mut shared = HashMap::new();
        let rules = rules.iter().map(|rule| Compiled::new(rule.clone(), &mut shared)).collect::<Result<_, _>>()?;
        Ok(Self { catalog: catalog.to_owned(), hosts: hosts.to_vec(), rules })
    }

    /// May this set's catalog answer for links of this host?
    pub fn entitled(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| host_covers(pattern, host))
    }

    fn find(&self, url: &Url) -> Option<Found<'_>> {
        if !self.entitled(url.host_str()?) {
            return None;
        }
        let (rule, code) = self.rules.iter().find_map(|rule| Some((rule, rule.code(url)?)))?;
        Some(Found { catalog: &self.catalog, rule: &rule.rule.id, normal: rule.normal(url, &code), code })
    }
}

/// What one link is, by one rule.
pub(crate) struct Found<'a> {
    pub catalog: &'a str,
    pub rule: &'a str,
    pub code: String,
    pub normal: String,
}

/// Product links of the text in their order; the first set and the first rule that fit win.
pub fn recognise(text: &str, sets: &[RuleSet]) -> Vec<Match> {
    scan(text, |url| first(sets, url))
}

pub(crate) fn first<'a>(sets: &'a [RuleSet], url: &Url) -> Option<Found<'a>> {
    sets.iter().find_map(|set| set.find(url))
}

/// Every http(s) link of the text that a rule could recognise, as it stands there; each once.
pub fn links(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for (_, written) in written(text) {
        if link(written).is_some() && !found.contains(&written) {
            found.push(written);
        }
    }
    found
}

pub(crate) fn scan<'a>(text: &str, find: impl Fn(&Url) -> Option<Found<'a>>) -> Vec<Match> {
    let mut matches = Vec::new();
    for (start, written) in written(text) {
        let Some(Found { catalog, rule, code, normal }) = link(written).and_then(|url| find(&url)) else { continue };
        matches.push(Match {
            range: start..start + written.len(),
            link: written.to_owned(),
            normal,
            rule: rule.to_owned(),
            code,
            catalog: catalog.to_owned(),
        });
    }
    matches
}

/// What looks like a link, with the byte where it begins.
fn written(text: &str) -> Vec<(usize, &str)> {
    let text = &text[..text.floor_char_boundary(TEXT_CAP)];
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder.links(text).take(LINKS_CAP).map(|span| (span.start(), trim(span.as_str()))).collect()
}

/// Chinese sentences end a link without a space.
fn trim(link: &str) -> &str {
    let ends = |c: char| matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF65}' | '“' | '”' | '‘' | '’' | '…');
    &link[..link.find(ends).unwrap_or(link.len())]
}

/// http(s) to a named host on its usual port, without a user name: what looks like one host and is another stays a plain link.
fn link(text: &str) -> Option<Url> {
    if text.len() > 2048 || text.contains('\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let usual = matches!(url.scheme(), "http" | "https") && url.port().is_none();
    let named = matches!(url.host(), Some(Host::Domain(_)));
    (usual && named && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[derive(Clone, Debug)]
struct Compiled {
    rule: Rule,
    path: Option<Regex>,
    param: Option<Regex>,
}

impl Compiled {
    fn new(rule: Rule, shared: &mut HashMap<String, Regex>) -> Result<Self, Error> {
        let mut compile = |text: &String| match shared.get(text) {
            Some(regex) => Ok(regex.clone()),
            None => expression(text).inspect(|regex| drop(shared.insert(text.clone(), regex.clone()))),
        };
        let path = rule.path.as_ref().map(&mut compile).transpose()?;
        let param = rule.param.as_ref().map(|param| compile(&param.value)).transpose()?;
        let captures = param.as_ref().or(path.as_ref()).map(|regex| regex.captures_len() > 1);
        let coded = captures.map_or(rule.gs1, |captures| captures && !rule.gs1);
        let named = rule.param.as_ref().is_none_or(|param| !param.name.is_empty() && param.name.len() <= 64);
        if !coded || !named {
            return Err(Error::invalid(format!("rule {} captures no code", rule.id)));
        }
        Ok(Self { rule, path, param })
    }

    fn code(&self, url: &Url) -> Option<String> {
        if !host_covers(&self.rule.host, url.host_str()?) {
            return None;
        }
        if self.rule.gs1 {
            return DigitalLink::parse(url.as_str()).ok()?.gtin().map(str::to_owned);
        }
        if self.path.as_ref().is_some_and(|regex| !regex.is_match(url.path())) {
            return None;
        }
        let code = match (&self.param, &self.rule.param, &self.path) {
            (Some(regex), Some(param), _) => capture(regex, &only(url, &param.name)?)?.as_str().to_owned(),
            (_, _, Some(regex)) => percent_decode_str(capture(regex, url.path())?.as_str()).decode_utf8().ok()?.into_owned(),
            _ => return None,
        };
        plain("code", &code, CODE_CAP).is_ok().then_some(code)
    }

    /// Nothing after the code in the path and no parameter but the one that holds it, as far as the rule still finds the same code.
    fn normal(&self, url: &Url, code: &str) -> String {
        let mut bare = url.clone();
        bare.set_fragment(None);
        bare.set_query(None);
        if let Some(param) = &self.rule.param {
            bare.query_pairs_mut().append_pair(&param.name, &only(url, &param.name).unwrap_or_default());
            return bare.into();
        }
        if let Some(found) = self.path.as_ref().and_then(|regex| capture(regex, url.path())) {
            let mut short = bare.clone();
            short.set_path(&url.path()[..found.end()]);
            if self.code(&short).as_deref() == Some(code) {
                return short.into();
            }
        }
        bare.into()
    }
}

/// Two values for one parameter are none: which one the shop takes is anybody's guess.
fn only(url: &Url, name: &str) -> Option<String> {
    let mut values = url.query_pairs().filter(|(found, _)| found == name);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.into_owned())
}

fn expression(text: &str) -> Result<Regex, Error> {
    if text.len() > 512 {
        return Err(Error::invalid("an expression has at most 512 bytes"));
    }
    let build = |text: &str| {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(256 * 1024).dfa_size_limit(256 * 1024).nest_limit(16);
        builder.build().map_err(|error| Error::invalid(format!("expression: {error}")))
    };
    // Alone first: an unbalanced bracket must not close the group that anchors it.
    build(text)?;
    build(&format!(r"\A(?:{text})\z"))
}

fn capture<'a>(regex: &Regex, subject: &'a str) -> Option<regex::Match<'a>> {
    let groups = regex.captures(subject)?;
    groups.name("code").or_else(|| groups.get(1))
}
