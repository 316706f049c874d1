//! A1 and A64: storing events, each in a commit of its own, durable before the answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use spor_store::{Append, Open, Store, StreamName};

use crate::gauge::{Gauge, Measured};
use crate::invented::Facts;
use crate::raw::log::RawLog;
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Writers of A64 that wait for their own answers, each with streams of its own.
const WRITERS: usize = 64;
/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
const UNIT: &str = "events/s";

/// One writer, one event a commit.
pub(crate) async fn one_writer(report: &Report, cases: u32) -> Result<()> {
    measure(report, cases, 1).await
}

/// Many writers at once, one event a commit.
pub(crate) async fn many_writers(report: &Report, cases: u32) -> Result<()> {
    measure(report, cases, WRITERS).await
}

/// Both sides in turn, so that both meet the same machine.
async fn measure(report: &Report, cases: u32, writers: usize) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    let mut what = String::new();
    for _ in 0..PASSES {
        let (scratch, store) = Scratch::new().await?;
        let appends = prepared(&store, cases).await?;
        what = note(&appends);
        ours.push(through_store(&store, deal(appends, writers)).await?);
        store.close().await?;
        drop(scratch);

        let (scratch, store) = Scratch::new().await?;
        let hands = deal(prepared(&store, cases).await?, writers);
        store.close().await?;
        let mut log = RawLog::open(scratch.location.path()).await?;
        by_hand.push(through_loop(&mut log, &rounds(hands)).await?);
        log.close().await?;
        check(&scratch).await?;
    }
    report.line(Side::Spor, ours, &what)?;
    report.line(Side::Raw, by_hand, &format!("{what}, one transaction for all writers"))
}

/// What was written by hand is a log like any other, or the comparison is worth nothing.
async fn check(scratch: &Scratch) -> Result<()> {
    let store = Store::open(&scratch.location, &scratch.keys, Open::ReadWrite).await?;
    store.verify(|_| {}).await.context("the log written by hand is broken")?;
    Ok(store.close().await?)
}

/// All requests, sealed and ready before the clock runs.
async fn prepared(store: &Store, cases: u32) -> Result<Vec<Append>> {
    let mut facts = Facts::of(cases)?;
    facts.next(store, usize::MAX).await
}

fn note(appends: &[Append]) -> String {
    let events = || appends.iter().flat_map(|append| &append.events);
    let bodies: usize = events().map(|(_, event)| event.body.len()).sum();
    let parts: usize = events().map(|(_, event)| event.parts.len()).sum();
    let count = appends.len().max(1);
    format!(
        "{count} events, body {} B, {} sealed parts in 100",
        bodies / count,
        parts * 100 / count
    )
}

/// Deals streams to writers, so that each can wait for its own answers.
fn deal(appends: Vec<Append>, writers: usize) -> Vec<Vec<Append>> {
    let mut seats: HashMap<StreamName, usize> = HashMap::new();
    let mut hands: Vec<Vec<Append>> = (0..writers).map(|_| Vec::new()).collect();
    for append in appends {
        let Some((stream, _)) = append.events.first() else {
            continue;
        };
        let next = seats.len() % writers;
        let seat = *seats.entry(stream.clone()).or_insert(next);
        hands[seat].push(append);
    }
    hands
}

/// One request of each writer at a time.
fn rounds(hands: Vec<Vec<Append>>) -> Vec<Vec<Append>> {
    let longest = hands.iter().map(Vec::len).max().unwrap_or(0);
    let mut hands: Vec<_> = hands.into_iter().map(Vec::into_iter).collect();
    (0..longest).map(|_| hands.iter_mut().filter_map(Iterator::next).collect()).collect()
}

async fn through_store(store: &Store, hands: Vec<Vec<Append>>) -> Result<Measured> {
    let gauge = Gauge::start();
    let writers: Vec<_> =
        hands.into_iter().map(|hand| tokio::spawn(write(store.clone(), hand))).collect();
    let mut times = Vec::new();
    for writer in writers {
        times.extend(writer.await.context("a writer stopped")??);
    }
    Ok(gauge.stop(UNIT, times.len(), times))
}

async fn write(store: Store, hand: Vec<Append>) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(hand.len());
    for append in hand {
        let started = Instant::now();
        store.append(append).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn through_loop(log: &mut RawLog, rounds: &[Vec<Append>]) -> Result<Measured> {
    let gauge = Gauge::start();
    let mut times = Vec::new();
    for round in rounds {
        let started = Instant::now();
        log.append(round).await?;
        times.extend(round.iter().map(|_| started.elapsed()));
    }
    Ok(gauge.stop(UNIT, times.len(), times))
}
