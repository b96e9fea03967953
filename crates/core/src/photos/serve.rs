//! Who may have the pictures of a share.

use rusqlite::Connection;

use crate::db::{self, ShareRow};
use crate::error::Result;
use crate::ids::{Hash, Person};
use crate::time::Time;

use super::offer::Grant;

/// Whether a contact may have a blob of this share: an own one, open, made for them, with the owner's word for it.
pub fn may_have(
    conn: &Connection,
    me: Person,
    person: Person,
    share: &ShareRow,
    hash: Hash,
    grant: &[u8],
    now: Time,
) -> Result<bool> {
    if !share.mine || share.state != "open" || share.expires <= now {
        return Ok(false);
    }
    let made_for = db::share_people(conn, share.id)?.contains(&(person, false));
    Ok(made_for && Grant::holds(grant, me, share.id, person, now) && db::share_holds(conn, share.id, hash)?)
}
