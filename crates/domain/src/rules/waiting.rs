//! F4.3: who waits long is seen.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::View;

/// More than four weeks on the waiting list; the case that opens ends it.
pub static RULE: Rule = Rule {
    id: "R16",
    name: "waiting",
    recommendation: "F4.3",
    da: "Venteliste",
    en: "Waiting list",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 1] = [(Level::Notice, Role::ProfessionalLead)];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let Some(waits) = view.referral.as_ref().and_then(|referral| referral.waits) else {
        return Vec::new();
    };
    let opened = view.episodes.first().map(|first| Settled::met(first.start, first.opened_by));
    let due = calendar::days_after(waits.on, policy.waiting_days);
    let anchor = Anchor { cycle: waits.by, opens_on: waits.on, due };
    vec![Deadline::new(&RULE, &ROLES, anchor).unannounced().settled_by_first([opened])]
}
