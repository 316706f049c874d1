//! D: the kept tables, all rows made anew from the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::ids::CaseRef;
use spor_domain::policy::Policies;
use spor_history::load::Memory;
use spor_projections::runner::Runner;
use spor_projections::tables::{Folded, Governed};
use spor_store::{
    Append, EventId, Expected, NewEvent, Priority, Status, Store, StreamName, TableId,
};

use crate::gauge::Gauge;
use crate::opened::Parts;
use crate::raw::rows::RawTables;
use crate::raw::scan;
use crate::report::{Report, Side};
use crate::scratch::{Scratch, commit, next_id, noon};

/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
const UNIT: &str = "events/s";
/// Time for the first rows of all cases; more than any measurement needs.
const CATCH_UP: Duration = Duration::from_hours(24);
/// How often somebody stores an event while tables are rebuilt.
const BESIDE: Duration = Duration::from_millis(20);

/// The runner's rebuild against writing the same rows by hand.
pub(crate) async fn run(report: &Report, cases: u32) -> Result<()> {
    let (scratch, store, events) = Scratch::filled(report.backend(), cases).await?;
    let today = NaiveDate::from_ymd_opt(2025, 12, 31).context("a day of the plan")?;
    let runner = Runner::new(Memory::new(store.clone()), "bench");

    let gauge = Gauge::start();
    runner.catch_up(CATCH_UP, noon(today)).await?;
    let first = vec![gauge.stop_pass(UNIT, events)];
    report.line_of(
        "D-first",
        Side::Spor,
        first,
        "from no rows to all, in the tables that answer",
    )?;

    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    let (mut rows, mut differing, mut same) = (0, 0, true);
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let rebuilt = runner.rebuild(None, &|_| {}, noon(today)).await?;
        ours.push(gauge.stop_pass(UNIT, events));
        rows = rebuilt.iter().map(|table| table.rows).sum();
        same = same && rebuilt.iter().all(|table| table.was_same == Some(true));

        let gauge = Gauge::start();
        let mut tables = write_by_hand(&scratch, today).await?;
        by_hand.push(gauge.stop_pass(UNIT, events));
        differing += tables.differing(&answering(&store).await?).await?;
        tables.close().await?;
    }
    let waits = rebuild_beside(&store, &runner, today, report).await?;
    let note = format!("{events} events, {rows} rows, same as before: {same}, {waits}");
    report.line(Side::Spor, ours, &note)?;
    report.line(Side::Raw, by_hand, &format!("{rows} rows, {differing} of them other ones"))?;
    Ok(store.close().await?)
}

async fn answering(store: &Store) -> Result<Vec<TableId>> {
    let checkpoints = store.checkpoints().await?.into_iter();
    let active = checkpoints.filter(|checkpoint| checkpoint.status == Status::Active);
    Ok(active.map(|checkpoint| checkpoint.table).collect())
}

async fn write_by_hand(scratch: &Scratch, today: NaiveDate) -> Result<RawTables> {
    let policies = Policies::default();
    let parts = Parts::open(scratch).await?;
    let mut tables = RawTables::make(&scratch.place).await?;
    let mut streams = scan::streams(&scratch.place);
    while let Some(stream) = streams.recv().await {
        let (name, packed) = stream?;
        let fold = scan::fold(&packed, |recorded| parts.give(recorded))?;
        let case = CaseRef::parse(name.trim_start_matches("case-"))?;
        let governed = Governed { policies: &policies, on: today };
        let folded = Folded::new(&case, &fold, calendar::LAST_DAY, governed);
        tables.add(&name, |table| table.rows(&folded)).await?;
    }
    tables.finish().await?;
    Ok(tables)
}

/// How long somebody waits who stores an event while everything is rebuilt.
async fn rebuild_beside(
    store: &Store,
    runner: &Runner,
    today: NaiveDate,
    report: &Report,
) -> Result<String> {
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(store_until(store.clone(), Arc::clone(&done), today));
    let rebuilt = runner.rebuild(None, &|_| {}, noon(today)).await;
    done.store(true, Ordering::Relaxed);
    let mut waits = writer.await.context("the writer stopped")??;
    rebuilt?;
    waits.sort_unstable();
    let of = |percent: usize| {
        let at = (waits.len() * percent / 100).min(waits.len().saturating_sub(1));
        waits.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    report.waited(of(100));
    Ok(format!("storing beside it p50 {:.0} ms, longest {:.0} ms", of(50), of(100)))
}

async fn store_until(
    store: Store,
    done: Arc<AtomicBool>,
    today: NaiveDate,
) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let append = signed(today)?;
        let started = Instant::now();
        store.append(append).await?;
        waits.push(started.elapsed());
        tokio::time::sleep(BESIDE).await;
    }
    Ok(waits)
}

/// A fact that changes no row.
fn signed(today: NaiveDate) -> Result<Append> {
    let event = NewEvent {
        id: EventId::new(next_id()),
        event_type: "ConfidentialityPledgeSigned".to_owned(),
        schema_version: 1,
        occurred_on: today,
        corrects: None,
        body: "{}".to_owned(),
        parts: Vec::new(),
    };
    Ok(Append {
        commit: commit("confidentiality-pledge-signed", "beside"),
        expected: Expected::Any,
        events: vec![(StreamName::parse("staff-BESIDE")?, event)],
        at: noon(today),
        ledger: Vec::new(),
        priority: Priority::People,
    })
}
