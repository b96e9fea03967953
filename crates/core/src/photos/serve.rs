//! Answers p2p's question, for every request: may this peer have this blob?

use stoa_p2p::Asks;

use crate::db;
use crate::error::Result;
use crate::ids::{Device, Hash, ShareId};
use crate::stoa::Stoa;
use crate::time::Time;

use super::expiry;
use super::offer::Grant;

pub async fn run(stoa: Stoa, mut asks: Asks) {
    while let Some(ask) = asks.next().await {
        let stoa = stoa.clone();
        stoa.clone().spawn(async move {
            let (peer, share, hash) = (ask.peer.into(), ShareId(ask.scope), ask.hash.into());
            let (grant, me, now) = (ask.grant.clone(), stoa.own.person.person(), expiry::now(&stoa));
            let yes = stoa.db.read(move |conn| may_have(conn, me, peer, share, hash, &grant, now)).await;
            if let Err(error) = &yes {
                tracing::warn!(%error, "a permission could not be looked up");
            }
            ask.answer(yes.unwrap_or(false));
        });
    }
}

fn may_have(
    conn: &rusqlite::Connection,
    me: crate::ids::Person,
    peer: Device,
    share: ShareId,
    hash: Hash,
    grant: &[u8],
    now: Time,
) -> Result<bool> {
    let Some((person, false)) = db::person_of(conn, peer)? else { return Ok(false) };
    if db::contact(conn, person)?.is_none_or(|row| row.blocked) {
        return Ok(false);
    }
    let Some(row) = db::share(conn, share)? else { return Ok(false) };
    if !row.mine || row.state != "open" || row.expires <= now {
        return Ok(false);
    }
    let made_for = db::share_people(conn, share)?.contains(&(person, false));
    Ok(made_for && Grant::holds(grant, me, share, person, now) && db::share_holds(conn, share, hash)?)
}
