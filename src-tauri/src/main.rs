//! `stoa-window`: the desktop window. Thin: the page is in ui/, what it means in crates/core, the node in crates/host.

mod arguments;
mod camera;
mod commands;
mod display;
mod media;
mod shell;
mod window;

use std::process::ExitCode;

use arguments::Arguments;

fn main() -> ExitCode {
    stoa_media::run_child_if_asked();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("STOA_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::read();
    match display::prepare().and_then(|()| window::run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            display::tell(&sentence);
            ExitCode::from(1)
        }
    }
}
