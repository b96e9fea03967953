//! Chats: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::time::Time;

/// Sends a text of 1 to 16,384 bytes of UTF-8. `to` is a contact by name or id.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ChatSend {
    pub to: String,
    pub text: String,
    /// The message this one answers.
    pub reply: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Sent {
    pub id: String,
}

/// Reads a conversation, newest page first; messages inside a page are oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ChatRead {
    pub with: String,
    /// Only messages before this one.
    pub before: Option<String>,
    /// Only messages after this one, oldest first.
    pub since: Option<String>,
    /// 1 to 200; 50 unless told.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Page {
    pub messages: Vec<Message>,
    /// More messages stand beyond this page.
    pub more: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Message {
    pub id: String,
    pub conversation: String,
    /// The author's person id.
    pub author: String,
    pub mine: bool,
    pub at: Time,
    pub body: Body,
    /// The message this one answers.
    pub reply: Option<String>,
    /// `waiting` until the contact's Stoa has stored it.
    pub mark: Mark,
}

/// How far a message got. For messages of others always `read` or `delivered`: seen here or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Waiting,
    Delivered,
    Read,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Text {
        text: String,
        /// Links in the text that a card rule recognises, in order, at most 4.
        cards: Vec<String>,
    },
    /// A photo share was offered; `share.show` has the rest.
    Share { share: String, name: String, count: u32 },
    /// Written by a newer Stoa; shown as a line that says so.
    Unknown {},
}

/// Marks everything up to this message as read.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ChatSeen {
    pub with: String,
    pub id: String,
}

/// Tells the contact that the owner is typing; shown there for 6 s.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ChatTyping {
    pub to: String,
}
