//! What an entry means: the one table from kind to feature.
//!
//! An unknown kind is stored and passed on, and shown as a line that says so; an unreadable body projects nothing.

use crate::db::Tx;
use crate::entries::Own;
use crate::entries::Placed;
use crate::error::Result;
use crate::{contacts, conversations, me, photos};

pub fn project(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    match entry.header.kind.as_str() {
        me::NAMED => me::project_named(tx, own, entry),
        contacts::project::CONTACT => contacts::project::contact(tx, own, entry),
        contacts::project::FORGOTTEN => contacts::project::forgotten(tx, own, entry),
        conversations::TEXT => conversations::project::text(tx, own, entry),
        photos::kinds::OFFER => photos::project::offer(tx, own, entry),
        photos::kinds::REVOKE => photos::project::revoke(tx, own, entry),
        _ => conversations::project::unknown(tx, own, entry),
    }
}
