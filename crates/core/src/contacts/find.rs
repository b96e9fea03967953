//! Finding a contact by what a person types.

use rusqlite::Connection;

use crate::db::{self, ContactRow};
use crate::error::{Code, Result, bad};

/// A contact by id, by the name given here or by their own.
///
/// # Errors
/// `not_found`; `ambiguous`, with the candidates.
pub fn find(conn: &Connection, text: &str) -> Result<ContactRow> {
    let wanted = text.trim().to_lowercase();
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for row in db::contacts(conn)? {
        if row.person.to_string() == wanted {
            ids.push(row);
        } else if row.name().to_lowercase() == wanted || row.own_name.to_lowercase() == wanted {
            names.push(row);
        }
    }
    if let Some(row) = ids.pop() {
        return Ok(row);
    }
    if names.len() > 1 {
        let candidates: Vec<_> = names.iter().map(|row| format!("{} ({:.12}…)", row.name(), row.person.to_string())).collect();
        return bad(Code::Ambiguous, format!("several contacts fit: {}", candidates.join(", ")));
    }
    names.pop().map_or_else(|| bad(Code::NotFound, format!("no contact is called “{text}”")), Ok)
}
