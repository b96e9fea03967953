//! `stoa chat send | read | seen | typing`.

use clap::Subcommand;
use stoa_core::api::{Body, ChatRead, ChatSeen, ChatSend, ChatTyping, ContactShow, Mark, Message, Result};

use crate::Context;
use crate::out::{at, plain};

#[derive(Subcommand)]
pub enum Chat {
    /// Sends a text.
    Send {
        to: String,
        text: String,
        /// The message this one answers.
        #[arg(long, value_name = "ID")]
        reply: Option<String>,
    },
    /// Reads the newest messages, oldest first.
    Read {
        with: String,
        /// Only what came after this message.
        #[arg(long, value_name = "ID", conflicts_with = "before")]
        since: Option<String>,
        /// Only what came before this message.
        #[arg(long, value_name = "ID")]
        before: Option<String>,
        /// 1 to 200; 50 unless told.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Marks everything up to a message as read.
    Seen { with: String, id: String },
    /// Tells a contact that you are typing.
    Typing { to: String },
}

pub async fn run(chat: Chat, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match chat {
        Chat::Send { to, text, reply } => {
            let sent = client.call(ChatSend { to, text, reply }).await?;
            out.answer(&sent, |sent| sent.id.clone())
        }
        Chat::Read { with, since, before, limit } => {
            let page = client.call(ChatRead { with: with.clone(), before, since, limit }).await?;
            let name = match out.json {
                true => String::new(),
                false => client.call(ContactShow { contact: with }).await?.contact.name,
            };
            out.list(&page.messages, "nothing yet", |message| row(message, &name))
        }
        Chat::Seen { with, id } => {
            let done = client.call(ChatSeen { with, id }).await?;
            out.answer(&done, |_| "read".to_owned())
        }
        Chat::Typing { to } => {
            let done = client.call(ChatTyping { to }).await?;
            out.answer(&done, |_| "told".to_owned())
        }
    }
}

fn row(message: &Message, name: &str) -> Vec<String> {
    let text = match &message.body {
        Body::Text { text, .. } => plain(text),
        Body::Share { share, name, count } => format!("shares {count} pictures: {} ({share})", plain(name)),
        Body::Unknown {} => "(written by a newer Stoa; update to read it)".to_owned(),
    };
    let mark = match (message.mine, message.mark) {
        (false, _) | (true, Mark::Delivered) => "",
        (true, Mark::Waiting) => " (waiting)",
        (true, Mark::Read) => " (read)",
    };
    vec![at(message.at), if message.mine { "me".to_owned() } else { name.to_owned() }, format!("{text}{mark}")]
}
