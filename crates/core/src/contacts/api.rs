//! People: invitations, discovery, safety numbers. Commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::conversations::api::Message;
use crate::personas::api::PersonaPicture;
use crate::presence::api::Presence;
use crate::schemes::api::Look;
use crate::time::Time;

/// Makes a single-use invitation. `expires` in seconds, 60 to 2,592,000 (30 days); 7 days unless told.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct ContactInvite {
    pub expires: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Invitation {
    /// `stoa://invite/…`, at most 600 characters, fit for a QR code.
    pub link: String,
    pub expires: Time,
}

/// Redeems an invitation: dials the inviter and returns when both sides have stored each other.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactAccept {
    pub link: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct ContactList {}

/// A person this Stoa accepted and who accepted it.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Contact {
    /// The person's public key, hex.
    pub person: String,
    /// What lists show: the name given here, else the person's own.
    pub name: String,
    /// The person's own name.
    pub own_name: String,
    pub verified: bool,
    pub blocked: bool,
    pub presence: Presence,
    /// How they look in this state, offline included; none: the default picture and the state's name.
    pub look: Option<Look>,
    pub persona: Option<PersonaPicture>,
    /// The one-to-one conversation, hex.
    pub conversation: String,
    pub last: Option<Message>,
    pub unread: u32,
    pub since: Time,
}

/// Devices seen on the LAN that run Stoa and are not contacts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct ContactNearby {}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Nearby {
    /// The device's public key, hex.
    pub device: String,
    /// The name they answer strangers with; empty until they answered.
    pub name: String,
    /// This side asked and waits for their yes.
    pub asked: bool,
}

/// Asks somebody nearby to become a contact.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactAsk {
    pub device: String,
}

/// People who asked and wait for a yes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct ContactRequests {}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactRequest {
    pub person: String,
    pub name: String,
    pub at: Time,
}

/// Answers a request. A no is not told to the asker.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactConsent {
    pub person: String,
    pub yes: bool,
}

/// `contact` is a name or a person id, in all of these.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactShow {
    pub contact: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactDetails {
    pub contact: Contact,
    /// 60 digits in 12 groups of 5; the same on both sides.
    pub safety_number: String,
    /// Devices on the person's signed list.
    pub devices: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactVerify {
    pub contact: String,
    pub verified: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactRename {
    pub contact: String,
    /// Empty goes back to the person's own name.
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactBlock {
    pub contact: String,
    pub blocked: bool,
}

/// Forgets the person and the conversation with them.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ContactRemove {
    pub contact: String,
}
