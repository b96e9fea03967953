//! Names of what shares write into logs and registers, and the look-up that every verb begins with.

use rusqlite::Connection;

use crate::db::{self, ShareRow};
use crate::error::{Code, Result, bad};
use crate::ids::ShareId;

/// Pictures are offered.
pub const OFFER: &str = "share/1";
/// An offer ends.
pub const REVOKE: &str = "revoke/1";
/// Registers that tell the owner what arrived: `fetched/` and the share's id; a bit per picture.
pub const FETCHED: &str = "fetched/";

/// A share that is here.
pub(crate) fn known(conn: &Connection, id: ShareId) -> Result<ShareRow> {
    db::share(conn, id)?.map_or_else(|| bad(Code::NotFound, "no such share"), Ok)
}
