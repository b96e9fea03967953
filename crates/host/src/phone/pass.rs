//! Who may come through the door: the pass of a link, which works once, and those of phones that came in.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stoa_core::api::Time;
use zeroize::Zeroizing;

/// Bytes of a name, which travels in the clear.
pub const NAME: usize = 9;
/// Bytes of a key, which does not.
const KEY: usize = 32;
/// How long a link works.
const LINK_AGE: Duration = Duration::from_mins(10);
/// Phones at one door; the oldest gives way.
const PHONES: usize = 8;

pub type Name = [u8; NAME];
pub type Key = Zeroizing<[u8; KEY]>;

#[derive(Default)]
pub struct Passes(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The newest: it takes the place of the one before.
    link: Option<Given>,
    newest: Name,
    phones: VecDeque<Pass>,
}

struct Given {
    pass: Pass,
    at: (Instant, Time),
    /// Of the phone that came by it and has not said a word since: it may not have heard of its own pass.
    own: Option<Name>,
}

struct Pass {
    name: Name,
    key: Key,
}

/// What became of the newest link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Waiting,
    Used,
    /// Nobody came by it in time.
    Expired,
}

/// What a phone is after its first sealed message.
#[derive(Debug, PartialEq, Eq)]
pub enum Entered {
    /// By a link: the name and the text of its pass from now on.
    New(Name, String),
    Known,
}

impl Passes {
    /// A pass for a link; the link before it is void.
    pub fn link(&self) -> String {
        let pass = Pass::fresh();
        let text = pass.text();
        let given = Given { pass, at: (Instant::now(), Time::now()), own: None };
        self.with(|known| {
            known.newest = given.pass.name;
            known.link = Some(given);
        });
        text
    }

    /// The name of the newest link's pass, and what became of it.
    pub fn newest(&self) -> (String, Link) {
        self.with(|known| {
            let link = match &known.link {
                Some(Given { own: Some(_), .. }) | None => Link::Used,
                Some(given) if given.in_time() => Link::Waiting,
                Some(_) => Link::Expired,
            };
            (URL_SAFE_NO_PAD.encode(known.newest), link)
        })
    }

    /// The key that goes by the name.
    pub fn key(&self, name: Name) -> Option<Key> {
        self.with(|known| {
            let link = known.link.as_ref().filter(|given| given.in_time()).map(|given| &given.pass);
            link.into_iter().chain(&known.phones).find(|pass| pass.name == name).map(|pass| pass.key.clone())
        })
    }

    /// To be called once whoever goes by the name has shown that they hold its key. None when another was quicker with a link.
    pub fn enter(&self, name: Name) -> Option<Entered> {
        self.with(|known| {
            if known.phones.iter().any(|pass| pass.name == name) {
                known.link.take_if(|given| given.own == Some(name));
                return Some(Entered::Known);
            }
            let given = known.link.as_mut().filter(|given| given.pass.name == name && given.in_time())?;
            let pass = Pass::fresh();
            let text = pass.text();
            let name = pass.name;
            let before = given.own.replace(name);
            known.phones.retain(|pass| Some(pass.name) != before);
            if known.phones.len() == PHONES {
                known.phones.pop_front();
            }
            known.phones.push_back(pass);
            Some(Entered::New(name, text))
        })
    }

    /// To be called with the first word after it entered: it has its own pass, and the link is void.
    pub fn settle(&self, name: Name) {
        self.with(|known| drop(known.link.take_if(|given| given.pass.name == name)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Pass {
    fn fresh() -> Self {
        Self { name: rand::random(), key: Zeroizing::new(rand::random()) }
    }

    fn text(&self) -> String {
        let mut bytes = Zeroizing::new([0; NAME + KEY]);
        let (name, key) = bytes.split_at_mut(NAME);
        name.copy_from_slice(&self.name);
        key.copy_from_slice(&*self.key);
        URL_SAFE_NO_PAD.encode(*bytes)
    }
}

impl Given {
    /// By both clocks: one stands still while the machine sleeps, the other can be set.
    fn in_time(&self) -> bool {
        let (since, at) = self.at;
        let passed = u64::try_from(Time::now().0 - at.0).unwrap_or(0);
        since.elapsed() <= LINK_AGE && Duration::from_millis(passed) <= LINK_AGE
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn name(text: &str) -> Name {
        URL_SAFE_NO_PAD.decode(text).unwrap()[..NAME].try_into().unwrap()
    }

    #[test]
    fn a_link_works_once_and_leaves_a_pass_that_goes_on_working() {
        let passes = Passes::default();
        let link = name(&passes.link());
        assert!(passes.newest().1 == Link::Waiting && passes.key(link).is_some());
        let Some(Entered::New(unheard, _)) = passes.enter(link) else { panic!("the link is good") };
        assert!(passes.newest().1 == Link::Used && passes.key(link).is_some());
        // the answer was lost, and the phone comes again
        let Some(Entered::New(_, own)) = passes.enter(link) else { panic!("the link is still good") };
        assert!(passes.key(unheard).is_none());
        let own = name(&own);
        passes.settle(own);
        assert!(passes.key(link).is_some());
        passes.settle(link);
        assert!(passes.newest().1 == Link::Used && passes.key(link).is_none() && passes.enter(link).is_none(), "a second time");
        assert_eq!((passes.enter(own), passes.enter(own)), (Some(Entered::Known), Some(Entered::Known)));
    }

    #[test]
    fn the_oldest_give_way() {
        let passes = Passes::default();
        let (first, second) = (name(&passes.link()), name(&passes.link()));
        assert!(passes.key(first).is_none() && passes.key(second).is_some());
        let phones: Vec<_> = (0..=PHONES)
            .map(|_| match passes.enter(name(&passes.link())) {
                Some(Entered::New(own, _)) => own,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(passes.key(phones[0]).is_none() && passes.key(phones[1]).is_some());
    }
}
