//! SVG drawings: what is drawn, and what is refused before it is.

use std::fmt::Write;

use stoa_media::{Error, Pixels, VECTOR_BYTES, VECTOR_ELEMENTS};

use crate::media;

const OPEN: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10">"#;

fn svg(inner: &str) -> Vec<u8> {
    format!("{OPEN}{inner}</svg>").into_bytes()
}

fn at(pixels: &Pixels, x: u32, y: u32) -> [u8; 4] {
    let start = ((y * pixels.width + x) * 4) as usize;
    pixels.rgba[start..start + 4].try_into().unwrap()
}

fn code(outcome: Result<Pixels, Error>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "drawn")
}

#[tokio::test]
async fn shapes_are_drawn_at_any_size_by_their_view_box() {
    let media = media();
    let drawing = r##"<defs><linearGradient id="g"><stop offset="0" stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient>
        <clipPath id="c"><rect x="10" y="0" width="5" height="10"/></clipPath><g id="s"><rect width="5" height="10" fill="url(#g)"/></g></defs>
        <use href="#s"/><rect x="10" width="10" height="10" fill="#0f0" clip-path="url(#c)" opacity="0.5"/>"##;
    for (longest, size) in [(200, (200, 100)), (20, (20, 10)), (1, (1, 1)), (100_000, (2048, 1024))] {
        let pixels = media.vector(svg(drawing), longest).await.unwrap();
        assert_eq!((pixels.width, pixels.height), size);
        assert_eq!(pixels.rgba.len() as u32, size.0 * size.1 * 4);
    }
    let pixels = media.vector(svg(drawing), 200).await.unwrap();
    let (left, right) = (at(&pixels, 1, 50), at(&pixels, 48, 50));
    assert!(left[0] > 240 && left[2] < 15 && right[0] < 15 && right[2] > 240, "{left:?} {right:?}");
    let [r, g, b, a] = at(&pixels, 125, 50);
    assert!((r, g, b) == (0, 255, 0) && a.abs_diff(128) < 2, "straight alpha");
    assert_eq!(at(&pixels, 175, 50)[3], 0, "clipped");
    // Sides said beside the viewBox change nothing.
    let huge =
        String::from_utf8(svg(drawing)).unwrap().replace("<svg", r#"<svg width="1e9" height='3' preserveAspectRatio="none""#);
    assert_eq!(media.vector(huge.into_bytes(), 200).await.unwrap(), pixels);
}

#[tokio::test]
async fn whatever_is_no_shape_is_refused() {
    let media = media();
    for inner in [
        "<text>a</text>",
        r#"<image href="data:image/png;base64,AAAA"/>"#,
        r#"<image href="file:///etc/passwd"/>"#,
        "<style>rect{fill:red}</style>",
        "<script>1</script>",
        "<foreignObject/>",
        r#"<filter id="f"/>"#,
        r#"<mask id="m"/>"#,
        r#"<pattern id="p"/>"#,
        r#"<marker id="m"/>"#,
        r#"<animate attributeName="x"/>"#,
        r#"<switch/>"#,
        r#"<a href="https://example.org/"/>"#,
        r#"<use href="https://example.org/a.svg#b"/>"#,
        r#"<use xlink:href="other.svg#b"/>"#,
        r#"<rect fill="url(https://example.org/#a)"/>"#,
        r#"<rect fill="URL ( 'http://x#a')"/>"#,
        r#"<rect style="fill: url(//example.org/a)"/>"#,
        r#"<rect filter="blur(500px)"/>"#,
        r#"<rect style="filter:blur(500px)"/>"#,
        r##"<rect mask="url(#a)"/>"##,
    ] {
        assert_eq!(code(media.vector(svg(inner), 64).await), "unsupported", "{inner}");
    }
    for file in [&b"<svg/>"[..], b"<html/>", b"", b"\xff\xfe", b"\x1f\x8b\x08", br#"<svg xmlns="http://www.w3.org/2000/svg"/>"#] {
        assert_eq!(code(media.vector(file.to_vec(), 64).await), "unreadable");
    }
    for view in ["0 0 0 0", "0 0 -1 5", "0 0 nan 5", "0 0 1e30 1", "0 0 1", "a b c d"] {
        let file = String::from_utf8(svg("<rect/>")).unwrap().replace("0 0 20 10", view);
        assert_eq!(code(media.vector(file.into_bytes(), 64).await), "unreadable", "{view}");
    }
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_drawn() {
    let media = media();
    let doubling = (0..30).fold(r#"<g id="d0"><rect width="1" height="1"/></g>"#.to_owned(), |mut svg, level| {
        write!(svg, r##"<g id="d{}"><use href="#d{level}"/><use href="#d{level}"/></g>"##, level + 1).unwrap();
        svg
    });
    let clips = (0..60).fold(String::new(), |mut svg, level| {
        write!(svg, r##"<clipPath id="c{level}" clip-path="url(#c{})"><rect width="9" height="9"/></clipPath>"##, level + 1)
            .unwrap();
        svg
    });
    let long = format!(r#"<path id="p" d="M0 0{}"/>"#, " l1 1 l-1 0".repeat(3_000));
    let layers = format!("{}<rect width='9' height='9'/>{}", "<g opacity='.9'>".repeat(20), "</g>".repeat(20));
    let beside = "<g opacity='.9'><rect width='20' height='9'/><rect width='9' height='9'/></g>".repeat(100);
    let entities = "<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>";
    let bombs = [
        ("elements", svg(&"<g/>".repeat(VECTOR_ELEMENTS as usize)), "too_large"),
        ("use", svg(&doubling), "too_large"),
        ("itself", svg(r##"<g id="a"><use href="#a"/></g>"##), "unreadable"),
        ("a circle of clips", svg(r##"<clipPath id="a" clip-path="url(#a)"/><rect clip-path="url(#a)"/>"##), "unreadable"),
        ("clips", svg(&format!("{clips}<rect width='9' height='9' clip-path='url(#c0)'/>")), "too_large"),
        ("paths", svg(&format!("{long}{}", r##"<use href="#p"/>"##.repeat(300))), "too_large"),
        ("layers", svg(&layers), "too_large"),
        ("layers beside each other", svg(&beside), "too_large"),
        ("dashes", svg(r#"<path d="M0 0H1e6" stroke="red" stroke-dasharray="0.001"/>"#), "too_large"),
        ("depth", svg(&format!("{}{}", "<g>".repeat(200), "</g>".repeat(200))), "too_large"),
        ("bytes", svg(&" ".repeat(VECTOR_BYTES)), "too_large"),
        ("nodes", svg(&"<!---->a".repeat(5_000)), "too_large"),
        ("two of one id", svg(r#"<g id="a"/><g id="a"/>"#), "unreadable"),
        ("entities", [entities.as_bytes(), &svg("<rect/>")].concat(), "unreadable"),
    ];
    for (name, bomb, expected) in bombs {
        let outcome = media.vector(bomb, 2048).await;
        assert_eq!(code(outcome), expected, "{name}");
    }
    assert_eq!(code(media.vector(svg("<rect width='9' height='9'/>"), 64).await), "drawn");
}

/// As hostile as the caps allow: the time limit is the child's usual one.
#[tokio::test]
async fn the_most_that_is_allowed_is_drawn() {
    let media = media();
    let path = format!("<path id='p' stroke='red' stroke-width='.3' fill='url(#g)' d='M0 0{}'/>", " q19 9 1 0 t-1 0".repeat(30));
    let gradient = "<radialGradient id='g'><stop offset='0'/><stop offset='1' stop-opacity='0'/></radialGradient>";
    let most = format!("{gradient}{path}{}", "<g opacity='.9'><use href='#p'/><use href='#p'/></g>".repeat(60));
    assert_eq!(code(media.vector(svg(&most), 2048).await), "drawn");
}
