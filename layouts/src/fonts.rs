//! The bundled fonts, part of the pinned input: no card ever asks the system for one. A script's fonts are read when the first text needs
//! them, and a card is only ever drawn with those its own text needs: what was drawn before does not show.

use std::sync::{Mutex, PoisonError};
use std::thread;

use takumi::prelude::{FontOverride, FontResource, Fonts};

use crate::Error;

struct Family {
    name: &'static str,
    regular: &'static [u8],
    bold: &'static [u8],
    covers: fn(char) -> bool,
}

/// The first that has a character draws it.
static FAMILIES: [Family; 8] = [
    Family {
        name: "Noto Sans",
        regular: include_bytes!("../fonts/NotoSans-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSans-Bold.woff2"),
        covers: |_| true,
    },
    Family {
        name: "Noto Sans Arabic",
        regular: include_bytes!("../fonts/NotoSansArabic-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansArabic-Bold.woff2"),
        covers: |c| matches!(c, '\u{0600}'..='\u{06FF}'),
    },
    Family {
        name: "Noto Sans Hebrew",
        regular: include_bytes!("../fonts/NotoSansHebrew-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansHebrew-Bold.woff2"),
        covers: |c| matches!(c, '\u{0590}'..='\u{05FF}' | '\u{FB1D}'..='\u{FB4F}'),
    },
    Family {
        name: "Noto Sans Devanagari",
        regular: include_bytes!("../fonts/NotoSansDevanagari-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansDevanagari-Bold.woff2"),
        covers: |c| matches!(c, '\u{0900}'..='\u{097F}'),
    },
    Family {
        name: "Noto Sans Thai",
        regular: include_bytes!("../fonts/NotoSansThai-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansThai-Bold.woff2"),
        covers: |c| matches!(c, '\u{0E00}'..='\u{0E7F}'),
    },
    Family {
        name: "Noto Sans SC",
        regular: include_bytes!("../fonts/NotoSansSC-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansSC-Bold.woff2"),
        covers: |c| matches!(c, '\u{2150}'..='\u{218F}' | '\u{2194}'..='\u{27BF}' | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}'),
    },
    Family {
        name: "Noto Sans KR",
        regular: include_bytes!("../fonts/NotoSansKR-Regular.woff2"),
        bold: include_bytes!("../fonts/NotoSansKR-Bold.woff2"),
        covers: |c| matches!(c, '\u{AC00}'..='\u{D7A3}'),
    },
    Family {
        name: "Noto Color Emoji",
        regular: EMOJI,
        bold: EMOJI,
        covers: |c| matches!(c, '\u{231A}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}'),
    },
];
const EMOJI: &[u8] = include_bytes!("../fonts/NotoColorEmoji.ttf");

/// All fonts read so far, and the CSS list of the families that `text` needs.
pub(crate) fn of(text: &str) -> Result<(Fonts, String), Error> {
    static READ: Mutex<Option<(Fonts, [bool; FAMILIES.len()])>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let (fonts, known) = read.get_or_insert_with(|| (Fonts::default(), [false; FAMILIES.len()]));
    let mut names = Vec::new();
    for (family, known) in FAMILIES.iter().zip(known) {
        if !text.chars().any(family.covers) {
            continue;
        }
        if !*known {
            register(fonts, family)?;
            *known = true;
        }
        names.push(family.name);
    }
    Ok((fonts.clone(), names.join(", ")))
}

/// Unpacking two weights of thousands of characters takes most of the first card's time: side by side.
fn register(fonts: &mut Fonts, family: &Family) -> Result<(), Error> {
    let unpack = |weight: f32, bytes: &'static [u8]| {
        let named = FontOverride { family_name: Some(family.name.into()), weight: Some(weight), ..FontOverride::default() };
        FontResource::new(bytes).override_info(named).into_resolved()
    };
    let (regular, bold) = thread::scope(|scope| {
        let bold = scope.spawn(|| unpack(700.0, family.bold));
        (unpack(400.0, family.regular), bold.join())
    });
    let bold = bold.map_err(|_| Error::Drawing(format!("{}: cannot be read", family.name)))?;
    for font in [regular, bold] {
        font.and_then(|font| fonts.register(font)).map_err(|error| Error::Drawing(format!("{}: {error}", family.name)))?;
    }
    Ok(())
}
