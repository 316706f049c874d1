//! F4.6: the professional lead reviews every case with its mentor twice a year.

use super::{Anchor, Deadline, Level, Mark, RestsOn, Rule, Settled, intervals};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, View};

/// Six months, in one step, from the last review that counts, else from the start.
pub static RULE: Rule = Rule {
    id: "R05",
    name: "method_review",
    recommendation: "F4.6",
    da: "Halvårlig sagsgennemgang",
    en: "Method review",
    deadlines,
    rests_on: RestsOn::Case,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::ProfessionalLead),
    (Level::Notice, Role::Mentor),
    (Level::Escalated, Role::Management),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    view.episodes.iter().flat_map(|episode| of_episode(episode, policy)).collect()
}

fn of_episode(episode: &Episode, policy: &Policy) -> Vec<Deadline> {
    let claimed = episode.claimed_review;
    let first = Mark { on: claimed.unwrap_or(episode.start), by: episode.opened_by };
    let held = episode.reviews.iter().filter(|review| review.counts());
    let held = held.filter(|review| claimed.is_none_or(|day| day <= review.on));
    let marks = held.map(|review| Mark { on: review.on, by: review.by });
    let deadline = |from: Mark, met: Option<Settled>| {
        let due = calendar::months_after(from.on, policy.method_review_months);
        let anchor = Anchor { cycle: from.by, opens_on: from.on.max(episode.start), due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.method_review_notice_days)
            .escalated_days_after(policy.method_review_escalate_days)
            .settled_by_first([met, episode.closed.as_ref().map(Settled::closed)])
    };
    let intervals = intervals(first, marks).into_iter();
    intervals.map(|interval| deadline(interval.from, interval.met)).collect()
}
