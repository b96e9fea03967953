//! Cards against stored pictures of them, a third to a half as wide.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use image::{RgbaImage, imageops};
use stoa_layouts::{Availability, BUILT_IN, CardData, Image, Layout, Price, Theme, View, render};

/// Width of the stored pictures, px.
const WIDTH: u32 = 240;
/// Levels of 255. Processors round the last bit differently; a lost letter or badge moves some block by far more.
const MEAN_CAP: f64 = 0.5;
const BLOCK_CAP: f64 = 5.0;
const BLOCK: u32 = 8;

struct State {
    name: &'static str,
    data: CardData,
    photo: bool,
    view: View<'static>,
}

fn states() -> [State; 5] {
    let honey = CardData {
        name: "Wildflower honey, 500 g".to_owned(),
        description: Some("Thyme and heather from the slopes above the city.".to_owned()),
        brand: Some("Hymettus".to_owned()),
        price: Some(Price { minor: 1250, currency: "EUR".to_owned() }),
        availability: Availability::InStock,
        quantity: None,
        seller: "Hymettus Bees".to_owned(),
        badges: vec!["verified".to_owned(), "crown".to_owned()],
        photo_whole: false,
    };
    let arabic = CardData {
        name: "عسل زهور برية طبيعي 500 غ، من جبال الأطلس".to_owned(),
        description: Some("דבש פרחי בר 500 גרם".to_owned()),
        price: Some(Price { minor: 1_234_500, currency: "KWD".to_owned() }),
        ..honey.clone()
    };
    let chinese = CardData {
        name: "青花瓷碗 手绘缠枝莲纹".repeat(6),
        brand: None,
        price: Some(Price { minor: 128_800, currency: "CNY".to_owned() }),
        availability: Availability::Limited,
        quantity: Some(3),
        ..honey.clone()
    };
    let sold = CardData {
        name: "🍯 Honig ❤️ 👩🏽‍🍳".to_owned(),
        description: None,
        availability: Availability::SoldOut,
        badges: Vec::new(),
        ..honey.clone()
    };
    let marks = CardData {
        name: "👩🏽‍🍳 Olive oil 🇬🇷 👨‍👩‍👧 👍🏿 1️⃣".to_owned(),
        availability: Availability::PreOrder,
        badges: vec!["verified".to_owned(), "organic".to_owned()],
        photo_whole: true,
        ..honey.clone()
    };
    let view = |locale, theme, scale| View { locale, theme, scale };
    [
        State { name: "light", data: honey, photo: true, view: view("en", Theme::Light, 1) },
        State { name: "arabic", data: arabic, photo: true, view: view("ar", Theme::Dark, 1) },
        State { name: "chinese", data: chinese, photo: false, view: view("zh-Hans", Theme::Light, 2) },
        State { name: "marks", data: marks, photo: true, view: view("en", Theme::Light, 1) },
        State { name: "sold", data: sold, photo: true, view: view("de", Theme::Dark, 1) },
    ]
}

fn draw(layout: &Layout, state: &State) -> RgbaImage {
    let pixels = (0..64u32).flat_map(|y| (0..64u32).flat_map(move |x| [(x * 4) as u8, (y * 4) as u8, 128, 255]));
    let photo = Image { slot: "photo".to_owned(), rgba: pixels.collect(), width: 64, height: 64 };
    // Pictures in slots that the data does not name are not drawn, save the logo.
    let marks = ["logo", "badge-organic"].map(|slot| Image { slot: slot.to_owned(), ..photo.clone() });
    let images = match (state.photo, state.name) {
        (true, "marks") => [photo].into_iter().chain(marks).collect(),
        (true, _) => vec![photo],
        (false, _) => Vec::new(),
    };
    let drawn = render(layout, &state.data, &images, &state.view).unwrap();
    RgbaImage::from_raw(drawn.width, drawn.height, drawn.rgba).unwrap()
}

/// After a wanted change: the pictures that the message names replace the stored ones.
#[test]
fn cards_look_as_they_did() {
    let layouts: Vec<(&str, Layout)> = BUILT_IN.iter().map(|(id, bytes)| (*id, Layout::parse(bytes).unwrap())).collect();
    let states = states();
    let mut faults = Vec::new();
    let mut first = None;
    for (id, layout) in &layouts {
        for state in &states {
            let card = draw(layout, state);
            let small = imageops::thumbnail(&card, WIDTH, WIDTH * card.height() / card.width());
            let file = format!("{id}-{}.png", state.name);
            let stored = image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&file));
            if let Some(fault) = stored.map_or(Some("none is stored".to_owned()), |stored| fault(&small, &stored.into_rgba8())) {
                let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&file);
                small.save(&made).unwrap();
                faults.push(format!("{fault}: {}", made.display()));
            }
            first.get_or_insert(card);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // By now every script's fonts are read, which must not show in a card that needs none of them.
    assert!(first == Some(draw(&layouts[0].1, &states[0])), "the same input gave other bytes");
}

fn fault(drawn: &RgbaImage, stored: &RgbaImage) -> Option<String> {
    if drawn.dimensions() != stored.dimensions() {
        return Some(format!("{:?} instead of {:?}", drawn.dimensions(), stored.dimensions()));
    }
    let across = drawn.width().div_ceil(BLOCK);
    let mut blocks = vec![(0.0, 0.0); (across * drawn.height().div_ceil(BLOCK)) as usize];
    for ((x, y, one), other) in drawn.enumerate_pixels().zip(stored.pixels()) {
        let apart: f64 = one.0.iter().zip(other.0).map(|(one, other)| f64::from(one.abs_diff(other))).sum();
        let (sum, count) = &mut blocks[(y / BLOCK * across + x / BLOCK) as usize];
        *sum += apart;
        *count += 4.0;
    }
    let mean = blocks.iter().map(|block| block.0).sum::<f64>() / blocks.iter().map(|block| block.1).sum::<f64>();
    let worst = blocks.iter().map(|(sum, count)| sum / count).fold(0.0, f64::max);
    (mean > MEAN_CAP || worst > BLOCK_CAP).then(|| format!("{mean:.2} levels apart, {worst:.2} in one place"))
}
