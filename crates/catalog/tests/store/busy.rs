//! What takes one seller long, and what the others meet meanwhile: their turn.

use std::sync::mpsc;

use stoa_catalog::server::{Access, Catalog};
use stoa_catalog::{Expect, Patch};

use crate::place::{Place, draft, picture, shop};

pub fn a_write_beside_an_import_is_done(place: &Place) {
    beside_an_import(place, false);
}

pub fn a_write_beside_a_dry_run_is_done(place: &Place) {
    beside_an_import(place, true);
}

/// The feed stops in its middle until the others have written, in this process and in another one.
fn beside_an_import(place: &Place, dry_run: bool) {
    let (catalog, other) = (place.open(), place.open());
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::New).unwrap();
    let (told, reached) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let (importing, bees) = (catalog.clone(), bees.clone());
        let import = scope.spawn(move || {
            let rows = (1..=1200).map(|row| {
                if row == 1100 {
                    told.send(()).unwrap();
                    released.recv().unwrap();
                }
                (row, Ok(draft(&format!("feed-{row}"), "Honey")))
            });
            importing.import(&bees, rows, dry_run, &mut |_| {}).unwrap()
        });
        reached.recv().unwrap();
        for (quantity, instance) in (7..).zip([&catalog, &other]) {
            assert_eq!(patched(instance, &kiln, quantity).quantity, Some(quantity));
        }
        assert!(other.product("bowl").unwrap().is_some() && other.product("feed-1").unwrap().is_none());
        release.send(()).unwrap();
        assert_eq!(import.join().unwrap().added, 1200);
    });
    assert_eq!(catalog.product("feed-3").unwrap().is_some(), !dry_run);
}

fn patched(catalog: &Catalog, seller: &Access, quantity: u32) -> stoa_catalog::Product {
    catalog.patch(seller, "bowl", Patch { quantity: Some(Some(quantity)), ..Patch::default() }).unwrap()
}

/// The seller's products are signed anew in steps between which others write, and which another process goes on with.
pub fn a_new_logo_is_on_every_product_and_in_nobodys_way(place: &Place) {
    const GOODS: u64 = 3_000;
    const TRIES: u32 = 30;
    let (catalog, other) = (place.open(), place.open());
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::New).unwrap();
    let feed = (1..=GOODS).map(|row| (row, Ok(draft(&format!("code-{row}"), "Honey"))));
    catalog.import(&bees, feed, false, &mut |_| {}).unwrap();
    // On a fast machine one logo may be everywhere before the other writer has looked.
    let logos = (1..=TRIES).find(|logo| written_while_signed((&catalog, &bees), (&other, &kiln), *logo));
    let logos = logos.expect("others waited until all were signed, every time");
    let mut count = 0;
    other
        .all_goods(&bees, &mut |product| {
            count += 1;
            assert_eq!((product.version, product.seller.logo.is_some()), (1 + u64::from(logos), true), "{}", product.code);
            Ok(())
        })
        .unwrap();
    assert_eq!(count, GOODS);
}

/// Whether the other seller's product was written while some of the products showed the new logo and others did not.
fn written_while_signed((catalog, bees): (&Catalog, &Access), (other, kiln): (&Catalog, &Access), logo: u32) -> bool {
    let shown = |code: &str| other.product(code).unwrap().unwrap().verify(&other.key()).unwrap().seller.logo;
    let before = shown("code-1");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let setting = scope.spawn(|| {
            let seller = catalog.set_logo(bees, &picture(&format!("logo {logo}"))).unwrap();
            done.store(true, std::sync::atomic::Ordering::SeqCst);
            seller
        });
        let mut between = false;
        for quantity in 1.. {
            if done.load(std::sync::atomic::Ordering::SeqCst) {
                break;
            }
            let begun = shown("code-1") != before;
            patched(other, kiln, logo * 1_000_000 + quantity);
            between |= begun && shown("code-999") == before;
        }
        assert_ne!(setting.join().unwrap().logo, before);
        between
    })
}
