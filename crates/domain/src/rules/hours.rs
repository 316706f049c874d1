//! F4.2: a single week may differ, the average of four weeks keeps to the grant.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Anchor, Deadline, How, Level, Rule, Settled};
use crate::calendar::{self, IsoWeek};
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Track, View, Weeks};

/// While the average of some track is off; up the line when the Monday before was off too.
pub static RULE: Rule = Rule {
    id: "R09",
    name: "hours",
    recommendation: "F4.2",
    da: "Timetallet afviger fra bevillingen",
    en: "Hours differ from the grant",
    deadlines,
    watch: None,
    again: None,
};

const ROLES: [(Level, Role); 3] = [
    (Level::Notice, Role::Mentor),
    (Level::Notice, Role::Caseworker),
    (Level::Escalated, Role::ProfessionalLead),
];

/// Weeks after the last fact in which windows still change: those of the window, and two more.
const WEEKS_BEYOND: u32 = 3;

/// A stretch of days on which the average is off.
struct Stretch {
    from: NaiveDate,
    escalated_from: Option<NaiveDate>,
}

/// What is off changes on Mondays and on days when tracks or pauses do, so only these are asked.
/// A stretch is split where its level would fall again: a level only rises.
fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let weeks = Weeks::of(view);
    let mut deadlines = Vec::new();
    let mut open: Option<Stretch> = None;
    for day in days_of_change(view, policy) {
        let is_off = is_running(view, day) && weeks.is_off_on(day, policy);
        let monday_before = calendar::days_before(IsoWeek::of(day).monday(), 7);
        let is_second = is_off && weeks.is_off_on(monday_before, policy);
        let falls = |stretch: &Stretch| stretch.escalated_from.is_some() && !is_second;
        if let Some(stretch) = open.take_if(|stretch| !is_off || falls(stretch)) {
            deadlines.push(deadline(view, &stretch, Some(day)));
        }
        if is_off {
            let stretch = open.get_or_insert(Stretch { from: day, escalated_from: None });
            if is_second {
                stretch.escalated_from.get_or_insert(day);
            }
        }
    }
    deadlines.extend(open.map(|stretch| deadline(view, &stretch, None)));
    deadlines
}

fn deadline(view: &View, stretch: &Stretch, until: Option<NaiveDate>) -> Deadline {
    let cycle = week_of(stretch.from);
    let anchor = Anchor { cycle, opens_on: stretch.from, due: stretch.from };
    let mut deadline = Deadline::new(&RULE, &ROLES, anchor).without_due();
    deadline.escalated_from = stretch.escalated_from;
    let closings = view.episodes.iter().filter_map(|episode| episode.closed.as_ref());
    let closed = closings.map(Settled::closed).find(|closed| Some(closed.on) == until);
    let back = until.map(|on| Settled { on, by: cycle, how: How::Met });
    deadline.settled_by_first([closed.or(back)])
}

/// The name of a stretch: the week, and the day in it on which it began.
pub(super) fn week_of(day: NaiveDate) -> EventId {
    let week = IsoWeek::of(day);
    let (year, number) = (week.year().unsigned_abs(), u16::try_from(week.week()).unwrap_or(0));
    let in_week = day.signed_duration_since(week.monday()).num_days().to_le_bytes()[0];
    EventId(Uuid::from_fields(year, number, 0x8009, &[0x80, 0, 0, 0, 0, 0, 0, in_week]))
}

fn is_running(view: &View, day: NaiveDate) -> bool {
    view.episodes.iter().any(|episode| {
        episode.start <= day && episode.closed.as_ref().is_none_or(|closing| day < closing.on)
    })
}

fn days_of_change(view: &View, policy: &Policy) -> BTreeSet<NaiveDate> {
    let mut days = BTreeSet::new();
    let next = |day: NaiveDate| calendar::days_after(day, 1);
    for track in &view.tracks {
        days.insert(track.from);
        days.extend(track.weekly.iter().map(|(from, _)| *from));
        days.extend([track.ended_on, track.until()].into_iter().flatten().map(next));
    }
    for pause in &view.pauses {
        days.insert(pause.from);
        days.extend(pause.until.map(next));
        days.extend(pause.ended.map(|ended| ended.on));
    }
    for episode in &view.episodes {
        days.insert(episode.start);
        days.extend(episode.closed.as_ref().map(|closing| closing.on));
    }
    let starts = |track: &Track| track.from;
    let (first, last) =
        (view.tracks.iter().map(starts).min(), view.tracks.iter().map(starts).max());
    let (Some(first), Some(last)) = (first, last) else {
        return BTreeSet::new();
    };
    let last = view.sessions.last().map_or(last, |session| session.on.max(last));
    let last = days.last().map_or(last, |day| last.max(*day).min(calendar::LAST_DAY));
    let weeks = policy.hours_window_weeks + WEEKS_BEYOND;
    let mondays = (0..).map(|week| calendar::days_after(IsoWeek::of(first).monday(), 7 * week));
    let end = calendar::days_after(last, 7 * weeks);
    days.extend(mondays.take_while(|monday| *monday < end && *monday < calendar::LAST_DAY));
    days
}
