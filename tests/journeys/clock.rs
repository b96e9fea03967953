//! A wall clock that is ahead, for one process: a preloaded `clock_gettime`, compiled when first wanted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::program::repository;

static SHIFTED: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = repository().join("tests/journeys/clock.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let built = folder.join(format!("clock-{}.so", std::process::id()));
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&built).arg(source).arg("-ldl").status();
    assert!(compiled.unwrap().success(), "cc could not compile clock.c");
    let library = folder.join("clock.so");
    // Tests run as processes beside each other: a rename never shows half a library.
    std::fs::rename(built, &library).unwrap();
    library
});

pub fn ahead(command: &mut Command, seconds: i64) {
    command.env("LD_PRELOAD", SHIFTED.as_path()).env("CLOCK_AHEAD", seconds.to_string());
}
