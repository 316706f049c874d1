//! The cases that are looked at, some at a time on every core: as their rows keep them, or folded
//! from the log where a row cannot tell.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::error::Unfoldable;
use spor_history::load::{CaseScan, KnownAt, Memory, Unfolded};
use spor_history::stream;
use spor_projections::runner::Runner;
use spor_projections::tables::views::{self, Kept};
use spor_store::StreamName;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::{Outlook, Seen};
use crate::error::Result;

/// How long an answer waits for the rows to become fresh; after that the log is read.
const FRESH_WITHIN: Duration = Duration::from_secs(2);
/// Rows read at a time.
const ROWS: usize = 256;

/// A case of a batch; nothing where it cannot be read.
pub(crate) type SeenCase = (CaseRef, Option<Seen>);

/// All cases as they were known, on their way.
#[derive(Debug)]
pub struct Cases {
    memory: Memory,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// The log, folded.
    Log(CaseScan),
    /// The rows behind a stream.
    Rows(Option<StreamName>),
}

/// Some cases, before the work of opening or folding them.
enum Batch {
    Log(Unfolded),
    Rows(Memory, Vec<Kept>),
}

impl Cases {
    /// All cases as they were known: by their rows when everything is known and the rows are fresh,
    /// else by the log.
    pub async fn known(runner: &Runner, known_at: KnownAt, now: DateTime<Utc>) -> Result<Self> {
        let store = runner.store();
        // What is recorded while somebody asks may be in the answer, but nothing from after `at`.
        let knows_all = match known_at {
            KnownAt::Everything => true,
            KnownAt::Until(at) => at >= now && store.head().await?.recorded_at <= at,
        };
        if knows_all && runner.is_fresh(&views::TABLE, FRESH_WITHIN, now).await? {
            return Ok(Self { memory: runner.memory().clone(), source: Source::Rows(None) });
        }
        Self::of_log(runner.memory(), known_at)
    }

    /// All cases as they were known, by the log.
    pub fn of_log(memory: &Memory, known_at: KnownAt) -> Result<Self> {
        let source = Source::Log(memory.scan_cases(None, known_at)?);
        Ok(Self { memory: memory.clone(), source })
    }

    /// Whether the rows tell of them.
    pub fn is_of_rows(&self) -> bool {
        matches!(self.source, Source::Rows(_))
    }

    /// Lets as many threads as there are cores look at cases while the next ones are read.
    pub(crate) async fn each_batch<T: Send + 'static>(
        mut self,
        outlook: &Arc<Outlook>,
        work: impl Fn(Vec<SeenCase>) -> T + Clone + Send + 'static,
        mut done: impl FnMut(T),
    ) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut at_work: JoinSet<Result<T>> = JoinSet::new();
        loop {
            let batch = self.next().await?;
            let is_last = batch.is_none();
            while at_work.len() >= cores || (is_last && !at_work.is_empty()) {
                if let Some(counted) = at_work.join_next().await {
                    let counted = counted.unwrap_or_else(|error| resume_unwind(error.into_panic()));
                    done(counted?);
                }
            }
            let Some(batch) = batch else {
                return Ok(());
            };
            let (work, outlook, runtime) = (work.clone(), Arc::clone(outlook), Handle::current());
            at_work.spawn_blocking(move || Ok(work(runtime.block_on(batch.see(&outlook))?)));
        }
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        match &mut self.source {
            Source::Log(scan) => Ok(scan.read_next().await?.map(Batch::Log)),
            Source::Rows(behind) => {
                let rows = views::after(self.memory.store(), behind.as_ref(), ROWS).await?;
                let Some(last) = rows.last() else {
                    return Ok(None);
                };
                *behind = Some(stream::of_case(&last.case));
                Ok(Some(Batch::Rows(self.memory.clone(), rows)))
            }
        }
    }
}

impl Batch {
    async fn see(self, outlook: &Outlook) -> Result<Vec<SeenCase>> {
        match self {
            Self::Log(unfolded) => {
                let folded = unfolded.fold().await?.into_iter();
                Ok(folded.map(|(case, fold)| (case, seen_whole(fold, outlook))).collect())
            }
            Self::Rows(memory, rows) => of_rows(&memory, rows, outlook).await,
        }
    }
}

/// What the rows tell; a case of which a row cannot tell is folded.
async fn of_rows(memory: &Memory, rows: Vec<Kept>, outlook: &Outlook) -> Result<Vec<SeenCase>> {
    let (mut seen, mut others) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match standing(&row, outlook) {
            Some(standing) => seen.push((row.case, Some(standing))),
            None => others.push(stream::of_case(&row.case)),
        }
    }
    if !others.is_empty() {
        let folded = memory.fold(&others, KnownAt::Everything).await?.into_iter();
        seen.extend(folded.map(|(case, fold)| (case, seen_whole(fold, outlook))));
    }
    Ok(seen)
}

/// The case by its row, where that knows it on both days.
fn standing(row: &Kept, outlook: &Outlook) -> Option<Seen> {
    let (first, last_letters) = (outlook.span().from, outlook.last_letters());
    let last_day = row.last_day.filter(|last| *last <= first)?;
    let before = if last_day > last_letters { Some(row.on(last_letters)?) } else { None };
    Some(Seen { view: row.on(first)?, before })
}

fn seen_whole(fold: Result<Arc<Case>, Unfoldable>, outlook: &Outlook) -> Option<Seen> {
    fold.ok().map(|fold| outlook.seen(&fold))
}
