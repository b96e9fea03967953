//! What nothing names any more goes after its grace, and nothing else does.

use std::time::{Duration, SystemTime};

use stoa_catalog::server::{Access, Catalog, Config, GRACE, Swept};
use stoa_catalog::{Draft, Expect, Hash};

use crate::place::{Place, draft, picture, shop};

/// Everything that has happened is older than what happens next, in the catalog's milliseconds.
fn tick() {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let before = now();
    while now() <= before {
        std::hint::spin_loop();
    }
}

fn sweep(catalog: &Catalog) -> Swept {
    tick();
    catalog.sweep(Duration::ZERO).unwrap()
}

fn there(catalog: &Catalog, hash: &Hash) -> bool {
    catalog.blob(hash).unwrap().is_some()
}

pub fn what_nothing_names_goes_and_nothing_else(place: &Place) {
    swept(&place.open());
}

pub fn objects_of_a_store_go_with_their_rows(place: &Place) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Some(url::Url::from_directory_path(folder.path()).unwrap().to_string());
    let catalog = stoa_catalog::server::open(Config { blobs, ..place.config() }).unwrap();
    swept(&catalog);

    let hash = catalog.put_blob(b"known", "text/plain").unwrap();
    let stray = Hash::of(b"of an upload that ended halfway").to_string();
    let path = |name: &str| folder.path().join(&name[..2]).join(name);
    std::fs::create_dir_all(path(&stray).parent().unwrap()).unwrap();
    std::fs::write(path(&stray), b"of an upload that ended halfway").unwrap();
    std::fs::write(folder.path().join("note.txt"), b"not the catalog's").unwrap();
    tick();
    assert_eq!(catalog.sweep_strays(GRACE).unwrap(), Swept::default(), "it may still be under way");
    assert_eq!(catalog.sweep_strays(Duration::ZERO).unwrap(), Swept { blobs: 1, bytes: 31 });
    assert!(!path(&stray).exists() && path(&hash.to_string()).exists() && folder.path().join("note.txt").exists());

    // A sweep that was killed has removed the object and kept the row: the next upload brings it back.
    std::fs::remove_file(path(&hash.to_string())).unwrap();
    catalog.put_blob(b"known", "text/plain").unwrap();
    assert_eq!(catalog.blob(&hash).unwrap().unwrap().1, b"known");
}

/// Of a catalog in which nothing is yet.
pub fn swept(catalog: &Catalog) {
    let (bees, kiln) = (shop(catalog, "Bees"), shop(catalog, "Kiln"));
    catalog.put(&bees, draft("honey", "Honey"), Expect::New).unwrap();
    for seed in ["1", "2", "3"] {
        catalog.add_image(&bees, "honey", &picture(seed)).unwrap();
    }
    let [one, two, three] = ["1", "2", "3"].map(|seed| Hash::of(&picture(seed)));
    catalog.put(&kiln, Draft { images: vec![one], ..draft("bowl", "Bowl") }, Expect::New).unwrap();
    catalog.add_image(&kiln, "bowl", &picture("4")).unwrap();
    catalog.withdraw(&kiln, "bowl").unwrap();
    let logos = ["first", "second"].map(|seed| {
        catalog.set_logo(&bees, &picture(seed)).unwrap();
        Hash::of(&picture(seed))
    });
    let layouts = [catalog.put_layout("compact", b"<p>1</p>").unwrap(), catalog.put_layout("compact", b"<p>2</p>").unwrap()];
    let pack = catalog.put_pack("hats", b"pack").unwrap();
    catalog.remove_pack("hats").unwrap();
    let nowhere = catalog.put_blob(b"for an import that never came", "image/webp").unwrap();
    for hash in [one, two] {
        catalog.remove_image(&bees, "honey", &hash).unwrap();
    }
    let usage = catalog.usage(bees.seller.as_deref().unwrap()).unwrap();
    assert_eq!(usage.picture_bytes, 13 * 3 + 17 + 18, "what is no longer shown still takes room: {usage:?}");

    tick();
    assert_eq!(catalog.sweep(GRACE).unwrap(), Swept::default(), "signed answers that name it may be cached");
    let gone = sweep(catalog);
    assert_eq!(gone.blobs, 5, "a picture, a logo, a layout, a pack and an upload");
    assert_eq!(gone.bytes, 13 + 17 + 8 + 4 + 29);
    for hash in [two, logos[0], layouts[0], pack, nowhere] {
        assert!(!there(catalog, &hash), "{hash}");
    }
    for hash in [one, three, Hash::of(&picture("4")), logos[1], layouts[1]] {
        assert!(there(catalog, &hash), "{hash}");
    }
    assert_eq!(catalog.usage(bees.seller.as_deref().unwrap()).unwrap().picture_bytes, 13 + 18);
    assert_eq!(sweep(catalog), Swept::default());

    let missing = Draft { images: vec![two], ..draft("spoon", "Spoon") };
    assert_eq!(catalog.put(&bees, missing, Expect::New).unwrap_err().code(), "invalid");
    catalog.add_image(&bees, "honey", &picture("2")).unwrap();
    assert_eq!(sweep(catalog), Swept::default());
    assert_eq!(catalog.blob(&two).unwrap().unwrap().1, picture("2"), "it can be brought again");
}

pub fn an_upload_beside_sweeps_is_never_lost(place: &Place) {
    const ROUNDS: usize = 40;
    let catalogs = [place.open(), place.open()];
    let sellers = [shop(&catalogs[0], "Bees"), shop(&catalogs[0], "Kiln")];
    for (seller, code) in sellers.iter().zip(["honey", "bowl"]) {
        catalogs[0].put(seller, draft(code, code), Expect::New).unwrap();
    }
    let hash = Hash::of(&picture("shared"));
    let uploads = |catalog: &Catalog, seller: &Access, code: &str| {
        for round in 0..ROUNDS {
            catalog.add_image(seller, code, &picture("shared")).unwrap();
            assert!(there(catalog, &hash), "{code}, round {round}");
            catalog.remove_image(seller, code, &hash).unwrap();
        }
        catalog.add_image(seller, code, &picture("shared")).unwrap();
    };
    let done = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (at, code) in ["honey", "bowl"].into_iter().enumerate() {
            let (catalog, seller, done, uploads) = (&catalogs[at], &sellers[at], &done, &uploads);
            scope.spawn(move || {
                uploads(catalog, seller, code);
                done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            });
        }
        for catalog in &catalogs {
            let done = &done;
            scope.spawn(move || {
                while done.load(std::sync::atomic::Ordering::SeqCst) < 2 {
                    match catalog.sweep(Duration::ZERO) {
                        Err(error) => assert_eq!(error.code(), "busy", "{error}"),
                        Ok(_) => std::thread::yield_now(),
                    }
                }
            });
        }
    });
    sweep(&catalogs[0]);
    assert!(there(&catalogs[1], &hash));
}
