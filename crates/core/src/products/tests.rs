//! Two running Stoas whose catalog nobody can reach: what one holds, the other gets, checked.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use stoa_catalog::Hash;
use tempfile::TempDir;

use super::known::{Target, kept, opened};
use super::signer::{LINK, ORIGIN, Signer};
use super::{blobs, catalogs, peers};
use crate::api::{CatalogAnswer, CatalogForget, CatalogList, ChatSend, ContactAccept, ContactInvite, MeSet};
use crate::db::{self, CatalogRow, ProductRow};
use crate::products::rules::Rules;
use crate::stoa::Stoa;
use crate::wire::{CardAnswer, CardAsk, CardWant, decode, encode};
use crate::{Change, Config};

struct Home {
    stoa: Stoa,
    _folder: TempDir,
}

impl std::ops::Deref for Home {
    type Target = Stoa;
    fn deref(&self) -> &Stoa {
        &self.stoa
    }
}

impl Home {
    async fn open(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            home: folder.path().to_owned(),
            key: [1; 32],
            listen: vec!["/ip4/127.0.0.1/tcp/0".into()],
            lan: false,
            media_program: "/proc/self/exe".into(),
        };
        let stoa = Stoa::open(config).await.unwrap();
        crate::me::set(&stoa, MeSet { name: name.into() }).await.unwrap();
        Self { stoa, _folder: folder }
    }

    async fn trusts(&self, row: CatalogRow) {
        let rules = self
            .db
            .write(move |tx| {
                db::put_catalog(tx, &row)?;
                Rules::load(tx)
            })
            .await
            .unwrap();
        self.set_rules(rules);
    }

    async fn knows(&self, code: &'static str, row: ProductRow) {
        self.db.write(move |tx| db::put_product(tx, ORIGIN, &ProductRow { code: code.into(), ..row })).await.unwrap();
    }

    async fn version(&self) -> Option<u64> {
        kept(self, &target()).await.unwrap().map(|row| opened(&row).unwrap().version)
    }

    async fn says(&self, to: &str, text: &str) {
        crate::conversations::send(self, ChatSend { to: to.into(), text: text.into(), reply: None }).await.unwrap();
    }
}

fn target() -> Target {
    Target { catalog: ORIGIN.into(), code: "honey".into(), link: Some(LINK.into()), from: None }
}

/// The product's GTIN, and its link by it.
const GTIN: &str = "04006381333931";
const BY_GTIN: &str = "https://shop.example/01/04006381333931";

#[tokio::test]
async fn a_gs1_link_and_a_link_by_code_show_one_product_of_a_contact() {
    let (ada, bob) = pair().await;
    let signer = Signer::new(1);
    for home in [&ada, &bob] {
        home.trusts(signer.catalog()).await;
    }
    ada.knows("honey", signer.numbered("honey", Some(GTIN), 3, &[])).await;
    let mut changes = bob.changes();
    ada.says("Bob", &format!("look: {BY_GTIN}")).await;
    until(&mut changes, |change| matches!(change, Change::Card { link } if link == BY_GTIN)).await;
    let asked = Target { code: GTIN.into(), link: Some(BY_GTIN.into()), ..target() };
    let by_gtin = kept(&bob, &asked).await.unwrap().unwrap();
    assert_eq!((by_gtin.code.as_str(), bob.version().await), ("honey", Some(3)), "kept under its code and its GTIN");
    for scanned in ["4006381333931", GTIN, "(01)04006381333931", BY_GTIN, LINK] {
        let found = super::target::of(&bob, scanned, None).await.unwrap();
        assert_eq!(kept(&bob, &found).await.unwrap().unwrap().code, "honey", "{scanned}");
    }
    // what answers under this GTIN stays this product: a contact cannot put another one in its place
    ada.db.write(|tx| Ok(tx.execute("DELETE FROM products", [])?)).await.unwrap();
    ada.knows("oil", signer.numbered("oil", Some(GTIN), 9, &[])).await;
    assert!(!peers::product(&bob, &asked).await);
    assert_eq!(kept(&bob, &asked).await.unwrap().unwrap().code, "honey");
    // nor does one without the GTIN answer for it
    ada.db.write(|tx| Ok(tx.execute("DELETE FROM products", [])?)).await.unwrap();
    bob.db.write(|tx| Ok(tx.execute("DELETE FROM products", [])?)).await.unwrap();
    ada.knows("oil", ProductRow { gtin: Some(GTIN.into()), ..signer.product("oil", 9, &[]) }).await;
    assert!(!peers::product(&bob, &asked).await);
}

#[tokio::test]
async fn a_gtin_leads_to_the_product_that_has_it_now() {
    let home = Home::open("Ada").await;
    let signer = Signer::new(1);
    home.trusts(signer.catalog()).await;
    let at = |home: &Home| {
        let db = home.db.clone();
        async move { db.read(|conn| db::product(conn, ORIGIN, "4006381333931")).await.unwrap().map(|row| row.code) }
    };
    home.knows("honey", signer.numbered("honey", Some(GTIN), 1, &[])).await;
    assert_eq!(at(&home).await.as_deref(), Some("honey"));
    home.knows("oil", signer.numbered("oil", Some(GTIN), 1, &[])).await;
    assert_eq!(at(&home).await.as_deref(), Some("oil"), "told of last");
    home.knows("honey", ProductRow { withdrawn: true, ..signer.numbered("honey", Some(GTIN), 2, &[]) }).await;
    assert_eq!(at(&home).await.as_deref(), Some("oil"), "what ended takes nothing back");
    home.knows("oil", signer.numbered("oil", Some(GTIN), 0, &[])).await;
    home.knows("oil", signer.product("oil", 2, &[])).await;
    assert_eq!(at(&home).await, None);
}

/// The catalog gave the GTIN from the oil to the honey; a contact still has the oil as it was.
#[tokio::test]
async fn an_old_word_of_the_catalog_takes_a_gtin_from_nobody() {
    let (ada, bob) = pair().await;
    let signer = Signer::new(1);
    for home in [&ada, &bob] {
        home.trusts(signer.catalog()).await;
    }
    let link = "https://shop.example/p/oil";
    let oil = Target { code: "oil".into(), link: Some(link.into()), ..target() };
    bob.knows("honey", signer.numbered("honey", Some(GTIN), 1, &[])).await;
    ada.knows("oil", signer.signed_at(1_700_000_000_000, "oil", Some(GTIN), 3, &[])).await;
    let mut changes = bob.changes();
    ada.says("Bob", link).await;
    until(&mut changes, |change| matches!(change, Change::Card { link: shown } if shown == link)).await;
    assert_eq!(kept(&bob, &oil).await.unwrap().unwrap().version, 3, "its own link shows it");
    let scanned = super::target::of(&bob, "4006381333931", None).await.unwrap();
    assert_eq!(scanned.code, "honey");
}

#[tokio::test]
async fn a_barcode_is_looked_for_by_its_gtin_before_codes_that_look_like_it() {
    let home = Home::open("Ada").await;
    let signer = Signer::new(1);
    home.trusts(signer.catalog()).await;
    home.knows("4006381333931", signer.product("4006381333931", 1, &[])).await;
    assert_eq!(super::target::of(&home, "4006381333931", None).await.unwrap().code, "4006381333931", "nothing else has it");
    home.knows("honey", signer.numbered("honey", Some(GTIN), 1, &[])).await;
    for scanned in ["4006381333931", GTIN] {
        assert_eq!(super::target::of(&home, scanned, None).await.unwrap().code, "honey", "{scanned}");
    }
    let forms = super::target::forms("4006381333931").unwrap();
    assert_eq!(
        super::target::kept_code(&home, forms).await.unwrap().as_deref(),
        Some("4006381333931"),
        "what shows the same again"
    );
}

/// The first change that `seen` takes; the long limit only ends a test that hangs.
async fn until(changes: &mut crate::Changes, mut seen: impl FnMut(&Change) -> bool) {
    let wait = async { while !changes.next().await.is_some_and(|change| seen(&change)) {} };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap();
}

/// Contacts that see each other.
async fn pair() -> (Home, Home) {
    let (ada, bob) = (Home::open("Ada").await, Home::open("Bob").await);
    meet(&ada, &bob).await;
    (ada, bob)
}

async fn meet(host: &Home, guest: &Home) {
    let mut changes = guest.changes();
    let link = crate::contacts::invite::invite(host, ContactInvite { expires: None }).await.unwrap().link;
    crate::contacts::invite::accept(guest, ContactAccept { link }).await.unwrap();
    let host = host.own.person.person().to_string();
    until(&mut changes, |change| matches!(change, Change::Contact(contact) if contact.person == host && contact.presence.state.as_str() != "offline")).await;
}

/// Sends the link and waits until the other's Stoa has the message.
async fn sent(from: &Home, to: &Home, name: &str) {
    let mut changes = to.changes();
    from.says(name, &format!("look: {LINK}")).await;
    until(&mut changes, |change| matches!(change, Change::Message(message) if !message.mine)).await;
}

#[tokio::test]
async fn what_the_sender_holds_comes_with_the_link_and_nobody_else_is_asked() {
    let (ada, bob) = pair().await;
    let photo = vec![5; 600_000];
    let hash = Hash::of(&photo);
    let badge = b"a badge".to_vec();
    let mut signer = Signer::new(1);
    bob.trusts(signer.catalog()).await;
    // the sender's manifest is newer: it names the badge's picture
    signer.manifest.version = 2;
    signer.manifest.badges.insert("crown".into(), Hash::of(&badge));
    ada.trusts(signer.catalog()).await;
    ada.knows("honey", signer.product("honey", 3, &[hash])).await;
    blobs::keep(&ada, &hash, &photo).await;
    blobs::keep(&ada, &Hash::of(&badge), &badge).await;

    let mut changes = bob.changes();
    sent(&ada, &bob, "Bob").await;
    until(&mut changes, |change| matches!(change, Change::Card { link } if link == LINK)).await;
    assert_eq!(bob.version().await, Some(3));
    assert_eq!(blobs::kept(&bob, &hash).await.unwrap(), photo);
    assert_eq!(blobs::kept(&bob, &Hash::of(&badge)).await.unwrap(), badge);
    assert!(bob.live().away.is_empty(), "the catalog was not contacted");
}

#[tokio::test]
async fn another_contact_answers_when_the_sender_has_nothing() {
    let (ada, bob) = pair().await;
    let cleo = Home::open("Cleo").await;
    meet(&cleo, &bob).await;
    let signer = Signer::new(1);
    sent(&ada, &bob, "Bob").await;
    sent(&bob, &cleo, "Cleo").await;
    cleo.knows_all(&signer).await;
    bob.trusts(signer.catalog()).await;
    let asked = Target { from: Some(ada.own.person.person()), ..target() };
    assert!(peers::product(&bob, &asked).await);
    assert_eq!(bob.version().await, Some(4));
}

impl Home {
    async fn knows_all(&self, signer: &Signer) {
        self.trusts(signer.catalog()).await;
        self.knows("honey", signer.product("honey", 4, &[])).await;
    }
}

#[tokio::test]
async fn forged_older_and_swapped_answers_are_refused() {
    let (ada, bob) = pair().await;
    let (signer, forger) = (Signer::new(1), Signer::new(2));
    sent(&ada, &bob, "Bob").await;
    for home in [&ada, &bob] {
        home.trusts(signer.catalog()).await;
    }
    for (what, row) in [("forged", forger.product("honey", 9, &[])), ("another product", signer.product("oil", 9, &[]))] {
        ada.knows("honey", row).await;
        assert!(!peers::product(&bob, &target()).await, "{what}");
        assert_eq!(bob.version().await, None, "{what}");
        ada.db.write(|tx| Ok(tx.execute("DELETE FROM products", [])?)).await.unwrap();
    }
    bob.knows("honey", signer.product("honey", 5, &[])).await;
    ada.knows("honey", signer.product("honey", 4, &[])).await;
    assert!(!peers::product(&bob, &target()).await, "a price from before");
    assert_eq!(bob.version().await, Some(5));
    ada.knows("honey", signer.product("honey", 6, &[])).await;
    assert!(peers::product(&bob, &target()).await);
    assert_eq!(bob.version().await, Some(6));
}

#[tokio::test]
async fn a_new_key_is_followed_when_a_contact_shows_that_the_old_one_named_it() {
    let (ada, bob) = pair().await;
    let before = Signer::new(1);
    let now = before.rotated(2);
    sent(&ada, &bob, "Bob").await;
    bob.trusts(before.catalog()).await;
    bob.knows("honey", before.product("honey", 1, &[])).await;
    ada.trusts(now.catalog()).await;
    ada.knows("honey", now.product("honey", 2, &[])).await;
    assert_eq!(bob.version().await, Some(1), "what the old key signed stays readable");
    assert!(peers::product(&bob, &target()).await);
    assert_eq!(bob.version().await, Some(2));
    let held = bob.db.read(|conn| db::catalog(conn, ORIGIN)).await.unwrap().unwrap();
    assert_eq!(held.key, *now.manifest.key.as_bytes());

    // a key that nobody named is not followed, and an expired manifest is not taken
    let mut stale = now.rotated(3);
    stale.manifest.expires = 1;
    let mut unknown = Signer::new(4);
    unknown.manifest.version = 9;
    for other in [unknown, stale] {
        ada.db.write(|tx| Ok(tx.execute("DELETE FROM catalogs", [])?)).await.unwrap();
        ada.trusts(other.catalog()).await;
        ada.knows("honey", other.product("honey", 8, &[])).await;
        assert!(!peers::product(&bob, &target()).await);
        assert_eq!(bob.version().await, Some(2));
    }
}

#[tokio::test]
async fn links_of_other_conversations_are_nobodys_business() {
    let (ada, bob) = pair().await;
    let cleo = Home::open("Cleo").await;
    meet(&cleo, &ada).await;
    let signer = Signer::new(1);
    ada.knows_all(&signer).await;
    bob.trusts(signer.catalog()).await;
    sent(&ada, &cleo, "Cleo").await;
    // bob knows the link from elsewhere; it never stood between him and ada
    let ask = CardAsk {
        catalog: ORIGIN.into(),
        key: *signer.manifest.key.as_bytes(),
        link: LINK.into(),
        want: CardWant::Product { code: "honey".into(), version: 0 },
    };
    let asked = |from: Stoa, ask: CardAsk| {
        let to = ada.own.device.device();
        async move { decode(&from.node.request(to.into(), stoa_p2p::Protocol::Card, encode(&ask)).await.unwrap()) }
    };
    assert_eq!(asked(bob.stoa.clone(), ask.clone()).await, Some(CardAnswer::Nothing));
    assert!(matches!(asked(cleo.stoa.clone(), ask).await, Some(CardAnswer::Signed { .. })));
}

#[tokio::test]
async fn who_may_not_ask_is_not_kept_waiting() {
    let (ada, bob) = pair().await;
    let signer = Signer::new(1);
    ada.knows_all(&signer).await;
    // ada is sending the link to somebody else: an answer that waits for it would say so
    let supply = ada.cards.supply(&[LINK.to_owned()]);
    let want = CardWant::Manifest { version: 0 };
    let ask = CardAsk { catalog: ORIGIN.into(), key: *signer.manifest.key.as_bytes(), link: LINK.into(), want };
    let body = encode(&ask);
    let asked = super::serve::answer(&ada, bob.own.person.person(), &body);
    let answer = tokio::time::timeout(Duration::from_secs(5), asked).await.expect("it waited");
    assert_eq!(answer.unwrap(), CardAnswer::Nothing);
    drop(supply);
}

#[tokio::test]
async fn hosts_that_a_renewed_manifest_adds_wait_for_a_word() {
    const OUTLET: &str = "https://outlet.example/p/honey";
    let ada = Home::open("Ada").await;
    let mut signer = Signer::new(1);
    ada.trusts(signer.catalog()).await;
    let rule = signer.manifest.rules[0].clone();
    signer.manifest.version = 2;
    signer.manifest.hosts.push("outlet.example".into());
    signer.manifest.rules.push(stoa_catalog::Rule { id: "outlet".into(), host: "outlet.example".into(), ..rule });
    let held = catalogs::trusted(&ada, ORIGIN).await.unwrap();
    let renewed = serde_json::from_slice(&signer.catalog().manifest).unwrap();
    assert!(catalogs::take(&ada, &held, &renewed).await.unwrap());
    assert!(ada.rules().exact(LINK).is_some());
    assert!(ada.rules().exact(OUTLET).is_none(), "nobody let it answer for this host");
    let shown = catalogs::catalogs(&ada, CatalogList {}).await.unwrap();
    assert_eq!((&*shown[0].hosts, &*shown[0].new_hosts), (&["shop.example".to_owned()][..], &["outlet.example".to_owned()][..]));

    let word = |host: &str| CatalogAnswer { url: ORIGIN.into(), hosts: vec![host.into()] };
    assert_eq!(catalogs::answer(&ada, word("bank.example")).await.unwrap_err().code, crate::Code::NotFound);
    let mut other = signer.catalog();
    (other.url, other.hosts) = ("https://late.example".into(), vec![".outlet.example".into(), "outlet.example".into()]);
    ada.trusts(other).await;
    assert_eq!(catalogs::answer(&ada, word("outlet.example")).await.unwrap_err().code, crate::Code::BadRequest);
    catalogs::forget(&ada, CatalogForget { url: "https://late.example".into() }).await.unwrap();
    assert_eq!(catalogs::answer(&ada, word("outlet.example")).await.unwrap().new_hosts, [""; 0]);
    assert!(ada.rules().exact(OUTLET).is_some());
}
