//! Words from anywhere, as they may be shown.

/// One line without control, separator and direction-override letters (Trojan Source, CVE-2021-42574), at most `cap` letters;
/// empty when nothing of it would be seen.
pub fn visible(text: &str, cap: usize) -> String {
    let shown = |letter: &char| {
        !letter.is_control()
            && !matches!(*letter, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let line = text.trim().chars().filter(shown).take(cap).collect::<String>().trim().to_owned();
    if line.chars().all(is_blank) { String::new() } else { line }
}

/// Letters that join or fill and show nothing by themselves (Unicode's Default_Ignorable_Code_Point, and blanks that count as
/// letters).
fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(letter, '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}')
        || matches!(letter, '\u{e0000}'..='\u{e0fff}')
}
