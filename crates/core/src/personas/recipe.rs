//! A recipe, checked, and where each accessory lies in the picture.

use std::collections::HashSet;

use crate::api::{Face, Measured, Recipe, Worn};
use crate::error::{Code, Result, bad};

use super::pack::Item;
use super::pack::{Rule, SLOTS};

/// Where an accessory lies: its drawing's centre, width and tilt, in fractions of the picture's side and degrees clockwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub tilt: f32,
}

/// Within the limits that the api names.
///
/// # Errors
/// `bad_request`, saying what is wrong.
pub fn check(recipe: &Recipe) -> Result<()> {
    let Face { x, y, width } = recipe.face;
    let within = |number: f32, low: f32, high: f32| number.is_finite() && (low..=high).contains(&number);
    if !(within(x, 0.0, 1.0) && within(y, 0.0, 1.0) && within(width, 0.05, 1.0)) {
        return bad(Code::BadRequest, "the face lies in the picture and is 0.05 to 1 of its side wide");
    }
    if recipe.worn.len() > SLOTS.len() {
        return bad(Code::BadRequest, "one accessory of each slot");
    }
    let fits = |worn: &Worn| {
        within(worn.x, -1.0, 1.0) && within(worn.y, -1.0, 1.0) && within(worn.tilt, -180.0, 180.0) && within(worn.scale, 0.2, 5.0)
    };
    match recipe.worn.iter().find(|worn| !fits(worn)) {
        Some(worn) => {
            bad(Code::BadRequest, format!("{}: x and y are -1 to 1, tilt -180 to 180 degrees, scale 0.2 to 5", worn.item))
        }
        None => Ok(()),
    }
}

/// At most one of each slot.
///
/// # Errors
/// `bad_request`.
pub fn one_of_each<'a>(items: impl Iterator<Item = &'a Item>) -> Result<()> {
    let mut seen = HashSet::new();
    for item in items {
        if !seen.insert(item.slot.as_str()) {
            return bad(Code::BadRequest, format!("two accessories for the slot {}; one can be worn", item.slot));
        }
    }
    Ok(())
}

/// Where the slot's rule and the owner's changes put an item. Turned about its anchor. `aspect`: the drawing's height by its width.
pub fn place(rule: &Rule, item: &Item, face: Face, worn: &Worn, aspect: f32) -> Place {
    let (unit, origin) = match rule.measured {
        Measured::Face => (face.width, (face.x, face.y)),
        Measured::Picture => (1.0, (0.0, 0.0)),
    };
    let width = item.width * unit * worn.scale;
    let anchor = (origin.0 + rule.x * unit + worn.x, origin.1 + rule.y * unit + worn.y);
    // from the anchor to the drawing's centre
    let (right, down) = ((0.5 - item.anchor[0]) * width, (0.5 - item.anchor[1]) * width * aspect);
    let (sine, cosine) = worn.tilt.to_radians().sin_cos();
    Place { x: anchor.0 + right * cosine - down * sine, y: anchor.1 + right * sine + down * cosine, width, tilt: worn.tilt }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::personas::pack::builtin;

    fn worn(item: &str) -> Worn {
        Worn { item: format!("stoa/{item}"), x: 0.0, y: 0.0, tilt: 0.0, scale: 1.0 }
    }

    fn hat() -> &'static Item {
        builtin().items.iter().find(|item| item.slot == "hat").unwrap()
    }

    #[test]
    fn an_accessory_follows_the_face_and_grows_with_it() {
        let rule = crate::personas::slots::rule("hat").unwrap();
        let small = place(rule, hat(), Face { x: 0.5, y: 0.5, width: 0.2 }, &worn("hat"), 0.5);
        let moved = place(rule, hat(), Face { x: 0.6, y: 0.4, width: 0.2 }, &worn("hat"), 0.5);
        let large = place(rule, hat(), Face { x: 0.5, y: 0.5, width: 0.4 }, &worn("hat"), 0.5);
        assert!((moved.x - small.x - 0.1).abs() < 1e-5 && (moved.y - small.y + 0.1).abs() < 1e-5);
        assert!((large.width - 2.0 * small.width).abs() < 1e-5);
        assert!(((large.y - 0.5) - 2.0 * (small.y - 0.5)).abs() < 1e-5);
    }

    #[test]
    fn tilting_leaves_the_anchor_where_it_is() {
        let rule = crate::personas::slots::rule("hat").unwrap();
        let at = |tilt| {
            let Place { x, y, width, .. } = place(rule, hat(), Face::default(), &Worn { tilt, ..worn("hat") }, 0.7);
            let (right, down) = ((hat().anchor[0] - 0.5) * width, (hat().anchor[1] - 0.5) * width * 0.7);
            let (sine, cosine) = tilt.to_radians().sin_cos();
            (x + right * cosine - down * sine, y + right * sine + down * cosine)
        };
        let straight = at(0.0);
        for tilt in [-180.0, -40.0, 15.0, 90.0] {
            let tilted = at(tilt);
            assert!((tilted.0 - straight.0).abs() < 1e-5 && (tilted.1 - straight.1).abs() < 1e-5, "{tilt}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let recipe = |change: fn(&mut Worn)| {
            let mut one = worn("hat");
            change(&mut one);
            check(&Recipe { worn: vec![one], ..Recipe::default() })
        };
        assert!(recipe(|_| {}).is_ok());
        for change in [
            (|worn: &mut Worn| worn.x = f32::NAN) as fn(&mut Worn),
            |worn| worn.y = 1.5,
            |worn| worn.tilt = f32::INFINITY,
            |worn| worn.scale = 0.0,
        ] {
            assert_eq!(recipe(change).unwrap_err().code, Code::BadRequest);
        }
        assert!(check(&Recipe { face: Face { width: 0.0, ..Face::default() }, ..Recipe::default() }).is_err());
        assert!(check(&Recipe { worn: vec![worn("hat"); 9], ..Recipe::default() }).is_err());
        assert!(one_of_each([hat(), hat()].into_iter()).is_err());
    }
}
