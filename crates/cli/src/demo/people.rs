//! Who takes part: Ada, 林小雨, and the catalog.

use std::path::{Path, PathBuf};

use anyhow::Context;
use stoa_core::api::{CatalogTrust, ContactAccept, ContactInvite, MeSet};
use stoa_host::Client;
use tokio::process::Command;

use super::process::Process;

pub struct Person {
    pub name: &'static str,
    /// For file names.
    pub label: &'static str,
    /// The window's language, BCP 47.
    pub language: &'static str,
    pub home: PathBuf,
    pub client: Client,
    node: Process,
}

pub struct Cast {
    pub ada: Person,
    pub lin: Person,
    catalog: Process,
}

impl Cast {
    /// Starts everybody, makes the two contacts of each other, and lets them trust the catalog.
    pub async fn enter(stage: &Path, lan: bool) -> anyhow::Result<Self> {
        let mut command = stoa()?;
        command.args(["catalog", "serve", "--sample", "--stop-on-eof", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(stage.join("catalog"));
        let (catalog, ready) = Process::ready("the catalog", command).await?;
        let url = ready["url"].as_str().context("the catalog names no address")?.to_owned();
        let ada = Person::enter("Ada", "ada", "en", stage, lan).await?;
        let lin = Person::enter("林小雨", "xiaoyu", "zh-Hans", stage, lan).await?;
        let invitation = ada.client.call(ContactInvite { expires: None }).await?;
        lin.client.call(ContactAccept { link: invitation.link }).await?;
        for person in [&ada, &lin] {
            person.client.call(CatalogTrust { url: url.clone() }).await?;
        }
        Ok(Self { ada, lin, catalog })
    }

    pub async fn leave(self) {
        tokio::join!(self.ada.node.end(), self.lin.node.end(), self.catalog.end());
    }
}

impl Person {
    async fn enter(
        name: &'static str,
        label: &'static str,
        language: &'static str,
        stage: &Path,
        lan: bool,
    ) -> anyhow::Result<Self> {
        let home = stage.join(label);
        let mut command = stoa()?;
        command.arg("--home").arg(&home).args(["node", "run", "--stop-on-eof"]);
        command.args(["--listen", "/ip4/127.0.0.1/tcp/0"]);
        if !lan {
            command.arg("--no-lan");
        }
        let (node, _) = Process::ready(name, command).await?;
        let client = Client::connect(&home).await?;
        client.call(MeSet { name: name.to_owned() }).await?;
        Ok(Self { name, label, language, home, client, node })
    }
}

fn stoa() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env_remove("STOA_PASSPHRASE").env_remove("STOA_HOME");
    Ok(command)
}
