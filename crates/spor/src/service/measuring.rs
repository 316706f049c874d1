//! What the service knows of itself: counts from the store, kept for some seconds however often
//! somebody asks, and the pulse of the loop, which is always fresh.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use spor_projections::tables::{deadlines, watches};
use spor_scheduler::clock::Health;
use spor_scheduler::error::SchedulerError;
use spor_scheduler::pulse::Pulse;
use spor_scheduler::tick::Scheduler;
use spor_store::{Cell, Filter, LetterState, Measures, Op, OpenBreaker, Store};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Clock;
use super::ending::Stop;

/// How long counts are kept.
const KEPT: Duration = Duration::from_secs(5);
/// Counts that take long are kept longer: nobody's questions cost more than one part in this many.
const SHARE: u32 = 50;
/// A store that does not answer for this long counts as out of reach.
const REACH: Duration = Duration::from_secs(2);

/// The service as it sees itself.
pub struct Measuring {
    store: Store,
    scheduler: Scheduler,
    clock: Clock,
    stop: Stop,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    counted: Result<Arc<Counted>, &'static str>,
    until: Instant,
}

/// Counts of a moment.
pub struct Counted {
    /// When.
    pub at: DateTime<Utc>,
    /// What the store counts.
    pub measures: Measures,
    /// Deadlines whose instant has come and that no round has looked at.
    pub due: u64,
    /// The breaker, if it is open.
    pub breaker: Option<OpenBreaker>,
}

impl Measuring {
    pub fn new(store: &Store, scheduler: &Scheduler, clock: Clock, stop: Stop) -> Self {
        let (store, scheduler) = (store.clone(), scheduler.clone());
        Self { store, scheduler, clock, stop, kept: Mutex::default() }
    }

    /// How the loop fares.
    pub fn pulse(&self) -> Pulse {
        self.scheduler.pulse()
    }

    /// How the last rounds went.
    pub fn health(&self) -> Health {
        self.scheduler.health()
    }

    /// Whether the service was asked to end.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_asked()
    }

    /// The counts, or the code of why there are none. Whoever asks together gets the same ones.
    pub async fn counted(&self) -> Result<Arc<Counted>, &'static str> {
        let mut kept = self.kept.lock().await;
        let began = Instant::now();
        if let Some(kept) = kept.as_ref().filter(|kept| began < kept.until) {
            return kept.counted.clone();
        }
        let counted = match timeout(REACH, self.count()).await {
            Ok(Ok(counted)) => Ok(Arc::new(counted)),
            Ok(Err(error)) => Err(error.code()),
            Err(_) => Err("store_silent"),
        };
        // A store that comes back is seen soon: only what was counted is kept for longer.
        let share = if counted.is_ok() { SHARE } else { 0 };
        let rest = began.elapsed().saturating_mul(share).max(KEPT);
        let until = Instant::now().checked_add(rest).unwrap_or(began);
        *kept = Some(Kept { counted: counted.clone(), until });
        counted
    }

    async fn count(&self) -> Result<Counted, SchedulerError> {
        let at = (self.clock)();
        let measures = self.store.measures().await?;
        let come = Filter::Is(deadlines::WAKES_AT.to_owned(), Op::LessOrEqual, Cell::Instant(at));
        let mut due = 0;
        for table in [&deadlines::TABLE, &watches::TABLE] {
            due += self.store.count_rows(&table.spec(), Some(&come)).await?;
        }
        let breaker = self.scheduler.open_breaker(at).await?;
        Ok(Counted { at, measures, due, breaker })
    }
}

impl Counted {
    /// Events that a table does not know yet.
    pub fn behind(&self) -> i64 {
        self.measures.head.get().saturating_sub(self.measures.tables_at.get()).max(0)
    }

    /// How long the tables have lacked something.
    pub fn tables_lag(&self) -> f64 {
        self.measures.lacking_since.map_or(0.0, |since| self.seconds_since(since))
    }

    /// How late the letter is that could have gone out first.
    pub fn letters_lag(&self) -> f64 {
        let waiting = [LetterState::Ready, LetterState::Deferred];
        let first = waiting.iter().filter_map(|state| self.measures.letters_in(*state));
        let late = first.map(|letters| self.seconds_since(letters.first_at));
        late.fold(0.0, f64::max)
    }

    /// The time since the morning for which the oldest letter was written that is not out yet.
    pub fn oldest_letter(&self) -> f64 {
        const UNDER_WAY: [LetterState; 5] = [
            LetterState::Ready,
            LetterState::Leased,
            LetterState::HandingOver,
            LetterState::InDoubt,
            LetterState::Deferred,
        ];
        let under_way = UNDER_WAY.iter().filter_map(|state| self.measures.letters_in(*state));
        let first = under_way.map(|letters| letters.first_day).min();
        let midnight = first.and_then(|day| day.and_hms_opt(0, 0, 0));
        midnight.map_or(0.0, |midnight| self.seconds_since(midnight.and_utc()))
    }

    fn seconds_since(&self, then: DateTime<Utc>) -> f64 {
        self.at.signed_duration_since(then).to_std().map_or(0.0, |age| age.as_secs_f64())
    }
}
