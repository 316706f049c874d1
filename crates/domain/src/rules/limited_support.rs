//! Case 2: a month with more support in everyday coping ends with a decision.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{LimitedPeriod, View};

/// The last day of each limited period.
pub static RULE: Rule = Rule {
    id: "R08",
    name: "limited_support",
    recommendation: "Case 2",
    da: "Måneden med mere støtte slutter",
    en: "Limited support period ends",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::Caseworker),
    (Level::Overdue, Role::ProfessionalLead),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let of_period = |period: &LimitedPeriod| {
        let ended = period.ended.map(|ended| Settled::met(ended.on, ended.by));
        let closed = view.closing_since(period.from).map(Settled::closed);
        let anchor = Anchor { cycle: period.by, opens_on: period.from, due: period.until };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.limited_support_notice_days)
            .settled_by_first([ended, closed])
    };
    view.limited_periods.iter().map(of_period).collect()
}
