//! What of others' looks is kept when there is no room for all of it.

use std::collections::HashSet;

use rusqlite::Connection;

use crate::db::{self, MediaRow};
use crate::error::Result;
use crate::ids::{Hash, Person};

/// Bytes of others' media, at most.
pub const ROOM: u64 = 512 << 20;

/// What has no room, of what is here and what is missing: the media of who was not met for longest first, offline looks
/// and personas last.
pub fn without_room(conn: &Connection, me: Person, room: u64) -> Result<HashSet<(Person, Hash)>> {
    if db::looks_size(conn, me)? <= room {
        return Ok(HashSet::new());
    }
    Ok(overflow(&db::looks_by_recency(conn, me)?, room))
}

/// `rows`: the most recently met people's first.
pub fn overflow(rows: &[MediaRow], room: u64) -> HashSet<(Person, Hash)> {
    let (mut over, mut taken, mut full) = (HashSet::new(), 0_u64, false);
    for row in rows.iter().filter(|row| row.lasting).chain(rows.iter().filter(|row| !row.lasting)) {
        // from the first that does not fit on: a smaller one of somebody seen longer ago does not slip in
        full |= taken.saturating_add(row.size) > room;
        if full {
            over.insert((row.owner, row.hash));
        } else {
            taken += row.size;
        }
    }
    over
}
