//! What drawing costs: the dearest layouts of each kind that the linter admits, and the built-in ones, in milliseconds; then the largest
//! resident size the process had. `cargo run --release -p stoa-layouts --example cost`

use std::error::Error;
use std::time::Instant;

use stoa_layouts::{Availability, BUILT_IN, CardData, Image, Layout, Price, Theme, View, render};

fn main() -> Result<(), Box<dyn Error>> {
    let data = CardData {
        name: "青花瓷碗 手绘缠枝莲纹 高温釉下彩 景德镇手工制作".to_owned(),
        description: Some("景德镇老师傅手工拉坯、手绘青花，釉面温润。".repeat(180)),
        brand: Some("景德小窑".repeat(70)),
        price: Some(Price { minor: 128_800, currency: "CNY".to_owned() }),
        availability: Availability::Limited,
        quantity: Some(3),
        seller: "景德小窑官方旗舰店👩🏽‍🍳".repeat(20),
        badges: ["verified", "crown"].map(str::to_owned).to_vec(),
        photo_whole: false,
    };
    let photo = Image { slot: "photo".to_owned(), rgba: vec![128; 2048 * 2048 * 4], width: 2048, height: 2048 };
    for (id, bytes) in BUILT_IN {
        for scale in [1, 2] {
            measure(id, std::str::from_utf8(bytes)?, &data, &photo, scale);
        }
    }
    for (name, source) in dear() {
        measure(&name, &source, &data, &photo, 1);
    }
    for (name, source) in dear() {
        measure(&format!("{name} half"), &source.replacen("1024px", "512px", 2), &data, &photo, 3);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    eprintln!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    Ok(())
}

fn measure(name: &str, source: &str, data: &CardData, photo: &Image, scale: u32) {
    let view = View { locale: "zh-Hans", theme: Theme::Light, scale };
    let layout = match Layout::parse(source.as_bytes()) {
        Ok(layout) => layout,
        Err(error) => return eprintln!("{name} {scale}x: {error}"),
    };
    for round in ["first", "again"] {
        let start = Instant::now();
        match render(&layout, data, std::slice::from_ref(photo), &view) {
            Ok(_) => eprintln!("{name} {scale}x {round}: {:.1?}", start.elapsed()),
            Err(error) => return eprintln!("{name} {scale}x: {error}"),
        }
    }
}

/// One kind of work each, as much of it as fits.
fn dear() -> Vec<(String, String)> {
    let whole = "position: absolute; left: 0; top: 0; width: 1024px; height: 1024px";
    let card = |inside: String| format!("<div style=\"width: 1024px; height: 1024px; background: #fff\">{inside}</div>");
    let many =
        |count: usize, style: &str, inside: &str| card(format!("<div style=\"{whole}; {style}\">{inside}</div>").repeat(count));
    let fills = |count| many(count, "background: rgba(9,9,9,0.1); border-radius: 40px", "");
    let gradient = "radial-gradient(rgba(9,9,9,0.1), rgba(90,9,9,0.1))";
    let gradients = |count: usize| many(1, &format!("background: {}", vec![gradient; count].join(", ")), "");
    let shadow = "0 0 50px 50px rgba(0,0,0,0.5)";
    let text = |count: usize, size: u32, what: &str| {
        many(count, &format!("font-size: {size}px; line-height: 1.0; overflow-wrap: break-word"), &format!("{{{{ {what} }}}}"))
    };
    let nest = |count: usize, style: &str| {
        card(format!("{}{}", format!("<div style=\"{style}\">").repeat(count), "</div>".repeat(count)))
    };
    let mut dear = Vec::new();
    for count in [1, 4, 8, 12, 24, 48, 96, 190] {
        let mut add = |name: &str, source| dear.push((format!("{name} {count}"), source));
        add("fills", fills(count));
        add("borders", many(count, "border: 300px solid rgba(9,9,9,0.1); border-radius: 400px", ""));
        add("layers", many(count, "opacity: 0.5; background: #fff", ""));
        add("turned", many(count, "transform: rotate(3deg); background: rgba(9,9,9,0.1)", ""));
        add(
            "clips",
            many(
                count,
                "overflow: hidden; border-radius: 99px",
                "<div style=\"width: 900px; height: 900px; background: #000\"></div>",
            ),
        );
        add("photos", card(format!("<img src=\"photo\" style=\"{whole}\" />").repeat(count)));
        add(
            "photos turned",
            card(format!("<img src=\"photo\" style=\"{whole}; transform: rotate(3deg); border-radius: 9px\" />").repeat(count)),
        );
        add("gradients in many", many(count, &format!("background: {gradient}"), ""));
        add("blurs", many(count, "filter: blur(50px); background: #000", ""));
        add("blurred photos", card(format!("<img src=\"photo\" style=\"{whole}; filter: blur(50px)\" />").repeat(count)));
        add("shadows", many(count, &format!("box-shadow: {shadow}; border-radius: 200px"), ""));
        add("inset shadows", many(count, "box-shadow: inset 0 0 50px 50px rgba(0,0,0,0.5); border-radius: 200px", ""));
        add("grey", many(count, "filter: grayscale(1) saturate(2) brightness(0.5); background: #f00", ""));
        add("brands of 14 px", text(count, 14, "brand"));
        add("brands of 200 px", text(count, 200, "brand"));
        add("descriptions of 14 px", text(count, 14, "description"));
        add("descriptions of 200 px", text(count, 200, "description"));
        add("names in shadow", text(count, 14, "seller.name"));
        if count < 16 {
            add("gradients in one", gradients(count));
            add("shadows in one", many(1, &format!("box-shadow: {}", vec![shadow; count].join(", ")), ""));
            add("filters in one", many(1, &format!("background: #000; filter: {}", vec!["blur(50px)"; count].join(" ")), ""));
            add(
                "nested percent",
                nest(count, "width: 2048%; height: 2048%; display: flex; background: rgba(9,9,9,0.1); border-radius: 9px"),
            );
            add(
                "nested em",
                nest(
                    count,
                    "width: 2048em; height: 2048em; font-size: 200px; flex-wrap: wrap; display: flex; background: rgba(9,9,9,0.1)",
                ),
            );
            add(
                "nested flex",
                nest(count, "display: flex; flex-wrap: wrap; flex: 1; align-items: center; justify-content: center; padding: 1%"),
            );
            add("nested blurs", nest(count, "width: 1024px; height: 1024px; filter: blur(50px); background: rgba(9,9,9,0.1)"));
            add(
                "nested layers",
                nest(
                    count,
                    "width: 1024px; height: 1024px; opacity: 0.5; overflow: hidden; border-radius: 99px; background: rgba(9,9,9,0.1)",
                ),
            );
        }
    }
    dear
}
