//! The alarm clock: it wakes the one task that runs rounds, and knows nothing else.
//!
//! tokio-cron-scheduler pokes once a minute and once a night, a plain interval every half minute,
//! and each local commit at once. A poke that is lost costs half a minute; what is due stands in
//! the database.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::error::{Result, SchedulerError};
use crate::self_audit::SELF_AUDIT;
use crate::tick::{Scheduler, Ticked};

/// The plain interval between rounds.
pub const PERIOD: Duration = Duration::from_secs(30);
/// How soon a round that failed is tried again: a database may have moved to another server.
const AFTER_FAULT: Duration = Duration::from_secs(5);
/// Periods without a finished round after which health fails.
const HEALTHY_PERIODS: i32 = 3;
/// The period of the heartbeat.
const HEARTBEAT: Duration = Duration::from_mins(1);
/// Every night at 01:10 UTC, in both halves of the year.
const NIGHTLY: &str = "0 10 1 * * *";
/// Commits in quick succession bring one round, not one each.
const REST: Duration = Duration::from_millis(500);

/// How the scheduler fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The instant of the last round that was finished.
    pub last_round: Option<DateTime<Utc>>,
    /// What that round did.
    pub last_done: Option<Ticked>,
    /// Why the last round was not finished, if it was not.
    pub fault: Option<String>,
}

impl Health {
    /// Whether rounds are finished in time and letters can be handed in.
    pub fn is_green(&self, now: DateTime<Utc>) -> bool {
        let period = TimeDelta::from_std(PERIOD).unwrap_or(TimeDelta::MAX);
        let patience = period.checked_mul(HEALTHY_PERIODS).unwrap_or(period);
        let in_time = self.last_round.is_some_and(|at| now.signed_duration_since(at) <= patience);
        in_time && self.fault.is_none() && !self.last_done.as_ref().is_some_and(Ticked::is_red)
    }
}

impl Scheduler {
    /// Runs rounds until told to stop; the letter in hand is finished first.
    ///
    /// `clock` gives the present instant. A round that fails is logged and tried again.
    pub async fn run(
        &self,
        clock: impl Fn() -> DateTime<Utc>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<()> {
        self.begin();
        let poke = Arc::new(Notify::new());
        let mut alarm = alarm_clock(&poke).await.map_err(|e| broken_clock(&e))?;
        let mut committed = self.store.committed();
        let mut ticking = interval(PERIOD);
        ticking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shutdown = pin!(shutdown);
        let mut watches = true;
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                () = poke.notified() => {}
                _ = ticking.tick() => {}
                changed = committed.changed(), if watches => watches = changed.is_ok(),
            }
            committed.mark_unchanged();
            let mut round = pin!(self.tick(clock()));
            let stopped = tokio::select! {
                done = &mut round => {
                    report(&done);
                    match &done {
                        Ok(ticked) if ticked.more => poke.notify_one(),
                        Ok(_) => {}
                        Err(_) => ticking.reset_after(AFTER_FAULT),
                    }
                    false
                }
                () = &mut shutdown => true,
            };
            if stopped {
                if let Some(done) = self.finish(round).await {
                    report(&done);
                }
                break;
            }
            // What the round itself has appended needs no further one.
            committed.mark_unchanged();
            sleep(REST).await;
        }
        self.store.release_lease(SELF_AUDIT, &self.settings.worker).await?;
        alarm.shutdown().await.map_err(|e| broken_clock(&e))
    }

    /// How the rounds go.
    pub fn health(&self) -> Health {
        self.shared.health.borrow().clone()
    }

    pub(crate) fn note_round(&self, now: DateTime<Utc>, done: &Result<Ticked>) {
        self.shared.health.send_modify(|health| match done {
            Ok(ticked) => {
                health.last_round = Some(now);
                health.last_done = Some(ticked.clone());
                health.fault = None;
            }
            Err(error) => health.fault = Some(error.to_string()),
        });
    }
}

/// Both jobs are added in sequence, before the start: parallel additions were seen to be lost.
async fn alarm_clock(poke: &Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let alarm = JobScheduler::new().await?;
    let pokes = |poke: &Arc<Notify>| {
        let poke = Arc::clone(poke);
        move |_, _| {
            let poke = Arc::clone(&poke);
            let poking = async move { poke.notify_one() };
            Box::pin(poking) as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>
        }
    };
    alarm.add(Job::new_repeated_async(HEARTBEAT, pokes(poke))?).await?;
    alarm.add(Job::new_async(NIGHTLY, pokes(poke))?).await?;
    alarm.start().await?;
    Ok(alarm)
}

fn broken_clock(error: &JobSchedulerError) -> SchedulerError {
    SchedulerError::Clock(error.to_string())
}

fn report(done: &Result<Ticked>) {
    if let Err(error) = done {
        tracing::error!(target: "spor::scheduler", reason = %error, "a round was not finished");
    }
}
