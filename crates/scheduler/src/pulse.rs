//! Signs of life of the loop, by a clock that nobody sets: a step forward or back of the time on
//! the wall must neither hide a dead loop nor report a living one dead.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use spor_store::OpenBreaker;

use crate::clock::PERIOD;
use crate::error::Result;
use crate::settings::BREAKER;
use crate::tick::Scheduler;

/// Periods without a sign of life after which the loop counts as dead.
const PERIODS: u32 = 3;

/// How the loop fares at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// The time since anything was done: a step of a round, or its end.
    pub since_step: Duration,
    /// The time since a round ended, whether or not it could do its work.
    pub since_round: Option<Duration>,
    /// How long that round took.
    pub last_took: Duration,
    /// Rounds that did their work.
    pub done: u64,
    /// Rounds that could not.
    pub failed: u64,
}

impl Pulse {
    /// Whether the loop is alive. A long round is as long as it goes on step by step.
    pub fn beats(&self) -> bool {
        self.since_step <= PERIOD.saturating_mul(PERIODS)
    }
}

/// What the copies of a scheduler note about the loop.
pub(crate) struct Heart {
    beats: Mutex<Beats>,
}

struct Beats {
    step: Instant,
    round: Option<Instant>,
    took: Duration,
    done: u64,
    failed: u64,
}

impl Heart {
    pub(crate) fn new() -> Self {
        let step = Instant::now();
        let beats = Beats { step, round: None, took: Duration::ZERO, done: 0, failed: 0 };
        Self { beats: Mutex::new(beats) }
    }

    /// A step of a round is done.
    pub(crate) fn beat(&self) {
        self.locked().step = Instant::now();
    }

    /// A round has ended.
    pub(crate) fn round_ended(&self, began: Instant, is_done: bool) {
        let now = Instant::now();
        let mut beats = self.locked();
        beats.step = now;
        beats.round = Some(now);
        beats.took = now.saturating_duration_since(began);
        beats.done += u64::from(is_done);
        beats.failed += u64::from(!is_done);
    }

    fn locked(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheduler {
    /// How the loop fares now.
    pub fn pulse(&self) -> Pulse {
        let beats = self.shared.heart.locked();
        Pulse {
            since_step: beats.step.elapsed(),
            since_round: beats.round.map(|round| round.elapsed()),
            last_took: beats.took,
            done: beats.done,
            failed: beats.failed,
        }
    }

    /// The breaker that a refusal of us has opened, while it is open.
    pub async fn open_breaker(&self, now: DateTime<Utc>) -> Result<Option<OpenBreaker>> {
        Ok(self.store.breaker(BREAKER).await?.filter(|open| open.is_open(now)))
    }
}
