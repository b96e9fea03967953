//! Who this Stoa is: keys, name, device list.

pub mod api;
pub mod home;
pub mod manifests;

use serde::{Deserialize, Serialize};

use crate::api::{Done, Me, MeSet, MeShow, Node, NodeStatus};
use crate::db::{self, Tx};
use crate::entries::{self, Own, Placed};
use crate::error::{Code, Result, bad};
use crate::ids::Conversation;
use crate::looks;
use crate::personas;
use crate::presence;
use crate::stoa::Stoa;
use crate::touch::{Touched, Wake};
use crate::wire::{decode, encode};

/// The owner named themselves.
pub const NAMED: &str = "named/1";

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
}

pub async fn status(stoa: &Stoa, _: NodeStatus) -> Result<Node> {
    Ok(node(stoa))
}

pub(crate) fn node(stoa: &Stoa) -> Node {
    Node {
        person: stoa.own.person.person().to_string(),
        device: stoa.own.device.device().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        addrs: stoa.node.addrs(),
        connected: u32::try_from(stoa.node.connected().len()).unwrap_or(u32::MAX),
        lan: stoa.lan,
    }
}

pub async fn show(stoa: &Stoa, _: MeShow) -> Result<Me> {
    let own = stoa.clone();
    stoa.db.read(move |conn| view(&own, conn)).await
}

pub(crate) fn view(stoa: &Stoa, conn: &rusqlite::Connection) -> Result<Me> {
    let name = db::meta(conn, "name")?.unwrap_or_default();
    let presence = stoa.live().own.clone();
    let me = stoa.own.person.person();
    let (hidden, offline) = (presence::hidden::view(conn)?, crate::api::State::offline());
    Ok(Me {
        person: me.to_string(),
        device: stoa.own.device.device().to_string(),
        name: String::from_utf8(name).unwrap_or_default(),
        look: looks::look(conn, me, if hidden.from_all { &offline } else { &presence.state })?,
        persona: personas::picture(conn, me)?,
        presence,
        hidden,
    })
}

pub async fn set(stoa: &Stoa, MeSet { name }: MeSet) -> Result<Done> {
    let fits = name.trim().chars().count() <= manifests::NAME_CAP;
    let name = manifests::clean_name(&name);
    if name.is_empty() || !fits {
        return bad(Code::BadRequest, "a name has 1 to 64 visible letters");
    }
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let conversation = Conversation::own(own.person.person());
            entries::append(tx, &own, conversation, NAMED, encode(&Named { name }))
        })
        .await?;
    Ok(Done {})
}

pub fn project_named(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    let Some(Named { name }) = decode(entry.body) else { return Ok(()) };
    if entry.header.conversation != Conversation::own(own.person.person()) {
        return Ok(());
    }
    db::set_meta(tx, "name", name.as_bytes())?;
    manifests::publish_profile(tx, own, &name)?;
    tx.touch(Touched::Me);
    for contact in db::contacts(tx)? {
        tx.wake(Wake::Owed(contact.person));
    }
    Ok(())
}
