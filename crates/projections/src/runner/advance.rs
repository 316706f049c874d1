//! One step of the runner: fold the changed streams once, replace their rows, move the checkpoint.

use std::collections::BTreeSet;
use std::time::Instant;

use spor_domain::calendar;
use spor_domain::ids::CaseRef;
use spor_history::error::Unfoldable;
use spor_history::load::{CaseScan, Folded as Remembered, KnownAt};
use spor_history::stream;
use spor_store::{Cell, RowBatch, StoreError, StreamRows, TableRows};
use spor_store::{Position, StreamName};
use tokio::task::JoinHandle;

use super::{Kept, Progress, QUARANTINE, Round, Runner, SIGN_OF_LIFE};
use crate::error::Result;
use crate::tables::{Folded, Governed, Unknown};

/// Rows that are held back in memory at most; as many are being written meanwhile, in small
/// transactions.
const ROWS_A_WRITE: usize = 6_000;
/// Streams folded at a time when few have changed.
const STREAMS_A_FOLD: usize = 64;

/// What shall be brought up to date.
pub(super) struct Work<'a> {
    pub(super) tables: Vec<Kept>,
    pub(super) from: Position,
    pub(super) to: Position,
    /// Only these streams, when the log itself has not moved.
    pub(super) only: Option<Vec<StreamName>>,
    /// Who wants to see how it goes.
    pub(super) seen: Option<&'a (dyn Fn(Progress) + Sync)>,
}

/// How far an interrupted step came. The rows are there already; only the checkpoint is not.
#[derive(Debug)]
pub(super) struct Pass {
    tables: Vec<Kept>,
    from: Position,
    to: Position,
    after: StreamName,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The rows are at the end of the work.
    Done,
    /// Another program was faster; nothing of ours was kept.
    Overtaken,
    /// The time was over first.
    OutOfTime,
}

/// New rows on their way to the database: per stream, per table.
type NewRows = Vec<(StreamName, Vec<Vec<Vec<Cell>>>)>;

impl Runner {
    pub(super) async fn advance(
        &self,
        work: &Work<'_>,
        round: &Round,
        pass: &mut Option<Pass>,
    ) -> Result<Step> {
        // One of other tables goes on when it is their turn again.
        let interrupted = pass.take_if(|pass| {
            let same =
                pass.tables.iter().map(|(_, id)| id).eq(work.tables.iter().map(|(_, id)| id));
            same && pass.from == work.from && work.only.is_none()
        });
        let to = interrupted.as_ref().map_or(work.to, |pass| pass.to);
        let mut streams = Streams::of(self, work, to, interrupted.map(|pass| pass.after)).await?;
        let mut broken = self.broken_streams().await?;
        let (mut waiting, mut stored) = (NewRows::new(), Writing::default());
        let mut cases = 0;
        let mut shown = Instant::now();
        while let Some(folded) = streams.next(self).await? {
            if shown.elapsed() >= SIGN_OF_LIFE {
                if !self.claim(&work.tables).await? {
                    return Ok(Step::Overtaken);
                }
                shown = Instant::now();
            }
            cases += folded.len();
            for (case, fold) in folded {
                waiting.push(self.rows_of(work, round, (case, fold), &mut broken).await?);
            }
            if count(&waiting) >= ROWS_A_WRITE {
                let rows = std::mem::take(&mut waiting);
                if !stored.done().await? || !self.begin_write(work, rows, &mut stored).await? {
                    return Ok(Step::Overtaken);
                }
            }
            if let Some(seen) = work.seen {
                seen(Progress { cases, position: to });
            }
            if round.is_over() && !streams.is_over() {
                let kept = stored.done().await?;
                let rest = (waiting, streams.after());
                return if kept {
                    self.interrupt(work, to, rest, pass).await
                } else {
                    Ok(Step::Overtaken)
                };
            }
        }
        let moved = stored.done().await? && self.write(work, to, waiting).await?;
        Ok(if moved { Step::Done } else { Step::Overtaken })
    }

    /// Keeps what was folded and remembers where to go on.
    async fn interrupt(
        &self,
        work: &Work<'_>,
        to: Position,
        (waiting, after): (NewRows, Option<StreamName>),
        pass: &mut Option<Pass>,
    ) -> Result<Step> {
        if !self.write(work, work.from, waiting).await? {
            return Ok(Step::Overtaken);
        }
        let (tables, from) = (work.tables.clone(), work.from);
        *pass = after.map(|after| Pass { tables, from, to, after });
        Ok(Step::OutOfTime)
    }

    /// The rows of one case in every table worked on; a case that cannot be folded is set aside.
    async fn rows_of(
        &self,
        work: &Work<'_>,
        round: &Round,
        (case, fold): Remembered,
        broken: &mut BTreeSet<StreamName>,
    ) -> Result<(StreamName, Vec<Vec<Vec<Cell>>>)> {
        let stream = stream::of_case(&case);
        let made = fold.map_err(Fault::from).and_then(|fold| {
            let governed = Governed { policies: &round.policies, on: round.today };
            let folded = Folded::new(&case, &fold, calendar::LAST_DAY, governed);
            match folded.fault() {
                Some(why) => Err(Fault { position: work.to, why: why.to_owned() }),
                None => Ok(work.tables.iter().map(|(table, _)| table.rows(&folded)).collect()),
            }
        });
        match made {
            Ok(rows) => {
                if broken.remove(&stream) {
                    self.store().resolve_failure(QUARANTINE, &stream, "it folds again").await?;
                }
                Ok((stream, rows))
            }
            Err(fault) => {
                self.set_aside(&stream, &fault, round).await?;
                broken.insert(stream.clone());
                Ok((stream, unknown_rows(work, &case, round)))
            }
        }
    }

    async fn set_aside(&self, stream: &StreamName, fault: &Fault, round: &Round) -> Result<()> {
        let (name, at, why) = (stream.as_str(), fault.position.get(), fault.why.as_str());
        tracing::error!(
            target: "spor::projections",
            stream = name,
            position = at,
            "stream {name} is quarantined at position {at}: {why}"
        );
        let position = fault.position;
        Ok(self.store().quarantine(QUARANTINE, (stream, position), why, round.now).await?)
    }

    async fn broken_streams(&self) -> Result<BTreeSet<StreamName>> {
        let failures = self.store().failures().await?.into_iter();
        let ours = failures.filter(|failure| failure.what == QUARANTINE);
        Ok(ours.filter(|failure| failure.resolution.is_none()).map(|f| f.stream).collect())
    }

    /// Writes rows and puts the checkpoint where it is told, if it still stands where it did.
    async fn write(&self, work: &Work<'_>, to: Position, rows: NewRows) -> Result<bool> {
        // A pass may outlive its lease; whoever claims in between makes the write fail.
        if !self.claim(&work.tables).await? {
            return Ok(false);
        }
        Ok(self.store().write_rows(self.batch(work, to, rows)).await?)
    }

    /// Writes rows while the next ones are made; the checkpoint stays.
    async fn begin_write(
        &self,
        work: &Work<'_>,
        rows: NewRows,
        writing: &mut Writing,
    ) -> Result<bool> {
        if !self.claim(&work.tables).await? {
            return Ok(false);
        }
        let (store, batch) = (self.store().clone(), self.batch(work, work.from, rows));
        writing.0 = Some(tokio::spawn(async move { store.write_rows(batch).await }));
        Ok(true)
    }

    fn batch(&self, work: &Work<'_>, to: Position, rows: NewRows) -> RowBatch {
        let mut tables: Vec<TableRows> = work
            .tables
            .iter()
            .map(|(_, id)| TableRows { table: id.clone(), streams: Vec::new() })
            .collect();
        for (stream, of_tables) in rows {
            for (table, rows) in tables.iter_mut().zip(of_tables) {
                table.streams.push(StreamRows { stream: stream.clone(), rows });
            }
        }
        RowBatch { owner: self.owner.clone(), from: work.from, to, tables }
    }
}

/// Rows on their way to the database while the next ones are made.
#[derive(Default)]
struct Writing(Option<JoinHandle<std::result::Result<bool, StoreError>>>);

impl Writing {
    /// Waits until they are there; false when another program was faster.
    async fn done(&mut self) -> Result<bool> {
        match self.0.take() {
            Some(writing) => Ok(writing.await.map_err(|_| StoreError::Closed)??),
            None => Ok(true),
        }
    }
}

/// Why a case has no rows.
struct Fault {
    position: Position,
    why: String,
}

impl From<Unfoldable> for Fault {
    fn from(unfoldable: Unfoldable) -> Self {
        Self { position: unfoldable.position, why: unfoldable.why }
    }
}

fn unknown_rows(work: &Work<'_>, case: &CaseRef, round: &Round) -> Vec<Vec<Vec<Cell>>> {
    let policy_version = round.policy_version();
    let unknown = Unknown { case, policy_version, at: round.now };
    work.tables.iter().map(|(table, _)| table.unknown(&unknown)).collect()
}

fn count(rows: &NewRows) -> usize {
    rows.iter().map(|(_, tables)| 1 + tables.iter().map(Vec::len).sum::<usize>()).sum()
}

/// The streams to fold, in the order of their names.
enum Streams {
    /// The ones that changed, and the last one that was folded.
    Changed(Vec<StreamName>, Option<StreamName>),
    /// All there are.
    All(CaseScan),
}

impl Streams {
    async fn of(
        runner: &Runner,
        work: &Work<'_>,
        to: Position,
        after: Option<StreamName>,
    ) -> Result<Self> {
        let mut changed = match &work.only {
            Some(only) => only.clone(),
            None if work.from == Position::ZERO => {
                let scan = runner.memory().scan_cases(after.as_ref(), KnownAt::Everything)?;
                return Ok(Self::All(scan));
            }
            None => runner.store().changed_streams(work.from, to).await?,
        };
        changed.retain(|name| stream::case_of(name).is_some());
        changed.retain(|name| after.as_ref().is_none_or(|after| name > after));
        changed.sort();
        Ok(Self::Changed(changed, after))
    }

    /// Whether none is left, as far as that can be told.
    fn is_over(&self) -> bool {
        matches!(self, Self::Changed(left, _) if left.is_empty())
    }

    /// The last stream that was folded.
    fn after(&self) -> Option<StreamName> {
        match self {
            Self::Changed(_, after) => after.clone(),
            Self::All(scan) => scan.after().cloned(),
        }
    }

    async fn next(&mut self, runner: &Runner) -> Result<Option<Vec<Remembered>>> {
        let (left, after) = match self {
            Self::All(scan) => return Ok(scan.next().await?),
            Self::Changed(left, _) if left.is_empty() => return Ok(None),
            Self::Changed(left, after) => (left, after),
        };
        let rest = left.split_off(STREAMS_A_FOLD.min(left.len()));
        let streams = std::mem::replace(left, rest);
        *after = streams.last().cloned();
        Ok(Some(runner.memory().fold(&streams, KnownAt::Everything).await?))
    }
}
