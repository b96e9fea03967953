//! Asks the owner, for each request of a blob, whether it may be served.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{DeviceId, Hash};

/// Questions that wait for the owner.
const WAITING: usize = 256;
/// Silence this long is no.
const PATIENCE: Duration = Duration::from_secs(2);

/// May this device have this blob, under this scope, with this grant? Dropped or silent for 2 s is no.
pub struct MayServe {
    /// Who asks; its key is proved.
    pub peer: DeviceId,
    /// What the blob is claimed to belong to.
    pub scope: [u8; 32],
    /// The blob.
    pub hash: Hash,
    /// What the device shows for it, at most [`crate::GRANT_CAP`] bytes, unread.
    pub grant: Vec<u8>,
    answer: oneshot::Sender<bool>,
}

impl MayServe {
    /// Answers this one request.
    pub fn answer(self, yes: bool) {
        // Asked too long ago; it was refused.
        let _ = self.answer.send(yes);
    }
}

impl std::fmt::Debug for MayServe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MayServe").field("peer", &self.peer).field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The questions of a node.
pub struct Asks {
    questions: mpsc::Receiver<MayServe>,
    stopped: CancellationToken,
}

impl Asks {
    /// The next question. None once the node has stopped.
    pub async fn next(&mut self) -> Option<MayServe> {
        tokio::select! {
            biased;
            question = self.questions.recv() => question,
            () = self.stopped.cancelled() => None,
        }
    }
}

pub(crate) struct Asker {
    questions: mpsc::Sender<MayServe>,
}

pub(crate) fn channel(stopped: CancellationToken) -> (Asker, Asks) {
    let (sender, questions) = mpsc::channel(WAITING);
    (Asker { questions: sender }, Asks { questions, stopped })
}

impl Asker {
    pub(crate) async fn may(&self, peer: DeviceId, scope: [u8; 32], hash: Hash, grant: Vec<u8>) -> bool {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            let question = MayServe { peer, scope, hash, grant, answer };
            self.questions.send(question).await.is_ok() && answered.await.unwrap_or(false)
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or(false)
    }
}
