//! Codes in pictures: drawn ones of every kind, and the samples of zxing-cpp against rxing by itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rxing::common::HybridBinarizer;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, Reader};
use stoa_media::{CodeFormat, Error, Found, MAX_CODES, Media, gtin};

use crate::symbols::{self, alone, bars, draw, page, qr};
use crate::{limited, media, samples, shared};

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    samples::file(image, ImageFormat::Png)
}

async fn codes(media: &Media, image: impl Into<DynamicImage>) -> Vec<Found> {
    media.codes(png(image), false).await.unwrap()
}

async fn only(media: &Media, image: impl Into<DynamicImage>) -> Found {
    let found = codes(media, image).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn every_kind_is_read() {
    let media = media();
    let drawn = [
        (bars(&symbols::ean_13("4006381333931")), CodeFormat::Ean13, "4006381333931", Some("04006381333931")),
        (bars(&symbols::ean_13("0036000291452")), CodeFormat::UpcA, "036000291452", Some("00036000291452")),
        (bars(symbols::EAN_8), CodeFormat::Ean8, "73513537", Some("00000073513537")),
        (bars(symbols::UPC_E), CodeFormat::UpcE, "04252614", Some("00042100005264")),
        (bars(symbols::CODE_128), CodeFormat::Code128, "Stoa-4711", None),
        (bars(symbols::CODE_128_GS1), CodeFormat::Code128, "0109504000059101", Some("09504000059101")),
        (bars(symbols::CODE_39), CodeFormat::Code39, "A47115", None),
        (bars(symbols::ITF), CodeFormat::Itf, "15400141288763", Some("15400141288763")),
        (bars(symbols::DATABAR), CodeFormat::DataBar, "12345678901231", Some("12345678901231")),
        (
            bars(symbols::DATABAR_EXPANDED),
            CodeFormat::DataBarExpanded,
            "(01)98898765432106(3202)012345(15)991231",
            Some("98898765432106"),
        ),
        (alone(&qr("https://shop.example/p/4711"), (4, 4)), CodeFormat::QrCode, "https://shop.example/p/4711", None),
        (alone(symbols::DATA_MATRIX, (5, 5)), CodeFormat::DataMatrix, "Stoa", None),
        (alone(symbols::DATA_MATRIX_GS1, (4, 4)), CodeFormat::DataMatrix, "0109504000059101", Some("09504000059101")),
        (alone(symbols::PDF417, (2, 6)), CodeFormat::Pdf417, "Stoa 4711", None),
        (alone(symbols::AZTEC, (4, 4)), CodeFormat::Aztec, "Stoa", None),
    ];
    for (image, format, text, number) in drawn {
        for turn in 0..4 {
            let image = match turn {
                0 => image.clone(),
                1 => image.rotate90(),
                2 => image.rotate180(),
                _ => image.rotate270(),
            };
            let found = only(&media, image).await;
            assert_eq!((found.format, found.text.as_str()), (format, text), "turned {turn} times");
            assert_eq!(gtin(&found).as_deref(), number, "{found:?}");
        }
    }
}

#[tokio::test]
async fn several_codes_of_one_picture_are_all_returned() {
    let mut sheet = page(1000, 700);
    draw(&mut sheet, &[symbols::ean_13("4006381333931")], (40, 40), (3, 90));
    draw(&mut sheet, &[symbols::ean_13("5449000000996")], (560, 40), (3, 90));
    draw(&mut sheet, &[symbols::CODE_128], (40, 540), (3, 90));
    draw(&mut sheet, &qr("one"), (60, 220), (5, 5));
    draw(&mut sheet, &qr("two"), (400, 220), (5, 5));
    draw(&mut sheet, symbols::DATA_MATRIX, (700, 220), (5, 5));
    draw(&mut sheet, symbols::DATA_MATRIX_GS1, (700, 400), (5, 5));
    let media = media();
    for thorough in [false, true] {
        let mut texts: Vec<String> =
            media.codes(png(sheet.clone()), thorough).await.unwrap().into_iter().map(|found| found.text).collect();
        texts.sort();
        assert_eq!(
            texts,
            ["0109504000059101", "4006381333931", "5449000000996", "Stoa", "Stoa-4711", "one", "two"],
            "{thorough}"
        );
    }
    let mut many = page(1200, 1200);
    for number in 0..25 {
        draw(&mut many, &qr(&format!("number {number}")), (40 + number % 5 * 230, 40 + number / 5 * 230), (5, 5));
    }
    assert_eq!(codes(&media, many).await.len(), MAX_CODES);
}

#[tokio::test]
async fn codes_are_read_as_the_picture_is_to_be_looked_at() {
    let media = media();
    let picture = bars(&symbols::ean_13("4006381333931")).into_rgb8();
    for orientation in 1..=8 {
        let stored = samples::jpeg(&samples::stored(&picture, orientation));
        let found = media.codes(samples::jpeg_with_metadata(&stored, &samples::exif(orientation)), false).await.unwrap();
        assert_eq!(found.len(), 1, "{orientation}");
        assert_eq!(found[0].text, "4006381333931");
    }
    // As a telephone's camera would give it: large, the code a part of it.
    let mut large = page(4000, 3000);
    draw(&mut large, &[symbols::ean_13("4006381333931")], (1500, 1000), (8, 500));
    draw(&mut large, &qr("https://shop.example"), (300, 300), (16, 16));
    let jpeg = samples::jpeg(&DynamicImage::from(large).into_rgb8());
    let mut texts: Vec<String> = media.codes(jpeg, false).await.unwrap().into_iter().map(|found| found.text).collect();
    texts.sort();
    assert_eq!(texts, ["4006381333931", "https://shop.example"]);
}

#[tokio::test]
async fn light_on_dark_and_on_nothing() {
    let media = media();
    let mut dark = alone(&qr("light on dark"), (4, 4));
    dark.invert();
    assert_eq!(only(&media, dark.clone()).await.text, "light on dark");
    // The same with its dark ground transparent, and a dark code on nothing.
    for (ground, text) in [(true, "light on dark"), (false, "dark on nothing")] {
        let image = if ground { dark.clone() } else { alone(&qr(text), (4, 4)) };
        let mut clear = image.to_rgba8();
        for pixel in clear.pixels_mut() {
            let light = pixel.0[0] > 128;
            pixel.0 = if light == ground { [pixel.0[0], pixel.0[0], pixel.0[0], 255] } else { [0, 0, 0, 0] };
        }
        assert_eq!(only(&media, clear).await.text, text);
    }
}

#[tokio::test]
async fn a_wrong_check_digit_is_no_code() {
    let media = media();
    for thorough in [false, true] {
        let found = media.codes(png(bars(&symbols::ean_13("4006381333932"))), thorough).await.unwrap();
        assert_eq!(found, []);
    }
}

#[tokio::test]
async fn pictures_without_a_code_show_none() {
    let media = media();
    let mut random = StdRng::seed_from_u64(0x0570_c0de);
    for (width, height) in [(1, 1), (1, 100), (100, 1), (3, 400), (39, 39), (640, 480)] {
        let noise = image::GrayImage::from_fn(width, height, |_, _| image::Luma([random.random()]));
        assert_eq!(codes(&media, noise).await, [], "{width}x{height}");
        assert_eq!(codes(&media, page(width, height)).await, [], "{width}x{height}");
    }
    let stripes = image::GrayImage::from_fn(900, 600, |x, _| image::Luma([if x / 3 % 2 == 0 { 20 } else { 230 }]));
    assert_eq!(codes(&media, stripes).await, []);
}

#[tokio::test]
async fn bombs_and_strangers_are_refused() {
    let media = media();
    assert!(matches!(media.codes(samples::png_bomb(50_000, 50_000), true).await, Err(Error::TooLarge)));
    assert!(matches!(media.codes(b"%PDF-1.7".to_vec(), true).await, Err(Error::Unreadable(_))));
    // Squares in squares everywhere: more than a finder of patterns likes.
    let finder = |x: u32, y: u32| {
        let (x, y) = ((x % 18).min(13) / 2, (y % 18).min(13) / 2);
        let ring = x.min(y).min(6 - x.min(6)).min(6 - y.min(6));
        x.max(y) < 7 && ring != 1
    };
    let field = image::GrayImage::from_fn(1600, 1200, |x, y| image::Luma([if finder(x, y) { 10 } else { 240 }]));
    match media.codes(png(field), false).await {
        Ok(_) | Err(Error::TooSlow) => {}
        Err(error) => panic!("{error}"),
    }
    assert_eq!(only(&media, alone(&qr("still works"), (4, 4))).await.text, "still works");
}

#[tokio::test]
async fn damaged_codes_harm_nobody() {
    let media = limited(|limits| limits.time = Duration::from_secs(60));
    let whole = [
        png(bars(&symbols::ean_13("4006381333931"))),
        samples::jpeg(&alone(&qr("https://shop.example/p/4711"), (3, 3)).into_rgb8()),
        png(alone(symbols::DATA_MATRIX, (4, 4))),
        samples::file(alone(symbols::PDF417, (2, 6)).into_rgb8(), ImageFormat::WebP),
        png(alone(symbols::AZTEC, (4, 4))),
    ];
    let mut random = StdRng::seed_from_u64(0x0570_dead);
    let mut read = 0;
    for round in 0..150 {
        let mut bytes = whole[round % whole.len()].clone();
        if round % 2 == 0 {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random();
        } else {
            // Pixels, not bytes: the file stays whole.
            let mut image = image::load_from_memory(&bytes).unwrap().into_luma8();
            let (width, height) = image.dimensions();
            for _ in 0..random.random_range(1..=6) {
                let (left, top) = (random.random_range(0..width), random.random_range(0..height));
                let grey = image::Luma([random.random()]);
                for (x, y) in (left..(left + 20).min(width)).flat_map(|x| (top..(top + 20).min(height)).map(move |y| (x, y))) {
                    image.put_pixel(x, y, grey);
                }
            }
            bytes = png(image);
        }
        match media.codes(bytes, round % 5 == 0).await {
            Ok(found) => read += found.len(),
            Err(Error::Unreadable(_) | Error::TooLarge) => {}
            Err(error) => panic!("{error} in round {round}"),
        }
    }
    assert!(read > 40, "{read}");
    assert_eq!(only(&media, alone(&qr("still works"), (4, 4))).await.text, "still works");
}

#[tokio::test]
async fn photographs_show_no_code() {
    let Some(photos) = shared("photos") else { return };
    let media = media();
    for name in ["Landscape_1", "Portrait_6"] {
        let bytes = std::fs::read(photos.join(format!("{name}.jpg"))).unwrap();
        assert_eq!(media.codes(bytes, false).await.unwrap(), [], "{name}");
    }
}

/// Texts compare as they are, numbers without the zeros that make a UPC an EAN.
fn same(found: &str, wanted: &str) -> bool {
    let number = |text: &str| text.len() >= 8 && text.bytes().all(|digit| digit.is_ascii_digit());
    let wanted = wanted.trim_end_matches(['\r', '\n']);
    found == wanted || number(found) && number(wanted) && found.trim_start_matches('0') == wanted.trim_start_matches('0')
}

/// What rxing finds when it is asked as its own helpers ask it.
fn by_rxing(bytes: &[u8], harder: bool) -> Option<String> {
    let grey = image::load_from_memory(bytes).unwrap().to_luma8();
    let (width, height) = grey.dimensions();
    let hints = DecodeHints { TryHarder: harder.then_some(true), ..DecodeHints::default() };
    let read = || {
        let source = Luma8LuminanceSource::new(grey.into_raw(), width, height).ok()?;
        let mut image = BinaryBitmap::new(HybridBinarizer::new(source));
        MultiFormatReader::default().decode_with_hints(&mut image, &hints).ok()
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok()??;
    Some(result.getText().to_owned())
}

/// Pictures of a folder, with the text that each holds; none in a folder of pictures without a code.
fn pictures(folder: &Path) -> Vec<(PathBuf, Option<String>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pictures =
        paths.filter(|path| path.extension().is_some_and(|ending| ["png", "jpg", "webp"].iter().any(|known| ending == *known)));
    pictures.map(|path| (path.clone(), std::fs::read_to_string(path.with_extension("txt")).ok())).collect()
}

#[derive(Default)]
struct Count {
    read: usize,
    false_ones: usize,
    rxing: usize,
}

async fn count(media: &Media, pictures: Vec<(PathBuf, Option<String>)>, thorough: bool) -> Count {
    let mut asked = tokio::task::JoinSet::new();
    for (path, wanted) in pictures {
        let media = media.clone();
        asked.spawn(async move {
            let bytes = std::fs::read(&path).unwrap();
            let found = media.codes(bytes.clone(), thorough).await.unwrap();
            let plain = tokio::task::spawn_blocking(move || by_rxing(&bytes, thorough)).await.unwrap();
            let right = |text: &str| wanted.as_ref().is_some_and(|wanted| same(text, wanted));
            let read = found.iter().any(|found| right(&found.text));
            (read, !found.is_empty() && !read, plain.is_some_and(|text| right(&text)))
        });
    }
    let mut count = Count::default();
    while let Some(done) = asked.join_next().await {
        let (read, false_one, rxing) = done.unwrap();
        count.read += usize::from(read);
        count.false_ones += usize::from(false_one);
        count.rxing += usize::from(rxing);
    }
    count
}

#[tokio::test]
async fn the_samples_of_zxing_cpp_are_read_no_worse_than_by_rxing() {
    let Some(folder) = shared("barcodes") else { return };
    // How many, not how fast, on however busy a machine.
    let media = limited(|limits| limits.time = Duration::from_secs(60));
    for name in ["datamatrix-1", "ean13-1", "qrcode-2", "upca-2", "falsepositives-1"] {
        let mut pictures = pictures(&folder.join(name));
        let without = name == "falsepositives-1";
        // One sample's answer is bytes, not text.
        pictures.retain(|(_, wanted)| without || wanted.is_some());
        let all = pictures.len();
        let usual = count(&media, pictures.clone(), false).await;
        let thorough = count(&media, pictures, true).await;
        println!(
            "{name}: default {}/{} (rxing {}), thorough {} (rxing {}); read wrong {} and {}",
            usual.read, all, usual.rxing, thorough.read, thorough.rxing, usual.false_ones, thorough.false_ones
        );
        assert!(usual.read >= usual.rxing && thorough.read >= thorough.rxing, "{name}");
        assert_eq!(usual.false_ones, 0, "{name}");
    }
}
