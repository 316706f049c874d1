//! E: what is due now, asked of very many deadlines; a whole batch of it; a round with nothing due.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use spor_domain::policy::Policies;
use spor_projections::tables::deadlines::{self, WAKES_AT};
use spor_store::{
    Cell, ColumnKind, RowBatch, Store, StreamName, StreamRows, TableId, TableRows, TableSpec,
};

use crate::gauge::{Gauge, Measured};
use crate::raw::{Bare, Bound, Words};
use crate::report::{Report, Side};
use crate::scratch::{Scratch, noon};
use crate::workloads::letters::scheduler;

/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
/// Questions in one pass.
const QUESTIONS: usize = 5_000;
/// Rounds with nothing due, in one pass.
const ROUNDS: usize = 200;
/// Deadlines that are due on a quiet day; the scheduler asks for more than that at once.
pub(crate) const FEW: usize = 20;
/// As many as the scheduler asks for.
pub(crate) const BATCH: usize = LIMIT;
const LIMIT: usize = 500;
/// Streams written together while the table is filled.
const FILL_STREAMS: usize = 20_000;
const OWNER: &str = "bench";
const LEASE_SECS: u32 = 3_600;
const UNIT: &str = "questions/s";

/// The scheduler's question against the same statement through a bare connection.
pub(crate) async fn run(report: &Report, cases: u32, due: usize) -> Result<()> {
    let (scratch, store) = Scratch::new(report.backend()).await?;
    let spec = deadlines::TABLE.spec();
    let now = noon(NaiveDate::from_ymd_opt(2025, 12, 31).context("a day of the plan")?);
    let table = fill(&store, &spec, cases, (now, due)).await?;
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        ours.push(through_store(&store, &spec, now, due).await?);
        by_hand.push(through_loop(&scratch, &spec, &table, (now, due)).await?);
    }
    let note = format!("{due} due of {cases} cases with a deadline each");
    report.line(Side::Spor, ours, &note)?;
    report.line(Side::Raw, by_hand, &note)?;
    Ok(store.close().await?)
}

/// A round of the scheduler when nothing is due: it must not matter how many cases are open.
pub(crate) async fn round(report: &Report, cases: u32) -> Result<()> {
    let (_scratch, store) = Scratch::new(report.backend()).await?;
    let now = noon(NaiveDate::from_ymd_opt(2025, 12, 31).context("a day of the plan")?);
    let scheduler = scheduler(&store, None, 1)?;
    // The round of the morning makes the tables; then they get their rows.
    scheduler.tick(now).await?;
    fill(&store, &deadlines::TABLE.spec(), cases, (now + Duration::days(1), 0)).await?;
    let mut passes = Vec::new();
    for pass in 0..PASSES {
        let (gauge, mut times) = (Gauge::start(), Vec::with_capacity(ROUNDS));
        for second in 0..ROUNDS {
            let at = now + Duration::seconds(i64::try_from(pass * ROUNDS + second + 1)?);
            let started = Instant::now();
            let ticked = scheduler.tick(at).await?;
            times.push(started.elapsed());
            ensure!(ticked.complete && ticked.planned == 0, "something was due: {ticked:?}");
        }
        passes.push(gauge.stop("rounds/s", times.len(), times));
    }
    report.line(Side::Spor, passes, &format!("nothing due of {cases} cases"))?;
    Ok(store.close().await?)
}

/// A table of deadlines of which few are due and the others lie in the future.
async fn fill(
    store: &Store,
    spec: &TableSpec,
    cases: u32,
    (now, due): (DateTime<Utc>, usize),
) -> Result<TableId> {
    let checkpoint = store.prepare_tables(std::slice::from_ref(spec)).await?.pop();
    let checkpoint = checkpoint.context("the table was made")?;
    let table = checkpoint.table;
    let mut streams = Vec::with_capacity(FILL_STREAMS);
    for number in 0..cases {
        let stream = StreamName::new("case", &format!("E-{number:07}"))?;
        let is_due = usize::try_from(number)? < due;
        let minutes = i64::from(number) + 1;
        let wakes_at = now + Duration::minutes(if is_due { -minutes } else { minutes });
        streams.push(StreamRows { stream, rows: vec![row(spec, number, wakes_at)] });
        if streams.len() == FILL_STREAMS || number + 1 == cases {
            let streams = std::mem::take(&mut streams);
            let tables = vec![TableRows { table: table.clone(), streams }];
            let (from, to) = (checkpoint.position, checkpoint.position);
            let claimed =
                store.claim_projection(std::slice::from_ref(&table), OWNER, LEASE_SECS).await?;
            let batch = RowBatch { owner: OWNER.to_owned(), from, to, tables };
            ensure!(claimed && store.write_rows(batch).await?, "nobody else fills the table");
        }
    }
    Ok(table)
}

/// A row as the rules would make it, as wide as theirs.
fn row(spec: &TableSpec, number: u32, wakes_at: DateTime<Utc>) -> Vec<Cell> {
    let cell = |column: &spor_store::ColumnSpec| match (column.name.as_str(), column.kind) {
        (WAKES_AT, _) => Cell::Instant(wakes_at),
        // Made by the policy that governs, else a round would make them anew.
        ("policy_version", _) => {
            Cell::Integer(Policies::default().version_on(wakes_at.date_naive()))
        }
        ("satisfied_on" | "ended_on" | "met_by", _)
        | (_, ColumnKind::Real | ColumnKind::Instant | ColumnKind::Flag) => Cell::Null,
        (_, ColumnKind::Date) => Cell::Date(wakes_at.date_naive()),
        (_, ColumnKind::Text) => Cell::Text(format!("{}-{number:07}", column.name)),
        (_, ColumnKind::Integer) => Cell::Integer(i64::from(number)),
    };
    spec.columns.iter().map(cell).collect()
}

async fn through_store(
    store: &Store,
    spec: &TableSpec,
    now: DateTime<Utc>,
    expected: usize,
) -> Result<Measured> {
    let (gauge, mut times) = (Gauge::start(), Vec::with_capacity(QUESTIONS));
    for _ in 0..QUESTIONS {
        let started = Instant::now();
        let due = store.due_rows(spec, now, LIMIT).await?;
        times.push(started.elapsed());
        ensure!(due.len() == expected, "{} rows are due", due.len());
    }
    Ok(gauge.stop(UNIT, times.len(), times))
}

async fn through_loop(
    scratch: &Scratch,
    spec: &TableSpec,
    table: &TableId,
    (now, expected): (DateTime<Utc>, usize),
) -> Result<Measured> {
    let mut bare = Bare::connect(&scratch.place).await?;
    let column = |c: &spor_store::ColumnSpec| format!("CAST(\"{}\" AS TEXT)", c.name);
    let columns: Vec<String> = spec.columns.iter().map(column).collect();
    let text = format!(
        "SELECT stream, {} FROM p_{}_{}_g{} WHERE {WAKES_AT} <= {} \
         ORDER BY {WAKES_AT} LIMIT {LIMIT}",
        columns.join(", "),
        table.name,
        table.version,
        table.generation,
        bare.words(Words("?", "$1")),
    );
    let (gauge, mut times) = (Gauge::start(), Vec::with_capacity(QUESTIONS));
    for _ in 0..QUESTIONS {
        let started = Instant::now();
        let due = bare.texts(&text, &[Bound::Integer(now.timestamp_micros())]).await?;
        times.push(started.elapsed());
        ensure!(due.len() == expected, "{} rows are due", due.len());
    }
    Ok(gauge.stop(UNIT, times.len(), times))
}
