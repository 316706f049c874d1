//! F4.1: a handover is answered, so that nobody falls between two administrations.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Handover, View};

/// Two weeks from the start of a handover without an answer.
pub static RULE: Rule = Rule {
    id: "R13",
    name: "handover",
    recommendation: "F4.1",
    da: "Overlevering afventer svar",
    en: "Handover awaits an answer",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 4] = [
    (Level::Notice, Role::ReceivingCaseworker),
    (Level::Overdue, Role::Caseworker),
    (Level::Overdue, Role::ProfessionalLead),
    (Level::Escalated, Role::ReceivingLead),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let of_handover = |handover: &Handover| {
        let started = handover.started;
        let answered = handover.answered.map(|(answer, _)| Settled::met(answer.on, answer.by));
        let closed = view.closing_since(started.on).map(Settled::closed);
        let due = handover.due(policy);
        let anchor = Anchor { cycle: started.by, opens_on: started.on, due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.handover_accept_days)
            .escalated_days_after(policy.handover_escalate_days)
            .settled_by_first([answered, closed])
    };
    view.handovers.iter().map(of_handover).collect()
}
