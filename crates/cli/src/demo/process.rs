//! A child that ends with the demo: its stdin is a pipe from here, and it stops when the pipe does.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a child may take to say that it is ready.
const STARTING: Duration = Duration::from_secs(60);
/// How long a child may take to end by itself.
const ENDING: Duration = Duration::from_secs(10);

pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts it and reads its first line on stdout, a JSON object.
    pub async fn ready(name: &str, mut command: Command) -> anyhow::Result<(Self, Value)> {
        command.stdout(Stdio::piped());
        let mut process = Self::start(name, command)?;
        let stdout = process.child.stdout.take().context("no stdout")?;
        let mut line = String::new();
        let mut reader = BufReader::new(stdout);
        timeout(STARTING, reader.read_line(&mut line))
            .await
            .with_context(|| format!("{name} was not ready in {} s", STARTING.as_secs()))??;
        if line.is_empty() {
            let status = process.child.wait().await?;
            bail!("{name} ended before it was ready ({status})");
        }
        let ready = serde_json::from_str(&line).with_context(|| format!("{name} said {line:?}"))?;
        Ok((process, ready))
    }

    pub fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::piped()).kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let child = command.spawn().with_context(|| format!("{} does not start", program.display()))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// Says so when it ended already.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("{} ended early ({status})", self.name),
            None => Ok(()),
        }
    }

    /// Returns when it ends by itself.
    pub async fn wait(&mut self) -> anyhow::Result<()> {
        let _stdin = self.child.stdin.take();
        self.child.wait().await?;
        Ok(())
    }

    /// Ends its stdin and waits; kills it when that does not help.
    pub async fn end(mut self) {
        drop(self.child.stdin.take());
        if !matches!(timeout(ENDING, self.child.wait()).await, Ok(Ok(_))) {
            tracing::warn!("{} did not end by itself", self.name);
            // Gone already is as good.
            let _ = self.child.kill().await;
        }
    }
}
