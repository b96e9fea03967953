//! How the owner is: what was chosen, until when, what comes back then, and away without input. No I/O; times are given.

use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use crate::api::{IdleSource, Presence, State};
use crate::db::{self, Tx};
use crate::error::Result;
use crate::time::Time;

/// States that wait to come back, at most.
const EARLIER: usize = 8;
/// Minutes without input until the owner is away, unless they chose.
const IDLE_MINUTES: u32 = 10;
/// The wall clock may jump: while a state has an end, it is looked at this often.
const LOOK: Duration = Duration::from_secs(15);

const CHOSEN: &str = "presence";
const BEFORE: &str = "presence_before";
const IDLE: &str = "idle_minutes";

#[derive(Clone, Debug)]
pub struct Standing {
    chosen: Presence,
    /// What comes back when the chosen state ends, the nearest last; each ends later than the one after it.
    before: Vec<Presence>,
    minutes: u32,
    /// The last input that anything saw; none while nothing looks.
    input: Option<Instant>,
    source: IdleSource,
    away: Option<Time>,
}

impl Default for Standing {
    fn default() -> Self {
        let chosen = Presence { state: State::online(), since: Time::now(), ..Presence::default() };
        Self { chosen, before: Vec::new(), minutes: IDLE_MINUTES, input: None, source: IdleSource::Window, away: None }
    }
}

impl Standing {
    /// As this Stoa was left.
    pub fn kept(conn: &Connection) -> Result<Self> {
        let mut standing = Self::default();
        if let Some(chosen) = db::meta(conn, CHOSEN)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            standing.chosen = chosen;
        }
        if let Some(before) = db::meta(conn, BEFORE)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            standing.before = before;
        }
        if let Some(minutes) = db::meta(conn, IDLE)?.and_then(|bytes| bytes.try_into().ok()) {
            standing.minutes = u32::from_be_bytes(minutes);
        }
        standing.end(Time::now());
        Ok(standing)
    }

    pub fn keep(&self, tx: &Tx<'_>) -> Result<()> {
        db::set_meta(tx, CHOSEN, &serde_json::to_vec(&self.chosen).unwrap_or_default())?;
        db::set_meta(tx, BEFORE, &serde_json::to_vec(&self.before).unwrap_or_default())?;
        db::set_meta(tx, IDLE, &self.minutes.to_be_bytes())
    }

    /// By hand, which is input too.
    pub fn choose(&mut self, presence: Presence, now: Instant) {
        let last = std::mem::replace(&mut self.chosen, presence);
        match self.chosen.until {
            Some(end) => {
                self.before.push(last);
                self.before.retain(|earlier| earlier.until.is_none_or(|its| its > end));
                // the first has no end: it stays
                if self.before.len() > EARLIER {
                    self.before.remove(1);
                }
            }
            None => self.before.clear(),
        }
        self.away = None;
        self.input = self.input.map(|_| now);
    }

    /// Whether a state was over, and an earlier one is back.
    pub fn end(&mut self, wall: Time) -> bool {
        let over = |presence: &Presence| presence.until.is_some_and(|end| end <= wall);
        let ended = over(&self.chosen);
        while over(&self.chosen) {
            self.chosen = self.before.pop().unwrap_or_else(|| Self::default().chosen);
            self.chosen.since = wall;
        }
        ended
    }

    /// Something sees the person, whose last input was that long ago.
    pub fn seen(&mut self, ago: Duration, source: IdleSource, now: Instant) {
        let at = now.checked_sub(ago).unwrap_or(now);
        self.input = Some(self.input.map_or(at, |last| last.max(at)));
        if source != IdleSource::Window {
            self.source = source;
        }
    }

    pub fn set_minutes(&mut self, minutes: u32) {
        self.minutes = minutes;
    }

    pub fn minutes(&self) -> u32 {
        self.minutes
    }

    pub fn source(&self) -> IdleSource {
        self.source
    }

    /// How others are to see it now.
    pub fn shown(&mut self, now: Instant, wall: Time) -> Presence {
        if self.idles_at().is_some_and(|at| at <= now) {
            let since = *self.away.get_or_insert(wall);
            return Presence { state: State::away(), since, ..Presence::default() };
        }
        if self.away.take().is_some() {
            self.chosen.since = wall;
        }
        self.chosen.clone()
    }

    /// Only who is online becomes away: what somebody chose otherwise says more.
    fn idles_at(&self) -> Option<Instant> {
        let idles = self.minutes > 0 && self.chosen.state == *State::ONLINE;
        self.input.filter(|_| idles).map(|input| input + Duration::from_secs(60 * u64::from(self.minutes)))
    }

    /// When to look again.
    pub fn next(&self, now: Instant, wall: Time) -> Option<Duration> {
        let idle = self.idles_at().filter(|_| self.away.is_none()).map(|at| at.saturating_duration_since(now));
        let left = |end: Time| Duration::from_millis(u64::try_from(end.0 - wall.0).unwrap_or(0)).min(LOOK);
        idle.into_iter().chain(self.chosen.until.map(left)).min()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn state(name: &str, text: &str, until: Option<i64>) -> Presence {
        Presence { state: State::new(name).unwrap(), text: text.into(), since: Time(0), until: until.map(Time) }
    }

    fn said(standing: &mut Standing, now: Instant, wall: i64) -> String {
        let shown = standing.shown(now, Time(wall));
        format!("{} {}", shown.state, shown.text)
    }

    #[test]
    fn a_timed_state_ends_and_the_one_before_it_returns() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        standing.choose(state("busy", "writing", None), now);
        standing.choose(state("meeting", "", Some(1_000)), now);
        assert!(!standing.end(Time(999)));
        assert_eq!(standing.next(now, Time(990)), Some(Duration::from_millis(10)));
        assert!(standing.end(Time(1_000)));
        assert_eq!(standing.shown(now, Time(1_000)), Presence { since: Time(1_000), ..state("busy", "writing", None) });
        assert_eq!(standing.next(now, Time(1_000)), None);
    }

    #[test]
    fn a_longer_one_returns_after_a_shorter_and_a_shorter_is_over() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        standing.choose(state("meeting", "long", Some(9_000)), now);
        standing.choose(state("eating", "", Some(2_000)), now);
        assert!(standing.end(Time(2_000)));
        assert_eq!(said(&mut standing, now, 2_000), "meeting long");
        standing.choose(state("daydreaming", "", Some(10_000)), now);
        // the clock jumped far ahead: the meeting is over as well
        assert!(standing.end(Time(50_000)));
        assert_eq!(said(&mut standing, now, 50_000), "online ");
    }

    #[test]
    fn another_choice_forgets_the_end() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        standing.choose(state("meeting", "", Some(1_000)), now);
        standing.choose(state("busy", "", None), now);
        assert!(!standing.end(Time(5_000)));
        assert_eq!(said(&mut standing, now, 5_000), "busy ");
        for end in 0..50 {
            standing.choose(state("eating", "", Some(1_000_000 - end)), now);
        }
        assert!(standing.before.len() <= EARLIER);
        standing.end(Time(2_000_000));
        assert_eq!(said(&mut standing, now, 2_000_000), "busy ");
    }

    #[test]
    fn who_is_online_becomes_away_without_input_and_comes_back_with_it() {
        let (mut standing, start) = (Standing::default(), Instant::now());
        standing.choose(state("online", "at the desk", None), start);
        assert_eq!(said(&mut standing, start + 600 * MINUTE, 0), "online at the desk", "nothing looks");
        standing.seen(Duration::ZERO, IdleSource::X11, start);
        assert_eq!(standing.next(start, Time(0)), Some(10 * MINUTE));
        // a window that saw nothing for long does not outweigh the other source
        standing.seen(90 * MINUTE, IdleSource::Window, start + MINUTE);
        assert_eq!(said(&mut standing, start + 9 * MINUTE, 0), "online at the desk");
        assert_eq!(said(&mut standing, start + 10 * MINUTE, 7), "away ");
        assert_eq!(standing.shown(start + 11 * MINUTE, Time(9)).since, Time(7));
        assert_eq!(standing.next(start + 11 * MINUTE, Time(9)), None);
        standing.seen(Duration::ZERO, IdleSource::Window, start + 12 * MINUTE);
        let back = standing.shown(start + 12 * MINUTE, Time(20));
        assert_eq!(back, Presence { since: Time(20), ..state("online", "at the desk", None) });
        assert_eq!(standing.source(), IdleSource::X11);
    }

    #[test]
    fn a_state_by_hand_stays_and_never_means_never() {
        let (mut standing, start) = (Standing::default(), Instant::now());
        standing.seen(Duration::ZERO, IdleSource::Window, start);
        standing.choose(state("busy", "", None), start);
        assert_eq!(said(&mut standing, start + 60 * MINUTE, 0), "busy ");
        // choosing is input
        standing.choose(state("online", "", None), start + 60 * MINUTE);
        assert_eq!(said(&mut standing, start + 65 * MINUTE, 0), "online ");
        assert_eq!(said(&mut standing, start + 71 * MINUTE, 0), "away ");
        standing.set_minutes(0);
        assert_eq!(said(&mut standing, start + 99 * MINUTE, 0), "online ");
        // away, and a timed state that ends meanwhile
        standing.set_minutes(1);
        standing.choose(state("busy", "", None), start);
        standing.choose(state("online", "", Some(100)), start);
        assert_eq!(said(&mut standing, start + 9 * MINUTE, 50), "away ");
        assert!(standing.end(Time(100)));
        assert_eq!(said(&mut standing, start + 10 * MINUTE, 100), "busy ");
    }
}
