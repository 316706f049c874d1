//! The rules that count weeks and months beside a track, and the days of waiting.

use std::collections::BTreeMap;

use super::calendar::Day;
use super::duties::{Duty, ESCALATED, NOTICE, OVERDUE, Plan, Role, closing_from};
use super::history::{Basis, Step};
use super::known::{Known, Track};

/// Weeks that an average is taken over.
const WINDOW: i32 = 4;
/// Days beyond the last fact in which an average still moves.
const BEYOND: i32 = 80;

/// R09: while some track is off its hours by more than 15 %; one step up while it was on the Monday
/// before, too. Where that is over and the hours are off still, it begins anew.
pub fn hours(case: &Known, duties: &mut Vec<Duty>) {
    let Some(first) = case.tracks.iter().map(|track| track.from).min() else { return };
    let mut by_day: BTreeMap<(u64, Day), i32> = BTreeMap::new();
    for (on, track, minutes) in &case.sessions {
        // Where none is named, the only active one is meant.
        let mut active = case.tracks.iter().filter(|track| track.is_active(*on));
        let only = active.next().filter(|_| active.next().is_none()).map(|track| track.name);
        if let Some(track) = track.or(only) {
            *by_day.entry((track, *on)).or_default() += minutes;
        }
    }
    let mut day = first;
    let mut open: Option<(Day, Option<Day>)> = None;
    while day <= last_fact(case).plus(BEYOND) {
        let monday_before = day.plus(-day.weekday() - 7);
        let off = runs(case, day) && is_off(case, &by_day, day);
        let is_second = off && is_off(case, &by_day, monday_before);
        if let Some((from, escalated)) = open
            && (!off || escalated.is_some() && !is_second)
        {
            duties.push(stretch(from, escalated).ends([Some(day)]));
            open = None;
        }
        if off {
            let (from, escalated) = open.unwrap_or((day, None));
            open = Some((from, escalated.or(is_second.then_some(day))));
        }
        day = day.plus(1);
    }
    duties.extend(open.map(|(from, escalated)| stretch(from, escalated)));
}

fn stretch(from: Day, escalated: Option<Day>) -> Duty {
    let roles = &[(NOTICE, Role::Mentor), (NOTICE, Role::Caseworker), (ESCALATED, Role::Lead)];
    let cycle = (usize::try_from(from.0).expect("a day of our time"), 0);
    let plan = Plan { rule: "R09", cycle, opens: from, due: from, roles };
    plan.since([Some(from), None, escalated, None])
}

/// Whether the case is open on a day, and not on the day it ends.
pub fn runs(case: &Known, day: Day) -> bool {
    case.episodes.iter().any(|episode| {
        episode.start.is_some_and(|start| start.on <= day)
            && episode.closed.is_none_or(|closed| day < closed.on)
    })
}

/// The sum of the four weeks before this one against four times what is granted.
fn is_off(case: &Known, by_day: &BTreeMap<(u64, Day), i32>, day: Day) -> bool {
    let monday = day.plus(-day.weekday());
    let opens = monday.plus(-7 * WINDOW);
    let is_off = |track: &Track| {
        let sessions = by_day.range((track.name, opens)..(track.name, monday));
        let given: i32 = sessions.map(|(_, minutes)| minutes).sum();
        let granted = WINDOW * 60 * track.hours;
        (given - granted).abs() * 100 > granted * 15
    };
    let mut tracks = case.tracks.iter().filter(|track| track.from <= opens && track.is_active(day));
    !case.rests(day) && tracks.any(is_off)
}

/// The last day that anything known of the case speaks of.
fn last_fact(case: &Known) -> Day {
    let sessions = case.sessions.iter().map(|(on, _, _)| *on);
    let tracks = case.tracks.iter().flat_map(|track| [Some(track.from), track.last()]).flatten();
    let pauses = case.pauses.iter().flat_map(|p| [Some(p.from), p.until, p.ended]).flatten();
    let episodes = case.episodes.iter().flat_map(|episode| [episode.start, episode.closed]);
    let episodes = episodes.flatten().map(|mark| mark.on);
    let all = sessions.chain(tracks).chain(pauses).chain(episodes);
    all.max().expect("a case begins with its opening")
}

/// R17: what the law asks for while a measure for children runs.
pub fn law_steps(case: &Known, duties: &mut Vec<Duty>) {
    for track in case.tracks.iter().filter(|track| track.basis == Basis::Child) {
        let (from, granted) = (track.from, track.periods[0].0);
        let sixteen = case.birth().birthday(16);
        let not_before = |due: Day| if due < from { from.plus(28) } else { due };
        let steps = [
            (Step::FirstFollowUp, from.plus_months(3)),
            (Step::Preparation, not_before(sixteen)),
            (Step::YouthPlan, not_before(sixteen.plus_months(3))),
        ];
        for (nth, (step, due)) in steps.into_iter().enumerate() {
            let roles = &[(NOTICE, Role::Caseworker)];
            let cycle = (granted.entry, nth);
            let plan = Plan { rule: "R17", cycle, opens: from, due, roles };
            let mut taken = case.steps.iter().filter(|(_, taken)| *taken == step);
            let taken = taken.next().map(|(on, _)| *on);
            let over = track.last().map(|last| last.plus(1));
            let closed = closing_from(case, from);
            duties.push(plan.duty(28, None, None).ends([taken, over, closed]));
        }
    }
}

/// R16: nobody is told before four weeks are over.
pub fn waiting(case: &Known, duties: &mut Vec<Duty>) {
    let Some(waits) = case.waits else { return };
    let roles = &[(OVERDUE, Role::Lead)];
    let due = waits.on.plus(28);
    let plan = Plan { rule: "R16", cycle: (waits.entry, 0), opens: waits.on, due, roles };
    let opened = case.episodes.first().and_then(|first| first.start).map(|start| start.on);
    duties.push(plan.since([None, Some(due.plus(1)), None, None]).ends([opened]));
}
