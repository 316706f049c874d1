//! Reminders: processes send letters day after day and die over it, at random moments and at named
//! points; then it is counted who was told, how often, and of what.

mod desk;
mod judge;
mod office;
mod town;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::{Builder, Runtime};

use super::deaths::{self, Death};
use super::dice::Dice;
use super::load::{Alarm, lock};
use super::stage::On;
use desk::{Desk, Waiting};
use judge::Verdict;
use office::Office;
use town::{DAY, Town, day, morning, text_of};

/// How often it is looked whether the clock may move on.
const LOOK: Duration = Duration::from_millis(20);
/// A day that takes so long will never end.
const LONGEST_DAY: Duration = Duration::from_secs(900);
/// One of so many kills is followed by a process that is frozen and wakes up.
const FREEZE_ONE_IN: u64 = 10;
/// Of so many processes one lives, whoever still has to die.
const LIVES_ONE_IN: u64 = 4;
/// The first guess of how long a round takes.
const FIRST_GUESS: Duration = Duration::from_millis(300);
/// The first guess of how often a round writes.
const FIRST_WRITES: u64 = 60;
/// The points that have a name.
pub const NAMED: [Death; 4] =
    [Death::BeforeCommit, Death::AfterMark, Death::AfterRelay, Death::AfterSettle];

/// What a campaign of letters is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub on: On,
    /// How many processes die.
    pub kills: u64,
    /// The seed.
    pub seed: u64,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Deaths, escapes, refusals.
    pub all: deaths::Figures,
    /// Processes that were stopped for longer than their lease and went on.
    pub frozen: u64,
    /// Those of them past whom the others got to their rounds.
    pub overslept: u64,
}

/// What it found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What happened.
    pub figures: Figures,
    /// Working days that went by.
    pub days: u64,
    /// What the count has shown.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// How a process shall end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Live,
    Death(Death),
    Freeze,
}

/// What everybody who sends letters shares.
struct Post<'a> {
    town: &'a Town,
    desk: Desk,
    runtime: &'a Runtime,
    clock: Mutex<DateTime<Utc>>,
    day: AtomicU64,
    rounds: AtomicU64,
    /// Rounds that were begun and finished on this day.
    of_day: AtomicU64,
    waiting: Mutex<Vec<Death>>,
    freezes: Mutex<u64>,
    frozen: Mutex<()>,
    figures: Mutex<Figures>,
    usual: Mutex<Duration>,
    writes: Mutex<u64>,
    /// Whether a relay has kept an answer for itself.
    has_swallowed: AtomicBool,
    is_over: AtomicBool,
    kills: u64,
}

/// Runs the campaign.
///
/// # Panics
/// When a reminder is lost, doubled or not explained.
pub fn run(options: &Options) -> Found {
    let begun = Instant::now();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let town = Town::new(options.on);
    let post = Post::new(&town, &runtime, options);
    town.take_in(0);
    let names: &[&'static str] = match options.on {
        On::Sqlite => &["o1", "o2"],
        On::Postgres => &["o1", "o2", "o3"],
    };
    let offices: Vec<_> = names.iter().map(|name| Office::of_trouble(&post, name)).collect();
    thread::scope(|scope| {
        for (office, nth) in offices.iter().zip(1..) {
            let post = &post;
            scope.spawn(move || {
                let _alarm = Alarm(&post.is_over);
                office.work(&mut Dice::new(options.seed, nth));
            });
        }
        let _alarm = Alarm(&post.is_over);
        post.move_clock();
    });
    let last = Office::open(&post, "last", Duration::ZERO);
    post.come_to_rest(&last);
    let taken = offices.iter().chain([&last]).flat_map(|office| office.relay.letters()).collect();
    let days = post.day() + 1;
    let verdict = judge::judge(&town, &post, taken, days);
    let figures = lock(&post.figures).clone();
    let second = verdict.second_copies;
    let most = figures.all.kills() + verdict.swallowed;
    assert!(second <= most, "{second} second copies, {most} would be explained");
    Found { figures, days, verdict, took: begun.elapsed() }
}

impl<'a> Post<'a> {
    fn new(town: &'a Town, runtime: &'a Runtime, options: &Options) -> Self {
        let named = usize::try_from(options.kills / 2).unwrap_or(0);
        let at_random = usize::try_from(options.kills).unwrap_or(0) - named;
        let named = NAMED.into_iter().cycle().take(named);
        let mut waiting: Vec<_> = named.chain([Death::Moment].repeat(at_random)).collect();
        Dice::new(options.seed, 0).shuffle(&mut waiting);
        Self {
            town,
            desk: Desk::new(town, runtime.handle()),
            runtime,
            clock: Mutex::new(morning(0)),
            day: AtomicU64::new(0),
            rounds: AtomicU64::new(0),
            of_day: AtomicU64::new(0),
            waiting: Mutex::new(waiting),
            freezes: Mutex::new(options.kills / FREEZE_ONE_IN),
            frozen: Mutex::default(),
            figures: Mutex::default(),
            usual: Mutex::new(FIRST_GUESS),
            writes: Mutex::new(FIRST_WRITES),
            has_swallowed: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            kills: options.kills,
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn now(&self) -> DateTime<Utc> {
        *lock(&self.clock)
    }

    fn day(&self) -> u64 {
        self.day.load(Ordering::SeqCst)
    }

    fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::SeqCst)
    }

    fn usual(&self) -> Duration {
        *lock(&self.usual)
    }

    /// Among how many writes the place of a death is drawn.
    fn writes(&self) -> u64 {
        *lock(&self.writes)
    }

    /// Moves the clock on whenever nothing more can go out, until all have died who should.
    fn move_clock(&self) {
        let mut begun = Instant::now();
        while !self.is_over() {
            thread::sleep(LOOK);
            assert!(begun.elapsed() < LONGEST_DAY, "{}: {:?}", self.now(), self.waits());
            if self.of_day.load(Ordering::SeqCst) == 0 || self.waits().now > 0 {
                continue;
            }
            if self.have_all_died() {
                self.is_over.store(true, Ordering::SeqCst);
            } else if self.move_on() {
                begun = Instant::now();
            }
        }
    }

    /// Whether each trouble has come up: who should die is dead, who should sleep has slept, the
    /// others once got past somebody, and once an answer was swallowed.
    fn have_all_died(&self) -> bool {
        let figures = lock(&self.figures);
        let have_slept = figures.frozen >= self.kills / FREEZE_ONE_IN && figures.overslept > 0;
        let has_swallowed = self.has_swallowed.load(Ordering::SeqCst);
        figures.all.kills() >= self.kills && have_slept && has_swallowed
    }

    /// Whether this is what is left to come up by itself.
    fn lacks_a_swallowed_answer(&self) -> bool {
        lock(&self.waiting).is_empty() && !self.has_swallowed.load(Ordering::SeqCst)
    }

    fn waits(&self) -> Waiting {
        self.desk.waiting(self.now())
    }

    /// Moves the clock to the next letter of the day, or to the next day; says whether it is one.
    fn move_on(&self) -> bool {
        let next = self.waits().next.and_then(|at| at.checked_add_signed(TimeDelta::seconds(1)));
        let today = self.day();
        if let Some(next) = next.filter(|next| *next - morning(today) < DAY) {
            *lock(&self.clock) = next;
            return false;
        }
        self.town.take_in(today + 1);
        *lock(&self.clock) = morning(today + 1);
        self.day.store(today + 1, Ordering::SeqCst);
        self.of_day.store(0, Ordering::SeqCst);
        let left = lock(&self.waiting).len();
        eprintln!("{}: {left} have still to die", day(today));
        true
    }

    /// Lets everything run until nothing waits any more.
    fn come_to_rest(&self, office: &Office<'_>) {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < LONGEST_DAY, "no rest at {}", text_of(self.now()));
            office.round();
            let Waiting { now, next } = self.waits();
            if now > 0 {
                continue;
            }
            if next.is_none() && judge::planned(&self.desk) == 0 {
                return;
            }
            self.move_on();
        }
    }

    fn next_ending(&self, dice: &mut Dice) -> Ending {
        if dice.below(LIVES_ONE_IN) == 0 {
            return Ending::Live;
        }
        // What is planned and written is so at the beginning of a day.
        let is_written = self.of_day.load(Ordering::SeqCst) > 0;
        let mut waiting = lock(&self.waiting);
        let mut freezes = lock(&self.freezes);
        if *freezes > 0 && (waiting.is_empty() || dice.below(FREEZE_ONE_IN) == 0) {
            *freezes -= 1;
            return Ending::Freeze;
        }
        let is_wanted = !is_written && dice.below(2) == 0;
        let fits = |death: &Death| (*death == Death::BeforeCommit) == is_wanted;
        let found = waiting.iter().rposition(fits);
        found.map_or(Ending::Live, |at| Ending::Death(waiting.swap_remove(at)))
    }

    /// Counts an end; who escaped it leaves it to somebody else.
    fn count(&self, ending: &Ending, is_killed: bool, has_struck: bool) {
        let mut figures = lock(&self.figures);
        figures.all.processes += 1;
        match *ending {
            Ending::Live => {}
            Ending::Freeze if has_struck => {}
            Ending::Freeze => *lock(&self.freezes) += 1,
            Ending::Death(death) => {
                if death == Death::BeforeCommit {
                    let mut writes = lock(&self.writes);
                    *writes = if is_killed { *writes + *writes / 8 } else { 1 + *writes / 2 };
                }
                if is_killed {
                    *figures.all.deaths.entry(death).or_default() += 1;
                } else {
                    figures.all.escaped += 1;
                    lock(&self.waiting).push(death);
                }
            }
        }
    }

    fn note_round(&self, day: u64, ran: Duration) {
        self.rounds.fetch_add(1, Ordering::SeqCst);
        if day == self.day() {
            self.of_day.fetch_add(1, Ordering::SeqCst);
        }
        let mut usual = lock(&self.usual);
        *usual = (*usual * 7 + ran) / 8;
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figures, days, verdict, took } = self;
        let all = &figures.all;
        writeln!(
            f,
            "{} kills in {:.0} s, over {days} working days",
            all.kills(),
            took.as_secs_f64()
        )?;
        for (death, times) in &all.deaths {
            writeln!(f, "  {death:?}: {times}")?;
        }
        let (frozen, overslept) = (figures.frozen, figures.overslept);
        writeln!(f, "{frozen} frozen past their lease, {overslept} of them while others went on")?;
        writeln!(f, "{} processes, {} escaped", all.processes, all.escaped)?;
        write!(f, "{verdict}")?;
        for (error, times) in &all.refused {
            writeln!(f, "refused {times} times: {error}")?;
        }
        Ok(())
    }
}
