//! Draws every layout in every state, and one sheet a layout with all of them: `cargo run -p stoa-layouts --example sheet DIR [PHOTO]`.

use std::error::Error;
use std::path::{Path, PathBuf};

use image::{Rgba, RgbaImage, imageops};
use stoa_layouts::{Availability, BUILT_IN, CardData, Drawn, Image, Layout, Price, Theme, View, render};

const GAP: u32 = 12;
/// What lies behind the cards in the window.
const BEHIND: [Rgba<u8>; 2] = [Rgba([0xF1, 0xEE, 0xE8, 255]), Rgba([0x14, 0x17, 0x1A, 255])];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().ok_or("a folder is needed")?;
    let photo = arguments.next().map(photo).transpose()?;
    std::fs::create_dir_all(&folder)?;
    for (id, bytes) in BUILT_IN {
        let layout = Layout::parse(bytes)?;
        for scale in [1, 2] {
            let mut rows = Vec::new();
            for (state, locale, data, slots) in states() {
                let given =
                    photo.iter().cloned().chain([mark("logo", [0xC4, 0x55, 0x2D]), mark("badge-organic", [0x4F, 0x7A, 0x3A])]);
                let images: Vec<Image> = given.filter(|image| slots.contains(&image.slot.as_str())).collect();
                let mut row = Vec::new();
                for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
                    let start = std::time::Instant::now();
                    let drawn = render(&layout, &data, &images, &View { locale, theme, scale })?;
                    eprintln!("{id} {state} {name} {scale}x: {:.1?}", start.elapsed());
                    let picture = picture(drawn).ok_or("a card of another size than it says")?;
                    picture.save(folder.join(format!("{id}-{state}-{name}-{scale}x.png")))?;
                    row.push(picture);
                }
                rows.push(row);
            }
            sheet(&rows, &folder.join(format!("sheet-{id}-{scale}x.png")))?;
        }
    }
    Ok(())
}

fn sheet(rows: &[Vec<RgbaImage>], file: &Path) -> Result<(), Box<dyn Error>> {
    let (width, height) = rows.first().and_then(|row| row.first()).ok_or("no cards")?.dimensions();
    let (column, line) = (width + GAP * 2, height + GAP * 2);
    let across = (rows.len() as u32).div_ceil(4).max(1);
    let lines = (rows.len() as u32).div_ceil(across);
    let mut sheet = RgbaImage::new(column * 2 * across, line * lines);
    for (index, row) in (0u32..).zip(rows) {
        for (theme, card) in (0u32..).zip(row) {
            let (x, y) = ((index % across * 2 + theme) * column, index / across * line);
            let behind = RgbaImage::from_pixel(column, line, BEHIND[theme as usize % 2]);
            imageops::replace(&mut sheet, &behind, x.into(), y.into());
            imageops::overlay(&mut sheet, card, (x + GAP).into(), (y + GAP).into());
        }
    }
    Ok(sheet.save(file)?)
}

fn picture(drawn: Drawn) -> Option<RgbaImage> {
    RgbaImage::from_raw(drawn.width, drawn.height, drawn.rgba)
}

fn photo(file: PathBuf) -> Result<Image, Box<dyn Error>> {
    let picture = image::open(file)?.thumbnail(720, 720).into_rgba8();
    Ok(Image { slot: "photo".to_owned(), width: picture.width(), height: picture.height(), rgba: picture.into_raw() })
}

/// A disc, as a seller's logo or a catalog's badge may be.
fn mark(slot: &str, [red, green, blue]: [u8; 3]) -> Image {
    let inside = |x: i32, y: i32| (x - 32).pow(2) + (y - 32).pow(2) < 900 && (x - 40).pow(2) + (y - 24).pow(2) > 120;
    let pixels = (0..64).flat_map(|y| (0..64).map(move |x| (x, y)));
    let rgba = pixels.flat_map(|(x, y)| [red, green, blue, if inside(x, y) { 255 } else { 0 }]).collect();
    Image { slot: slot.to_owned(), rgba, width: 64, height: 64 }
}

fn price(minor: i64, currency: &str) -> Option<Price> {
    Some(Price { minor, currency: currency.to_owned() })
}

/// Name, locale, product, and the slots that have a picture.
fn states() -> Vec<(&'static str, &'static str, CardData, &'static [&'static str])> {
    let honey = CardData {
        name: "Wildflower honey, 500 g".to_owned(),
        description: Some(
            "Thyme, heather and orange blossom from the slopes above the city, and one more line that is too long.".to_owned(),
        ),
        brand: Some("Hymettus".to_owned()),
        price: price(1250, "EUR"),
        availability: Availability::InStock,
        quantity: None,
        seller: "Hymettus Bees".to_owned(),
        badges: vec!["verified".to_owned(), "crown".to_owned()],
        photo_whole: false,
    };
    let chinese = CardData {
        name: "青花瓷碗 手绘缠枝莲纹 高温釉下彩 景德镇手工制作 直径十五厘米 送礼自用两相宜 礼盒装包邮 限量发售 顺丰速运"
            .to_owned(),
        description: Some("景德镇老师傅手工拉坯、手绘青花，釉面温润，微波炉与洗碗机可用。每只略有不同，附收藏证书。".to_owned()),
        brand: Some("景德小窑".to_owned()),
        price: price(128_800, "CNY"),
        availability: Availability::Limited,
        quantity: Some(3),
        seller: "景德小窑官方旗舰店".to_owned(),
        ..honey.clone()
    };
    let arabic = CardData {
        name: "عسل زهور برية طبيعي 500 غ، من جبال الأطلس".to_owned(),
        description: Some("زعتر وخلنج وزهر برتقال من سفوح الجبال، يُعبّأ يدويًا في برطمان زجاجي.".to_owned()),
        brand: Some("مناحل الأطلس".to_owned()),
        price: price(123_450, "SAR"),
        seller: "متجر النحلة الذهبية".to_owned(),
        ..honey.clone()
    };
    let hebrew = CardData {
        name: "דבש פרחי בר 500 גרם (Wildflower)".to_owned(),
        description: Some("קורנית, אברש ופריחת תפוזים מהמדרונות שמעל העיר.".to_owned()),
        brand: None,
        price: price(4990, "ILS"),
        availability: Availability::Limited,
        quantity: Some(2),
        seller: "דבורי הגליל".to_owned(),
        ..honey.clone()
    };
    let emoji = CardData {
        name: "🍯 Honey & 🌹 rose tea gift 🎁 ❤️ 👩🏽‍🍳".to_owned(),
        seller: "🐝 Bees & co".to_owned(),
        availability: Availability::PreOrder,
        ..honey.clone()
    };
    let asia = CardData {
        name: "하동 녹차 / 宇治抹茶 お茶 / ชาเขียว / हरी चाय 繁體龜".to_owned(),
        description: None,
        price: price(24_000, "KRW"),
        ..honey.clone()
    };
    let sold = CardData { availability: Availability::SoldOut, badges: vec!["verified".to_owned()], ..honey.clone() };
    let long = CardData {
        name: "Supercalifragilisticexpialidocious-Donaudampfschifffahrtsgesellschaftskapitän honey from the slopes".to_owned(),
        price: price(123_456_789, "EUR"),
        seller: "A seller with a name that is far too long for any card".to_owned(),
        availability: Availability::BackOrder,
        ..honey.clone()
    };
    let plain = CardData { description: None, brand: None, price: None, badges: vec![], ..honey.clone() };
    let flags = CardData {
        name: "👩🏽‍🍳 Olive oil 🇬🇷 & 🏴󠁧󠁢󠁳󠁣󠁴󠁿 oats 👨‍👩‍👧 👍🏿 1️⃣ ❤️‍🔥".to_owned(),
        badges: ["verified", "organic", "crown"].map(str::to_owned).to_vec(),
        photo_whole: true,
        ..honey.clone()
    };
    vec![
        ("honey", "en", honey.clone(), &["photo"]),
        ("sold", "de", sold.clone(), &["photo"]),
        ("chinese", "zh-Hans", chinese, &["photo", "logo"]),
        ("arabic", "ar", arabic.clone(), &["photo", "logo"]),
        ("arabic-en", "en", arabic, &["photo"]),
        ("hebrew", "he", hebrew, &[]),
        ("emoji", "en", emoji, &["photo"]),
        ("flags", "en", flags, &["photo", "logo", "badge-organic"]),
        ("bare", "en", honey, &[]),
        ("sold-bare", "zh-Hans", CardData { name: "手工蜂蜜".to_owned(), ..sold }, &[]),
        ("long", "de", long, &["photo"]),
        ("asia", "ko", asia, &["photo"]),
        ("plain", "en", plain, &[]),
    ]
}
