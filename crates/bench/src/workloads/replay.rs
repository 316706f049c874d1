//! C: the whole log into typed case states.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use spor_domain::case::{Case, Recorded};
use spor_history::codec::decode_row;
use spor_history::load::{KnownAt, Memory};
use spor_store::{LogRow, Position, Store};

use crate::gauge::Gauge;
use crate::raw::{Place, scan};
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
const UNIT: &str = "events/s";

/// Cases by the names of their streams.
type Cases = HashMap<String, Case>;

/// The log's fast scan against the same by hand, and cases as they are read to make tables.
pub(crate) async fn run(report: &Report, cases: u32) -> Result<()> {
    let (scratch, store, events) = Scratch::filled(report.backend(), cases).await?;
    let memory = Memory::new(store.clone());
    let (mut ours, mut by_hand, mut by_case) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let states = through_store(&store).await?;
        ours.push(gauge.stop_pass(UNIT, events));
        check(&states, cases)?;
        drop(states);

        let gauge = Gauge::start();
        let states = through_loop(&scratch.place).await?;
        by_hand.push(gauge.stop_pass(UNIT, events));
        check(&states, cases)?;
        drop(states);

        let gauge = Gauge::start();
        let states = through_memory(&memory).await?;
        by_case.push(gauge.stop_pass(UNIT, events));
        check(&states, cases)?;
    }
    let note = format!("{events} events, times are of a whole pass");
    report.line(Side::Spor, ours, &note)?;
    report.line(Side::Raw, by_hand, &note)?;
    let note = format!("{note}, stream by stream, birth dates opened");
    report.line_of("C-by-case", Side::Spor, by_case, &note)?;
    Ok(store.close().await?)
}

async fn through_store(store: &Store) -> Result<Cases> {
    let mut states = Cases::new();
    let mut broken = None;
    let each = |row: LogRow<'_>| {
        if row.stream.starts_with("case-") {
            match decode_row(&row) {
                Ok(recorded) => evolve(&mut states, row.stream, recorded),
                Err(error) => broken = Some(error.into()),
            }
        }
    };
    store.replay(Position::ZERO, each).await?;
    match broken {
        Some(error) => Err(error),
        None => Ok(states),
    }
}

async fn through_loop(place: &Place) -> Result<Cases> {
    let mut states = Cases::new();
    let mut blocks = scan::blocks(place);
    while let Some(block) = blocks.recv().await {
        let (_, packed) = block?;
        for scanned in scan::unpack(&packed) {
            let scanned = scanned?;
            if scanned.stream.starts_with("case-") {
                evolve(&mut states, scanned.stream, scanned.recorded);
            }
        }
    }
    Ok(states)
}

async fn through_memory(memory: &Memory) -> Result<Cases> {
    let mut states = Cases::new();
    let mut scan = memory.scan_cases(None, KnownAt::Everything)?;
    while let Some(folded) = scan.next().await? {
        for (case, fold) in folded {
            let fold = fold.map_err(|broken| anyhow!("{case}: {}", broken.why))?;
            states.insert(format!("case-{case}"), Arc::unwrap_or_clone(fold));
        }
    }
    Ok(states)
}

fn evolve(states: &mut Cases, stream: &str, recorded: Recorded) {
    match states.get_mut(stream) {
        Some(case) => case.evolve(recorded),
        None => states.entry(stream.to_owned()).or_default().evolve(recorded),
    }
}

fn check(states: &Cases, cases: u32) -> Result<()> {
    if u32::try_from(states.len()) == Ok(cases) {
        return Ok(());
    }
    Err(anyhow!("{} cases came out of {cases}", states.len()))
}
