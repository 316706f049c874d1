//! F4.1: who turns 18 has support in place beforehand, and somebody responsible for it.

use chrono::NaiveDate;

use super::{Anchor, Deadline, Level, Rule, Settled};
use crate::calendar;
use crate::ids::EventId;
use crate::opening::Administration;
use crate::policy::Policy;
use crate::staff::Role;
use crate::support::Basis;
use crate::view::{Episode, View};

/// Four weeks before the 18th birthday: an accepted handover and a track that goes on.
pub static RULE: Rule = Rule {
    id: "R04",
    name: "adult_support",
    recommendation: "F4.1",
    da: "Støtte efter 18 år er ikke på plads",
    en: "Support after 18 is not in place",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Caseworker),
    (Level::Notice, Role::ReceivingCaseworker),
    (Level::Notice, Role::ProfessionalLead),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let Some(adult_on) = view.adult_on(policy) else {
        return Vec::new();
    };
    let young = view.episodes.iter().filter(|episode| episode.start < adult_on);
    let of_episode = |episode: &Episode| {
        let due = calendar::days_before(adult_on, policy.adult_support_days);
        let anchor = Anchor { cycle: episode.opened_by, opens_on: episode.start, due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.adult_support_notice_days)
            .escalated_days_after(policy.adult_support_escalate_days)
            .critical_from(adult_on)
            .settled_by_first([
                in_place(view, episode, adult_on),
                episode.closed.as_ref().map(Settled::closed),
            ])
    };
    young.map(of_episode).collect()
}

/// Both must be there: somebody responsible for adults, and a track of adults that is active on
/// the birthday or begins after it.
fn in_place(view: &View, episode: &Episode, adult_on: NaiveDate) -> Option<Settled> {
    let (handed_on, handed_by) = handed_over(view, episode)?;
    let of_adults = view.tracks.iter().filter(|track| track.basis != Basis::Bl32);
    let lasting = of_adults.filter(|track| track.is_active_on(track.from.max(adult_on)));
    let granted = lasting.map(|track| {
        let by = track.periods.first().map_or(episode.opened_by, |period| period.by);
        let counts_from = if track.from > adult_on { track.from } else { track.granted_on };
        (counts_from, by)
    });
    let (granted_on, granted_by) = granted.min()?;
    let (on, by) = (granted_on, granted_by).max((handed_on, handed_by));
    Some(Settled::met(on, by))
}

/// The accepted handover; none is asked for where children and families are not responsible.
fn handed_over(view: &View, episode: &Episode) -> Option<(NaiveDate, EventId)> {
    let mut accepted = view.handovers.iter().filter_map(|h| h.answered.filter(|(_, yes)| *yes));
    let answer = accepted.next().map(|(answer, _)| (answer.on, answer.by));
    let is_elsewhere = view.administration != Some(Administration::ChildrenFamily);
    answer.or_else(|| is_elsewhere.then_some((episode.start, episode.opened_by)))
}
