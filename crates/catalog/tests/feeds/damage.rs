//! Damaged and hostile feeds.

use stoa_catalog::server::feeds::{FeedFormat, Rows, read, read_with};

use crate::markup::{ATOM, GROUP, PAGE, RSS};
use crate::tables::{GOOGLE, SHOPIFY, WOO};
use crate::{defaults, rows};

/// A linear congruential generator: the same damage every time (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

fn damaged(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    const TOKENS: &[&[u8]] = &[
        b"\"",
        b"<",
        b"&",
        b"]]>",
        b"<item>",
        b"</item>",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\0",
        b"\xFF",
        b"\\",
        b"\n",
        b",",
        b"<![CDATA[",
        b"<!--",
        b"<!DOCTYPE a>",
        b"\"@id\":",
        b"&#xFFFFFFFF;",
        b"\xEF\xBB\xBF",
        b"999999999999999999999",
        b"\xE2\x82",
    ];
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len().max(1)).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, TOKENS[dice.below(TOKENS.len())].iter().copied())),
            3 => {
                let end = (at + dice.below(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => drop(bytes.drain(at..(at + dice.below(20)).min(bytes.len()))),
        }
    }
    bytes
}

/// More rows than the feed has bytes would be made of nothing.
fn drain(mut rows: Rows<'_>, cap: usize) -> usize {
    let mut count = 0;
    while let Some((_, item)) = rows.next_item() {
        count += 1;
        assert!(count <= cap, "rows without end");
        if let Ok(item) = item {
            assert!(!item.draft.code.is_empty() && item.pictures.len() <= 8 && item.draft.images.len() <= 8);
        }
    }
    assert!(rows.unused().len() <= 200);
    count
}

#[test]
fn ten_thousand_damaged_feeds_panic_nothing_and_end() {
    let json = "[{\"code\":\"a\",\"name\":\"A\",\"url\":\"https://shop.example/a\"},{\"code\":\"b\"}]";
    let feeds = [GOOGLE, SHOPIFY, WOO, RSS, ATOM, PAGE, GROUP, json];
    let (mut dice, mut read_rows) = (Dice(20_261_121), 0);
    for round in 0..10_000 {
        let bytes = damaged(feeds[round % feeds.len()].as_bytes(), &mut dice);
        let guessed = FeedFormat::guess("feed", &bytes);
        for format in [guessed, Some(FeedFormat::ALL[round % 5])].into_iter().flatten() {
            if let Ok(rows) = read_with(&bytes, format, defaults()) {
                read_rows += drain(rows, bytes.len() + 2);
            }
        }
    }
    assert!(read_rows > 10_000, "most damage leaves rows: {read_rows}");
}

#[test]
fn hostile_sizes_and_depths_are_refused_by_row() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(rows(deep.as_bytes(), FeedFormat::JsonLd).iter().all(|(_, row)| row.is_err()));
    assert!(rows(deep.as_bytes(), FeedFormat::Json).iter().all(|(_, row)| row.is_err()));
    let nested = format!("<rss><item>{}{}</item></rss>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert!(rows(nested.as_bytes(), FeedFormat::Xml).iter().all(|(_, row)| row.is_err()));
    let long = "x".repeat(300 * 1024);
    let table = format!(
        "id,title,link,description\na,{long},https://shop.example/a,\nb,B,https://shop.example/b,{long}\nc,C,https://shop.example/c,\n"
    );
    let rows_of_table = rows(table.as_bytes(), FeedFormat::Csv);
    assert_eq!(rows_of_table.iter().map(|(_, row)| row.is_ok()).collect::<Vec<_>>(), [false, false, true]);
    let open = format!("<rss>{}</rss>", "<item><![CDATA[".repeat(200_000));
    assert!(rows(open.as_bytes(), FeedFormat::Xml).len() <= 1000);
    let ids = format!("id,{},title\n", "c,".repeat(5000));
    assert!(read(ids.as_bytes(), FeedFormat::Csv).is_err());
}
