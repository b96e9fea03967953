//! Finding products: by code, by GTIN, by words.
//!
//! Words are made here, the same for both databases. Text is folded (NFKC, lower case, without marks on letters). Han, kana and Hangul have
//! no spaces: every character and every pair of neighbours is a word, so that one or two characters find whatever name holds them; other
//! scripts are cut at what is no letter or digit. Of a question the last word of such a script may be the beginning of a word.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::keys::Access;
use super::store::{self, ProductRow, Row, Rows, Words};
use super::{Catalog, Error};
use crate::gs1::{gtin_forms, gtin14};
use crate::{Product, Signed};

/// Products on one page, at most.
pub const PAGE_CAP: u32 = 50;
/// Codes in one lookup, at most.
pub const LOOKUP_CAP: usize = 50;
/// Words of a question that count.
const WORDS_CAP: usize = 16;
/// Characters of a question that count, and of a word.
const QUESTION_CAP: usize = 200;
const WORD_CAP: usize = 40;
/// Begins words that no text has: the mark of a seller's products.
const SELLER_MARK: char = '\u{B6}';

/// One page, newest change first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last. Opaque, good for the same question only.
    pub next: Option<String>,
}

impl Catalog {
    /// The signed answer for a code, or for a GTIN that is nobody's code; withdrawn or not.
    pub fn product(&self, code: &str) -> Result<Option<Signed<Product>>, Error> {
        Ok(self.read(|rows| named(rows, code))?.map(|row| row.signed))
    }

    /// As [`Catalog::product`], with the version of the manifest in force.
    pub fn product_now(&self, code: &str) -> Result<Option<(Signed<Product>, u64)>, Error> {
        self.read(|rows| {
            let Some(row) = named(rows, code)? else { return Ok(None) };
            Ok(Some((row.signed, store::manifest_version(rows)?)))
        })
    }

    /// What is known of these codes and GTINs, at most [`LOOKUP_CAP`], in their order and each product once; then those that are not.
    pub fn lookup(&self, codes: &[String]) -> Result<(Vec<Signed<Product>>, Vec<String>), Error> {
        if codes.len() > LOOKUP_CAP {
            return Err(Error::Invalid(format!("at most {LOOKUP_CAP} codes at once")));
        }
        self.read(|rows| {
            let (mut found, mut missing, mut seen) = (Vec::new(), Vec::new(), Vec::new());
            for code in codes {
                match named(rows, code)? {
                    Some(row) if seen.contains(&row.code) => {}
                    Some(row) => {
                        seen.push(row.code);
                        found.push(row.signed);
                    }
                    None => missing.push(code.clone()),
                }
            }
            Ok((found, missing))
        })
    }

    /// The product with this GTIN, of 8, 12, 13 or 14 digits.
    pub fn by_gtin(&self, gtin: &str) -> Result<Option<Signed<Product>>, Error> {
        let Some(gtin) = gtin14(gtin) else { return Ok(None) };
        Ok(self.read(|rows| store::by_gtin(rows, &gtin))?.map(|row| row.signed))
    }

    /// Products that are offered and have all of these words, in name, brand, code or seller; all when there is not a word.
    pub fn search(&self, words: &str, after: Option<&str>, limit: u32) -> Result<Page<Signed<Product>>, Error> {
        self.page(None, words, after, limit, |mut row| Ok(Signed::from_parts(row.text(1)?, row.text(2)?)))
    }

    /// The seller's own products, withdrawn ones too; with words as in [`Catalog::search`].
    pub fn goods(&self, access: &Access, words: Option<&str>, after: Option<&str>, limit: u32) -> Result<Page<Product>, Error> {
        let seller = access.own()?;
        self.page(Some(seller), words.unwrap_or_default(), after, limit, |mut row| {
            Ok(Signed::<Product>::from_parts(row.text(1)?, row.text(2)?).parse()?)
        })
    }

    fn page<T>(
        &self,
        seller: Option<&str>,
        words: &str,
        after: Option<&str>,
        limit: u32,
        item: impl Fn(Row) -> Result<T, Error>,
    ) -> Result<Page<T>, Error> {
        let asked = Asked { seller, words };
        let before = after.map_or(Ok(i64::MAX), |cursor| asked.place(cursor))?;
        let limit = limit.clamp(1, PAGE_CAP) as usize;
        // One more than is shown says whether there is more.
        let mut found = self.read(|rows| asked.rows(rows, before, limit as i64 + 1))?;
        let more = found.len() > limit;
        found.truncate(limit);
        let (mut items, mut last) = (Vec::new(), None);
        for mut row in found {
            last = Some(row.int(0)?);
            items.push(item(row)?);
        }
        Ok(Page { items, next: last.filter(|_| more).map(|change| asked.cursor(change)) })
    }
}

fn named(rows: &mut dyn Rows, code: &str) -> Result<Option<ProductRow>, Error> {
    match (store::product(rows, code)?, gtin14(code)) {
        (None, Some(gtin)) => store::by_gtin(rows, &gtin),
        (found, _) => Ok(found),
    }
}

/// What was asked; a cursor belongs to it.
struct Asked<'a> {
    seller: Option<&'a str>,
    words: &'a str,
}

impl Asked<'_> {
    fn rows(&self, rows: &mut dyn Rows, before: i64, limit: i64) -> Result<Vec<Row>, Error> {
        if self.words.trim().is_empty() {
            return match self.seller {
                Some(seller) => store::newest_of(rows, seller, before, limit),
                None => store::newest(rows, before, limit),
            };
        }
        let (mut all, prefix) = question(self.words);
        if all.is_empty() && prefix.is_none() {
            return Ok(Vec::new());
        }
        all.extend(self.seller.map(seller_word));
        rows.with_words(&Words { all: &all, prefix: prefix.as_deref(), before, withdrawn: self.seller.is_some(), limit })
    }

    fn cursor(&self, change: i64) -> String {
        let place = change.to_be_bytes();
        URL_SAFE_NO_PAD.encode([&place[..], &self.check(&place)[..]].concat())
    }

    fn place(&self, cursor: &str) -> Result<i64, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::Cursor)?;
        let (place, check) = bytes.split_first_chunk::<8>().ok_or(Error::Cursor)?;
        if check != self.check(place) {
            return Err(Error::Cursor);
        }
        Ok(i64::from_be_bytes(*place))
    }

    /// Not a secret: it only tells another question's cursor, or a mistyped one.
    fn check(&self, place: &[u8; 8]) -> [u8; 4] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(place).update(self.seller.unwrap_or_default().as_bytes()).update(b"\0").update(self.words.as_bytes());
        let digest = hasher.finalize();
        std::array::from_fn(|at| digest.as_bytes()[at])
    }
}

fn seller_word(seller: &str) -> String {
    format!("{SELLER_MARK}{seller}")
}

/// The words a product is found by.
pub(super) fn words(product: &Product) -> Vec<String> {
    let seller = &product.seller;
    // As it is printed, shorter or longer.
    let gtins = product.gtin14().map(|gtin| gtin_forms(&gtin)).unwrap_or_default();
    let texts = [Some(product.name.as_str()), product.brand.as_deref(), Some(&product.code), Some(&seller.name)];
    let mut words = vec![seller_word(&seller.id)];
    for text in texts.into_iter().flatten().chain(gtins.iter().map(String::as_str)) {
        for piece in pieces(text, usize::MAX) {
            match piece {
                Piece::Word(word) => words.push(word),
                Piece::Run(run) => {
                    words.extend(run.iter().map(char::to_string));
                    words.extend(run.windows(2).map(String::from_iter));
                }
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// Words that must all be there, and what one must begin with.
fn question(text: &str) -> (Vec<String>, Option<String>) {
    let (mut all, mut prefix) = (Vec::new(), None);
    for piece in pieces(text, QUESTION_CAP) {
        match piece {
            Piece::Word(word) => all.extend(prefix.replace(word)),
            Piece::Run(run) if run.len() == 1 => all.extend(run.iter().map(char::to_string)),
            Piece::Run(run) => all.extend(run.windows(2).map(String::from_iter)),
        }
    }
    all.dedup();
    all.truncate(WORDS_CAP - usize::from(prefix.is_some()));
    (all, prefix)
}

#[derive(Debug)]
enum Piece {
    /// Folded letters and digits.
    Word(String),
    /// Neighbouring characters of a script without spaces.
    Run(Vec<char>),
}

fn pieces(text: &str, cap: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // Whether the next character goes on with what is last.
    let mut open = false;
    for c in text.chars().take(cap).nfkc() {
        if unspaced(c) {
            match pieces.last_mut() {
                Some(Piece::Run(run)) if open => run.push(c),
                _ => pieces.push(Piece::Run(vec![c])),
            }
            open = true;
        } else if c.is_alphanumeric() {
            if !matches!(pieces.last(), Some(Piece::Word(_)) if open) {
                pieces.push(Piece::Word(String::new()));
            }
            if let Some(Piece::Word(word)) = pieces.last_mut() {
                fold(word, c);
            }
            open = true;
        } else if !is_combining_mark(c) {
            open = false;
        }
    }
    pieces.retain(|piece| !matches!(piece, Piece::Word(word) if word.is_empty()));
    pieces
}

fn fold(word: &mut String, c: char) {
    for folded in std::iter::once(c).nfd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase) {
        if folded.is_alphanumeric() && word.chars().count() < WORD_CAP {
            word.push(folded);
        }
    }
}

/// Han, kana, bopomofo, Hangul.
fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}'
        | '\u{3038}'..='\u{303B}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{16FE0}'..='\u{16FFF}' | '\u{17000}'..='\u{18DFF}' | '\u{1AFF0}'..='\u{1B2FF}' | '\u{20000}'..='\u{3FFFF}')
}
