//! Messages with links: what a contact sent is asked of them, what was sent from here is made ready to be passed on.

use std::time::Duration;

use crate::error::Error;
use crate::ids::Person;
use crate::stoa::Stoa;
use crate::touch::Touched;

use super::known::Target;
use super::{blobs, peers, refresh, state::Supply};

/// Until what one message links to was passed on; then the next message has its turn.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(90);

/// A message with links was added: what the other sent is asked of them, what was sent from here is made ready to be passed on.
pub fn linked(stoa: &Stoa, person: Person, mine: bool, links: &[String]) {
    let rules = stoa.rules();
    let found = links.iter().filter_map(|link| rules.exact(link)).take(super::rules::CARDS_CAP);
    let target = |found: stoa_catalog::Match| Target {
        catalog: found.catalog,
        code: found.code,
        link: Some(found.link),
        from: (!mine).then_some(person),
    };
    let targets: Vec<Target> = found.map(target).collect();
    if targets.is_empty() {
        return;
    }
    let Some(waiting) = stoa.cards.wait(person) else { return };
    let supply = mine.then(|| stoa.cards.supply(&targets.iter().filter_map(|target| target.link.clone()).collect::<Vec<_>>()));
    let task = stoa.clone();
    stoa.spawn(async move {
        let Some(_turn) = waiting.turn().await else { return };
        match supply {
            Some(supply) => prepare(&task, &targets, supply).await,
            None => {
                if tokio::time::timeout(MESSAGE_PATIENCE, arrived(&task, person, &targets)).await.is_err() {
                    tracing::debug!("a sender passes cards on too slowly");
                }
            }
        }
    });
}

/// Has the cards of own links here, so that whoever gets the links need not ask the catalog.
async fn prepare(stoa: &Stoa, targets: &[Target], supply: Supply) {
    for target in targets {
        let ready = async {
            let known = refresh::supplied(stoa, target).await?;
            for hash in blobs::named(&known.trusted.manifest, &known.product) {
                blobs::from_catalog(stoa, &known.trusted, &hash).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = ready.await {
            tracing::debug!(%error, "a card that was sent is not here to be passed on");
        }
    }
    drop(supply);
}

/// Asks the sender for the cards of what they just sent.
async fn arrived(stoa: &Stoa, person: Person, targets: &[Target]) {
    for target in targets {
        let Some(link) = &target.link else { continue };
        if peers::everything(stoa, person, target, link).await {
            stoa.touch(Touched::Card(link.clone()));
        }
    }
}
