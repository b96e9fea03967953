//! Looks as the faces see them.

use rusqlite::Connection;

use crate::api::{Bytes, Look, LookMedia, PersonaPicture, Standing, State};
use crate::db;
use crate::error::Result;
use crate::ids::{Hash, Person};

use super::manifest::{self, Blob, Part, StateLook};

/// How somebody looks in a state, if they made a look for it.
pub fn look(conn: &Connection, person: Person, state: &State) -> Result<Option<Look>> {
    let looks = manifest::scheme(conn, person)?.map(|scheme| scheme.looks).unwrap_or_default();
    looks.iter().find(|look| look.state == *state).map(|look| look_of(conn, person, look)).transpose()
}

pub fn look_of(conn: &Connection, person: Person, look: &StateLook) -> Result<Look> {
    let one = |part, blob: Option<Blob>| blob.map(|blob| media(conn, person, part, blob)).transpose();
    Ok(Look {
        state: look.state.clone(),
        text: look.text.clone(),
        picture: one(Part::Picture, look.picture)?,
        animation: one(Part::Animation, look.animation)?,
        sound: one(Part::Sound, look.sound)?,
        video: one(Part::Video, look.video)?,
    })
}

pub fn media(conn: &Connection, person: Person, part: Part, blob: Blob) -> Result<LookMedia> {
    let row = db::look_media(conn, person, blob.hash)?.filter(|row| row.part == part.word());
    let standing = match row.as_ref().map(|row| row.standing.as_str()) {
        Some("here") => Standing::Here,
        Some("broken") => Standing::Broken,
        _ => Standing::Missing,
    };
    let id = id(person, blob.hash);
    let still = match part {
        Part::Picture => Some(id.clone()),
        Part::Animation => Some(format!("{id}/still")),
        Part::Sound | Part::Video => None,
    };
    let (media_type, width, height, duration_ms) =
        row.map_or_else(Default::default, |row| (row.media_type, row.width, row.height, row.duration_ms));
    let (hash, bytes) = (blob.hash.to_string(), Bytes(blob.size));
    Ok(LookMedia { hash, id, still, media_type, bytes, width, height, duration_ms, standing })
}

/// For `media.get`.
fn id(person: Person, hash: Hash) -> String {
    format!("look/{person}/{hash}")
}

/// The pictures of somebody's persona, once one of them is here.
pub fn persona_picture(conn: &Connection, person: Person) -> Result<Option<PersonaPicture>> {
    let Some(pictures) = manifest::persona(conn, person)?.and_then(|persona| persona.pictures) else { return Ok(None) };
    let here = |blob: Blob| {
        let row = db::look_media(conn, person, blob.hash)?;
        Ok::<_, crate::error::Error>(row.filter(|row| row.standing == "here").map(|_| id(person, blob.hash)))
    };
    let (small, large) = (here(pictures.small)?, here(pictures.large)?);
    let either = small.clone().or_else(|| large.clone());
    Ok(either.map(|either| PersonaPicture { small: either.clone(), large: large.unwrap_or(either) }))
}
