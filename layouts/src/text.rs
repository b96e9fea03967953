//! Texts as they are shown: white space as in HTML, emoji as far as the font has them, and which way a text runs.

/// White space squeezed to single spaces; emoji sequences cut to their first emoji, which is all the bundled font knows.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
        if !shown.is_empty() {
            shown.push(' ');
        }
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\u{1F3FB}'..='\u{1F3FF}' => {}
                '\u{200D}' if chars.peek().copied().is_some_and(is_emoji) => {
                    chars.next();
                }
                // The fonts lack the sign.
                '\u{2212}' => shown.push('–'),
                c => shown.push(c),
            }
        }
    }
    shown
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Whether a character makes the text that begins with it run from right to left; none says nothing (UAX 9, P2).
pub(crate) fn strong(c: char) -> Option<bool> {
    match c {
        '\u{200F}' | '\u{061C}' => Some(true),
        '\u{200E}' => Some(false),
        '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' if c.is_alphabetic() => Some(true),
        c => c.is_alphabetic().then_some(false),
    }
}
