//! What it costs to look twelve months ahead: over cases that are folded already, on every core,
//! and over a store, with reading and folding.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::load::{KnownAt, Memory};
use spor_scheduler::foresee::forecast::forecast as of_store;
use spor_scheduler::foresee::tally::Tally;
use spor_scheduler::foresee::{Assumed, Outlook, Span};

use crate::gauge::Gauge;
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes over the same cases; the one in the middle is told.
const PASSES: usize = 3;
const MONTHS: u32 = 12;

/// Looks twelve months ahead from the day after the last entry.
pub(crate) async fn forecast(report: &Report, count: u32) -> Result<()> {
    let (_scratch, store, _) = Scratch::filled(report.backend(), count).await?;
    let memory = Memory::new(store.clone());
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).context("a day")?;
    let (policies, _) = memory.policies(KnownAt::Everything).await?;
    let directory = memory.directory(KnownAt::Everything).await?;
    let span = Span::months(first, MONTHS);
    let refused = BTreeSet::new();
    let outlook = Outlook::new((*policies).clone(), directory, refused, (span, Assumed::Met));
    let outlook = Arc::new(outlook);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let cases = folded(&memory).await?;
    let (mut passes, mut letters) = (Vec::new(), 0);
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let tally = side_by_side(&outlook, &cases, cores);
        passes.push(gauge.stop_pass("cases/s", cases.len()));
        letters = tally.total().letters.unwrap_or(0);
    }
    let note = format!("{letters} letters in {MONTHS} months, folded beforehand, {cores} cores");
    report.line(Side::Spor, passes, &note)?;
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let tally = of_store(&memory, KnownAt::Everything, &outlook, |_| {}).await?;
        passes.push(gauge.stop_pass("cases/s", cases.len()));
        letters = tally.total().letters.unwrap_or(0);
    }
    let note = format!("{letters} letters, read and folded from the store, {cores} cores");
    report.line_of("forecast-store", Side::Spor, passes, &note)?;
    Ok(store.close().await?)
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
                        tally.add(&black_box(outlook.of(case, folded)));
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
            cases.push((case, folded.map_err(|_| anyhow::anyhow!("a case cannot be read"))?));
        }
    }
    Ok(cases)
}
