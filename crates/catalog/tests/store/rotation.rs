//! A new key for the catalog.

use std::fs;

use stoa_catalog::{Expect, Manifest};

use crate::place::{Place, draft, shop};

pub fn a_new_key_signs_everything(place: &Place) {
    let (catalog, other) = (place.open(), place.open());
    let bees = shop(&catalog, "Bees");
    let drafts = (0..1200).map(|n| (n, Ok(draft(&format!("code-{n}"), "Honey"))));
    catalog.import(&bees, drafts, false, &mut |_| {}).unwrap();
    let (old, before) = (catalog.key(), catalog.product("code-7").unwrap().unwrap());
    let mut keys = vec![old];
    for number in 1..=3 {
        let secret = fs::read(catalog.dir().join("key")).unwrap();
        let key = catalog.rotate_key().unwrap();
        assert!(!keys.contains(&key));
        assert_eq!(catalog.key(), key);
        assert_eq!(fs::read(catalog.dir().join(format!("key.{number}"))).unwrap(), secret);
        assert!(!catalog.dir().join("key.next").exists());
        keys.push(key);
    }
    let key = catalog.key();
    for pinned in &keys {
        let manifest = Manifest::verify(&catalog.manifest().unwrap(), Some(pinned), 0).unwrap();
        assert_eq!((manifest.key, manifest.successions.len()), (key, 3));
    }
    let after = catalog.product("code-7").unwrap().unwrap();
    assert_eq!(after.verify(&key).unwrap(), before.verify(&old).unwrap());
    assert_ne!(after.signature, before.signature);
    catalog
        .all_goods(&bees, &mut |product| {
            catalog.product(&product.code).unwrap().unwrap().verify(&key).unwrap();
            Ok(())
        })
        .unwrap();
    assert_eq!(catalog.search("honey", None, 50).unwrap().items.len(), 50);
    // An instance that was open all the time goes on with the new key.
    other.put(&bees, draft("later", "Later"), Expect::New).unwrap();
    catalog.product("later").unwrap().unwrap().verify(&key).unwrap();
    assert_eq!(other.key(), key);
}

pub fn an_interrupted_rotation_leaves_a_working_catalog(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honey", "Honey"), Expect::New).unwrap();
    let (dir, old) = (catalog.dir().to_owned(), catalog.key());

    // Before the commit: a key that nothing is signed with.
    fs::write(dir.join("key.next"), [7; 32]).unwrap();
    let again = place.open();
    assert_eq!(again.key(), old);
    assert!(!dir.join("key.next").exists());
    again.put(&bees, draft("honey", "Honey 2"), Expect::Version(1)).unwrap();

    // After the commit, before the names: whoever is open, and whoever opens, finds the key.
    let new = catalog.rotate_key().unwrap();
    for linked in [false, true] {
        fs::rename(dir.join("key"), dir.join("key.next")).unwrap();
        fs::copy(dir.join("key.1"), dir.join("key")).unwrap();
        if !linked {
            fs::remove_file(dir.join("key.1")).unwrap();
        }
        again.put(&bees, draft("honey", &format!("Honey {linked}")), Expect::Any).unwrap();
        assert_eq!(again.key(), new);
        let opened = place.open();
        assert_eq!(opened.key(), new);
        assert!(dir.join("key.1").exists() && !dir.join("key.next").exists());
        opened.product("honey").unwrap().unwrap().verify(&new).unwrap();
        Manifest::verify(&opened.manifest().unwrap(), Some(&old), 0).unwrap();
    }
}
