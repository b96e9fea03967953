//! CSV (RFC 4180, and what spreadsheets make of it) and TSV.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io::Cursor;

use super::columns::{Dialect, Field, field};
use super::fields::{Allowance, Fields, LINK_CAP, UNTRACKED};
use super::write::unguarded;
use super::{Error, Found, Refusal, note_unused};

const COLUMNS_CAP: usize = 1000;
/// Parents whose words their variations take over, at most.
const PARENTS_CAP: usize = 10_000;
/// Rows that are read as one product, at most: they are held together.
const GROUP_CAP: usize = 2_500;
/// Pictures that the variants of a product share, at most.
const SHARED_PICTURES: usize = 100;
/// What the variants of a product share.
const SHARED: &[Field] =
    &[Field::Title, Field::Description, Field::Body, Field::Summary, Field::Brand, Field::Status, Field::Published, Field::Link];
/// What a variation takes over from its parent.
const OF_PARENT: &[Field] =
    &[Field::Description, Field::Body, Field::Summary, Field::Brand, Field::Image, Field::Images, Field::Link];

type Row = (u64, Result<Fields<'static>, Refusal>);

pub(super) struct Table<'a> {
    reader: csv::Reader<Cursor<Cow<'a, [u8]>>>,
    headers: Vec<(String, Option<Field>)>,
    dialect: Dialect,
    unused: BTreeSet<String>,
    /// Lines before the header: the one with `sep=`.
    skipped: u64,
    parents: HashMap<String, Fields<'static>>,
    /// A row that was read to see that its group had ended.
    ahead: Option<Row>,
    /// Variants of the group that was read, and what they share.
    ready: VecDeque<(u64, Fields<'static>)>,
    shared: Shared,
    left: Allowance,
}

/// The words and pictures of a whole product.
#[derive(Default)]
struct Shared {
    fields: Fields<'static>,
    pictures: Vec<String>,
}

impl<'a> Table<'a> {
    /// Without a delimiter the header shows which one it is.
    pub(super) fn open(text: Cow<'a, str>, delimiter: Option<u8>) -> Result<Self, Error> {
        let left = Allowance::of(text.len());
        let mut bytes = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        let (named, skipped) = named_delimiter(&mut bytes);
        let delimiter = named.or(delimiter).unwrap_or_else(|| shown_delimiter(&bytes));
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(Cursor::new(bytes));
        let mut header = csv::StringRecord::new();
        let read = reader.read_record(&mut header).map_err(|error| Error::Invalid(format!("the header: {error}")))?;
        if !read {
            return Err(Error::Invalid("the table is empty".to_owned()));
        }
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if names.len() > COLUMNS_CAP {
            return Err(Error::Invalid(format!("a table has at most {COLUMNS_CAP} columns")));
        }
        let dialect = Dialect::of(&names);
        let headers: Vec<_> = names.into_iter().map(|name| (field(&name), name)).map(|(field, name)| (name, field)).collect();
        if !headers.iter().any(|(_, field)| *field == Some(Field::Title)) {
            return Err(Error::Invalid("the first row names no column `title` or `name`: it must be the header".to_owned()));
        }
        let mut unused = BTreeSet::new();
        headers.iter().filter(|(_, field)| field.is_none()).for_each(|(name, _)| note_unused(&mut unused, name));
        let (parents, ready, shared) = (HashMap::new(), VecDeque::new(), Shared::default());
        Ok(Self { reader, headers, dialect, unused, skipped, parents, ahead: None, ready, shared, left })
    }

    pub(super) fn unused(&self) -> &BTreeSet<String> {
        &self.unused
    }

    pub(super) fn next(&mut self) -> Option<(u64, Result<Found<'a>, Refusal>)> {
        let (line, fields) = match self.dialect {
            Dialect::Plain => self.row()?,
            Dialect::Shopify => self.variant()?,
            Dialect::WooCommerce => self.variation()?,
        };
        Some((line, fields.map(Found::Fields)))
    }

    /// The next row that is not blank.
    fn row(&mut self) -> Option<Row> {
        let mut record = csv::StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(false) => return None,
                Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(true) => {
                    let line = record.position().map_or(0, |position| self.line(position)) + self.skipped;
                    return Some((line, self.fields(&record)));
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line) + self.skipped;
                    return Some((line, Err(Refusal::whole(error.to_string()))));
                }
            }
        }
    }

    /// The reader's position stands before blank lines that it passed over.
    fn line(&self, position: &csv::Position) -> u64 {
        let bytes = self.reader.get_ref().get_ref();
        let before = usize::try_from(position.byte()).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let blank = before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
        position.line() + blank as u64
    }

    fn fields(&self, record: &csv::StringRecord) -> Result<Fields<'static>, Refusal> {
        if let Some(name) = self.open_quote(record) {
            let message = "a quotation mark is not closed: everything after it was read into one cell";
            return Err(Refusal::of(name, message));
        }
        if record.iter().skip(self.headers.len()).any(|cell| !cell.trim().is_empty()) {
            let (has, want) = (record.len(), self.headers.len());
            return Err(Refusal::whole(format!(
                "the row has {has} cells, the header {want}: quote cells with delimiters in them"
            )));
        }
        let mut fields = Fields::default();
        for ((name, field), cell) in self.headers.iter().zip(record) {
            let Some(field) = *field else { continue };
            let cell = match (self.dialect, field) {
                (Dialect::Shopify, Field::Tracker) if cell.trim().is_empty() => UNTRACKED.to_owned(),
                (Dialect::WooCommerce, _) => unguarded(cell.trim()).replace("\\n", "\n"),
                _ => unguarded(cell.trim()).to_owned(),
            };
            fields.push(field, name.clone(), cell);
        }
        Ok(fields)
    }

    /// The last cell of the last row, when the quotation marks of that row are odd in number.
    fn open_quote(&self, record: &csv::StringRecord) -> Option<&str> {
        let bytes = self.reader.get_ref().get_ref();
        let begin = usize::try_from(record.position()?.byte()).ok()?;
        let ends = self.reader.is_done() || self.reader.position().byte() >= bytes.len() as u64;
        let broken = record.iter().next_back().is_some_and(|cell| cell.contains('\n'));
        if !ends || !broken || bytes.get(begin..)?.iter().filter(|byte| **byte == b'"').count().is_multiple_of(2) {
            return None;
        }
        Some(self.headers.get(record.len() - 1).map_or("", |(name, _)| name))
    }

    fn variant(&mut self) -> Option<Row> {
        if let Some((line, fields)) = self.ready.pop_front() {
            return Some((line, self.shared.complete(fields, &mut self.left)));
        }
        let first = match self.ahead.take() {
            Some(row) => row,
            None => self.row()?,
        };
        let (line, first) = match first {
            (line, Ok(first)) => (line, first),
            broken => return Some(broken),
        };
        let handle = first.get(Field::Handle).map(str::to_owned);
        let mut group = vec![(line, first)];
        while group.len() < GROUP_CAP
            && let Some((line, row)) = self.row()
        {
            match row {
                Ok(fields) if handle.is_some() && fields.get(Field::Handle) == handle.as_deref() => group.push((line, fields)),
                row => {
                    self.ahead = Some((line, row));
                    break;
                }
            }
        }
        let shared = Shared::of(&group, &mut self.left);
        self.ready = variants(group);
        let (line, fields) = self.ready.pop_front()?;
        let completed = shared.and_then(|shared| {
            self.shared = shared;
            self.shared.complete(fields, &mut self.left)
        });
        Some((line, completed))
    }

    fn variation(&mut self) -> Option<Row> {
        let (line, fields) = self.row()?;
        let Ok(mut fields) = fields else { return Some((line, fields)) };
        if let Some(parent) = fields.get(Field::Parent).and_then(|parent| self.parents.get(parent.trim_start_matches("id:"))) {
            if let Err(refusal) = fields.inherit(parent, OF_PARENT, &mut self.left) {
                return Some((line, Err(refusal)));
            }
        } else if fields.get(Field::Type) == Some("variable") && self.parents.len() < PARENTS_CAP {
            for key in
                [fields.get(Field::Sku), fields.get(Field::Id)].into_iter().flatten().map(str::to_owned).collect::<Vec<_>>()
            {
                let mut shared = Fields::default();
                if let Err(refusal) = shared.inherit(&fields, OF_PARENT, &mut self.left) {
                    return Some((line, Err(refusal)));
                }
                self.parents.insert(key, shared);
            }
        }
        Some((line, Ok(fields)))
    }
}

/// Of the rows of one handle those that are variants.
fn variants(group: Vec<(u64, Fields<'static>)>) -> VecDeque<(u64, Fields<'static>)> {
    let is_variant =
        |fields: &Fields<'_>| [Field::Sku, Field::Price, Field::Option].iter().any(|field| fields.get(*field).is_some());
    let rows = group.into_iter().enumerate();
    rows.filter(|(at, (_, fields))| *at == 0 || is_variant(fields)).map(|(_, row)| row).collect()
}

impl Shared {
    fn of(group: &[(u64, Fields<'static>)], left: &mut Allowance) -> Result<Self, Refusal> {
        let mut fields = Fields::default();
        if let Some((_, first)) = group.first() {
            fields.inherit(first, SHARED, left)?;
        }
        let pictures = group.iter().flat_map(|(_, fields)| fields.all(Field::Image)).filter(|link| link.len() <= LINK_CAP);
        Ok(Self { fields, pictures: pictures.take(SHARED_PICTURES).map(str::to_owned).collect() })
    }

    /// The variant with the words and pictures of the whole product.
    fn complete(&self, mut fields: Fields<'static>, left: &mut Allowance) -> Result<Fields<'static>, Refusal> {
        fields.inherit(&self.fields, SHARED, left)?;
        let options: Vec<&str> = fields.all(Field::Option).filter(|option| *option != "Default Title").collect();
        if !options.is_empty() {
            let (options, slug) = (options.join(" / "), slug(&options));
            if let Some(title) = fields.get(Field::Title) {
                fields.set(Field::Title, format!("{title} - {options}"));
            }
            if let (None, Some(handle)) = (fields.get(Field::Sku), fields.get(Field::Handle)) {
                fields.push(Field::Id, "Handle", format!("{handle}-{slug}"));
            }
        }
        let own = fields.get(Field::Image).map(str::to_owned);
        for picture in self.pictures.iter().filter(|picture| own.as_ref() != Some(picture)) {
            left.take(picture.len())?;
            fields.push(Field::Image, "Image Src", picture.clone());
        }
        Ok(fields)
    }
}

fn slug(options: &[&str]) -> String {
    let words = options.iter().flat_map(|option| option.split(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// `sep=;` on the first line, for Excel.
fn named_delimiter(bytes: &mut Cow<'_, [u8]>) -> (Option<u8>, u64) {
    let Some([delimiter, after @ ..]) = bytes.strip_prefix(b"sep=") else { return (None, 0) };
    let (delimiter, ending) = (*delimiter, if after.starts_with(b"\r\n") { 2 } else { 1 });
    if !delimiter.is_ascii() || !matches!(after.first(), Some(b'\r' | b'\n')) {
        return (None, 0);
    }
    let begin = 5 + ending;
    match bytes {
        Cow::Borrowed(all) => *bytes = Cow::Borrowed(&all[begin..]),
        Cow::Owned(all) => drop(all.drain(..begin)),
    }
    (Some(delimiter), 1)
}

/// The one that makes most columns of the first line known.
fn shown_delimiter(bytes: &[u8]) -> u8 {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(64 * 1024)]);
    let known = |delimiter: u8| {
        let cells = line.split(char::from(delimiter)).map(|name| name.trim().trim_matches('"'));
        cells.filter(|name| field(name).is_some()).count()
    };
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| known(*delimiter)).unwrap_or(b',')
}
