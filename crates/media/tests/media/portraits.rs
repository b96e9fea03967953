//! The square that personas begin with.

use image::{ImageFormat, Rgba, RgbaImage};
use stoa_media::{Crop, PORTRAIT, Pixels, shrink};

use crate::samples::{self, BLUE, GREEN, RED, WHITE};
use crate::{media, photos};

fn at(pixels: &Pixels, x: f32, y: f32) -> [u8; 3] {
    let (x, y) = ((x * PORTRAIT as f32) as usize, (y * PORTRAIT as f32) as usize);
    let start = (y * PORTRAIT as usize + x) * 4;
    pixels.rgba[start..start + 3].try_into().unwrap()
}

fn near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) < 40)
}

fn whole(pixels: &Pixels) {
    assert_eq!((pixels.width, pixels.height, pixels.rgba.len()), (PORTRAIT, PORTRAIT, (PORTRAIT * PORTRAIT * 4) as usize));
    assert!(pixels.rgba.chunks(4).all(|pixel| pixel[3] == 255));
}

#[tokio::test]
async fn every_orientation_is_cut_alike() {
    let media = media();
    for size in [(96, 64), (64, 96), (2400, 1600)] {
        let upright = samples::quarters(size.0, size.1);
        let crops = [
            (None, [RED, GREEN, BLUE, WHITE]),
            (Some(Crop { x: 0.0, y: 0.0, side: 0.4 }), [RED; 4]),
            (Some(Crop { x: 0.9, y: 0.0, side: 0.4 }), [GREEN; 4]),
            (Some(Crop { x: -5.0, y: 1.0, side: 0.3 }), [BLUE; 4]),
            (Some(Crop { x: 1.0, y: 1.0, side: 0.4 }), [WHITE; 4]),
        ];
        for orientation in 1..=8 {
            let stored = samples::stored(&upright, orientation);
            let bytes = samples::jpeg_with_metadata(&samples::jpeg(&stored), &samples::exif(orientation));
            for (crop, wanted) in crops {
                let pixels = media.portrait(bytes.clone(), crop).await.unwrap();
                whole(&pixels);
                let found = [(0.2, 0.1), (0.8, 0.1), (0.2, 0.9), (0.8, 0.9)].map(|(x, y)| at(&pixels, x, y));
                for (found, wanted) in found.into_iter().zip(wanted) {
                    assert!(near(found, wanted), "{size:?} orientation {orientation} {crop:?}: {found:?} for {wanted:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn photographs_come_out_upright() {
    let Some(photos) = photos() else { return };
    let media = media();
    for name in ["Landscape", "Portrait"] {
        let mut first: Option<Pixels> = None;
        for orientation in 0..=8 {
            let bytes = std::fs::read(photos.join(format!("{name}_{orientation}.jpg"))).unwrap();
            let small = shrink(&media.portrait(bytes, None).await.unwrap(), 32);
            let first = first.get_or_insert_with(|| small.clone());
            let sum: u64 = small.rgba.iter().zip(&first.rgba).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            assert!(sum < 6 * small.rgba.len() as u64, "{name} {orientation} differs by {sum}");
        }
    }
}

#[tokio::test]
async fn clear_parts_are_white_and_any_kind_of_picture_will_do() {
    let media = media();
    let half = RgbaImage::from_fn(40, 40, |x, _| if x < 20 { Rgba([0, 0, 0, 0]) } else { Rgba([0, 0, 255, 255]) });
    let pixels = media.portrait(samples::file(half.clone(), ImageFormat::Png), None).await.unwrap();
    whole(&pixels);
    assert_eq!((at(&pixels, 0.1, 0.5), at(&pixels, 0.9, 0.5)), ([255; 3], [0, 0, 255]));
    let image = image::DynamicImage::from(half);
    for other in [
        image.to_luma8().into(),
        image.to_luma_alpha8().into(),
        image::DynamicImage::from(image.to_rgb16()),
        image.to_rgba16().into(),
    ] {
        whole(&media.portrait(samples::file(other, ImageFormat::Png), None).await.unwrap());
    }
    whole(&media.portrait(samples::gif(3, 200), None).await.unwrap());
    whole(&media.portrait(samples::file(samples::quarters(1, 1), ImageFormat::WebP), None).await.unwrap());
}

#[tokio::test]
async fn senseless_crops_are_moved_in_or_taken_for_none() {
    let media = media();
    let bytes = samples::jpeg(&samples::quarters(300, 200));
    let usual = media.portrait(bytes.clone(), None).await.unwrap();
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let crop = Crop { x: 0.1, y: 0.1, side: number };
        assert_eq!(media.portrait(bytes.clone(), Some(crop)).await.unwrap(), usual);
    }
    for number in [f32::MAX, f32::MIN, 0.0, -1.0, 1e-30] {
        whole(&media.portrait(bytes.clone(), Some(Crop { x: number, y: number, side: number })).await.unwrap());
    }
    // The middle of a tall picture's square lies above the picture's own.
    let tall = media.portrait(samples::jpeg(&samples::quarters(200, 600)), None).await.unwrap();
    assert!(near(at(&tall, 0.2, 0.5), RED) && near(at(&tall, 0.2, 0.9), BLUE));
}
