//! `stoa contact …`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Subcommand;
use stoa_core::api::{
    ContactAccept, ContactAsk, ContactBlock, ContactConsent, ContactDetails, ContactInvite, ContactList, ContactNearby,
    ContactRemove, ContactRename, ContactRequests, ContactShow, ContactVerify, LookRefresh, Result,
};

use crate::Context;
use crate::out::{at, facts, plain, remark};
use crate::presence::state_line;
use crate::qr;
use crate::spans;

#[derive(Subcommand)]
pub enum Contact {
    /// Makes an invitation for one person. Whoever has the link first becomes a contact: send it privately.
    Invite {
        /// When it ends; 7d unless told, at most 30d.
        #[arg(long, value_parser = spans::seconds)]
        expires: Option<u32>,
        /// Draw the link as a QR code into this file (.svg or .png).
        #[arg(long, value_name = "FILE")]
        qr: Option<PathBuf>,
    },
    /// Redeems an invitation.
    Accept { link: String },
    /// Your contacts.
    List,
    /// People nearby who run Stoa and are not contacts.
    Nearby,
    /// Asks somebody nearby to become a contact.
    Ask { device: String },
    /// People who asked you.
    Requests,
    /// Says yes to a request, or no.
    Consent {
        person: String,
        /// They are not told.
        #[arg(long)]
        no: bool,
    },
    /// Shows a contact and the safety number to compare with them.
    Show { contact: String },
    /// Remembers that you compared the safety number.
    Verify {
        contact: String,
        #[arg(long)]
        undo: bool,
    },
    /// Gives a contact another name on your side; without NAME back to their own.
    Rename { contact: String, name: Option<String> },
    /// Asks for a contact's newest looks and picture now, as hovering over them does: of them, or of mutual contacts while they are away.
    Refresh { contact: String },
    /// Hears nothing more from a contact.
    Block {
        contact: String,
        #[arg(long)]
        undo: bool,
    },
    /// Forgets a contact and the conversation with them.
    Remove { contact: String },
}

pub async fn run(contact: Contact, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = context.out;
    match contact {
        Contact::Invite { expires, qr } => {
            if let Some(file) = &qr {
                qr::can_draw(file)?;
            }
            let invitation = client.call(ContactInvite { expires }).await?;
            if let Some(file) = &qr {
                qr::draw(&invitation.link, file)?;
            }
            if !out.json && std::io::stdout().is_terminal() {
                remark(&qr::text(&invitation.link)?);
                remark(&format!("For one person, until {}:", at(invitation.expires)));
            }
            out.answer(&invitation, |invitation| invitation.link.clone())
        }
        Contact::Accept { link } => {
            let contact = client.call(ContactAccept { link }).await?;
            out.answer(&contact, |contact| format!("{} is a contact now", plain(&contact.name)))
        }
        Contact::List => {
            let contacts = client.call(ContactList {}).await?;
            out.list(&contacts, "no contacts yet; begin with: stoa contact invite", |contact| {
                let mark = match (contact.blocked, contact.verified) {
                    (true, _) => "blocked",
                    (false, true) => "verified",
                    (false, false) => "",
                };
                let unread = if contact.unread > 0 { format!("{} unread", contact.unread) } else { String::new() };
                vec![contact.name.clone(), state_line(&contact.presence), unread, mark.to_owned()]
            })
        }
        Contact::Nearby => {
            let nearby = client.call(ContactNearby {}).await?;
            out.list(&nearby, "nobody nearby", |nearby| {
                let name = if nearby.name.is_empty() { "(no name yet)".to_owned() } else { nearby.name.clone() };
                let asked = if nearby.asked { "asked, waits for their yes" } else { "" };
                vec![name, nearby.device.clone(), asked.to_owned()]
            })
        }
        Contact::Ask { device } => {
            let done = client.call(ContactAsk { device }).await?;
            out.answer(&done, |_| "asked; they become a contact when they say yes".to_owned())
        }
        Contact::Requests => {
            let requests = client.call(ContactRequests {}).await?;
            out.list(&requests, "nobody asked", |request| vec![request.name.clone(), request.person.clone(), at(request.at)])
        }
        Contact::Consent { person, no } => {
            let done = client.call(ContactConsent { person, yes: !no }).await?;
            out.answer(&done, |_| if no { "refused; they are not told" } else { "accepted" }.to_owned())
        }
        Contact::Show { contact } => {
            let details = client.call(ContactShow { contact }).await?;
            out.answer(&details, describe)
        }
        Contact::Verify { contact, undo } => {
            let done = client.call(ContactVerify { contact, verified: !undo }).await?;
            out.answer(&done, |_| if undo { "no longer verified" } else { "verified" }.to_owned())
        }
        Contact::Rename { contact, name } => {
            let done = client.call(ContactRename { contact, name: name.unwrap_or_default() }).await?;
            out.answer(&done, |_| "renamed".to_owned())
        }
        Contact::Refresh { contact } => {
            let done = client.call(LookRefresh { contact }).await?;
            out.answer(&done, |_| "asked; what is newer comes by itself".to_owned())
        }
        Contact::Block { contact, undo } => {
            let done = client.call(ContactBlock { contact, blocked: !undo }).await?;
            out.answer(&done, |_| if undo { "no longer blocked" } else { "blocked" }.to_owned())
        }
        Contact::Remove { contact } => {
            let done = client.call(ContactRemove { contact }).await?;
            out.answer(&done, |_| "removed".to_owned())
        }
    }
}

fn describe(details: &ContactDetails) -> String {
    let contact = &details.contact;
    let own = if contact.own_name == contact.name { String::new() } else { format!(" ({})", contact.own_name) };
    facts(&[
        ("name", format!("{}{own}", contact.name)),
        ("person", contact.person.clone()),
        ("state", state_line(&contact.presence)),
        ("safety number", details.safety_number.clone()),
        ("verified", if contact.verified { "yes" } else { "no: compare the safety number with them" }.to_owned()),
        ("devices", details.devices.to_string()),
        ("contact since", at(contact.since)),
    ])
}
