//! `stoa persona set | show | accessories | clear | export`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use stoa_core::api::{
    Accessories, Accessory, Code, Crop, Done, Error, Face, MediaGet, Persona as Shown, PersonaAccessories, PersonaClear,
    PersonaExport, PersonaPhoto, PersonaPreview, PersonaSet, PersonaShow, Recipe, Result, Worn,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, facts};

#[derive(Subcommand)]
pub enum Persona {
    /// Composes and publishes your picture; what is not named stays as it was.
    Set(Set),
    /// Shows your persona, or a contact's.
    Show {
        contact: Option<String>,
        /// Write the published picture here, WebP of 512 px.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// What can be worn.
    Accessories,
    /// Takes your persona back.
    Clear,
    /// Writes your picture at 1,024 px, .webp or .png.
    Export { file: PathBuf },
}

#[derive(Args)]
pub struct Set {
    /// Upright, square, without where it was taken.
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// The square of the photo: left and top in fractions of width and height, side of the shorter side.
    #[arg(long, value_name = "X,Y,SIDE", requires = "photo", value_parser = three)]
    crop: Option<[f32; 3]>,
    /// The built-in figure instead of a photo.
    #[arg(long, conflicts_with = "photo")]
    no_photo: bool,
    /// Where the face is: centre and width in fractions of the picture's side.
    #[arg(long, value_name = "X,Y,WIDTH", value_parser = three)]
    face: Option<[f32; 3]>,
    /// `SLOT=none` takes off. x and y move by fractions of the picture's side, tilt is in degrees, scale 0.2 to 5.
    #[arg(long, value_name = "SLOT=ITEM[,x=N][,y=N][,tilt=DEG][,scale=N]")]
    wear: Vec<String>,
    /// Publish nothing: write what would be published here, PNG.
    #[arg(long, value_name = "FILE")]
    preview: Option<PathBuf>,
    /// The preview's side, px: 96, 512 or 1024.
    #[arg(long, default_value_t = 512, requires = "preview")]
    side: u32,
}

fn three(text: &str) -> Result<[f32; 3], String> {
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|number| number.trim().parse::<f32>()).collect();
    let wrong = || "three numbers with commas between them".to_owned();
    numbers.map_err(|_| wrong())?.try_into().map_err(|_| wrong())
}

pub async fn run(persona: Persona, context: &Context) -> Result<()> {
    let client = context.client().await?;
    match persona {
        Persona::Set(wish) => set(&client, wish, context).await,
        Persona::Show { contact, out } => {
            let shown = client.call(PersonaShow { contact }).await?;
            if let Some(out) = out {
                save(&client, &shown, &out).await?;
            }
            context.out.answer(&shown, line)
        }
        Persona::Accessories => {
            let there = client.call(PersonaAccessories {}).await?;
            context.out.list(&there.items, "no accessories", |item| {
                let name = item.names.get("en").cloned().unwrap_or_default();
                vec![item.slot.clone(), item.item.clone(), name, item.pack.clone()]
            })
        }
        Persona::Clear => {
            let done = client.call(PersonaClear {}).await?;
            context.out.answer(&done, |_| "your picture is taken back".to_owned())
        }
        Persona::Export { file } => {
            let path = whole(&file)?;
            let done = client.call(PersonaExport { path: path.clone() }).await?;
            context.out.answer(&done, |_| format!("written to {path}"))
        }
    }
}

async fn set(client: &Client, wish: Set, context: &Context) -> Result<()> {
    let mut recipe = client.call(PersonaShow::default()).await?.recipe.unwrap_or_default();
    if wish.no_photo {
        recipe.photo = None;
    }
    if let Some(photo) = &wish.photo {
        let crop = wish.crop.map(|[x, y, side]| Crop { x, y, side });
        recipe.photo = Some(client.call(PersonaPhoto { path: whole(photo)?, crop }).await?.photo);
    }
    if let Some([x, y, width]) = wish.face {
        recipe.face = Face { x, y, width };
    }
    let there = client.call(PersonaAccessories {}).await?;
    for word in &wish.wear {
        wear(&mut recipe, &there, word)?;
    }
    if let Some(out) = &wish.preview {
        let drawn = client.call(PersonaPreview { recipe, side: wish.side }).await?;
        write(&stoa_host::web::decode(&drawn)?.1, out)?;
        return context.out.answer(&Done {}, |_| format!("written to {}; nothing is published", out.display()));
    }
    let shown = client.call(PersonaSet { recipe }).await?;
    context.out.answer(&shown, line)
}

/// Puts on, replaces or takes off what `SLOT=ITEM,…` says. What is new lies where its slot's stacking order puts it.
fn wear(recipe: &mut Recipe, there: &Accessories, word: &str) -> Result<()> {
    let wrong = |why: &str| Error::new(Code::BadRequest, format!("--wear {word}: {why}"));
    let (slot, rest) = word.split_once('=').ok_or_else(|| wrong("SLOT=ITEM is expected"))?;
    let order = |slot: &str| there.slots.iter().position(|known| known.slot == slot);
    let slot_of = |worn: &Worn| there.items.iter().find(|item| item.item == worn.item).map(|item| item.slot.as_str());
    let place = order(slot).ok_or_else(|| wrong(&format!("slots are {}", words(there))))?;
    let mut parts = rest.split(',');
    let name = parts.next().unwrap_or_default();
    let before = recipe.worn.iter().position(|worn| slot_of(worn) == Some(slot));
    if name == "none" {
        if let Some(before) = before {
            recipe.worn.remove(before);
        }
        return Ok(());
    }
    let item = find(there, slot, name).ok_or_else(|| wrong("no such accessory in this slot; see `stoa persona accessories`"))?;
    let mut worn = Worn { item: item.item.clone(), x: 0.0, y: 0.0, tilt: 0.0, scale: 1.0 };
    for part in parts {
        let number = |text: &str| text.parse::<f32>().map_err(|_| wrong(&format!("{part}: a number is expected")));
        match part.split_once('=') {
            Some(("x", text)) => worn.x = number(text)?,
            Some(("y", text)) => worn.y = number(text)?,
            Some(("tilt", text)) => worn.tilt = number(text)?,
            Some(("scale", text)) => worn.scale = number(text)?,
            _ => return Err(wrong(&format!("{part}: x, y, tilt and scale can be set"))),
        }
    }
    match before {
        Some(before) => recipe.worn[before] = worn,
        None => {
            let above = recipe.worn.iter().position(|other| slot_of(other).and_then(order).is_some_and(|other| other > place));
            recipe.worn.insert(above.unwrap_or(recipe.worn.len()), worn);
        }
    }
    Ok(())
}

/// By its whole name, or by the item's own where only one pack has it.
fn find<'a>(there: &'a Accessories, slot: &str, name: &str) -> Option<&'a Accessory> {
    let of_slot = || there.items.iter().filter(|item| item.slot == slot);
    let own = |item: &&Accessory| item.item.rsplit_once('/').is_some_and(|(_, own)| own == name);
    of_slot().find(|item| item.item == name).or_else(|| of_slot().find(own))
}

fn words(there: &Accessories) -> String {
    there.slots.iter().map(|slot| slot.slot.as_str()).collect::<Vec<_>>().join(", ")
}

fn whole(path: &Path) -> Result<String> {
    let path = std::path::absolute(path)?;
    path.to_str().map(str::to_owned).ok_or_else(|| Error::new(Code::BadRequest, "the path is not UTF-8"))
}

async fn save(client: &Client, shown: &Shown, out: &Path) -> Result<()> {
    let Some(picture) = &shown.picture else {
        return Err(Error::new(Code::NotFound, "there is no persona to write"));
    };
    let (_, bytes) = stoa_host::web::decode(&client.call(MediaGet { id: picture.large.clone() }).await?)?;
    write(&bytes, out)
}

fn write(bytes: &[u8], out: &Path) -> Result<()> {
    std::fs::write(out, bytes)
        .map_err(|error| Error::new(Code::FileUnreadable, format!("{} cannot be written: {error}", out.display())))
}

fn line(shown: &Shown) -> String {
    if shown.picture.is_none() {
        return "no persona".to_owned();
    }
    let worn = shown
        .recipe
        .as_ref()
        .map_or(String::new(), |recipe| recipe.worn.iter().map(|worn| worn.item.as_str()).collect::<Vec<_>>().join(", "));
    facts(&[("version", shown.version.to_string()), ("published", at(shown.time)), ("worn", worn)])
}
