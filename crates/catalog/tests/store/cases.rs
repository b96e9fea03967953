//! Products, sellers, keys, the manifest.

use stoa_catalog::server::{Access, Catalog, Config, Rights};
use stoa_catalog::{Availability, Expect, Hash, Manifest, Patch, Price, Product, Rule};

use crate::place::{Place, codes, draft, picture, shop};

fn read(catalog: &Catalog, code: &str) -> Product {
    catalog.product(code).unwrap().unwrap().verify(&catalog.key()).unwrap()
}

pub fn products_grow_by_version_and_belong_to_their_seller(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    let first = catalog.put(&bees, draft("honey", "Honey"), Expect::New).unwrap();
    assert_eq!((first.version, read(&catalog, "honey")), (1, first.clone()));

    let before = catalog.product("honey").unwrap().unwrap();
    assert_eq!(catalog.put(&bees, draft("honey", "Honey"), Expect::Any).unwrap(), first);
    assert_eq!(catalog.product("honey").unwrap().unwrap().signature, before.signature, "nothing new, nothing written");

    assert_eq!(catalog.put(&kiln, draft("honey", "Mine"), Expect::Any).unwrap_err().code(), "not_yours");
    assert_eq!(catalog.patch(&kiln, "honey", Patch::default()).unwrap_err().code(), "not_yours");
    assert_eq!(catalog.withdraw(&kiln, "honey").unwrap_err().code(), "not_yours");
    assert_eq!(catalog.withdraw(&kiln, "nothing").unwrap_err().code(), "not_found");

    let changed = catalog.put(&bees, draft("honey", "Wild honey"), Expect::Version(1)).unwrap();
    assert_eq!(changed.version, 2);
    for expect in [Expect::New, Expect::Version(1), Expect::Version(3)] {
        assert_eq!(catalog.put(&bees, draft("honey", "Late"), expect).unwrap_err().code(), "changed");
    }
    assert_eq!(catalog.put(&bees, draft("other", "Other"), Expect::Version(1)).unwrap_err().code(), "changed");

    let nobody = Access { seller: None, rights: Rights::PRODUCTS, limited: true };
    assert_eq!(catalog.put(&nobody, draft("a", "A"), Expect::Any).unwrap_err().code(), "forbidden");
    let gone = Access::of_seller("s0");
    assert_eq!(catalog.put(&gone, draft("a", "A"), Expect::Any).unwrap_err().code(), "not_found");

    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::Any).unwrap();
    let asked = ["bowl", "missing", "honey", "bowl"].map(str::to_owned);
    let (found, missing) = catalog.lookup(&asked).unwrap();
    assert_eq!((codes(&found, &catalog), missing), (["bowl", "honey"].map(str::to_owned).to_vec(), vec!["missing".to_owned()]));
    assert_eq!(catalog.lookup(&vec!["a".to_owned(); 51]).unwrap_err().code(), "invalid");
    let mut told = Vec::new();
    catalog
        .all_goods(&bees, &mut |product| {
            told.push(product.code);
            Ok(())
        })
        .unwrap();
    assert_eq!(told, ["honey"]);
}

pub fn a_withdrawn_product_has_a_signed_end(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honey", "Honey"), Expect::Any).unwrap();
    let ended = catalog.withdraw(&bees, "honey").unwrap();
    assert_eq!((ended.version, ended.withdrawn), (2, true));
    assert_eq!(read(&catalog, "honey"), ended);
    assert_eq!(catalog.withdraw(&bees, "honey").unwrap(), ended);
    assert!(catalog.search("honey", None, 10).unwrap().items.is_empty());
    assert!(catalog.search("", None, 10).unwrap().items.is_empty());
    for words in [None, Some("honey")] {
        assert_eq!(catalog.goods(&bees, words, None, 10).unwrap().items, std::slice::from_ref(&ended));
    }
    let patch = Patch { quantity: Some(Some(1)), ..Patch::default() };
    assert_eq!(catalog.patch(&bees, "honey", patch).unwrap_err().code(), "invalid");
    let back = catalog.put(&bees, draft("honey", "Honey"), Expect::Version(2)).unwrap();
    assert_eq!((back.version, back.withdrawn), (3, false));
    assert_eq!(catalog.search("honey", None, 10).unwrap().items.len(), 1);
}

pub fn stock_keys_change_price_and_stock_only(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    let stock = Access { rights: Rights::STOCK, ..bees.clone() };
    assert_eq!(catalog.put(&stock, draft("honey", "Honey"), Expect::Any).unwrap_err().code(), "forbidden");
    catalog.put(&bees, draft("honey", "Honey"), Expect::Any).unwrap();
    for refused in [catalog.withdraw(&stock, "honey"), catalog.add_image(&stock, "honey", &picture("a"))] {
        assert_eq!(refused.unwrap_err().code(), "forbidden");
    }
    assert_eq!(catalog.set_logo(&stock, &picture("a")).unwrap_err().code(), "forbidden");
    let price = Price { minor: 990, currency: "EUR".to_owned() };
    let patch =
        Patch { price: Some(Some(price.clone())), availability: Some(Availability::SoldOut), quantity: Some(None), gtin: None };
    let patched = catalog.patch(&stock, "honey", patch).unwrap();
    assert_eq!((patched.version, &patched.price, patched.quantity), (2, &Some(price), None));
    assert_eq!((patched.availability, patched.name.as_str()), (Availability::SoldOut, "Honey"));
    assert_eq!(catalog.patch(&stock, "honey", Patch::default()).unwrap(), patched);
    let wrong = Patch { price: Some(Some(Price { minor: -1, currency: "EUR".to_owned() })), ..Patch::default() };
    assert_eq!(catalog.patch(&stock, "honey", wrong).unwrap_err().code(), "invalid");
    assert_eq!(catalog.search("honey", None, 1).unwrap().items.len(), 1);
}

pub fn keys_are_known_by_their_text_only(place: &Place) {
    let catalog = place.open();
    let (seller, key) = catalog.welcome_seller("Bees").unwrap();
    assert!(key.text.starts_with("stoa_") && !format!("{key:?}").contains(&key.text));
    let access = catalog.authenticate(&key.text).unwrap().unwrap();
    assert_eq!((access.seller.as_deref(), access.rights), (Some(seller.id.as_str()), Rights::PRODUCTS));
    let stock = catalog.add_key(Some(&seller.id), Rights::STOCK).unwrap();
    assert_eq!(catalog.authenticate(&stock.text).unwrap().unwrap().rights, Rights::STOCK);
    let operator = catalog.add_key(None, Rights::OPERATOR).unwrap();
    assert!(catalog.authenticate(&operator.text).unwrap().unwrap().rights.operator);
    assert_eq!(catalog.keys().unwrap().len(), 3);

    for text in ["", "stoa_", "stoa_0", &key.text[..68], &key.text.to_uppercase(), &format!("{} ", key.text), &key.id] {
        assert_eq!(catalog.authenticate(text).unwrap(), None, "{text}");
    }
    assert_eq!(catalog.add_key(None, Rights::PRODUCTS).unwrap_err().code(), "invalid");
    assert_eq!(catalog.add_key(Some("s0"), Rights::PRODUCTS).unwrap_err().code(), "not_found");
    assert_eq!(catalog.add_key(Some(&seller.id), Rights::default()).unwrap_err().code(), "invalid");
    catalog.remove_key(&key.id).unwrap();
    assert_eq!(catalog.authenticate(&key.text).unwrap(), None);
    assert_eq!(catalog.remove_key(&key.id).unwrap_err().code(), "not_found");
}

pub fn badges_name_and_logo_show_in_every_product(place: &Place) {
    let catalog = place.open();
    let (bees, kiln) = (shop(&catalog, "Bees"), shop(&catalog, "Kiln"));
    let id = bees.seller.clone().unwrap();
    for code in ["a", "b", "c"] {
        catalog.put(&bees, draft(code, "Honey"), Expect::Any).unwrap();
    }
    catalog.put(&kiln, draft("bowl", "Bowl"), Expect::Any).unwrap();
    let verified = ["verified".to_owned(), "verified".to_owned()];
    assert_eq!(catalog.set_badges(&bees, &id, &verified).unwrap_err().code(), "forbidden");
    let operator = Access::operator();
    assert_eq!(catalog.set_badges(&operator, "s0", &verified).unwrap_err().code(), "not_found");
    assert_eq!(catalog.set_badges(&operator, &id, &["No!".to_owned()]).unwrap_err().code(), "invalid");
    catalog.set_badges(&operator, &id, &verified).unwrap();
    for code in ["a", "b", "c"] {
        let product = read(&catalog, code);
        assert_eq!((product.version, product.seller.badges), (2, vec!["verified".to_owned()]));
    }
    assert_eq!(read(&catalog, "bowl").version, 1);
    catalog.set_badges(&operator, &id, &["verified".to_owned()]).unwrap();
    assert_eq!(read(&catalog, "a").version, 2, "the same badges change nothing");

    let logo = catalog.set_logo(&bees, &picture("logo")).unwrap().logo.unwrap();
    assert_eq!(read(&catalog, "a").seller.logo, Some(logo));
    assert_eq!(catalog.blob(&logo).unwrap().unwrap(), ("image/webp".to_owned(), picture("logo")));
    assert_eq!(catalog.set_logo(&bees, b"GIF89a").unwrap_err().code(), "invalid");
    catalog.set_seller_name(&operator, &id, "景德小窑").unwrap();
    assert_eq!(read(&catalog, "c").version, 4);
    assert_eq!(codes(&catalog.search("小窑", None, 10).unwrap().items, &catalog), ["c", "b", "a"]);
    assert!(catalog.search("bees", None, 10).unwrap().items.is_empty());
    assert_eq!(catalog.sellers().unwrap().len(), 2);
    catalog.put(&bees, draft("a", "Honey"), Expect::Version(4)).unwrap();
    assert_eq!(read(&catalog, "a").version, 4, "what the operator granted is no change of the seller's");
}

pub fn pictures_come_and_go(place: &Place) {
    let catalog = place.open();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honey", "Honey"), Expect::Any).unwrap();
    let one = catalog.add_image(&bees, "honey", &picture("1")).unwrap();
    assert_eq!((one.version, one.images.clone()), (2, vec![Hash::of(&picture("1"))]));
    assert_eq!(catalog.add_image(&bees, "honey", &picture("1")).unwrap(), one);
    for n in 2..=8 {
        catalog.add_image(&bees, "honey", &picture(&n.to_string())).unwrap();
    }
    assert_eq!(catalog.add_image(&bees, "honey", &picture("9")).unwrap_err().code(), "invalid");
    let fewer = catalog.remove_image(&bees, "honey", &Hash::of(&picture("1"))).unwrap();
    assert_eq!((fewer.images.len(), fewer.images[0]), (7, Hash::of(&picture("2"))));
    assert_eq!(catalog.remove_image(&bees, "honey", &Hash::of(b"other")).unwrap_err().code(), "not_found");
    let unknown = stoa_catalog::Draft { images: vec![Hash::of(b"never seen")], ..draft("b", "B") };
    assert_eq!(catalog.put(&bees, unknown, Expect::Any).unwrap_err().code(), "invalid");
    let known = stoa_catalog::Draft { images: vec![Hash::of(&picture("1"))], ..draft("b", "B") };
    catalog.put(&bees, known, Expect::Any).unwrap();
    assert!(catalog.blob(&Hash::of(b"never seen")).unwrap().is_none());
    assert_eq!(catalog.put_blob(&vec![0; 4 * 1024 * 1024 + 1], "image/webp").unwrap_err().code(), "invalid");
    let big = vec![7; 4 * 1024 * 1024];
    let hash = catalog.put_blob(&big, "application/octet-stream").unwrap();
    assert_eq!(place.open().blob(&hash).unwrap().unwrap().1, big);
}

pub fn the_manifest_names_what_the_operator_set(place: &Place) {
    let catalog = place.open();
    let rule = Rule {
        id: "shop".to_owned(),
        host: "shop.example".to_owned(),
        path: Some("/p/([a-z]+)".to_owned()),
        param: None,
        gs1: false,
        samples: vec!["https://shop.example/p/honey".to_owned()],
    };
    let png = b"\x89PNG\r\n\x1a\n".as_slice();
    catalog.set_name("市场").unwrap();
    catalog.put_layout("compact", b"<div></div>").unwrap();
    catalog.put_rule(&rule).unwrap();
    catalog.put_badge("verified", png).unwrap();
    catalog.put_pack("hats", b"pack").unwrap();
    let manifest = |catalog: &Catalog| Manifest::verify(&catalog.manifest().unwrap(), Some(&catalog.key()), 0).unwrap();
    let first = manifest(&catalog);
    assert_eq!((first.name.as_str(), first.hosts.as_slice()), ("市场", ["shop.example".to_owned()].as_slice()));
    assert_eq!(
        (first.layouts["compact"], first.badges["verified"], first.packs["hats"]),
        (Hash::of(b"<div></div>"), Hash::of(png), Hash::of(b"pack"))
    );
    assert_eq!(first.rules, [rule]);
    catalog.put_layout("compact", b"<div></div>").unwrap();
    assert_eq!(manifest(&catalog).version, first.version, "the same bytes change nothing");
    catalog.put_layout("compact", b"<p></p>").unwrap();
    assert_eq!(manifest(&place.open()).version, first.version + 1);
    catalog.remove_rule("shop").unwrap();
    catalog.remove_layout("compact").unwrap();
    catalog.set_hosts(&[".stoa.example".to_owned()]).unwrap();
    let last = manifest(&catalog);
    assert!(last.rules.is_empty() && last.layouts.is_empty());
    assert_eq!(last.hosts, [".stoa.example"]);
    assert_eq!(catalog.remove_rule("shop").unwrap_err().code(), "not_found");
    assert_eq!(catalog.put_badge("crown", b"<svg/>").unwrap_err().code(), "invalid");
    assert_eq!(catalog.set_hosts(&["no host".to_owned()]).unwrap_err().code(), "invalid");
}

pub fn two_instances_write_at_once(place: &Place) {
    const EACH: u64 = 30;
    let catalogs = [place.open(), place.open()];
    let (bees, kiln) = (shop(&catalogs[0], "Bees"), shop(&catalogs[1], "Kiln"));
    catalogs[0].put(&bees, draft("shared", "Shared"), Expect::New).unwrap();
    let won: Vec<u64> = std::thread::scope(|scope| {
        let write = |at: usize| {
            let (catalog, bees, kiln) = (&catalogs[at], &bees, &kiln);
            move || {
                let mut won = 0;
                for n in 0..EACH {
                    let quantity = u32::try_from(1000 * (at as u64 + 1) + n).unwrap();
                    catalog.patch(bees, "shared", Patch { quantity: Some(Some(quantity)), ..Patch::default() }).unwrap();
                    catalog.put(kiln, draft(&format!("{at}-{n}"), "Bowl"), Expect::New).unwrap();
                    won += u64::from(catalog.put(bees, draft(&format!("race-{n}"), &format!("By {at}")), Expect::New).is_ok());
                    if n % 10 == 0 {
                        catalog.set_name(&format!("Name {at} {n}")).unwrap();
                    }
                }
                won
            }
        };
        let running = [scope.spawn(write(0)), scope.spawn(write(1))];
        let badges = ["verified".to_owned()];
        catalogs[0].set_badges(&Access::operator(), kiln.seller.as_ref().unwrap(), &badges).unwrap();
        running.map(|thread| thread.join().unwrap()).to_vec()
    });
    assert_eq!(won.iter().sum::<u64>(), EACH, "each new code was taken once");
    assert_eq!(read(&catalogs[1], "shared").version, 1 + 2 * EACH);
    let mut bowls = 0;
    catalogs[1]
        .all_goods(&kiln, &mut |product| {
            bowls += 1;
            assert_eq!(product.seller.badges, ["verified"], "{}", product.code);
            Ok(())
        })
        .unwrap();
    assert_eq!(bowls, 2 * EACH);
    Manifest::verify(&catalogs[0].manifest().unwrap(), Some(&catalogs[1].key()), 0).unwrap();
}

pub fn the_sample_shop_is_made_once(place: &Place) {
    let catalog = place.open();
    for _ in 0..2 {
        catalog.seed_sample_shop("https://market.stoa.example/", &[("compact", b"<div></div>")]).unwrap();
    }
    assert_eq!((catalog.sellers().unwrap().len(), catalog.search("", None, 50).unwrap().items.len()), (5, 9));
    let bowl = read(&catalog, "qinghua-wan");
    assert_eq!((bowl.version, bowl.url.as_str()), (1, "https://market.stoa.example/p/qinghua-wan"));
    assert_eq!(bowl.seller.badges, ["verified", "crown"]);
    assert_eq!(codes(&catalog.search("蜂蜜", None, 10).unwrap().items, &catalog), ["tufengmi"]);
}

pub fn blobs_may_lie_in_a_folder(place: &Place) {
    let folder = tempfile::tempdir().unwrap();
    let inside = place.open();
    let before = inside.put_blob(b"in the database", "text/plain").unwrap();
    let config = || Config { blobs: Some(url::Url::from_directory_path(folder.path()).unwrap().to_string()), ..place.config() };
    let catalog = stoa_catalog::server::open(config()).unwrap();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honey", "Honey"), Expect::New).unwrap();
    let hash = catalog.add_image(&bees, "honey", &picture("outside")).unwrap().images[0];
    let name = hash.to_string();
    let file = folder.path().join(&name[..2]).join(&name);
    assert_eq!(std::fs::read(&file).unwrap(), picture("outside"));
    let again = stoa_catalog::server::open(config()).unwrap();
    assert_eq!(again.blob(&hash).unwrap().unwrap(), ("image/webp".to_owned(), picture("outside")));
    assert_eq!(again.blob(&before).unwrap().unwrap().1, b"in the database");
    assert_eq!(inside.blob(&hash).unwrap_err().code(), "invalid", "without the folder it cannot be had");
    assert_eq!(catalog.add_image(&bees, "nothing", &picture("refused")).unwrap_err().code(), "not_found");
    let refused = Hash::of(&picture("refused")).to_string();
    assert!(!folder.path().join(&refused[..2]).join(&refused).exists(), "what nothing names is taken back");
    std::fs::write(&file, b"changed on the disk").unwrap();
    assert!(again.blob(&hash).unwrap().is_none());
    std::fs::remove_file(&file).unwrap();
    assert!(again.blob(&hash).unwrap().is_none());
    for wrong in ["nonsense", "http://127.0.0.1/", "file://elsewhere/x"] {
        let config = Config { blobs: Some(wrong.to_owned()), ..place.config() };
        assert_eq!(stoa_catalog::server::open(config).err().unwrap().code(), "invalid", "{wrong}");
    }
}
