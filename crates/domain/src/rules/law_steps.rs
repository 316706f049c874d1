//! Barnets Lov: the steps on the way to adult life, while a measure of that law runs.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Anchor, Deadline, How, Level, Rule, Settled};
use crate::calendar;
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::support::Basis;
use crate::view::{Track, View};

/// Youth plan, preparation for adult life, first follow-up of the measure.
pub static RULE: Rule = Rule {
    id: "R17",
    name: "law_steps",
    recommendation: "Barnets Lov",
    da: "Lovpligtigt skridt",
    en: "Step of the law",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 1] = [(Level::Notice, Role::Caseworker)];
/// The age at which the way to adult life is prepared.
const PREPARATION_YEARS: u32 = 16;

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let measures = view.tracks.iter().filter(|track| track.basis == Basis::Bl32);
    let measures = measures.filter(|_| policy.law_steps_rule);
    measures.flat_map(|track| of_measure(view, track, policy)).collect()
}

fn of_measure(view: &View, track: &Track, policy: &Policy) -> Vec<Deadline> {
    let starts = track.from.max(track.granted_on);
    let by = track.periods.first().map(|period| period.by);
    let Some(by) = by else {
        return Vec::new();
    };
    let first = calendar::months_after(track.from, policy.law_first_follow_up_months);
    let mut steps = vec![("first_follow_up", first)];
    if let Some(birth) = view.known_birth_date() {
        let sixteen = calendar::birthday(birth, PREPARATION_YEARS, policy.leap_day);
        let plan = calendar::months_after(sixteen, policy.law_youth_plan_months);
        // A measure that begins later has as long as a 17½-year meeting would have.
        let not_before = |due: NaiveDate| {
            let late = calendar::days_after(track.from, policy.transition_late_open_days);
            if due < track.from { late } else { due }
        };
        steps.extend([("preparation", not_before(sixteen)), ("youth_plan", not_before(plan))]);
    }
    let over = [track.ended_on, track.until()].into_iter().flatten().min();
    let over = over.map(|last| Settled { on: calendar::days_after(last, 1), by, how: How::Ended });
    let deadline = |(at, (step, due)): (u8, (&str, NaiveDate))| {
        let mut taken = view.law_steps.iter().filter(|taken| taken.step == step);
        let taken = taken.next().map(|taken| Settled::met(taken.done.on, taken.done.by));
        let closed = view.closing_since(starts).map(Settled::closed);
        let anchor = Anchor { cycle: cycle(by, at), opens_on: starts, due };
        Deadline::new(&RULE, &ROLES, anchor)
            .noticed_days_before(policy.law_notice_days)
            .settled_by_first([taken, over, closed])
    };
    (0..).zip(steps).map(deadline).collect()
}

/// Three steps hang on one grant; each has a name of its own.
fn cycle(grant: EventId, step: u8) -> EventId {
    let mut bytes = *grant.0.as_bytes();
    bytes[15] = bytes[15].wrapping_add(step);
    EventId(Uuid::from_bytes(bytes))
}
