//! The invented staff: mentors, caseworkers, one lead an administration, a coordinator, volunteers.

use std::fmt;

use chrono::NaiveDate;

use super::line::Line;
use super::random::Random;
use super::words::{FIRST_NAMES, LAST_NAMES};

/// Cases that one mentor carries, about.
const CASES_PER_MENTOR: u32 = 9;
/// Cases that one caseworker carries, about.
const CASES_PER_CASEWORKER: u32 = 35;
/// Cases that have one volunteer between them.
const CASES_PER_VOLUNTEER: u32 = 25;
/// The stream of chance that names people; cases count from 1.
const NAMING: u64 = 0;

/// The administrations with cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Children,
    Employment,
    Disability,
    Social,
}

impl Unit {
    const ALL: [Self; 4] = [Self::Children, Self::Employment, Self::Disability, Self::Social];

    /// The stored word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Children => "children_family",
            Self::Employment => "employment",
            Self::Disability => "adult_disability",
            Self::Social => "social",
        }
    }

    /// Its professional lead.
    pub(super) fn lead(self) -> Person {
        let number = match self {
            Self::Children => 1,
            Self::Employment => 2,
            Self::Disability => 3,
            Self::Social => 4,
        };
        Person { letters: "FL", number }
    }
}

/// Somebody of the staff: `M-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    letters: &'static str,
    number: u32,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.letters, self.number)
    }
}

/// How many there are of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staff {
    mentors: u32,
    caseworkers: u32,
    volunteers: u32,
}

impl Staff {
    /// Enough people for so many cases.
    pub(super) fn for_cases(cases: u32) -> Self {
        let share = |per: u32, least: u32| cases.div_ceil(per).max(least);
        Self {
            mentors: share(CASES_PER_MENTOR, 4),
            caseworkers: share(CASES_PER_CASEWORKER, 4),
            volunteers: share(CASES_PER_VOLUNTEER, 2),
        }
    }

    /// A mentor other than this one.
    pub(super) fn mentor(self, random: &mut Random, other_than: Option<Person>) -> Person {
        let number = random.between(1..=self.mentors);
        let drawn = Person { letters: "M", number };
        match other_than {
            Some(other) if other == drawn => Person { number: number % self.mentors + 1, ..drawn },
            Some(_) | None => drawn,
        }
    }

    /// A caseworker of an administration.
    pub(super) fn caseworker(self, random: &mut Random, unit: Unit) -> Person {
        let drawn = random.below(self.caseworkers.div_ceil(4));
        let number = (drawn * 4 + unit.lead().number).min(self.caseworkers);
        Person { letters: "SB", number }
    }

    /// A volunteer, who has signed the pledge.
    pub(super) fn volunteer(self, random: &mut Random) -> Person {
        Person { letters: "V", number: random.between(1..=self.volunteers) }
    }

    /// The lines that enter everybody in the directory, the first thing of all.
    pub(super) fn lines(self, seed: u64, on: NaiveDate) -> Vec<String> {
        let mut desk = Desk { on, random: Random::of(seed, NAMING), named: 0, lines: Vec::new() };
        desk.register(Person { letters: "L", number: 1 }, &["management"], "other", "permanent");
        for unit in Unit::ALL {
            desk.register(unit.lead(), &["professional_lead"], unit.as_str(), "permanent");
        }
        let coordinator = Person { letters: "FK", number: 1 };
        desk.register(coordinator, &["volunteer_coordinator"], "social", "permanent");
        for (number, unit) in (1..=self.caseworkers).zip(Unit::ALL.into_iter().cycle()) {
            let caseworker = Person { letters: "SB", number };
            desk.register(caseworker, &["caseworker"], unit.as_str(), "permanent");
        }
        for (number, unit) in (1..=self.mentors).zip(Unit::ALL.into_iter().cycle()) {
            let roles: &[&str] =
                if number % 3 == 0 { &["mentor", "support_contact"] } else { &["mentor"] };
            let employment = ["permanent", "permanent", "hourly", "external"];
            let employment = desk.random.pick(&employment);
            desk.register(Person { letters: "M", number }, roles, unit.as_str(), employment);
        }
        for number in 1..=self.volunteers {
            let volunteer = Person { letters: "V", number };
            desk.register(volunteer, &["volunteer"], "social", "volunteer");
            desk.pledge(volunteer);
        }
        desk.lines
    }
}

/// Where people are entered in the directory.
struct Desk {
    on: NaiveDate,
    random: Random,
    named: usize,
    lines: Vec<String>,
}

impl Desk {
    fn register(&mut self, person: Person, roles: &[&str], unit: &str, employment: &str) {
        let (first, first_address) = FIRST_NAMES[self.named % FIRST_NAMES.len()];
        let (last, last_address) = LAST_NAMES[self.named % LAST_NAMES.len()];
        let repeat = self.named / (FIRST_NAMES.len() * LAST_NAMES.len());
        let repeat = if repeat == 0 { String::new() } else { (repeat + 1).to_string() };
        self.named += 1;
        let address = format!("{first_address}.{last_address}{repeat}@kommune.example");
        let line = Line::new(self.on, "StaffRegistered", "person", &person.to_string())
            .word("name", format_args!("{first} {last}"))
            .word("email", address)
            .words("roles", roles)
            .word("administration", unit)
            .word("employment", employment);
        let line = match person.letters {
            "M" => line.plain("capacity_hours", self.random.between(4..=7) * 5),
            _ => line,
        };
        self.lines.push(line.finish(None));
    }

    fn pledge(&mut self, person: Person) {
        let reference = person.to_string();
        let line = Line::new(self.on, "ConfidentialityPledgeSigned", "person", &reference);
        self.lines.push(line.finish(None));
    }
}
