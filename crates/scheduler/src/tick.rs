//! One round of the clock's work: reap, plan, compose, dispatch. The same for the service and for
//! `spor scheduler tick`; a round that was missed needs no code of its own, for the next one goes
//! on from the rows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use spor_domain::policy::{Policies, Policy};
use spor_history::load::{KnownAt, Memory};
use spor_projections::runner::Runner;
use spor_store::Store;
use tokio::sync::watch;

use crate::clock::Health;
use crate::due::{People, local_day};
use crate::error::Result;
use crate::meetings::Told;
use crate::plan::Sessions;
use crate::pulse::Heart;
use crate::self_audit::Audited;
use crate::settings::Settings;

/// How long a round may spend on bringing the tables to the head of the log.
pub(crate) const CATCH_UP: Duration = Duration::from_secs(20);

/// Cases whose rows one round makes anew under a new policy.
const REARMED: usize = 500;

/// Plans, composes and sends reminders. Copies share everything.
#[derive(Clone)]
pub struct Scheduler {
    pub(crate) store: Store,
    pub(crate) memory: Memory,
    pub(crate) runner: Runner,
    pub(crate) settings: Arc<Settings>,
    pub(crate) shared: Arc<Shared>,
}

/// What the copies of a scheduler share.
pub(crate) struct Shared {
    pub(crate) round: tokio::sync::Mutex<()>,
    pub(crate) stopping: AtomicBool,
    pub(crate) cut_off: watch::Sender<bool>,
    pub(crate) heart: Heart,
    pub(crate) told: Told,
    pub(crate) audited: Mutex<Option<Audited>>,
    pub(crate) health: watch::Sender<Health>,
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ticked {
    /// Letters whose lease or doubt had run out.
    pub reaped: u64,
    /// Events that the tables still lack.
    pub behind: u64,
    /// Reminders that were planned.
    pub planned: u64,
    /// Levels that were noted as overtaken.
    pub overtaken: u64,
    /// Reminders that were settled or changed hands before they were written.
    pub cancelled: u64,
    /// Reminders that nobody could be told of.
    pub suppressed: u64,
    /// Letters that were written.
    pub composed: u64,
    /// Letters that could not be written; what is in them stays planned.
    pub unwritten: u64,
    /// Letters that were taken back, since all in them was settled or a newer one carries the rest.
    pub withdrawn: u64,
    /// Letters that the relay took.
    pub sent: u64,
    /// Letters that will be tried again.
    pub deferred: u64,
    /// Letters that were given up.
    pub dead: u64,
    /// Letters of which nobody knows whether the relay has them.
    pub in_doubt: u64,
    /// Letters that wait for a person.
    pub held: u64,
    /// Why nothing can be handed in at present.
    pub relay_fault: Option<String>,
    /// The size of the log that was signed in this round.
    pub checkpoint: Option<i64>,
    /// Why no checkpoint could be brought out of the house.
    pub anchor_fault: Option<String>,
    /// What the self-audit found and nobody has seen put right yet.
    pub audit_fault: Option<String>,
    /// Why an erasure that was begun could not be finished.
    pub erasure_fault: Option<String>,
    /// Why the clock is not believed; then nothing was planned, written or sent.
    pub clock_fault: Option<String>,
    /// Whether everything that was due has been planned.
    pub complete: bool,
    /// Whether something is left that the next round shall go on with at once.
    pub more: bool,
}

impl Ticked {
    /// Whether somebody has to look.
    pub(crate) fn is_red(&self) -> bool {
        let faults = [
            &self.relay_fault,
            &self.anchor_fault,
            &self.audit_fault,
            &self.erasure_fault,
            &self.clock_fault,
        ];
        faults.into_iter().any(Option::is_some)
    }
}

/// What one round knows: the instant, the policy of its day, and everybody.
pub(crate) struct Round {
    pub(crate) now: DateTime<Utc>,
    pub(crate) day: NaiveDate,
    pub(crate) policies: Arc<Policies>,
    pub(crate) policy: Policy,
    pub(crate) people: People,
    /// What volunteers did in all their cases, as far as the round has asked.
    pub(crate) volunteers: tokio::sync::Mutex<Sessions>,
}

impl Scheduler {
    /// A scheduler over the store of a runner; refuses settings under which a letter could go out twice.
    pub fn new(runner: Runner, settings: Settings) -> Result<Self> {
        settings.check()?;
        let (store, memory) = (runner.store().clone(), runner.memory().clone());
        let shared = Shared {
            round: tokio::sync::Mutex::default(),
            stopping: AtomicBool::new(false),
            cut_off: watch::Sender::new(false),
            heart: Heart::new(),
            told: Told::default(),
            audited: Mutex::default(),
            health: watch::Sender::new(Health::default()),
        };
        let (settings, shared) = (Arc::new(settings), Arc::new(shared));
        Ok(Self { store, memory, runner, settings, shared })
    }

    /// Does everything that is due at an instant.
    ///
    /// Rounds of one scheduler never overlap; several programs may each run their own.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<Ticked> {
        let _round = self.shared.round.lock().await;
        let began = Instant::now();
        self.shared.heart.beat();
        let done = self.do_round(now).await;
        self.shared.heart.round_ended(began, done.is_ok());
        self.note_round(now, &done);
        done
    }

    async fn do_round(&self, now: DateTime<Utc>) -> Result<Ticked> {
        let mut ticked = Ticked { clock_fault: self.doubt_clock(now).await?, ..Ticked::default() };
        if ticked.clock_fault.is_some() {
            return Ok(ticked);
        }
        let caught_up = self.runner.advance_upto(REARMED, CATCH_UP, now).await?;
        ticked.behind = u64::try_from(caught_up.behind).unwrap_or(0);
        self.shared.heart.beat();
        ticked.more = caught_up.stale;
        // Before anything is written: no letter tells of somebody who was erased.
        if let Err(error) = self.runner.finish_erasures(now).await {
            tracing::error!(
                target: "spor::scheduler",
                { reason = %error }, "an erasure that was begun is not finished"
            );
            ticked.erasure_fault = Some(error.to_string());
        }
        let round = Arc::new(self.look_around(now).await?);
        self.reap(&round, &mut ticked).await?;
        self.plan(&round, &mut ticked).await?;
        // A digest is whole: nothing is written before all that is due stands in the ledger.
        let writes = ticked.complete && round.is_time_to_write();
        let waiting = self.look_again(&round, writes, &mut ticked).await?;
        let before = ticked.composed;
        if writes {
            self.compose(&round, &mut ticked).await?;
        }
        self.shared.heart.beat();
        self.anchor(&round, &mut ticked).await;
        let fresh = usize::try_from(ticked.composed - before).unwrap_or(usize::MAX);
        self.dispatch(&round, waiting.saturating_add(fresh), &mut ticked).await?;
        self.self_audit(&round, &mut ticked).await?;
        tracing::info!(
            target: "spor::scheduler",
            planned = ticked.planned, composed = ticked.composed, sent = ticked.sent,
            deferred = ticked.deferred, dead = ticked.dead, "a round is done"
        );
        Ok(ticked)
    }

    pub(crate) async fn look_around(&self, now: DateTime<Utc>) -> Result<Round> {
        let (policies, _) = self.memory.policies(KnownAt::Everything).await?;
        let directory = self.memory.directory(KnownAt::Everything).await?;
        let refused = self.store.suppressions().await?;
        let refused = refused.into_iter().map(|suppression| suppression.address).collect();
        let day = local_day(&policies, now);
        let policy = policies.on(day).clone();
        let people = People { directory, refused };
        Ok(Round { now, day, policies, policy, people, volunteers: tokio::sync::Mutex::default() })
    }

    /// Finishes the letter under way and sends no further one.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }
}
