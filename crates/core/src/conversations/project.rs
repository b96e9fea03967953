//! Entries of pair conversations as messages.

use crate::db::{self, MessageRow, Tx};
use crate::entries::Own;
use crate::entries::Placed;
use crate::error::Result;
use crate::ids::{Entry, ShareId};
use crate::time::Time;
use crate::touch::{Touched, Wake};
use crate::wire::decode;

use super::{TEXT_CAP, Text};

pub fn text(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    match decode::<Text>(entry.body) {
        Some(Text { text, reply }) if !text.is_empty() && text.len() <= TEXT_CAP => {
            message(tx, own, entry, &text, reply, None)?;
            linked(tx, own, entry, &text)
        }
        _ => Ok(()),
    }
}

/// Notes the links of a text: cards may be asked for, and passed on, about these only.
fn linked(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>, text: &str) -> Result<()> {
    let conversation = entry.header.conversation;
    let Some(contact) = db::contact_of(tx, conversation)? else { return Ok(()) };
    let links: Vec<String> = stoa_catalog::rules::links(text).into_iter().map(str::to_owned).collect();
    for link in &links {
        db::put_link(tx, link, conversation, entry.id)?;
    }
    let mine = entry.author == own.person.person();
    // what another own device sent was made ready there
    if !links.is_empty() && (!mine || entry.header.device == own.device.device()) {
        tx.wake(Wake::Linked { person: contact.person, mine, links });
    }
    Ok(())
}

/// Notes the links of messages from before links were noted.
pub fn note_old_links(tx: &mut Tx<'_>) -> Result<()> {
    if db::meta(tx, "links_noted")?.is_some() {
        return Ok(());
    }
    for (id, conversation, text) in db::texts_without_links(tx)? {
        for link in stoa_catalog::rules::links(&text) {
            db::put_link(tx, link, conversation, id)?;
        }
    }
    db::set_meta(tx, "links_noted", &[1])
}

/// Written by a newer Stoa: stored and passed on, shown as a line that says so.
pub fn unknown(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    message(tx, own, entry, "", None, None)
}

/// Adds a line to the conversation.
pub fn message(
    tx: &mut Tx<'_>,
    own: &Own,
    entry: &Placed<'_>,
    text: &str,
    reply: Option<Entry>,
    share: Option<ShareId>,
) -> Result<()> {
    let conversation = entry.header.conversation;
    // the self-conversation is no chat
    let Some(contact) = db::contact_of(tx, conversation)? else { return Ok(()) };
    db::insert_message(
        tx,
        &MessageRow {
            id: entry.id,
            conversation,
            place: entry.place,
            device: entry.header.device,
            seq: entry.header.seq,
            author: entry.author,
            mine: entry.author == own.person.person(),
            at: Time(entry.header.time.millis().min(Time::now().0)),
            kind: entry.header.kind.clone(),
            text: text.to_owned(),
            reply,
            share,
        },
    )?;
    tx.touch(Touched::Message(entry.id));
    tx.touch(Touched::Contact(contact.person));
    Ok(())
}
