//! The program under test: where it is, how it is called, what it answers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// `target/<profile>`, where this test binary's folder `deps` stands.
static BUILT: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_path_buf());

/// A binary of the workspace. Cargo builds those of other packages only when told to.
pub fn binary(name: &str) -> PathBuf {
    let path = BUILT.join(name);
    assert!(path.exists(), "{} is missing: build it first with `cargo build --workspace`", path.display());
    path
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Exit 1: what the program refused, by code.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

pub type Answer = Result<Vec<Value>, Refusal>;

/// `stoa --home HOME --json ARGS…`, ready to run.
pub fn stoa<S: AsRef<OsStr>>(home: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(binary("stoa"));
    command.arg("--home").arg(home).arg("--json").args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads what a finished command said; panics when it kept neither of the promised forms.
pub fn answer(output: &Output, what: &str) -> Answer {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Ok(stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{what} printed {line:?}: {e}")))
            .collect()),
        Some(1) => {
            let error = stderr.lines().rev().find_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                let error = line.get("error")?;
                let field = |name| Some(error.get(name)?.as_str()?.to_owned());
                Some(Refusal { code: field("code")?, message: field("message")? })
            });
            Err(error.unwrap_or_else(|| panic!("{what} was refused without a code: {stderr}")))
        }
        status => panic!("{what} ended with {status:?} ({}): {stderr}", output.status),
    }
}

/// True when namespaces, mounts and the like can be made here.
pub fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Says aloud that a test did not run: a silent pass would claim too much.
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Runs a system tool and panics with its words when it fails.
pub fn tool(line: &str) {
    let mut words = line.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).output().unwrap_or_else(|e| panic!("{line}: {e}"));
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}
