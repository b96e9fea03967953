//! What one seller may keep.

use stoa_catalog::server::{Access, Catalog, Quota};
use stoa_catalog::{Draft, Expect, Hash};

use crate::place::{Place, draft, picture};

fn holder(catalog: &Catalog, name: &str) -> (String, Access) {
    let (seller, key) = catalog.welcome_seller(name).unwrap();
    (seller.id, catalog.authenticate(&key.text).unwrap().unwrap())
}

pub fn a_seller_keeps_what_the_operator_allows(place: &Place) {
    let catalog = place.open();
    let (id, bees) = holder(&catalog, "Bees");
    let (_, kiln) = holder(&catalog, "Kiln");
    let set = |products, picture_bytes| {
        let quota = Quota { products: Some(products), picture_bytes: Some(picture_bytes) };
        catalog.set_quota(&Access::operator(), &id, quota).unwrap()
    };
    let before = catalog.usage(&id).unwrap();
    assert!(before.most_products >= 100_000 && before.most_picture_bytes >= 1 << 30, "{before:?}");
    assert_eq!(catalog.set_quota(&bees, &id, Quota::default()).unwrap_err().code(), "forbidden");
    assert_eq!(catalog.set_quota(&Access::operator(), "nobody", Quota::default()).unwrap_err().code(), "not_found");

    set(2, 13 * 2);
    for code in ["a", "b"] {
        catalog.put(&bees, draft(code, code), Expect::New).unwrap();
    }
    catalog.withdraw(&bees, "a").unwrap();
    assert_eq!(catalog.put(&bees, draft("c", "C"), Expect::New).unwrap_err().code(), "quota_products");
    catalog.put(&bees, draft("a", "Changed"), Expect::Any).unwrap();
    catalog.put(&kiln, draft("c", "C"), Expect::New).unwrap();
    catalog.put(&Access::of_seller(&id), draft("d", "D"), Expect::New).unwrap();

    set(5, 13 * 2);
    let rows = (1..).zip(["e", "f", "g", "a"].map(|code| Ok(draft(code, "Imported"))));
    let done = catalog.import(&bees, rows, false, &mut |_| {}).unwrap();
    assert_eq!((done.added, done.changed, done.refused, done.errors[0].row), (2, 1, 1, 3), "{:?}", done.errors);

    for seed in ["1", "2"] {
        catalog.add_image(&bees, "a", &picture(seed)).unwrap();
    }
    assert_eq!(catalog.add_image(&bees, "a", &picture("3")).unwrap_err().code(), "quota_pictures");
    assert_eq!(catalog.set_logo(&bees, &picture("3")).unwrap_err().code(), "quota_pictures");
    assert!(catalog.blob(&Hash::of(&picture("3"))).unwrap().is_none(), "nothing of it is kept");
    catalog.add_image(&bees, "b", &picture("1")).unwrap();
    catalog.add_image(&kiln, "c", &picture("3")).unwrap();
    let others = Draft { images: vec![Hash::of(&picture("3"))], ..draft("b", "B") };
    assert_eq!(catalog.put(&bees, others, Expect::Any).unwrap_err().code(), "quota_pictures", "another's picture counts, too");
    catalog.remove_image(&bees, "a", &Hash::of(&picture("2"))).unwrap();
    assert_eq!(catalog.add_image(&bees, "a", &picture("3")).unwrap_err().code(), "quota_pictures");
    let usage = set(5, 13 * 3);
    assert_eq!((usage.products, usage.picture_bytes, usage.most_picture_bytes), (5, 26, 39));
    catalog.add_image(&bees, "a", &picture("3")).unwrap();
}
