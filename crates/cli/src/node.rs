//! `stoa node run | status | stop | web`.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use stoa_core::api::{Code, Command, Error, NodeStatus, Result};
use stoa_host::{Options, Unlock, control, home};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::Context;
use crate::out::{facts, remark};

/// Bytes of a passphrase file.
const PASSPHRASE_CAP: u64 = 4 * 1024;

#[derive(Subcommand)]
pub enum Node {
    /// Runs the node of this home until it is stopped. The first line on stdout says where it is.
    Run(Run),
    /// Shows the running node.
    Status,
    /// Stops the running node and waits until the home is free.
    Stop,
    /// A fresh address of the running node for a browser on this machine; it works once.
    Web,
}

#[derive(Args)]
pub struct Run {
    /// Where to listen, as a multiaddr; may be given more than once.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Neither announce this node on the LAN nor look for others.
    #[arg(long)]
    no_lan: bool,
    /// Serve browsers on this machine, e.g. 127.0.0.1:0.
    #[arg(long, value_name = "ADDR")]
    web: Option<SocketAddr>,
    /// The first line of this file opens the home; STOA_PASSPHRASE does the same.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Stop when stdin ends, so that the node never outlives the program that started it.
    #[arg(long, hide = true)]
    stop_on_eof: bool,
}

pub async fn run(node: Node, context: &Context) -> Result<()> {
    match node {
        Node::Run(run) => host(run, context).await,
        Node::Status => {
            let status = context.client().await?.call(NodeStatus {}).await?;
            context.out.answer(&status, |node| {
                facts(&[
                    ("person", node.person.clone()),
                    ("device", node.device.clone()),
                    ("version", node.version.clone()),
                    ("listens on", node.addrs.join(" ")),
                    ("connected", format!("{} devices", node.connected)),
                    ("on the LAN", if node.lan { "announced" } else { "not announced" }.to_owned()),
                ])
            })
        }
        Node::Stop => {
            let home = context.home()?;
            match context.client().await?.ask(control::STOP, Value::Null).await {
                // It may be gone before its answer is out.
                Err(error) if error.code != Code::NoNode => return Err(error),
                _ => {}
            }
            tokio::task::spawn_blocking(move || home::wait_until_free(&home))
                .await
                .map_err(|error| Error::new(Code::Internal, error.to_string()))??;
            context.out.answer(&json!({}), |_| "stopped".to_owned())
        }
        Node::Web => {
            let answer = context.client().await?.ask(control::WEB, Value::Null).await?;
            context.out.answer(&answer, |answer| answer["url"].as_str().unwrap_or_default().to_owned())
        }
    }
}

async fn host(run: Run, context: &Context) -> Result<()> {
    let options = Options {
        home: context.home()?,
        unlock: Unlock { passphrase: passphrase(run.passphrase_file.as_deref())? },
        listen: run.listen,
        lan: !run.no_lan,
        web: run.web,
        media_program: std::env::current_exe()?,
    };
    let running = stoa_host::node::run(options).await?;
    let told = tell(&running, context).await;
    if told.is_ok() {
        let eof = if run.stop_on_eof { end_of_stdin() } else { CancellationToken::new() };
        tokio::select! {
            ended = running.until_stopped() => ended?,
            () = eof.cancelled() => {}
        }
    }
    running.stop().await;
    told
}

async fn tell(running: &stoa_host::Running, context: &Context) -> Result<()> {
    let answer = running.stoa().invoke(Command::NodeStatus(NodeStatus {})).await?;
    let stoa_core::api::Answer::NodeStatus(node) = answer else {
        return Err(Error::new(Code::Internal, "node.status answered something else"));
    };
    let mut ready = json!({ "ready": true, "id": node.person, "device": node.device, "addrs": node.addrs });
    if let Some(url) = running.web_address() {
        if !context.out.json {
            remark(&format!("Open in a browser on this machine (works once): {url}"));
        }
        ready["web"] = json!(url);
    }
    context.out.json(&ready)
}

/// From the file, else from STOA_PASSPHRASE.
///
/// # Errors
/// `file_unreadable`; `too_large` past 4 KiB.
pub fn passphrase(file: Option<&Path>) -> Result<Option<Zeroizing<String>>> {
    let Some(file) = file else {
        return Ok(std::env::var("STOA_PASSPHRASE").ok().filter(|text| !text.is_empty()).map(Zeroizing::new));
    };
    let mut text = Zeroizing::new(String::new());
    let unreadable = |error| Error::new(Code::FileUnreadable, format!("{}: {error}", file.display()));
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(PASSPHRASE_CAP + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > PASSPHRASE_CAP {
        return Err(Error::new(Code::TooLarge, "a passphrase file holds at most 4 KiB"));
    }
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Some(Zeroizing::new(line.to_owned()))),
        None => Err(Error::new(Code::BadRequest, format!("{} begins with an empty line", file.display()))),
    }
}

/// Cancelled when stdin ends.
pub fn end_of_stdin() -> CancellationToken {
    let ended = CancellationToken::new();
    let cancel = ended.clone();
    // A thread, because a blocking read of tokio's would hold up the end of the runtime.
    std::thread::spawn(move || {
        let mut part = [0_u8; 256];
        while std::io::stdin().read(&mut part).is_ok_and(|read| read > 0) {}
        cancel.cancel();
    });
    ended
}
