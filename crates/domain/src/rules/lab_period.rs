//! LAB § 167: mentor support runs six months at most, so somebody decides before it ends.

use super::{Anchor, Deadline, How, Level, Rule, Settled};
use crate::policy::Policy;
use crate::staff::Role;
use crate::support::Basis;
use crate::view::{Period, PeriodEnd, Track, View};

/// The last day of each LAB period, the extended ones before their extension included.
pub static RULE: Rule = Rule {
    id: "R07",
    name: "lab_period",
    recommendation: "LAB § 167",
    da: "Mentorbevilling udløber",
    en: "LAB period ends",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Caseworker),
    (Level::Notice, Role::Mentor),
    (Level::Overdue, Role::ProfessionalLead),
];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let lab: Vec<&Track> = view.tracks.iter().filter(|t| t.basis == Basis::Lab167).collect();
    let mut deadlines = Vec::new();
    for (at, track) in lab.iter().enumerate() {
        let next_begins = lab[at + 1..].iter().filter_map(|later| begins(later));
        let track_ends =
            [next_begins.min_by_key(|settled| settled.on), track.periods.iter().find_map(ends)];
        deadlines.extend(of_track(track, track_ends, policy));
    }
    deadlines
}

fn of_track(track: &Track, track_ends: [Option<Settled>; 2], policy: &Policy) -> Vec<Deadline> {
    let mut deadlines = Vec::new();
    let mut opens_on = track.granted_on;
    for period in &track.periods {
        let settled = period.settled.map(|(settled, end)| settlement(settled, end));
        if let Some(due) = period.until {
            let anchor = Anchor { cycle: period.by, opens_on, due };
            let deadline = Deadline::new(&RULE, &ROLES, anchor)
                .noticed_days_before(policy.lab_notice_days)
                .settled_by_first([settled].into_iter().chain(track_ends));
            deadlines.push(deadline);
        }
        opens_on = settled.map_or(opens_on, |settled| settled.on);
    }
    deadlines
}

/// The first day on which a granted track is there.
fn begins(track: &Track) -> Option<Settled> {
    let grant = track.periods.first()?;
    Some(Settled::met(track.from.max(track.granted_on), grant.by))
}

/// What ended the whole track, not only this period of it.
fn ends(period: &Period) -> Option<Settled> {
    match period.settled? {
        (_, PeriodEnd::Extended) => None,
        (settled, end @ (PeriodEnd::Switched | PeriodEnd::Ended | PeriodEnd::Closed)) => {
            Some(settlement(settled, end))
        }
    }
}

fn settlement(settled: crate::view::Settled, end: PeriodEnd) -> Settled {
    let how = match end {
        PeriodEnd::Extended | PeriodEnd::Switched | PeriodEnd::Ended => How::Met,
        PeriodEnd::Closed => How::Ended,
    };
    Settled { on: settled.on, by: settled.by, how }
}
