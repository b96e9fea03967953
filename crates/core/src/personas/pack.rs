//! A pack of accessories: one JSON file with its drawings, built in or from a catalog. Drawings are never drawn here.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::api::Measured;
use crate::error::{Code, Result, bad};
use crate::text::visible;

/// Bytes of a pack, at most.
pub const PACK_CAP: usize = 2 << 20;
/// Items in a pack, at most.
pub const ITEMS_CAP: usize = 128;
/// Bytes of one drawing, at most.
pub const SVG_CAP: usize = 64 << 10;
/// Letters of an item's id and of a name, at most.
const ID_CAP: usize = 40;
const NAME_CAP: usize = 60;
/// Languages that an item has names in, at most.
const LANGUAGES_CAP: usize = 40;
/// An item is this wide at most, in face widths or sides of the picture.
const WIDEST: f32 = 8.0;

/// The slots there are. A pack's item of any other is left out.
pub const SLOTS: [&str; 8] = ["hat", "hair", "glasses", "beard", "scarf", "coat", "badge", "frame"];

#[derive(Clone, Debug, Deserialize)]
pub struct Rule {
    pub slot: String,
    pub measured: Measured,
    pub x: f32,
    pub y: f32,
    /// In the default stacking, from below.
    pub order: u32,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Pack {
    /// 1.
    pub format: u32,
    /// The built-in pack's alone: where every pack's items sit.
    #[serde(default)]
    pub slots: Vec<Rule>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Item {
    pub id: String,
    pub slot: String,
    /// By BCP 47 tag; `en` is always there.
    pub name: BTreeMap<String, String>,
    /// The drawing, SVG as text.
    #[serde(default)]
    pub svg: String,
    /// Instead of `svg`: a file beside the pack, in the built-in pack alone.
    #[serde(default)]
    file: String,
    /// The point of the drawing that lies at its slot's point, in fractions of its width and height.
    pub anchor: [f32; 2],
    /// In face widths or sides of the picture, as its slot is measured.
    pub width: f32,
}

/// Reads a pack from a catalog.
///
/// # Errors
/// `catalog_invalid` when it is no pack, past the caps, or of a later format. An item that does not fit is left out.
pub fn read(bytes: &[u8]) -> Result<Pack> {
    if bytes.len() > PACK_CAP {
        return bad(Code::CatalogInvalid, format!("a pack has at most {} MiB", PACK_CAP >> 20));
    }
    let mut pack: Pack = match serde_json::from_slice(bytes) {
        Ok(pack) => pack,
        Err(error) => return bad(Code::CatalogInvalid, format!("no pack of accessories: {error}")),
    };
    if pack.format != 1 || pack.items.len() > ITEMS_CAP {
        return bad(Code::CatalogInvalid, format!("a pack is of format 1 and has at most {ITEMS_CAP} items"));
    }
    let mut seen = HashSet::new();
    pack.items.retain(|item| item.fits() && seen.insert(item.id.clone()));
    for item in &mut pack.items {
        item.name = item.name.iter().map(|(tag, name)| (tag.clone(), visible(name, NAME_CAP))).collect();
    }
    Ok(pack)
}

impl Item {
    fn fits(&self) -> bool {
        let id = |text: &str| {
            (1..=ID_CAP).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let within = |number: f32, most: f32| number.is_finite() && number.abs() <= most;
        id(&self.id)
            && SLOTS.contains(&self.slot.as_str())
            && self.name.contains_key("en")
            && self.name.len() <= LANGUAGES_CAP
            && self.name.keys().all(|tag| tag.len() <= ID_CAP)
            && (1..=SVG_CAP).contains(&self.svg.len())
            && self.anchor.iter().all(|at| within(*at, 4.0))
            && within(self.width, WIDEST)
            && self.width > 0.0
    }
}

include!(concat!(env!("OUT_DIR"), "/accessories.rs"));

/// The pack that comes with the program.
pub fn builtin() -> &'static Pack {
    static BUILTIN: OnceLock<Pack> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let empty = Pack { format: 1, slots: Vec::new(), items: Vec::new() };
        // a test holds that it is whole
        let mut pack: Pack = serde_json::from_str(PACK).unwrap_or(empty);
        for item in &mut pack.items {
            let drawing = DRAWINGS.iter().find(|(name, _)| *name == item.file);
            item.svg = drawing.map_or_else(String::new, |(_, svg)| (*svg).to_owned());
        }
        pack
    })
}

/// The built-in figure for who has no photo: square, its face where [`crate::api::Face::default`] is.
pub fn figure() -> &'static str {
    DRAWINGS.iter().find(|(name, _)| *name == "figure.svg").map_or("", |(_, svg)| svg)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pack_is_whole() {
        let pack = builtin();
        assert!(pack.items.len() >= 24, "{} items", pack.items.len());
        for item in &pack.items {
            assert!(item.fits(), "{} does not fit", item.id);
            assert!(item.name.contains_key("zh-CN"), "{} has no Chinese name", item.id);
        }
        for slot in SLOTS {
            assert!(pack.items.iter().any(|item| item.slot == slot), "nothing for {slot}");
        }
        let ids: HashSet<&str> = pack.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids.len(), pack.items.len(), "an id stands twice");
        assert!(!figure().is_empty());
    }

    #[test]
    fn a_pack_from_outside_is_capped_and_its_bad_items_are_left_out() {
        let item = |id: &str, slot: &str, width: &str| {
            format!(
                r#"{{"id":"{id}","slot":"{slot}","name":{{"en":"A\u202ehat"}},"svg":"<svg/>","anchor":[0.5,1],"width":{width}}}"#
            )
        };
        let pack = |items: &[String]| format!(r#"{{"format":1,"id":"p","version":1,"items":[{}]}}"#, items.join(","));
        let good = item("top", "hat", "1.5");
        let bad = [item("../up", "hat", "1"), item("wide", "hat", "90"), item("nose", "nose", "1"), good.clone()];
        let read_pack = read(pack(&[std::slice::from_ref(&good), &bad[..]].concat()).as_bytes()).unwrap();
        assert_eq!(read_pack.items.len(), 1);
        assert_eq!(read_pack.items[0].name["en"], "Ahat");
        for wrong in ["", "{}", "[]", r#"{"format":2,"id":"p","items":[]}"#] {
            assert_eq!(read(wrong.as_bytes()).unwrap_err().code, Code::CatalogInvalid, "{wrong}");
        }
        let many: Vec<String> = (0..=ITEMS_CAP).map(|at| item(&format!("i{at}"), "hat", "1")).collect();
        assert!(read(pack(&many).as_bytes()).is_err());
    }
}
