//! `stoa scheme show | set | clear | push`.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use stoa_core::api::{
    Bytes, Code, Error, Look, LookMedia, LookPart, MediaGet, Result, Scheme as Shown, SchemePrepare, SchemePush, SchemeSet,
    SchemeShow, Standing, State,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, plain, remark, size};
use crate::paths::absolute;
use crate::presence::word;

#[derive(Subcommand)]
pub enum Scheme {
    /// Shows how you, or a contact, look in every state.
    Show {
        contact: Option<String>,
        /// Write the files of it that are here into this folder, each under its hash; nothing is played.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Changes how you look in a state. What is not named stays; an empty value takes a part away.
    Set {
        state: String,
        /// One line, at most 140 letters.
        #[arg(long)]
        text: Option<String>,
        /// JPEG, PNG, WebP or GIF; published as WebP of at most 512 px.
        #[arg(long, value_name = "FILE")]
        picture: Option<String>,
        /// GIF, APNG or animated WebP; published as WebP.
        #[arg(long, value_name = "FILE")]
        animation: Option<String>,
        /// Ogg, MP3 or WAV.
        #[arg(long, value_name = "FILE")]
        sound: Option<String>,
        /// WebM.
        #[arg(long, value_name = "FILE")]
        video: Option<String>,
    },
    /// Takes the look of a state away.
    Clear { state: String },
    /// Whether state changes carry the scheme to contacts with an older one.
    Push { on: Switch },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

pub async fn run(scheme: Scheme, context: &Context) -> Result<()> {
    let client = context.client().await?;
    match scheme {
        Scheme::Show { contact, into } => {
            let shown = client.call(SchemeShow { contact }).await?;
            if let Some(folder) = into {
                save(&client, &shown, &folder).await?;
            }
            context.out.answer(&shown, whole)
        }
        Scheme::Set { state, text, picture, animation, sound, video } => {
            let state = State::new(&state)?;
            let own = client.call(SchemeShow::default()).await?;
            let now = own.looks.into_iter().find(|look| look.state == state).unwrap_or_else(|| empty(&state));
            let part = |part, given, now| one(&client, part, given, now);
            let set = SchemeSet {
                state,
                text: text.unwrap_or(now.text),
                picture: part(LookPart::Picture, picture, now.picture).await?,
                animation: part(LookPart::Animation, animation, now.animation).await?,
                sound: part(LookPart::Sound, sound, now.sound).await?,
                video: part(LookPart::Video, video, now.video).await?,
            };
            changed(&client, set, context).await
        }
        Scheme::Clear { state } => {
            let look = empty(&State::new(&state)?);
            let set = SchemeSet { state: look.state, text: look.text, picture: None, animation: None, sound: None, video: None };
            changed(&client, set, context).await
        }
        Scheme::Push { on } => {
            let on = matches!(on, Switch::On);
            let done = client.call(SchemePush { on }).await?;
            let said = if on { "state changes carry your scheme" } else { "contacts ask for your scheme" };
            context.out.answer(&done, |_| said.to_owned())
        }
    }
}

fn parts(look: &Look) -> [(&'static str, &Option<LookMedia>); 4] {
    [("picture", &look.picture), ("animation", &look.animation), ("sound", &look.sound), ("video", &look.video)]
}

/// Writes every medium that is here, and an animation's first frame as `HASH-still.webp`.
async fn save(client: &Client, shown: &Shown, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::new(Code::FileUnreadable, format!("{} cannot be made: {error}", folder.display())))?;
    let media = shown.looks.iter().flat_map(parts).filter_map(|(_, media)| media.as_ref());
    for media in media.filter(|media| media.standing == Standing::Here) {
        write(client, &media.id, folder, &media.hash).await?;
        if let Some(still) = media.still.as_ref().filter(|still| **still != media.id) {
            write(client, still, folder, &format!("{}-still", media.hash)).await?;
        }
    }
    Ok(())
}

async fn write(client: &Client, id: &str, folder: &Path, name: &str) -> Result<()> {
    let (media_type, bytes) = stoa_host::web::decode(&client.call(MediaGet { id: id.to_owned() }).await?)?;
    let ending = match media_type {
        "image/webp" => "webp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/wav" => "wav",
        "video/webm" => "webm",
        _ => "bin",
    };
    let file = folder.join(format!("{name}.{ending}"));
    std::fs::write(&file, bytes)
        .map_err(|error| Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", file.display())))
}

fn empty(state: &State) -> Look {
    Look { state: state.clone(), text: String::new(), picture: None, animation: None, sound: None, video: None }
}

/// The hash of a part: of the file that was named, of none, or of what is there.
async fn one(client: &Client, part: LookPart, given: Option<String>, now: Option<LookMedia>) -> Result<Option<String>> {
    match given {
        None => Ok(now.map(|media| media.hash)),
        Some(file) if file.is_empty() => Ok(None),
        Some(file) => {
            let made = client.call(SchemePrepare { part, path: absolute(&file)? }).await?;
            remark(&format!("{}: {}", plain(&file), medium(&made)));
            Ok(Some(made.hash))
        }
    }
}

async fn changed(client: &Client, set: SchemeSet, context: &Context) -> Result<()> {
    let shown = client.call(set).await?;
    context.out.answer(&shown, whole)
}

fn whole(shown: &Shown) -> String {
    if shown.version == 0 {
        return "no scheme yet: every state shows the default picture and its name".to_owned();
    }
    let Bytes(used) = shown.bytes;
    let head = format!("version {} of {}, {} of {}", shown.version, at(shown.time), size(Bytes(used)), size(shown.budget));
    let looks = shown.looks.iter().map(lines);
    std::iter::once(head).chain(looks).collect::<Vec<_>>().join("\n")
}

fn lines(look: &Look) -> String {
    let name = word(&look.state);
    let mut lines = vec![if look.text.is_empty() { name } else { format!("{name}: {}", plain(&look.text)) }];
    for (word, media) in parts(look) {
        lines.extend(media.iter().map(|media| format!("    {word}: {}", medium(media))));
    }
    lines.join("\n")
}

fn medium(media: &LookMedia) -> String {
    let standing = match media.standing {
        Standing::Here => "",
        Standing::Missing => ", not here yet",
        Standing::Broken => ", broken",
    };
    let mut facts = Vec::new();
    if !media.media_type.is_empty() {
        facts.push(plain(&media.media_type));
    }
    if media.width > 0 {
        facts.push(format!("{} x {} px", media.width, media.height));
    }
    if media.duration_ms > 0 {
        facts.push(format!("{:.1} s", f64::from(media.duration_ms) / 1_000.0));
    }
    facts.push(size(media.bytes));
    format!("{}{standing}", facts.join(", "))
}
