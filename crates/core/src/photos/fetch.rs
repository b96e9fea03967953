//! The receiver's side: thumbnails first, then the pictures asked for, a few at once, resumed where they broke.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use stoa_p2p::Fetch;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use crate::api::{Done, ShareCancel, ShareFetch, SharePause};
use crate::db::{self, ItemRow, Tx};
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Device, Person, ShareId};
use crate::live::Transfer;
use crate::outbox;
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::{Touched, Wake};
use crate::wire::Register;

use super::kinds::{FETCHED, known};
use super::offer::{ITEMS_CAP, PICTURE_CAP};
use super::prepare::{picture_name, thumb_name};

/// Transfers at once, and from one owner.
const AT_ONCE: usize = 6;
const AT_ONCE_OF_ONE: usize = 3;
/// A thumbnail that takes longer is given up for now.
const THUMB_LIMIT: Duration = Duration::from_secs(60);
/// Pictures of one owner looked at in one round.
const PER_OWNER: u32 = 200;
/// Before a picture that failed is tried again.
const COOL_DOWN: Duration = Duration::from_secs(5);
/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_millis(250);

pub async fn fetch(stoa: &Stoa, ShareFetch { share, only }: ShareFetch) -> Result<Done> {
    let id: ShareId = share.parse()?;
    let now = stoa.now();
    stoa.db
        .write(move |tx| {
            let row = known(tx, id)?;
            if row.mine {
                return bad(Code::BadRequest, "this share is your own; its pictures are here");
            }
            if row.state != "open" || row.expires <= now {
                return bad(Code::ShareEnded, "the share is over");
            }
            let items = db::items(tx, id)?;
            if let Some(index) = only.iter().find(|index| !items.iter().any(|item| item.index == **index)) {
                return bad(Code::NotFound, format!("the share has no picture {index}"));
            }
            for item in items.iter().filter(|item| item.state == "listed" || item.state == "failed") {
                if only.is_empty() || only.contains(&item.index) {
                    db::set_item_state(tx, id, item.index, "wanted")?;
                    tx.touch(Touched::ShareItem(id, item.index));
                }
            }
            db::set_share_paused(tx, id, false)?;
            tx.touch(Touched::Share(id));
            tx.wake(Wake::Fetch);
            Ok(Done {})
        })
        .await
}

pub async fn pause(stoa: &Stoa, SharePause { share, paused }: SharePause) -> Result<Done> {
    change(stoa, share, move |tx, id| db::set_share_paused(tx, id, paused)).await
}

pub async fn cancel(stoa: &Stoa, ShareCancel { share }: ShareCancel) -> Result<Done> {
    change(stoa, share, |tx, id| db::move_items(tx, id, "wanted", "listed")).await
}

async fn change(stoa: &Stoa, share: String, how: impl FnOnce(&Tx<'_>, ShareId) -> Result<()> + Send + 'static) -> Result<Done> {
    let id: ShareId = share.parse()?;
    stoa.db
        .write(move |tx| {
            known(tx, id)?;
            how(tx, id)?;
            tx.touch(Touched::Share(id));
            for item in db::items(tx, id)? {
                tx.touch(Touched::ShareItem(id, item.index));
            }
            tx.wake(Wake::Fetch);
            Ok(Done {})
        })
        .await
}

/// What is fetched: a picture or its thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Job {
    share: ShareId,
    index: u32,
    thumb: bool,
}

#[derive(Default)]
struct Running {
    tasks: JoinSet<bool>,
    jobs: HashMap<Id, (Job, Person, tokio::task::AbortHandle)>,
    cooling: HashMap<Job, Instant>,
}

/// Fetches what is wanted, until the Stoa is closed.
pub async fn run(stoa: Stoa) {
    let mut running = Running::default();
    loop {
        if let Err(error) = fill(&stoa, &mut running).await {
            tracing::warn!(%error, "what is wanted could not be read");
        }
        let cooling = !running.cooling.is_empty();
        tokio::select! {
            () = stoa.fetch.notified() => {}
            Some(ended) = running.tasks.join_next_with_id() => {
                let (id, good) = match ended {
                    Ok((id, good)) => (id, good),
                    Err(error) => (error.id(), false),
                };
                if let Some((job, ..)) = running.jobs.remove(&id) {
                    ended_one(&stoa, job);
                    if !good {
                        running.cooling.insert(job, Instant::now() + COOL_DOWN);
                    }
                }
            }
            () = tokio::time::sleep(COOL_DOWN), if cooling => {}
        }
    }
}

fn ended_one(stoa: &Stoa, job: Job) {
    if !job.thumb {
        stoa.live().transfers.remove(&(job.share, job.index));
        stoa.touch(Touched::ShareItem(job.share, job.index));
    }
    stoa.touch(Touched::Share(job.share));
}

/// Starts what fits, ends what is no longer wanted.
async fn fill(stoa: &Stoa, running: &mut Running) -> Result<()> {
    let now = stoa.now();
    let online: Vec<Person> = stoa.live().people.keys().copied().collect();
    let jobs: Vec<Job> = running.jobs.values().map(|(job, ..)| *job).collect();
    let (wanted, over) = stoa.db.read(move |conn| Ok((wanted(conn, &online, now)?, over(conn, jobs, now)?))).await?;
    for (.., handle) in running.jobs.values().filter(|(job, ..)| over.contains(job)) {
        handle.abort();
    }
    running.cooling.retain(|_, until| *until > Instant::now());
    for (job, item, owner) in wanted {
        if running.jobs.len() >= AT_ONCE {
            break;
        }
        let busy = running.cooling.contains_key(&job) || running.jobs.values().any(|(other, ..)| *other == job);
        // one slow owner does not hold up the others
        let full = running.jobs.values().filter(|(_, of, _)| *of == owner).count() >= AT_ONCE_OF_ONE;
        let holder = stoa.live().people.get(&owner).and_then(|other| other.devices.iter().next().copied());
        if let (false, false, Some(holder)) = (busy, full, holder) {
            let stoa = stoa.clone();
            let handle = running.tasks.spawn(async move { one(&stoa, job, item, owner, holder).await });
            running.jobs.insert(handle.id(), (job, owner, handle));
        }
    }
    Ok(())
}

/// What is missing from who is online: every thumbnail before any picture.
fn wanted(conn: &rusqlite::Connection, online: &[Person], now: Time) -> Result<Vec<(Job, ItemRow, Person)>> {
    let mut wanted = Vec::new();
    for thumb in [true, false] {
        for owner in online {
            for item in db::missing(conn, *owner, now, thumb, PER_OWNER)? {
                wanted.push((Job { share: item.share, index: item.index, thumb }, item, *owner));
            }
        }
    }
    Ok(wanted)
}

/// Of the running ones, those that are not wanted any more.
fn over(conn: &rusqlite::Connection, jobs: Vec<Job>, now: Time) -> Result<HashSet<Job>> {
    let mut over = HashSet::new();
    for job in jobs {
        let open = db::share(conn, job.share)?.filter(|row| row.state == "open" && row.expires > now);
        let item = db::item(conn, job.share, job.index)?;
        let still = open.zip(item).is_some_and(|(row, item)| match job.thumb {
            true => !item.thumb_here,
            false => item.state == "wanted" && !row.paused,
        });
        if !still {
            over.insert(job);
        }
    }
    Ok(over)
}

async fn one(stoa: &Stoa, job: Job, item: ItemRow, owner: Person, holder: Device) -> bool {
    let result = match job.thumb {
        true => thumb(stoa, &item, holder).await,
        false => picture(stoa, &item, owner, holder).await,
    };
    if let Err(error) = &result {
        tracing::debug!(%error, share = %item.share, index = item.index, "a picture did not come");
    }
    result.is_ok()
}

async fn request(stoa: &Stoa, item: &ItemRow, holder: Device, thumb: bool) -> Result<Fetch> {
    let share = item.share;
    let grant = stoa.db.read(move |conn| Ok(known(conn, share)?.grant)).await?;
    let (hash, size, name) = match thumb {
        true => (item.thumb, item.thumb_size, thumb_name(share, item.index)),
        false => (item.hash, item.size, picture_name(share, item.index)),
    };
    Ok(Fetch { from: holder.into(), scope: share.0, grant, hash: hash.into(), size, name })
}

async fn thumb(stoa: &Stoa, item: &ItemRow, holder: Device) -> Result<()> {
    let fetch = request(stoa, item, holder, true).await?;
    let fetching = stoa.node.blobs().fetch(fetch, watch::channel(0).0);
    let slow = |_| Error::new(Code::PeerUnreachable, "a thumbnail came too slowly");
    tokio::time::timeout(THUMB_LIMIT, fetching).await.map_err(slow)??;
    let (share, index) = (item.share, item.index);
    stoa.db
        .write(move |tx| {
            still_open(tx, share)?;
            db::set_thumb_here(tx, share, index)?;
            tx.touch(Touched::ShareItem(share, index));
            tx.touch(Touched::Share(share));
            Ok(())
        })
        .await
}

async fn picture(stoa: &Stoa, item: &ItemRow, owner: Person, holder: Device) -> Result<()> {
    let (share, index) = (item.share, item.index);
    let before = match stoa.node.blobs().have(item.hash.into()).await? {
        stoa_p2p::Have::Part(bytes) | stoa_p2p::Have::Whole(bytes) => bytes,
        stoa_p2p::Have::Nothing => 0,
    };
    let transfer = Transfer { done: before, before, started: Instant::now() };
    stoa.live().transfers.insert((share, index), transfer);
    stoa.touch(Touched::ShareItem(share, index));
    let (progress, told) = watch::channel(before);
    let fetching = async {
        let fetch = request(stoa, item, holder, false).await?;
        stoa.node.blobs().fetch(fetch, progress).await.map_err(Error::from)
    };
    tokio::select! {
        result = fetching => result?,
        () = report(stoa, share, index, told) => {}
    }
    let bytes = stoa.node.blobs().read(item.hash.into(), PICTURE_CAP).await?;
    let readable = match stoa.media.inspect(bytes).await {
        Ok(_) => true,
        Err(stoa_media::Error::NotStarted(error)) => return Err(error.into()),
        Err(error) => {
            tracing::info!(%error, %share, index, "a picture that came is not readable");
            false
        }
    };
    arrived(stoa, share, index, owner, readable).await
}

/// Passes progress on until the transfer ends; never returns by itself before that.
async fn report(stoa: &Stoa, share: ShareId, index: u32, mut told: watch::Receiver<u64>) {
    while told.changed().await.is_ok() {
        let done = *told.borrow_and_update();
        if let Some(transfer) = stoa.live().transfers.get_mut(&(share, index)) {
            transfer.done = done;
        }
        stoa.touch(Touched::ShareItem(share, index));
        stoa.touch(Touched::Share(share));
        tokio::time::sleep(TELL_EVERY).await;
    }
    // the sender is gone: the transfer is about to return
    std::future::pending::<()>().await;
}

/// A share that ended meanwhile keeps no copies.
fn still_open(tx: &mut Tx<'_>, share: ShareId) -> Result<()> {
    if known(tx, share)?.state == "open" {
        return Ok(());
    }
    bad(Code::ShareEnded, "the share is over")
}

/// A bit per picture, those of `value` and `more`.
fn receipt(mut value: Vec<u8>, more: impl IntoIterator<Item = u32>) -> Vec<u8> {
    value.resize(ITEMS_CAP / 8 + 1, 0);
    for index in more {
        if let Some(byte) = value.get_mut(index as usize / 8) {
            *byte |= 1 << (index % 8);
        }
    }
    value
}

/// Notes a picture as here and tells the owner, in one transaction.
async fn arrived(stoa: &Stoa, share: ShareId, index: u32, owner: Person, readable: bool) -> Result<()> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            still_open(tx, share)?;
            db::set_item_state(tx, share, index, if readable { "here" } else { "failed" })?;
            let conversation = crate::ids::Conversation::pair(own.person.person(), owner);
            let (device, key) = (own.device.device(), format!("{FETCHED}{share}"));
            let (version, value) = match db::register(tx, conversation, device, &key)? {
                Some(held) => (held.version + 1, receipt(held.value, [index])),
                // the first of this device, which may be younger than the home
                None => (1, receipt(Vec::new(), db::indices_here(tx, share)?)),
            };
            db::take_register(tx, conversation, &Register { device, key, version, value })?;
            outbox::owe(tx, owner, conversation)?;
            tx.touch(Touched::ShareItem(share, index));
            tx.touch(Touched::Share(share));
            Ok(())
        })
        .await
}
