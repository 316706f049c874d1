//! F4.6: a method is chosen deliberately, or deliberately none, within six weeks.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, View};

/// Six weeks from the start without a choice.
pub static RULE: Rule = Rule {
    id: "R06",
    name: "method_choice",
    recommendation: "F4.6",
    da: "Metodevalg mangler",
    en: "Choice of method missing",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 2] =
    [(Level::Notice, Role::Mentor), (Level::Escalated, Role::ProfessionalLead)];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let of_episode = |episode: &Episode| {
        let due = calendar::days_after(episode.start, policy.method_choice_days);
        let anchor = Anchor { cycle: episode.opened_by, opens_on: episode.start, due };
        let chosen = episode.methods.first().map(|choice| Settled::met(choice.on, choice.by));
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.method_choice_notice_days)
            .escalated_days_after(policy.method_choice_escalate_days)
            .settled_by_first([chosen, episode.closed.as_ref().map(Settled::closed)])
    };
    view.episodes.iter().map(of_episode).collect()
}
