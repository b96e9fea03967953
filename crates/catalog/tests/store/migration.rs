//! A folder of the first version of the tables.

use rusqlite::{Connection, params};
use stoa_catalog::server::{self, Access};
use stoa_catalog::{Expect, Hash, Manifest};

use crate::place::draft;

#[test]
fn an_older_folder_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let picture = Hash::of(b"picture");
    let old = Connection::open(dir.path().join("catalog.db")).unwrap();
    old.execute_batch(include_str!("../../src/server/store/sqlite-1.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute("INSERT INTO blob VALUES (?1, 'image/jpeg', ?2)", params![&picture.0[..], b"picture"]).unwrap();
    old.execute("INSERT INTO layout VALUES ('compact', ?1)", [&picture.0[..]]).unwrap();
    for (code, image) in [("honey", format!(r#""image":"{picture}","#)), ("bowl", String::new())] {
        let payload = format!(
            r#"{{"code":"{code}","kind":"sku","version":3,"name":"手工蜂蜜","availability":"InStock",{image}
            "seller":{{"name":"Bees","badges":["verified"]}},"url":"https://shop.example/p","layout":"compact","asOf":5,"freshSeconds":60}}"#
        );
        old.execute("INSERT INTO product VALUES (?1, 3, ?2, 'old')", params![code, payload]).unwrap();
    }
    drop(old);

    for _ in 0..2 {
        let catalog = server::open(dir.path()).unwrap();
        let sellers = catalog.sellers().unwrap();
        assert_eq!((sellers.len(), sellers[0].name.as_str()), (1, "Bees"));
        let (found, missing) = catalog.lookup(&["honey", "bowl"].map(str::to_owned)).unwrap();
        assert!(missing.is_empty());
        let found: Vec<_> = found.iter().map(|signed| signed.verify(&catalog.key()).unwrap()).collect();
        assert_eq!((found[0].version, found[0].images.as_slice(), found[1].images.len()), (4, [picture].as_slice(), 0));
        assert_eq!(found[0].seller, sellers[0]);
        assert_eq!(catalog.search("蜂蜜", None, 10).unwrap().items.len(), 2);
        assert_eq!(catalog.blob(&picture).unwrap().unwrap().1, b"picture");
        let manifest = Manifest::verify(&catalog.manifest().unwrap(), None, 0).unwrap();
        assert_eq!(manifest.layouts["compact"], picture);
    }
    let catalog = server::open(dir.path()).unwrap();
    let bees = Access::of_seller(&catalog.sellers().unwrap()[0].id);
    assert_eq!(catalog.put(&bees, draft("honey", "Honey"), Expect::Version(4)).unwrap().version, 5);

    let newer = Connection::open(dir.path().join("catalog.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(server::open(dir.path()).err().unwrap().code(), "too_new");
}
