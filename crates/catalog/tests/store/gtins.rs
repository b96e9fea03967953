//! GTINs: found in every form, one product's at a time, and whose they are.

use stoa_catalog::gs1::gtin14;
use stoa_catalog::server::{Access, Rights, RowError};
use stoa_catalog::{CodeKind, Draft, Expect, Patch};

use crate::place::{Place, codes, draft, shop};

pub fn gtins_are_checked_and_found_in_every_form(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    let gtin = |code: &str| Draft { kind: CodeKind::Gtin, ..draft(code, "Milk") };
    for wrong in ["0036000291453", "123", "003600029145２", "0036000291452x", "00360002914520"] {
        assert_eq!(catalog.put(&bees, gtin(wrong), Expect::Any).unwrap_err().code(), "invalid", "{wrong}");
    }
    catalog.put(&bees, gtin("036000291452"), Expect::Any).unwrap();
    for form in ["036000291452", "0036000291452", "00036000291452"] {
        assert_eq!(catalog.by_gtin(form).unwrap().unwrap().verify(&catalog.key()).unwrap().code, "036000291452");
    }
    for unknown in ["4006381333931", "", "x", "\0", "036000291453"] {
        assert!(catalog.by_gtin(unknown).unwrap().is_none());
    }
    // The same number in another form is the same product: whoever was first has it.
    let taken = catalog.put(&kiln, gtin("0036000291452"), Expect::Any).unwrap_err();
    assert!(taken.to_string().contains("036000291452"), "{taken}");
    let number = draft("0036000291452", "Only a number");
    assert_eq!(catalog.put(&kiln, number, Expect::Any).unwrap_err().code(), "gtin_taken", "a link to it would show this one");
    assert_eq!(codes(&catalog.search("00036000291452", None, 10).unwrap().items, &catalog), ["036000291452"]);
    catalog.put(&bees, draft("036000291452", "No GTIN any more"), Expect::Any).unwrap();
    assert!(catalog.by_gtin("036000291452").unwrap().is_none());
    let taken = catalog.put(&kiln, gtin("0036000291452"), Expect::Any).unwrap_err();
    assert_eq!(taken.code(), "gtin_taken", "still somebody's code: {taken}");
    catalog.withdraw(&bees, "036000291452").unwrap();
    catalog.put(&kiln, gtin("0036000291452"), Expect::Any).unwrap();
    let back = catalog.put(&bees, draft("036000291452", "Back"), Expect::Any).unwrap_err();
    assert_eq!(back.code(), "gtin_taken");
}

pub fn a_gtin_beside_the_code_finds_the_product(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    let with = |code: &str, gtin: &str| Draft { gtin: Some(gtin.to_owned()), ..draft(code, "Milk") };
    for wrong in ["036000291453", "123", "", "03600029145２", "SKU-1"] {
        let refused = catalog.put(&bees, with("milk", wrong), Expect::Any).unwrap_err();
        assert!(matches!(refused, stoa_catalog::server::Error::Field { field: "gtin", .. }), "{wrong}: {refused}");
    }
    let milk = catalog.put(&bees, with("milk", "036000291452"), Expect::Any).unwrap();
    assert_eq!((milk.kind, milk.gtin.as_deref()), (CodeKind::Sku, Some("00036000291452")));
    assert_eq!(
        catalog.put(&bees, with("milk", "00036000291452"), Expect::Any).unwrap(),
        milk,
        "another form of the same says nothing new"
    );
    let forms = ["036000291452", "0036000291452", "00036000291452"];
    for form in forms {
        assert_eq!(catalog.by_gtin(form).unwrap().unwrap().verify(&catalog.key()).unwrap(), milk);
        assert_eq!(catalog.product(form).unwrap().unwrap().verify(&catalog.key()).unwrap(), milk);
        assert_eq!(codes(&catalog.search(form, None, 10).unwrap().items, &catalog), ["milk"]);
    }
    let asked: Vec<String> = ["4006381333931", "milk"].iter().chain(&forms).map(|&code| code.to_owned()).collect();
    let (found, missing) = catalog.lookup(&asked).unwrap();
    assert_eq!(
        (codes(&found, &catalog), missing),
        (vec!["milk".to_owned()], vec!["4006381333931".to_owned()]),
        "each product once"
    );

    // A code that is the GTIN says so by itself.
    let pen = catalog.put(&kiln, with("4006381333931", "04006381333931"), Expect::Any).unwrap();
    assert_eq!((pen.kind, pen.gtin), (CodeKind::Gtin, None));
    let two = Draft { kind: CodeKind::Gtin, ..with("4006381333931", "036000291452") };
    assert_eq!(catalog.put(&kiln, two, Expect::Any).unwrap_err().code(), "invalid");

    // One product that is offered has it: the first, until they let go.
    let taken = catalog.put(&kiln, with("other-milk", "0036000291452"), Expect::Any).unwrap_err();
    assert_eq!(taken.code(), "gtin_taken");
    assert!(taken.to_string().contains("milk") && taken.is_refusal(), "{taken}");
    catalog.put(&kiln, draft("other-milk", "Other milk"), Expect::Any).unwrap();
    assert_eq!(catalog.put(&kiln, with("other-milk", "036000291452"), Expect::Any).unwrap_err().code(), "gtin_taken");
    let claim = |gtin: Option<&str>| Patch { gtin: Some(gtin.map(str::to_owned)), ..Patch::default() };
    assert_eq!(catalog.patch(&kiln, "other-milk", claim(Some("036000291452"))).unwrap_err().code(), "gtin_taken");
    assert_eq!(catalog.patch(&kiln, "other-milk", claim(Some("036000291453"))).unwrap_err().code(), "invalid");
    let stock = Access { rights: Rights::STOCK, ..bees.clone() };
    assert_eq!(catalog.patch(&stock, "milk", claim(None)).unwrap_err().code(), "forbidden");
    let cheaper = Patch { quantity: Some(Some(1)), ..Patch::default() };
    assert_eq!(catalog.patch(&stock, "milk", cheaper).unwrap().gtin.as_deref(), Some("00036000291452"), "stays");

    catalog.withdraw(&bees, "milk").unwrap();
    assert!(
        catalog.by_gtin("036000291452").unwrap().unwrap().verify(&catalog.key()).unwrap().withdrawn,
        "until somebody else has it"
    );
    let other = catalog.patch(&kiln, "other-milk", claim(Some("036000291452"))).unwrap();
    assert_eq!(other.gtin.as_deref(), Some("00036000291452"));
    assert_eq!(catalog.by_gtin("036000291452").unwrap().unwrap().verify(&catalog.key()).unwrap().code, "other-milk");
    assert_eq!(catalog.put(&bees, with("milk", "036000291452"), Expect::Any).unwrap_err().code(), "gtin_taken");
    assert_eq!(catalog.patch(&kiln, "other-milk", claim(None)).unwrap().gtin, None);
    catalog.put(&bees, with("milk", "036000291452"), Expect::Any).unwrap();
    catalog.rotate_key().unwrap();
    assert_eq!(catalog.by_gtin("036000291452").unwrap().unwrap().verify(&catalog.key()).unwrap().code, "milk");
}

/// Two instances, two sellers, the same GTINs and codes at the same moment, in opposite orders: each is had by one, and nothing breaks.
pub fn sellers_race_for_gtins_and_codes(place: &Place) {
    const ROWS: usize = 120;
    let catalogs = [place.open(), place.open()];
    let sellers = [shop(&catalogs[0], "Bees"), shop(&catalogs[0], "Kiln")];
    let gtin = |n: usize| {
        let body = format!("4006381{n:05}");
        (0..10).map(|check| format!("{body}{check}")).find(|gtin| gtin14(gtin).is_some()).unwrap()
    };
    let own = |at: usize, n: usize| format!("{at}-{n}");
    for (at, seller) in sellers.iter().enumerate() {
        for n in 0..ROWS / 2 {
            catalogs[at].put(seller, draft(&own(at, n), "Before"), Expect::New).unwrap();
        }
    }
    // Half of the rows change a product that stands, half are new, some under a code that both want.
    let feed = |at: usize, round: usize| -> Vec<(u64, Result<Draft, RowError>)> {
        let mut rows: Vec<usize> = (0..ROWS).collect();
        if at == 1 {
            rows.reverse();
        }
        let row = |n: usize| {
            let code = if n % 5 == 4 { format!("both-{round}-{n}") } else { own(at, n) };
            Draft { gtin: Some(gtin(round * ROWS + n)), ..draft(&code, &format!("Round {round}")) }
        };
        rows.into_iter().map(|n| (n as u64 + 1, Ok(row(n)))).collect()
    };
    for round in 0..4 {
        let start = std::sync::Barrier::new(4);
        let done: Vec<_> = std::thread::scope(|scope| {
            let import = |at: usize| {
                let (catalog, seller, start, rows) = (&catalogs[at], &sellers[at], &start, feed(at, round));
                move || {
                    start.wait();
                    catalog.import(seller, rows.into_iter(), false, &mut |_| {}).unwrap()
                }
            };
            // Single writes in the middle of it, which swap GTINs with each other.
            let put = |at: usize| {
                let (catalog, seller, start, gtin) = (&catalogs[at], &sellers[at], &start, &gtin);
                move || {
                    start.wait();
                    for n in 0..ROWS {
                        let wanted = gtin(round * ROWS + if at == 0 { n } else { ROWS - 1 - n });
                        let single = Draft { gtin: Some(wanted), ..draft(&format!("single-{at}"), &n.to_string()) };
                        match catalog.put(seller, single, Expect::Any) {
                            Ok(_) => {}
                            // an import that goes on has it, perhaps
                            Err(error) => assert!(matches!(error.code(), "gtin_taken" | "busy"), "{error}"),
                        }
                    }
                }
            };
            let imports = [scope.spawn(import(0)), scope.spawn(import(1))];
            let puts = [scope.spawn(put(0)), scope.spawn(put(1))];
            puts.into_iter().for_each(|thread| thread.join().unwrap());
            imports.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for report in &done {
            assert_eq!(report.added + report.changed + report.refused, ROWS as u64, "{report:?}");
            assert!(report.errors.iter().all(|error| matches!(error.field.as_deref(), Some("gtin" | "code"))), "{report:?}");
        }
        let taken: u64 = done.iter().map(|report| report.added + report.changed).sum();
        assert!((1..=ROWS as u64).contains(&taken), "each GTIN once: {taken}");
    }
    let mut seen = std::collections::BTreeMap::new();
    for seller in &sellers {
        catalogs[0]
            .all_goods(seller, &mut |product| {
                if let Some(gtin) = product.gtin.clone() {
                    assert_eq!(catalogs[1].by_gtin(&gtin)?.unwrap().verify(&catalogs[1].key()).unwrap(), product);
                    assert_eq!(seen.insert(gtin, product.code), None, "one product has it");
                }
                Ok(())
            })
            .unwrap();
    }
}

pub fn the_operator_takes_a_gtin_away(place: &Place) {
    let catalog = place.open();
    let (bees, squatter) = (shop(&catalog, "Bees"), shop(&catalog, "Squatter"));
    let owner = bees.seller.as_deref().unwrap();
    let with = |code: &str, gtin: &str| Draft { gtin: Some(gtin.to_owned()), ..draft(code, "Milk") };
    let (milk, pen) = ("036000291452", "4006381333931");
    catalog.put(&squatter, with("mine", milk), Expect::New).unwrap();
    catalog.put(&squatter, draft(pen, "Only a code"), Expect::New).unwrap();
    let operator = Access::operator();
    assert_eq!(catalog.give_gtin(&bees, milk, None).unwrap_err().code(), "forbidden");
    assert_eq!(catalog.give_gtin(&operator, "036000291453", None).unwrap_err().code(), "invalid");
    assert_eq!(catalog.give_gtin(&operator, milk, Some("s0")).unwrap_err().code(), "not_found");
    assert_eq!(catalog.by_gtin(milk).unwrap().unwrap().verify(&catalog.key()).unwrap().code, "mine");

    // Taken away alone, it is for whoever comes first: the same seller again, perhaps.
    let freed = catalog.give_gtin(&operator, "00036000291452", None).unwrap().unwrap();
    assert_eq!((freed.code.as_str(), freed.gtin, freed.version, freed.withdrawn), ("mine", None, 2, false));
    assert!(catalog.by_gtin(milk).unwrap().is_none());
    catalog.put(&squatter, with("mine", milk), Expect::Any).unwrap();
    assert_eq!(catalog.give_gtin(&operator, milk, Some(owner)).unwrap().unwrap().version, 4);
    let kept = catalog.put(&squatter, with("mine", milk), Expect::Any).unwrap_err();
    assert_eq!((kept.code(), kept.is_refusal()), ("gtin_taken", true));
    assert_eq!(catalog.put(&squatter, draft(milk, "As a code"), Expect::New).unwrap_err().code(), "gtin_taken");
    let feed = [(1, Ok(with("mine", milk))), (2, Ok(draft("other", "Other")))];
    for dry_run in [true, false] {
        let report = catalog.import(&squatter, feed.clone().into_iter(), dry_run, &mut |_| {}).unwrap();
        assert_eq!((report.added, report.errors[0].field.as_deref()), (1, Some("gtin")));
    }
    catalog.put(&bees, with("milk", milk), Expect::New).unwrap();
    assert_eq!(catalog.give_gtin(&operator, milk, Some(owner)).unwrap(), None, "theirs already");

    // A code cannot be taken from a product: the product ends.
    let ended = catalog.give_gtin(&operator, pen, Some(owner)).unwrap().unwrap();
    assert_eq!((ended.code.as_str(), ended.withdrawn), (pen, true));
    assert_eq!(catalog.put(&squatter, draft(pen, "Again"), Expect::Any).unwrap_err().code(), "gtin_taken");
    catalog.put(&bees, with("pen", pen), Expect::New).unwrap();
    assert_eq!(place.open().by_gtin(pen).unwrap().unwrap().verify(&catalog.key()).unwrap().code, "pen");
}
