//! The runner keeps the rows at the head of the log.
//!
//! It finds out which streams changed, folds each once, replaces their rows, and moves the
//! checkpoint by comparing and setting (position, owner). Any program may do so, one at a time; a
//! program that was overtaken writes nothing. Nothing is sent to anybody from here.

mod advance;
mod comparing;
mod rebuild;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::policy::Policies;
use spor_history::load::{KnownAt, Memory};
use spor_store::{Cell, Checkpoint, Status, TableId, TableSpec};
use spor_store::{Position, Store, StoreError, StreamName};
use tokio::sync::{Mutex, OnceCell};

use crate::error::{ProjectionError, Result};
use crate::tables::{self, Table};

pub use rebuild::{Progress, Rebuilt};

use advance::{Pass, Step, Work};

/// How long one program may hold the tables without a sign of life: so long the others wait for
/// one that was killed.
const LEASE_SECS: u32 = 5;
/// How often a program that works on the tables shows that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// How long to wait before asking again for tables that another program holds.
const BUSY_WAIT: Duration = Duration::from_millis(20);
/// Rounds within one call; each one is over when the head stood still for it.
const MOST_ROUNDS: u32 = 10_000;
/// Rows asked for at a time when a new policy makes them stale.
const STALE_ROWS: usize = 2_000;
/// The column that says which policy made a row.
const POLICY_VERSION: &str = "policy_version";
/// What a broken stream is filed under.
pub const QUARANTINE: &str = "projections";

/// Keeps the rows of every table at the head of the log.
#[derive(Debug, Clone)]
pub struct Runner {
    memory: Memory,
    owner: String,
    prepared: Arc<OnceCell<()>>,
    /// One pass at a time in this program, and how far an interrupted one came.
    pass: Arc<Mutex<Option<Pass>>>,
}

/// How far the rows have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaughtUp {
    /// The head of the log that was seen.
    pub head: Position,
    /// The position of the rows that are furthest behind.
    pub position: Position,
    /// How many events the rows do not know yet.
    pub behind: i64,
    /// Whether rows are left that an earlier policy made.
    pub stale: bool,
}

impl CaughtUp {
    fn at(position: Position, head: Position, stale: bool) -> Self {
        Self { head, position, behind: (head.get() - position.get()).max(0), stale }
    }
}

/// Until when to work, and which day it is.
#[derive(Debug, Clone)]
struct Round {
    until: Instant,
    now: DateTime<Utc>,
    today: NaiveDate,
    policies: Arc<Policies>,
    /// How many streams whose rows an earlier policy made may be made anew.
    stale: usize,
    /// Whether tables that nobody asks by name are brought up as well when the others are there.
    unseen: bool,
}

impl Round {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    fn policy_version(&self) -> i64 {
        self.policies.version_on(self.today)
    }
}

/// What is to be done next.
enum Next<'a> {
    /// This.
    Work(Work<'a>),
    /// Nothing that may be done; so the rows stand.
    Nothing(CaughtUp),
}

/// A kept table and the generation of it that is worked on.
type Kept = (&'static Table, TableId);
/// A generation that answers, and its position.
type Standing = (Kept, Position);

impl Runner {
    /// A runner of this store; `owner` is another word for each runner there is.
    pub fn new(memory: Memory, owner: impl Into<String>) -> Self {
        let (prepared, pass) = (Arc::default(), Arc::default());
        Self { memory, owner: owner.into(), prepared, pass }
    }

    /// The memory it folds from.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The store it writes to.
    pub fn store(&self) -> &Store {
        self.memory.store()
    }

    /// Brings the rows to the head and under the policy of today, or as far as the time allows.
    pub async fn catch_up(&self, budget: Duration, now: DateTime<Utc>) -> Result<CaughtUp> {
        self.advance_upto(usize::MAX, budget, now).await
    }

    /// The same for the tables that are asked by name: nobody who asks them waits for the others.
    pub async fn catch_up_asked(&self, budget: Duration, now: DateTime<Utc>) -> Result<CaughtUp> {
        let round = Round { unseen: false, ..self.round(budget, now).await? };
        self.catch_up_in(&round, budget).await
    }

    /// Brings the rows to the head; of those that an earlier policy made only so many streams are
    /// made anew, so that a new policy does not keep what is due waiting.
    pub async fn advance_upto(
        &self,
        stale: usize,
        budget: Duration,
        now: DateTime<Utc>,
    ) -> Result<CaughtUp> {
        let round = Round { stale, ..self.round(budget, now).await? };
        self.catch_up_in(&round, budget).await
    }

    async fn catch_up_in(&self, round: &Round, budget: Duration) -> Result<CaughtUp> {
        self.prepare(round).await?;
        let Ok(mut pass) = tokio::time::timeout(budget, self.pass.lock()).await else {
            return self.standing(round).await;
        };
        let worked = self.work(round, &mut pass).await;
        // Also after a failure, so that nobody waits for the lease to run out.
        let released = if worked.as_ref().map_or(true, |(held, _)| *held) {
            self.store().release_projection(&self.owner).await
        } else {
            Ok(())
        };
        let standing = match worked {
            Err(ProjectionError::Store(StoreError::ReadOnly { .. })) => None,
            Err(error) => return Err(error),
            Ok((_, standing)) => {
                released?;
                standing
            }
        };
        drop(pass);
        match standing {
            Some(standing) => Ok(standing),
            None => self.standing(round).await,
        }
    }

    /// Brings the rows to the head, and tells whether those of a table are there.
    pub async fn is_fresh(
        &self,
        table: &'static Table,
        budget: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let caught_up = self.catch_up(budget, now).await?;
        let active = self.active().await?;
        Ok(caught_up.behind == 0 && active.iter().any(|((kept, _), _)| kept.name == table.name))
    }

    /// The rows' distance from the head, without any work.
    pub async fn lag(&self, now: DateTime<Utc>) -> Result<CaughtUp> {
        let round = self.round(Duration::ZERO, now).await?;
        self.standing(&round).await
    }

    /// The day that an instant belongs to, where the municipality lies.
    pub fn day_of(policies: &Policies, now: DateTime<Utc>) -> NaiveDate {
        calendar::local_date(now, policies.on(now.date_naive()).zone)
    }

    async fn round(&self, budget: Duration, now: DateTime<Utc>) -> Result<Round> {
        let (policies, _) = self.memory.policies(KnownAt::Everything).await?;
        let until = later(Instant::now(), budget);
        let today = Self::day_of(&policies, now);
        Ok(Round { until, now, today, policies, stale: usize::MAX, unseen: true })
    }

    /// Makes the tables once; rows that other functions made are made anew.
    async fn prepare(&self, round: &Round) -> Result<()> {
        let prepare = async || {
            let specs: Vec<TableSpec> = tables::kept().map(Table::spec).collect();
            let prepared = match self.store().prepare_tables(&specs).await {
                Ok(prepared) => prepared,
                Err(StoreError::ReadOnly { .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let made = tables::kept().zip(&specs).zip(&prepared);
            let other = made.filter(|((_, spec), made)| spec.logic_hash != made.logic_hash);
            let other: Vec<&'static Table> = other.map(|((table, _), _)| table).collect();
            if !other.is_empty() {
                self.renew(&other, round, &|_| {}).await?;
            }
            Ok(())
        };
        self.prepared.get_or_try_init(prepare).await.copied()
    }

    /// Works until nothing is left or the time is over. Gives whether it held the tables, and how
    /// the rows stand, where it knows.
    async fn work(
        &self,
        round: &Round,
        pass: &mut Option<Pass>,
    ) -> Result<(bool, Option<CaughtUp>)> {
        let (mut held, mut stale) = (false, round.stale);
        for _ in 0..MOST_ROUNDS {
            let work = match self.next_work(round, stale).await? {
                Next::Work(work) => work,
                Next::Nothing(standing) => return Ok((held, Some(standing))),
            };
            if !self.claim(&work.tables).await? {
                if round.is_over() {
                    return Ok((held, None));
                }
                tokio::time::sleep(BUSY_WAIT).await;
                continue;
            }
            held = true;
            let only = work.only.as_ref().map_or(0, Vec::len);
            match self.advance(&work, round, pass).await? {
                Step::Done => stale = stale.saturating_sub(only),
                Step::Overtaken => {}
                Step::OutOfTime => return Ok((held, None)),
            }
        }
        Ok((held, None))
    }

    async fn claim(&self, tables: &[Kept]) -> Result<bool> {
        let ids: Vec<TableId> = tables.iter().map(|(_, id)| id.clone()).collect();
        Ok(self.store().claim_projection(&ids, &self.owner, LEASE_SECS).await?)
    }

    /// The tables that are furthest behind, up to where the next ones stand; else stale rows; else
    /// what nobody asks by name.
    async fn next_work(&self, round: &Round, stale: usize) -> Result<Next<'_>> {
        let head = self.store().head().await?.position;
        let (active, unseen) = self.active_apart().await?;
        if let Some(work) = furthest_behind(&active, head) {
            return Ok(Next::Work(work));
        }
        let from = active.iter().map(|(_, at)| *at).min();
        let tables: Vec<Kept> = active.into_iter().map(|(kept, _)| kept).collect();
        let mut only = self.stale_streams(&tables, round).await?;
        let stands = CaughtUp::at(from.unwrap_or_default(), head, !only.is_empty());
        only.truncate(stale);
        if only.is_empty() {
            let unseen = furthest_behind(&unseen, head).filter(|_| round.unseen);
            return Ok(unseen.map_or(Next::Nothing(stands), Next::Work));
        }
        let from = stands.position;
        Ok(Next::Work(Work { tables, from, to: from, only: Some(only), seen: None }))
    }

    /// Streams whose rows were made under another policy than today's.
    async fn stale_streams(&self, tables: &[Kept], round: &Round) -> Result<Vec<StreamName>> {
        let version = Cell::Integer(round.policy_version());
        let governed = tables.iter().filter(|(table, _)| is_governed(table));
        let governed: Vec<TableSpec> = governed.map(|(table, _)| table.spec()).collect();
        let other = (POLICY_VERSION, &version);
        let mut streams = self.store().streams_unlike(&governed, other, STALE_ROWS).await?;
        streams.sort();
        Ok(streams)
    }

    /// The generations that answer, with their positions.
    async fn active(&self) -> Result<Vec<Standing>> {
        let checkpoints = self.store().checkpoints().await?;
        let active = checkpoints.into_iter().filter(|at| at.status == Status::Active);
        Ok(active.filter_map(|at| Some((kept_table(&at)?, at.position))).collect())
    }

    /// The generations that answer, and apart from them those that nobody asks by name and that have
    /// stayed behind the others.
    async fn active_apart(&self) -> Result<(Vec<Standing>, Vec<Standing>)> {
        let active = self.active().await?;
        let asked = active.iter().filter(|((table, _), _)| !table.is_unseen());
        let reached = asked.map(|(_, at)| *at).min();
        Ok(active.into_iter().partition(|((table, _), at)| {
            !table.is_unseen() || reached.is_none_or(|reached| reached <= *at)
        }))
    }

    async fn standing(&self, round: &Round) -> Result<CaughtUp> {
        let head = self.store().head().await?.position;
        let (mut active, unseen) = self.active_apart().await?;
        active.extend(unseen.into_iter().filter(|_| round.unseen));
        let position = active.iter().map(|(_, at)| *at).min().unwrap_or_default();
        let tables: Vec<Kept> = active.into_iter().map(|(kept, _)| kept).collect();
        let stale = !self.stale_streams(&tables, round).await?.is_empty();
        Ok(CaughtUp::at(position, head, stale))
    }
}

/// The tables of these that are furthest behind, up to where the next ones stand.
fn furthest_behind(active: &[Standing], head: Position) -> Option<Work<'static>> {
    let from = active.iter().map(|(_, at)| *at).min().filter(|from| *from < head)?;
    let ahead = active.iter().map(|(_, at)| *at).filter(|at| *at > from).min();
    let behind = active.iter().filter(|(_, at)| *at == from);
    let tables = behind.map(|(kept, _)| kept.clone()).collect();
    Some(Work { tables, from, to: ahead.unwrap_or(head).min(head), only: None, seen: None })
}

fn later(instant: Instant, by: Duration) -> Instant {
    instant.checked_add(by).unwrap_or(instant)
}

/// Whether the rows of a table depend on the policy.
fn is_governed(table: &Table) -> bool {
    table.kept_place(POLICY_VERSION).is_some()
}

/// The table of a checkpoint, when this program knows that version of it.
fn kept_table(checkpoint: &Checkpoint) -> Option<Kept> {
    let table = tables::kept().find(|table| {
        table.name == checkpoint.table.name && table.version == checkpoint.table.version
    })?;
    Some((table, checkpoint.table.clone()))
}
