//! The load on a store and the deaths that wait for it: who dies where, and what comes of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::deaths::{Death, Figures, Victim};
use super::dice::Dice;
use super::fate::{CHANGING, Doom, Ended, Fate, Fault, HANGS, Seat};
use super::stage::{self, Stage};
use super::tally::Tally;
use crate::severed::Cut;

/// How long the service runs before it is asked to end.
const SERVICE: Duration = Duration::from_millis(300);
/// A process that was just told to wait is not asked again at once.
pub(super) const PAUSE: Duration = Duration::from_millis(20);
/// Who need not die any more leaves room for the others.
const BREATH: Duration = Duration::from_millis(500);
/// The first guess of how long a process runs.
const FIRST_GUESS_MICROS: u64 = 40_000;
/// The first guess of how many changes a process makes.
const FIRST_CALLS: u64 = 30;
const SYNCS: &str = "fsync,fdatasync";

/// The load and the deaths that wait for it.
pub struct Load<'a> {
    pub(super) stage: &'a Stage,
    pub(super) tally: &'a Tally,
    doom: Doom,
    /// Held while a command runs; the day on which it runs.
    gate: RwLock<u64>,
    waiting: Mutex<BTreeMap<Victim, Vec<Death>>>,
    pub(super) figures: Mutex<Figures>,
    usual_micros: Mutex<BTreeMap<Victim, u64>>,
    /// Among how many calls the place of a death is drawn.
    calls: Mutex<BTreeMap<Death, u64>>,
    is_over: AtomicBool,
    seed: u64,
    workers: AtomicU64,
}

/// Ends the load when a worker fails, so that the failure is seen.
pub(super) struct Alarm<'a>(pub(super) &'a AtomicBool);

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

    /// Ends the load of a campaign whose last death is not a worker's to die.
    pub fn end_load(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn begin(&self) -> (Dice, Alarm<'_>) {
        let worker = self.workers.fetch_add(1, Ordering::SeqCst);
        (Dice::new(self.seed, worker + 1), Alarm(&self.is_over))
    }

    pub(super) fn rest(&self, victim: Victim) {
        if lock(&self.waiting).get(&victim).is_none_or(Vec::is_empty) {
            std::thread::sleep(BREATH);
        }
    }

    pub(super) fn open_gate(&self) -> RwLockReadGuard<'_, u64> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a process, perhaps to its death, and then again until it answers.
    pub(super) fn until_answered(
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
        let mut times = 1;
        while !self.is_fine(victim, &ended) {
            assert!(started.elapsed() < HANGS, "{name} gets no answer: {}", ended.told);
            if !ended.is_killed() {
                std::thread::sleep(PAUSE);
            }
            times += 1;
            ended = self.end(victim, name, arguments, None, dice);
            look(&ended);
        }
        Answered { text: ended.answer, died, times }
    }

    /// Whether a process did what it was asked; death, conflict and absence are no faults.
    pub(super) fn is_fine(&self, victim: Victim, ended: &Ended) -> bool {
        match ended.code() {
            Some(0) => true,
            // The key is destroyed; what a reader or a letter still holds is erased by the service.
            Some(8) if victim == Victim::Erasure => true,
            Some(5 | 6) => {
                *lock(&self.figures).refused.entry(error_code(&ended.told)).or_default() += 1;
                false
            }
            None if ended.is_killed() => false,
            _ => panic!("{:?}: {}", ended.status, ended.told),
        }
    }

    /// One of two processes lives.
    pub(super) fn next_death(&self, victim: Victim, dice: &mut Dice) -> Option<Death> {
        let may_live = dice.below(2) == 0;
        let mut waiting = lock(&self.waiting);
        waiting.get_mut(&victim).filter(|_| !may_live)?.pop()
    }

    pub(super) fn end(
        &self,
        victim: Victim,
        name: &str,
        arguments: &[&str],
        death: Option<Death>,
        dice: &mut Dice,
    ) -> Ended {
        let seat = Seat { sandbox: &self.stage.sandbox, name, doom: &self.doom };
        let ended = match cut(death).and_then(|cut| self.stage.wire(cut)) {
            Some((wire, url)) => {
                seat.run(&[arguments, &["--store", &url]].concat(), &Fate::Cut(wire))
            }
            None => seat.run(arguments, &self.fate(victim, &seat, death, dice)),
        };
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
    pub(super) fn settle_death(&self, victim: Victim, death: Death, has_struck: bool) {
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

/// The code of the error that a process told, or its first line.
pub(super) fn error_code(told: &str) -> String {
    let error = told.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let code = error.as_ref().and_then(|error| error["error"]["code"].as_str());
    code.or_else(|| told.lines().next()).unwrap_or_default().to_owned()
}

/// Where a wire to a server is cut for a death.
fn cut(death: Option<Death>) -> Option<Cut> {
    match death? {
        Death::BeforeCommit => Some(Cut::BeforeCommit),
        Death::Unheard => Some(Cut::BeforeAnswer),
        _ => None,
    }
}

/// What a process answered in the end.
pub(super) struct Answered {
    pub(super) text: String,
    /// How the first one died.
    pub(super) died: Option<Death>,
    /// How often it was asked.
    pub(super) times: u32,
}

/// The moment of a day at which letters are sent.
pub fn morning(day: u64) -> String {
    format!("{}T05:45:00Z", stage::day(day))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
