//! A small market shop, drawn and written by the project itself.

use ed25519_dalek::SigningKey;

use super::admin::LAYOUT_MEDIA;
use super::draw::{self, Picture};
use super::quota::Room;
use super::store::{self, Kind, Lock, Rows};
use super::{Catalog, Draft, Error, Expect, goods, sellers};
use crate::{Availability, CodeKind, ImageStyle, Price, Rule, Seller};

struct Item {
    code: &'static str,
    name: &'static str,
    description: &'static str,
    cents: i64,
    availability: Availability,
    quantity: Option<u32>,
    picture: Option<Picture>,
    /// Shown whole instead of cut to its frame.
    whole: bool,
    layout: &'static str,
    seller: (&'static str, &'static [&'static str]),
}

const BEES: (&str, &[&str]) = ("Hymettus Bees", &["verified", "crown"]);
const GROVE: (&str, &[&str]) = ("Grove & Press", &["verified"]);
const KILN: (&str, &[&str]) = ("Kerameikos Studio", &["verified"]);
const JINGDE: (&str, &[&str]) = ("景德小窑", &["verified", "crown"]);
const MARKET: (&str, &[&str]) = ("Stoa Market", &[]);

const ITEMS: &[Item] = &[
    Item {
        code: "honey-500",
        name: "Wildflower honey, 500 g",
        description: "Thyme, heather and orange blossom from the slopes above the city.",
        cents: 1250,
        availability: Availability::InStock,
        quantity: Some(48),
        picture: Some(Picture::HoneyJar),
        whole: false,
        layout: "picture",
        seller: BEES,
    },
    Item {
        code: "olive-oil-750",
        name: "Early harvest olive oil, cold pressed, 750 ml",
        description: "Koroneiki olives, pressed within six hours.",
        cents: 1890,
        availability: Availability::InStock,
        quantity: None,
        picture: Some(Picture::OilBottle),
        whole: false,
        layout: "wide",
        seller: GROVE,
    },
    Item {
        code: "bowl-sea",
        name: "Stoneware bowl with sea glaze",
        description: "Thrown by hand, fired twice. No two alike.",
        cents: 3400,
        availability: Availability::LimitedAvailability,
        quantity: Some(3),
        picture: Some(Picture::SeaBowl),
        whole: false,
        layout: "compact",
        seller: KILN,
    },
    Item {
        code: "qinghua-wan",
        name: "青花瓷碗",
        description: "手绘缠枝莲纹，高温釉下彩，直径十五厘米。",
        cents: 5800,
        availability: Availability::InStock,
        quantity: Some(12),
        picture: Some(Picture::BlueBowl),
        whole: false,
        layout: "picture",
        seller: JINGDE,
    },
    Item {
        code: "tufengmi",
        name: "手工蜂蜜 土蜂蜜 深山百花蜜 礼盒装",
        description: "深山蜂农手工采收，一年一季。",
        cents: 2680,
        availability: Availability::SoldOut,
        quantity: Some(0),
        picture: Some(Picture::DarkHoneyJar),
        whole: false,
        layout: "compact",
        seller: BEES,
    },
    Item {
        code: "longjing-100",
        name: "明前龙井绿茶 100 克",
        description: "清明前采摘，手工炒制。",
        cents: 4200,
        availability: Availability::PreOrder,
        quantity: None,
        picture: Some(Picture::TeaTin),
        whole: false,
        layout: "price",
        seller: JINGDE,
    },
    Item {
        code: "asal-barri",
        name: "عسل زهور برية طبيعي 500 غ",
        description: "زعتر وخلنج وزهر برتقال من سفوح الجبال، يُعبّأ يدويًا في برطمان زجاجي.",
        cents: 1640,
        availability: Availability::InStock,
        quantity: None,
        picture: Some(Picture::DarkHoneyJar),
        whole: true,
        layout: "wide",
        seller: BEES,
    },
    Item {
        code: "soap-lavender",
        name: "Lavender soap",
        description: "Olive oil soap with lavender from the island.",
        cents: 690,
        availability: Availability::InStock,
        quantity: None,
        picture: Some(Picture::Soap),
        whole: false,
        layout: "compact",
        seller: GROVE,
    },
    Item {
        code: "voucher-25",
        name: "Market voucher",
        description: "For any stall, for a year.",
        cents: 2500,
        availability: Availability::InStock,
        quantity: None,
        picture: None,
        whole: false,
        layout: "compact",
        seller: MARKET,
    },
];

impl Catalog {
    /// Fills the catalog with nine products under links `{link_base}/p/{code}`; `layouts` are (id, bytes) pairs, linted by the caller.
    /// Seeding again brings back what has changed since.
    pub fn seed_sample_shop(&self, link_base: &str, layouts: &[(&str, &[u8])]) -> Result<(), Error> {
        let base = link_base.trim_end_matches('/');
        let url = url::Url::parse(base).map_err(|_| Error::Invalid("the base of the links is not a link".to_owned()))?;
        let host = url.host_str().ok_or_else(|| Error::Invalid("the base of the links names no host".to_owned()))?;
        let rule = Rule {
            id: "market-product".to_owned(),
            host: host.to_owned(),
            path: Some(r"/p/([a-z0-9-]{1,64})/?".to_owned()),
            param: None,
            gs1: false,
            samples: vec![format!("{base}/p/honey-500")],
        };
        let pictures = ITEMS.iter().map(|item| item.picture.map(draw::jpeg).transpose()).collect::<Result<Vec<_>, _>>()?;
        let layout_bytes = layouts.iter().map(|(_, bytes)| *bytes);
        let blobs: Vec<&[u8]> = layout_bytes.chain(pictures.iter().flatten().map(Vec::as_slice)).collect();
        let seed = |rows: &mut dyn Rows, key: &SigningKey| {
            for (id, bytes) in layouts {
                let hash = self.put_blob_in(rows, bytes, LAYOUT_MEDIA)?;
                store::put_named(rows, Kind::Layout, id, &hash)?;
            }
            store::put_rule(rows, &rule)?;
            store::put_host(rows, &rule.host)?;
            for (item, picture) in ITEMS.iter().zip(&pictures) {
                self.seed(rows, key, item, picture.as_deref(), base)?;
            }
            self.sign_manifest(rows, key, Some("Stoa Market"))
        };
        self.bringing(&blobs, || self.write(Lock::Catalog, seed))
    }

    fn seed(&self, rows: &mut dyn Rows, key: &SigningKey, item: &Item, picture: Option<&[u8]>, base: &str) -> Result<(), Error> {
        let images = match picture {
            Some(picture) => vec![self.put_blob_in(rows, picture, "image/jpeg")?],
            None => Vec::new(),
        };
        let seller = seller(rows, item.seller)?;
        let draft = Draft {
            code: item.code.to_owned(),
            kind: CodeKind::Sku,
            gtin: None,
            name: item.name.to_owned(),
            description: Some(item.description.to_owned()),
            brand: None,
            price: Some(Price { minor: item.cents, currency: "EUR".to_owned() }),
            availability: item.availability,
            quantity: item.quantity,
            images,
            image_style: if item.whole { ImageStyle::Contain } else { ImageStyle::Cover },
            url: format!("{base}/p/{}", item.code),
            layout: item.layout.to_owned(),
            fresh_seconds: 3600,
        };
        draft.check()?;
        goods::put_in(rows, key, &seller, draft, Expect::Any, &mut Room::unlimited())?;
        Ok(())
    }
}

/// Known by name, so that seeding again makes no second one.
fn seller(rows: &mut dyn Rows, (name, badges): (&str, &[&str])) -> Result<Seller, Error> {
    if let Some(known) = store::sellers(rows)?.into_iter().find(|seller| seller.name == name) {
        return Ok(known);
    }
    let mut seller = sellers::add_seller_in(rows, name)?;
    seller.badges = badges.iter().map(|&badge| badge.to_owned()).collect();
    store::put_seller(rows, &seller)?;
    Ok(seller)
}
