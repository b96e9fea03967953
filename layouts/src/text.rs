//! Texts as they are shown: white space as in HTML, and which way a text runs.

/// White space squeezed to single spaces.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
        if !shown.is_empty() {
            shown.push(' ');
        }
        // The fonts lack the minus sign.
        shown.extend(word.chars().map(|c| if c == '\u{2212}' { '–' } else { c }));
    }
    shown
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
