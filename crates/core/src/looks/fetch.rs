//! What is missing of others' looks: from the owner, or from a mutual contact while the owner is away. What lasts comes
//! first, then what is seen now, then the rest.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use stoa_p2p::Fetch;
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};

use crate::db::{self, MediaRow};
use crate::error::{Code, Error, Result};
use crate::ids::{Device, Hash, Person};
use crate::presence::api::State;
use crate::rate::{Buckets, Rate};
use crate::stoa::Stoa;

use super::manifest::{self, BUDGET, Part, StateLook};
use super::{blob_name, grant, made, room, take, tidy};

/// Transfers at once; from one device, and of one owner's look.
const AT_ONCE: usize = 6;
const AT_ONCE_OF_ONE: usize = 2;
/// A blob that takes longer than this, and a second for every so many bytes, is given up for now; what came of it stays.
const LIMIT: Duration = Duration::from_secs(30);
const SLOWEST: u64 = 16 << 10;
/// Bytes fetched of one owner's look: four whole ones, then one in each five minutes. What an owner took back lies in the blob
/// store for as long.
const ALLOWANCE: Rate = Rate { burst: 4.0 * BUDGET as f64, per_second: BUDGET as f64 / 300.0 };
/// Before a device is asked again for what it did not give: this long at first, then doubled.
const COOL_DOWN: Duration = Duration::from_secs(4);
const COOL_DOWN_CAP: Duration = Duration::from_secs(900);
/// How often prepared media are looked after, when nothing else happens.
const TIDY: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Job {
    owner: Person,
    hash: Hash,
}

struct Running {
    tasks: JoinSet<bool>,
    jobs: HashMap<Id, (Job, Device, AbortHandle)>,
    /// Until when, and how long it was.
    cooling: HashMap<(Job, Device), (Instant, Duration)>,
    allowance: Buckets,
    /// Whether something waits for its owner's allowance.
    short: bool,
}

impl Running {
    fn new() -> Self {
        let (tasks, jobs, cooling) = Default::default();
        Self { tasks, jobs, cooling, allowance: Buckets::new(ALLOWANCE), short: false }
    }

    fn ended(&mut self, id: Id, good: bool) {
        let Some((job, device, _)) = self.jobs.remove(&id) else { return };
        if good {
            self.cooling.remove(&(job, device));
            return;
        }
        let pause = self.cooling.get(&(job, device)).map_or(COOL_DOWN, |(_, pause)| COOL_DOWN_CAP.min(*pause * 2));
        self.cooling.insert((job, device), (Instant::now() + pause, pause));
    }

    /// Until the first device may be asked again, at most [`TIDY`].
    fn pause(&self) -> Duration {
        let now = Instant::now();
        let left =
            self.cooling.values().filter_map(|(until, _)| until.checked_duration_since(now)).filter(|left| !left.is_zero());
        left.chain(self.short.then_some(COOL_DOWN)).min().unwrap_or(TIDY).min(TIDY)
    }

    fn busy(&self, job: Job) -> bool {
        self.jobs.values().any(|(other, ..)| *other == job)
    }

    /// Of the devices that may have it, one that is free and did not fail just now.
    fn free(&self, job: Job, devices: &[Device]) -> Option<Device> {
        if self.jobs.values().filter(|(other, ..)| other.owner == job.owner).count() >= AT_ONCE_OF_ONE {
            return None;
        }
        let full = |device: &Device| self.jobs.values().filter(|(_, from, _)| from == device).count() >= AT_ONCE_OF_ONE;
        let cooling = |device: &Device| self.cooling.get(&(job, *device)).is_some_and(|(until, _)| *until > Instant::now());
        devices.iter().copied().find(|device| !full(device) && !cooling(device))
    }
}

/// Fetches and tidies until the Stoa is closed.
pub async fn run(stoa: Stoa) {
    let mut running = Running::new();
    loop {
        if let Err(error) = step(&stoa, &mut running).await {
            tracing::warn!(%error, "looks were not looked after");
        }
        let pause = running.pause();
        tokio::select! {
            () = stoa.looks.fetch.notified() => {}
            Some(ended) = running.tasks.join_next_with_id() => match ended {
                Ok((id, good)) => running.ended(id, good),
                Err(error) => running.ended(error.id(), false),
            },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn step(stoa: &Stoa, running: &mut Running) -> Result<()> {
    let me = stoa.own.person.person();
    let states: HashMap<Person, State> = {
        let live = stoa.live();
        live.people.iter().map(|(person, other)| (*person, other.presence.state.clone())).collect()
    };
    let wanted = stoa.db.read(move |conn| wanted(conn, me, &states)).await?;
    let jobs: HashSet<Job> = wanted.iter().map(|row| Job { owner: row.owner, hash: row.hash }).collect();
    for (.., handle) in running.jobs.values().filter(|(job, ..)| !jobs.contains(job)) {
        handle.abort();
    }
    running.cooling.retain(|(job, _), _| jobs.contains(job));
    tidy::tidy(stoa).await?;
    running.short = false;
    for row in wanted {
        if running.jobs.len() >= AT_ONCE {
            break;
        }
        let job = Job { owner: row.owner, hash: row.hash };
        if running.busy(job) {
            continue;
        }
        let (devices, shown) = holders(stoa, row.owner);
        if let Some(device) = running.free(job, &devices) {
            if !running.allowance.take(row.owner, row.size as f64, Instant::now()) {
                running.short = true;
                continue;
            }
            let stoa = stoa.clone();
            let handle = running.tasks.spawn(async move { one(&stoa, row, device, shown).await });
            running.jobs.insert(handle.id(), (job, device, handle));
        }
    }
    Ok(())
}

/// The owner's devices; while the owner is away, those of mutual contacts that showed the look, who want to see the
/// owner's word.
fn holders(stoa: &Stoa, owner: Person) -> (Vec<Device>, bool) {
    if let Some(other) = stoa.live().people.get(&owner) {
        return (other.devices.iter().copied().collect(), false);
    }
    (stoa.looks.holders().get(&owner).map_or_else(Vec::new, |devices| devices.iter().copied().collect()), true)
}

/// What is missing and has room, in the order in which it is fetched.
pub fn wanted(conn: &rusqlite::Connection, me: Person, states: &HashMap<Person, State>) -> Result<Vec<MediaRow>> {
    let missing = db::look_media_in(conn, "missing")?;
    if missing.is_empty() {
        return Ok(missing);
    }
    let over = room::without_room(conn, me, room::ROOM)?;
    let mut seen_now = HashSet::new();
    for owner in missing.iter().map(|row| row.owner).collect::<HashSet<_>>() {
        let Some(state) = states.get(&owner) else { continue };
        let looks = manifest::scheme(conn, owner)?.map(|scheme| scheme.looks).unwrap_or_default();
        seen_now.extend(
            looks.iter().filter(|look| look.state == *state).flat_map(StateLook::media).map(|(_, blob)| (owner, blob.hash)),
        );
    }
    let mut wanted: Vec<_> = missing.into_iter().filter(|row| !over.contains(&(row.owner, row.hash))).collect();
    // small things first, so that a picture does not wait for a video
    wanted.sort_by_key(|row| (!row.lasting, !seen_now.contains(&(row.owner, row.hash)), row.size));
    Ok(wanted)
}

async fn one(stoa: &Stoa, row: MediaRow, device: Device, shown: bool) -> bool {
    let (owner, hash) = (row.owner, row.hash);
    let result = get(stoa, row, device, shown).await;
    if let Err(error) = &result {
        tracing::debug!(%error, %owner, %hash, "a part of a look did not come");
    }
    if let Err(error) = forget_unnamed(stoa, owner, hash).await {
        tracing::warn!(%error, %hash, "a part that nothing names any more was not removed");
    }
    result.is_ok()
}

/// Its row may have gone before the transfer gave it a name in the blob store.
async fn forget_unnamed(stoa: &Stoa, owner: Person, hash: Hash) -> Result<()> {
    if stoa.db.read(move |conn| db::look_media(conn, owner, hash)).await?.is_none() {
        stoa.node.blobs().drop_name(&blob_name(owner, hash)).await?;
    }
    Ok(())
}

fn limit(size: u64) -> Duration {
    LIMIT + Duration::from_secs(size / SLOWEST)
}

async fn get(stoa: &Stoa, row: MediaRow, device: Device, shown: bool) -> Result<()> {
    let (owner, hash) = (row.owner, row.hash);
    let grant = if shown { stoa.db.read(move |conn| db::look_grant(conn, owner)).await? } else { None };
    let fetch = Fetch {
        from: device.into(),
        scope: grant::scope(owner),
        grant: grant::shown(grant.as_ref()),
        hash: hash.into(),
        size: row.size,
        name: blob_name(owner, hash),
    };
    let slow = |_| Error::new(Code::PeerUnreachable, "it came too slowly");
    // one's own blobs are not to be found out, nor shown to others, by naming their hashes
    let fetching = stoa.node.blobs().fetch_apart(fetch, watch::channel(0).0);
    tokio::time::timeout(limit(row.size), fetching).await.map_err(slow)??;
    let Some(part) = Part::of(&row.part) else { return Ok(()) };
    let bytes = stoa.node.blobs().read(hash.into(), part.cap()).await?;
    tracing::debug!(%device, %hash, bytes = bytes.len(), "a part of a look came");
    let made = if bytes.len() as u64 == row.size { made(stoa, part, bytes).await? } else { None };
    arrived(stoa, row, part, made).await
}

/// What it is, if it is what it claims to be.
async fn made(stoa: &Stoa, part: Part, bytes: Vec<u8>) -> Result<Option<made::Made>> {
    // one at a time: files that keep a media child busy leave the other one free
    let _turn = stoa.looks.making.lock().await;
    let mut made = made::make(&stoa.media, part, bytes.clone()).await;
    // a busy machine may be the reason
    if matches!(made, Err(stoa_media::Error::TooSlow)) {
        made = made::make(&stoa.media, part, bytes).await;
    }
    match made {
        Ok(made) => Ok(Some(made)),
        Err(stoa_media::Error::NotStarted(error)) => Err(error.into()),
        Err(error) => {
            tracing::info!(%error, part = part.word(), "a part of a look is broken");
            Ok(None)
        }
    }
}

/// Notes it as here, or as broken: then its bytes go, and it is not fetched again.
async fn arrived(stoa: &Stoa, row: MediaRow, part: Part, made: Option<made::Made>) -> Result<()> {
    let (owner, hash, me) = (row.owner, row.hash, stoa.own.person.person());
    let mut now = MediaRow { standing: "broken".into(), ..row };
    match &made {
        Some(made) => {
            made::keep_made(stoa, part, hash, made).await;
            now.standing = "here".into();
            now.media_type = made.media_type.to_owned();
            (now.width, now.height, now.duration_ms) = (made.width, made.height, made.duration_ms);
        }
        None => stoa.node.blobs().drop_name(&blob_name(owner, hash)).await?,
    }
    stoa.db
        .write(move |tx| {
            // named by a newer manifest or by none, meanwhile
            let Some(row) = db::look_media(tx, owner, hash)?.filter(|row| row.standing == "missing") else { return Ok(()) };
            db::put_look_media(tx, &MediaRow { lasting: row.lasting, ..now })?;
            for kind in take::kinds_naming(tx, owner, hash)? {
                take::changed(tx, me, owner, kind);
            }
            Ok(())
        })
        .await
}
