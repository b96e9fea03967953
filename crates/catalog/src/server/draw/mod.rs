//! The sample shop's pictures: still lifes of a few shapes on a soft ground, 800 x 800 px.

mod canvas;

use image::codecs::jpeg::JpegEncoder;
use tiny_skia::{Path, PathBuilder, Pixmap};

use self::canvas::{Canvas, Rgb, across, curve, down, flat, hexagon, leaf, oval, radial, rect, rounded};
use super::Error;

const SIDE: u32 = 800;

#[derive(Clone, Copy)]
pub(super) enum Picture {
    HoneyJar,
    DarkHoneyJar,
    OilBottle,
    SeaBowl,
    BlueBowl,
    TeaTin,
    Soap,
}

/// The picture as JPEG, the same bytes every time.
pub(super) fn jpeg(picture: Picture) -> Result<Vec<u8>, Error> {
    let fault = |what: &str| Error::Invalid(format!("drawing: {what}"));
    let mut canvas = Canvas(Pixmap::new(SIDE, SIDE).ok_or_else(|| fault("no canvas"))?);
    match picture {
        Picture::HoneyJar => jar(&mut canvas, [0xFBEFD2, 0xF1CF8A], [0xF6B73C, 0xC97A12], 0xFFF6E0),
        Picture::DarkHoneyJar => jar(&mut canvas, [0xEFE3D6, 0xD0B08E], [0xB5651D, 0x6B3208], 0xF6E3C8),
        Picture::OilBottle => bottle(&mut canvas),
        Picture::SeaBowl => sea_bowl(&mut canvas),
        Picture::BlueBowl => blue_bowl(&mut canvas),
        Picture::TeaTin => tea_tin(&mut canvas),
        Picture::Soap => soap(&mut canvas),
    }
    let rgb: Vec<u8> = canvas.0.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 88)
        .encode(&rgb, SIDE, SIDE, image::ExtendedColorType::Rgb8)
        .map_err(|error| fault(&error.to_string()))?;
    Ok(bytes)
}

fn jar(canvas: &mut Canvas, ground: [Rgb; 2], honey: [Rgb; 2], label: Rgb) {
    canvas.ground(ground[0], ground[1]);
    canvas.shadow(668.0, 260.0);
    let body = rounded(250.0, 250.0, 300.0, 420.0, 64.0);
    canvas.fill(&body, &across(250.0, 550.0, &[(0xFFFFFF, 0.85), (0xF4EDE0, 0.6), (0xE7D8BE, 0.9)]));
    let inside = rounded(264.0, 304.0, 272.0, 352.0, 54.0);
    canvas.fill(&inside, &across(264.0, 536.0, &[(honey[1], 1.0), (honey[0], 1.0), (honey[0], 1.0), (honey[1], 1.0)]));
    canvas.fill(&inside, &down(304.0, 656.0, &[(0xFFFFFF, 0.28), (0xFFFFFF, 0.0), (0x000000, 0.14)]));
    canvas.fill(
        &rounded(272.0, 178.0, 256.0, 84.0, 20.0),
        &across(272.0, 528.0, &[(0x8A5A2B, 1.0), (0xC79257, 1.0), (0x6F441C, 1.0)]),
    );
    for x in (288..528).step_by(20) {
        canvas.fill(&rect(x as f32, 190.0, 3.0, 60.0), &flat(0x3F240B, 0.18));
    }
    canvas.fill(&rounded(286.0, 400.0, 228.0, 164.0, 18.0), &flat(label, 0.96));
    canvas.line(&rounded(298.0, 412.0, 204.0, 140.0, 12.0), &flat(honey[1], 0.55), 3.0);
    for (x, y) in [(400.0, 452.0), (366.0, 472.0), (434.0, 472.0), (400.0, 492.0), (366.0, 512.0), (434.0, 512.0)] {
        canvas.fill(&hexagon(x, y, 18.0), &down(y - 18.0, y + 18.0, &[(honey[0], 1.0), (honey[1], 1.0)]));
    }
    canvas.fill(&rounded(276.0, 290.0, 16.0, 300.0, 8.0), &flat(0xFFFFFF, 0.5));
}

fn bottle(canvas: &mut Canvas) {
    canvas.ground(0xEEF1E1, 0xC9D3A6);
    canvas.shadow(690.0, 210.0);
    let mut outline = PathBuilder::new();
    outline.move_to(362.0, 150.0);
    outline.line_to(438.0, 150.0);
    outline.line_to(438.0, 270.0);
    outline.cubic_to(440.0, 330.0, 512.0, 330.0, 512.0, 410.0);
    outline.line_to(512.0, 660.0);
    outline.quad_to(512.0, 692.0, 480.0, 692.0);
    outline.line_to(320.0, 692.0);
    outline.quad_to(288.0, 692.0, 288.0, 660.0);
    outline.line_to(288.0, 410.0);
    outline.cubic_to(288.0, 330.0, 360.0, 330.0, 362.0, 270.0);
    outline.close();
    let glass = outline.finish();
    canvas.fill(&glass, &across(288.0, 512.0, &[(0x2F4220, 1.0), (0x6E8B3D, 1.0), (0x8FA94E, 1.0), (0x38501F, 1.0)]));
    canvas.fill(&glass, &down(150.0, 692.0, &[(0x000000, 0.16), (0xFFFFFF, 0.06), (0x000000, 0.2)]));
    canvas.fill(
        &rounded(356.0, 112.0, 88.0, 74.0, 12.0),
        &across(356.0, 444.0, &[(0x2A2621, 1.0), (0x5B5248, 1.0), (0x221E1A, 1.0)]),
    );
    canvas.fill(
        &rounded(304.0, 440.0, 192.0, 178.0, 10.0),
        &across(304.0, 496.0, &[(0xF0E9D8, 1.0), (0xFFFDF6, 1.0), (0xE4DAC2, 1.0)]),
    );
    branch(canvas, (400.0, 590.0));
    canvas.fill(&rounded(310.0, 410.0, 12.0, 250.0, 6.0), &flat(0xFFFFFF, 0.32));
    canvas.fill(&rounded(374.0, 192.0, 8.0, 100.0, 4.0), &flat(0xFFFFFF, 0.3));
}

/// An olive branch that grows up from `foot`.
fn branch(canvas: &mut Canvas, foot: (f32, f32)) {
    let (x, y) = foot;
    canvas.line(&curve((x, y), (x + 10.0, y - 60.0), (x - 4.0, y - 122.0)), &flat(0x56642F, 1.0), 4.0);
    for (step, side) in [(18.0, 1.0), (38.0, -1.0), (62.0, 1.0), (84.0, -1.0), (106.0, 1.0)] {
        let at = (x + 3.0, y - step);
        canvas.fill(&leaf(at, (at.0 + 52.0 * side, at.1 - 24.0), 11.0), &flat(0x6B7F38, 1.0));
    }
    for (dx, dy) in [(-22.0, -24.0), (26.0, -48.0)] {
        canvas.fill(
            &oval(x + dx, y + dy, 11.0, 15.0),
            &radial((x + dx - 4.0, y + dy - 5.0), 18.0, &[(0x8C9A4A, 1.0), (0x3E4A1C, 1.0)]),
        );
    }
}

fn bowl_body(canvas: &mut Canvas, glaze: &[(Rgb, f32)], inside: [Rgb; 2], rim: Rgb) -> Option<Path> {
    let mut outline = PathBuilder::new();
    outline.move_to(178.0, 400.0);
    outline.cubic_to(190.0, 560.0, 290.0, 648.0, 340.0, 654.0);
    outline.line_to(460.0, 654.0);
    outline.cubic_to(510.0, 648.0, 610.0, 560.0, 622.0, 400.0);
    outline.close();
    let body = outline.finish();
    canvas.fill(
        &rounded(328.0, 640.0, 144.0, 36.0, 10.0),
        &across(328.0, 472.0, &[(0x8F8577, 1.0), (0xD8CDBC, 1.0), (0x7F7567, 1.0)]),
    );
    canvas.fill(&body, &across(178.0, 622.0, glaze));
    canvas.fill(&body, &down(400.0, 660.0, &[(0xFFFFFF, 0.12), (0x000000, 0.0), (0x000000, 0.26)]));
    canvas.fill(&oval(400.0, 400.0, 222.0, 62.0), &flat(rim, 1.0));
    canvas.fill(&oval(400.0, 403.0, 208.0, 52.0), &down(350.0, 455.0, &[(inside[0], 1.0), (inside[1], 1.0)]));
    body
}

fn sea_bowl(canvas: &mut Canvas) {
    canvas.ground(0xEAF1F1, 0xB9CFD2);
    canvas.shadow(676.0, 250.0);
    let glaze = [(0x0B4A5C, 1.0), (0x1C88A0, 1.0), (0x5BC0CB, 1.0), (0x0E6E86, 1.0), (0x083B4B, 1.0)];
    bowl_body(canvas, &glaze, [0x083F50, 0x3FA9B9], 0xD9C9A8);
    for (y, half, fade) in [(470.0, 196.0, 0.5), (512.0, 172.0, 0.38), (552.0, 140.0, 0.28)] {
        let wave = curve((400.0 - half, y - 14.0), (400.0, y + 44.0), (400.0 + half, y - 14.0));
        canvas.line(&wave, &across(400.0 - half, 400.0 + half, &[(0xFFFFFF, 0.0), (0xEAF7F5, fade), (0xFFFFFF, 0.0)]), 7.0);
    }
    canvas.fill(&leaf((232.0, 452.0), (286.0, 590.0), 16.0), &flat(0xFFFFFF, 0.22));
}

fn blue_bowl(canvas: &mut Canvas) {
    canvas.ground(0xF3F0EA, 0xD9D2C6);
    canvas.shadow(676.0, 250.0);
    let glaze = [(0xC9D3DE, 1.0), (0xFBFCFD, 1.0), (0xFFFFFF, 1.0), (0xE3E9EF, 1.0), (0xB4C0CE, 1.0)];
    bowl_body(canvas, &glaze, [0xBFCBD8, 0xFAFBFC], 0x2B4C9B);
    canvas.line(&oval(400.0, 408.0, 168.0, 36.0), &flat(0x2B4C9B, 0.5), 4.0);
    let ink = flat(0x234392, 1.0);
    canvas.line(&curve((186.0, 436.0), (400.0, 524.0), (614.0, 436.0)), &ink, 5.0);
    canvas.line(&curve((268.0, 600.0), (400.0, 654.0), (532.0, 600.0)), &ink, 5.0);
    canvas.line(&curve((204.0, 486.0), (300.0, 600.0), (400.0, 540.0)), &ink, 4.0);
    canvas.line(&curve((400.0, 540.0), (500.0, 500.0), (596.0, 486.0)), &ink, 4.0);
    lotus(canvas, 400.0, 556.0, 46.0);
    lotus(canvas, 268.0, 536.0, 28.0);
    lotus(canvas, 532.0, 536.0, 28.0);
    for (from, to) in [
        ((318.0, 562.0), (340.0, 606.0)),
        ((470.0, 524.0), (462.0, 480.0)),
        ((226.0, 508.0), (214.0, 470.0)),
        ((482.0, 560.0), (462.0, 604.0)),
        ((580.0, 496.0), (560.0, 470.0)),
        ((336.0, 560.0), (330.0, 506.0)),
    ] {
        canvas.fill(&leaf(from, to, 9.0), &flat(0x3E63B8, 0.95));
    }
    canvas.fill(&leaf((222.0, 448.0), (262.0, 560.0), 10.0), &flat(0xFFFFFF, 0.7));
}

fn lotus(canvas: &mut Canvas, x: f32, y: f32, size: f32) {
    for turn in -3i16..=3 {
        let angle = f32::from(turn) * 0.5;
        let tip = (x + angle.sin() * size, y - angle.cos() * size);
        canvas.fill(&leaf((x, y), tip, size * 0.26), &flat(if turn % 2 == 0 { 0x2B4C9B } else { 0x5B7FD0 }, 0.95));
    }
    canvas.fill(&oval(x, y, size * 0.2, size * 0.2), &flat(0xF4F6FB, 1.0));
}

fn tea_tin(canvas: &mut Canvas) {
    canvas.ground(0xEEF2E6, 0xC3D0B4);
    canvas.shadow(680.0, 230.0);
    let body = rounded(270.0, 250.0, 260.0, 430.0, 22.0);
    canvas.fill(&body, &across(270.0, 530.0, &[(0x1E4A36, 1.0), (0x3D8161, 1.0), (0x4B9672, 1.0), (0x17392A, 1.0)]));
    canvas.fill(
        &rounded(262.0, 180.0, 276.0, 96.0, 20.0),
        &across(262.0, 538.0, &[(0x8C6B2E, 1.0), (0xE9CF8E, 1.0), (0xC9A456, 1.0), (0x6F521E, 1.0)]),
    );
    canvas.fill(&rect(262.0, 262.0, 276.0, 6.0), &flat(0x3C2C0E, 0.28));
    canvas.fill(&oval(400.0, 470.0, 98.0, 118.0), &down(350.0, 590.0, &[(0xFFFDF5, 1.0), (0xEDE6D0, 1.0)]));
    canvas.line(&oval(400.0, 470.0, 86.0, 106.0), &flat(0xC9A456, 0.9), 3.0);
    canvas.line(&curve((400.0, 560.0), (396.0, 500.0), (404.0, 440.0)), &flat(0x2F6B4B, 1.0), 5.0);
    canvas.fill(&leaf((402.0, 470.0), (408.0, 384.0), 22.0), &down(384.0, 470.0, &[(0x7FBF7A, 1.0), (0x3A7D4F, 1.0)]));
    canvas.fill(&leaf((400.0, 510.0), (344.0, 444.0), 18.0), &flat(0x4F9A63, 1.0));
    canvas.fill(&leaf((400.0, 520.0), (458.0, 452.0), 18.0), &flat(0x2F7A4E, 1.0));
    canvas.fill(&rounded(288.0, 290.0, 14.0, 360.0, 7.0), &flat(0xFFFFFF, 0.28));
}

fn soap(canvas: &mut Canvas) {
    canvas.ground(0xF3EFF7, 0xD6CAE3);
    canvas.shadow(640.0, 290.0);
    canvas.fill(&rounded(190.0, 440.0, 440.0, 196.0, 46.0), &down(440.0, 640.0, &[(0xBFA8DA, 1.0), (0x8A70AE, 1.0)]));
    canvas.fill(
        &rounded(190.0, 408.0, 440.0, 184.0, 46.0),
        &across(190.0, 630.0, &[(0xE7DBF4, 1.0), (0xD3C0EA, 1.0), (0xB79FD6, 1.0)]),
    );
    canvas.line(&rounded(224.0, 436.0, 372.0, 128.0, 30.0), &flat(0x8A70AE, 0.4), 5.0);
    for (x, lean) in [(330.0, -26.0), (400.0, 0.0), (470.0, 26.0)] {
        let top = (x + lean, 236.0);
        canvas.line(&curve((400.0, 544.0), (x, 440.0), top), &flat(0x6C8A5A, 1.0), 6.0);
        for step in 0u8..7 {
            let along = f32::from(step) / 7.0;
            let (cx, cy) = (top.0 - lean * along * 0.42, top.1 + along * 118.0);
            for side in [-1.0, 1.0] {
                canvas.fill(
                    &leaf((cx, cy + 10.0), (cx + 19.0 * side, cy - 16.0), 8.0),
                    &flat(if side < 0.0 { 0x7D5FB0 } else { 0x9A7CCB }, 1.0),
                );
            }
        }
    }
    canvas.fill(&rounded(212.0, 420.0, 250.0, 10.0, 5.0), &flat(0xFFFFFF, 0.5));
}
