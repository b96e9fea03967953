//! The task that ends timed states and shows the owner away, and what is told about input.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::api::{Done, Idle, PresenceActive, PresenceIdle};
use crate::error::{Code, Result, bad};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::touch::Touched;

/// A day.
const MINUTES_CAP: u32 = 1_440;

/// Changes of the own state happen one after the other; the task hears of each.
#[derive(Default)]
pub struct Turns {
    pub(super) one: tokio::sync::Mutex<()>,
    pub(super) changed: Notify,
}

pub async fn idle(stoa: &Stoa, PresenceIdle { minutes }: PresenceIdle) -> Result<Idle> {
    if let Some(minutes) = minutes {
        if minutes > MINUTES_CAP {
            return bad(Code::BadRequest, format!("away after 1 to {MINUTES_CAP} minutes without input, or 0 for never"));
        }
        let _turn = stoa.turns.one.lock().await;
        let mut standing = stoa.live().standing.clone();
        standing.set_minutes(minutes);
        stoa.db.write(move |tx| standing.keep(tx)).await?;
        stoa.live().standing.set_minutes(minutes);
        show(stoa);
    }
    let live = stoa.live();
    Ok(Idle { minutes: live.standing.minutes(), source: live.standing.source() })
}

pub async fn active(stoa: &Stoa, PresenceActive { idle, source }: PresenceActive) -> Result<Done> {
    stoa.live().standing.seen(Duration::from_secs(u64::from(idle)), source, Instant::now());
    show(stoa);
    Ok(Done {})
}

/// Ends states when their time is over and goes away when nobody is there.
pub async fn run(stoa: Stoa) {
    loop {
        let next = stoa.live().standing.next(Instant::now(), Time::now());
        let due = async {
            match next {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = stoa.turns.changed.notified() => continue,
        }
        let _turn = stoa.turns.one.lock().await;
        let ended = {
            let mut live = stoa.live();
            live.standing.end(Time::now()).then(|| live.standing.clone())
        };
        if let Some(standing) = ended
            && let Err(error) = stoa.db.write(move |tx| standing.keep(tx)).await
        {
            // the end is found again at the next start
            tracing::warn!(%error, "the state that returned was not kept");
        }
        show(&stoa);
    }
}

/// Tells contacts and faces if the owner is to be seen otherwise.
pub(super) fn show(stoa: &Stoa) {
    let changed = {
        let mut live = stoa.live();
        let shown = live.standing.shown(Instant::now(), Time::now());
        let changed = shown != live.own;
        if changed {
            live.own = shown;
            live.own_version += 1;
        }
        changed
    };
    stoa.turns.changed.notify_one();
    if changed {
        stoa.touch(Touched::Me);
        for (_, notify) in stoa.links().values() {
            notify.notify_one();
        }
    }
}
