//! This catalog's own JSON: an array of drafts, or one draft a line; and the walk through JSON text that needs no tree of it.

use std::borrow::Cow;

use super::{CELL_CAP, Draft, Found, Refusal};

/// The values of an array, one after the other, as text. What stands between the brackets is not judged: each value is parsed apart.
pub(super) struct Values {
    at: usize,
    over: bool,
}

impl Values {
    /// Behind the array's opening bracket, which stands at `open`.
    pub(super) fn within(open: usize) -> Self {
        Self { at: open + 1, over: false }
    }

    /// Where the next value lies; an error when the array is not closed.
    pub(super) fn next(&mut self, text: &str) -> Option<Result<std::ops::Range<usize>, Refusal>> {
        if self.over {
            return None;
        }
        let begin = skip(text, self.at, b" \t\r\n,");
        if begin >= text.len() {
            self.over = true;
            return Some(Err(Refusal::whole("the array is not closed: what follows is missing")));
        }
        if text.as_bytes()[begin] == b']' {
            self.over = true;
            return None;
        }
        let end = value_end(text, begin);
        // A stray bracket that would not move on.
        self.over = end == begin;
        self.at = end;
        Some(if self.over { Err(Refusal::whole("not JSON from here on")) } else { Ok(begin..end) })
    }
}

pub(super) fn skip(text: &str, from: usize, what: &[u8]) -> usize {
    text.as_bytes()[from.min(text.len())..].iter().position(|byte| !what.contains(byte)).map_or(text.len(), |at| from + at)
}

/// Behind the value that begins here: its closing bracket or quotation mark; else at what parts it from the next, or the end.
pub(super) fn value_end(text: &str, begin: usize) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(begin) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => {
                in_text = !in_text;
                if depth == 0 && !in_text {
                    return at + 1;
                }
            }
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            b'\n' if depth == 0 && at > begin => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Serde's words without the place, and the field that they name.
pub(super) fn refusal(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let field = ["missing field `", "unknown field `"].iter().find_map(|begin| message.strip_prefix(begin)?.split('`').next());
    let message: String = message.chars().take(300).collect();
    match field {
        Some(field) => Refusal::of(field, message.clone()),
        None => Refusal::whole(message),
    }
}

pub(super) struct Drafts<'a> {
    text: Cow<'a, str>,
    at: At,
    row: u64,
}

enum At {
    Array(Values),
    Line(usize),
}

impl<'a> Drafts<'a> {
    pub(super) fn open(text: Cow<'a, str>) -> Self {
        let begin = skip(&text, 0, b" \t\r\n");
        let at = if text[begin..].starts_with('[') { At::Array(Values::within(begin)) } else { At::Line(0) };
        Self { text, at, row: 0 }
    }

    pub(super) fn next(&mut self) -> Option<(u64, Result<Found<'a>, Refusal>)> {
        let found = match &mut self.at {
            At::Array(values) => {
                let range = values.next(&self.text)?;
                self.row += 1;
                range.and_then(|range| draft(&self.text[range]))
            }
            At::Line(from) => loop {
                let rest = self.text.get(*from..).filter(|rest| !rest.is_empty())?;
                let line = rest.split('\n').next().unwrap_or(rest);
                *from += line.len() + 1;
                self.row += 1;
                if !line.trim().is_empty() {
                    break draft(line);
                }
            },
        };
        Some((self.row, found.map(|draft| Found::Draft(Box::new(draft)))))
    }
}

fn draft(json: &str) -> Result<Draft, Refusal> {
    if json.len() > CELL_CAP {
        return Err(Refusal::whole(format!("a product has at most {} KiB of JSON", CELL_CAP >> 10)));
    }
    serde_json::from_str(json).map_err(|error| refusal(&error))
}
