//! A long import of one seller, and what the others meet meanwhile.

use std::sync::mpsc;

use stoa_catalog::{Expect, Patch};

use crate::place::{Place, draft, shop};

/// On SQLite the writer is taken: the others are told to come back. On PostgreSQL they write.
pub fn a_write_beside_an_import_is_done_or_told_to_come_back(place: &Place) {
    let (catalog, other) = (place.open(), place.open());
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::New).unwrap();
    let (told, reached) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let patch = Patch { quantity: Some(Some(7)), ..Patch::default() };
    std::thread::scope(|scope| {
        let (importing, bees) = (catalog.clone(), bees.clone());
        let import = scope.spawn(move || {
            let rows = (1..=3).map(|row| {
                if row == 3 {
                    told.send(()).unwrap();
                    released.recv().unwrap();
                }
                (row, Ok(draft(&format!("feed-{row}"), "Honey")))
            });
            importing.import(&bees, rows, false, &mut |_| {}).unwrap()
        });
        reached.recv().unwrap();
        let patches = [&catalog, &other].map(|instance| {
            let (patch, kiln) = (patch.clone(), &kiln);
            scope.spawn(move || instance.patch(kiln, "bowl", patch))
        });
        for (instance, patched) in ["the same process", "another process"].into_iter().zip(patches) {
            let patched = patched.join().unwrap();
            match place.is_postgres() {
                true => assert_eq!(patched.unwrap().quantity, Some(7), "{instance}"),
                false => assert_eq!(patched.unwrap_err().code(), "busy", "{instance}"),
            }
        }
        assert!(other.product("bowl").unwrap().is_some() && other.product("feed-1").unwrap().is_none());
        release.send(()).unwrap();
        assert_eq!(import.join().unwrap().added, 3);
    });
    assert_eq!(other.patch(&kiln, "bowl", patch).unwrap().quantity, Some(7));
    assert_eq!(catalog.product("feed-3").unwrap().unwrap().verify(&catalog.key()).unwrap().name, "Honey");
}
