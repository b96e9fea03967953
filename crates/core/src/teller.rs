//! Turns what was touched into `Change`s: reads the new state after the commit and tells the faces.

use tokio::sync::mpsc;

use crate::api::Change;
use crate::contacts;
use crate::conversations;
use crate::db;
use crate::error::Result;
use crate::me;
use crate::personas;
use crate::photos;
use crate::presence;
use crate::schemes;
use crate::sellers;
use crate::stoa::Stoa;
use crate::touch::Touched;

/// Touches read in one go: equal ones are told once.
const BATCH: usize = 256;

pub async fn run(stoa: Stoa, mut touched: mpsc::Receiver<Touched>) {
    let mut batch = Vec::with_capacity(BATCH);
    while touched.recv_many(&mut batch, BATCH).await > 0 {
        let mut once: Vec<Touched> = Vec::with_capacity(batch.len());
        for what in batch.drain(..) {
            // the state read now is the newest, so an earlier equal touch says the same
            if !once.contains(&what) {
                once.push(what);
            }
        }
        let reader = stoa.clone();
        let changes = stoa.db.read(move |conn| Ok(once.iter().map(|what| change(&reader, conn, what)).collect::<Vec<_>>())).await;
        if changes.is_err() {
            stoa.touched.miss();
        }
        if stoa.touched.missed() {
            stoa.tell(Change::Lagged {});
        }
        for change in changes.unwrap_or_default() {
            match change {
                Ok(Some(change)) => stoa.tell(change),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a change could not be read"),
            }
        }
    }
}

fn change(stoa: &Stoa, conn: &rusqlite::Connection, what: &Touched) -> Result<Option<Change>> {
    let me = stoa.own.person.person();
    Ok(match what {
        Touched::Me => Some(Change::Me(me::view(stoa, conn)?)),
        Touched::Hidden => Some(Change::Hidden(presence::hidden::view(conn)?)),
        Touched::Contact(person) => contacts::view_of(stoa, conn, *person)?.map(Change::Contact),
        Touched::ContactGone(person) => Some(Change::ContactGone { person: person.to_string() }),
        Touched::Nearby => Some(Change::Nearby(contacts::nearby::view(stoa, conn)?)),
        Touched::Requests => Some(Change::Requests(contacts::nearby::waiting(conn)?)),
        Touched::Scheme(person) => Some(Change::Scheme(schemes::view(conn, me, *person)?)),
        Touched::Persona(person) => Some(Change::Persona(personas::view(conn, *person, *person == me)?)),
        Touched::Message(id) => match db::message(conn, *id)? {
            Some(row) => Some(Change::Message(conversations::view(stoa, conn, &row)?)),
            None => None,
        },
        Touched::Typing(person) => Some(Change::Typing { person: person.to_string() }),
        Touched::Share(id) => photos::view_of(stoa, conn, *id)?.map(Change::Share),
        Touched::ShareItem(id, index) => {
            photos::item_of(stoa, conn, *id, *index)?.map(|item| Change::ShareItem { share: id.to_string(), item })
        }
        Touched::Card(link) => Some(Change::Card { link: link.clone() }),
        Touched::Shops => Some(Change::Shops(sellers::view(conn)?)),
        Touched::Accessories => Some(Change::Accessories {}),
        Touched::Node => Some(Change::Node(me::node(stoa))),
        Touched::Lagged => Some(Change::Lagged {}),
    })
}
