//! What Ada and 林小雨 did before the windows open.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use stoa_core::api::{Change, ChatSeen, ChatSend, PresenceSet, ShareAdd, ShareState, State};
use stoa_host::Client;
use tokio::time::timeout;

use super::landscape;
use super::people::{Cast, Person};

/// What they fetch before the windows open; the rest is fetched while they are open.
const FIRST: [u32; 4] = [1, 2, 5, 7];
/// How long anything may take to arrive on one machine.
const ARRIVING: Duration = Duration::from_secs(60);
/// A product of the sample shop.
const LINK: &str = "https://shop.example/p/bowl-sea";

/// Returns the share's id.
pub async fn told(cast: &Cast, stage: &Path) -> anyhow::Result<String> {
    let (ada, lin) = (&cast.ada, &cast.lin);
    let folder = stage.join("Samos in May");
    let drawing = {
        let folder = folder.clone();
        tokio::task::spawn_blocking(move || landscape::draw_all(&folder))
    };
    set_presence(ada, "online", "sorting pictures").await?;
    set_presence(lin, "busy", "在路上，回得慢").await?;
    say(ada, lin, "Good morning 小雨! Did you get home well?").await?;
    say(lin, ada, "早上好，Ada！昨晚十点到家的，一路都很顺利。").await?;
    say(lin, ada, "My coat still smells of the sea 🌊").await?;
    let last = say(ada, lin, "The pictures came out better than I thought. I'll share the whole folder with you.").await?;
    seen(lin, ada, &last).await?;
    drawing.await??;
    let share = share(ada, lin, &folder).await?;
    crate::share::fetched(&lin.client, &share, &FIRST, |_| {}).await?;
    say(lin, ada, "太好了！我先看缩略图，挑了四张，其余的晚上再下载。").await?;
    let link = format!("And this is the bowl we saw in the harbour: {LINK}");
    let last = say(ada, lin, &link).await?;
    seen(lin, ada, &last).await?;
    let last = say(lin, ada, "就是它！海色的釉，比我记得的还好看。").await?;
    seen(ada, lin, &last).await?;
    Ok(share)
}

/// Sends, and returns the message's id when the other one has it.
pub async fn say(from: &Person, to: &Person, text: &str) -> anyhow::Result<String> {
    let mut watch = to.client.watch().await?;
    let sent = from.client.call(ChatSend { to: to.name.to_owned(), text: text.to_owned(), reply: None }).await?;
    let arrived = async {
        loop {
            match watch.next().await {
                Some(Change::Message(message)) if message.id == sent.id => return Ok(()),
                Some(Change::Lagged {}) => return Ok(()),
                Some(_) => {}
                None => bail!("{}'s node stopped", to.name),
            }
        }
    };
    timeout(ARRIVING, arrived).await.with_context(|| format!("{} did not get a message", to.name))??;
    Ok(sent.id)
}

/// Changes a person's state, and returns when the other one sees it.
pub async fn shown_as(person: &Person, other: &Person, state: &str, text: &str) -> anyhow::Result<()> {
    let mut watch = other.client.watch().await?;
    set_presence(person, state, text).await?;
    let seen = async {
        loop {
            match watch.next().await {
                Some(Change::Contact(contact)) if contact.presence.text == text => return Ok(()),
                Some(_) => {}
                None => bail!("{}'s node stopped", other.name),
            }
        }
    };
    timeout(ARRIVING, seen).await.with_context(|| format!("{} does not see how {} is", other.name, person.name))?
}

async fn set_presence(person: &Person, state: &str, text: &str) -> anyhow::Result<()> {
    person.client.call(PresenceSet { state: State::new(state)?, text: text.to_owned(), until: None }).await?;
    Ok(())
}

async fn seen(reader: &Person, author: &Person, id: &str) -> anyhow::Result<()> {
    reader.client.call(ChatSeen { with: author.name.to_owned(), id: id.to_owned() }).await?;
    Ok(())
}

async fn share(from: &Person, to: &Person, folder: &Path) -> anyhow::Result<String> {
    let mut watch = to.client.watch().await?;
    let path = folder.to_str().context("the stage's path is not UTF-8")?.to_owned();
    let started =
        from.client.call(ShareAdd { paths: vec![path], with: vec![to.name.to_owned()], name: None, expires: None }).await?;
    let offered = async {
        loop {
            match watch.next().await {
                Some(Change::Share(share)) if share.id == started.share && share.state == ShareState::Open => {
                    return Ok(());
                }
                Some(Change::Lagged {}) if is_offered(&to.client, &started.share).await => return Ok(()),
                Some(_) => {}
                None => bail!("{}'s node stopped", to.name),
            }
        }
    };
    timeout(ARRIVING, offered).await.context("the share was not offered")??;
    Ok(started.share)
}

async fn is_offered(client: &Client, share: &str) -> bool {
    client.call(stoa_core::api::ShareShow { share: share.to_owned() }).await.is_ok()
}
