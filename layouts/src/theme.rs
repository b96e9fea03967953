//! The window's colours, as layouts see them under `color`, and the tiles that stand in for missing pictures, under `tile`.

use serde::Serialize;

use crate::data::Theme;

#[derive(Serialize)]
pub(crate) struct Colors {
    ground: &'static str,
    side: &'static str,
    ink: &'static str,
    soft: &'static str,
    line: &'static str,
    accent: &'static str,
    changed: &'static str,
    ok: &'static str,
    warning: &'static str,
    danger: &'static str,
    /// Behind large words in those three.
    ok_soft: &'static str,
    warning_soft: &'static str,
    danger_soft: &'static str,
    /// Behind a picture.
    mount: &'static str,
    on_accent: &'static str,
}

const LIGHT: Colors = Colors {
    ground: "#FBFAF7",
    side: "#F1EEE8",
    ink: "#1D2126",
    soft: "#5B6470",
    line: "#E2DDD3",
    accent: "#0E6E86",
    changed: "#C4552D",
    ok: "#4F7A3A",
    warning: "#8A5E0C",
    danger: "#B3261E",
    ok_soft: "#E3ECDB",
    warning_soft: "#F6E9CD",
    danger_soft: "#F8E1DD",
    mount: "#F1EEE8",
    on_accent: "#FFFFFF",
};

const DARK: Colors = Colors {
    ground: "#1B1F24",
    side: "#232930",
    ink: "#E8E6E1",
    soft: "#9AA3AE",
    line: "#2F363E",
    accent: "#4FB3C8",
    changed: "#E98A63",
    ok: "#9CC487",
    warning: "#E0B25A",
    danger: "#F2938C",
    ok_soft: "#26331F",
    warning_soft: "#3A2E16",
    danger_soft: "#45211E",
    mount: "#14171A",
    on_accent: "#0F1215",
};

pub(crate) fn colors(theme: Theme) -> &'static Colors {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// A soft gradient and an ink that is read on it.
#[derive(Serialize)]
pub(crate) struct Tile {
    from: &'static str,
    to: &'static str,
    ink: &'static str,
}

const LIGHT_TILES: [Tile; 5] = [
    Tile { from: "#DDEBEC", to: "#B5D3D8", ink: "#0E6E86" },
    Tile { from: "#F6E4DA", to: "#EBC4B0", ink: "#A5431F" },
    Tile { from: "#E6EDDC", to: "#C6D6B2", ink: "#44692F" },
    Tile { from: "#F6EBD2", to: "#EAD3A0", ink: "#7D560A" },
    Tile { from: "#E7E4F0", to: "#CAC4DF", ink: "#544A86" },
];

const DARK_TILES: [Tile; 5] = [
    Tile { from: "#1D3C44", to: "#12282F", ink: "#7CCBDB" },
    Tile { from: "#46291D", to: "#2D1A12", ink: "#F0A583" },
    Tile { from: "#2A3A22", to: "#1B2716", ink: "#A9CD94" },
    Tile { from: "#423419", to: "#2A2110", ink: "#E4BF72" },
    Tile { from: "#2E2B46", to: "#1D1B2E", ink: "#B7AFE0" },
];

/// The same for the same name.
pub(crate) fn tile(name: &str, theme: Theme) -> &'static Tile {
    let sum = name.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let tiles = match theme {
        Theme::Light => &LIGHT_TILES,
        Theme::Dark => &DARK_TILES,
    };
    &tiles[sum as usize % tiles.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or_default()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn texts_are_read_on_their_ground() {
        for (colors, tiles, on_pill) in [(&LIGHT, &LIGHT_TILES, "#FFFFFF"), (&DARK, &DARK_TILES, DARK.on_accent)] {
            for ink in [colors.ink, colors.soft, colors.ok, colors.warning, colors.danger, colors.accent] {
                assert!(contrast(ink, colors.ground) >= 4.5, "{ink} on {}", colors.ground);
            }
            for pill in [colors.ok, colors.warning, colors.danger] {
                assert!(contrast(on_pill, pill) >= 4.5, "{on_pill} on {pill}");
            }
            // Initials are large text, and so is what stands on a soft colour.
            for (word, soft) in
                [(colors.ok, colors.ok_soft), (colors.warning, colors.warning_soft), (colors.danger, colors.danger_soft)]
            {
                assert!(contrast(word, soft) >= 3.0, "{word} on {soft}");
            }
            for tile in tiles {
                assert!(contrast(tile.ink, tile.from).min(contrast(tile.ink, tile.to)) >= 3.0, "{}", tile.ink);
            }
        }
    }
}
