//! A node whose decoder lies: it publishes what is no animation, no sound and no video, as a hostile owner's does.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::program::{binary, repository};

/// `stoa` under a name that a node can be started by, and the liar that then takes the name.
pub struct Liar {
    folder: TempDir,
}

impl Liar {
    pub fn new() -> Self {
        // a second name of the program must stand on the same file system
        let folder = tempfile::Builder::new().prefix("liar-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let liar = Self { folder };
        std::fs::hard_link(binary("stoa"), liar.program()).unwrap();
        liar
    }

    pub fn program(&self) -> PathBuf {
        self.folder.path().join("stoa")
    }

    /// From now on the node's decoders are liars: a node starts them by the name it was started by.
    pub fn lie(&self) {
        let built = self.folder.path().join("liar");
        compile(&built);
        std::fs::rename(built, self.program()).unwrap();
    }
}

fn compile(built: &Path) {
    let source = repository().join("tests/journeys/liar.c");
    let version = format!("-DVERSION={}", frame_version());
    let compiled = Command::new("cc").args(["-std=c11", "-o"]).arg(built).arg(version).arg(source).status();
    assert!(compiled.unwrap().success(), "cc could not compile liar.c");
}

/// The version that a decoder has to say.
fn frame_version() -> String {
    let source = std::fs::read_to_string(repository().join("crates/media/src/frame.rs")).unwrap();
    let line = source.lines().find_map(|line| line.strip_prefix("pub const VERSION: u16 = "));
    line.unwrap().trim_end_matches(';').to_owned()
}
