//! `stoa scheme …`.

use clap::{Subcommand, ValueEnum};
use stoa_core::api::{
    Bytes, Code, Error, Look, LookMedia, LookPart, Result, Scheme as Shown, SchemePrepare, SchemePush, SchemeSet, SchemeShow,
    Standing, State,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, plain, remark, size};

#[derive(Subcommand)]
pub enum Scheme {
    /// Shows how you, or a contact, look in every state.
    Show { contact: Option<String> },
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
        Scheme::Show { contact } => {
            let shown = client.call(SchemeShow { contact }).await?;
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

fn empty(state: &State) -> Look {
    Look { state: state.clone(), text: String::new(), picture: None, animation: None, sound: None, video: None }
}

/// The hash of a part: of the file that was named, of none, or of what is there.
async fn one(client: &Client, part: LookPart, given: Option<String>, now: Option<LookMedia>) -> Result<Option<String>> {
    match given {
        None => Ok(now.map(|media| media.hash)),
        Some(file) if file.is_empty() => Ok(None),
        Some(file) => {
            let path = std::path::absolute(&file)?;
            let Some(path) = path.to_str().map(str::to_owned) else {
                return Err(Error::new(Code::FileUnreadable, "the file's name is not Unicode; rename it"));
            };
            let made = client.call(SchemePrepare { part, path }).await?;
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
    let name = plain(&look.state.as_str().replace('_', " "));
    let mut lines = vec![if look.text.is_empty() { name } else { format!("{name}: {}", plain(&look.text)) }];
    let parts = [("picture", &look.picture), ("animation", &look.animation), ("sound", &look.sound), ("video", &look.video)];
    for (word, media) in parts {
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
