//! The reminder rules: from a case and a policy to deadlines, their levels and who is told.
//!
//! A deadline holds facts and dates only, so it answers for any day: what is open, at which level,
//! and to whom. The past ones are there too, each with what settled it; the tables of history and
//! the reminders of tomorrow come out of the same function. Dates never move for a weekend.

pub mod adult_support;
pub mod dialogue;
pub mod follow_up;
pub mod handover;
pub mod hours;
pub mod lab_period;
pub mod law_steps;
pub mod limited_support;
pub mod method_choice;
pub mod method_evaluation;
pub mod method_review;
pub mod network_map;
pub mod parent_update;
pub mod supervision;
pub mod transition_meeting;
pub mod volunteer_month;
pub mod waiting;

use std::fmt;

use chrono::NaiveDate;

use crate::calendar;
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Closing, View};

/// One duty of the recommendations or the law, kept by reminding of it.
#[derive(Debug)]
pub struct Rule {
    /// Its number: R01.
    pub id: &'static str,
    /// Its name, which is also the name of its letter's template.
    pub name: &'static str,
    /// The recommendation or the law it keeps.
    pub recommendation: &'static str,
    /// What it is about, in Danish.
    pub da: &'static str,
    /// What it is about, in English.
    pub en: &'static str,
    /// Every deadline of a case, past ones included.
    pub deadlines: fn(&View, &Policy) -> Vec<Deadline>,
    /// On which days other streams may ask for a deadline of this case; none where the entries of
    /// the case alone do, so that its rows can be kept.
    pub watch: Option<Watch>,
    /// The deadline that a fact begins when it meets one of an open case; none where a duty is
    /// asked for once. What looks ahead goes from one to the next with it.
    pub again: Option<Again>,
}

/// From a fact of an open case to the deadline that it begins, if the duty goes on.
pub type Again = fn(&View, &Policy, Mark) -> Option<Deadline>;

/// From a case to the days on which what other streams say of its people counts: their hours with
/// other young people, their supervision.
pub type Watch = fn(&View) -> Option<Span>;

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// Every rule.
pub static ALL: [&Rule; 17] = [
    &follow_up::RULE,
    &dialogue::RULE,
    &transition_meeting::RULE,
    &adult_support::RULE,
    &method_review::RULE,
    &method_choice::RULE,
    &lab_period::RULE,
    &limited_support::RULE,
    &hours::RULE,
    &network_map::RULE,
    &parent_update::RULE,
    &volunteer_month::RULE,
    &handover::RULE,
    &method_evaluation::RULE,
    &supervision::RULE,
    &waiting::RULE,
    &law_steps::RULE,
];

/// Every deadline of a case, rule by rule; none once the person behind it is erased.
pub fn deadlines(view: &View, policy: &Policy) -> impl Iterator<Item = Deadline> {
    let rules = ALL.into_iter().filter(|_| view.erased_on.is_none());
    rules.flat_map(|rule| (rule.deadlines)(view, policy))
}

/// The rules that other streams have a say in, each with the days on which a case may be concerned.
pub fn watched(view: &View) -> impl Iterator<Item = (&'static Rule, Span)> {
    let rules = ALL.into_iter().filter(|_| view.erased_on.is_none());
    rules.filter_map(|rule| Some((rule, rule.watch?(view)?)))
}

/// The rule of a number or a name: `R01` or `follow_up`.
pub fn find(id_or_name: &str) -> Option<&'static Rule> {
    ALL.into_iter().find(|rule| rule.id.eq_ignore_ascii_case(id_or_name) || rule.name == id_or_name)
}

/// How urgent a deadline has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Announced.
    Notice,
    /// Past its day.
    Overdue,
    /// Taken one step up the line.
    Escalated,
    /// Management is told.
    Critical,
}

impl Level {
    /// Every level, the mildest first.
    pub const ALL: [Self; 4] = [Self::Notice, Self::Overdue, Self::Escalated, Self::Critical];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Overdue => "overdue",
            Self::Escalated => "escalated",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a deadline came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// What it asks for was done.
    Met,
    /// The case ended first.
    Ended,
}

/// What ended a deadline. From that day on nobody is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// How.
    pub how: How,
}

/// Days from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day, when one is set.
    pub until: Option<NaiveDate>,
}

/// Something that has to be done by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The rule that asks for it.
    pub rule: &'static Rule,
    /// The event it is reckoned from. Unlike the due date it says nothing about a birth date, and
    /// it stays when a date is corrected.
    pub cycle: EventId,
    /// The first day on which it can be open; no level is earlier.
    pub opens_on: NaiveDate,
    /// The last day in time.
    pub due: NaiveDate,
    /// First day announced.
    pub notice_from: NaiveDate,
    /// First day too late; a statement about a week or a month is never late.
    pub overdue_from: Option<NaiveDate>,
    /// First day one step up the line.
    pub escalated_from: Option<NaiveDate>,
    /// First day with management. May come before the due date.
    pub critical_from: Option<NaiveDate>,
    /// What ended it.
    pub settled: Option<Settled>,
    /// Who is told, each from the day of a level on.
    pub roles: &'static [(Level, Role)],
    /// When a volunteer is active, who then is told as well.
    pub volunteer_during: Vec<Span>,
}

impl Deadline {
    /// The level on a day; `None` before the first one and once it is settled.
    pub fn level_on(&self, day: NaiveDate) -> Option<Level> {
        if self.settled.is_some_and(|settled| settled.on <= day) {
            return None;
        }
        Level::ALL.into_iter().rfind(|level| self.has_come(*level, day))
    }

    /// Who is told on a day, by name of the role: a level adds its roles when its own day has come.
    pub fn roles_on(&self, day: NaiveDate) -> Vec<Role> {
        if self.level_on(day).is_none() {
            return Vec::new();
        }
        let joined = self.roles.iter().filter(|(level, _)| self.has_come(*level, day));
        let mut roles: Vec<Role> = joined.map(|(_, role)| *role).collect();
        roles.extend(self.volunteer_on(day));
        roles.sort_unstable();
        roles
    }

    /// The volunteer's role, on a day when one takes part.
    pub fn volunteer_on(&self, day: NaiveDate) -> Option<Role> {
        self.volunteer_during.iter().any(|span| span.contains(day)).then_some(Role::Volunteer)
    }

    /// The first day of a level, when the rule has that level.
    pub fn since(&self, level: Level) -> Option<NaiveDate> {
        match level {
            Level::Notice => Some(self.notice_from),
            Level::Overdue => self.overdue_from,
            Level::Escalated => self.escalated_from,
            Level::Critical => self.critical_from,
        }
    }

    /// The rule's levels with their first days, the mildest first.
    pub fn level_days(&self) -> Vec<(Level, NaiveDate)> {
        Level::ALL.into_iter().filter_map(|level| Some((level, self.since(level)?))).collect()
    }

    /// The last day in time, for the rules that have one.
    pub fn dated(&self) -> Option<NaiveDate> {
        self.overdue_from.map(|_| self.due)
    }

    fn has_come(&self, level: Level, day: NaiveDate) -> bool {
        self.since(level).is_some_and(|since| since <= day)
    }

    /// A deadline without any other level than too late.
    fn new(rule: &'static Rule, roles: &'static [(Level, Role)], anchor: Anchor) -> Self {
        let Anchor { cycle, opens_on, due } = anchor;
        Self {
            rule,
            cycle,
            opens_on,
            due,
            notice_from: due.max(opens_on),
            overdue_from: Some(calendar::days_after(due, 1).max(opens_on)),
            escalated_from: None,
            critical_from: None,
            settled: None,
            roles,
            volunteer_during: Vec::new(),
        }
    }

    /// A statement: it has no day in time, so it is told at once and is never late.
    fn without_due(mut self) -> Self {
        self.overdue_from = None;
        self.notice_from = self.opens_on;
        self
    }

    /// Nobody is told before it is too late.
    fn unannounced(mut self) -> Self {
        self.notice_from = self.overdue_from.unwrap_or(self.notice_from);
        self
    }

    fn noticed_days_before(mut self, days: u32) -> Self {
        self.notice_from = calendar::days_before(self.due, days).max(self.opens_on);
        self
    }

    fn escalated_days_after(mut self, days: u32) -> Self {
        self.escalated_from = Some(calendar::days_after(self.due, days).max(self.opens_on));
        self
    }

    fn critical_from(mut self, day: NaiveDate) -> Self {
        self.critical_from = Some(day.max(self.opens_on));
        self
    }

    /// Settled by whichever came first; on the same day what was done outranks the closing.
    fn settled_by_first(mut self, settlements: impl IntoIterator<Item = Option<Settled>>) -> Self {
        let settlements = settlements.into_iter().flatten();
        self.settled = settlements.min_by_key(|settled| (settled.on, settled.how));
        self
    }
}

impl Settled {
    fn met(on: NaiveDate, by: EventId) -> Self {
        Self { on, by, how: How::Met }
    }

    fn closed(closing: &Closing) -> Self {
        Self { on: closing.on, by: closing.by, how: How::Ended }
    }
}

impl Span {
    fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// What a deadline is reckoned from.
#[derive(Clone, Copy)]
struct Anchor {
    cycle: EventId,
    opens_on: NaiveDate,
    due: NaiveDate,
}

/// A fact that meets one interval of a recurring duty and begins the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// From one mark to the next one, or to no end yet.
#[derive(Clone, Copy)]
struct Interval {
    from: Mark,
    met: Option<Settled>,
}

/// The intervals of a recurring duty. A second fact on the same day adds nothing: it would only
/// give the same deadline another name.
fn intervals(first: Mark, later: impl Iterator<Item = Mark>) -> Vec<Interval> {
    let mut intervals = vec![Interval { from: first, met: None }];
    for mark in later {
        let repeats = intervals.len() > 1;
        match intervals.last_mut() {
            Some(last) if repeats && last.from.on == mark.on => {}
            Some(last) => {
                last.met = Some(Settled::met(mark.on, mark.by));
                intervals.push(Interval { from: mark, met: None });
            }
            None => {}
        }
    }
    intervals
}

#[cfg(test)]
mod tests;
