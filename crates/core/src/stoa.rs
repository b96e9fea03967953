//! The running Stoa: what everything inside shares, behind one cheap handle.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::{Notify, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::api::Change;
use crate::db::Db;
use crate::entries::Own;
use crate::ids::{Device, Person};
use crate::live::LiveState;
use crate::looks::Looks;
use crate::personas::Wardrobe;
use crate::presence::idle::Turns;
use crate::products::{Cards, rules::Rules};
use crate::rate::Buckets;
use crate::time::Time;
use crate::touch::{Touched, Touches};

/// Changes that may wait for a slow face.
pub(crate) const CHANGES_WAITING: usize = 4_096;

/// Whose device a link goes to, and what sets its sending going.
pub(crate) type Link = (Person, Arc<Notify>);

/// The running Stoa. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Stoa(pub(crate) Arc<Inner>);

/// What a `Stoa` shares; opaque outside core.
pub struct Inner {
    pub(crate) db: Db,
    pub(crate) own: Arc<Own>,
    pub(crate) node: stoa_p2p::Node,
    pub(crate) media: stoa_media::Media,
    pub(crate) fetcher: stoa_fetch::Fetcher,
    pub(crate) home: PathBuf,
    pub(crate) lan: bool,
    /// Where it was wished to listen.
    pub(crate) listen: Vec<String>,
    pub(crate) fetch: Notify,
    pub(crate) prepare: Notify,
    pub(crate) live: Mutex<LiveState>,
    pub(crate) rules: RwLock<Arc<Rules>>,
    pub(crate) cards: Cards,
    pub(crate) looks: Looks,
    pub(crate) wardrobe: Wardrobe,
    /// Contacts' devices that are connected.
    pub(crate) links: Mutex<HashMap<Device, Link>>,
    pub(crate) links_changed: Notify,
    /// Gate and links follow what is stored in one turn, so that none follows what is no longer so.
    pub(crate) following: tokio::sync::Mutex<()>,
    pub(crate) turns: Turns,
    /// How much contacts told lately.
    pub(crate) told: Mutex<Buckets>,
    pub(crate) touched: Touches,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) tasks: TaskTracker,
    pub(crate) ending: CancellationToken,
}

impl Deref for Stoa {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Stoa {
    /// Facts from now on. A slow reader gets `Lagged` and reads everything again.
    pub fn changes(&self) -> Changes {
        Changes(self.changes.subscribe())
    }

    /// The time that ends are judged by: setting the clock back revives nothing.
    pub fn now(&self) -> Time {
        Time::now().max(self.live().floor)
    }

    /// Ends all work; what was answered is durable already.
    pub async fn close(self) {
        self.ending.cancel();
        self.node.clone().stop().await;
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, LiveState> {
        // plain data: a panic elsewhere cannot have left it half-changed in a way that matters
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn links(&self) -> MutexGuard<'_, HashMap<Device, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Tells the faces about something that no transaction changed.
    pub(crate) fn touch(&self, what: Touched) {
        self.touched.tell(what);
    }

    pub(crate) fn tell(&self, change: Change) {
        // nobody listening is fine
        let _ = self.changes.send(change);
    }

    /// Runs a task until the Stoa is closed.
    pub(crate) fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let ending = self.ending.clone();
        self.tasks.spawn(async move { ending.run_until_cancelled(task).await })
    }
}

/// A subscription to `Change`s.
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// The next change; `None` when the Stoa was closed.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Change::Lagged {}),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
