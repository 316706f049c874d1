//! C: the whole log into typed case states.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use spor_domain::case::{Case, Recorded};
use spor_domain::event::{Event, entry_id};
use spor_domain::ids;
use spor_history::load::{KnownAt, Memory};
use spor_store::{LogRow, Position, Store};

use crate::gauge::Gauge;
use crate::raw::scan;
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
/// Events that a scan of cases takes at a time.
const SCAN_EVENTS: usize = 20_000;
const UNIT: &str = "events/s";

/// Cases by the names of their streams.
type Cases = HashMap<String, Case>;

/// The log's fast scan against the same by hand, and cases as they are read to make tables.
pub(crate) async fn run(report: &Report, cases: u32) -> Result<()> {
    let (scratch, store, events) = Scratch::filled(cases).await?;
    let memory = Memory::new(store.clone());
    let (mut ours, mut by_hand, mut by_case) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        let states = through_store(&store).await?;
        ours.push(gauge.stop_pass(UNIT, events));
        check(&states, cases)?;
        drop(states);

        let gauge = Gauge::start();
        let states = through_loop(scratch.location.path()).await?;
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
            match recorded(&row) {
                Ok(recorded) => evolve(&mut states, row.stream, recorded),
                Err(error) => broken = Some(error),
            }
        }
    };
    store.replay(Position::ZERO, each).await?;
    match broken {
        Some(error) => Err(error),
        None => Ok(states),
    }
}

fn recorded(row: &LogRow<'_>) -> Result<Recorded> {
    Ok(Recorded {
        position: ids::Position(row.position.get()),
        event_id: ids::EventId(row.id.get()),
        recorded_at: row.recorded_at,
        occurred_on: row.occurred_on,
        id: entry_id(row.body),
        event: Event::decode(row.event_type, row.body)?,
    })
}

async fn through_loop(path: &Path) -> Result<Cases> {
    let mut states = Cases::new();
    let mut blocks = scan::blocks(path);
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
    let mut after = None;
    loop {
        let scan = memory.scan_cases(after.as_ref(), SCAN_EVENTS, KnownAt::Everything);
        let (folded, resume) = scan.await?;
        for (case, fold) in folded {
            let fold = fold.map_err(|broken| anyhow!("{case}: {}", broken.why))?;
            states.insert(format!("case-{case}"), fold);
        }
        after = resume;
        if after.is_none() {
            return Ok(states);
        }
    }
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
