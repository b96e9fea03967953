//! `stoa catalog seller …`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};
use stoa_catalog::Seller;
use stoa_catalog::server::feeds::PICTURE_CAP;
use stoa_catalog::server::{Access, Quota, Rights};
use stoa_core::api::{Code, Error, Result};
use tokio::runtime::Handle;

use super::{Place, blocking, refused, seller, studio, whole};
use crate::Context;
use crate::out::facts;

#[derive(Subcommand)]
pub enum Verb {
    /// Adds a seller and prints a key for their products, which is shown only now.
    Add {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// All sellers.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Makes one more key of a seller, which is shown only now.
    Key {
        /// By id or name.
        seller: String,
        /// `products`, or only `stock`: price, availability and quantity.
        #[arg(long, value_delimiter = ',', default_value = "products")]
        rights: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// The keys that exist, without their text.
    Keys {
        #[command(flatten)]
        place: Place,
    },
    /// Ends a key by its id.
    RemoveKey {
        key: String,
        #[command(flatten)]
        place: Place,
    },
    /// Grants these badges, and takes all others away.
    Badges {
        /// By id or name.
        seller: String,
        badges: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// How much a seller keeps and may keep; with values they are set, and what is left out becomes the catalog's own measure.
    Quota {
        /// By id or name.
        seller: String,
        /// Products, withdrawn ones included.
        #[arg(long, value_name = "COUNT")]
        products: Option<u64>,
        /// Bytes of pictures.
        #[arg(long, value_name = "BYTES")]
        picture_bytes: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// Sets the picture beside the seller's name.
    Logo {
        /// By id or name.
        seller: String,
        picture: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Add { name, place } => {
            let (seller, key) = blocking(move || place.open()?.welcome_seller(&name).map_err(refused)).await?;
            let answer = json!({ "id": seller.id, "name": seller.name, "key": key.text });
            let rows = [("seller", seller.name.clone()), ("id", seller.id.clone()), ("key", key.text.clone())];
            context.out.answer(&answer, |_| facts(&rows))
        }
        Verb::List { place } => {
            let sellers = blocking(move || place.open()?.sellers().map_err(refused)).await?;
            context.out.list(&sellers, "no seller yet; begin with: stoa catalog seller add NAME", |seller| {
                vec![seller.name.clone(), seller.id.clone(), seller.badges.join(" ")]
            })
        }
        Verb::Key { seller: wanted, rights, place } => {
            let key = blocking(move || {
                let catalog = place.open()?;
                let rights = Rights::from_names(&rights).map_err(refused)?;
                if rights.operator {
                    return Err(Error::new(
                        Code::BadRequest,
                        "a seller's rights are products or stock; see stoa catalog operator",
                    ));
                }
                catalog.add_key(Some(&seller(&catalog, Some(&wanted))?.id), rights).map_err(refused)
            })
            .await?;
            context.out.answer(&json!({ "id": key.id, "key": key.text }), |_| {
                facts(&[("id", key.id.clone()), ("key", key.text.clone())])
            })
        }
        Verb::Keys { place } => keys(place, context).await,
        Verb::RemoveKey { key, place } => {
            blocking(move || place.open()?.remove_key(&key).map_err(refused)).await?;
            context.out.answer(&json!({ "removed": true }), |_| "removed".to_owned())
        }
        Verb::Badges { seller: wanted, badges, place } => {
            let changed = blocking(move || {
                let catalog = place.open()?;
                let seller = seller(&catalog, Some(&wanted))?;
                catalog.set_badges(&Access::operator(), &seller.id, &badges).map_err(refused)
            })
            .await?;
            tell(&changed, context)
        }
        Verb::Quota { seller, products, picture_bytes, place } => {
            quota(seller, Quota { products, picture_bytes }, place, context).await
        }
        Verb::Logo { seller: wanted, picture, place } => {
            let changed = blocking(move || {
                let catalog = place.open()?;
                let access = Access::of_seller(&seller(&catalog, Some(&wanted))?.id);
                let bytes = whole(&picture, PICTURE_CAP)?;
                let made = Handle::current().block_on(studio::picture(&studio::media(), bytes));
                let made = made.map_err(|why| Error::new(Code::PictureUnreadable, why))?;
                catalog.set_logo(&access, &made).map_err(refused)
            })
            .await?;
            tell(&changed, context)
        }
    }
}

fn tell(seller: &Seller, context: &Context) -> Result<()> {
    context.out.answer(seller, |seller| {
        facts(&[("seller", seller.name.clone()), ("id", seller.id.clone()), ("badges", seller.badges.join(" "))])
    })
}

async fn quota(wanted: String, quota: Quota, place: Place, context: &Context) -> Result<()> {
    let usage = blocking(move || {
        let catalog = place.open()?;
        let id = seller(&catalog, Some(&wanted))?.id;
        if quota == Quota::default() {
            return catalog.usage(&id).map_err(refused);
        }
        catalog.set_quota(&Access::operator(), &id, quota).map_err(refused)
    })
    .await?;
    context.out.answer(&usage, |usage| {
        facts(&[
            ("products", format!("{} of {}", usage.products, usage.most_products)),
            ("picture bytes", format!("{} of {}", usage.picture_bytes, usage.most_picture_bytes)),
        ])
    })
}

async fn keys(place: Place, context: &Context) -> Result<()> {
    let keys = blocking(move || place.open()?.keys().map_err(refused)).await?;
    let keys: Vec<Value> = keys
        .into_iter()
        .map(|key| json!({ "id": key.id, "seller": key.seller, "rights": key.rights.names(), "made": key.made }))
        .collect();
    context.out.list(&keys, "no key yet", |key| {
        let text = |name: &str| key[name].as_str().unwrap_or("-").to_owned();
        let rights: Vec<&str> = key["rights"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        vec![text("id"), text("seller"), rights.join(" ")]
    })
}
