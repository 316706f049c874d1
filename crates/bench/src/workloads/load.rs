//! B: one case of the log, folded, as somebody opens it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::load::{KnownAt, Memory};

use crate::gauge::{Gauge, Measured};
use crate::opened::{Parts, Secrets};
use crate::raw::{Bare, scan};
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes of each side over the same cases; the one in the middle is told.
const PASSES: usize = 3;
/// Cases opened in one pass.
const LOADS: usize = 2_000;
/// A step that meets every case in another order than they were stored.
const STEP: usize = 7_919;
const UNIT: &str = "cases/s";

/// The program's way to one case against a statement for its events and one for its birth date.
pub(crate) async fn run(report: &Report, cases: u32) -> Result<()> {
    let (scratch, store, events) = Scratch::filled(report.backend(), cases).await?;
    let memory = Memory::new(store.clone());
    let mut names = Vec::new();
    let mut scan = memory.scan_cases(None, KnownAt::Everything)?;
    while let Some(page) = scan.next().await? {
        names.extend(page.into_iter().map(|(case, _)| case));
    }
    let asked: Vec<&CaseRef> = (0..LOADS).map(|at| &names[at * STEP % names.len()]).collect();
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        let (measured, theirs) = through_memory(&memory, &asked).await?;
        ours.push(measured);
        let (measured, same) = through_loop(&scratch, &asked).await?;
        by_hand.push(measured);
        ensure!(theirs == same, "the two ways lead to the same case");
    }
    let note = format!("{} events a case", events / names.len());
    report.line(Side::Spor, ours, &note)?;
    report.line(Side::Raw, by_hand, &note)?;
    Ok(store.close().await?)
}

async fn through_memory(memory: &Memory, asked: &[&CaseRef]) -> Result<(Measured, Case)> {
    let (gauge, mut times, mut last) = (Gauge::start(), Vec::new(), Case::default());
    for case in asked {
        let started = Instant::now();
        last = memory.case(case, KnownAt::Everything).await?.case;
        times.push(started.elapsed());
    }
    Ok((gauge.stop(UNIT, times.len(), times), last))
}

async fn through_loop(scratch: &Scratch, asked: &[&CaseRef]) -> Result<(Measured, Case)> {
    let mut bare = Bare::connect(&scratch.place).await?;
    let secrets = Secrets::of(scratch).await?;
    let gauge = Gauge::start();
    let (mut times, mut last): (Vec<Duration>, _) = (Vec::new(), Case::default());
    for case in asked {
        let started = Instant::now();
        let name = format!("case-{case}");
        let packed = scan::stream(&mut bare, &name).await?;
        let parts = Parts::of_stream(&mut bare, &name, &secrets).await?;
        last = scan::fold(&packed, |recorded| parts.give(recorded))?;
        times.push(started.elapsed());
    }
    Ok((gauge.stop(UNIT, times.len(), times), last))
}
