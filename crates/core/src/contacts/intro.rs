//! How two people who do not know each other introduce themselves: signed device list, profile, addresses.

use crate::db::{self, Tx};
use crate::error::{Code, Result, bad};
use crate::ids::{Device, Person};
use crate::me::manifests;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{ADDRS_CAP, Intro};

use super::project::Contacted;

/// This side's introduction.
pub async fn own(stoa: &Stoa) -> Result<Intro> {
    let person = stoa.own.person.person();
    let (devices, profile) = stoa.db.read(move |conn| manifests::signed(conn, person)).await?;
    Ok(Intro { person, devices, profile, addrs: own_addrs(stoa) })
}

/// Addresses this side can be found at, as many as an introduction holds.
pub fn own_addrs(stoa: &Stoa) -> Vec<String> {
    stoa.node.addrs().into_iter().take(ADDRS_CAP).collect()
}

/// Checks that the introduction is signed by its person and lists the device that brought it.
///
/// # Errors
/// `bad_request` when it is not; `blocked` is not told here: the caller looks first.
pub fn check(intro: &Intro, from: Device) -> Result<String> {
    let list = manifests::open_devices(intro.person, &intro.devices)?;
    let profile = manifests::open_profile(intro.person, &intro.profile)?;
    if !list.devices.iter().any(|listed| listed.device == from) {
        return bad(Code::BadRequest, "the introduction does not list the device that brought it");
    }
    Ok(profile.name)
}

/// Makes the introduced person a contact, in the caller's transaction. Doing it twice changes nothing.
pub fn befriend(tx: &mut Tx<'_>, own: &crate::entries::Own, intro: &Intro, from: Device) -> Result<()> {
    let name = check(intro, from)?;
    if intro.person == own.person.person() {
        return bad(Code::InviteInvalid, "this is your own invitation; give it to somebody else");
    }
    manifests::take_devices(tx, own, intro.person, &intro.devices)?;
    manifests::take_profile(tx, intro.person, &intro.profile)?;
    db::set_addrs(tx, from, &capped(&intro.addrs))?;
    db::drop_requests(tx, intro.person)?;
    // what this side asked is noted under the device until the person behind it is known
    db::drop_requests(tx, Person(from.0))?;
    if db::contact(tx, intro.person)?.is_none() {
        let since = Time::now();
        let contacted =
            Contacted { person: intro.person, name, alias: String::new(), verified: false, blocked: false, since: since.0 };
        super::project::append(tx, own, &contacted)?;
    }
    Ok(())
}

/// Addresses from outside: few and short. p2p parses them and dials nothing that is no multiaddr.
pub fn capped(addrs: &[String]) -> Vec<String> {
    let fits = |addr: &&String| addr.len() <= 200 && !addr.contains(char::is_whitespace);
    addrs.iter().filter(fits).take(ADDRS_CAP).cloned().collect()
}
