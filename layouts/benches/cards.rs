//! Card benchmarks: `cards draw PRODUCTS.json PHOTO.rgba WIDTH HEIGHT` draws and encodes the wide card of every product and writes one
//! line of JSON, `cards memory` draws all five layouts in Han and writes the largest resident size. tests/benches/cards.mjs runs both.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use serde_json::{Value, json};
use stoa_layouts::{Availability, BUILT_IN, CardData, Drawn, Image, Layout, Price, Theme, View, render};

const ROUNDS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["draw", products, photo, width, height] => draw(products, photo, width.parse()?, height.parse()?),
        ["memory"] => memory(),
        _ => Err("draw PRODUCTS.json PHOTO.rgba WIDTH HEIGHT | memory".into()),
    }
}

fn draw(products: &str, photo: &str, width: u32, height: u32) -> Result<(), Box<dyn Error>> {
    let products: Vec<Value> = serde_json::from_slice(&std::fs::read(products)?)?;
    let products: Vec<CardData> = products.iter().map(product).collect();
    let photo = [Image { slot: "photo".to_owned(), rgba: std::fs::read(photo)?, width, height }];
    let (_, wide) = BUILT_IN.iter().find(|(id, _)| *id == "wide").ok_or("no such layout")?;
    let mut first = Vec::new();
    let mut figures = json!({});
    for scale in [1, 2] {
        let (mut drawing, mut as_png, mut as_webp) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            for data in &products {
                let start = Instant::now();
                // A card that was never drawn: its layout comes as bytes, like its data.
                let drawn = render(&Layout::parse(wide)?, data, &photo, &View { locale: "en", theme: Theme::Light, scale })?;
                let drew = start.elapsed().as_secs_f64() * 1e3;
                std::hint::black_box(drawn.png()?);
                let ended = start.elapsed().as_secs_f64() * 1e3;
                let start = Instant::now();
                std::hint::black_box(webp(&drawn)?);
                let packed = drew + start.elapsed().as_secs_f64() * 1e3;
                if round == 0 {
                    first.push(ended);
                } else {
                    drawing.push(drew);
                    as_png.push(ended);
                    as_webp.push(packed);
                }
            }
        }
        figures[format!("{scale}x")] = json!({ "drawing": drawing, "png": as_png, "webp": as_webp });
    }
    figures["first"] = json!(first.first());
    println!("{figures}");
    Ok(())
}

/// Lossy WebP of quality 90, method 3 and plain chroma, as Chromium's screenshots.
fn webp(drawn: &Drawn) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut config = webp::WebPConfig::new().map_err(|()| "no encoder")?;
    (config.quality, config.method) = (90.0, 3);
    let encoder = webp::Encoder::from_rgba(&drawn.rgba, drawn.width, drawn.height);
    Ok(encoder.encode_advanced(&config).map_err(|error| format!("{error:?}"))?.to_vec())
}

fn product(from: &Value) -> CardData {
    let text = |key: &str| from[key].as_str().unwrap_or_default().to_owned();
    CardData {
        name: text("name"),
        description: Some(text("description")),
        brand: Some(text("brand")),
        price: Some(Price { minor: from["minor"].as_i64().unwrap_or_default(), currency: text("currency") }),
        availability: Availability::InStock,
        quantity: None,
        seller: text("seller"),
        badges: Vec::new(),
        photo_whole: false,
    }
}

fn memory() -> Result<(), Box<dyn Error>> {
    let data = CardData {
        name: "青花瓷碗 手绘缠枝莲纹 高温釉下彩 景德镇手工制作".to_owned(),
        description: Some("景德镇老师傅手工拉坯、手绘青花，釉面温润，微波炉与洗碗机可用。한국어 日本語のお茶".to_owned()),
        brand: Some("景德小窑".to_owned()),
        price: Some(Price { minor: 128_800, currency: "CNY".to_owned() }),
        availability: Availability::Limited,
        quantity: Some(3),
        seller: "景德小窑官方旗舰店 🍯".to_owned(),
        badges: vec!["verified".to_owned()],
        photo_whole: false,
    };
    let photo = [Image { slot: "photo".to_owned(), rgba: vec![128; 720 * 720 * 4], width: 720, height: 720 }];
    for (_, bytes) in BUILT_IN {
        for (theme, scale) in [(Theme::Light, 1), (Theme::Dark, 2)] {
            render(&Layout::parse(bytes)?, &data, &photo, &View { locale: "zh-Hans", theme, scale })?;
        }
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    println!("{}", json!({ "bytes": kilobytes * 1024 }));
    Ok(())
}
