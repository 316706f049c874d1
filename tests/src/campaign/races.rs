//! Races: a thousand identical commands at once, and a thousand that expect the same version.
//! Exactly one wins, each time.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use spor_store::{
    ActorKind, Append, Appended, Auth, CommitId, EventId, Expected, NewCommit, NewEvent, Open,
    Position, Priority, ReadSet, Result, Store, StoreError, StreamName, Version,
};
use tokio::sync::Barrier;

use super::fate::{Doom, Fate, Seat};
use super::stage::{self, On, Stage};
use super::tally::{self, Tally};
use crate::fresh::fresh_id;

/// Whoever opens the store, as another process would.
const OPENERS: usize = 4;
const CATEGORY: &str = "race";

/// What a campaign of races is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub on: On,
    /// How often each race is run.
    pub rounds: u64,
    /// Racers in one process.
    pub tasks: usize,
    /// Racers that are processes.
    pub processes: usize,
}

/// What it found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Races with one key, and with one version, inside a process.
    pub races: u64,
    /// Races with one key between processes.
    pub process_races: u64,
    /// Racers in all.
    pub racers: u64,
    /// How long it took.
    pub took: Duration,
}

/// Runs the campaign.
///
/// # Panics
/// When two win, or nobody.
pub fn run(options: &Options) -> Found {
    let started = Instant::now();
    let stage = Stage::new(options.on);
    let mut found = Found::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (location, keys) = stage.place();
        let mut stores = Vec::new();
        for _ in 0..OPENERS {
            let opened = Store::open(&location, &keys, Open::ReadWrite).await;
            stores.push(opened.expect("the store opens"));
        }
        for round in 0..options.rounds {
            one_key(&stores, round, options.tasks).await;
            one_version(&stores, round, options.tasks).await;
            found.races += 2;
            found.racers += 2 * options.tasks as u64;
        }
        for store in stores {
            store.close().await.expect("the store closes");
        }
    });
    let tally = Tally::default();
    for round in 0..options.rounds {
        one_key_between_processes(&stage, &tally, round, options.processes);
        found.process_races += 1;
        found.racers += options.processes as u64;
    }
    tally.check(&stage);
    stage.sandbox.must(&["audit", "verify"]);
    found.took = started.elapsed();
    found
}

/// The same request from everybody: one is stored, all get its answer.
async fn one_key(stores: &[Store], round: u64, tasks: usize) {
    let stream = stream(&format!("KEY-{round:04}"));
    let key = format!("race-{round}");
    let answers = race(stores, tasks, |_| {
        let mut read = ReadSet::new();
        read.note(stream.clone(), Version::ZERO);
        append(&stream, read, Some(key.clone()))
    })
    .await;
    let answers: Vec<Appended> =
        answers.into_iter().collect::<Result<_>>().expect("a repeat is answered");
    let first = answers.iter().filter(|answer| !answer.replayed).count();
    assert_eq!(first, 1, "one wins, the others are told of it");
    let places: Vec<Position> = answers.iter().map(|answer| answer.first).collect();
    assert!(places.iter().all(|place| *place == places[0]), "all are told of the same");
    assert_eq!(length(&stores[0], &stream).await, 1);
}

/// Different requests that have read the same version: one is stored, the others conflict.
async fn one_version(stores: &[Store], round: u64, tasks: usize) {
    let stream = stream(&format!("VERSION-{round:04}"));
    let answers = race(stores, tasks, |_| {
        let mut read = ReadSet::new();
        read.note(stream.clone(), Version::ZERO);
        append(&stream, read, None)
    })
    .await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(won, 1, "one wins");
    let lost = answers.iter().filter(|a| matches!(a, Err(StoreError::Conflict { .. }))).count();
    assert_eq!(lost, tasks - 1, "the others are told of the conflict: {:?}", answers.first());
    assert_eq!(length(&stores[0], &stream).await, 1);
}

async fn race(
    stores: &[Store],
    tasks: usize,
    request: impl Fn(usize) -> Append,
) -> Vec<Result<Appended>> {
    let start = Arc::new(Barrier::new(tasks));
    let racers: Vec<_> = (0..tasks)
        .map(|nth| {
            let (store, request) = (stores[nth % stores.len()].clone(), request(nth));
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                store.append(request).await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(tasks);
    for racer in racers {
        answers.push(racer.await.expect("nobody falls over"));
    }
    answers
}

/// The same command from many processes: one fact, one answer.
fn one_key_between_processes(stage: &Stage, tally: &Tally, round: u64, processes: usize) {
    let mark = tally::mark("race", round);
    let (case, mentor, on) = (stage::case(round), stage::mentor(round), stage::day(0).to_string());
    let arguments = [
        &["session", &case, "30m", "--by", &mentor, "--activities", &mark][..],
        &["--date", &on, "--idempotency-key", &mark, "--as", "racer", "-o", "json"],
    ]
    .concat();
    let (arguments, doom) = (&arguments, &Doom::default());
    let answers: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..processes)
            .map(|nth| {
                scope.spawn(move || {
                    let name = format!("racer{nth}");
                    let seat = Seat { sandbox: &stage.sandbox, name: &name, doom };
                    let ended = seat.run(arguments, &Fate::Live);
                    assert_eq!(ended.code(), Some(0), "{}", ended.told);
                    tally::receipt(&ended.answer)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().expect("every process answers")).collect()
    });
    let first = answers.iter().filter(|(_, is_replayed)| !is_replayed).count();
    assert_eq!(first, 1, "one process wins");
    assert!(answers.iter().all(|(receipt, _)| *receipt == answers[0].0), "one answer for all");
    tally.note(mark, Some(answers[0].0.clone()));
}

fn stream(reference: &str) -> StreamName {
    StreamName::new(CATEGORY, reference).expect("a stream name")
}

async fn length(store: &Store, stream: &StreamName) -> i64 {
    let read = store.read_streams(std::slice::from_ref(stream), spor_store::Upto::Everything).await;
    read.expect("a stream can be read")[0].version.get()
}

fn append(stream: &StreamName, read: ReadSet, idempotency_key: Option<String>) -> Append {
    let day = NaiveDate::from_ymd_opt(2025, 3, 3).expect("a day of the calendar");
    let fact = NewEvent {
        id: EventId::new(fresh_id()),
        event_type: "Raced".to_owned(),
        schema_version: 1,
        occurred_on: day,
        corrects: None,
        body: "{}".to_owned(),
        parts: Vec::new(),
    };
    let commit = NewCommit {
        id: CommitId::new(fresh_id()),
        actor: "racer".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key,
        request_hash: [7; 32],
        command: "Race".to_owned(),
        correlation_id: None,
        causation_id: None,
    };
    Append {
        commit,
        expected: Expected::Read(read),
        events: vec![(stream.clone(), fact)],
        at: day.and_hms_opt(12, 0, 0).expect("noon exists").and_utc(),
        ledger: Vec::new(),
        priority: Priority::People,
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { races, process_races, racers, took } = self;
        writeln!(f, "{races} races inside a process, {process_races} between processes")?;
        writeln!(f, "{racers} racers in {:.0} s: exactly one won each time", took.as_secs_f64())
    }
}
