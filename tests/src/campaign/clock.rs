//! A hand-wound clock plays random case histories over two years through the whole chain, from the
//! entry to the letter, with faults on the way; what each person got on which day is compared with
//! a calculation of its own. At the end every case is audited once.
//!
//! | room | what stands in it |
//! |---|---|
//! | `calendar` | days, summer time, the offices |
//! | `history`, `inventing`, `telling` | cases, and how they are told to the product |
//! | `known`, `duties`, `counted`, `elsewhere`, `expected` | the calculation |
//! | `house` | the product: store, scheduler, relay |
//! | `play` | the two years |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

mod calendar;
mod counted;
mod duties;
mod elsewhere;
mod expected;
mod history;
mod house;
mod inventing;
mod known;
mod play;
mod telling;

use expected::Post;
use history::{History, neighbourhood};

/// Houses that are played at the same time, each with a store, a relay and faults of its own.
const HOUSES: usize = 2;

/// How long and how hard.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many cases.
    pub histories: usize,
    /// The seed.
    pub seed: u64,
    /// Only the case of this number and those whose volunteers are the same, with the faults of all.
    pub only: Option<usize>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// Cases played.
    pub histories: usize,
    /// Entries recorded.
    pub entries: usize,
    /// Rounds.
    pub rounds: usize,
    /// Letters that arrived, each once.
    pub letters: usize,
    /// Further copies of these.
    pub copies: usize,
    /// Lines in them, by rule.
    pub lines: BTreeMap<&'static str, usize>,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, usize>,
    /// What is not as it should be.
    pub differences: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Plays and compares.
///
/// # Panics
/// When the product cannot be run at all.
pub fn run(options: &Options) -> Found {
    let began = Instant::now();
    let numbers = 1..=options.histories;
    let histories: Vec<History> = numbers
        .filter(|number| options.only.is_none_or(|only| is_with(only, *number)))
        .map(|number| History::invent(options.seed, number))
        .collect();
    let mut houses = vec![Vec::new(); HOUSES];
    for history in histories {
        houses[history.number % HOUSES].push(history);
    }
    let mut found = Found { seed: options.seed, ..Found::default() };
    let seed = options.seed;
    thread::scope(|scope| {
        let full = houses.iter().zip(0..).filter(|(histories, _)| !histories.is_empty());
        let playing: Vec<_> = full
            .map(|(histories, number)| scope.spawn(move || play_alone(histories, seed, number)))
            .collect();
        for house in playing {
            match house.join() {
                Ok(of_house) => found.add(of_house),
                Err(panicked) => resume_unwind(panicked),
            }
        }
    });
    found.took = began.elapsed();
    found
}

/// Whether a case is needed to tell what happens in another one.
fn is_with(only: usize, number: usize) -> bool {
    number % HOUSES == only % HOUSES && neighbourhood(number) == neighbourhood(only)
}

fn play_alone(histories: &[History], seed: u64, number: u64) -> Found {
    stay_on_one_processor(number);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(play::play(histories, seed, number))
}

/// A house and its database hand every question and every row to each other: between threads of
/// one processor that costs less than between two. The threads that this one starts stay there too.
fn stay_on_one_processor(number: u64) {
    let Ok(ours) = sched_getaffinity(None) else { return };
    let places: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|place| ours.is_set(*place)).collect();
    let mine = usize::try_from(number).ok().and_then(|number| number.checked_rem(places.len()));
    let Some(mine) = mine else { return };
    let mut only = CpuSet::new();
    only.set(places[mine]);
    // Where that is not allowed it only takes longer.
    let _ = sched_setaffinity(None, &only);
}

impl Found {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.entries += other.entries;
        self.rounds += other.rounds;
        self.letters += other.letters;
        self.copies += other.copies;
        for (sum, more) in [(&mut self.lines, other.lines), (&mut self.faults, other.faults)] {
            for (name, count) in more {
                *sum.entry(name).or_insert(0) += count;
            }
        }
        self.differences.extend(other.differences);
    }

    /// Compares what arrived with what should have.
    fn compare(&mut self, histories: &[History], expected: &Post, arrived: &Post) {
        let people: BTreeSet<_> = expected.keys().chain(arrived.keys()).collect();
        let nothing = BTreeSet::new();
        for key in people {
            let should = expected.get(key).unwrap_or(&nothing);
            let is = arrived.get(key).unwrap_or(&nothing);
            let (day, person) = key;
            for (word, lines) in [("lacks", should - is), ("has too much", is - should)] {
                for (case, rule, level, vacant) in lines {
                    let about = vacant.map(|role| format!(" about {role}")).unwrap_or_default();
                    let history = histories.iter().find(|history| history.number == case);
                    let told = history.map(story).unwrap_or_default();
                    self.differences.push(format!(
                        "{day} {person} {word} {rule} {level}{about} of case {case}: replay with \
                         --seed {} --only {case}\n{told}",
                        self.seed
                    ));
                }
            }
        }
    }
}

fn story(history: &History) -> String {
    let line = |(number, entry): (usize, &history::Entry)| {
        format!("    recorded {}: {}\n", entry.recorded, telling::line(history, number, entry))
    };
    history.entries.iter().enumerate().map(line).collect()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        writeln!(
            f,
            "seed {}: {} histories, {} entries, {} rounds, {} letters and {} copies in {:.1} s",
            self.seed,
            self.histories,
            self.entries,
            self.rounds,
            self.letters,
            self.copies,
            self.took.as_secs_f64()
        )?;
        let list = |of: &BTreeMap<&'static str, usize>| {
            of.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "lines: {}", list(&self.lines))?;
        writeln!(f, "faults: {}", list(&self.faults))?;
        writeln!(f, "{} differences", self.differences.len())?;
        for difference in self.differences.iter().take(SHOWN) {
            writeln!(f, "  {difference}")?;
        }
        Ok(())
    }
}
