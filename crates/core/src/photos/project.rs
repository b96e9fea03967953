//! Share offers and revocations as they come out of the log.

use crate::conversations;
use crate::db::{self, ItemRow, ShareRow, Tx};
use crate::entries::Own;
use crate::entries::Placed;
use crate::error::Result;
use crate::text::visible;
use crate::time::Time;
use crate::touch::{Touched, Wake};
use crate::wire::{decode, encode};

use super::offer::{Offer, Revoke};

/// Letters of a share's or a picture's name, at most.
pub const NAME_CAP: usize = 200;

pub fn offer(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    let me = own.person.person();
    let Some(offer) = decode::<Offer>(entry.body) else { return Ok(()) };
    if entry.author != me {
        if !offer.fits(entry.author, me, Time(entry.header.time.millis())) {
            return Ok(());
        }
        receive(tx, entry, &offer)?;
    }
    tx.touch(Touched::Share(offer.share));
    conversations::project::message(tx, own, entry, &visible(&offer.name, NAME_CAP), None, Some(offer.share))
}

fn receive(tx: &mut Tx<'_>, entry: &Placed<'_>, offer: &Offer) -> Result<()> {
    let added = db::put_share(
        tx,
        &ShareRow {
            id: offer.share,
            owner: entry.author,
            mine: false,
            name: visible(&offer.name, NAME_CAP),
            at: Time(entry.header.time.millis().min(Time::now().0)),
            expires: Time(offer.expires),
            state: "open".into(),
            paused: false,
            problems: "[]".into(),
            grant: encode(&offer.grant),
        },
    )?;
    if !added {
        return Ok(());
    }
    for item in &offer.items {
        db::put_item(
            tx,
            &ItemRow {
                share: offer.share,
                index: item.index,
                name: visible(&item.name, NAME_CAP),
                hash: item.hash,
                size: item.size,
                width: item.width,
                height: item.height,
                thumb: item.thumb,
                thumb_size: item.thumb_size,
                thumb_here: false,
                state: "listed".into(),
            },
        )?;
    }
    tx.wake(Wake::Fetch);
    Ok(())
}

pub fn revoke(tx: &mut Tx<'_>, own: &Own, entry: &Placed<'_>) -> Result<()> {
    let Some(Revoke { share }) = decode(entry.body) else { return Ok(()) };
    // only the owner revokes; the own side marked it with the command
    if entry.author == own.person.person() || db::share(tx, share)?.is_none_or(|row| row.owner != entry.author) {
        return Ok(());
    }
    db::set_share_state(tx, share, "revoked")?;
    tx.touch(Touched::Share(share));
    tx.wake(Wake::Fetch);
    tx.wake(Wake::Cut(share));
    Ok(())
}
