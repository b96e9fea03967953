//! What is owed to whom: written with the change that caused it, sent when the peer is met, settled when acknowledged.

use crate::db::{self, Tx};
use crate::error::Result;
use crate::ids::{Conversation, Device, Person};
use crate::log::Sealed;
use crate::touch::Wake;
use crate::wire::{PUSH_CAP, PUSH_ENTRIES, Register};

/// Notes that a conversation has something new for a person, and sets the sending going.
pub fn owe(tx: &mut Tx<'_>, person: Person, conversation: Conversation) -> Result<()> {
    db::owe(tx, person, conversation)?;
    tx.wake(Wake::Owed(person));
    Ok(())
}

/// One push: what a peer's device lacks of a conversation, as far as it fits.
#[derive(Debug, Default)]
pub struct Parcel {
    pub entries: Vec<Sealed>,
    pub registers: Vec<Register>,
}

impl Parcel {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.registers.is_empty()
    }
}

/// Packs what `peer` has not acknowledged. Any member's entries are passed on; registers only by their own device.
pub fn pack(conn: &rusqlite::Connection, own: Device, peer: Device, conversation: Conversation) -> Result<Parcel> {
    let mut parcel = Parcel { entries: Vec::new(), registers: db::registers_owed(conn, peer, conversation, own)? };
    let mut room = PUSH_CAP;
    for height in db::heights(conn, conversation)? {
        let known = db::peer_height(conn, peer, conversation, height.device)?;
        let left = PUSH_ENTRIES.saturating_sub(parcel.entries.len());
        if known >= height.seq || left == 0 {
            continue;
        }
        let more = db::after(conn, conversation, height.device, known, left, room)?;
        let size: usize = more.iter().map(|entry| entry.size() + 128).sum();
        if size > room && !parcel.entries.is_empty() {
            break;
        }
        room = room.saturating_sub(size);
        parcel.entries.extend(more);
    }
    Ok(parcel)
}
