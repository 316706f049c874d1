//! F4.6: the professional lead reviews every case with its mentor twice a year.

use chrono::{Datelike, NaiveDate};

use super::{Anchor, Deadline, Interval, Level, Mark, Rule, Settled, intervals};
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
    watch: None,
    again: Some(again),
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
    let deadline = |interval: Interval| {
        let due = calendar::months_after(interval.from.on, policy.method_review_months);
        of_interval(episode, &interval, due, policy)
    };
    intervals(first, marks).into_iter().map(deadline).collect()
}

fn of_interval(
    episode: &Episode,
    interval: &Interval,
    due: NaiveDate,
    policy: &Policy,
) -> Deadline {
    let Interval { from, met } = *interval;
    let anchor = Anchor { cycle: from.by, opens_on: from.on.max(episode.start), due };
    Deadline::new(&RULE, &ROLES, anchor)
        .noticed_days_before(policy.method_review_notice_days)
        .escalated_days_after(policy.method_review_escalate_days)
        .settled_by_first([met, episode.closed.as_ref().map(Settled::closed)])
}

/// The next half year. Reviews that are held on their last day keep to one anchor: 31 August, 28
/// February, 31 August. A day that a short month has clamped is never added to.
fn again(view: &View, policy: &Policy, held: Mark) -> Option<Deadline> {
    let episode = view.episode()?;
    let anchor = view.last_review(episode).unwrap_or(episode.start);
    let months_of = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let between = u32::try_from(months_of(held.on) - months_of(anchor)).unwrap_or(0);
    let on_time = calendar::months_after(anchor, between) == held.on;
    let (from, months) = if on_time { (anchor, between) } else { (held.on, 0) };
    let due = calendar::months_after(from, months.saturating_add(policy.method_review_months));
    Some(of_interval(episode, &Interval { from: held, met: None }, due, policy))
}
