//! Feeds: the good rows once, the bad ones told, all or nothing.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use stoa_catalog::server::{Access, Config, Imported, RowError, open};
use stoa_catalog::{Draft, Expect};

use crate::place::{Place, codes, draft, shop};

/// As many as kill the process in the middle for sure, and no more than both databases take within seconds.
const ROWS: u64 = 20_000;
const CHILD: &str = "STOA_TEST_IMPORT";

fn rows(drafts: Vec<Draft>) -> impl Iterator<Item = (u64, Result<Draft, RowError>)> {
    (1..).zip(drafts.into_iter().map(Ok))
}

fn feed(count: u64) -> impl Iterator<Item = (u64, Result<Draft, RowError>)> {
    (1..=count).map(|row| (row, Ok(draft(&format!("feed-{row}"), "手工蜂蜜 Wildflower honey"))))
}

pub fn good_rows_are_taken_once_and_bad_ones_told(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::Any).unwrap();
    catalog.put(&bees, draft("same", "Same"), Expect::Any).unwrap();
    catalog.put(&bees, draft("older", "Older"), Expect::Any).unwrap();
    let told = RowError { row: 9, field: Some("price".to_owned()), message: "not a price".to_owned() };
    let feed = || {
        let good =
            ["new", "same", "older", "bowl", "new", ""].map(|code| draft(code, if code == "same" { "Same" } else { "New" }));
        let gtin = Draft { kind: stoa_catalog::CodeKind::Gtin, ..draft("123", "Milk") };
        rows(good.into_iter().chain([gtin]).collect()).chain([(9, Err(told.clone()))])
    };
    let dry = catalog.import(&bees, feed(), true, &mut |_| {}).unwrap();
    assert!(catalog.product("new").unwrap().is_none());
    let mut progress = Vec::new();
    let done = catalog.import(&bees, feed(), false, &mut |count| progress.push(count)).unwrap();
    assert_eq!(dry, done);
    assert_eq!((done.added, done.changed, done.unchanged, done.refused), (1, 1, 1, 5));
    let errors: Vec<_> = done.errors.iter().map(|error| (error.row, error.field.as_deref())).collect();
    assert_eq!(errors, [(4, Some("code")), (5, Some("code")), (6, Some("code")), (7, Some("code")), (9, Some("price"))]);
    assert!(done.errors[1].message.contains("row 1"), "{}", done.errors[1].message);
    assert_eq!(progress, [8]);

    let again = catalog.import(&bees, feed(), false, &mut |_| {}).unwrap();
    assert_eq!((again.added, again.changed, again.unchanged, again.refused), (0, 0, 3, 5));
    assert_eq!(codes(&catalog.search("new", None, 10).unwrap().items, &catalog), ["older", "new"]);
    let bad = (1..=1500).map(|row| (row, Err(RowError { row, ..told.clone() })));
    let bad = catalog.import(&bees, bad, false, &mut |_| {}).unwrap();
    assert_eq!((bad.refused, bad.errors.len()), (1500, 1000));
    let stock = Access { rights: stoa_catalog::server::Rights::STOCK, ..bees };
    assert_eq!(catalog.import(&stock, feed(), false, &mut |_| {}).unwrap_err().code(), "forbidden");
}

pub fn a_killed_import_leaves_nothing(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    let Config { data, database, .. } = place.config();
    let seller = bees.seller.as_deref().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "import::imports_when_told_to", "--nocapture"])
        .env(CHILD, [data.to_str().unwrap(), database.as_deref().unwrap_or_default(), seller].join("\n"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == format!("imported {}", ROWS / 2)), "the import did not get half way");
    child.kill().unwrap();
    child.wait().unwrap();

    let catalog = place.open();
    assert!(catalog.search("", None, 1).unwrap().items.is_empty());
    assert!(catalog.search("蜂蜜", None, 1).unwrap().items.is_empty());
    let Imported { added, refused, .. } = catalog.import(&bees, feed(ROWS), false, &mut |_| {}).unwrap();
    assert_eq!((added, refused), (ROWS, 0));
    let (mut count, mut last) = (0, String::new());
    catalog
        .all_goods(&bees, &mut |product| {
            assert!(product.code > last);
            (count, last) = (count + 1, product.code);
            Ok(())
        })
        .unwrap();
    assert_eq!(count, ROWS);
}

/// The process that is killed; without the variable it has nothing to do.
#[test]
fn imports_when_told_to() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [data, database, seller] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let database = (!database.is_empty()).then(|| database.to_owned());
    let catalog = open(Config { database, ..Config::in_dir(data) }).unwrap();
    let mut tell = |count: u64| writeln!(std::io::stderr(), "imported {count}").unwrap();
    catalog.import(&Access::of_seller(seller), feed(ROWS), false, &mut tell).unwrap();
}
