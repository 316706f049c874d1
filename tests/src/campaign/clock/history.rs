//! Random histories of cases over two years: plausible, sometimes late, sometimes taken back.

use std::ops::Range;

use super::calendar::Day;
use super::inventing::{Inventor, in_days};
use crate::campaign::dice::Dice;

/// The first day on which a case may begin, and the last day that is played.
pub fn stage() -> (Day, Day) {
    (Day::of(2025, 1, 6), Day::of(2027, 1, 4))
}

/// An administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// The child and family section.
    ChildrenFamily,
    /// The employment administration.
    Employment,
    /// The adult disability administration.
    AdultDisability,
}

/// What a track of support rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// LAB § 167: mentor support, until a day.
    Lab,
    /// SEL § 85.
    Social,
    /// Barnets Lov § 32.
    Child,
    /// Nobody granted it.
    Voluntary,
}

/// A step that the law asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    FirstFollowUp,
    Preparation,
    YouthPlan,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Referred { office: Office },
    Waits,
    Opened { office: Office, mentor: u64, caseworker: u64, born: Day },
    Reopened { mentor: u64, caseworker: u64 },
    Closed,
    MentorChanged { mentor: u64 },
    Granted { track: u64, basis: Basis, hours: i32, until: Option<Day>, person: Option<u64> },
    Extended { track: u64, until: Day },
    Ended { track: u64 },
    LimitedStarted { track: u64, until: Day },
    LimitedEnded { track: u64 },
    FollowUp { who: Present },
    Review { counts: bool },
    Meeting { counts: bool },
    MethodChosen,
    Evaluated,
    Mapped,
    Paused { until: Option<Day> },
    Resumed,
    Talked,
    Session { track: u64, minutes: i32 },
    VolunteerCame { volunteer: u64 },
    VolunteerLeft { volunteer: u64 },
    Helped { volunteer: u64, minutes: i32 },
    Stepped { step: Step },
    HandoverStarted { to: Office, caseworker: u64, effective: Day },
    HandoverAnswered { accepted: bool },
    Agreed { every: i32 },
    Consented { until: Option<Day> },
    Withdrawn,
    Updated,
    Retracted { entry: usize },
}

/// Who was at a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// Caseworker, mentor, young person.
    Three,
    /// Those, and the volunteer.
    AndVolunteer,
    /// Caseworker and mentor; the young person declined.
    Declined,
    /// Caseworker and young person.
    NoMentor,
    /// Caseworker and mentor; the young person stayed away.
    NoYouth,
}

/// An entry of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub on: Day,
    /// When it was recorded.
    pub recorded: Day,
    /// What.
    pub fact: Fact,
}

/// A case.
#[derive(Debug, Clone)]
pub struct History {
    /// Its number, from 1.
    pub number: usize,
    /// Its entries in the order in which they are recorded.
    pub entries: Vec<Entry>,
}

/// How many mentors and caseworkers there are.
pub const MENTORS: u64 = 4;
pub const CASEWORKERS: u64 = 2;
/// Cases of one neighbourhood, whose volunteers help in no other.
const NEIGHBOURS: usize = 50;
/// Volunteers of a neighbourhood.
const VOLUNTEERS: u64 = 2;

/// The neighbourhood of the case of a number.
pub fn neighbourhood(number: usize) -> usize {
    number / NEIGHBOURS
}

/// The volunteers of the neighbourhood of a case.
pub fn volunteers(number: usize) -> Range<u64> {
    let first = VOLUNTEERS * neighbourhood(number) as u64;
    first..first + VOLUNTEERS
}

/// A mentor had supervision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supervision {
    /// Who.
    pub mentor: u64,
    /// When.
    pub on: Day,
    /// When it was recorded.
    pub recorded: Day,
}

impl Supervision {
    /// All there is over the two years, in the order in which it is recorded: some have it in time,
    /// some do not, and some is recorded late.
    pub fn invent(seed: u64) -> Vec<Self> {
        let (first, last) = stage();
        let mut all = Vec::new();
        for mentor in 0..MENTORS {
            let mut dice = Dice::new(seed, u64::MAX / 2 + mentor);
            let mut on = first.plus(in_days(&mut dice, 80));
            while on < last {
                let late = if dice.below(5) == 0 { 1 + in_days(&mut dice, 30) } else { 0 };
                all.push(Self { mentor, on, recorded: on.plus(late) });
                on = on.plus(20 + in_days(&mut dice, 100));
            }
        }
        all.sort_by_key(|supervision| (supervision.recorded, supervision.mentor));
        all
    }
}

impl History {
    /// The reference of the case.
    pub fn case(&self) -> String {
        format!("SPOR-2025-{:04}", self.number)
    }

    /// Invents the case of a number.
    pub fn invent(seed: u64, number: usize) -> Self {
        let dice = Dice::new(seed, number as u64);
        let mut inventor = Inventor::new(dice, volunteers(number));
        inventor.life();
        let mut entries = inventor.entries;
        let is_opening = |entry: &Entry| matches!(entry.fact, Fact::Opened { .. });
        let opening = entries.iter().position(is_opening).expect("every case is opened");
        let mut least = entries[0].on;
        for (place, entry) in entries.iter_mut().enumerate() {
            entry.recorded = entry.recorded.max(least).max(entry.on);
            // Each step up to the opening is recorded in its turn, and the rest after it.
            if place <= opening {
                least = entry.recorded;
            }
        }
        entries[opening + 1..].sort_by_key(|entry| (entry.recorded, entry.on));
        let mut history = Self { number, entries };
        history.take_something_back(&mut inventor.dice);
        history
    }

    /// Sometimes an entry was of another case, and is retracted days later.
    fn take_something_back(&mut self, dice: &mut Dice) {
        let may_go = |entry: &Entry| {
            matches!(entry.fact, Fact::FollowUp { .. } | Fact::Review { .. } | Fact::Mapped)
        };
        let has_helped = |entry: &Entry| matches!(entry.fact, Fact::Helped { .. });
        let found = self.entries.iter().position(may_go).filter(|_| dice.below(5) == 0);
        let helped = self.entries.iter().rposition(has_helped).filter(|_| dice.below(3) == 0);
        if let Some(entry) = helped.or(found) {
            let on = self.entries[entry].recorded.plus(1 + in_days(dice, 60));
            let fact = Fact::Retracted { entry };
            let place = self.entries.partition_point(|entry| entry.recorded <= on);
            self.entries.insert(place, Entry { on, recorded: on, fact });
        }
    }
}
