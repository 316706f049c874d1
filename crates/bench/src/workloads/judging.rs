//! What the rules cost: folding a case, reckoning its deadlines, deciding one more entry.

use std::collections::HashMap;
use std::hint::black_box;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::NaiveDate;
use spor_casework::actor::{Actor, Ids, Now};
use spor_casework::execute::{Casework, Mode, Outcome, Wish};
use spor_domain::case::{Case, Recorded};
use spor_domain::door::parse_line;
use spor_domain::policy::Policies;
use spor_domain::rules;
use spor_domain::view::View;
use spor_history::codec::decode_row;
use spor_history::load::Memory;
use spor_store::{LogRow, Position, Store};

use crate::gauge::Gauge;
use crate::report::{Report, Side};
use crate::scratch::{Scratch, next_id, noon};

/// Passes over the same cases; the one in the middle is told.
const PASSES: usize = 3;
/// Entries of the case that somebody adds to.
const LONG_CASE: usize = 500;
/// Entries that are added to it, one after the other.
const ADDED: usize = 300;

/// Folds every case of a log in memory, each up to the last day.
pub(crate) async fn fold(report: &Report, cases: u32) -> Result<()> {
    let (_scratch, store, _) = Scratch::filled(report.backend(), cases).await?;
    let streams = streams(&store).await?;
    let events = streams.iter().map(Vec::len).sum();
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let told = streams.clone();
        let gauge = Gauge::start();
        for stream in told {
            black_box(folded(stream).as_of(last_day()?));
        }
        passes.push(gauge.stop_pass("events/s", events));
    }
    report.line(Side::Spor, passes, &format!("{events} events, decoded beforehand, one core"))?;
    Ok(store.close().await?)
}

/// Reckons every deadline of every case, folded beforehand.
pub(crate) async fn deadlines(report: &Report, cases: u32) -> Result<()> {
    let (_scratch, store, _) = Scratch::filled(report.backend(), cases).await?;
    let (policies, day) = (Policies::default(), last_day()?);
    let streams = streams(&store).await?.into_iter();
    let views: Vec<View> = streams.map(|stream| folded(stream).as_of(day)).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (mut passes, mut found) = (Vec::new(), 0);
    for _ in 0..PASSES {
        let gauge = Gauge::start();
        found = 0;
        let share = views.len().div_ceil(cores).max(1);
        thread::scope(|scope| {
            let reckon = |share: &[View]| -> usize {
                share
                    .iter()
                    .map(|view| black_box(rules::deadlines(view, policies.on(day)).count()))
                    .sum()
            };
            let shares: Vec<_> =
                views.chunks(share).map(|share| scope.spawn(move || reckon(share))).collect();
            for share in shares {
                found += share.join().map_err(|_| anyhow!("a thread panicked"))?;
            }
            anyhow::Ok(())
        })?;
        passes.push(gauge.stop_pass("cases/s", views.len()));
    }
    report.line(Side::Spor, passes, &format!("{found} deadlines, {cores} cores"))?;
    Ok(store.close().await?)
}

/// Decides and stores one entry after the other on a case of many entries.
pub(crate) async fn decide(report: &Report, _: u32) -> Result<()> {
    let (_scratch, store) = Scratch::new(report.backend()).await?;
    let work = Casework::new(Memory::new(store.clone()), Ids::new(next_id));
    let opened = r#"{"date":"2025-01-06","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","caseworker":"SB-01","mentor":"M-01","birth_date":"2007-03-04"}"#;
    let held = r#"{"date":"2025-01-07","type":"SessionHeld","case":"SPOR-2025-0001","minutes":60,"by":"M-01","form":"one_to_one"}"#;
    record(&work, opened).await?;
    for _ in 1..LONG_CASE {
        record(&work, held).await?;
    }
    let mut times = Vec::new();
    let gauge = Gauge::start();
    for _ in 0..ADDED {
        let started = Instant::now();
        record(&work, held).await?;
        times.push(started.elapsed());
    }
    let measured = gauge.stop("entries/s", ADDED, times);
    let note = format!("loaded, decided, stored durably, on {LONG_CASE} events and more");
    report.line(Side::Spor, vec![measured], &note)?;
    Ok(store.close().await?)
}

async fn record(work: &Casework, line: &str) -> Result<()> {
    let line = parse_line(line).map_err(|bad| anyhow!("{}", bad.message))?;
    let now = Now { business: noon(last_day()?) };
    match work.execute(&Actor::system(), &Wish::new(line.command), &now, Mode::Write).await? {
        Outcome::Recorded(_) => Ok(()),
        other => Err(anyhow!("not recorded: {other:?}")),
    }
}

fn folded(stream: Vec<Recorded>) -> Case {
    let mut case = Case::default();
    for recorded in stream {
        case.evolve(recorded);
    }
    case
}

/// The entries of each case, in order.
async fn streams(store: &Store) -> Result<Vec<Vec<Recorded>>> {
    let mut streams: HashMap<String, Vec<Recorded>> = HashMap::new();
    let mut broken = 0;
    let each = |row: LogRow<'_>| {
        if row.stream.starts_with("case-") {
            match decode_row(&row) {
                Ok(recorded) => streams.entry(row.stream.to_owned()).or_default().push(recorded),
                Err(_) => broken += 1,
            }
        }
    };
    store.replay(Position::ZERO, each).await?;
    ensure!(broken == 0, "{broken} events cannot be read");
    Ok(streams.into_values().collect())
}

fn last_day() -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2025, 12, 31).context("a day of the plan")
}
