//! F4.1: caseworker, mentor and young person follow up at least every six weeks.

use super::{Anchor, Deadline, Interval, Level, Mark, Rule, Settled, Span, intervals};
use crate::calendar;
use crate::policy::Policy;
use crate::staff::Role;
use crate::support::Basis;
use crate::view::{Episode, Track, View};

/// Six weeks from the last follow-up that counts, else from the start.
pub static RULE: Rule = Rule {
    id: "R01",
    name: "follow_up",
    recommendation: "F4.1",
    da: "Opfølgning",
    en: "Follow-up",
    deadlines,
    watch: None,
    again: Some(again),
};

const ROLES: [(Level, Role); 4] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::Caseworker),
    (Level::Escalated, Role::ProfessionalLead),
    (Level::Critical, Role::Management),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    view.episodes.iter().flat_map(|episode| of_episode(view, episode, policy)).collect()
}

fn of_episode(view: &View, episode: &Episode, policy: &Policy) -> Vec<Deadline> {
    let claimed = episode.claimed_follow_up;
    let first = Mark { on: claimed.unwrap_or(episode.start), by: episode.opened_by };
    let held = view.counting(episode).filter(|held| claimed.is_none_or(|day| day <= held.on));
    let marks = held.map(|held| Mark { on: held.on, by: held.by });
    let volunteers = volunteer_spans(view);
    let deadline = |interval: Interval| Deadline {
        volunteer_during: volunteers.clone(),
        ..of_interval(episode, &interval, policy)
    };
    intervals(first, marks).into_iter().map(deadline).collect()
}

fn of_interval(episode: &Episode, interval: &Interval, policy: &Policy) -> Deadline {
    let Interval { from, met } = *interval;
    let due = calendar::days_after(from.on, policy.follow_up_interval_days);
    let critical = calendar::days_after(from.on, policy.follow_up_critical_after_days);
    let anchor = Anchor { cycle: from.by, opens_on: from.on.max(episode.start), due };
    Deadline::new(&RULE, &ROLES, anchor)
        .noticed_days_before(policy.follow_up_notice_days)
        .escalated_days_after(policy.follow_up_escalate_days)
        .critical_from(critical)
        .settled_by_first([met, episode.closed.as_ref().map(Settled::closed)])
}

/// The next six weeks, from a follow-up that counts.
fn again(view: &View, policy: &Policy, held: Mark) -> Option<Deadline> {
    let interval = Interval { from: held, met: None };
    let deadline = of_interval(view.episode()?, &interval, policy);
    Some(Deadline { volunteer_during: volunteer_spans(view), ..deadline })
}

/// The volunteer takes part in follow-ups while a voluntary track is active (F4.1-7).
fn volunteer_spans(view: &View) -> Vec<Span> {
    let voluntary = view.tracks.iter().filter(|track| track.basis == Basis::Voluntary);
    let span = |track: &Track| {
        let ends = [track.ended_on, track.until()];
        Span { from: track.from, until: ends.into_iter().flatten().min() }
    };
    voluntary.map(span).collect()
}
