//! Where the rows of an answer come from: kept rows for today, the log for every other day, the
//! ledger and the log for the views on them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::ids::CaseRef;
use spor_domain::policy::Policies;
use spor_history::load::{Folded as Remembered, KnownAt};
use spor_history::stream;
use spor_store::Cell;
use spor_store::{Position, StoredEvent, StreamName};

use super::Plan;
use super::compile::{only_values, select};
use super::evaluate::{holds, sorted};
use crate::column::{Asking, Row, count};
use crate::error::Result;
use crate::reports::{Gathered, Report};
use crate::runner::Runner;
use crate::tables::{self, Folded, Governed, Made, Unknown};

/// Events read at a time from the log.
const EVENTS_A_READ: usize = 2_000;
/// Rows kept beyond the limit before the surplus is cut away.
const SURPLUS_ROWS: usize = 4_096;

/// Which day, and what was known of it.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) day: NaiveDate,
    /// None for today: the kept rows answer.
    pub(super) past: Option<KnownAt>,
    pub(super) policies: Arc<Policies>,
    pub(super) now: DateTime<Utc>,
}

/// The rows found so far.
pub(super) struct Found<'a> {
    plan: &'a Plan,
    asking: &'a Asking<'a>,
    rows: Vec<(Vec<Cell>, Vec<Cell>)>,
    /// Whether the cells are wanted as they are kept, for a report to compute from.
    keeps_cells: bool,
}

impl<'a> Found<'a> {
    pub(super) fn new(plan: &'a Plan, asking: &'a Asking<'a>) -> Self {
        Self { plan, asking, rows: Vec::new(), keeps_cells: false }
    }

    /// Keeps a row for which the conditions hold.
    pub(super) fn judge(&mut self, cells: &[Cell]) {
        if self.keeps_cells {
            self.rows.push((Vec::new(), cells.to_vec()));
            return;
        }
        let row = Row { table: self.plan.table, cells };
        if !self.plan.expr.as_ref().is_none_or(|expr| holds(expr, &row, self.asking)) {
            return;
        }
        let sorted = self.plan.order.iter().map(|(column, _)| row.value(column, self.asking));
        let key = self.plan.table.key.iter().map(|name| row.cell(name).clone());
        let shown = self.plan.columns.iter().map(|column| row.value(column, self.asking));
        self.rows.push((sorted.chain(key).collect(), shown.collect()));
        let surplus = |limit: usize| self.rows.len() >= limit.saturating_add(SURPLUS_ROWS);
        if self.limit().is_some_and(surplus) {
            self.cut();
        }
    }

    /// The rows in order.
    pub(super) fn answer(mut self) -> Vec<Vec<Cell>> {
        self.cut();
        let rows = self.rows.into_iter().map(|(_, shown)| shown);
        if self.plan.counts { counted(self.plan, rows) } else { rows.collect() }
    }

    fn cut(&mut self) {
        let plan = self.plan;
        self.rows.sort_by(|(a, _), (b, _)| by_key(plan, a, b));
        self.rows.truncate(self.limit().unwrap_or(usize::MAX));
    }

    /// How many rows are wanted; all of them when they shall be counted first.
    fn limit(&self) -> Option<usize> {
        self.plan.limit.filter(|_| !self.plan.counts)
    }

    /// Whether rows that come in the order asked for have filled the answer.
    fn is_full(&self) -> bool {
        self.limit().is_some_and(|limit| self.rows.len() >= limit)
    }
}

/// One row for all that are alike, where the first of them stood, with how many they are.
fn counted(plan: &Plan, rows: impl Iterator<Item = Vec<Cell>>) -> Vec<Vec<Cell>> {
    let mut groups: Vec<(Vec<Cell>, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let place = *places.entry(format!("{row:?}")).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => groups.push((row, 1)),
        }
    }
    let with_count = |(row, times): (Vec<Cell>, usize)| [row, vec![count(times)]].concat();
    groups.into_iter().map(with_count).take(plan.limit.unwrap_or(usize::MAX)).collect()
}

fn by_key(plan: &Plan, a: &[Cell], b: &[Cell]) -> Ordering {
    let descending = plan.order.iter().map(|(_, descending)| *descending);
    let descending = descending.chain(std::iter::repeat(false));
    let orders = a.iter().zip(b).zip(descending);
    let mut orders = orders.map(|((a, b), descending)| sorted(a, b, descending));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Finds the rows of a question.
pub(super) async fn rows(runner: &Runner, frame: &Frame, found: &mut Found<'_>) -> Result<()> {
    match (&found.plan.table.made, frame.past) {
        (Made::OfCase { .. }, Some(known_at)) => folded(runner, frame, known_at, found).await,
        (Made::OfCase { .. }, None) => {
            let select = select(found.plan, found.asking);
            let rows = runner.store().select_rows(&found.plan.table.spec(), &select).await?;
            for row in rows {
                found.judge(&row.cells);
            }
            Ok(())
        }
        (Made::OfDirectory(rows), _) => {
            for cells in found.asking.directory.map_or_else(Vec::new, |d| rows(d, found.asking)) {
                found.judge(&cells);
            }
            Ok(())
        }
        (Made::OfTables(report), _) => reported(runner, frame, report, found).await,
        (Made::OfLedger, _) => ledger(runner, frame, found).await,
        (Made::OfLog, _) => log(runner, frame, found).await,
    }
}

/// Gathers the tables of a report as of the day, then judges its rows like any others.
async fn reported(
    runner: &Runner,
    frame: &Frame,
    report: &'static Report,
    found: &mut Found<'_>,
) -> Result<()> {
    let programme = runner.memory().programme(frame.past.unwrap_or_default()).await?;
    let mut gathered = Gathered { asking: found.asking, programme, tables: Vec::new() };
    for table in report.from {
        let plan = Plan::all(table);
        let mut whole = Found::new(&plan, found.asking);
        whole.keeps_cells = true;
        Box::pin(rows(runner, frame, &mut whole)).await?;
        gathered.tables.push((table, whole.rows.into_iter().map(|(_, cells)| cells).collect()));
    }
    for cells in (report.rows)(&gathered) {
        found.judge(&cells);
    }
    Ok(())
}

/// Folds cases as known then; the same function that makes the kept rows makes these.
async fn folded(
    runner: &Runner,
    frame: &Frame,
    known_at: KnownAt,
    found: &mut Found<'_>,
) -> Result<()> {
    let memory = runner.memory();
    if let Some(cases) = only_values(found.plan.expr.as_ref(), "case") {
        let cases = cases.into_iter().filter_map(|case| CaseRef::parse(case).ok());
        let mut streams: Vec<StreamName> = cases.map(|case| stream::of_case(&case)).collect();
        streams.sort();
        streams.dedup();
        let folded = memory.fold(&streams, known_at).await?;
        for remembered in folded {
            judge_case(frame, remembered, found);
        }
        return Ok(());
    }
    let mut scan = memory.scan_cases(None, known_at)?;
    while let Some(folded) = scan.next().await? {
        for remembered in folded {
            judge_case(frame, remembered, found);
        }
    }
    Ok(())
}

fn judge_case(frame: &Frame, (case, fold): Remembered, found: &mut Found<'_>) {
    let table = found.plan.table;
    let governed = Governed { policies: &frame.policies, on: frame.day };
    let fold = fold.ok();
    let folded = fold.as_ref().map(|fold| Folded::new(&case, fold, frame.day, governed));
    let rows = if let Some(folded) = folded.filter(|folded| folded.fault().is_none()) {
        table.rows(&folded)
    } else {
        let policy_version = frame.policies.version_on(frame.day);
        table.unknown(&Unknown { case: &case, policy_version, at: frame.now })
    };
    for cells in rows {
        found.judge(&cells);
    }
}

async fn ledger(runner: &Runner, frame: &Frame, found: &mut Found<'_>) -> Result<()> {
    let only = only_values(found.plan.expr.as_ref(), "case");
    let case = only.filter(|cases| cases.len() == 1).and_then(|cases| cases.first().copied());
    for cells in tables::reminders::rows(runner.store(), case).await? {
        let row = Row { table: found.plan.table, cells: &cells };
        let is_known = match (frame.past, row.cell("raised")) {
            (Some(KnownAt::Until(at)), Cell::Instant(raised)) => *raised <= at,
            (_, _) => true,
        };
        if is_known {
            found.judge(&cells);
        }
    }
    Ok(())
}

async fn log(runner: &Runner, frame: &Frame, found: &mut Found<'_>) -> Result<()> {
    let store = runner.store();
    if let Some(names) = only_values(found.plan.expr.as_ref(), "stream") {
        let names = names.into_iter().filter_map(|name| StreamName::parse(name).ok());
        let mut names: Vec<StreamName> = names.collect();
        names.sort();
        names.dedup();
        let known_at = frame.past.unwrap_or_default();
        let slices = store.read_streams(&names, known_at.into()).await?;
        for slice in slices {
            judge_events(runner, frame, slice.events, found).await?;
        }
        return Ok(());
    }
    let head = store.head().await?.position.get();
    let first = found.plan.order.first();
    let (by_position, backwards) = match first {
        Some((column, descending)) => (column.name == "position", *descending),
        None => (true, false),
    };
    let step = i64::try_from(EVENTS_A_READ).unwrap_or(i64::MAX);
    let mut done = 0;
    while done < head && !(by_position && found.is_full()) {
        let after = if backwards { (head - done - step).max(0) } else { done };
        let upto = if backwards { head - done } else { (done + step).min(head) };
        let limit = usize::try_from(upto - after).unwrap_or(EVENTS_A_READ);
        let events = store.read_after(Position::new(after), limit).await?;
        judge_events(runner, frame, events, found).await?;
        done += upto - after;
    }
    Ok(())
}

async fn judge_events(
    runner: &Runner,
    frame: &Frame,
    mut events: Vec<StoredEvent>,
    found: &mut Found<'_>,
) -> Result<()> {
    if let Some(known_at) = frame.past {
        events.retain(|event| event.occurred_on <= frame.day);
        if let KnownAt::Until(at) = known_at {
            events.retain(|event| event.recorded_at <= at);
        }
    }
    for cells in tables::events::rows(runner.store(), &events).await? {
        found.judge(&cells);
    }
    Ok(())
}
