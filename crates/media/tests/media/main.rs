#![allow(clippy::unwrap_used, clippy::print_stdout)]
//! Pictures through a real child process.

mod children;
mod hostile;
mod pictures;
mod samples;

use std::path::PathBuf;

use stoa_media::{Limits, Media};

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stoa-media-child"))
}

fn media() -> Media {
    Media::new(program())
}

fn limited(change: impl FnOnce(&mut Limits)) -> Media {
    let mut limits = Limits::default();
    change(&mut limits);
    Media::with_limits(program(), limits)
}

/// Photographs kept outside the repository, when they are there.
fn photos() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let photos = std::env::var_os("STOA_SHARED").map_or(beside, PathBuf::from).join("photos");
    if photos.is_dir() {
        return Some(photos);
    }
    println!("skipped: no photographs at {}; set STOA_SHARED", photos.display());
    None
}
