//! What composing keeps in memory: packs, drawn accessories, the photo. Capped; made again when it is gone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stoa_media::{Layer, Pixels, Stack};

use super::packs::Packs;

/// Bytes of drawn accessories, at most; the least recently used go first.
const DRAWINGS_CAP: usize = 48 << 20;
/// Longer sides that accessories are drawn at, px.
const STEPS: [u32; 4] = [256, 512, 1_024, 2_048];

/// The hash of a drawing's text, and the longer side it was drawn at.
pub type Key = ([u8; 32], u32);

#[derive(Default)]
pub struct Wardrobe {
    packs: Mutex<Option<Arc<Packs>>>,
    drawings: Mutex<VecDeque<(Key, Arc<Pixels>)>>,
    photo: Mutex<Option<(String, Arc<Pixels>)>>,
    last: Mutex<Option<Last>>,
    used: AtomicU64,
    /// Somebody waits for it to rest.
    awake: AtomicBool,
    /// Held while catalogs are asked for newer packs: whoever wants that meanwhile has it already.
    pub asking: tokio::sync::Mutex<()>,
}

/// The last composition: the next one differs from it in one accessory, as a rule.
struct Last {
    base: Arc<Pixels>,
    stack: Stack,
    layers: Vec<Layer>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // plain data: a panic elsewhere cannot have left it half-changed in a way that matters
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The step that a drawing of this width in pixels is taken from. A drawing higher than wide is drawn a step larger than it need be at most.
pub fn step(width: f32) -> u32 {
    STEPS.into_iter().find(|step| width <= *step as f32).unwrap_or(STEPS[STEPS.len() - 1])
}

impl Wardrobe {
    pub fn packs(&self) -> Option<Arc<Packs>> {
        held(&self.packs).clone()
    }

    pub fn keep_packs(&self, packs: Arc<Packs>) {
        *held(&self.packs) = Some(packs);
    }

    /// After a pack came or went.
    pub fn forget_packs(&self) {
        *held(&self.packs) = None;
    }

    pub fn drawing(&self, key: &Key) -> Option<Arc<Pixels>> {
        let mut drawings = held(&self.drawings);
        let at = drawings.iter().position(|(other, _)| other == key)?;
        let found = drawings.remove(at)?;
        let pixels = found.1.clone();
        drawings.push_back(found);
        Some(pixels)
    }

    pub fn keep_drawing(&self, key: Key, pixels: Arc<Pixels>) {
        let mut drawings = held(&self.drawings);
        // two may have drawn it at once
        drawings.retain(|(other, _)| *other != key);
        drawings.push_back((key, pixels));
        let mut bytes: usize = drawings.iter().map(|(_, pixels)| pixels.rgba.len()).sum();
        while bytes > DRAWINGS_CAP
            && let Some((_, oldest)) = drawings.pop_front()
        {
            bytes -= oldest.rgba.len();
        }
    }

    /// The very pixels of `stoa_media::compose`, sooner where the lower layers are those of the last time.
    pub fn compose(&self, base: &Arc<Pixels>, layers: Vec<Layer>) -> Pixels {
        // taken, so that two at once do not wait for each other
        let last = held(&self.last).take().filter(|last| Arc::ptr_eq(&last.base, base));
        let (mut stack, before) = match last {
            Some(Last { stack, layers, .. }) => (stack, layers),
            None => (Stack::new(base.as_ref().clone()), Vec::new()),
        };
        let same = |(one, other): (&Layer, &Layer)| {
            Arc::ptr_eq(&one.pixels, &other.pixels)
                && [one.x, one.y, one.width, one.tilt] == [other.x, other.y, other.width, other.tilt]
        };
        let moving = layers.iter().zip(&before).take_while(|pair| same(*pair)).count();
        let composed = stack.compose(&layers, moving);
        *held(&self.last) = Some(Last { base: base.clone(), stack, layers });
        composed
    }

    /// Counts a use. Whether it rested before: then somebody has to see that it rests again.
    pub fn wakes(&self) -> bool {
        self.used.fetch_add(1, Ordering::AcqRel);
        !self.awake.swap(true, Ordering::AcqRel)
    }

    /// The count of uses; it tells later whether there was another.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// Lets go of all pixels unless it was used after this count. Whether it did.
    pub fn rest(&self, count: u64) -> bool {
        if self.used() != count {
            return false;
        }
        self.awake.store(false, Ordering::Release);
        // used in between, and whoever used it thought that this one still waits
        if self.used() != count && !self.awake.swap(true, Ordering::AcqRel) {
            return false;
        }
        held(&self.drawings).clear();
        *held(&self.photo) = None;
        *held(&self.last) = None;
        true
    }

    pub fn photo(&self, id: &str) -> Option<Arc<Pixels>> {
        held(&self.photo).as_ref().filter(|(kept, _)| kept == id).map(|(_, pixels)| pixels.clone())
    }

    pub fn keep_photo(&self, id: String, pixels: Arc<Pixels>) {
        *held(&self.photo) = Some((id, pixels));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_stay_within_their_cap_and_the_used_ones_stay_longest() {
        let wardrobe = Wardrobe::default();
        let pixels = || Arc::new(Pixels { rgba: vec![0; DRAWINGS_CAP / 4], width: 1, height: 1 });
        let key = |at| ([at; 32], 256);
        (0..4).for_each(|at| wardrobe.keep_drawing(key(at), pixels()));
        assert!(wardrobe.drawing(&key(0)).is_some());
        wardrobe.keep_drawing(key(9), pixels());
        assert!(wardrobe.drawing(&key(0)).is_some() && wardrobe.drawing(&key(1)).is_none());
    }

    #[test]
    fn a_drawing_is_taken_from_the_next_greater_step() {
        assert_eq!([step(10.0), step(256.0), step(257.0), step(5_000.0), step(f32::NAN)], [256, 256, 512, 2_048, 2_048]);
    }
}
