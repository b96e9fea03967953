//! HTML to plain text: what a description says, never how it looks.

use std::sync::LazyLock;

use regex::Regex;

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)</[a-z][a-z0-9]*\s*>|<(?:br|p|li|ul|ol|div|span|b|i|u|a|em|strong|img|h[1-6]|pre|table|font)(?:\s[^<>]*)?/?>",
    )
    .ok()
});

const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{A0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("times", "×"),
    ("deg", "°"),
    ("plusmn", "±"),
    ("frac12", "½"),
    ("frac14", "¼"),
    ("sup2", "²"),
    ("sup3", "³"),
    ("micro", "µ"),
    ("euro", "€"),
    ("pound", "£"),
    ("yen", "¥"),
    ("cent", "¢"),
    ("sect", "§"),
    ("shy", ""),
    ("agrave", "à"),
    ("aacute", "á"),
    ("acirc", "â"),
    ("atilde", "ã"),
    ("auml", "ä"),
    ("aring", "å"),
    ("aelig", "æ"),
    ("ccedil", "ç"),
    ("egrave", "è"),
    ("eacute", "é"),
    ("ecirc", "ê"),
    ("euml", "ë"),
    ("igrave", "ì"),
    ("iacute", "í"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("ograve", "ò"),
    ("oacute", "ó"),
    ("ocirc", "ô"),
    ("otilde", "õ"),
    ("ouml", "ö"),
    ("oslash", "ø"),
    ("ugrave", "ù"),
    ("uacute", "ú"),
    ("ucirc", "û"),
    ("uuml", "ü"),
    ("szlig", "ß"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("Eacute", "É"),
    ("Aring", "Å"),
    ("AElig", "Æ"),
    ("Oslash", "Ø"),
    ("oelig", "œ"),
];

/// Does the text carry tags that a shop's editor writes?
pub(super) fn is_markup(text: &str) -> bool {
    text.contains('<') && TAG.as_ref().is_some_and(|tag| tag.is_match(text))
}

/// So that [`plain`] gives the text back.
pub(super) fn preformatted(text: &str) -> String {
    format!("<pre>{}</pre>", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// The text of an HTML fragment: blocks on lines of their own, items behind bullets, scripts and styles left out.
pub(super) fn plain(html: &str) -> String {
    let mut out = Text { text: String::with_capacity(html.len()), exact: false };
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('&') { entity(rest, &mut out) } else { tag(rest, &mut out) };
    }
    out.push(rest);
    out.text.trim().to_owned()
}

struct Text {
    text: String,
    /// Inside `pre`: white space stays as it is.
    exact: bool,
}

impl Text {
    fn push(&mut self, text: &str) {
        if self.exact {
            self.text.push_str(text);
            return;
        }
        for c in text.chars() {
            if !matches!(c, ' ' | '\n' | '\r' | '\t') {
                self.text.push(c);
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
        }
    }

    fn line(&mut self) {
        if !self.exact {
            let end = self.text.trim_end_matches(' ').len();
            self.text.truncate(end);
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

fn entity<'a>(rest: &'a str, out: &mut Text) -> &'a str {
    let name = rest[1..].find(';').filter(|end| (1..=10).contains(end)).map(|end| &rest[1..=end]);
    let numeric = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    };
    let said = name.and_then(|name| match name.strip_prefix('#') {
        Some(digits) => numeric(digits).and_then(char::from_u32).filter(|c| !c.is_control()).map(String::from),
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()),
    });
    match (said, name) {
        (Some(said), Some(name)) => {
            out.text.push_str(&said);
            &rest[name.len() + 2..]
        }
        _ => {
            out.text.push('&');
            &rest[1..]
        }
    }
}

fn tag<'a>(rest: &'a str, out: &mut Text) -> &'a str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    let inner = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
        out.text.push('<');
        return &rest[1..];
    }
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).take(16).collect::<String>().to_ascii_lowercase();
    let Some(end) = tag_end(rest) else { return "" };
    let (closes, after) = (rest.starts_with("</"), &rest[end..]);
    match name.as_str() {
        "br" => {
            out.line_break();
        }
        "script" | "style" | "head" | "template" | "noscript" if !closes => return past(after, &name),
        "li" if !closes => {
            out.line();
            out.text.push_str("• ");
        }
        "pre" => {
            out.line();
            out.exact = !closes;
        }
        "p" | "div" | "ul" | "ol" | "li" | "tr" | "table" | "section" | "article" | "blockquote" | "hr" | "dl" | "dt" | "dd"
        | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => out.line(),
        "td" | "th" => out.push(" "),
        _ => {}
    }
    after
}

impl Text {
    fn line_break(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }
}

/// Behind the `>` that ends the tag; a quoted one does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that is never closed: the first `>` ends the tag after all.
    tag.find('>').map(|at| at + 1)
}

fn past<'a>(rest: &'a str, name: &str) -> &'a str {
    let closing = format!("</{name}");
    let found = rest.as_bytes().windows(closing.len()).position(|window| window.eq_ignore_ascii_case(closing.as_bytes()));
    found.and_then(|at| rest[at..].find('>').map(|end| &rest[at + end + 1..])).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_description_keeps_its_words_and_lines() {
        let html = "<p>Thrown&nbsp;by <b>hand</b>,\n  fired &lt;twice&gt;.</p><ul><li>300 ml</li><li>K&auml;se &#8364; &#x41;</li></ul><br/>End\
                    <script>alert('<p>')</script><style>p{}</style><!-- no --> 5 < 6 &unknown; <img alt=\"a>b\">!";
        assert_eq!(plain(html), "Thrown\u{A0}by hand, fired <twice>.\n• 300 ml\n• Käse € A\n\nEnd 5 < 6 &unknown; !");
        assert!(is_markup(html) && !is_markup("5 < 6 and 7 > 3") && !is_markup("a <b c"));
    }

    proptest! {
        #[test]
        fn preformatted_text_comes_back(text in "[a-z<>&;\"' \n/]{0,60}|\\PC{0,40}") {
            prop_assert_eq!(plain(&preformatted(&text)), text.trim());
        }

        #[test]
        fn no_markup_panics(html in "(<|>|&|/|pre|script|li|!--|-->|;|#|\"|é| |x){0,40}") {
            let text = plain(&html);
            prop_assert!(text.len() <= 2 * html.len());
        }
    }
}
