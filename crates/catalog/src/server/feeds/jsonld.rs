//! schema.org's Product in JSON-LD: alone, in lists, graphs, product groups and feeds, and inside HTML pages. Numbers keep the digits
//! they were written with.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use serde::de::IgnoredAny;

use super::columns::Field;
use super::fields::{Allowance, Fields};
use super::json::{Values, skip, value_end};
use super::{CELL_CAP, Error, Found, Refusal};

/// How deep lists and graphs lie in each other, at most.
const DEPTH_CAP: u8 = 16;
/// Members of one object, values of one property, and nodes known by their id, at most.
const MEMBERS_CAP: usize = 500;
const VALUES_CAP: usize = 32;
const IDS_CAP: usize = 100_000;

/// Where the products of other things are.
const CONTAINERS: &[&str] = &[
    "@graph",
    "itemListElement",
    "item",
    "itemOffered",
    "dataFeedElement",
    "mainEntity",
    "mainEntityOfPage",
    "hasPart",
    "about",
];
/// What variants take over from their group.
const OF_GROUP: &[Field] = &[Field::Title, Field::Description, Field::Brand, Field::Image, Field::Link];

const PLAIN: &[(&str, Field)] = &[
    ("sku", Field::Sku),
    ("productID", Field::Id),
    ("mpn", Field::Mpn),
    ("gtin", Field::Gtin),
    ("gtin14", Field::Gtin),
    ("gtin13", Field::Gtin),
    ("gtin12", Field::Gtin),
    ("gtin8", Field::Gtin),
    ("isbn", Field::Gtin),
    ("name", Field::Title),
    ("description", Field::Description),
    ("url", Field::Link),
    ("brand", Field::Brand),
    ("manufacturer", Field::Brand),
    ("image", Field::Image),
    ("stoa:imageStyle", Field::ImageStyle),
    ("stoa:layout", Field::Layout),
    ("stoa:freshSeconds", Field::FreshSeconds),
];

type Object = BTreeMap<String, Range<usize>>;
type Group = Option<Rc<Fields<'static>>>;

enum Step {
    Value(Range<usize>),
    Array(Values),
}

pub(super) struct Products<'a> {
    text: Cow<'a, str>,
    /// What is still to be looked at, the next last; its depth and the group it belongs to.
    steps: Vec<(Step, u8, Group)>,
    /// Where the next document begins, in a page or behind the last one.
    at: usize,
    page: bool,
    ids: HashMap<String, Range<usize>>,
    count: u64,
    left: Allowance,
}

impl<'a> Products<'a> {
    pub(super) fn open(text: Cow<'a, str>) -> Result<Self, Error> {
        let page = text.trim_start().starts_with('<');
        let known = page || text.trim_start().starts_with(['{', '[']);
        if !known {
            return Err(Error::Invalid("neither JSON nor an HTML page".to_owned()));
        }
        let left = Allowance::of(text.len());
        Ok(Self { text, steps: Vec::new(), at: 0, page, ids: HashMap::new(), count: 0, left })
    }

    pub(super) fn next(&mut self) -> Option<(u64, Result<Found<'a>, Refusal>)> {
        let found = self.find()?;
        self.count += 1;
        Some((self.count, found.map(Found::Fields)))
    }

    fn find(&mut self) -> Option<Result<Fields<'static>, Refusal>> {
        loop {
            let Some((step, depth, group)) = self.steps.pop() else {
                let document = self.document()?;
                self.steps.push((Step::Value(document), 0, None));
                continue;
            };
            if depth > DEPTH_CAP {
                return Some(Err(Refusal::whole(format!("lists in lists, more than {DEPTH_CAP} deep"))));
            }
            match step {
                Step::Array(mut values) => match values.next(&self.text) {
                    Some(Ok(value)) => {
                        self.steps.push((Step::Array(values), depth, group.clone()));
                        self.steps.push((Step::Value(value), depth + 1, group));
                    }
                    Some(Err(refusal)) => return Some(Err(refusal)),
                    None => {}
                },
                Step::Value(value) => {
                    if let Some(found) = self.look(value, depth, group) {
                        return Some(found);
                    }
                }
            }
        }
    }

    /// The next document: what a page has in `<script type="application/ld+json">`, or the next value of the text.
    fn document(&mut self) -> Option<Range<usize>> {
        if !self.page {
            let begin = skip(&self.text, self.at, b" \t\r\n,");
            let end = value_end(&self.text, begin);
            self.at = end.max(begin + 1);
            return (begin < end).then_some(begin..end);
        }
        loop {
            let open = find_tag(&self.text, self.at, "<script")?;
            let begin = open + self.text[open..].find('>')? + 1;
            let end = find_tag(&self.text, begin, "</script").unwrap_or(self.text.len());
            self.at = end;
            if self.text[open..begin].to_ascii_lowercase().contains("application/ld+json") {
                return Some(begin..end);
            }
        }
    }

    /// A product is read; what contains products is taken apart.
    fn look(&mut self, value: Range<usize>, depth: u8, group: Group) -> Option<Result<Fields<'static>, Refusal>> {
        let value = self.resolved(value);
        let begin = skip(&self.text, value.start, b" \t\r\n");
        match self.text.as_bytes().get(begin) {
            Some(b'[') => {
                self.steps.push((Step::Array(Values::within(begin)), depth, group));
                return None;
            }
            Some(b'{') => {}
            // A list may name its products by their links alone.
            Some(b'"') => return None,
            _ => return Some(Err(Refusal::whole("not an object of JSON-LD"))),
        }
        let object = match self.object(value.clone()) {
            Ok(object) => object,
            Err(refusal) => return Some(Err(refusal)),
        };
        let is = |types: &[&str]| self.types(&object).iter().any(|kind| types.contains(&kind.as_str()));
        if is(&["ProductGroup"]) && object.contains_key("hasVariant") {
            let mut shared = self.product(&object);
            if let Some(Err(refusal)) = group.map(|group| shared.inherit(&group, OF_GROUP, &mut self.left)) {
                return Some(Err(refusal));
            }
            self.steps.push((Step::Value(object["hasVariant"].clone()), depth + 1, Some(Rc::new(shared))));
            return None;
        }
        if is(&["Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts", "Vehicle", "Car"]) {
            if let Err(error) = serde_json::from_str::<IgnoredAny>(&self.text[value]) {
                return Some(Err(super::json::refusal(&error)));
            }
            let mut fields = self.product(&object);
            let inherited = group.map_or(Ok(()), |group| fields.inherit(&group, OF_GROUP, &mut self.left));
            return Some(inherited.map(|()| fields));
        }
        if let Some(graph) = object.get("@graph") {
            self.remember(graph.clone());
        }
        for name in CONTAINERS.iter().rev() {
            if let Some(value) = object.get(*name) {
                self.steps.push((Step::Value(value.clone()), depth + 1, group.clone()));
            }
        }
        None
    }

    fn product(&self, object: &Object) -> Fields<'static> {
        let mut fields = Fields::default();
        for (name, field) in PLAIN {
            for text in object.get(*name).map(|value| self.texts(value.clone())).unwrap_or_default() {
                fields.push(*field, *name, text);
            }
        }
        if let Some(offer) = object.get("offers").and_then(|offers| self.best_offer(offers.clone())) {
            self.offer(&offer, &mut fields);
        }
        fields
    }

    fn offer(&self, offer: &Object, fields: &mut Fields<'static>) {
        let specification = offer.get("priceSpecification").and_then(|value| self.objects(value.clone()).into_iter().next());
        let of = |object: &Object, name: &str| object.get(name).and_then(|value| self.texts(value.clone()).into_iter().next());
        let either = |name: &str| of(offer, name).or_else(|| specification.as_ref().and_then(|object| of(object, name)));
        for (name, field) in [("price", Field::Price), ("lowPrice", Field::Price), ("priceCurrency", Field::Currency)] {
            if let Some(text) = either(name) {
                fields.push(field, name, text);
            }
        }
        let own = [
            ("availability", Field::Availability),
            ("inventoryLevel", Field::Quantity),
            ("url", Field::Link),
            ("sku", Field::Sku),
        ];
        for (name, field) in own {
            if let Some(text) = of(offer, name) {
                fields.push(field, name, text);
            }
        }
    }

    /// The first with a price of its own, else the first; the offers of an aggregate come after it.
    fn best_offer(&self, offers: Range<usize>) -> Option<Object> {
        let mut all = self.objects(offers);
        let priced = |offer: &Object| ["price", "priceSpecification", "lowPrice"].iter().any(|name| offer.contains_key(*name));
        if !all.iter().any(priced) {
            let nested: Vec<Object> =
                all.iter().filter_map(|offer| offer.get("offers")).flat_map(|offers| self.objects(offers.clone())).collect();
            all.extend(nested);
        }
        let at = all.iter().position(priced).unwrap_or(0);
        (at < all.len()).then(|| all.swap_remove(at))
    }

    /// The objects that this value is or lists.
    fn objects(&self, value: Range<usize>) -> Vec<Object> {
        let listed = self.listed(value).into_iter().map(|value| self.resolved(value));
        listed.filter_map(|value| self.object(value).ok()).collect()
    }

    /// What a value says as text: strings, numbers as written, and of objects the part that names them.
    fn texts(&self, value: Range<usize>) -> Vec<String> {
        let mut found = Vec::new();
        for value in self.listed(value) {
            let value = self.resolved(value);
            let text = self.text[value.clone()].trim();
            if text.starts_with('{') {
                let Ok(object) = self.object(value) else { continue };
                let naming = ["@value", "value", "name", "contentUrl", "url"].iter().find_map(|name| object.get(*name));
                found.extend(naming.and_then(|value| scalar(&self.text[value.clone()])));
            } else {
                found.extend(scalar(text));
            }
        }
        found
    }

    fn listed(&self, value: Range<usize>) -> Vec<Range<usize>> {
        let begin = skip(&self.text, value.start, b" \t\r\n");
        if self.text.as_bytes().get(begin) != Some(&b'[') {
            return vec![value];
        }
        let mut values = Values::within(begin);
        std::iter::from_fn(|| values.next(&self.text)?.ok()).take(VALUES_CAP).collect()
    }

    /// `{"@id": "…"}` alone stands for the node of that id.
    fn resolved(&self, value: Range<usize>) -> Range<usize> {
        if self.ids.is_empty() || value.len() > 4096 {
            return value;
        }
        let object = self.object(value.clone()).ok().filter(|object| object.len() == 1);
        let id = object.and_then(|object| scalar(&self.text[object.get("@id")?.clone()]));
        id.and_then(|id| self.ids.get(&id).cloned()).unwrap_or(value)
    }

    fn remember(&mut self, graph: Range<usize>) {
        let begin = skip(&self.text, graph.start, b" \t\r\n");
        if !self.text[graph].contains("\"@id\"") || self.text.as_bytes().get(begin) != Some(&b'[') {
            return;
        }
        let mut values = Values::within(begin);
        while let Some(Ok(value)) = values.next(&self.text) {
            let Ok(object) = self.object(value.clone()) else { continue };
            if let Some(id) = object.get("@id").filter(|_| object.len() > 1).and_then(|id| scalar(&self.text[id.clone()]))
                && self.ids.len() < IDS_CAP
            {
                self.ids.insert(id, value);
            }
        }
    }

    fn types(&self, object: &Object) -> Vec<String> {
        let types = object.get("@type").map(|value| self.texts(value.clone())).unwrap_or_default();
        types.iter().map(|kind| local(kind).to_owned()).collect()
    }

    /// The members, by name without schema.org's prefix; the first of a name counts.
    fn object(&self, value: Range<usize>) -> Result<Object, Refusal> {
        let text = &self.text[..value.end];
        let broken = || Refusal::whole("not a JSON object");
        let mut at = skip(text, value.start, b" \t\r\n");
        if text.as_bytes().get(at) != Some(&b'{') {
            return Err(broken());
        }
        at += 1;
        let mut object = Object::new();
        loop {
            at = skip(text, at, b" \t\r\n,");
            match text.as_bytes().get(at) {
                Some(b'"') => {}
                Some(b'}') => return Ok(object),
                _ => return Err(broken()),
            }
            let colon = text_end(text, at).ok_or_else(broken)?;
            let name: String = serde_json::from_str(&text[at..colon]).map_err(|_| broken())?;
            let begin = skip(text, colon, b" \t\r\n");
            if text.as_bytes().get(begin) != Some(&b':') {
                return Err(broken());
            }
            let begin = skip(text, begin + 1, b" \t\r\n");
            let end = value_end(text, begin);
            object.entry(local(&name).to_owned()).or_insert(begin..end);
            if object.len() > MEMBERS_CAP {
                return Err(Refusal::whole(format!("more than {MEMBERS_CAP} properties")));
            }
            at = end;
        }
    }
}

/// schema.org's name without its address or prefix.
fn local(name: &str) -> &str {
    let prefixes = ["https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/", "schema:"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Behind the closing quotation mark of the text that begins here.
fn text_end(text: &str, begin: usize) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(begin + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A string's text, or a number with the digits it was written with.
fn scalar(json: &str) -> Option<String> {
    let json = json.trim();
    if json.len() > 2 * CELL_CAP {
        return None;
    }
    if json.starts_with('"') {
        return serde_json::from_str(json).ok();
    }
    let number = json.starts_with(|c: char| c.is_ascii_digit() || c == '-') && json.len() <= 64;
    number.then(|| json.to_owned())
}

fn find_tag(text: &str, from: usize, tag: &str) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    rest.windows(tag.len()).position(|window| window.eq_ignore_ascii_case(tag.as_bytes())).map(|at| from + at)
}
