//! The main job with both windows open and nobody at them: what the other side does is seen in each.

use std::path::{Path, PathBuf};

use stoa_core::api::ChatTyping;

use super::people::Cast;
use super::screen::Screen;
use super::story::{say, shown_as};
use crate::out::remark;

/// Returns the pictures it took.
pub async fn walk(cast: &Cast, share: &str, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(out)?;
    let (ada, lin) = (&cast.ada, &cast.lin);
    let mut screens = [Screen::open(ada, lin, out).await?, Screen::open(lin, ada, out).await?];
    let walked = scenes(cast, share, &mut screens, out).await;
    let [first, second] = screens;
    tokio::join!(first.close(), second.close());
    walked
}

async fn scenes(cast: &Cast, share: &str, screens: &mut [Screen; 2], out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (ada, lin) = (&cast.ada, &cast.lin);
    let mut taken = Vec::new();
    scene("1-open", screens, out, &mut taken).await?;

    say(lin, ada, "周末一起去港口，把碗买了吧？").await?;
    say(ada, lin, "Yes! Saturday, before the ferry crowd.").await?;
    scene("2-talk", screens, out, &mut taken).await?;

    shown_as(ada, lin, "away", "lunch until two").await?;
    shown_as(lin, ada, "online", "到家了").await?;
    lin.client.call(ChatTyping { to: ada.name.to_owned() }).await?;
    scene("3-presence", screens, out, &mut taken).await?;

    crate::share::fetched(&lin.client, share, &[], |_| {}).await?;
    say(lin, ada, "全部下载好了，一张不少 📷").await?;
    scene("4-fetched", screens, out, &mut taken).await?;
    Ok(taken)
}

async fn scene(name: &str, screens: &mut [Screen; 2], out: &Path, taken: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let [first, second] = screens;
    let (first, second) = tokio::try_join!(first.picture(out, name), second.picture(out, name))?;
    remark(&format!("kept {} and {}", first.display(), second.display()));
    taken.extend([first, second]);
    Ok(())
}
