//! Answers p2p's question, for every request of a blob: may this peer have it? The scope says what it belongs to: a
//! share, or how somebody looks.

use rusqlite::Connection;
use stoa_p2p::Asks;

use crate::db;
use crate::error::Result;
use crate::ids::{Device, Hash, Person, ShareId};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::{looks, photos};

pub async fn run(stoa: Stoa, mut asks: Asks) {
    while let Some(ask) = asks.next().await {
        let stoa = stoa.clone();
        stoa.clone().spawn(async move {
            let (peer, scope, hash) = (ask.peer.into(), ask.scope, ask.hash.into());
            let (grant, me, now) = (ask.grant.clone(), stoa.own.person.person(), stoa.now());
            let yes = stoa.db.read(move |conn| may_have(conn, me, peer, scope, hash, &grant, now)).await;
            if let Err(error) = &yes {
                tracing::warn!(%error, "a permission could not be looked up");
            }
            ask.answer(yes.unwrap_or(false));
        });
    }
}

/// Contacts that are neither blocked nor hidden from, by what the share or the look says of them; nobody else.
pub fn may_have(
    conn: &Connection,
    me: Person,
    peer: Device,
    scope: [u8; 32],
    hash: Hash,
    grant: &[u8],
    now: Time,
) -> Result<bool> {
    let Some((person, false)) = db::person_of(conn, peer)? else { return Ok(false) };
    if db::contact(conn, person)?.is_none_or(|row| row.blocked) || db::is_hidden_from(conn, person)? {
        return Ok(false);
    }
    // others name their shares as they like, by the scope of a look too
    match db::share(conn, ShareId(scope))?.filter(|share| share.mine) {
        Some(share) => photos::serve::may_have(conn, me, person, &share, hash, grant, now),
        None => looks::serve::may_have(conn, me, person, scope, hash, grant, now),
    }
}
