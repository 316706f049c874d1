//! Case 2: whoever holds two roles towards one young person has supervision.

use chrono::NaiveDate;

use super::{Anchor, Deadline, Level, RestsOn, Rule};
use crate::calendar;
use crate::ids::{EventId, PersonRef};
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::View;

/// Sixty days from the last supervision, or from the day two roles met in one person.
pub static RULE: Rule = Rule {
    id: "R15",
    name: "supervision",
    recommendation: "Case 2",
    da: "Supervision mangler",
    en: "Supervision missing",
    deadlines,
    rests_on: RestsOn::People,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::ProfessionalLead),
    (Level::Escalated, Role::Management),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    if !view.is_open() {
        return Vec::new();
    }
    let of_person = |(person, (since, by)): (PersonRef, (NaiveDate, EventId))| {
        let last = view
            .supervised
            .get(&person)
            .and_then(|days| days.range(..=view.day).next_back().copied());
        let due = calendar::days_after(last.unwrap_or(since), policy.supervision_days);
        let anchor = Anchor { cycle: by, opens_on: since, due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.supervision_notice_days)
            .escalated_days_after(policy.supervision_escalate_days)
    };
    view.dual_roles().into_iter().map(of_person).collect()
}
