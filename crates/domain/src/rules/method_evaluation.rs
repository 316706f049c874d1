//! F4.6: at the end the value of the method is judged.

use super::{Anchor, Deadline, How, Level, Rule, Settled};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, View};

/// Two weeks from closing without an evaluation in that episode.
pub static RULE: Rule = Rule {
    id: "R14",
    name: "method_evaluation",
    recommendation: "F4.6",
    da: "Evaluering af metode mangler",
    en: "Evaluation of the method missing",
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
    let of_episode = |(at, episode): (usize, &Episode)| {
        let closing = episode.closed.as_ref().filter(|closing| closing.is_closed())?;
        let evaluated = episode.evaluations.first().map(|e| Settled::met(e.on, e.by));
        let reopened = view.episodes.get(at + 1).map(|next| Settled {
            on: next.start,
            by: next.opened_by,
            how: How::Ended,
        });
        let due = calendar::days_after(closing.on, policy.closing_evaluation_days);
        let anchor = Anchor { cycle: closing.by, opens_on: closing.on, due };
        let deadline = Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.closing_evaluation_days)
            .settled_by_first([evaluated, reopened]);
        Some(deadline)
    };
    view.episodes.iter().enumerate().filter_map(of_episode).collect()
}
