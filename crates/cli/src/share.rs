//! `stoa share …`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use stoa_core::api::{
    Change, Code, Error, ItemState, Problem, Result, Share as Offer, ShareAdd, ShareCancel, ShareDetails, ShareFetch, ShareList,
    SharePause, ShareRevoke, ShareSave, ShareShow, ShareState,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, facts, progress, remark, short, size};
use crate::paths::absolute;
use crate::spans;

#[derive(Subcommand)]
pub enum Share {
    /// Shares pictures, or folders of them.
    Add {
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Contacts by name or id, separated by commas.
        #[arg(long, required = true, value_delimiter = ',', value_name = "TO")]
        with: Vec<String>,
        #[arg(long)]
        name: Option<String>,
        /// When it ends; 15d unless told.
        #[arg(long, value_parser = spans::seconds)]
        expires: Option<u32>,
    },
    /// Shares, newest first.
    List {
        #[arg(long, value_name = "CONTACT")]
        with: Option<String>,
        #[arg(long, conflicts_with = "theirs")]
        mine: bool,
        #[arg(long)]
        theirs: bool,
    },
    /// Shows a share's pictures and who fetched what.
    Show { share: String },
    /// Fetches pictures of a share; with --into waits until they are here and saves them.
    Fetch {
        share: String,
        /// Positions, separated by commas; all unless told.
        #[arg(long, value_delimiter = ',', value_name = "N")]
        only: Vec<u32>,
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Stops fetching for now.
    Pause { share: String },
    /// Goes on fetching.
    Resume { share: String },
    /// Stops fetching and forgets what is not complete.
    Cancel { share: String },
    /// Ends the share, for all or for one contact.
    Revoke {
        share: String,
        #[arg(long, value_name = "CONTACT")]
        from: Option<String>,
    },
    /// Saves fetched pictures, byte for byte; never overwrites.
    Save {
        share: String,
        #[arg(long, value_delimiter = ',', value_name = "N")]
        only: Vec<u32>,
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}

pub async fn run(share: Share, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match share {
        Share::Add { paths, with, name, expires } => {
            let paths = paths.iter().map(absolute).collect::<Result<_>>()?;
            let started = client.call(ShareAdd { paths, with, name, expires }).await?;
            out.answer(&started, |started| started.share.clone())
        }
        Share::List { with, mine, theirs } => {
            let mut shares = client.call(ShareList { with }).await?;
            shares.retain(|share| (!mine || share.mine) && (!theirs || !share.mine));
            out.list(&shares, "no shares", row)
        }
        Share::Show { share } => {
            let details = client.call(ShareShow { share }).await?;
            out.answer(&details, describe)
        }
        Share::Fetch { share, only, into: None } => {
            let done = client.call(ShareFetch { share, only }).await?;
            out.answer(&done, |_| "fetching; the node goes on by itself".to_owned())
        }
        Share::Fetch { share, only, into: Some(into) } => fetch_into(&client, share, only, &into, context).await,
        Share::Pause { share } => pause(&client, share, true, context).await,
        Share::Resume { share } => pause(&client, share, false, context).await,
        Share::Cancel { share } => {
            let done = client.call(ShareCancel { share }).await?;
            out.answer(&done, |_| "cancelled".to_owned())
        }
        Share::Revoke { share, from } => {
            let done = client.call(ShareRevoke { share, from }).await?;
            out.answer(&done, |_| "revoked".to_owned())
        }
        Share::Save { share, only, into } => save(&client, share, only, &into, context).await,
    }
}

async fn pause(client: &Client, share: String, paused: bool, context: &Context) -> Result<()> {
    let done = client.call(SharePause { share, paused }).await?;
    context.out.answer(&done, |_| if paused { "paused" } else { "going on" }.to_owned())
}

async fn save(client: &Client, share: String, only: Vec<u32>, into: &Path, context: &Context) -> Result<()> {
    let into = absolute(into)?;
    let saved = client.call(ShareSave { share, only, into }).await?;
    context.out.answer(&saved, |saved| saved.files.join("\n"))
}

async fn fetch_into(client: &Client, share: String, only: Vec<u32>, into: &Path, context: &Context) -> Result<()> {
    let show = !context.out.json && std::io::stderr().is_terminal();
    let here = fetched(client, &share, &only, |share| {
        if show {
            progress(&moving(share));
        }
    })
    .await?;
    if show {
        remark("");
    }
    save(client, share, here, into, context).await
}

/// Asks for the pictures and returns their positions when they are here.
///
/// # Errors
/// `share_ended` when the share ends first; `picture_unreadable` when none of them is a picture.
pub async fn fetched(client: &Client, share: &str, only: &[u32], mut moved: impl FnMut(&Offer)) -> Result<Vec<u32>> {
    let mut watch = client.watch().await?;
    client.call(ShareFetch { share: share.to_owned(), only: only.to_vec() }).await?;
    loop {
        let details = client.call(ShareShow { share: share.to_owned() }).await?;
        moved(&details.share);
        let asked = || details.items.iter().filter(|item| only.is_empty() || only.contains(&item.index));
        if asked().all(|item| matches!(item.state, ItemState::Here | ItemState::Failed)) {
            let here: Vec<u32> = asked().filter(|item| item.state == ItemState::Here).map(|item| item.index).collect();
            let failed = asked().count() - here.len();
            if failed > 0 {
                remark(&format!("{failed} of the files that came are no readable pictures"));
            }
            if here.is_empty() {
                return Err(Error::new(Code::PictureUnreadable, "none of the files that came is a readable picture"));
            }
            return Ok(here);
        }
        if matches!(details.share.state, ShareState::Expired | ShareState::Revoked | ShareState::Failed) {
            return Err(Error::new(Code::ShareEnded, "the share ended before everything was here"));
        }
        let complete = details.share.here;
        loop {
            match watch.next().await {
                None => return Err(Error::new(Code::NoNode, "the node stopped; it goes on fetching when it runs again")),
                Some(Change::Lagged {}) => break,
                Some(Change::Share(now)) if now.id == details.share.id => {
                    moved(&now);
                    if now.here != complete || now.wanted == 0 || now.state != ShareState::Open {
                        break;
                    }
                }
                Some(Change::ShareItem { share, item }) if share == details.share.id => {
                    if matches!(item.state, ItemState::Here | ItemState::Failed) {
                        break;
                    }
                }
                Some(_) => {}
            }
        }
    }
}

fn moving(share: &Offer) -> String {
    let all = share.here + share.wanted;
    format!("{} of {all} pictures, {}, {}/s", share.here, size(share.done), size(share.rate))
}

fn row(share: &Offer) -> Vec<String> {
    let whose = if share.mine { "mine" } else { "theirs" };
    let here = if share.mine { String::new() } else { format!("{} of {} here", share.here, share.count) };
    let pictures = format!("{} pictures", share.count);
    vec![share.id.clone(), whose.to_owned(), share.name.clone(), pictures, size(share.size), state(share), here]
}

fn state(share: &Offer) -> String {
    match share.state {
        ShareState::Preparing => "preparing".to_owned(),
        ShareState::Open if share.paused => "paused".to_owned(),
        ShareState::Open => format!("until {}", at(share.expires)),
        ShareState::Expired => "expired".to_owned(),
        ShareState::Revoked => "revoked".to_owned(),
        ShareState::Failed => "failed".to_owned(),
    }
}

fn describe(details: &ShareDetails) -> String {
    let share = &details.share;
    let mut lines = vec![facts(&[
        ("name", share.name.clone()),
        ("whose", if share.mine { "mine".to_owned() } else { short(&share.owner) }),
        ("state", state(share)),
        ("size", format!("{} pictures, {}", share.count, size(share.size))),
    ])];
    for item in &details.items {
        let state = match item.state {
            ItemState::Listed => "",
            ItemState::Wanted => "waits",
            ItemState::Fetching => "comes",
            ItemState::Here => "here",
            ItemState::Failed => "unreadable",
        };
        let name = crate::out::plain(&item.name);
        lines.push(format!("{:>4}  {name}  {}x{}  {}  {state}", item.index, item.width, item.height, size(item.size)));
    }
    for fetched in &details.fetched {
        lines.push(format!("{} has {} of them", short(&fetched.person), fetched.count));
    }
    let left_out = |problem: &Problem| format!("not shared: {}: {}", crate::out::plain(&problem.file), problem.message);
    lines.extend(share.problems.iter().map(left_out));
    lines.join("\n")
}
