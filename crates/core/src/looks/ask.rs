//! One asker for each link: asks the contact for what is newer of theirs, and of those who are away.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use stoa_p2p::Protocol;
use tokio::sync::Notify;

use crate::db::{self, GrantRow};
use crate::error::{Code, Error, Result};
use crate::ids::{Device, Person};
use crate::stoa::Stoa;
use crate::time::Time;
use crate::wire::{LookAnswer, LookAsk, LookFound, LookKind, LookOther, OTHERS_CAP, Version, decode, encode};

use super::{grant, manifest, take};

/// After a meeting, before others are asked about: whoever is about to connect is not away.
const SETTLE: Duration = Duration::from_secs(4);
/// Between two questions about the same person on one link; sooner when something of theirs is missing.
const AGAIN: Duration = Duration::from_secs(3_600);
const AGAIN_MISSING: Duration = Duration::from_secs(300);
/// Before a question that failed is asked again: this long at first, then doubled.
const RETRY: Duration = Duration::from_secs(2);
const RETRY_CAP: Duration = Duration::from_secs(120);
const KINDS: [LookKind; 2] = [LookKind::Persona, LookKind::Scheme];

/// What a link's asker is to do. Told as often as anybody likes, done once.
#[derive(Default)]
pub struct Asker {
    wake: Notify,
    due: Mutex<Due>,
}

#[derive(Default)]
struct Due {
    yours: bool,
    others: HashSet<Person>,
}

impl Asker {
    /// Something may be newer than what is here.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// Ask the contact, whatever they said last.
    pub fn yours(&self) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).yours = true;
        self.wake.notify_one();
    }

    /// Ask about this person, if away.
    pub fn others(&self, person: Person) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).others.insert(person);
        self.wake.notify_one();
    }

    fn take_due(&self) -> Due {
        std::mem::take(&mut *self.due.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was not answered is asked again with the next try.
    fn put_back(&self, due: Due) {
        let mut now = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        now.yours |= due.yours;
        now.others.extend(due.others);
    }
}

/// Leaves the list when the link ends.
struct Listed<'a>(&'a Stoa, Device, Arc<Asker>);

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let mut askers = self.0.looks.askers();
        // another link to the device may have taken the place
        if askers.get(&self.1).is_some_and(|listed| Arc::ptr_eq(listed, &self.2)) {
            askers.remove(&self.1);
        }
    }
}

/// What was asked on this link.
struct Asked {
    met: Instant,
    /// By the version that was said: a wrong one is asked about once.
    said: HashMap<LookKind, Version>,
    grant: Option<Instant>,
    others: HashMap<Person, Instant>,
}

/// Asks for as long as the link stands: whoever drops this ends it.
pub async fn run(stoa: &Stoa, device: Device, person: Person) -> Infallible {
    let listed = Listed(stoa, device, Arc::default());
    let asker = &listed.2;
    stoa.looks.askers().insert(device, asker.clone());
    let mut asked = Asked { met: Instant::now(), said: HashMap::new(), grant: None, others: HashMap::new() };
    let mut retry = RETRY;
    loop {
        let wait = match ask(stoa, device, person, asker, &mut asked).await {
            Ok(()) => {
                retry = RETRY;
                SETTLE.checked_sub(asked.met.elapsed()).unwrap_or(AGAIN_MISSING)
            }
            Err(error) => {
                tracing::debug!(%error, %device, "a look was not answered");
                let wait = retry;
                retry = RETRY_CAP.min(retry * 2);
                wait
            }
        };
        let _ = tokio::time::timeout(wait, asker.wake.notified()).await;
    }
}

async fn ask(stoa: &Stoa, device: Device, person: Person, asker: &Asker, asked: &mut Asked) -> Result<()> {
    if person == stoa.own.person.person() {
        return Ok(());
    }
    let due = asker.take_due();
    let done = async {
        yours(stoa, device, person, due.yours, asked).await?;
        others(stoa, device, due.others.clone(), asked).await
    };
    let done = done.await;
    if done.is_err() {
        asker.put_back(due);
    }
    done
}

async fn yours(stoa: &Stoa, device: Device, person: Person, forced: bool, asked: &mut Asked) -> Result<()> {
    let said = stoa.live().people.get(&person).map(|other| other.looks).unwrap_or_default();
    let now = stoa.now();
    let (scheme, persona, granted) = stoa
        .db
        .read(move |conn| {
            let held = |kind| manifest::held(conn, person, kind);
            let granted = db::look_grant(conn, person)?.map_or(0, |row| row.not_after);
            Ok((held(LookKind::Scheme)?, held(LookKind::Persona)?, granted))
        })
        .await?;
    for kind in KINDS {
        let (said, have) = match kind {
            LookKind::Scheme => (said.scheme, scheme),
            LookKind::Persona => (said.persona, persona),
        };
        let newer = said > have && asked.said.get(&kind).is_none_or(|before| *before < said);
        let ends = granted < now.0.saturating_add(grant::RENEW) && asked.grant.is_none_or(|at| at.elapsed() > AGAIN);
        if newer || forced || ends {
            let answer = request(stoa, device, &LookAsk::Yours { kind, have, granted }).await?;
            asked.said.insert(kind, said);
            asked.grant = Some(Instant::now());
            let LookAnswer::Yours { found, grant } = answer else {
                return Err(Error::new(Code::Refused, "an answer to another question"));
            };
            taken(stoa, person, kind, found, grant, now).await?;
        }
    }
    Ok(())
}

async fn request(stoa: &Stoa, device: Device, ask: &LookAsk) -> Result<LookAnswer> {
    let ask = encode(ask);
    tracing::debug!(%device, bytes = ask.len(), "a look is asked for");
    let answer = stoa.node.request(device.into(), Protocol::Look, ask).await?;
    tracing::debug!(%device, bytes = answer.len(), "a look was answered");
    decode(&answer).ok_or_else(|| Error::new(Code::Refused, "the other side answered in no known way"))
}

async fn taken(
    stoa: &Stoa,
    person: Person,
    kind: LookKind,
    found: LookFound,
    granted: Option<(i64, Vec<u8>)>,
    now: Time,
) -> Result<()> {
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let me = own.person.person();
            if let Some((not_after, signature)) = granted
                && grant::holds(person, me, not_after, &signature, now)
            {
                db::put_look_grant(tx, &GrantRow { owner: person, not_after, signature })?;
            }
            if let LookFound::New(signed) = found
                && let Err(error) = take(tx, &own, person, kind, &signed)
            {
                tracing::debug!(%error, %person, "a look was refused");
            }
            Ok(())
        })
        .await
}

/// Asks about contacts who are away and gave their word, each once in a while, or now when somebody wants to know.
async fn others(stoa: &Stoa, device: Device, due: HashSet<Person>, asked: &mut Asked) -> Result<()> {
    if asked.met.elapsed() < SETTLE && due.is_empty() {
        return Ok(());
    }
    let settled = asked.met.elapsed() >= SETTLE;
    let there: HashSet<Person> = stoa.live().people.keys().copied().collect();
    for person in &there {
        asked.others.insert(*person, Instant::now());
    }
    let before = asked.others.clone();
    let now = stoa.now();
    let questions = stoa
        .db
        .read(move |conn| {
            let mut questions = Vec::new();
            for grant in
                db::look_grants(conn)?.into_iter().filter(|grant| !there.contains(&grant.owner) && now.0 < grant.not_after)
            {
                let missing = db::look_missing(conn, grant.owner)?;
                let after = if missing { AGAIN_MISSING } else { AGAIN };
                let again = settled && before.get(&grant.owner).is_none_or(|at| at.elapsed() >= after);
                if due.contains(&grant.owner) || again {
                    questions.extend(about(conn, device, &grant, missing)?);
                }
            }
            Ok(questions)
        })
        .await?;
    for chunk in questions.chunks(OTHERS_CAP) {
        let asks = chunk.iter().map(|(_, ask)| ask.clone()).collect();
        let answer = request(stoa, device, &LookAsk::Others(asks)).await?;
        asked.others.extend(chunk.iter().map(|(owner, _)| (*owner, Instant::now())));
        let LookAnswer::Others(found) = answer else {
            return Err(Error::new(Code::Refused, "an answer to another question"));
        };
        for (index, signed) in found.into_iter().take(chunk.len()) {
            let Some((owner, ask)) = chunk.get(usize::from(index)) else { continue };
            let (owner, kind, own) = (*owner, ask.kind, stoa.own.clone());
            match stoa.db.write(move |tx| take(tx, &own, owner, kind, &signed)).await {
                // only who showed the owner's signature is told which of the owner's media are missing
                Ok(_) => {
                    stoa.looks.holds(owner, device);
                    stoa.looks.fetch.notify_one();
                }
                Err(error) => tracing::debug!(%error, %owner, "a look that was passed on was refused"),
            }
        }
    }
    Ok(())
}

/// The questions about one person. With media missing, whoever has the same version is welcome too: it may have them.
fn about(conn: &rusqlite::Connection, asked: Device, grant: &GrantRow, missing: bool) -> Result<Vec<(Person, LookOther)>> {
    let ask = |kind| {
        let have = if missing { Version::default() } else { manifest::held(conn, grant.owner, kind)? };
        let tag = grant::tag(asked, grant.owner);
        Ok((grant.owner, LookOther { tag, kind, have, not_after: grant.not_after, signature: grant.signature.clone() }))
    };
    KINDS.map(ask).into_iter().collect()
}
