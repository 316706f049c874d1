//! F4.5: what was agreed with the parents is kept, as long as the young person consents.

use chrono::NaiveDate;

use super::{Anchor, Deadline, How, Level, Mark, Rule, Settled, intervals};
use crate::calendar;
use crate::consent::PARENT_UPDATES;
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Agreement, View};

/// The agreed days from the later of the last update and the newest agreement.
pub static RULE: Rule = Rule {
    id: "R11",
    name: "parent_update",
    recommendation: "F4.5",
    da: "Aftalt opdatering forfalder",
    en: "Agreed update due",
    deadlines,
    watch: None,
    again: Some(again),
};

const ROLES: [(Level, Role); 1] = [(Level::Notice, Role::Mentor)];

/// Days on which parents may be told: from the first on, up to what ends them.
struct Allowed {
    from: NaiveDate,
    by: EventId,
    ends: Option<Settled>,
}

/// One per interval between updates and per stretch of days on which parents may be told.
fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let agreements = &view.family.agreements;
    let Some(first) = agreements.first() else {
        return Vec::new();
    };
    let mark = |agreement: &Agreement| Mark { on: agreement.done.on, by: agreement.done.by };
    let updates = view.family.updates.iter().map(|update| Mark { on: update.on, by: update.by });
    let mut later: Vec<Mark> = agreements[1..].iter().map(mark).chain(updates).collect();
    later.retain(|mark| mark.on >= first.done.on);
    later.sort_by_key(|mark| (mark.on, mark.by));
    let allowed = allowed(view, policy);
    let mut deadlines = Vec::new();
    for interval in intervals(mark(first), later.into_iter()) {
        let (from, met) = (interval.from, interval.met);
        let newest = agreements.iter().rfind(|agreement| agreement.done.on <= from.on);
        let days = View::update_days(newest.unwrap_or(first), policy);
        let due = calendar::days_after(from.on, days);
        let meets = |allowed: &&Allowed| {
            let ends_later = allowed.ends.is_none_or(|ends| ends.on > from.on);
            ends_later && met.is_none_or(|met| met.on > allowed.from)
        };
        deadlines.extend(allowed.iter().filter(meets).map(|allowed| {
            let (opens_on, cycle) = (from.on, from.by).max((allowed.from, allowed.by));
            Deadline::new(&RULE, &ROLES, Anchor { cycle, opens_on, due })
                .noticed_days_before(policy.parent_update_notice_days)
                .settled_by_first([met, allowed.ends])
        }));
    }
    deadlines
}

/// Consent in force, the case running, the young person under 18.
fn allowed(view: &View, policy: &Policy) -> Vec<Allowed> {
    let adult_on = view.adult_on(policy);
    let about = |scope: Option<&str>| scope == Some(PARENT_UPDATES);
    let consents: Vec<_> =
        view.family.consents.iter().filter(|consent| about(consent.scope.as_deref())).collect();
    let mut allowed = Vec::new();
    for (at, consent) in consents.iter().enumerate().filter(|(_, consent)| consent.is_given) {
        let next = consents.get(at + 1).map(|next| (next.on, next.by));
        let over = consent.until.map(|until| (calendar::days_after(until, 1), consent.by));
        let of_age = adult_on.map(|on| (on, consent.by));
        let ends = [next, over, of_age].into_iter().flatten().min_by_key(|(on, _)| *on);
        let ends = ends.map(|(on, by)| Settled { on, by, how: How::Ended });
        for episode in &view.episodes {
            let closed = episode.closed.as_ref().map(Settled::closed);
            let ends = [ends, closed].into_iter().flatten().min_by_key(|ends| ends.on);
            let (from, by) = (consent.on, consent.by).max((episode.start, episode.opened_by));
            if ends.is_none_or(|ends| from < ends.on) {
                allowed.push(Allowed { from, by, ends });
            }
        }
    }
    allowed
}

/// The next update, from one that was given, while parents may be told.
fn again(view: &View, policy: &Policy, given: Mark) -> Option<Deadline> {
    let mut agreements = view.family.agreements.iter();
    let newest = agreements.rfind(|agreement| agreement.done.on <= given.on)?;
    let covers = |allowed: &Allowed| {
        allowed.from <= given.on && allowed.ends.is_none_or(|ends| given.on < ends.on)
    };
    let allowed = allowed(view, policy).into_iter().find(covers)?;
    let due = calendar::days_after(given.on, View::update_days(newest, policy));
    let anchor = Anchor { cycle: given.by, opens_on: given.on, due };
    let deadline = Deadline::new(&RULE, &ROLES, anchor)
        .noticed_days_before(policy.parent_update_notice_days)
        .settled_by_first([allowed.ends]);
    Some(deadline)
}
