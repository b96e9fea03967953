//! `stoa demo`: two people and a catalog on this machine, each a process of its own, with a conversation that
//! happened for real. With a display it opens both windows; without one it draws them on displays in memory, goes on
//! with the conversation, and keeps pictures of what the windows show.

mod landscape;
mod people;
mod process;
mod screen;
mod story;
mod walk;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use stoa_core::api::{Code, Error, Result};

use crate::Context;
use crate::out::remark;
use people::Cast;

#[derive(Args)]
pub struct Demo {
    /// Where screenshots and the windows' logs go when there is no display.
    #[arg(long, default_value = "target/demo", value_name = "DIR")]
    out: PathBuf,
    /// Let both be seen on the LAN.
    #[arg(long)]
    lan: bool,
    /// Use displays in memory even when there is a real one.
    #[arg(long)]
    no_display: bool,
}

pub async fn run(demo: Demo, context: &Context) -> Result<()> {
    let played = tokio::select! {
        played = play(&demo, context) => played,
        stopped = tokio::signal::ctrl_c() => stopped.map_err(anyhow::Error::from),
    };
    played.map_err(|error| Error::new(Code::Internal, format!("the demo failed: {error:#}")))
}

async fn play(demo: &Demo, context: &Context) -> anyhow::Result<()> {
    let stage = tempfile::Builder::new().prefix("stoa-demo-").tempdir()?;
    let cast = Cast::enter(stage.path(), demo.lan).await?;
    remark("Ada and 林小雨 run on this machine, each with a home of their own, beside a catalog with a small shop.");
    let share = story::told(&cast, stage.path()).await?;
    remark("They are contacts, talked, shared pictures and sent a product link.");
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let done = if !demo.no_display && (set("DISPLAY") || set("WAYLAND_DISPLAY")) {
        screen::open_and_wait(&cast).await.map(|()| Vec::new())
    } else {
        walk::walk(&cast, &share, &demo.out).await
    };
    cast.leave().await;
    let pictures = done?;
    let names: Vec<_> = pictures.iter().map(|path| path.display().to_string()).collect();
    context.out.answer(&json!({ "screenshots": names }), |_| match names.len() {
        0 => "Both windows are closed.".to_owned(),
        count => format!("{count} screenshots are in {}", demo.out.display()),
    })?;
    Ok(())
}
