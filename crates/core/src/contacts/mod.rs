//! People: accepted on both sides, shown with how they are, verified, renamed, blocked, forgotten.

pub mod api;
pub mod find;
pub mod intro;
pub mod invite;
pub mod nearby;
pub mod project;
mod safety;

use rusqlite::Connection;

use crate::api::{
    Contact, ContactBlock, ContactDetails, ContactList, ContactRemove, ContactRename, ContactShow, ContactVerify, Done,
};
use crate::conversations;
use crate::db::{self, ContactRow};
use crate::entries;
use crate::error::Result;
use crate::ids::{Conversation, Person};
use crate::looks;
use crate::me::manifests::clean_name;
use crate::personas;
use crate::stoa::Stoa;
use crate::wire::encode;

use find::find;
use project::FORGOTTEN;

pub async fn list(stoa: &Stoa, _: ContactList) -> Result<Vec<Contact>> {
    let own = stoa.clone();
    stoa.db.read(move |conn| db::contacts(conn)?.iter().map(|row| view(&own, conn, row)).collect()).await
}

pub async fn show(stoa: &Stoa, ContactShow { contact }: ContactShow) -> Result<ContactDetails> {
    let own = stoa.clone();
    stoa.db
        .read(move |conn| {
            let row = find(conn, &contact)?;
            let devices = db::devices_of(conn, row.person)?.len();
            Ok(ContactDetails {
                contact: view(&own, conn, &row)?,
                safety_number: safety::number(own.own.person.person(), row.person),
                devices: u32::try_from(devices).unwrap_or(u32::MAX),
            })
        })
        .await
}

pub async fn verify(stoa: &Stoa, ContactVerify { contact, verified }: ContactVerify) -> Result<Done> {
    change(stoa, contact, move |row| row.verified = verified).await
}

pub async fn rename(stoa: &Stoa, ContactRename { contact, name }: ContactRename) -> Result<Done> {
    let alias = clean_name(&name);
    change(stoa, contact, move |row| row.alias = alias).await
}

pub async fn block(stoa: &Stoa, ContactBlock { contact, blocked }: ContactBlock) -> Result<Done> {
    change(stoa, contact, move |row| row.blocked = blocked).await
}

async fn change(stoa: &Stoa, contact: String, how: impl FnOnce(&mut ContactRow) + Send + 'static) -> Result<Done> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let mut row = find(tx, &contact)?;
            how(&mut row);
            project::append(tx, &own, &row.into())
        })
        .await?;
    Ok(Done {})
}

pub async fn remove(stoa: &Stoa, ContactRemove { contact }: ContactRemove) -> Result<Done> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let person = find(tx, &contact)?.person;
            let body = encode(&project::Forgotten { person });
            entries::append(tx, &own, Conversation::own(own.person.person()), FORGOTTEN, body)
        })
        .await?;
    Ok(Done {})
}

/// A contact as the faces see them.
pub(crate) fn view(stoa: &Stoa, conn: &Connection, row: &ContactRow) -> Result<Contact> {
    let seen = db::read_place(conn, row.conversation, stoa.own.person.person())?;
    let last = db::messages_before(conn, row.conversation, None, 1)?.pop();
    let presence = stoa.live().presence(row.person);
    let (look, persona) = match row.blocked {
        true => (None, None),
        false => (looks::look(conn, row.person, &presence.state)?, personas::picture(conn, row.person)?),
    };
    Ok(Contact {
        person: row.person.to_string(),
        name: row.name().to_owned(),
        own_name: row.own_name.clone(),
        verified: row.verified,
        blocked: row.blocked,
        presence,
        look,
        persona,
        conversation: row.conversation.to_string(),
        last: last.map(|message| conversations::view(stoa, conn, &message)).transpose()?,
        unread: db::unread(conn, row.conversation, seen)?,
        since: row.since,
    })
}

pub(crate) fn view_of(stoa: &Stoa, conn: &Connection, person: Person) -> Result<Option<Contact>> {
    db::contact(conn, person)?.map(|row| view(stoa, conn, &row)).transpose()
}
