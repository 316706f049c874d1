//! Case 2: whoever holds two roles towards one young person has supervision.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Anchor, Deadline, How, Interval, Level, Mark, Rule, Settled, Span, intervals};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{DualRole, View};

/// Sixty days from the last supervision, or from the day two roles met in one person.
pub static RULE: Rule = Rule {
    id: "R15",
    name: "supervision",
    recommendation: "Case 2",
    da: "Supervision mangler",
    en: "Supervision missing",
    deadlines,
    watch: Some(watch),
    again: Some(again),
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::ProfessionalLead),
    (Level::Escalated, Role::Management),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    view.dual_roles().iter().flat_map(|dual| of_person(view, dual, policy)).collect()
}

/// One deadline from the beginning and from each supervision since; the last one before counts,
/// too, for whoever was supervised the day before needs none the day after.
fn of_person(view: &View, dual: &DualRole, policy: &Policy) -> Vec<Deadline> {
    let none = BTreeMap::new();
    let attended = view.supervised.get(&dual.person).unwrap_or(&none);
    let earlier = attended.range(..=dual.from).next_back();
    let first = Mark { on: earlier.map_or(dual.from, |(on, _)| *on), by: dual.by };
    let until = dual.until.map_or(view.day, |until| until.on.min(view.day));
    let later = attended.iter().filter(|(on, _)| **on > dual.from && **on <= until);
    let marks = later.map(|(on, by)| Mark { on: *on, by: *by });
    let intervals = intervals(first, marks).into_iter();
    intervals.map(|interval| of_interval(view, dual, &interval, policy)).collect()
}

fn of_interval(view: &View, dual: &DualRole, interval: &Interval, policy: &Policy) -> Deadline {
    let Interval { from, met } = *interval;
    let due = calendar::days_after(from.on, policy.supervision_days);
    let anchor = Anchor { cycle: from.by, opens_on: from.on.max(dual.from), due };
    let ended = dual.until.map(|until| Settled {
        on: calendar::days_after(until.on, 1),
        by: until.by,
        how: How::Ended,
    });
    Deadline::new(&RULE, &ROLES, anchor)
        .noticed_days_before(policy.supervision_notice_days)
        .escalated_days_after(policy.supervision_escalate_days)
        .settled_by_first([met, ended, view.closing_since(dual.from).map(Settled::closed)])
}

/// The next sixty days of whoever holds two roles then.
fn again(view: &View, policy: &Policy, attended: Mark) -> Option<Deadline> {
    let mut duals = view.dual_roles().into_iter();
    let dual = duals.find(|dual| dual.from <= attended.on && dual.lasts(attended.on))?;
    Some(of_interval(view, &dual, &Interval { from: attended, met: None }, policy))
}

/// While two tracks are one person's.
fn watch(view: &View) -> Option<Span> {
    let duals = view.dual_roles();
    let from = duals.iter().map(|dual| dual.from).min()?;
    let ends: Option<Vec<NaiveDate>> =
        duals.iter().map(|dual| dual.until.map(|until| until.on)).collect();
    Some(Span { from, until: ends.and_then(|ends| ends.into_iter().max()) })
}
