//! Cards drawn from the built-in layouts, and layouts that must not be drawn.

#![allow(clippy::unwrap_used)]

use stoa_layouts::{Availability, BUILT_IN, CardData, Drawn, Error, Image, Layout, Price, Theme, View, price_text, render};

const EN: View<'static> = View { locale: "en", theme: Theme::Light, scale: 1 };

fn honey() -> CardData {
    CardData {
        name: "Wildflower honey, 500 g".to_owned(),
        description: Some("From the slopes above the city.".to_owned()),
        brand: None,
        price: Some(Price { minor: 1250, currency: "EUR".to_owned() }),
        availability: Availability::InStock,
        quantity: None,
        seller: "Hymettus Bees".to_owned(),
        badges: vec!["verified".to_owned(), "crown".to_owned(), "unknown".to_owned()],
        photo_whole: false,
    }
}

fn photo() -> Image {
    let pixels = (0..64u32).flat_map(|y| (0..64u32).flat_map(move |x| [(x * 4) as u8, (y * 4) as u8, 128, 255]));
    Image { slot: "photo".to_owned(), rgba: pixels.collect(), width: 64, height: 64 }
}

fn layout(id: &str) -> Layout {
    Layout::parse(BUILT_IN.iter().find(|(name, _)| *name == id).unwrap().1).unwrap()
}

fn draw(id: &str, data: &CardData, images: &[Image], view: View<'_>) -> Drawn {
    render(&layout(id), data, images, &view).unwrap()
}

#[test]
fn scale_and_state_show_in_the_pixels() {
    let (once, twice) =
        (draw("compact", &honey(), &[photo()], EN), draw("compact", &honey(), &[photo()], View { scale: 2, ..EN }));
    assert_eq!((once.width, once.height, twice.width, twice.height), (360, 128, 720, 256));
    assert_eq!(twice.rgba.len(), 720 * 256 * 4);
    let pixel = |drawn: &Drawn, x: u32, y: u32| drawn.rgba[((y * drawn.width + x) * 4) as usize..][..4].to_vec();
    assert_eq!(pixel(&once, 0, 0)[3], 0, "the corner is round");
    assert_eq!(pixel(&once, 200, 64), [0xFB, 0xFA, 0xF7, 0xFF]);
    assert_eq!(pixel(&draw("compact", &honey(), &[], View { theme: Theme::Dark, ..EN }), 200, 64), [0x1B, 0x1F, 0x24, 0xFF]);
    let changed = |data: CardData| draw("compact", &data, &[photo()], EN).rgba != once.rgba;
    assert!(changed(CardData { availability: Availability::SoldOut, ..honey() }));
    assert!(changed(CardData { badges: vec![], ..honey() }));
    assert!(changed(CardData { name: "手工蜂蜜".to_owned(), ..honey() }));
    let wide_photo = |photo_whole| {
        let photo = Image { rgba: photo().rgba[..64 * 16 * 4].to_vec(), height: 16, ..photo() };
        draw("compact", &CardData { photo_whole, ..honey() }, &[photo], EN)
    };
    assert_eq!(pixel(&wide_photo(true), 60, 20), [0xFF, 0xFF, 0xFF, 0xFF], "beside a photo that is shown whole");
    assert_ne!(pixel(&wide_photo(false), 60, 20), [0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(
        !changed(CardData { badges: vec!["verified".to_owned(), "crown".to_owned()], ..honey() }),
        "a badge without a picture"
    );
}

#[test]
fn logo_and_badges_are_drawn_from_their_slots() {
    let mark = |slot: &str| Image { slot: slot.to_owned(), ..photo() };
    let badges = |count| CardData { badges: (0..count).map(|n| format!("b{n}")).collect(), ..honey() };
    for (id, _) in BUILT_IN {
        let bare = draw(id, &badges(0), &[photo()], EN).rgba;
        assert_ne!(draw(id, &badges(0), &[photo(), mark("logo")], EN).rgba, bare, "{id}: the logo");
        assert_eq!(draw(id, &badges(2), &[photo()], EN).rgba, bare, "{id}: badges without pictures");
        let slots: Vec<Image> = [photo()].into_iter().chain((0..6).map(|n| mark(&format!("badge-b{n}")))).collect();
        let drawn = |count| draw(id, &badges(count), &slots, EN).rgba;
        assert_ne!(drawn(3), drawn(4), "{id}: the fourth badge");
        assert_eq!(drawn(4), drawn(6), "{id}: no room for a fifth badge");
    }
}

/// One picture each, as wide as one emoji.
#[test]
fn emoji_sequences_are_one_emoji() {
    let layout = card("<div style=\"display: flex; font-size: 20px; line-height: 24px\">{{ name }}</div>");
    let layout = Layout::parse(layout.as_bytes()).unwrap();
    let ink = |name: &str| {
        let drawn = render(&layout, &CardData { name: name.to_owned(), ..honey() }, &[], &EN).unwrap();
        let columns = (0..100).filter(|x| (0..100).any(|y| drawn.rgba[(y * 100 + x) * 4 + 3] > 0));
        (columns.count(), drawn.rgba)
    };
    let (single, plain) = ink("👩");
    for sequence in ["👩🏽", "👩🏽‍🍳", "👨‍👩‍👧", "🇬🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "❤️‍🔥", "🧑🏿‍🤝‍🧑🏻"]
    {
        let (width, pixels) = ink(sequence);
        assert!((10..single + 8).contains(&width), "{sequence}: {width} px, {single} for one");
        assert_ne!(pixels, plain, "{sequence}");
    }
}

#[test]
fn markup_in_data_is_text() {
    let name = "</div><img src=\"photo\"/>{{ price }}\"; color: url(x)&amp;";
    draw("picture", &CardData { name: name.to_owned(), seller: name.to_owned(), ..honey() }, &[], EN);
}

#[test]
fn prices_are_what_intl_writes() {
    for line in include_str!("prices.tsv").lines() {
        let [locale, currency, minor, written] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let price = Price { minor: minor.parse().unwrap(), currency: currency.to_owned() };
        assert_eq!(price_text(&price, locale), written, "{line}");
    }
}

#[test]
fn a_locale_without_numbers_of_its_own_reads_as_its_language() {
    let price = Price { minor: 123_450, currency: "USD".to_owned() };
    for (locale, written) in [
        ("en-US", "$1,234.50"),
        ("en-AU", "US$1,234.50"),
        ("de-AT", "1.234,50\u{A0}$"),
        ("zh-TW", "US$1,234.50"),
        ("zh-Hans-CN", "US$1,234.50"),
        ("fi", "$1,234.50"),
        ("", "$1,234.50"),
    ] {
        assert_eq!(price_text(&price, locale), written, "{locale}");
    }
}

fn refused(source: &str) -> &'static str {
    match Layout::parse(source.as_bytes()) {
        Err(error @ (Error::TooMuch(_) | Error::Refused(_))) => error.code(),
        other => panic!("{other:?} for {}", &source[..source.len().min(200)]),
    }
}

fn card(inside: &str) -> String {
    format!("<div style=\"width: 100px; height: 100px\">{inside}</div>")
}

#[test]
fn foreign_elements_attributes_and_places_are_refused() {
    for inside in [
        "<svg><use href=\"#a\"/></svg>",
        "<use href=\"#a\"/>",
        "<script>x</script>",
        "<style>div { color: red }</style>",
        "<iframe src=\"photo\"></iframe>",
        "<img src=\"https://example.org/x.png\"/>",
        "<img src=\"file:///etc/passwd\"/>",
        "<img src=\"data:image/png;base64,AA\"/>",
        "<img src=\"photo/../logo\"/>",
        "<img/>",
        "<div onclick=\"x\"></div>",
        "<div tw=\"blur-3xl\"></div>",
        "<div class=\"a\"></div>",
        "<div style=\"background: url(https://example.org)\"></div>",
        "<div style=\"background: u\\72l(x)\"></div>",
        "<div style=\"background: image-set('x')\"></div>",
        "<div style=\"background:/**/url(x)\"></div>",
        "<div style=\"content: 'x'\"></div>",
        "<div style=\"color: var(--x)\"></div>",
        "<div style=\"width: calc(1px * 9)\"></div>",
        "<div style=\"animation: a 1s\"></div>",
        "<div style=\"font-family: x\"></div>",
        "<div style=\"filter: blur(500px)\"></div>",
        "<div style=\"filter: blur(40em)\"></div>",
        "<div style=\"filter: blur(1px) blur(1px)\"></div>",
        "<div style=\"width: 2048%\"></div>",
        "<div style=\"margin: 99em\"></div>",
        "<div style=\"box-shadow: 0 0 500px #000\"></div>",
        "<div style=\"width: 1e9px\"></div>",
        "<div style=\"font-size: 201px\"></div>",
        "<div style=\"font-size: 20em\"></div>",
        "<div style=\"font-size: 900%\"></div>",
        "<div style=\"line-height: 900\"></div>",
        "<div style=\"font-size: larger\"></div>",
        "<div style=\"transform: scale(900)\"></div>",
        "<div style=\"width: 100vw\"></div>",
        "<div style=\"color: rgb(((1)))\"></div>",
        "<div style=\"color: red",
        "<div>",
        "<div></span>",
        "</div><div>",
        "&bomb;",
        "<!-- ",
    ] {
        assert_eq!(refused(&card(inside)), "refused", "{inside}");
    }
    for root in [
        "",
        "text",
        "<div></div>",
        "<div style=\"width: 5000px; height: 10px\"></div>",
        "<div style=\"width: 50%; height: 10px\"></div>",
    ] {
        assert_eq!(refused(root), "refused", "{root}");
    }
    assert!(Layout::parse(&[0xFF, 0xFE]).is_err());
}

#[test]
fn layouts_of_too_much_work_are_refused() {
    let many = |count, inside: &str| card(&inside.repeat(count));
    for source in [
        many(10_000, "<div/>"),
        many(250, "<div/>"),
        format!("{}{}", "<div style=\"width: 9px; height: 9px\">".to_owned() + &"<div>".repeat(100), "</div>".repeat(101)),
        many(9, "<div style=\"filter: blur(50px)\"></div>"),
        many(41, "<div style=\"opacity: 0.5\"></div>"),
        many(41, "<div style=\"background: linear-gradient(#fff, #000)\"></div>"),
        card(&format!("<div style=\"{}\"></div>", "color: red;".repeat(60))),
        card(&format!("<div style=\"box-shadow: {}\"></div>", ["0 0 9px rgba(0, 0, 0, 1)"; 5].join(", "))),
        card(&format!(
            "<div style=\"{}\"></div>",
            "background: linear-gradient(#fff, #000), linear-gradient(#fff, #000);".repeat(13)
        )),
        " ".repeat(40_000),
    ] {
        assert_eq!(refused(&source), "too_much", "{}", &source[..60]);
    }
}

/// Allowed one by one, too much in sum: what drawing costs is reckoned before anything is drawn.
#[test]
fn cards_that_would_take_too_long_are_refused() {
    let whole = |count: usize, style: &str, inside: &str| {
        let layer = format!("<div style=\"position: absolute; width: 1024px; height: 700px; {style}\">{inside}</div>");
        format!("<div style=\"width: 1024px; height: 700px\">{}</div>", layer.repeat(count))
    };
    for (few, many, style, inside) in [
        (4, 40, "background: #fff; border-radius: 9px", ""),
        (4, 40, "border: 9px solid #fff", ""),
        (2, 20, "opacity: 0.5", "<div></div>"),
        (1, 9, "transform: rotate(3deg); background: #fff", ""),
        (2, 8, "background: radial-gradient(#fff, #000)", ""),
        (0, 1, "filter: blur(50px)", ""),
        (1, 4, "filter: blur(1px)", "<div></div>"),
        (1, 4, "box-shadow: 0 0 50px 50px #000", ""),
        (0, 1, "font-size: 200px", "{{ description }}"),
        // What is no value leaves the declaration before it in force.
        (4, 40, "background: #fff; border-radius: 9px; width: -5px; height: -5px", ""),
        (0, 1, "filter: blur(50px); filter: 3", ""),
        (0, 1, "font-size: 200px; font-size: -1px; font-size: 3", "{{ description }}"),
    ] {
        assert!(Layout::parse(whole(few, style, inside).as_bytes()).is_ok(), "{few} of {style}");
        let refused = Layout::parse(whole(many, style, inside).as_bytes()).map(|_| ()).map_err(|error| error.code());
        assert_eq!(refused, Err("too_much"), "{many} of {style}");
    }
    // The pictures handed in count too.
    let photos = Layout::parse(whole(8, "", "<img src=\"photo\" style=\"width: 300px; height: 300px\" />").as_bytes()).unwrap();
    let large = Image { slot: "photo".to_owned(), rgba: vec![0; 2048 * 2048 * 4], width: 2048, height: 2048 };
    assert_eq!(render(&photos, &honey(), &[large], &EN).unwrap_err().code(), "too_much");
}

#[test]
fn templates_cannot_loop_or_grow_without_end() {
    let nested = |depth: usize| {
        let open = "{% for a in seller.badges %}".repeat(depth);
        card(&format!("{open}{}{}", "x".repeat(200), "{% endfor %}".repeat(depth)))
    };
    assert_eq!(refused(&nested(20)), "too_much");
    assert_eq!(refused(&nested(9)), "too_much");
    for inside in [
        "{% for a in range(1000000) %}x{% endfor %}",
        "{% for a in seller.badges recursive %}{{ loop(a) }}{% endfor %}",
        "{% set a = name %}",
        "{% set a %}{{ name }}{% endset %}",
        "{{ name ~ name }}",
        "{{ name * 1000000 }}",
        "{{ 9 ** 9 }}",
        "{{ [1, 2] }}",
        "{{ name|upper }}",
        "{{ name.format() }}",
        "{{ '{{' }}",
        "{% macro a() %}{% endmacro %}",
        "{% include 'compact' %}",
        "{% raw %}{{ name }}{% endraw %}",
        "{% filter upper %}x{% endfilter %}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{{ name",
        "{% if name %}",
        "{# ",
    ] {
        assert_eq!(refused(&card(inside)), "refused", "{inside}");
    }
}

#[test]
fn data_out_of_its_limits_is_refused() {
    let refused =
        |data: CardData, images: &[Image], view: View<'_>| render(&layout("compact"), &data, images, &view).unwrap_err().code();
    assert_eq!(refused(CardData { name: "x".repeat(301), ..honey() }, &[], EN), "data");
    assert_eq!(refused(honey(), &[Image { width: 65, ..photo() }], EN), "data");
    assert_eq!(refused(honey(), &[], View { scale: 4, ..EN }), "data");
}
