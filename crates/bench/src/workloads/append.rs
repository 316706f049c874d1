//! A: storing events, durable before the answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use spor_store::{Append, Expected, Open, Store, StreamName};

use crate::gauge::{Gauge, Measured};
use crate::invented::Facts;
use crate::raw::log::RawLog;
use crate::report::{Report, Side};
use crate::scratch::Scratch;

/// Passes of each side; the one in the middle is told.
const PASSES: usize = 3;
const UNIT: &str = "events/s";

/// How events are stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Writers that wait for their own answers, each with streams of its own.
    pub(crate) writers: usize,
    /// Events in one commit.
    pub(crate) batch: usize,
}

/// Both sides in turn, so that both meet the same machine.
pub(crate) async fn run(report: &Report, cases: u32, shape: Shape) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    let mut what = String::new();
    for _ in 0..PASSES {
        let (scratch, store) = Scratch::new(report.backend()).await?;
        let appends = prepared(&store, cases, shape.batch).await?;
        what = note(&appends);
        ours.push(through_store(&store, deal(appends, shape.writers)).await?);
        store.close().await?;
        drop(scratch);

        let (scratch, store) = Scratch::new(report.backend()).await?;
        let hands = deal(prepared(&store, cases, shape.batch).await?, shape.writers);
        store.close().await?;
        let mut log = RawLog::open(&scratch.place).await?;
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
pub(crate) async fn prepared(store: &Store, cases: u32, batch: usize) -> Result<Vec<Append>> {
    let appends = Facts::of(cases)?.next(store, usize::MAX).await?;
    if batch == 1 {
        return Ok(appends);
    }
    let mut appends = appends.into_iter().peekable();
    let mut together = Vec::new();
    while appends.peek().is_some() {
        together.extend(appends.by_ref().take(batch).reduce(join));
    }
    Ok(together)
}

/// One request with the events of two; what both have read is where the first has read it.
fn join(mut one: Append, other: Append) -> Append {
    if let (Expected::Read(read), Expected::Read(mut earlier)) = (other.expected, one.expected) {
        for (stream, version) in read.iter().map(|(stream, version)| (stream.clone(), version)) {
            if earlier.iter().all(|(known, _)| *known != stream) {
                earlier.note(stream, version);
            }
        }
        one.expected = Expected::Read(earlier);
    } else {
        one.expected = Expected::Any;
    }
    one.at = one.at.max(other.at);
    one.events.extend(other.events);
    one
}

fn note(appends: &[Append]) -> String {
    let events = || appends.iter().flat_map(|append| &append.events);
    let bodies: usize = events().map(|(_, event)| event.body.len()).sum();
    let parts: usize = events().map(|(_, event)| event.parts.len()).sum();
    let count = events().count().max(1);
    format!(
        "{count} events, body {} B, {} sealed parts in 100",
        bodies / count,
        parts * 100 / count
    )
}

/// Deals streams to writers, so that each can wait for its own answers.
pub(crate) fn deal(appends: Vec<Append>, writers: usize) -> Vec<Vec<Append>> {
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

/// Every writer stores what is in its hand, one request after the other.
pub(crate) async fn through_store(store: &Store, hands: Vec<Vec<Append>>) -> Result<Measured> {
    let gauge = Gauge::start();
    let writers: Vec<_> =
        hands.into_iter().map(|hand| tokio::spawn(write(store.clone(), hand))).collect();
    let (mut times, mut events) = (Vec::new(), 0);
    for writer in writers {
        let (waited, stored) = writer.await.context("a writer stopped")??;
        times.extend(waited);
        events += stored;
    }
    Ok(gauge.stop(UNIT, events, times))
}

async fn write(store: Store, hand: Vec<Append>) -> Result<(Vec<Duration>, usize)> {
    let (mut times, mut events) = (Vec::with_capacity(hand.len()), 0);
    for append in hand {
        events += append.events.len();
        let started = Instant::now();
        store.append(append).await?;
        times.push(started.elapsed());
    }
    Ok((times, events))
}

async fn through_loop(log: &mut RawLog, rounds: &[Vec<Append>]) -> Result<Measured> {
    let gauge = Gauge::start();
    let (mut times, mut events) = (Vec::new(), 0);
    for round in rounds {
        events += round.iter().map(|append| append.events.len()).sum::<usize>();
        let started = Instant::now();
        log.append(round).await?;
        times.extend(round.iter().map(|_| started.elapsed()));
    }
    Ok(gauge.stop(UNIT, events, times))
}
