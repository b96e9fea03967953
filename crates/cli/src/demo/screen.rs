//! Windows on a display, and displays in memory.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::people::{Cast, Person};
use super::process::Process;
use crate::out::remark;

/// The window's own size: without a window manager it then fills the display.
pub const WIDTH: u32 = 1180;
pub const HEIGHT: u32 = 760;
/// Fewer colours than this is an empty window.
const COLOURS: usize = 24;
/// How long a window may take until it shows something.
const PAINTING: Duration = Duration::from_secs(60);
/// How long to wait for it to stand still; a spinner never does.
const SETTLING: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(400);

/// Opens both windows on the real display and returns when both are closed.
pub async fn open_and_wait(cast: &Cast) -> anyhow::Result<()> {
    let mut ada = Process::start("Ada's window", window(&cast.ada, &cast.lin)?)?;
    let mut lin = Process::start("林小雨's window", window(&cast.lin, &cast.ada)?)?;
    remark("Both windows are open; close them, or press Ctrl-C, to end the demo.");
    let (ada, lin) = tokio::join!(ada.wait(), lin.wait());
    ada.and(lin)
}

/// A display in memory with one window on it.
pub struct Screen {
    label: &'static str,
    display: String,
    window: Process,
    server: Child,
}

impl Screen {
    pub async fn open(person: &Person, other: &Person, logs: &Path) -> anyhow::Result<Self> {
        let (server, display) = server().await?;
        let log = std::fs::File::create(logs.join(format!("{}-window.log", person.label)))?;
        let mut command = window(person, other)?;
        command.env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
        // Nobody is there to read the screen aloud, and looking for a session bus would start one.
        command.env("NO_AT_BRIDGE", "1").env("GTK_A11Y", "none").env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
        command.stdout(Stdio::null()).stderr(log);
        let window = Process::start(&format!("{}'s window", person.name), command)?;
        Ok(Self { label: person.label, display, window, server })
    }

    /// Waits until the window shows something and stands still, and keeps a picture of it.
    pub async fn picture(&mut self, dir: &Path, scene: &str) -> anyhow::Result<PathBuf> {
        let path = dir.join(format!("{scene}-{}.png", self.label));
        timeout(PAINTING, self.painted()).await.with_context(|| format!("{}'s window stays empty", self.label))??;
        // Taken as it is when it does not settle.
        if let Ok(still) = timeout(SETTLING, self.still()).await {
            still?;
        }
        let status = self.import().arg(&path).status().await.context("ImageMagick's import does not start")?;
        if !status.success() {
            bail!("import ended with {status}");
        }
        Ok(path)
    }

    pub async fn close(mut self) {
        self.window.end().await;
        // Gone already is as good.
        let _ = self.server.kill().await;
    }

    async fn painted(&mut self) -> anyhow::Result<()> {
        while colours(&self.pixels().await?) < COLOURS {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    async fn still(&mut self) -> anyhow::Result<()> {
        let mut before = self.pixels().await?;
        loop {
            sleep(LOOK_AGAIN).await;
            let now = self.pixels().await?;
            if now == before {
                return Ok(());
            }
            before = now;
        }
    }

    /// The display as rows of red, green, blue.
    async fn pixels(&mut self) -> anyhow::Result<Vec<u8>> {
        self.window.check()?;
        let output = self.import().args(["-depth", "8", "rgb:-"]).output().await;
        let output = output.context("ImageMagick's import does not start; install imagemagick")?;
        if !output.status.success() {
            bail!("import: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(output.stdout)
    }

    fn import(&self) -> Command {
        let mut command = Command::new("import");
        command.args(["-silent", "-window", "root"]).env("DISPLAY", &self.display).kill_on_drop(true);
        command
    }
}

/// How many colours stand on a coarse grid.
fn colours(pixels: &[u8]) -> usize {
    let mut seen: Vec<&[u8]> = pixels.chunks_exact(3).step_by(37).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// A display number that is free, and the X server that draws it into memory. The server ends with its window.
async fn server() -> anyhow::Result<(Child, String)> {
    let screen = format!("{WIDTH}x{HEIGHT}x24");
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("there is no display, and Xvfb does not start; install xvfb")?;
    let stdout = child.stdout.take().context("no stdout")?;
    let mut number = String::new();
    let mut reader = BufReader::new(stdout);
    let read = timeout(Duration::from_secs(30), reader.read_line(&mut number)).await;
    read.context("Xvfb was not ready in 30 s")??;
    if number.trim().is_empty() {
        bail!("Xvfb ended before it was ready");
    }
    Ok((child, format!(":{}", number.trim())))
}

/// The window of a person, beginning with the conversation with the other.
fn window(person: &Person, other: &Person) -> anyhow::Result<Command> {
    let program = std::env::current_exe()?.with_file_name("stoa-window");
    if !program.exists() {
        bail!("{} is not built; build the workspace first", program.display());
    }
    let mut command = Command::new(program);
    command.arg("--home").arg(&person.home);
    command.args(["--stop-on-eof", "--open", other.name, "--language", person.language]);
    Ok(command)
}
