#![allow(clippy::unwrap_used, clippy::print_stdout)]
//! Pictures, animations, sounds and videos through a real child process.

mod children;
mod codes;
mod hostile;
mod layers;
mod moving;
mod mutants;
mod pictures;
mod players;
mod portraits;
mod samples;
mod symbols;
mod vectors;

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

/// Pictures kept outside the repository, when they are there.
fn shared(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("STOA_SHARED").map_or(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no pictures at {}; set STOA_SHARED", folder.display());
    None
}

/// Photographs of every EXIF orientation.
fn photos() -> Option<PathBuf> {
    shared("photos")
}
