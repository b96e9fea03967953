//! Chats between two people: text, delivery and read marks.

pub mod api;
pub mod project;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::api::{Body, ChatRead, ChatSeen, ChatSend, ChatTyping, Done, Mark, Message, Page, Sent};
use crate::contacts::find::find;
use crate::db::{self, ContactRow, MessageRow, Tx};
use crate::entries;
use crate::entries::Own;
use crate::error::{Code, Result, bad};
use crate::ids::{Conversation, Entry};
use crate::stoa::Stoa;
use crate::touch::Touched;
use crate::wire::{Live, Register, encode};
use crate::{outbox, presence};

/// A text message.
pub const TEXT: &str = "text/1";
/// Bytes of a text, at most.
pub const TEXT_CAP: usize = 16_384;
/// The register that holds a device's read position.
pub const READ: &str = "read";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
    pub reply: Option<Entry>,
}

pub async fn send(stoa: &Stoa, ChatSend { to, text, reply }: ChatSend) -> Result<Sent> {
    if text.trim().is_empty() || text.len() > TEXT_CAP {
        return bad(Code::BadRequest, format!("a text has 1 to {TEXT_CAP} bytes"));
    }
    let reply: Option<Entry> = reply.map(|id| id.parse()).transpose()?;
    let own = stoa.own.clone();
    let id = stoa
        .db
        .write(move |tx| {
            let contact = open(tx, &to)?;
            if let Some(id) = reply
                && db::message(tx, id)?.is_none_or(|row| row.conversation != contact.conversation)
            {
                return bad(Code::NotFound, "the answered message is not in this conversation");
            }
            append(tx, &own, &contact, TEXT, encode(&Text { text, reply }))
        })
        .await?;
    Ok(Sent { id: id.to_string() })
}

/// A contact that can be written to.
pub(crate) fn open(conn: &Connection, to: &str) -> Result<ContactRow> {
    let contact = find(conn, to)?;
    if contact.blocked {
        return bad(Code::Blocked, format!("{} is blocked; unblock them to write", contact.name()));
    }
    Ok(contact)
}

/// Appends to a pair conversation and owes it to the contact, in one transaction.
pub(crate) fn append(tx: &mut Tx<'_>, own: &Own, to: &ContactRow, kind: &str, body: Vec<u8>) -> Result<Entry> {
    let id = entries::append(tx, own, to.conversation, kind, body)?;
    outbox::owe(tx, to.person, to.conversation)?;
    Ok(id)
}

pub async fn read(stoa: &Stoa, ChatRead { with, before, since, limit }: ChatRead) -> Result<Page> {
    let limit = limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return bad(Code::BadRequest, "a page has 1 to 200 messages");
    }
    let before: Option<Entry> = before.map(|id| id.parse()).transpose()?;
    let since: Option<Entry> = since.map(|id| id.parse()).transpose()?;
    let own = stoa.clone();
    stoa.db
        .read(move |conn| {
            let conversation = find(conn, &with)?.conversation;
            let place = |id: Entry| match db::message(conn, id)? {
                Some(row) if row.conversation == conversation => Ok(row.place),
                _ => bad(Code::NotFound, "no such message in this conversation"),
            };
            let mut rows = match since {
                Some(id) => db::messages_after(conn, conversation, place(id)?, limit + 1)?,
                None => db::messages_before(conn, conversation, before.map(place).transpose()?, limit + 1)?,
            };
            let more = rows.len() > limit as usize;
            if more && since.is_some() {
                rows.pop();
            } else if more {
                rows.remove(0);
            }
            let messages = rows.iter().map(|row| view(&own, conn, row)).collect::<Result<_>>()?;
            Ok(Page { messages, more })
        })
        .await
}

pub async fn seen(stoa: &Stoa, ChatSeen { with, id }: ChatSeen) -> Result<Done> {
    let id: Entry = id.parse()?;
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let contact = find(tx, &with)?;
            let Some(row) = db::message(tx, id)?.filter(|row| row.conversation == contact.conversation) else {
                return bad(Code::NotFound, "no such message in this conversation");
            };
            let device = own.device.device();
            let held = db::register(tx, contact.conversation, device, READ)?;
            if held.as_ref().is_some_and(|held| held.value.as_slice() >= row.place.0.as_slice()) {
                return Ok(());
            }
            let version = held.map_or(1, |held| held.version + 1);
            let value = row.place.0.to_vec();
            db::take_register(tx, contact.conversation, &Register { device, key: READ.into(), version, value })?;
            if !contact.blocked {
                outbox::owe(tx, contact.person, contact.conversation)?;
            }
            tx.touch(Touched::Contact(contact.person));
            Ok(())
        })
        .await?;
    Ok(Done {})
}

pub async fn typing(stoa: &Stoa, ChatTyping { to }: ChatTyping) -> Result<Done> {
    let contact = stoa.db.read(move |conn| open(conn, &to)).await?;
    presence::tell(stoa, contact.person, &Live::Typing);
    Ok(Done {})
}

/// A message as the faces see it.
pub(crate) fn view(stoa: &Stoa, conn: &Connection, row: &MessageRow) -> Result<Message> {
    let body = match (row.kind.as_str(), row.share) {
        (TEXT, _) => Body::Text { text: row.text.clone(), cards: stoa.rules().links(&row.text) },
        (_, Some(share)) => {
            Body::Share { share: share.to_string(), name: row.text.clone(), count: db::share_count(conn, share)? }
        }
        _ => Body::Unknown {},
    };
    Ok(Message {
        id: row.id.to_string(),
        conversation: row.conversation.to_string(),
        author: row.author.to_string(),
        mine: row.mine,
        at: row.at,
        body,
        reply: row.reply.map(|id| id.to_string()),
        mark: mark(stoa, conn, row)?,
    })
}

fn mark(stoa: &Stoa, conn: &Connection, row: &MessageRow) -> Result<Mark> {
    let me = stoa.own.person.person();
    let Some(reader) = (if row.mine { other(conn, row.conversation)? } else { Some(me) }) else {
        return Ok(Mark::Waiting);
    };
    if row.mine && db::delivered(conn, row.conversation, reader, row.device)? < row.seq {
        return Ok(Mark::Waiting);
    }
    let read = db::read_place(conn, row.conversation, reader)?.is_some_and(|place| place >= row.place);
    Ok(if read { Mark::Read } else { Mark::Delivered })
}

fn other(conn: &Connection, conversation: Conversation) -> Result<Option<crate::ids::Person>> {
    Ok(db::contact_of(conn, conversation)?.map(|row| row.person))
}

/// A contact's read position moved: the marks of own messages up to it change.
pub(crate) fn read_by(tx: &mut Tx<'_>, conversation: Conversation, before: Option<&Register>, now: &Register) -> Result<()> {
    let place = |register: &Register| register.value.as_slice().try_into().ok().map(crate::log::Place);
    let Some(upto) = place(now) else { return Ok(()) };
    for id in db::between(tx, conversation, true, before.and_then(place), upto)? {
        tx.touch(Touched::Message(id));
    }
    Ok(())
}
