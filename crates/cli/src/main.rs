//! `stoa`: the headless node and every verb, one grammar: noun, then verb.

mod card;
mod catalog;
mod chat;
mod contact;
mod demo;
mod me;
mod node;
mod out;
mod paths;
mod persona;
mod phone;
mod presence;
mod qr;
mod scheme;
mod seller;
mod share;
mod spans;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use stoa_core::api::{Error, Result};
use stoa_host::{Client, home};

use out::Out;

/// A messenger for people, without account or server.
#[derive(Parser)]
#[command(name = "stoa", version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    /// Whose Stoa: the folder of one person. The platform's data folder unless told.
    #[arg(long, global = true, env = "STOA_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// Print JSON and nothing else: one object for an answer, one a line for a list or stream.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Subcommand)]
enum Noun {
    /// The node of this home.
    #[command(subcommand)]
    Node(node::Node),
    /// Who you are.
    #[command(subcommand)]
    Me(me::Me),
    /// People: invitations, people nearby, safety numbers.
    #[command(subcommand)]
    Contact(contact::Contact),
    /// Conversations.
    #[command(subcommand)]
    Chat(chat::Chat),
    /// How you are, and how others are.
    #[command(subcommand)]
    Presence(presence::Presence),
    /// How you look in every state, and how contacts look.
    #[command(subcommand)]
    Scheme(scheme::Scheme),
    /// Your picture, made of a photo and accessories, and contacts' pictures.
    #[command(subcommand)]
    Persona(persona::Persona),
    /// Your picture made on a phone of the same network.
    #[command(subcommand)]
    Phone(phone::Phone),
    /// Photo shares.
    #[command(subcommand)]
    Share(share::Share),
    /// Product cards and the catalogs they come from.
    #[command(subcommand)]
    Card(card::Card),
    /// Selling in a catalog with a key of its operator.
    #[command(subcommand)]
    Seller(seller::Seller),
    /// A catalog of products, for others to trust.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Every change as a JSON line, until stopped.
    Watch,
    /// Two people and a catalog on this machine, paired, in two windows.
    Demo(demo::Demo),
}

/// What every verb is given.
struct Context {
    home: Option<PathBuf>,
    out: Out,
}

impl Context {
    fn home(&self) -> Result<PathBuf> {
        self.home.clone().map_or_else(home::default_dir, Ok)
    }

    async fn client(&self) -> Result<Client> {
        Client::connect(&self.home()?).await
    }
}

fn main() -> ExitCode {
    stoa_media::run_child_if_asked();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell when the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    log_to_stderr(matches!(cli.noun, Noun::Node(node::Node::Run(_))));
    let context = Context { home: cli.home, out: Out { json: cli.json } };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return out::refuse(&Error::from(error), cli.json),
    };
    let done = runtime.block_on(run(cli.noun, &context));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => out::refuse(&error, cli.json),
    }
}

async fn run(noun: Noun, context: &Context) -> Result<()> {
    match noun {
        Noun::Node(node) => node::run(node, context).await,
        Noun::Me(me) => me::run(me, context).await,
        Noun::Contact(contact) => contact::run(contact, context).await,
        Noun::Chat(chat) => chat::run(chat, context).await,
        Noun::Presence(presence) => presence::run(presence, context).await,
        Noun::Scheme(scheme) => scheme::run(scheme, context).await,
        Noun::Persona(persona) => persona::run(persona, context).await,
        Noun::Phone(phone) => phone::run(phone, context).await,
        Noun::Share(share) => share::run(share, context).await,
        Noun::Card(card) => card::run(card, context).await,
        Noun::Seller(seller) => seller::run(seller, context).await,
        Noun::Catalog(catalog) => catalog::run(catalog, context).await,
        Noun::Watch => watch::run(context).await,
        Noun::Demo(demo) => demo::run(demo, context).await,
    }
}

fn log_to_stderr(node: bool) {
    let usual = if node { "warn,stoa_core=info,stoa_host=info,stoa_p2p=info,stoa_cli=info" } else { "warn" };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("STOA_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
