//! Who this Stoa is: commands and answers.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::personas::api::PersonaPicture;
use crate::presence::api::{Hidden, Presence};
use crate::schemes::api::Look;

/// Shows the owner.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct MeShow {}

/// Changes the owner's name. 1 to 64 characters after trimming.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct MeSet {
    pub name: String,
}

/// The owner, as the own corner of the window shows them.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Me {
    /// The person's public key, hex.
    pub person: String,
    /// This device's public key, hex.
    pub device: String,
    /// Empty until chosen: the window then opens with the first-start page.
    pub name: String,
    pub presence: Presence,
    /// As contacts see it.
    pub look: Option<Look>,
    pub persona: Option<PersonaPicture>,
    pub hidden: Hidden,
}

/// Shows the running node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
pub struct NodeStatus {}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Node {
    pub person: String,
    pub device: String,
    pub version: String,
    /// Addresses this node listens on, as multiaddrs.
    pub addrs: Vec<String>,
    /// Devices connected now.
    pub connected: u32,
    /// Whether the node announces itself on the LAN.
    pub lan: bool,
}
