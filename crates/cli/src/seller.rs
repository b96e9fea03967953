//! `stoa seller join | list | leave | products | put | patch | withdraw | photo | import | export | preview`.

mod given;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use stoa_catalog::server::feeds;
use stoa_core::api::{
    Availability, Code, Draft, Error, FeedImported, Good, Money, Result, SellerExport, SellerImport, SellerJoin, SellerLeave,
    SellerList, SellerPatch, SellerPhoto, SellerPreview, SellerProducts, SellerPut, SellerWithdraw, Shop,
};
use stoa_host::Client;

use crate::Context;
use crate::card::{self, Themes};
use crate::out::{at, facts, plain, remark};
use crate::paths::absolute;
use given::{draft, format_of, key, money};

#[derive(Subcommand)]
pub enum Seller {
    /// Takes a seller's key for a catalog; read from a file, from STOA_SELLER_KEY or from stdin, never from the command line.
    Join {
        url: String,
        /// The first line of this file is the key.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Catalogs you sell in.
    List,
    /// Forgets the key; the products stay.
    Leave { url: String },
    /// Your products, newest change first, withdrawn ones too.
    Products {
        words: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        shop: Which,
    },
    /// Adds a product or replaces your own: JSON as the catalog's API takes it, - for stdin.
    Put {
        file: PathBuf,
        /// It must be new.
        #[arg(long, conflicts_with = "if_version")]
        new: bool,
        /// The version that was edited; refused when the catalog has another.
        #[arg(long, value_name = "N")]
        if_version: Option<u32>,
        #[command(flatten)]
        shop: Which,
    },
    /// Changes price or stock and nothing else.
    Patch {
        code: String,
        /// In whole units, e.g. 12.50.
        #[arg(long, requires = "currency", value_name = "AMOUNT")]
        price: Option<String>,
        /// ISO 4217, e.g. EUR.
        #[arg(long, requires = "price")]
        currency: Option<String>,
        /// Pieces left.
        #[arg(long, value_name = "PIECES")]
        stock: Option<u32>,
        #[arg(long)]
        availability: Option<Availabilities>,
        #[command(flatten)]
        shop: Which,
    },
    /// No longer offers a product.
    Withdraw {
        code: String,
        #[command(flatten)]
        shop: Which,
    },
    /// Adds a picture to a product; scaled down and without its location.
    Photo {
        code: String,
        file: PathBuf,
        #[command(flatten)]
        shop: Which,
    },
    /// Imports a feed: CSV, TSV, XML, JSON or JSON-LD. Bad rows are reported by line, the good ones imported.
    Import {
        file: PathBuf,
        /// Check everything and keep nothing.
        #[arg(long)]
        dry_run: bool,
        /// For prices without one, e.g. in Shopify's export.
        #[arg(long)]
        currency: Option<String>,
        /// The page of products that name none; {code} in it is replaced.
        #[arg(long, value_name = "URL")]
        link: Option<String>,
        #[command(flatten)]
        shop: Which,
    },
    /// Writes your products into a new file; its ending says how, unless told.
    Export {
        file: PathBuf,
        #[arg(long)]
        format: Option<Formats>,
        #[command(flatten)]
        shop: Which,
    },
    /// Draws the card of a product's file before anybody else sees it.
    Preview {
        file: PathBuf,
        /// Write the picture here.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long, default_value = "light")]
        theme: Themes,
        /// BCP 47.
        #[arg(long, default_value = "en")]
        locale: String,
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
        scale: u32,
        #[command(flatten)]
        shop: Which,
    },
}

#[derive(Args)]
pub struct Which {
    /// The catalog; may be left out while you sell in one only.
    #[arg(long = "in", value_name = "URL")]
    url: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Availabilities {
    InStock,
    LimitedAvailability,
    PreOrder,
    BackOrder,
    OutOfStock,
    SoldOut,
    Discontinued,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Formats {
    Csv,
    Tsv,
    Xml,
    Jsonld,
}

pub async fn run(seller: Seller, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match seller {
        Seller::Join { url, key_file } => {
            let key = key(key_file.as_deref())?;
            let shop = client.call(SellerJoin { url, key: key.to_string() }).await?;
            out.answer(&shop, |shop| {
                facts(&[
                    ("you sell in", shop.catalog.clone()),
                    ("as", shop.name.clone()),
                    ("the key may change", shop.rights.join(", ")),
                    ("layouts", shop.layouts.join(" ")),
                ])
            })
        }
        Seller::List => {
            let shops = client.call(SellerList {}).await?;
            out.list(&shops, "you sell nowhere yet; begin with: stoa seller join URL", |shop| {
                vec![shop.catalog.clone(), shop.url.clone(), shop.name.clone(), shop.badges.join(" "), shop.rights.join(" ")]
            })
        }
        Seller::Leave { url } => {
            let done = client.call(SellerLeave { url }).await?;
            out.answer(&done, |_| "the key is forgotten; the products stay".to_owned())
        }
        Seller::Products { words, limit, shop } => {
            let url = which(&client, shop).await?;
            let goods = products(&client, &url, words, limit).await?;
            out.list(&goods, "no products", row)
        }
        Seller::Put { file, new, if_version, shop } => {
            let url = which(&client, shop).await?;
            let draft = draft(&file)?;
            let good = client.call(SellerPut { url, draft, version: if new { Some(0) } else { if_version } }).await?;
            out.answer(&good, describe)
        }
        Seller::Patch { code, price, currency, stock, availability, shop } => {
            let price = price.zip(currency).map(|(amount, currency)| money(&amount, &currency)).transpose()?;
            let url = which(&client, shop).await?;
            let availability = availability.map(Availability::from);
            let good = client.call(SellerPatch { url, code, price, availability, quantity: stock }).await?;
            out.answer(&good, describe)
        }
        Seller::Withdraw { code, shop } => {
            let url = which(&client, shop).await?;
            let good = client.call(SellerWithdraw { url, code }).await?;
            out.answer(&good, describe)
        }
        Seller::Photo { code, file, shop } => {
            let url = which(&client, shop).await?;
            let good = client.call(SellerPhoto { url, code, path: absolute(&file)? }).await?;
            out.answer(&good, describe)
        }
        Seller::Import { file, dry_run, currency, link, shop } => {
            let url = which(&client, shop).await?;
            let imported = client.call(SellerImport { url, path: absolute(&file)?, dry_run, currency, link }).await?;
            report(&imported, context)
        }
        Seller::Export { file, format, shop } => {
            let format = format_of(&file, format)?;
            let url = which(&client, shop).await?;
            let done = client.call(SellerExport { url, format, path: absolute(&file)? }).await?;
            out.answer(&done, |_| format!("written to {}", plain(&file.display().to_string())))
        }
        Seller::Preview { file, out: picture, theme, locale, scale, shop } => {
            let url = which(&client, shop).await?;
            let draft = draft(&file)?;
            let card = client.call(SellerPreview { url, draft, theme: theme.into(), locale, scale }).await?;
            card::write(&client, &card.picture, &picture).await?;
            out.answer(&card, |card| format!("{} x {}, {}", card.width, card.height, card.price))
        }
    }
}

/// The catalog that was named, or the only one.
async fn which(client: &Client, Which { url }: Which) -> Result<String> {
    if let Some(url) = url {
        return Ok(url);
    }
    let shops: Vec<Shop> = client.call(SellerList {}).await?;
    match shops.as_slice() {
        [shop] => Ok(shop.url.clone()),
        [] => Err(Error::new(Code::NotFound, "you sell nowhere yet; begin with: stoa seller join URL")),
        several => {
            let urls: Vec<&str> = several.iter().map(|shop| shop.url.as_str()).collect();
            Err(Error::new(Code::Ambiguous, format!("say in which catalog by --in: {}", urls.join(", "))))
        }
    }
}

async fn products(client: &Client, url: &str, words: Option<String>, limit: usize) -> Result<Vec<Good>> {
    let (mut goods, mut after) = (Vec::new(), None);
    loop {
        let page = client.call(SellerProducts { url: url.to_owned(), words: words.clone(), after }).await?;
        goods.extend(page.goods);
        after = page.next;
        if after.is_none() || goods.len() >= limit {
            goods.truncate(limit);
            return Ok(goods);
        }
    }
}

fn row(good: &Good) -> Vec<String> {
    let draft = &good.draft;
    let state = if good.withdrawn { "withdrawn".to_owned() } else { word(draft.availability).to_owned() };
    let stock = draft.quantity.map(|pieces| format!("{pieces} left")).unwrap_or_default();
    vec![draft.code.clone(), draft.name.clone(), price(draft), state, stock, at(good.as_of)]
}

fn describe(good: &Good) -> String {
    let draft = &good.draft;
    facts(&[
        ("code", draft.code.clone()),
        ("name", draft.name.clone()),
        ("price", price(draft)),
        ("state", if good.withdrawn { "withdrawn".to_owned() } else { word(draft.availability).to_owned() }),
        ("pictures", draft.images.len().to_string()),
        ("version", good.version.to_string()),
    ])
}

fn price(draft: &Draft) -> String {
    let shown = |money: &Money| feeds::price_text(&stoa_catalog::Price { minor: money.minor, currency: money.currency.clone() });
    draft.price.as_ref().map(shown).unwrap_or_default()
}

/// The counts, the bad rows, and a failure when there were any.
fn report(imported: &FeedImported, context: &Context) -> Result<()> {
    context.out.answer(imported, |imported| {
        let would = if imported.dry_run { "would be " } else { "" };
        let FeedImported { added, changed, unchanged, refused, .. } = imported;
        format!("{added} {would}added, {changed} {would}changed, {unchanged} unchanged, {refused} left out")
    })?;
    if !context.out.json {
        for error in &imported.errors {
            let field = error.field.as_deref().map(|field| format!(" {}", plain(field))).unwrap_or_default();
            remark(&format!("row {}{field}: {}", error.row, plain(&error.message)));
        }
        if imported.unpublished > 0 {
            remark(&format!("{} rows are not published by their shop and were passed over", imported.unpublished));
        }
        if !imported.unused.is_empty() {
            remark(&format!("not used: {}", plain(&imported.unused.join(", "))));
        }
    }
    if imported.refused > 0 {
        return Err(Error::new(Code::BadRequest, format!("{} rows were left out", imported.refused)));
    }
    Ok(())
}

impl From<Availabilities> for Availability {
    fn from(told: Availabilities) -> Self {
        match told {
            Availabilities::InStock => Self::InStock,
            Availabilities::LimitedAvailability => Self::LimitedAvailability,
            Availabilities::PreOrder => Self::PreOrder,
            Availabilities::BackOrder => Self::BackOrder,
            Availabilities::OutOfStock => Self::OutOfStock,
            Availabilities::SoldOut => Self::SoldOut,
            Availabilities::Discontinued => Self::Discontinued,
        }
    }
}

fn word(value: Availability) -> &'static str {
    match value {
        Availability::InStock => "in stock",
        Availability::LimitedAvailability => "limited",
        Availability::PreOrder => "pre-order",
        Availability::BackOrder => "back order",
        Availability::OutOfStock => "out of stock",
        Availability::SoldOut => "sold out",
        Availability::Discontinued => "discontinued",
    }
}
