//! One case's way through the days to come: duty by duty, from one deadline to the next.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::ids::{CaseRef, EventId};
use spor_domain::policy::Policy;
use spor_domain::rules::{Deadline, Mark};
use spor_domain::view::View;
use spor_projections::tables::deadlines::letter_day;
use spor_store::ReminderId;
use uuid::Uuid;

use super::{Assumed, Foretold, Outlook, Stretch, no_store, told_of};
use crate::due::{Question, level_of, slot_on, unreachable};

/// More deadlines of one duty than fit into the longest outlook, a new one every day.
const MOST_DEADLINES: usize = 4_000;

pub(super) struct Walk<'a> {
    outlook: &'a Outlook,
    case: &'a CaseRef,
    view: View,
    /// The deadlines of this view under a policy, where they are known already.
    known: Option<(&'a Policy, Vec<Deadline>)>,
    chains: Vec<Chain>,
    pub(super) found: Vec<Foretold>,
}

/// One duty, from a deadline that is known to those that follow.
struct Chain {
    rule: &'static str,
    cycle: EventId,
    place: Place,
    /// What has been told of the present deadline; nothing is told twice.
    told: BTreeSet<ReminderId>,
}

#[derive(Clone, Copy)]
enum Place {
    /// At the deadline that the case tells of.
    Known,
    /// At the one that a fact begins, which is assumed.
    After(Mark),
    Over,
}

impl<'a> Walk<'a> {
    /// From the first day on; `before` is the day of the last letters, where that is another view.
    pub(super) fn new(
        outlook: &'a Outlook,
        case: &'a CaseRef,
        view: View,
        before: Option<View>,
    ) -> Self {
        let (chains, found) = (Vec::new(), Vec::new());
        let mut walk = Self { outlook, case, view, known: None, chains, found };
        let first = before.map(|before| std::mem::replace(&mut walk.view, before));
        let remembered = walk.remember();
        match first {
            Some(first) => walk.view = first,
            None => walk.known = Some(remembered),
        }
        walk
    }

    /// What was told before the first day, by the policy of the last letters; gives the deadlines
    /// under it.
    fn remember(&mut self) -> (&'a Policy, Vec<Deadline>) {
        let outlook = self.outlook;
        let last_letters = outlook.last_letters();
        let policy = outlook.before.on(last_letters);
        let deadlines = told_of(&self.view, policy);
        for deadline in &deadlines {
            if deadline.settled.is_some_and(|settled| settled.on <= outlook.span.from) {
                continue;
            }
            self.view.day = last_letters;
            let rows = self.question(deadline, policy).rows();
            let told = rows.into_iter().map(|row| row.id).collect();
            let (rule, cycle) = (deadline.rule.id, deadline.cycle);
            self.chains.push(Chain { rule, cycle, place: Place::Known, told });
        }
        (policy, deadlines)
    }

    pub(super) fn through(&mut self, stretch: &Stretch<'_>) {
        // What is known is what the first day knows.
        self.view.day = self.outlook.span.from;
        let known = self.known.take().filter(|(policy, _)| *policy == stretch.policy);
        let deadlines =
            known.map_or_else(|| told_of(&self.view, stretch.policy), |(_, deadlines)| deadlines);
        for deadline in deadlines {
            if deadline.settled.is_some_and(|settled| settled.on <= self.outlook.span.from) {
                continue;
            }
            let at = self.chain_of(&deadline);
            self.follow(at, deadline, stretch);
        }
    }

    fn chain_of(&mut self, deadline: &Deadline) -> usize {
        let (rule, cycle) = (deadline.rule.id, deadline.cycle);
        let known = self.chains.iter().position(|c| c.rule == rule && c.cycle == cycle);
        known.unwrap_or_else(|| {
            self.chains.push(Chain { rule, cycle, place: Place::Known, told: BTreeSet::new() });
            self.chains.len() - 1
        })
    }

    fn follow(&mut self, at: usize, known: Deadline, stretch: &Stretch<'_>) {
        let mut present = match self.chains[at].place {
            Place::Known => Some(known),
            Place::After(mark) => self.next(&known, stretch.policy, mark),
            Place::Over => None,
        };
        let mut from = stretch.from;
        for _ in 0..MOST_DEADLINES {
            let Some(deadline) = present else {
                self.chains[at].place = Place::Over;
                return;
            };
            let ends = deadline.settled.map(|settled| settled.on);
            let met = self.assumed_met(&deadline, stretch);
            let until = ends.into_iter().chain(met).min();
            let last = until.map_or(stretch.until, |until| until.min(stretch.until));
            self.letters(at, &deadline, (from, last), stretch.policy);
            let Some(on) = until.filter(|until| *until < stretch.until) else {
                return;
            };
            present = None;
            if ends.is_none_or(|ends| on < ends) {
                let mark = Mark { on, by: nobody() };
                self.chains[at].told.clear();
                self.chains[at].place = Place::After(mark);
                present = self.next(&deadline, stretch.policy, mark);
                from = on;
            }
        }
    }

    fn next(&self, after: &Deadline, policy: &Policy, mark: Mark) -> Option<Deadline> {
        let again = after.rule.again.filter(|_| self.view.is_open())?;
        again(&self.view, policy, mark)
    }

    /// The day on which a deadline is met, if it is assumed to be. A statement has no due date: it
    /// is put right on the first day, and no new one arises.
    fn assumed_met(&self, deadline: &Deadline, stretch: &Stretch<'_>) -> Option<NaiveDate> {
        let first = self.outlook.span.from;
        match (self.outlook.assumed, deadline.dated()) {
            (Assumed::Unmet, _) => None,
            (Assumed::Met, Some(due)) => Some(due.max(stretch.from)),
            (Assumed::Met, None) if deadline.opens_on <= first => {
                Some(calendar::days_after(first, 1))
            }
            (Assumed::Met, None) => Some(first),
        }
    }

    /// The letters of a deadline from a day on, up to and without another: what has come by then
    /// goes out on the first working day.
    fn letters(
        &mut self,
        at: usize,
        deadline: &Deadline,
        (from, until): (NaiveDate, NaiveDate),
        policy: &Policy,
    ) {
        if from >= until {
            return;
        }
        let first = calendar::working_day_on_or_after(from, policy.offices);
        let comes = |since: &NaiveDate| deadline.settled.is_none_or(|settled| *since < settled.on);
        let levels = deadline.level_days().into_iter().filter(|(_, since)| comes(since));
        let days = levels.map(|(level, since)| letter_day(level, since, policy).max(first));
        let mut days: BTreeSet<NaiveDate> = days.filter(|day| *day < until).collect();
        while let Some(day) = days.pop_first() {
            self.view.day = day;
            let question = self.question(deadline, policy);
            if let Some(ends) = question.grace_ends() {
                let ends = calendar::working_day_on_or_after(ends, policy.offices);
                days.extend((ends < until).then_some(ends));
            }
            let rows = question.level().map(|level| question.present(level));
            for row in rows.into_iter().flatten() {
                if self.chains[at].told.insert(row.id) {
                    let unreached = unreachable(&row);
                    self.found.extend(level_of(&row.level).map(|level| Foretold {
                        day,
                        rule: deadline.rule,
                        level,
                        due: deadline.dated(),
                        person: row.recipient,
                        unreached,
                    }));
                }
            }
        }
    }

    /// The question that planning would ask at the slot of the view's day.
    fn question<'q>(&'q self, deadline: &'q Deadline, policy: &'q Policy) -> Question<'q> {
        Question {
            store: no_store(),
            case: self.case,
            view: &self.view,
            deadline,
            policy,
            people: &self.outlook.people,
            now: slot_on(self.view.day, policy),
        }
    }
}

/// The event of a fact that is only assumed.
fn nobody() -> EventId {
    EventId(Uuid::nil())
}
