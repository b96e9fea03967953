//! `stoa card show | codes | search | rules list, add, remove, test | catalogs list, trust, answer, forget`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use stoa_core::api::{
    CardCodes, CardRule, CardShow, Catalog, CatalogAnswer, CatalogForget, CatalogList, CatalogSearch, CatalogTrust, Code, Error,
    MediaGet, PictureCode, Result, RulesAdd, RulesList, RulesRemove, RulesTest, Theme,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, facts};
use crate::paths::absolute;

#[derive(Subcommand)]
pub enum Card {
    /// Draws the card of a link, of a product code, or of the code in a picture.
    Show {
        #[arg(value_name = "LINK|CODE|PICTURE")]
        what: String,
        /// Write the card here.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[arg(long, default_value = "light")]
        theme: Themes,
        /// BCP 47.
        #[arg(long, default_value = "en")]
        locale: String,
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
        scale: u32,
        /// The person id of the contact who sent the link: asked before the catalog is.
        #[arg(long, value_name = "PERSON")]
        from: Option<String>,
        /// Look longer and harder for a code in the picture.
        #[arg(long)]
        thorough: bool,
    },
    /// Reads the codes in a picture; nobody is contacted.
    Codes {
        picture: PathBuf,
        /// Look longer and harder; may find what is not there.
        #[arg(long)]
        thorough: bool,
    },
    /// Looks for products of a trusted catalog by words.
    Search {
        catalog: String,
        words: String,
        /// BCP 47, for prices.
        #[arg(long, default_value = "en")]
        locale: String,
        /// The page after the one that ended with this cursor.
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
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
    /// Those made by hand first: they are tried first.
    List,
    /// Adds a rule by hand, or replaces the one of this id; entitles the catalog to the host.
    Add {
        id: String,
        /// `market.example`, or `.market.example` for every true subdomain.
        #[arg(long)]
        host: String,
        #[command(flatten)]
        shape: Shape,
        /// The trusted catalog that is asked.
        #[arg(long, value_name = "URL")]
        catalog: String,
    },
    /// Removes a rule made by hand.
    Remove { id: String },
    /// Which rule recognises the text; nobody is contacted. With a host, a rule of that shape alone is tried.
    Test {
        text: String,
        /// Of the rule that is tried.
        #[arg(long)]
        host: Option<String>,
        #[command(flatten)]
        shape: Shape,
    },
}

/// An expression on the path or on a parameter of the host's links; its first group is the product's code.
#[derive(Args)]
pub struct Shape {
    /// A regular expression on the whole path.
    #[arg(long, value_name = "EXPRESSION", requires = "host")]
    path: Option<String>,
    /// A parameter's name.
    #[arg(long, value_name = "NAME", requires_all = ["host", "value"])]
    param: Option<String>,
    /// A regular expression on the whole parameter.
    #[arg(long, value_name = "EXPRESSION", requires = "param")]
    value: Option<String>,
    /// The host's links are GS1 Digital Links.
    #[arg(long, requires = "host", conflicts_with_all = ["path", "param"])]
    gs1: bool,
}

impl Shape {
    fn rule(self, id: String, host: String, catalog: String) -> CardRule {
        let Self { path, param, value, gs1 } = self;
        CardRule { id, host, path, param, value, gs1, catalog, by_hand: true }
    }
}

#[derive(Subcommand)]
pub enum Catalogs {
    List,
    /// Fetches a catalog's key and rules and trusts them.
    Trust {
        url: String,
    },
    /// Lets a catalog answer for hosts that it added after it was trusted: those that `list` shows as new.
    Answer {
        url: String,
        #[arg(required = true)]
        hosts: Vec<String>,
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

impl From<Themes> for Theme {
    fn from(told: Themes) -> Self {
        match told {
            Themes::Light => Self::Light,
            Themes::Dark => Self::Dark,
        }
    }
}

pub async fn run(card: Card, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match card {
        Card::Show { what, out: file, theme, locale, scale, from, thorough } => {
            let link = if Path::new(&what).is_file() { in_picture(&client, &what, thorough).await? } else { what };
            let card = client.call(CardShow { link, theme: theme.into(), locale, scale, from }).await?;
            if let Some(file) = file {
                write(&client, &card.picture, &file).await?;
            }
            out.answer(&card, |card| {
                facts(&[
                    ("product", card.title.clone()),
                    ("price", card.price.clone()),
                    ("seller", card.seller.clone()),
                    ("link", card.link.clone()),
                    ("catalog", card.catalog.clone()),
                    ("as of", format!("{}{}", at(card.as_of), if card.offline { ", the catalog is away" } else { "" })),
                    ("picture", format!("{} x {}", card.width, card.height)),
                ])
            })
        }
        Card::Codes { picture, thorough } => {
            let found = codes(&client, &picture, thorough).await?;
            out.list(&found, "no code was found in the picture", |code| {
                vec![code.format.clone(), code.text.clone(), code.show.clone().unwrap_or_else(|| "no product".to_owned())]
            })
        }
        Card::Search { catalog, words, locale, after } => {
            let found = client.call(CatalogSearch { catalog, words, locale, after }).await?;
            if out.json {
                return out.json(&found);
            }
            out.list(&found.hits, "nothing was found", |hit| {
                vec![hit.title.clone(), hit.price.clone(), hit.seller.clone(), hit.link.clone()]
            })?;
            found.next.map_or(Ok(()), |next| out.text(&format!("more with: --after {next}")))
        }
        Card::Rules(verb) => rules(&client, verb, context).await,
        Card::Catalogs(verb) => catalogs(&client, verb, context).await,
    }
}

async fn rules(client: &Client, verb: Rules, context: &Context) -> Result<()> {
    let out = context.out;
    match verb {
        Rules::List => {
            let rules = client.call(RulesList {}).await?;
            out.list(&rules, "there is no rule; trust a catalog, or add one by hand", |rule| {
                let param = rule.param.as_ref().zip(rule.value.as_ref()).map(|(name, value)| format!("{name}={value}"));
                let shape = [rule.path.clone(), param, rule.gs1.then(|| "GS1 Digital Link".to_owned())];
                let shape = shape.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let by = if rule.by_hand { "by hand" } else { "signed" };
                vec![rule.id.clone(), rule.host.clone(), shape, rule.catalog.clone(), by.to_owned()]
            })
        }
        Rules::Add { id, host, shape, catalog } => {
            let done = client.call(RulesAdd { rule: shape.rule(id, host, catalog) }).await?;
            out.answer(&done, |_| "added".to_owned())
        }
        Rules::Remove { id } => {
            let done = client.call(RulesRemove { id }).await?;
            out.answer(&done, |_| "removed".to_owned())
        }
        Rules::Test { text, host, shape } => {
            let rule = host.map(|host| shape.rule("draft".to_owned(), host, String::new()));
            let drafted = rule.is_some();
            let found = client.call(RulesTest { text, rule }).await?;
            out.answer(&found, |found| {
                // A catalog is known by its origin; what is built in is scoped by a bare domain.
                let catalog = match found.catalog.contains("://") {
                    true => found.catalog.clone(),
                    false if drafted => "none yet: a draft".to_owned(),
                    false => "none trusted for this host".to_owned(),
                };
                facts(&[
                    ("link", found.link.clone()),
                    ("rule", found.rule.clone()),
                    ("code", found.code.clone()),
                    ("catalog", catalog),
                ])
            })
        }
    }
}

async fn catalogs(client: &Client, verb: Catalogs, context: &Context) -> Result<()> {
    let out = context.out;
    match verb {
        Catalogs::List => {
            let catalogs = client.call(CatalogList {}).await?;
            out.list(&catalogs, "no catalog is trusted; begin with: stoa card catalogs trust URL", |catalog| {
                let more = |what: &str, hosts: &[String]| match hosts {
                    [] => String::new(),
                    hosts => format!("{what}: {}", hosts.join(" ")),
                };
                let (new, taken) = (more("new", &catalog.new_hosts), more("another's", &catalog.taken_hosts));
                vec![catalog.name.clone(), catalog.url.clone(), catalog.hosts.join(" "), new, taken]
            })
        }
        Catalogs::Trust { url } => {
            let catalog = client.call(CatalogTrust { url }).await?;
            out.answer(&catalog, trusted)
        }
        Catalogs::Answer { url, hosts } => {
            let catalog = client.call(CatalogAnswer { url, hosts }).await?;
            out.answer(&catalog, trusted)
        }
        Catalogs::Forget { url } => {
            let done = client.call(CatalogForget { url }).await?;
            out.answer(&done, |_| "forgotten".to_owned())
        }
    }
}

fn trusted(catalog: &Catalog) -> String {
    facts(&[("trusted", catalog.name.clone()), ("key", catalog.key.clone()), ("answers for", catalog.hosts.join(" "))])
}

/// The node reads the file, wherever this program was started.
async fn codes(client: &Client, picture: &Path, thorough: bool) -> Result<Vec<PictureCode>> {
    client.call(CardCodes { path: absolute(picture)?, thorough }).await
}

/// The first code in the picture that a card can be shown of.
async fn in_picture(client: &Client, picture: &str, thorough: bool) -> Result<String> {
    let found = codes(client, Path::new(picture), thorough).await?;
    let harder = if thorough { "" } else { "; --thorough looks harder" };
    let none = || Error::new(Code::NoCard, format!("no product code was found in the picture{harder}"));
    found.into_iter().find_map(|code| code.show).ok_or_else(none)
}

pub async fn write(client: &Client, id: &str, file: &Path) -> Result<()> {
    let (mime, bytes) = stoa_host::web::decode(&client.call(MediaGet { id: id.to_owned() }).await?)?;
    let ending = mime.trim_start_matches("image/");
    if file.extension().is_none_or(|found| found != ending) {
        return Err(Error::new(Code::BadRequest, format!("the card is a {ending} picture; name the file ….{ending}")));
    }
    std::fs::write(file, bytes)
        .map_err(|error| Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", file.display())))
}
