//! Composing: where layers land, in which order, and that nothing else changes.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_media::{Layer, Pixels, Stack, compose, shrink};

fn flat(width: u32, height: u32, pixel: [u8; 4]) -> Pixels {
    Pixels { rgba: pixel.repeat((width * height) as usize), width, height }
}

fn noise(width: u32, height: u32, opaque: bool, seed: u64) -> Pixels {
    let mut random = StdRng::seed_from_u64(seed);
    let mut rgba: Vec<u8> = (0..width * height * 4).map(|_| random.random()).collect();
    if opaque {
        rgba.chunks_mut(4).for_each(|pixel| pixel[3] = 255);
    }
    Pixels { rgba, width, height }
}

fn layer(pixels: Pixels, (x, y): (f32, f32), width: f32, tilt: f32) -> Layer {
    Layer { pixels: Arc::new(pixels), x, y, width, tilt }
}

fn at(pixels: &Pixels, x: u32, y: u32) -> [u8; 4] {
    let start = ((y * pixels.width + x) * 4) as usize;
    pixels.rgba[start..start + 4].try_into().unwrap()
}

#[test]
fn nothing_over_a_base_is_the_base() {
    for opaque in [false, true] {
        let base = noise(33, 21, opaque, 1);
        assert_eq!(compose(&base, &[]), base);
        let clear = layer(flat(8, 8, [9, 9, 9, 0]), (10.0, 10.0), 20.0, 30.0);
        assert_eq!(compose(&base, &[clear]), base);
    }
}

#[test]
fn a_layer_of_its_own_size_is_copied_exactly_and_clipped() {
    let (base, upper) = (noise(40, 30, true, 2), noise(10, 6, true, 3));
    for (x, y) in [(15, 10), (5, 3), (35, 27), (0, 0), (40, 30), (-4, 12), (60, 12)] {
        let composed = compose(&base, &[layer(upper.clone(), (x as f32, y as f32), 10.0, 0.0)]);
        for (column, row) in (0..40i32).flat_map(|column| (0..30i32).map(move |row| (column, row))) {
            let (u, v) = (column - x + 5, row - y + 3);
            let inside = (0..10).contains(&u) && (0..6).contains(&v);
            let wanted = if inside { at(&upper, u as u32, v as u32) } else { at(&base, column as u32, row as u32) };
            assert_eq!(at(&composed, column as u32, row as u32), wanted, "{x},{y} at {column},{row}");
        }
    }
}

#[test]
fn quarter_turns_are_exact_and_clockwise() {
    let (base, upper) = (flat(20, 20, [0, 0, 0, 255]), noise(8, 8, true, 4));
    let turned = |tilt: f32| compose(&base, &[layer(upper.clone(), (10.0, 10.0), 8.0, tilt)]);
    for (x, y) in (0..8).flat_map(|x| (0..8).map(move |y| (x, y))) {
        let wanted = at(&upper, x, y);
        assert_eq!(at(&turned(90.0), 6 + 7 - y, 6 + x), wanted);
        assert_eq!(at(&turned(180.0), 6 + 7 - x, 6 + 7 - y), wanted);
        assert_eq!(at(&turned(-90.0), 6 + y, 6 + 7 - x), wanted);
        assert_eq!(at(&turned(720.0), 6 + x, 6 + y), wanted);
    }
}

#[test]
fn opacity_and_order() {
    let base = flat(9, 9, [0, 0, 200, 255]);
    let half = layer(flat(9, 9, [200, 100, 0, 128]), (4.5, 4.5), 9.0, 0.0);
    let [r, g, b, a] = at(&compose(&base, std::slice::from_ref(&half)), 4, 4);
    assert!(r.abs_diff(100) < 2 && g.abs_diff(50) < 2 && b.abs_diff(100) < 2 && a == 255);
    let red = layer(flat(9, 9, [255, 0, 0, 255]), (4.5, 4.5), 9.0, 0.0);
    let green = layer(flat(9, 9, [0, 255, 0, 255]), (4.5, 4.5), 9.0, 0.0);
    assert_eq!(at(&compose(&base, &[red.clone(), green.clone()]), 4, 4), [0, 255, 0, 255]);
    assert_eq!(at(&compose(&base, &[green, red.clone()]), 4, 4), [255, 0, 0, 255]);
    // Over a clear base a layer keeps its colour and its alpha; over half of one, both count.
    assert_eq!(at(&compose(&flat(9, 9, [77, 77, 77, 0]), std::slice::from_ref(&half)), 4, 4), [199, 100, 0, 128]);
    let [r, _, b, a] = at(&compose(&flat(9, 9, [0, 0, 200, 128]), &[half]), 4, 4);
    assert!(a.abs_diff(192) < 2 && r.abs_diff(133) < 3 && b.abs_diff(67) < 3, "{r} {b} {a}");
}

#[test]
fn shrunk_layers_are_averaged_not_picked() {
    // A board of single pixels becomes an even grey.
    let board = (0..256u32 * 256).flat_map(|at| if (at + at / 256) % 2 == 0 { [255, 255, 255, 255] } else { [0, 0, 0, 255] });
    let board = Pixels { rgba: board.collect(), width: 256, height: 256 };
    let composed = compose(&flat(64, 64, [255, 0, 0, 255]), &[layer(board, (32.0, 32.0), 40.0, 12.0)]);
    for (x, y) in (24..40).flat_map(|x| (24..40).map(move |y| (x, y))) {
        let [r, g, b, _] = at(&composed, x, y);
        assert!(r.abs_diff(128) < 8 && g == r && b == r, "{r} at {x},{y}");
    }
    // Colours hidden in clear pixels do not bleed.
    let half = (0..64u32 * 64).flat_map(|at| if at % 64 < 32 { [0, 255, 0, 0] } else { [255, 0, 0, 255] });
    let half = Pixels { rgba: half.collect(), width: 64, height: 64 };
    let composed = compose(&flat(30, 30, [255, 0, 0, 255]), &[layer(half, (15.0, 15.0), 21.0, 33.0)]);
    assert!(composed.rgba.chunks(4).all(|pixel| pixel[0] >= 254 && pixel[1] <= 1), "only red on red");
}

#[test]
fn senseless_numbers_harm_nothing() {
    let base = noise(50, 40, true, 5);
    let upper = Arc::new(noise(30, 20, false, 6));
    let odd = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1e-30,
        1e30,
        0.0,
        -0.0,
        -5.0,
        1e7,
        20.0,
    ];
    for x in odd {
        for width in odd {
            for (y, tilt) in [(20.0, 45.0), (x, x), (width, x), (x, width)] {
                let layer = Layer { pixels: Arc::clone(&upper), x, y, width, tilt };
                let composed = compose(&base, std::slice::from_ref(&layer));
                assert_eq!(composed.rgba.len(), base.rgba.len());
                if [x, y, width, tilt].iter().any(|number| !number.is_finite()) || width <= 0.0 {
                    assert_eq!(composed, base, "{layer:?}");
                }
            }
        }
    }
    for broken in [Pixels { rgba: vec![1; 7], width: 2, height: 1 }, Pixels { rgba: Vec::new(), width: 0, height: 0 }] {
        assert_eq!(compose(&base, &[layer(broken.clone(), (5.0, 5.0), 9.0, 0.0)]), base);
        assert_eq!(compose(&broken, &[layer(base.clone(), (0.0, 0.0), 9.0, 0.0)]), broken);
        assert_eq!(shrink(&broken, 1), broken);
    }
}

#[test]
fn a_stack_gives_the_very_same_pixels() {
    let base = noise(128, 128, true, 7);
    let mut random = StdRng::seed_from_u64(8);
    let pictures: Vec<_> = (0..4).map(|seed| Arc::new(noise(90, 60 + seed * 10, false, u64::from(seed)))).collect();
    let mut layers: Vec<Layer> = (0..6)
        .map(|number| Layer { pixels: Arc::clone(&pictures[number % 4]), x: 60.0, y: 60.0, width: 50.0, tilt: 10.0 })
        .collect();
    let mut stack = Stack::new(base.clone());
    for round in 0..60 {
        let moving = random.random_range(0..=layers.len());
        if let Some(layer) = layers.get_mut(moving) {
            layer.x = random.random_range(-20.0..150.0);
            layer.width = random.random_range(5.0..200.0);
            layer.tilt = random.random_range(-180.0..180.0);
        }
        if round % 7 == 0 {
            layers.swap(0, 3);
        }
        assert_eq!(stack.compose(&layers, moving), compose(&base, &layers), "round {round}");
    }
    assert_eq!(stack.compose(&[], 3), base);
}

#[test]
fn shrinking_keeps_shape_and_weighs_colour_by_alpha() {
    let half = (0..64u32 * 32).flat_map(|at| if at % 64 < 32 { [0, 255, 0, 0] } else { [255, 0, 0, 255] });
    let half = Pixels { rgba: half.collect(), width: 64, height: 32 };
    let small = shrink(&half, 15);
    assert_eq!((small.width, small.height, small.rgba.len()), (15, 8, 15 * 8 * 4));
    for pixel in small.rgba.chunks(4).filter(|pixel| pixel[3] > 8) {
        assert!(pixel[0] > 240 && pixel[1] < 16, "{pixel:?}");
    }
    assert_eq!(shrink(&half, 64), half);
    assert_eq!(shrink(&half, 0).width, 1);
    assert!(shrink(&flat(100, 100, [10, 20, 30, 255]), 7).rgba.chunks(4).all(|pixel| pixel == [10, 20, 30, 255]));
}
