//! One picture made of a photo and accessories. What a preview shows is, pixel for pixel, what is published.
//!
//! The recipe stays here; contacts get two pictures (`looks`).

pub mod api;
mod compose;
mod pack;
pub mod packs;
pub mod photo;
mod recipe;
mod slots;
mod wardrobe;

use std::path::Path;

use base64::Engine;
use rusqlite::Connection;

use crate::api::{
    Code, Done, Media, Persona, PersonaClear, PersonaExport, PersonaPicture, PersonaPreview, PersonaSet, PersonaShow, Recipe,
};
use crate::contacts::find::find;
use crate::db;
use crate::error::{Error, Result, bad};
use crate::ids::Person;
use crate::looks::manifest::{Blob, PersonaBlobs};
use crate::looks::{self, manifest};
use crate::stoa::Stoa;
use crate::wire::LookKind;

pub use wardrobe::Wardrobe;

/// Sides of the published pictures, px.
const SMALL: u32 = 96;
const LARGE: u32 = 512;
/// Sides that can be previewed, px; the last is the composed one.
const SIDES: [u32; 3] = [SMALL, LARGE, stoa_media::PORTRAIT];

const RECIPE: &str = "persona_recipe";

pub async fn show(stoa: &Stoa, PersonaShow { contact }: PersonaShow) -> Result<Persona> {
    let me = stoa.own.person.person();
    stoa.db
        .read(move |conn| {
            let person = match contact {
                Some(contact) => find(conn, &contact)?.person,
                None => me,
            };
            view(conn, person, person == me)
        })
        .await
}

/// A persona as the faces see it.
pub(crate) fn view(conn: &Connection, person: Person, own: bool) -> Result<Persona> {
    let held = manifest::persona(conn, person)?;
    let version = held.as_ref().map_or(0, |held| u32::try_from(held.version.counter).unwrap_or(u32::MAX));
    let recipe = if own { kept_recipe(conn)? } else { None };
    let time = manifest::shown_time(held.map_or(0, |held| held.time));
    Ok(Persona { person: person.to_string(), version, time, picture: looks::persona_picture(conn, person)?, recipe })
}

fn kept_recipe(conn: &Connection) -> Result<Option<Recipe>> {
    Ok(db::meta(conn, RECIPE)?.and_then(|kept| serde_json::from_slice(&kept).ok()))
}

/// # Errors
/// `bad_request` for a side or a recipe out of range, `not_found` for a photo or an accessory that is not here, `unsupported` where
/// nothing can be drawn.
pub async fn preview(stoa: &Stoa, PersonaPreview { recipe, side }: PersonaPreview) -> Result<Media> {
    if !SIDES.contains(&side) {
        return bad(Code::BadRequest, "a persona is drawn at 96, 512 or 1,024 px");
    }
    let composed = compose::composed(stoa, &recipe).await?;
    let png = work(move || Ok(stoa_media::encode_png(&compose::at(&composed, side))?)).await?;
    Ok(Media { mime: "image/png".into(), base64: base64::engine::general_purpose::STANDARD.encode(png) })
}

/// # Errors
/// As `persona.preview`; `disk_full`.
pub async fn set(stoa: &Stoa, PersonaSet { recipe }: PersonaSet) -> Result<Persona> {
    let composed = compose::composed(stoa, &recipe).await?;
    let [small, large] = work(move || {
        let webp = |side| Ok::<_, Error>(stoa_media::encode_webp(&compose::at(&composed, side))?);
        Ok([webp(SMALL)?, webp(LARGE)?])
    })
    .await?;
    let pictures = PersonaBlobs { small: publish(stoa, small).await?, large: publish(stoa, large).await? };
    put(stoa, Some(recipe), Some(pictures)).await?;
    photo::forget_unused(stoa).await;
    show(stoa, PersonaShow::default()).await
}

async fn publish(stoa: &Stoa, bytes: Vec<u8>) -> Result<Blob> {
    let size = bytes.len() as u64;
    let hash = *blake3::hash(&bytes).as_bytes();
    let name = looks::blob_name(stoa.own.person.person(), crate::ids::Hash(hash));
    Ok(Blob { hash: stoa.node.blobs().add_bytes(bytes, &name).await?.into(), size })
}

pub async fn clear(stoa: &Stoa, _: PersonaClear) -> Result<Done> {
    put(stoa, None, None).await?;
    photo::forget_unused(stoa).await;
    Ok(Done {})
}

/// Signs and stores recipe and pictures in one transaction.
async fn put(stoa: &Stoa, recipe: Option<Recipe>, pictures: Option<PersonaBlobs>) -> Result<()> {
    let own = stoa.own.clone();
    let kept = match recipe {
        Some(recipe) => serde_json::to_vec(&recipe).map_err(|error| Error::new(Code::Internal, error.to_string()))?,
        None => Vec::new(),
    };
    stoa.db
        .write(move |tx| {
            db::set_meta(tx, RECIPE, &kept)?;
            let signed = manifest::next_persona(tx, &own, pictures)?;
            looks::take(tx, &own, own.person.person(), LookKind::Persona, &signed).map(drop)
        })
        .await
}

/// # Errors
/// `not_found` without a persona, `bad_request` for another ending than .webp or .png, `file_unreadable` when something is there.
pub async fn export(stoa: &Stoa, PersonaExport { path }: PersonaExport) -> Result<Done> {
    let Some(recipe) = stoa.db.read(kept_recipe).await? else {
        return bad(Code::NotFound, "there is no persona yet; make one first");
    };
    let ending = Path::new(&path).extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let webp = match ending.as_deref() {
        Some("webp") => true,
        Some("png") => false,
        _ => return bad(Code::BadRequest, "the file's name ends in .webp or .png"),
    };
    crate::files::free(&path)?;
    let composed = compose::composed(stoa, &recipe).await?;
    let encode = move || Ok(if webp { stoa_media::encode_webp(&composed)? } else { stoa_media::encode_png(&composed)? });
    let bytes = work(encode).await?;
    crate::files::write_new(&path, bytes).await?;
    Ok(Done {})
}

/// Away from the runtime's threads.
async fn work<T: Send + 'static>(job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(job).await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

/// The pictures of a contact or the owner, for lists.
pub(crate) fn picture(conn: &Connection, person: Person) -> Result<Option<PersonaPicture>> {
    looks::persona_picture(conn, person)
}
