//! Invented cases: a whole municipality's journal out of one number, for demonstrations and for
//! measuring.
//!
//! The lines stand in the order in which they were recorded, and the rules accept every one of
//! them. The same plan gives the same bytes, on every machine; nobody in it exists. One day is
//! made at a time, so the journal may be longer than memory.
//!
//! ```
//! use chrono::NaiveDate;
//! use spor_casework::invented::{Plan, journal};
//! let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a valid date");
//! let (from, to) = (day(2025, 1, 2), day(2025, 12, 31));
//! let plan = Plan { seed: 1, cases: 20, events: 1_500, from, to };
//! assert!(journal(&plan).all(|line| spor_domain::door::parse_line(&line).is_ok()));
//! ```

mod course;
mod life;
mod line;
mod page;
mod people;
mod random;
mod words;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::NaiveDate;
use spor_domain::policy::Policy;

use life::{Life, Setting};
use page::Page;
use people::Staff;

/// Entries of a case that do not come with time: opening, grants, goals, the choice of method.
const ENTRIES_PER_CASE: u64 = 7;
/// Entries in a thousand open weeks that are no sessions: follow-ups, reviews, decisions.
const ENTRIES_PER_1000_WEEKS: u64 = 310;
/// A session a month is the least; twenty a week are the most that a case can hold.
const SESSIONS_PER_1000_WEEKS: std::ops::RangeInclusive<u64> = 250..=20_000;

/// What to invent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Another seed gives another journal.
    pub seed: u64,
    /// How many cases open.
    pub cases: u32,
    /// About how many entries there are altogether; what is beyond twenty sessions a week or
    /// below one a month is not reached.
    pub events: u64,
    /// The first day, on which the staff is registered.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// The journal of a plan, line by line, sorted by the day of recording.
pub fn journal(plan: &Plan) -> impl Iterator<Item = String> + use<> {
    Journal::begin(plan)
}

/// A journal being written.
struct Journal {
    seed: u64,
    setting: Setting,
    page: Page,
    openings: Vec<NaiveDate>,
    opened: usize,
    lives: Vec<Option<Box<Life>>>,
    wakes: BinaryHeap<Reverse<(NaiveDate, usize)>>,
}

impl Journal {
    fn begin(plan: &Plan) -> Self {
        let offices = Policy::default().offices;
        let staff = Staff::for_cases(plan.cases);
        let openings = course::opening_days(plan, offices);
        let registrations = staff.lines(plan.seed, plan.from);
        let sessions_per_1000_weeks = session_rate(plan, &openings, registrations.len());
        let mut page = Page::new(plan.from, plan.to, offices);
        page.extend(registrations);
        Self {
            seed: plan.seed,
            setting: Setting { staff, sessions_per_1000_weeks },
            page,
            openings,
            opened: 0,
            lives: Vec::new(),
            wakes: BinaryHeap::new(),
        }
    }

    /// Writes the next day on which anything happens; false when there is none.
    fn write_day(&mut self) -> bool {
        let opening = self.openings.get(self.opened).copied();
        let wake = self.wakes.peek().map(|Reverse((day, _))| *day);
        let days = [opening, wake, self.page.next_late()];
        let Some(day) = days.into_iter().flatten().min() else {
            return false;
        };
        self.page.turn_to(day);
        while let Some(Reverse((due, at))) = self.wakes.peek().copied()
            && due <= day
        {
            self.wakes.pop();
            self.wake(at);
        }
        while self.openings.get(self.opened).is_some_and(|opens| *opens <= day) {
            self.open_next();
        }
        true
    }

    fn wake(&mut self, at: usize) {
        let Some(life) = self.lives[at].as_mut() else {
            return;
        };
        life.live(&self.setting, &mut self.page);
        match life.next_day() {
            Some(next) => self.wakes.push(Reverse((next, at))),
            None => self.lives[at] = None,
        }
    }

    fn open_next(&mut self) {
        self.opened += 1;
        let number = u32::try_from(self.opened).expect("a plan counts its cases in a u32");
        let life = Life::begin(self.seed, number, &self.setting, &mut self.page);
        self.lives.push(Some(Box::new(life)));
        self.wake(self.opened - 1);
    }
}

impl Iterator for Journal {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.page.take() {
                return Some(line);
            }
            if !self.write_day() {
                return None;
            }
        }
    }
}

/// How often sessions must be held for the journal to become as long as planned.
fn session_rate(plan: &Plan, openings: &[NaiveDate], registrations: usize) -> u32 {
    let open_days = |(opened, number): (&NaiveDate, u32)| {
        life::drawn(plan.seed, number, *opened).1.open_days(plan.to)
    };
    let weeks = openings.iter().zip(1..).map(open_days).sum::<u64>() / 7;
    let staff = u64::try_from(registrations).unwrap_or(0);
    let others = staff
        + u64::from(plan.cases) * ENTRIES_PER_CASE
        + weeks.saturating_mul(ENTRIES_PER_1000_WEEKS) / 1_000;
    let sessions = plan.events.saturating_sub(others);
    let rate = sessions.saturating_mul(1_000) / weeks.max(1);
    let (least, most) = SESSIONS_PER_1000_WEEKS.into_inner();
    u32::try_from(rate.clamp(least, most)).expect("the most is a small number")
}
