//! F4.1: at 17½ the administrations meet, so that nobody is lost at 18.

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, View};

/// 210 months after birth, or four weeks after a later start; open until held or closed.
pub static RULE: Rule = Rule {
    id: "R03",
    name: "transition_meeting",
    recommendation: "F4.1",
    da: "17½-års møde",
    en: "Transition meeting",
    deadlines,
    watch: None,
    again: None,
};

const ADULT_YEARS: u32 = 18;

const ROLES: [(Level, Role); 5] = [
    (Level::Notice, Role::Caseworker),
    (Level::Notice, Role::Mentor),
    (Level::Overdue, Role::ProfessionalLead),
    (Level::Escalated, Role::ReceivingLead),
    (Level::Critical, Role::Management),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    view.episodes.iter().filter_map(|episode| of_episode(view, episode, policy)).collect()
}

fn of_episode(view: &View, episode: &Episode, policy: &Policy) -> Option<Deadline> {
    let due = view.transition_due(episode, policy)?;
    let adult_on = calendar::birthday(view.known_birth_date()?, ADULT_YEARS, policy.leap_day);
    let held = view.transition_held().map(|meeting| Settled::met(meeting.on, meeting.by));
    let anchor = Anchor { cycle: episode.opened_by, opens_on: episode.start, due };
    let deadline = Deadline::new(&RULE, &ROLES, anchor)
        .noticed_days_before(policy.transition_notice_days)
        .escalated_days_after(policy.transition_escalate_days)
        .critical_from(adult_on)
        .settled_by_first([held, episode.closed.as_ref().map(Settled::closed)]);
    Some(deadline)
}
