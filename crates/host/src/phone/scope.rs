//! What a phone may ask, and what it hears: the owner's picture, how it is made, and nothing else.

use std::path::{Component, Path, PathBuf};

use stoa_core::api::{Change, Code, Command, Error, MediaGet, PersonaPhoto, PersonaShow, Result};

use crate::page::upload;

/// Drawings of accessories alone; no picture of anybody.
const DRAWINGS: &str = "accessory/";

/// The command as core gets it.
///
/// # Errors
/// `refused` for everything that is not about the own picture, and for a file that was not uploaded.
pub fn admit(command: Command, uploads: &Path) -> Result<Command> {
    match command {
        Command::PersonaShow(PersonaShow { contact: None })
        | Command::PersonaAccessories(_)
        | Command::PersonaPreview(_)
        | Command::PersonaSet(_)
        | Command::PersonaClear(_) => Ok(command),
        Command::PersonaPhoto(PersonaPhoto { path, crop }) => {
            let path = uploaded(uploads, &path)?.to_string_lossy().into_owned();
            Ok(Command::PersonaPhoto(PersonaPhoto { path, crop }))
        }
        Command::MediaGet(MediaGet { ref id }) if id.starts_with(DRAWINGS) => Ok(command),
        _ => Err(Error::new(Code::Refused, "a phone makes the picture; everything else is done on the computer")),
    }
}

/// Of a path as an upload was answered with: a folder and a name. No other is looked at, or it would tell what there is.
fn uploaded(uploads: &Path, path: &str) -> Result<PathBuf> {
    let path = Path::new(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_))) && path.components().count() == 2;
    if plain { upload::uploaded(uploads, &uploads.join(path)) } else { Err(upload::outside()) }
}

/// Whether a phone hears it. `owner`: the public key, hex.
pub fn tells(change: &Change, owner: &str) -> bool {
    match change {
        Change::Persona(persona) => persona.person == owner,
        Change::Accessories {} | Change::Lagged {} => true,
        _ => false,
    }
}
