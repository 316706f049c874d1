//! What it costs to look twelve months ahead: over a store, and over cases that are folded already.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::load::{KnownAt, Memory};
use spor_projections::runner::Runner;
use spor_scheduler::foresee::cases::Cases;
use spor_scheduler::foresee::forecast::forecast as of_store;
use spor_scheduler::foresee::tally::Tally;
use spor_scheduler::foresee::{Assumed, Outlook, Span};

use crate::gauge::Gauge;
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes over the same cases; the one in the middle is told.
const PASSES: usize = 3;
const MONTHS: u32 = 12;
const UNIT: &str = "cases/s";
/// Time for the first rows of all cases; more than any measurement needs.
const CATCH_UP: Duration = Duration::from_hours(24);

/// Looks twelve months ahead from the day after the last entry: by the rows that the store keeps,
/// by its log, and over cases that are folded already.
pub(crate) async fn forecast(report: &Report, count: u32) -> Result<()> {
    let (_scratch, store, _) = Scratch::filled(report.backend(), count).await?;
    let runner = Runner::new(Memory::new(store.clone()), "forecast");
    let outlook = Arc::new(outlook(runner.memory()).await?);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let now = store.clock().await?;
    runner.catch_up(CATCH_UP, now).await?;
    let known = || Cases::known(&runner, KnownAt::Everything, now);
    ensure!(known().await?.is_of_rows(), "the rows are not fresh");
    let (mut passes, mut letters) = (Vec::new(), None);
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let tally = of_store(known().await?, &outlook, |_| {}).await?;
        passes.push(gauge.stop_pass(UNIT, usize::try_from(tally.cases)?));
        letters = tally.total().letters;
    }
    let told = letters.unwrap_or(0);
    let note = format!("{told} letters in {MONTHS} months, by rows that are kept, {cores} cores");
    report.line(Side::Spor, passes, &note)?;

    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let of_log = Cases::of_log(runner.memory(), KnownAt::Everything)?;
        let tally = of_store(of_log, &outlook, |_| {}).await?;
        passes.push(gauge.stop_pass(UNIT, usize::try_from(tally.cases)?));
        ensure!(tally.total().letters == letters, "the log foretells something else");
    }
    report.line_of("forecast-log", Side::Spor, passes, "the same, folded from the log")?;

    let cases = folded(runner.memory()).await?;
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let tally = side_by_side(&outlook, &cases, cores);
        passes.push(gauge.stop_pass(UNIT, cases.len()));
        ensure!(tally.total().letters == letters, "the folds foretell something else");
    }
    report.line_of("forecast-folded", Side::Spor, passes, "the same, folded beforehand")?;
    Ok(store.close().await?)
}

async fn outlook(memory: &Memory) -> Result<Outlook> {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).context("a day")?;
    let (policies, _) = memory.policies(KnownAt::Everything).await?;
    let directory = memory.directory(KnownAt::Everything).await?;
    let asked = (Span::months(first, MONTHS), Assumed::Met);
    Ok(Outlook::new((*policies).clone(), directory, BTreeSet::new(), asked))
}

fn side_by_side(outlook: &Outlook, cases: &[(CaseRef, Arc<Case>)], cores: usize) -> Tally {
    let share = cases.len().div_ceil(cores).max(1);
    let mut whole = Tally::new(outlook.span());
    thread::scope(|scope| {
        let at_work: Vec<_> = cases
            .chunks(share)
            .map(|share| {
                scope.spawn(move || {
                    let mut tally = Tally::new(outlook.span());
                    for (case, folded) in share {
                        tally.add(black_box(outlook.of(case, outlook.seen(folded))).as_deref());
                    }
                    tally
                })
            })
            .collect();
        for counted in at_work {
            if let Ok(counted) = counted.join() {
                whole.merge(counted);
            }
        }
    });
    whole
}

async fn folded(memory: &Memory) -> Result<Vec<(CaseRef, Arc<Case>)>> {
    let mut cases = Vec::new();
    let mut scan = memory.scan_cases(None, KnownAt::Everything)?;
    while let Some(batch) = scan.next().await? {
        for (case, folded) in batch {
            cases.push((case, folded.ok().context("a case cannot be read")?));
        }
    }
    Ok(cases)
}
