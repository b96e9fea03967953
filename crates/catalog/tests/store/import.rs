//! Feeds: the good rows once, the bad ones told, all or nothing.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use stoa_catalog::server::{Access, Catalog, Config, Imported, Progress, RowError, open};
use stoa_catalog::{Draft, Expect, Hash};

use crate::place::{Place, codes, draft, picture, shop};

/// As many as kill the process in the middle for sure, and no more than both databases take within seconds.
const ROWS: u64 = 10_000;
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
    assert_eq!(progress, [Progress::Read(8), Progress::Taken(4)], "four are wrong by themselves");

    let again = catalog.import(&bees, feed(), false, &mut |_| {}).unwrap();
    assert_eq!((again.added, again.changed, again.unchanged, again.refused), (0, 0, 3, 5));
    assert_eq!(codes(&catalog.search("new", None, 10).unwrap().items, &catalog), ["older", "new"]);
    let bad = (1..=1500).map(|row| (row, Err(RowError { row, ..told.clone() })));
    let bad = catalog.import(&bees, bad, false, &mut |_| {}).unwrap();
    assert_eq!((bad.refused, bad.errors.len()), (1500, 1000));
    let stock = Access { rights: stoa_catalog::server::Rights::STOCK, ..bees };
    assert_eq!(catalog.import(&stock, feed(), false, &mut |_| {}).unwrap_err().code(), "forbidden");
}

/// Rows that stand in each other's way: a dry run says of each what the import does.
pub fn a_dry_run_says_what_an_import_does(place: &Place) {
    let catalog = place.open();
    let (seller, key) = catalog.welcome_seller("Bees").unwrap();
    let (bees, kiln) = (catalog.authenticate(&key.text).unwrap().unwrap(), shop(&catalog, "Kiln"));
    let with = |code: &str, gtin: &str| Draft { gtin: Some(gtin.to_owned()), ..draft(code, "Milk") };
    catalog.put(&kiln, with("theirs", "96385074"), Expect::New).unwrap();
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::New).unwrap();
    let shown = catalog.add_image(&kiln, "bowl", &picture("seen")).unwrap().images[0];
    catalog.put(&bees, with("lets-go", "4006381333931"), Expect::New).unwrap();
    catalog.put(&bees, draft("gone", "Gone"), Expect::New).unwrap();
    catalog.withdraw(&bees, "gone").unwrap();
    let quota = stoa_catalog::server::Quota { products: Some(7), picture_bytes: Some(13 + 3) };
    catalog.set_quota(&Access::operator(), &seller.id, quota).unwrap();
    let pictured = |code: &str| Draft { images: vec![shown], ..draft(code, "Honey") };
    let feed = vec![
        with("first", "036000291452"),
        with("second", "0036000291452"),
        with("too-late", "4006381333931"),
        draft("lets-go", "Without it"),
        with("takes-it", "04006381333931"),
        with("squatter", "96385074"),
        Draft { code: "4006381333931".to_owned(), ..draft("", "A code that is one") },
        pictured("pictured"),
        pictured("pictured-too"),
        Draft { images: vec![Hash::of(b"nowhere")], ..draft("no-picture", "Honey") },
        draft("gone", "Back"),
        draft("one-more", "Fills it"),
        draft("too-many", "Does not fit"),
        draft("first", "Twice"),
    ];
    let before = catalog.search("", None, 50).unwrap().items.len();
    let dry = catalog.import(&bees, rows(feed.clone()), true, &mut |_| {}).unwrap();
    assert_eq!(catalog.search("", None, 50).unwrap().items.len(), before, "a dry run keeps nothing");
    assert_eq!(catalog.usage(&seller.id).unwrap().products, 2);
    let done = catalog.import(&bees, rows(feed), false, &mut |_| {}).unwrap();
    assert_eq!(dry, done);
    let told: Vec<_> = done.errors.iter().map(|error| (error.row, error.field.as_deref())).collect();
    let (gtin, code, images) = (Some("gtin"), Some("code"), Some("images"));
    assert_eq!(told, [(2, gtin), (3, gtin), (6, gtin), (7, gtin), (10, images), (13, None), (14, code)]);
    assert_eq!((done.added, done.changed), (5, 2));
    let usage = catalog.usage(&seller.id).unwrap();
    assert_eq!((usage.products, usage.picture_bytes), (7, 16), "the same picture twice takes its room once");
}

/// An import in another process that is killed when it tells of this moment.
fn killed(place: &Place, bees: &Access, moment: &str) {
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
    assert!(lines.any(|line| line.unwrap().starts_with(moment)), "the import did not get as far as {moment}");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn whole(catalog: &Catalog, bees: &Access) -> u64 {
    let (mut count, mut last) = (0, String::new());
    catalog
        .all_goods(bees, &mut |product| {
            assert!(product.code > last);
            (count, last) = (count + 1, product.code);
            Ok(())
        })
        .unwrap();
    count
}

pub fn a_killed_import_leaves_nothing(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    killed(place, &bees, &format!("Read({})", ROWS / 2));
    let catalog = place.open();
    assert!(catalog.search("", None, 1).unwrap().items.is_empty());
    assert!(catalog.search("蜂蜜", None, 1).unwrap().items.is_empty());
    let Imported { added, refused, .. } = catalog.import(&bees, feed(ROWS), false, &mut |_| {}).unwrap();
    assert_eq!((added, refused), (ROWS, 0));
    assert_eq!(whole(&catalog, &bees), ROWS);
}

pub fn an_import_killed_when_it_was_read_is_finished(place: &Place) {
    let running = place.open();
    let bees = shop(&running, "Bees");
    killed(place, &bees, "Taken(");
    let came = whole(&running, &bees);
    assert!((1..ROWS).contains(&came), "readers see some of it: {came}");
    let catalog = place.open();
    assert_eq!(whole(&catalog, &bees), ROWS, "who opens the catalog next finishes it");
    assert_eq!(catalog.usage(bees.seller.as_deref().unwrap()).unwrap().products, ROWS);
    let again = catalog.import(&bees, feed(ROWS), true, &mut |_| {}).unwrap();
    assert_eq!((again.unchanged, again.refused), (ROWS, 0), "each once");

    // The next import of the same seller comes after one that was interrupted, whatever their rows say.
    let kiln = shop(&running, "Kiln");
    killed(place, &kiln, "Taken(");
    let last = format!("feed-{ROWS}");
    let later = rows(vec![draft(&format!("kiln-{last}"), "Newer")]);
    assert_eq!(running.import(&kiln, later, false, &mut |_| {}).unwrap().changed, 1, "the interrupted one had it added");
    assert_eq!(whole(&running, &kiln), ROWS);
    assert_eq!(codes(&running.search("newer", None, 2).unwrap().items, &running), [format!("kiln-{last}")]);
}

/// The process that is killed; without the variable it has nothing to do.
#[test]
fn imports_when_told_to() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [data, database, seller] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let database = (!database.is_empty()).then(|| database.to_owned());
    let catalog = open(Config { database, ..Config::in_dir(data) }).unwrap();
    let mut tell = |so_far: Progress| writeln!(std::io::stderr(), "{so_far:?}").unwrap();
    let kiln = catalog.seller(seller).unwrap().unwrap().name == "Kiln";
    let rows = feed(ROWS).map(|(row, draft)| {
        let named = |draft: Draft| Draft { code: format!("kiln-{}", draft.code), ..draft };
        (row, if kiln { draft.map(named) } else { draft })
    });
    catalog.import(&Access::of_seller(seller), rows, false, &mut tell).unwrap();
}
