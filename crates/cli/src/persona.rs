//! `stoa persona set | photo | show | accessories | clear | export`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use stoa_core::api::{
    Accessories, Accessory, Code, Crop, Done, Error, Face, MediaGet, Persona as Shown, PersonaAccessories, PersonaClear,
    PersonaExport, PersonaPhoto, PersonaPreview, PersonaSet, PersonaShow, Recipe, Result, Worn,
};
use stoa_host::Client;

use crate::Context;
use crate::out::{at, facts};
use crate::paths::absolute;

/// The side of what is composed, px.
const WHOLE: u32 = 1_024;

#[derive(Subcommand)]
pub enum Persona {
    /// Composes and publishes your picture; what is not named stays as it was.
    Set(Set),
    /// Makes a photo what a persona begins with, upright, square, 1,024 px, without where it was taken, and writes it. Publishes nothing.
    Photo {
        file: PathBuf,
        /// The square of the photo: left and top in fractions of width and height, side of the shorter side.
        #[arg(long, value_name = "X,Y,SIDE", value_parser = three)]
        crop: Option<[f32; 3]>,
        /// PNG.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
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
    /// Stacks these slots in this order, from below to above; what is worn in others lies beneath them as it did.
    #[arg(long, value_name = "SLOT,SLOT,…", value_delimiter = ',')]
    stack: Vec<String>,
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
        Persona::Photo { file, crop, out } => {
            let base = photo(&client, &file, crop).await?;
            let recipe = Recipe { photo: Some(base), ..Recipe::default() };
            draw(&client, recipe, WHOLE, &out).await?;
            context.out.answer(&Done {}, |_| format!("written to {}", out.display()))
        }
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
            let path = absolute(&file)?;
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
    if let Some(file) = &wish.photo {
        recipe.photo = Some(photo(client, file, wish.crop).await?);
    }
    if let Some([x, y, width]) = wish.face {
        recipe.face = Face { x, y, width };
    }
    let there = client.call(PersonaAccessories {}).await?;
    for word in &wish.wear {
        wear(&mut recipe, &there, word)?;
    }
    restack(&mut recipe, &there, &wish.stack)?;
    if let Some(out) = &wish.preview {
        draw(client, recipe, wish.side, out).await?;
        return context.out.answer(&Done {}, |_| format!("written to {}; nothing is published", out.display()));
    }
    let shown = client.call(PersonaSet { recipe }).await?;
    context.out.answer(&shown, line)
}

/// The id of a photo that is kept now.
async fn photo(client: &Client, file: &Path, crop: Option<[f32; 3]>) -> Result<String> {
    let crop = crop.map(|[x, y, side]| Crop { x, y, side });
    Ok(client.call(PersonaPhoto { path: absolute(file)?, crop }).await?.photo)
}

async fn draw(client: &Client, recipe: Recipe, side: u32, out: &Path) -> Result<()> {
    let drawn = client.call(PersonaPreview { recipe, side }).await?;
    write(&stoa_host::web::decode(&drawn)?.1, out)
}

/// Puts what is worn in these slots above the rest, the last of them on top.
fn restack(recipe: &mut Recipe, there: &Accessories, slots: &[String]) -> Result<()> {
    if let Some(unknown) = slots.iter().find(|slot| !there.slots.iter().any(|known| known.slot == **slot)) {
        return Err(Error::new(Code::BadRequest, format!("--stack {unknown}: slots are {}", words(there))));
    }
    let slot_of = |worn: &Worn| there.items.iter().find(|item| item.item == worn.item).map(|item| item.slot.as_str());
    recipe.worn.sort_by_key(|worn| slots.iter().position(|slot| slot_of(worn) == Some(slot)));
    Ok(())
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
    let alone = || {
        let mut all = of_slot().filter(own);
        let first = all.next()?;
        all.next().is_none().then_some(first)
    };
    of_slot().find(|item| item.item == name).or_else(alone)
}

fn words(there: &Accessories) -> String {
    there.slots.iter().map(|slot| slot.slot.as_str()).collect::<Vec<_>>().join(", ")
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
