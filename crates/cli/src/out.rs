//! What is printed: JSON for programs, aligned lines for people. Errors and progress go to stderr.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;
use stoa_core::api::{Code, Error, Result};
use time::OffsetDateTime;
use time::macros::format_description;
use unicode_width::UnicodeWidthStr;

#[derive(Clone, Copy)]
pub struct Out {
    pub json: bool,
}

impl Out {
    /// One answer.
    pub fn answer<T: Serialize>(self, answer: &T, human: impl FnOnce(&T) -> String) -> Result<()> {
        if self.json { self.json(answer) } else { self.text(&human(answer)) }
    }

    /// A list, a row each; columns are aligned. `empty` is said when there is nothing.
    pub fn list<T: Serialize>(self, items: &[T], empty: &str, row: impl Fn(&T) -> Vec<String>) -> Result<()> {
        if self.json {
            return items.iter().try_for_each(|item| self.json(item));
        }
        if items.is_empty() {
            return self.text(empty);
        }
        self.text(&table(&items.iter().map(row).collect::<Vec<_>>()))
    }

    /// One JSON line, asked for or not.
    pub fn json<T: Serialize>(self, value: &T) -> Result<()> {
        let line = serde_json::to_string(value).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        self.text(&line)
    }

    pub fn text(self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            // `stoa … | head` is no failure.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }
}

/// A remark for the person at the terminal; never part of an answer.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Overwrites the line on the terminal.
pub fn progress(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush());
}

pub fn refuse(error: &Error, json: bool) -> ExitCode {
    if json {
        remark(&json!({ "error": error }).to_string());
    } else {
        remark(&format!("stoa: {}", plain(&error.message)));
    }
    ExitCode::from(1)
}

/// Text of others on one line of the terminal: nothing in it moves the cursor, colours or turns the line around.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() || turns(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Lines of label and value, aligned.
pub fn facts(facts: &[(&str, String)]) -> String {
    table(&facts.iter().map(|(label, value)| vec![(*label).to_owned(), value.clone()]).collect::<Vec<_>>())
}

fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `2026-05-09 18:24`, UTC.
pub fn at(time: stoa_core::api::Time) -> String {
    OffsetDateTime::from_unix_timestamp(time.0.div_euclid(1_000))
        .ok()
        .and_then(|time| time.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC")).ok())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// `4.2 MB`.
pub fn size(bytes: stoa_core::api::Bytes) -> String {
    let mut value = bytes.0 as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            return if unit == "B" { format!("{value} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

/// The beginning of an id, enough to tell it from others in a list.
pub fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_across_scripts_and_escapes_are_shown_as_such() {
        let rows = [vec!["林小雨".to_owned(), "away".to_owned()], vec!["Ada\x1b[31m".to_owned(), "online".to_owned()]];
        assert_eq!(table(&rows), "林小雨   away\nAda\u{fffd}[31m  online".replace("林小雨   away", "林小雨    away"));
    }
}
