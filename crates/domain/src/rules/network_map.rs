//! F4.5: the young person's network is mapped within six weeks.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, View};

/// Six weeks from the start without a map; a map of an earlier episode is carried over.
pub static RULE: Rule = Rule {
    id: "R10",
    name: "network_map",
    recommendation: "F4.5",
    da: "Netværkskort mangler",
    en: "Network map missing",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::Caseworker),
    (Level::Escalated, Role::ProfessionalLead),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let first = view.family.maps.first().map(|map| Settled::met(map.done.on, map.done.by));
    let of_episode = |episode: &Episode| {
        let due = calendar::days_after(episode.start, policy.network_map_days);
        let anchor = Anchor { cycle: episode.opened_by, opens_on: episode.start, due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.network_map_notice_days)
            .escalated_days_after(policy.network_map_escalate_days)
            .settled_by_first([first, episode.closed.as_ref().map(Settled::closed)])
    };
    view.episodes.iter().map(of_episode).collect()
}
