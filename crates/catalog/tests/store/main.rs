//! The catalog's store, without its HTTP: the same cases on SQLite and on a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod busy;
mod cases;
mod gtins;
mod hostile;
mod import;
mod migration;
mod place;
mod quota;
mod rotation;
mod s3;
mod search;
mod server;
mod sweep;
mod tls;

use place::Place;
use server::Server;

/// Every case once by itself on SQLite, and all of them on one PostgreSQL, each in a database of its own.
macro_rules! both {
    ($($module:ident::$name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$module::$name(&super::Place::sqlite());
            })*
        }

        #[test]
        fn postgres_does_the_same() {
            let Some(server) = Server::start() else { return };
            $(
                eprintln!("case {}", stringify!($name));
                $module::$name(&Place::postgres(&server, stringify!($name)));
            )*
        }
    };
}

both! {
    busy::a_write_beside_an_import_is_done,
    busy::a_write_beside_a_dry_run_is_done,
    busy::a_new_logo_is_on_every_product_and_in_nobodys_way,
    quota::a_seller_keeps_what_the_operator_allows,
    sweep::what_nothing_names_goes_and_nothing_else,
    sweep::objects_of_a_store_go_with_their_rows,
    sweep::an_upload_beside_sweeps_is_never_lost,
    cases::products_grow_by_version_and_belong_to_their_seller,
    cases::a_withdrawn_product_has_a_signed_end,
    cases::stock_keys_change_price_and_stock_only,
    cases::keys_are_known_by_their_text_only,
    cases::badges_name_and_logo_show_in_every_product,
    gtins::gtins_are_checked_and_found_in_every_form,
    gtins::a_gtin_beside_the_code_finds_the_product,
    gtins::sellers_race_for_gtins_and_codes,
    gtins::the_operator_takes_a_gtin_away,
    cases::pictures_come_and_go,
    cases::the_manifest_names_what_the_operator_set,
    cases::blobs_may_lie_in_a_folder,
    cases::two_instances_write_at_once,
    cases::the_sample_shop_is_made_once,
    hostile::strings_are_kept_or_refused,
    import::good_rows_are_taken_once_and_bad_ones_told,
    import::a_dry_run_says_what_an_import_does,
    import::a_killed_import_leaves_nothing,
    import::an_import_killed_when_it_was_read_is_finished,
    rotation::a_new_key_signs_everything,
    rotation::an_interrupted_rotation_leaves_a_working_catalog,
    search::any_one_or_two_han_find_the_name,
    search::words_are_found_in_mixed_names,
    search::pages_follow_each_other,
}

#[test]
fn postgres_may_restart_in_the_middle() {
    let Some(mut server) = Server::start() else { return };
    let place = Place::postgres(&server, "restart");
    let catalog = place.open();
    let shop = place::shop(&catalog, "Shop");
    catalog.put(&shop, place::draft("before", "Before"), stoa_catalog::Expect::New).unwrap();
    for round in 0..3 {
        server.restart();
        // Reading comes over it by itself; writing looks at its connection first.
        assert_eq!(catalog.product("before").unwrap().unwrap().verify(&catalog.key()).unwrap().name, "Before");
        server.restart();
        catalog.put(&shop, place::draft(&format!("after-{round}"), "After"), stoa_catalog::Expect::New).unwrap();
    }
    server.stop();
    assert_eq!(catalog.product("before").unwrap_err().code(), "database");
    server.restart();
    assert_eq!(catalog.search("after", None, 50).unwrap().items.len(), 3);
}

#[test]
fn one_database_wants_one_key() {
    let Some(server) = Server::start() else { return };
    let place = Place::postgres(&server, "one_key");
    let first = place.open();
    let other = tempfile::tempdir().unwrap();
    let refused = stoa_catalog::server::open(place.config_in(other.path())).err().unwrap();
    assert_eq!(refused.code(), "other_key");
    assert!(refused.to_string().contains(&first.key().to_string()), "{refused}");
    assert!(!other.path().join("key").exists(), "no key is made for a database that has one");

    std::fs::copy(first.dir().join("key"), other.path().join("key")).unwrap();
    let second = stoa_catalog::server::open(place.config_in(other.path())).unwrap();
    let shop = place::shop(&second, "Shop");
    second.put(&shop, place::draft("a", "A"), stoa_catalog::Expect::New).unwrap();
    first.product("a").unwrap().unwrap().verify(&first.key()).unwrap();

    // The other machine has not got the new key file yet: it reads, but must not sign.
    let key = first.rotate_key().unwrap();
    second.product("a").unwrap().unwrap().verify(&key).unwrap();
    assert_eq!(second.put(&shop, place::draft("b", "B"), stoa_catalog::Expect::New).unwrap_err().code(), "other_key");
    std::fs::copy(first.dir().join("key"), other.path().join("key")).unwrap();
    second.put(&shop, place::draft("b", "B"), stoa_catalog::Expect::New).unwrap();
    assert_eq!(second.key(), key);
}

#[test]
fn a_password_goes_to_another_machine_encrypted_only() {
    let dir = tempfile::tempdir().unwrap();
    let database = Some("postgres://shop:secret@192.0.2.1/shop?sslmode=disable".to_owned());
    let config = stoa_catalog::server::Config { database, ..stoa_catalog::server::Config::in_dir(dir.path()) };
    assert_eq!(stoa_catalog::server::open(config).err().unwrap().code(), "invalid");
}
