//! What is to come: the letters of the next months, reckoned with the rules, the calendar and the
//! recipients that the letters themselves come from. Pure, but for the reading of the cases.
//!
//! Each duty is looked at by itself, under one of two assumptions: it is met on its due date, so
//! that it recurs from there, or nothing is met any more and the levels rise. People are those of
//! the first day; who is away or has left by the day of a letter is heeded.

pub mod cases;
pub mod draft;
pub mod forecast;
pub mod preview;
pub mod tally;
mod walk;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_domain::policy::{Policies, Policy};
use spor_domain::rules::{self, Deadline, Level, Rule};
use spor_domain::sealed::Sealed;
use spor_domain::staff::Directory;
use spor_domain::view::View;
use spor_store::StoreId;
use uuid::Uuid;

use crate::due::People;

/// The days that are looked at, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl Span {
    /// So many months from a day on.
    pub fn months(from: NaiveDate, months: u32) -> Self {
        let until = calendar::days_before(calendar::months_after(from, months), 1).max(from);
        Self { from, until }
    }

    /// How many days.
    pub fn days(self) -> usize {
        let days = self.until.signed_duration_since(self.from).num_days();
        usize::try_from(days).unwrap_or(0) + 1
    }
}

/// What people are assumed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumed {
    /// Every duty is met on its due date, one that is late already on the first day.
    Met,
    /// Nothing is met any more.
    Unmet,
}

impl Assumed {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met_on_due_date",
            Self::Unmet => "unmet",
        }
    }
}

/// One reminder to come: a line in somebody's letter of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foretold {
    /// The working day of the letter.
    pub day: NaiveDate,
    /// The rule.
    pub rule: &'static Rule,
    /// The level.
    pub level: Level,
    /// The last day in time.
    pub due: Option<NaiveDate>,
    /// The person; nobody where a role is vacant.
    pub person: Option<String>,
    /// Why nobody can be told of it.
    pub unreached: Option<&'static str>,
}

/// A case as somebody looks at it who looks ahead.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As of the first day.
    view: View,
    /// As of the day of the last letters before, when anything was entered since.
    before: Option<View>,
}

/// Who may be told, under which policies, over which days.
#[derive(Debug)]
pub struct Outlook {
    /// The policies that govern the days of the span.
    policies: Policies,
    /// Those that governed until the day before.
    before: Policies,
    people: People,
    span: Span,
    assumed: Assumed,
}

/// Days on which one policy holds; the end is not included.
struct Stretch<'a> {
    from: NaiveDate,
    until: NaiveDate,
    policy: &'a Policy,
}

impl Outlook {
    /// An outlook under the policies as they are published.
    pub fn new(
        policies: Policies,
        directory: Directory,
        refused: BTreeSet<String>,
        (span, assumed): (Span, Assumed),
    ) -> Self {
        let people = People { directory, refused };
        Self { before: policies.clone(), policies, people, span, assumed }
    }

    /// The same outlook under other policies from its first day on.
    #[must_use]
    pub fn under(&self, policies: Policies) -> Self {
        let people = People {
            directory: self.people.directory.clone(),
            refused: self.people.refused.clone(),
        };
        let (before, span, assumed) = (self.before.clone(), self.span, self.assumed);
        Self { policies, before, people, span, assumed }
    }

    /// The days that are looked at.
    pub fn span(&self) -> Span {
        self.span
    }

    /// A case as the outlook needs it: what happened since the last letters was told to nobody yet.
    pub fn seen(&self, folded: &Case) -> Seen {
        let last_letters = self.last_letters();
        let is_fresh = folded.last_day().is_some_and(|last| last > last_letters);
        let before = is_fresh.then(|| folded.as_of(last_letters));
        Seen { view: folded.as_of(self.span.from), before }
    }

    /// Every reminder of a case in the span, in the order in which its duties come; none can be told
    /// of a case whose birth date cannot be read.
    pub fn of(&self, case: &CaseRef, seen: Seen) -> Option<Vec<Foretold>> {
        if seen.view.birth_date == Some(Sealed::KeyMissing) {
            return None;
        }
        let before = seen.before.map(|before| self.learned(before));
        let mut walk = walk::Walk::new(self, case, self.learned(seen.view), before);
        for stretch in self.stretches() {
            walk.through(&stretch);
        }
        Some(walk.found)
    }

    /// The last day before the span on which letters went out.
    fn last_letters(&self) -> NaiveDate {
        let yesterday = calendar::days_before(self.span.from, 1);
        calendar::working_day_on_or_before(yesterday, self.before.on(yesterday).offices)
    }

    /// The view with what other streams tell of its people.
    fn learned(&self, mut view: View) -> View {
        view.learn_supervision(&self.people.directory);
        view
    }

    fn stretches(&self) -> Vec<Stretch<'_>> {
        let end = calendar::days_after(self.span.until, 1);
        let mut stretches = Vec::new();
        let mut from = self.span.from;
        while from < end {
            let change = self.policies.next_change_after(from).filter(|change| *change < end);
            let until = change.unwrap_or(end);
            stretches.push(Stretch { from, until, policy: self.policies.on(from) });
            from = until;
        }
        stretches
    }
}

/// The deadlines that can be foretold: not what a volunteer will have done elsewhere by a month's
/// end, which only the present month tells.
fn told_of(view: &View, policy: &Policy) -> Vec<Deadline> {
    let told = |deadline: &Deadline| deadline.rule.watch.is_none() || deadline.dated().is_some();
    rules::deadlines(view, policy).filter(told).collect()
}

/// Reminders that are only reckoned need no store; their ids are told apart all the same.
fn no_store() -> StoreId {
    StoreId::new(Uuid::nil())
}
