//! Composing again and again while one layer moves.

use std::sync::Arc;

use crate::Pixels;
use crate::compose::{Layer, Level, lay, level_of};

/// Levels kept, in bytes; beyond, all are made anew.
const MOST_KEPT: usize = 256 << 20;

/// A base with what was last needed to lay layers over it: their averages, and the picture below the one that moves.
pub struct Stack {
    base: Pixels,
    levels: Vec<Kept>,
    below: Option<(Vec<Layer>, Pixels)>,
}

struct Kept {
    pixels: Arc<Pixels>,
    number: u32,
    level: Arc<Level>,
}

impl Stack {
    pub fn new(base: Pixels) -> Self {
        Self { base, levels: Vec::new(), below: None }
    }

    pub fn base(&self) -> &Pixels {
        &self.base
    }

    /// The very pixels of [`compose()`] over the base. What lies below `layers[moving]` is kept for the next time; any number is allowed.
    pub fn compose(&mut self, layers: &[Layer], moving: usize) -> Pixels {
        let (still, above) = layers.split_at(moving.min(layers.len()));
        self.forget(layers);
        let kept =
            self.below.take().filter(|(kept, _)| kept.len() == still.len() && kept.iter().zip(still).all(|(a, b)| a.same(b)));
        let (still, below) = kept.unwrap_or_else(|| {
            let mut canvas = self.base.clone();
            self.lay(&mut canvas, still);
            (still.to_vec(), canvas)
        });
        let mut canvas = below.clone();
        self.below = Some((still, below));
        self.lay(&mut canvas, above);
        canvas
    }

    fn lay(&mut self, canvas: &mut Pixels, layers: &[Layer]) {
        for layer in layers {
            if let Some(number) = level_of(layer) {
                let level = self.level(&layer.pixels, number);
                lay(canvas, layer, &level);
            }
        }
    }

    fn level(&mut self, pixels: &Arc<Pixels>, number: u32) -> Arc<Level> {
        let known = self.levels.iter().find(|kept| kept.number == number && Arc::ptr_eq(&kept.pixels, pixels));
        if let Some(known) = known {
            return Arc::clone(&known.level);
        }
        let level = Arc::new(Level::new(pixels, number));
        self.levels.push(Kept { pixels: Arc::clone(pixels), number, level: Arc::clone(&level) });
        level
    }

    /// Drops the averages of layers that are gone.
    fn forget(&mut self, layers: &[Layer]) {
        self.levels.retain(|kept| layers.iter().any(|layer| Arc::ptr_eq(&layer.pixels, &kept.pixels)));
        if self.levels.iter().map(|kept| kept.level.bytes()).sum::<usize>() > MOST_KEPT {
            self.levels.clear();
        }
    }
}
