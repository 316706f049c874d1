//! Rebuilding: the next generation grows beside the one that answers, then takes its place.
//!
//! A reader never sees half a table. Both generations are compared first, so a difference between
//! what was kept and what the log says does not pass unseen.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use spor_store::Position;
use spor_store::{Status, Sums, TableId};

use super::advance::{Step, Work};
use super::{Kept, LEASE_SECS, Round, Runner, later};
use crate::error::{ProjectionError, Result};
use crate::tables::deadlines::WAKES_AT;
use crate::tables::{self, Table};

/// A rebuild that takes longer has lost its way.
const LONGEST_REBUILD: Duration = Duration::from_hours(24);
/// How often the new generation may run after a log that keeps growing.
const MOST_CHASES: u32 = 100;
/// A rebuild that has given no sign of life for so long is dead; a slow one comes to its end.
const DEAD_AFTER: TimeDelta = TimeDelta::hours(1);

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Cases folded in this pass.
    pub cases: usize,
    /// The position the pass leads to.
    pub position: Position,
}

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has now.
    pub rows: u64,
    /// Whether the rows that answered before were the same; unknown when the log moved meanwhile.
    pub was_same: Option<bool>,
}

impl Runner {
    /// Builds one table or all of them from the log, compares, and lets the new rows answer.
    pub async fn rebuild(
        &self,
        table: Option<&str>,
        progress: &(dyn Fn(Progress) + Sync),
        now: DateTime<Utc>,
    ) -> Result<Vec<Rebuilt>> {
        let chosen = chosen(table)?;
        let round = self.round(LONGEST_REBUILD, now).await?;
        self.prepare(&round).await?;
        self.renew(&chosen, &round, progress).await
    }

    /// Builds these tables in new generations.
    pub(super) async fn renew(
        &self,
        chosen: &[&'static Table],
        round: &Round,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<Rebuilt>> {
        let _pass = self.pass.lock().await;
        let round = &Round { until: later(round.until, LONGEST_REBUILD), ..round.clone() };
        self.store().drop_left_generations(DEAD_AFTER).await?;
        let rebuilt = self.build(chosen, round, progress).await;
        let mut tidied = Ok(());
        if rebuilt.is_err() {
            for found in self.store().checkpoints().await.unwrap_or_default() {
                let is_ours = found.owner.is_some_and(|owner| owner == self.owner);
                if is_ours && found.status == Status::Building {
                    tidied = tidied.and(self.store().drop_generation(&found.table).await);
                }
            }
        }
        tidied = tidied.and(self.store().release_projection(&self.owner).await);
        // What went wrong first is what the caller must know.
        let rebuilt = rebuilt?;
        tidied?;
        Ok(rebuilt)
    }

    async fn build(
        &self,
        chosen: &[&'static Table],
        round: &Round,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<Rebuilt>> {
        let mut waiting = Vec::new();
        for table in chosen {
            let (spec, owner) = (table.spec(), &*self.owner);
            let begun = self.store().begin_generation(&spec, owner, LEASE_SECS).await?;
            waiting.push((*table, begun.table));
        }
        let mut rebuilt = Vec::new();
        for _ in 0..MOST_CHASES {
            self.chase(&waiting, round, progress).await?;
            self.work(round, &mut None).await?;
            let mut left = Vec::new();
            for kept in waiting {
                match self.take_over(&kept).await? {
                    Some(done) => rebuilt.push(done),
                    None => left.push(kept),
                }
            }
            if left.is_empty() {
                return Ok(rebuilt);
            }
            waiting = left;
        }
        Err(ProjectionError::Busy)
    }

    /// Brings the new generations to the head.
    async fn chase(
        &self,
        building: &[Kept],
        round: &Round,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<()> {
        for _ in 0..MOST_CHASES {
            let to = self.store().head().await?.position;
            let Some(from) = self.lowest(building).await?.filter(|from| *from < to) else {
                return Ok(());
            };
            if !self.claim(building).await? {
                return Err(ProjectionError::Busy);
            }
            let tables = building.to_vec();
            let work = Work { tables, from, to, only: None, seen: Some(progress) };
            if self.advance(&work, round, &mut None).await? != Step::Done {
                return Err(ProjectionError::Busy);
            }
        }
        Ok(())
    }

    async fn lowest(&self, building: &[Kept]) -> Result<Option<Position>> {
        let checkpoints = self.store().checkpoints().await?;
        let ours = checkpoints.iter().filter(|at| building.iter().any(|(_, id)| *id == at.table));
        Ok(ours.map(|at| at.position).min())
    }

    /// Compares with the generation that answers and takes its place; none when it moved ahead.
    async fn take_over(&self, (table, id): &Kept) -> Result<Option<Rebuilt>> {
        let active =
            self.active().await?.into_iter().find(|((other, _), _)| other.name == table.name);
        let stands = self.lowest(&[(table, id.clone())]).await?;
        // Rows run ahead of their checkpoint while somebody works on them, but never of the log: only
        // rows of a log that stands still before and after can be held against each other.
        let head = self.store().head().await?.position;
        let comparable = active.as_ref().filter(|(_, at)| stands == Some(*at) && *at == head);
        let of_before = async {
            match comparable {
                Some(((_, before), _)) => self.sums_of_retiring(table, before).await,
                None => Ok(None),
            }
        };
        let (sums, before) = tokio::try_join!(self.sums_of(table, id), of_before)?;
        let stood_still = self.store().head().await?.position == head;
        let was_same = before.filter(|_| stood_still).map(|before| before == sums);
        if !self.store().flip(id).await? {
            return Ok(None);
        }
        if was_same == Some(false) {
            let name = table.name;
            tracing::warn!(
                target: "spor::projections",
                table = name,
                "table {name} did not say what the log says; it was rebuilt"
            );
        }
        if let Some(((_, before), _)) = active {
            self.store().drop_generation(&before).await?;
        }
        Ok(Some(Rebuilt { table: table.name, rows: sums.rows, was_same }))
    }

    /// The sums of the generation that answers; none when another rebuild has dropped it meanwhile.
    async fn sums_of_retiring(&self, table: &'static Table, id: &TableId) -> Result<Option<Sums>> {
        let failed = match self.sums_of(table, id).await {
            Ok(sums) => return Ok(Some(sums)),
            Err(failed) => failed,
        };
        let answers = self.active().await?.iter().any(|((_, active), _)| active == id);
        if answers { Err(failed) } else { Ok(None) }
    }

    /// The scheduler moves the instant it is woken at; everything else is the log's to say.
    async fn sums_of(&self, table: &'static Table, id: &TableId) -> Result<Sums> {
        let has_wakes = table.kept_place(WAKES_AT).is_some();
        let without: &[&str] = if has_wakes { &[WAKES_AT] } else { &[] };
        Ok(self.store().sums(&table.spec(), id.generation, without).await?)
    }
}

fn chosen(table: Option<&str>) -> Result<Vec<&'static Table>> {
    let Some(name) = table else {
        return Ok(tables::kept().collect());
    };
    let unseen = tables::kept().find(|table| table.name.eq_ignore_ascii_case(name));
    let table = unseen.map_or_else(|| tables::named(name), Ok)?;
    if table.is_kept() {
        Ok(vec![table])
    } else {
        Err(ProjectionError::NotKept { name: table.name })
    }
}
