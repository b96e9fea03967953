//! `stoa card show | rules test | catalogs list, trust, forget`.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use stoa_core::api::{CardShow, CatalogForget, CatalogList, CatalogTrust, Code, Error, MediaGet, Result, RulesTest, Theme};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, facts};

#[derive(Subcommand)]
pub enum Card {
    /// Draws the card of a link or product code.
    Show {
        link: String,
        /// Write the picture here.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[arg(long, default_value = "light")]
        theme: Themes,
        /// BCP 47.
        #[arg(long, default_value = "en")]
        locale: String,
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
        scale: u32,
    },
    /// What makes a link a card.
    #[command(subcommand)]
    Rules(Rules),
    /// Catalogs that are trusted.
    #[command(subcommand)]
    Catalogs(Catalogs),
}

#[derive(Subcommand)]
pub enum Rules {
    /// Which rule recognises the text; nobody is contacted.
    Test { text: String },
}

#[derive(Subcommand)]
pub enum Catalogs {
    List,
    /// Fetches a catalog's key and rules and trusts them.
    Trust {
        url: String,
    },
    Forget {
        url: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Themes {
    Light,
    Dark,
}

pub async fn run(card: Card, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match card {
        Card::Show { link, out: file, theme, locale, scale } => {
            let theme = match theme {
                Themes::Light => Theme::Light,
                Themes::Dark => Theme::Dark,
            };
            let card = client.call(CardShow { link, theme, locale, scale }).await?;
            if let Some(file) = file {
                write(&client, &card.picture, &file).await?;
            }
            out.answer(&card, |card| {
                facts(&[
                    ("product", card.title.clone()),
                    ("price", card.price.clone()),
                    ("catalog", card.catalog.clone()),
                    ("as of", format!("{}{}", at(card.as_of), if card.offline { ", the catalog is away" } else { "" })),
                    ("picture", format!("{} x {}", card.width, card.height)),
                ])
            })
        }
        Card::Rules(Rules::Test { text }) => {
            let found = client.call(RulesTest { text }).await?;
            out.answer(&found, |found| {
                // A catalog is known by its origin; what is built in is scoped by a bare domain.
                let catalog =
                    if found.catalog.contains("://") { found.catalog.clone() } else { "none trusted for this host".to_owned() };
                facts(&[
                    ("link", found.link.clone()),
                    ("rule", found.rule.clone()),
                    ("code", found.code.clone()),
                    ("catalog", catalog),
                ])
            })
        }
        Card::Catalogs(Catalogs::List) => {
            let catalogs = client.call(CatalogList {}).await?;
            out.list(&catalogs, "no catalog is trusted; begin with: stoa card catalogs trust URL", |catalog| {
                vec![catalog.name.clone(), catalog.url.clone(), catalog.hosts.join(" ")]
            })
        }
        Card::Catalogs(Catalogs::Trust { url }) => {
            let catalog = client.call(CatalogTrust { url }).await?;
            out.answer(&catalog, |catalog| {
                facts(&[
                    ("trusted", catalog.name.clone()),
                    ("key", catalog.key.clone()),
                    ("answers for", catalog.hosts.join(" ")),
                ])
            })
        }
        Card::Catalogs(Catalogs::Forget { url }) => {
            let done = client.call(CatalogForget { url }).await?;
            out.answer(&done, |_| "forgotten".to_owned())
        }
    }
}

async fn write(client: &Client, id: &str, file: &Path) -> Result<()> {
    let (mime, bytes) = stoa_host::web::decode(&client.call(MediaGet { id: id.to_owned() }).await?)?;
    let ending = mime.trim_start_matches("image/");
    if file.extension().is_none_or(|found| found != ending) {
        return Err(Error::new(Code::BadRequest, format!("the card is a {ending} picture; name the file ….{ending}")));
    }
    std::fs::write(file, bytes)
        .map_err(|error| Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", file.display())))
}
