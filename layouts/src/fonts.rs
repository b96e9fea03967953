//! The bundled fonts, part of the pinned input: no card ever asks the system for one. They are not packed: a page of them is read from the
//! program's file when a letter on it is drawn. A card is only drawn with those its own text needs.

use std::sync::LazyLock;

use takumi::prelude::{FontError, FontOverride, FontResource, FontSource, Fonts};

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
        regular: include_bytes!("../fonts/NotoSans-Regular.ttf"),
        bold: include_bytes!("../fonts/NotoSans-Bold.ttf"),
        covers: |_| true,
    },
    Family {
        name: "Noto Sans Arabic",
        regular: include_bytes!("../fonts/NotoSansArabic-Regular.ttf"),
        bold: include_bytes!("../fonts/NotoSansArabic-Bold.ttf"),
        covers: |c| matches!(c, '\u{0600}'..='\u{06FF}'),
    },
    Family {
        name: "Noto Sans Hebrew",
        regular: include_bytes!("../fonts/NotoSansHebrew-Regular.ttf"),
        bold: include_bytes!("../fonts/NotoSansHebrew-Bold.ttf"),
        covers: |c| matches!(c, '\u{0590}'..='\u{05FF}' | '\u{FB1D}'..='\u{FB4F}'),
    },
    Family {
        name: "Noto Sans Devanagari",
        regular: include_bytes!("../fonts/NotoSansDevanagari-Regular.ttf"),
        bold: include_bytes!("../fonts/NotoSansDevanagari-Bold.ttf"),
        covers: |c| matches!(c, '\u{0900}'..='\u{097F}'),
    },
    Family {
        name: "Noto Sans Thai",
        regular: include_bytes!("../fonts/NotoSansThai-Regular.ttf"),
        bold: include_bytes!("../fonts/NotoSansThai-Bold.ttf"),
        covers: |c| matches!(c, '\u{0E00}'..='\u{0E7F}'),
    },
    Family {
        name: "Noto Sans SC",
        regular: include_bytes!("../fonts/NotoSansSC-Regular.otf"),
        bold: include_bytes!("../fonts/NotoSansSC-Bold.otf"),
        covers: |c| matches!(c, '\u{2150}'..='\u{218F}' | '\u{2194}'..='\u{27BF}' | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}'),
    },
    Family {
        name: "Noto Sans KR",
        regular: include_bytes!("../fonts/NotoSansKR-Regular.otf"),
        bold: include_bytes!("../fonts/NotoSansKR-Bold.otf"),
        covers: |c| matches!(c, '\u{AC00}'..='\u{D7A3}'),
    },
    Family {
        name: "Noto Color Emoji",
        regular: EMOJI,
        bold: EMOJI,
        // U+FE0F asks for the coloured one of two looks; U+20E3 is the keycap.
        covers: |c| matches!(c, '\u{20E3}' | '\u{231A}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}'),
    },
];
const EMOJI: &[u8] = include_bytes!("../fonts/NotoColorEmoji.ttf");

/// All of them.
pub(crate) fn all() -> Result<&'static Fonts, Error> {
    static ALL: LazyLock<Result<Fonts, String>> = LazyLock::new(|| {
        let mut fonts = Fonts::default();
        for family in &FAMILIES {
            register(&mut fonts, family).map_err(|error| format!("{}: {error}", family.name))?;
        }
        Ok(fonts)
    });
    ALL.as_ref().map_err(|error| Error::Drawing(error.clone()))
}

/// The CSS list of the families that a text needs.
pub(crate) fn families(text: &str) -> String {
    let needed = FAMILIES.iter().filter(|family| text.chars().any(family.covers));
    needed.map(|family| family.name).collect::<Vec<_>>().join(", ")
}

fn register(fonts: &mut Fonts, family: &Family) -> Result<(), FontError> {
    for (weight, bytes) in [(400.0, family.regular), (700.0, family.bold)] {
        let named = FontOverride { family_name: Some(family.name.into()), weight: Some(weight), ..FontOverride::default() };
        fonts.register(FontResource::new(FontSource::from_static(bytes)).override_info(named))?;
    }
    Ok(())
}
