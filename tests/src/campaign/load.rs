//! Who works on the store while processes die: writers, imports, rebuilds, the service.
//!
//! Whoever was not answered asks again with the same key until the answer comes.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use super::deaths::{Death, Figures, Victim};
use super::dice::Dice;
use super::fate::{CHANGING, Doom, Ended, Fate, Fault, HANGS, Seat};
use super::server;
use super::stage::{self, Stage};
use super::tally::{self, Tally};

/// Lines of one import.
const CHUNK_LINES: u64 = 30;
/// How long the service runs before it is asked to end.
const SERVICE: Duration = Duration::from_millis(300);
/// The service runs after so many rounds of the scheduler, about.
const SERVICE_ONE_IN: u64 = 4;
/// A process that was just told to wait is not asked again at once.
const PAUSE: Duration = Duration::from_millis(20);
/// Who need not die any more leaves room for the others.
const BREATH: Duration = Duration::from_millis(100);
/// The first guess of how long a process runs.
const FIRST_GUESS_MICROS: u64 = 40_000;
/// The first guess of how many changes a process makes.
const FIRST_CALLS: u64 = 30;
/// The server dies so long after its last death at most.
const TROUBLE_MILLIS: u64 = 400;
const SIGTERM: i32 = 15;
const SYNCS: &str = "fsync,fdatasync";

/// The load and the deaths that wait for it.
pub struct Load<'a> {
    stage: &'a Stage,
    tally: &'a Tally,
    doom: Doom,
    /// Held while a command runs; the day on which it runs.
    gate: RwLock<u64>,
    waiting: Mutex<BTreeMap<Victim, Vec<Death>>>,
    figures: Mutex<Figures>,
    usual_micros: Mutex<BTreeMap<Victim, u64>>,
    /// Among how many calls the place of a death is drawn.
    calls: Mutex<BTreeMap<Death, u64>>,
    is_over: AtomicBool,
    seed: u64,
    workers: AtomicU64,
}

/// Ends the load when a worker fails, so that the failure is seen.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

impl<'a> Load<'a> {
    /// A load on a stage, with these deaths to die.
    pub fn new(
        stage: &'a Stage,
        tally: &'a Tally,
        seed: u64,
        deaths: BTreeMap<Victim, Vec<Death>>,
    ) -> Self {
        Self {
            stage,
            tally,
            doom: Doom::default(),
            gate: RwLock::new(0),
            waiting: Mutex::new(deaths),
            figures: Mutex::default(),
            usual_micros: Mutex::default(),
            calls: Mutex::default(),
            is_over: AtomicBool::new(false),
            seed,
            workers: AtomicU64::new(0),
        }
    }

    /// What happened so far.
    pub fn figures(&self) -> Figures {
        lock(&self.figures).clone()
    }

    /// Whether all have died who should, or a worker has failed.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst) || lock(&self.waiting).values().all(Vec::is_empty)
    }

    /// Does something while nobody works, and moves on to the next day.
    pub fn at_rest(&self, act: impl FnOnce(u64)) {
        let mut day = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        act(*day);
        *day += 1;
    }

    /// Records sessions, one process each.
    pub fn write(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut nth = 0;
        while !self.is_over() {
            let day = self.open_gate();
            nth += 1;
            let mark = tally::mark(name, nth);
            let (number, on) = (dice.roll(), stage::day(*day).to_string());
            let (case, mentor) = (stage::case(number), stage::mentor(number));
            let arguments = [
                &["session", &case, "30m", "--by", &mentor, "--activities", &mark][..],
                &["--date", &on, "--idempotency-key", &mark, "--as", name, "-o", "json"],
            ]
            .concat();
            let mut told = None;
            let answer =
                self.until_answered(Victim::Writer, name, &arguments, &mut dice, |ended| {
                    if !ended.answer.is_empty() {
                        let receipt = tally::receipt(&ended.answer).0;
                        assert_eq!(
                            told.get_or_insert(receipt.clone()),
                            &receipt,
                            "one answer a key"
                        );
                    }
                });
            let (receipt, is_replayed) = tally::receipt(&answer.text);
            assert!(answer.is_repeated || !is_replayed, "{mark}: nobody has asked this before");
            assert!(
                is_replayed || answer.died != Some(Death::BeforeAnswer),
                "{mark}: the commit comes before the answer"
            );
            lock(&self.figures).stored_untold += u64::from(is_replayed);
            self.tally.note(mark, Some(receipt));
            drop(day);
            self.rest(Victim::Writer);
        }
    }

    /// Imports journals in chunks; a chunk is imported again until it is in.
    pub fn import(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut chunk = 0;
        while !self.is_over() {
            let day = self.open_gate();
            let marks = chunk * CHUNK_LINES..(chunk + 1) * CHUNK_LINES;
            chunk += 1;
            let marks: Vec<String> = marks.map(|nth| tally::mark(name, nth)).collect();
            let lines = marks.iter().map(|mark| {
                format!("{}\n", stage::session_line(dice.roll(), stage::day(*day), mark))
            });
            let file = format!("{name}.ndjson");
            self.stage.sandbox.write(&file, &lines.collect::<String>());
            self.until_answered(Victim::Import, name, &["import", &file], &mut dice, |_| {});
            marks.into_iter().for_each(|mark| self.tally.note(mark, None));
            drop(day);
            self.rest(Victim::Import);
        }
    }

    /// Rebuilds the tables, again and again.
    pub fn rebuild(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let arguments = ["store", "rebuild", "-o", "json"];
        while !self.is_over() {
            let day = self.open_gate();
            let answer = self.until_answered(Victim::Rebuild, name, &arguments, &mut dice, |_| {});
            assert!(!answer.text.contains("\"was_same\": false"), "{}", answer.text);
            drop(day);
            self.rest(Victim::Rebuild);
        }
    }

    /// Runs the service and rounds of the scheduler; letters go to the relay.
    pub fn serve(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        while !self.is_over() {
            let day = self.open_gate();
            let morning = morning(*day);
            let run = ["run", "--clock", &morning];
            if dice.below(SERVICE_ONE_IN) == 0 {
                let death = self.next_death(Victim::Service, &mut dice);
                let ended = self.end(Victim::Service, name, &run, death, &mut dice);
                // Asked before it listens, it ends at once: it had not begun to work.
                let is_ended = ended.is_killed() || ended.status.signal() == Some(SIGTERM);
                // The service itself waits out a server that is away, and ends when that is long.
                assert!(is_ended || self.is_fine(&ended) || self.stage.server.is_some());
            }
            let tick = ["scheduler", "tick", "--at", &morning];
            self.until_answered(Victim::Tick, name, &tick, &mut dice, |_| {});
        }
    }

    /// Kills the database server, whose store goes on where it was.
    pub fn trouble(&self) {
        let (mut dice, _alarm) = self.begin();
        let Some(server) = &self.stage.server else { return };
        while !self.is_over() {
            let day = self.open_gate();
            std::thread::sleep(Duration::from_millis(dice.below(TROUBLE_MILLIS)));
            let Some(death) = self.next_death(Victim::Database, &mut dice) else {
                drop(day);
                std::thread::sleep(PAUSE);
                continue;
            };
            let mut cluster = lock(server);
            let has_struck = match death {
                Death::Postmaster => {
                    server::kill_first(&mut cluster);
                    true
                }
                Death::Backend => server::kill_backend(&cluster, dice.roll()),
                _ => {
                    server::kill_all(&mut cluster);
                    true
                }
            };
            self.settle_death(Victim::Database, death, has_struck);
        }
    }

    /// Ends the load of a campaign whose last death is not a worker's to die.
    pub fn end_load(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    fn begin(&self) -> (Dice, Alarm<'_>) {
        let worker = self.workers.fetch_add(1, Ordering::SeqCst);
        (Dice::new(self.seed, worker + 1), Alarm(&self.is_over))
    }

    fn rest(&self, victim: Victim) {
        if lock(&self.waiting).get(&victim).is_none_or(Vec::is_empty) {
            std::thread::sleep(BREATH);
        }
    }

    fn open_gate(&self) -> RwLockReadGuard<'_, u64> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a process, perhaps to its death, and then again until it answers.
    fn until_answered(
        &self,
        victim: Victim,
        name: &str,
        arguments: &[&str],
        dice: &mut Dice,
        mut look: impl FnMut(&Ended),
    ) -> Answered {
        let started = Instant::now();
        let death = self.next_death(victim, dice);
        let mut ended = self.end(victim, name, arguments, death, dice);
        look(&ended);
        let died = death.filter(|_| ended.is_killed());
        let mut is_repeated = false;
        while !self.is_fine(&ended) {
            assert!(started.elapsed() < HANGS, "{name} gets no answer: {}", ended.told);
            if !ended.is_killed() {
                std::thread::sleep(PAUSE);
            }
            is_repeated = true;
            ended = self.end(victim, name, arguments, None, dice);
            look(&ended);
        }
        Answered { text: ended.answer, died, is_repeated }
    }

    /// Whether a process did what it was asked; death, conflict and absence are no faults.
    fn is_fine(&self, ended: &Ended) -> bool {
        match ended.code() {
            Some(0) => true,
            Some(5 | 6) => {
                let known = ended.told.lines().find(|line| line.starts_with("error"));
                let known = known.unwrap_or(&ended.told).to_owned();
                *lock(&self.figures).refused.entry(known).or_default() += 1;
                false
            }
            None if ended.is_killed() => false,
            _ => panic!("{:?}: {}", ended.status, ended.told),
        }
    }

    /// One of two processes lives.
    fn next_death(&self, victim: Victim, dice: &mut Dice) -> Option<Death> {
        let may_live = dice.below(2) == 0;
        let mut waiting = lock(&self.waiting);
        waiting.get_mut(&victim).filter(|_| !may_live)?.pop()
    }

    fn end(
        &self,
        victim: Victim,
        name: &str,
        arguments: &[&str],
        death: Option<Death>,
        dice: &mut Dice,
    ) -> Ended {
        let seat = Seat { sandbox: &self.stage.sandbox, name, doom: &self.doom };
        let fate = self.fate(victim, &seat, death, dice);
        let ended = seat.run(arguments, &fate);
        lock(&self.figures).processes += 1;
        match death {
            Some(death) => self.settle_death(victim, death, ended.is_killed()),
            None if ended.code() == Some(0) => {
                let micros = u64::try_from(ended.ran.as_micros()).unwrap_or(u64::MAX);
                let mut usual = lock(&self.usual_micros);
                let usual = usual.entry(victim).or_insert(FIRST_GUESS_MICROS);
                *usual = (*usual * 7 + micros) / 8;
            }
            None => {}
        }
        ended
    }

    /// Counts a death; one that was escaped waits for somebody else, at an earlier call.
    fn settle_death(&self, victim: Victim, death: Death, has_struck: bool) {
        let mut calls = lock(&self.calls);
        let calls = calls.entry(death).or_insert(FIRST_CALLS);
        if has_struck {
            *calls += 1 + *calls / 8;
            *lock(&self.figures).deaths.entry(death).or_default() += 1;
        } else {
            *calls = 1 + *calls / 2;
            lock(&self.figures).escaped += 1;
            lock(&self.waiting).entry(victim).or_default().push(death);
        }
    }

    fn fate(&self, victim: Victim, seat: &Seat<'_>, death: Option<Death>, dice: &mut Dice) -> Fate {
        let usual = lock(&self.usual_micros).get(&victim).copied().unwrap_or(FIRST_GUESS_MICROS);
        let moment = Duration::from_micros(dice.below(usual + usual / 4));
        let log = self.stage.sandbox.folder().join("spor.db-wal");
        match death {
            None if victim == Victim::Service => Fate::Asked(SERVICE),
            None => Fate::Live,
            Some(Death::Moment) => Fate::After(moment),
            Some(Death::Everybody) => Fate::WithEverybody(moment),
            Some(Death::BeforeCommit) => {
                Fate::Fault(Fault::kill(SYNCS, Some(log), 1 + dice.below(2)))
            }
            Some(Death::BeforeAnswer) => {
                Fate::Fault(Fault::kill("write", Some(seat.answer_file()), 1))
            }
            Some(inside) => {
                let most = *lock(&self.calls).entry(inside).or_insert(FIRST_CALLS);
                Fate::Fault(Fault::kill(CHANGING, None, 1 + dice.below(most)))
            }
        }
    }
}

struct Answered {
    text: String,
    died: Option<Death>,
    is_repeated: bool,
}

/// The moment of a day at which letters are sent.
pub fn morning(day: u64) -> String {
    format!("{}T05:45:00Z", stage::day(day))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
