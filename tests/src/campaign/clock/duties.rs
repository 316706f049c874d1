//! The rules of docs/rules.md, each in a few lines: from what is known to days.

use super::calendar::Day;
use super::counted;
use super::history::{Basis, Office, Present};
use super::known::{Known, Mark};

/// Levels by number: announced, too late, one step up, management.
pub const LEVELS: [&str; 4] = ["notice", "overdue", "escalated", "critical"];
pub const NOTICE: usize = 0;
pub const OVERDUE: usize = 1;
pub const ESCALATED: usize = 2;
const CRITICAL: usize = 3;

/// Whom a rule tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Mentor,
    Caseworker,
    Volunteer,
    Lead,
    ReceivingCaseworker,
    ReceivingLead,
    Management,
    Coordinator,
}

use Role::{Caseworker, Lead, Management, Mentor, ReceivingCaseworker, ReceivingLead};

/// Something that has to be done by a day.
#[derive(Debug, Clone)]
pub struct Duty {
    /// The rule.
    pub rule: &'static str,
    /// Which one of the rule's: the entries it is reckoned from.
    pub cycle: (usize, usize),
    /// The first day of each level, where the rule has it.
    pub since: [Option<Day>; 4],
    /// The day on which the letter of each level goes out.
    pub letters: [Option<Day>; 4],
    /// The day from which on nobody is told any more.
    pub settled: Option<Day>,
    /// Who is told, each from a level on.
    pub roles: &'static [(usize, Role)],
    /// Days on which a volunteer takes part.
    pub volunteer: Vec<(Day, Option<Day>)>,
}

/// A duty before its levels are reckoned.
pub struct Plan {
    pub rule: &'static str,
    pub cycle: (usize, usize),
    pub opens: Day,
    pub due: Day,
    pub roles: &'static [(usize, Role)],
}

impl Plan {
    /// Announced so many days before the due date, too late from the day after it; no level comes
    /// before the duty is there.
    pub fn duty(self, notice: i32, escalated: Option<i32>, critical: Option<Day>) -> Duty {
        let from = |day: Day| Some(day.max(self.opens));
        let since = [
            from(self.due.plus(-notice)),
            from(self.due.plus(1)),
            escalated.and_then(|days| from(self.due.plus(days))),
            critical.and_then(from),
        ];
        self.since(since)
    }

    /// With these first days of its levels.
    pub fn since(self, since: [Option<Day>; 4]) -> Duty {
        // Announced on the working day before, told later on the next one.
        let [notice, later @ ..] = since;
        let [overdue, escalated, critical] = later.map(|day| day.map(Day::working_after));
        Duty {
            rule: self.rule,
            cycle: self.cycle,
            since,
            letters: [notice.map(Day::working_before), overdue, escalated, critical],
            settled: None,
            roles: self.roles,
            volunteer: Vec::new(),
        }
    }
}

impl Duty {
    pub fn ends(mut self, days: impl IntoIterator<Item = Option<Day>>) -> Self {
        self.settled = days.into_iter().flatten().chain(self.settled).min();
        self
    }
}

/// Every duty of a case.
pub fn of(case: &Known) -> Vec<Duty> {
    let mut duties = Vec::new();
    for place in 0..case.episodes.len() {
        follow_ups(case, place, &mut duties);
        dialogues(case, place, &mut duties);
        of_the_start(case, place, &mut duties);
        reviews(case, place, &mut duties);
        adulthood(case, place, &mut duties);
        evaluation(case, place, &mut duties);
    }
    lab_periods(case, &mut duties);
    limited_periods(case, &mut duties);
    parent_updates(case, &mut duties);
    handovers(case, &mut duties);
    counted::hours(case, &mut duties);
    counted::law_steps(case, &mut duties);
    counted::waiting(case, &mut duties);
    duties
}

fn bounds(case: &Known, place: usize) -> (Mark, Option<Day>) {
    let episode = &case.episodes[place];
    let start = episode.start.expect("an episode begins");
    (start, episode.closed.map(|closed| closed.on))
}

/// From each mark to the next one. Of several on one day the one recorded first counts.
fn intervals(first: Mark, marks: impl Iterator<Item = Mark>) -> Vec<(Mark, Option<Day>)> {
    let mut later: Vec<Mark> = marks.collect();
    later.sort_by_key(|mark| (mark.on, mark.entry));
    later.dedup_by_key(|mark| mark.on);
    let marks: Vec<Mark> = [first].into_iter().chain(later).collect();
    let next = |at: usize| marks.get(at + 1).map(|mark: &Mark| mark.on);
    (0..marks.len()).map(|at| (marks[at], next(at))).collect()
}

/// R01.
fn follow_ups(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    let (start, closed) = bounds(case, place);
    let held = &case.episodes[place].follow_ups;
    let counting = held.iter().filter(|(mark, who)| case.counts(mark.on, *who));
    for (from, next) in intervals(start, counting.map(|(mark, _)| *mark)) {
        let roles =
            &[(NOTICE, Mentor), (NOTICE, Caseworker), (ESCALATED, Lead), (CRITICAL, Management)];
        let cycle = (from.entry, 0);
        let plan = Plan { rule: "R01", cycle, opens: from.on, due: from.on.plus(42), roles };
        let mut duty = plan.duty(7, Some(7), Some(from.on.plus(85))).ends([next, closed]);
        let voluntary = case.tracks.iter().filter(|track| track.basis == Basis::Voluntary);
        duty.volunteer = voluntary.map(|track| (track.from, track.last())).collect();
        duties.push(duty);
    }
}

/// R02: the week runs from the last talk, or from the end of a pause; while support rests, none.
fn dialogues(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    const TALKED: u8 = 0;
    const WOKE: u8 = 1;
    const RESTS: u8 = 2;
    let (start, closed) = bounds(case, place);
    let mut moves: Vec<(Day, u8)> = case.talks.iter().map(|on| (*on, TALKED)).collect();
    for (mark, who) in &case.episodes[place].follow_ups {
        if matches!(who, Present::Three | Present::AndVolunteer | Present::NoMentor) {
            moves.push((mark.on, TALKED));
        }
    }
    for pause in &case.pauses {
        moves.push((pause.from, RESTS));
        let woken = pause.ended.or(pause.until.map(|until| until.plus(1)));
        moves.extend(woken.map(|on| (on, WOKE)));
    }
    moves.retain(|(on, _)| *on >= start.on && closed.is_none_or(|closed| *on <= closed));
    moves.sort_unstable();
    let mut tell = |from: Day, ends: Option<Day>| {
        let roles = &[(NOTICE, Mentor), (ESCALATED, Lead)];
        let cycle = (start.entry, usize::try_from(from.0).expect("a day of our time"));
        let plan = Plan { rule: "R02", cycle, opens: from, due: from.plus(7), roles };
        duties.push(plan.duty(0, Some(14), None).ends([ends, closed]));
    };
    let mut runs = Some(start.on);
    for (on, what) in moves {
        match (what, runs) {
            (TALKED, Some(from)) if from < on => {
                tell(from, Some(on));
                runs = Some(on);
            }
            (WOKE, None) => runs = Some(on),
            (RESTS, Some(from)) => {
                tell(from, Some(on));
                runs = None;
            }
            _ => {}
        }
    }
    if let Some(from) = runs {
        tell(from, None);
    }
}

/// R06 and R10.
fn of_the_start(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    let (start, closed) = bounds(case, place);
    let (cycle, opens, due) = ((start.entry, 0), start.on, start.on.plus(42));
    let roles = &[(NOTICE, Mentor), (ESCALATED, Lead)];
    let chosen = case.episodes[place].method.map(|mark| mark.on);
    let plan = Plan { rule: "R06", cycle, opens, due, roles };
    duties.push(plan.duty(7, Some(14), None).ends([chosen, closed]));
    let roles = &[(NOTICE, Mentor), (NOTICE, Caseworker), (ESCALATED, Lead)];
    let plan = Plan { rule: "R10", cycle, opens, due, roles };
    duties.push(plan.duty(7, Some(14), None).ends([case.map, closed]));
}

/// R05.
fn reviews(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    let (start, closed) = bounds(case, place);
    for (from, next) in intervals(start, case.episodes[place].reviews.iter().copied()) {
        let roles = &[(NOTICE, Lead), (NOTICE, Mentor), (ESCALATED, Management)];
        let cycle = (from.entry, 0);
        let due = from.on.plus_months(6);
        let plan = Plan { rule: "R05", cycle, opens: from.on, due, roles };
        duties.push(plan.duty(30, Some(14), None).ends([next, closed]));
    }
}

/// R03 and R04: the meeting half a year before the 18th birthday, and support after it.
fn adulthood(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    let (start, closed) = bounds(case, place);
    let (cycle, opens, born) = ((start.entry, 0), start.on, case.birth());
    let adult = born.birthday(18);
    if start.on >= adult {
        return;
    }
    let half = born.plus_months(210);
    let due = if start.on > half { start.on.plus(28) } else { half };
    let roles = &[
        (NOTICE, Caseworker),
        (NOTICE, Mentor),
        (OVERDUE, Lead),
        (ESCALATED, ReceivingLead),
        (CRITICAL, Management),
    ];
    let plan = Plan { rule: "R03", cycle, opens, due, roles };
    duties.push(plan.duty(42, Some(14), Some(adult)).ends([case.meeting, closed]));
    let roles = &[(NOTICE, Caseworker), (NOTICE, ReceivingCaseworker), (NOTICE, Lead)];
    let plan = Plan { rule: "R04", cycle, opens, due: adult.plus(-28), roles };
    let in_place = support_after(case, start.on, adult);
    duties.push(plan.duty(28, Some(14), Some(adult)).ends([in_place, closed]));
}

/// Since when somebody is responsible for the adult and some support lasts beyond the birthday.
fn support_after(case: &Known, start: Day, adult: Day) -> Option<Day> {
    let accepted = case.handovers.iter().filter_map(|handover| match handover.answered {
        Some((on, true)) => Some(on),
        _ => None,
    });
    let first = Known::on_day(&case.offices, start).expect("somebody is responsible");
    let elsewhere = (first != Office::ChildrenFamily).then_some(start);
    let responsible = accepted.min().or(elsewhere)?;
    let others = case.tracks.iter().filter(|track| track.basis != Basis::Child);
    let lasting = others.filter(|track| track.is_active(adult.max(track.from)));
    let granted = lasting.map(|track| track.from).min()?;
    Some(responsible.max(granted))
}

/// R14.
fn evaluation(case: &Known, place: usize, duties: &mut Vec<Duty>) {
    let episode = &case.episodes[place];
    let Some(closed) = episode.closed else { return };
    let reopened = case.episodes.get(place + 1).and_then(|next| next.start).map(|mark| mark.on);
    let roles = &[(NOTICE, Mentor), (NOTICE, Caseworker), (OVERDUE, Lead)];
    let cycle = (closed.entry, 0);
    let plan = Plan { rule: "R14", cycle, opens: closed.on, due: closed.on.plus(14), roles };
    let evaluated = episode.evaluated.map(|mark| mark.on);
    duties.push(plan.duty(14, None, None).ends([evaluated, reopened]));
}

/// R07.
fn lab_periods(case: &Known, duties: &mut Vec<Duty>) {
    let lab: Vec<_> = case.tracks.iter().filter(|track| track.basis == Basis::Lab).collect();
    for (at, track) in lab.iter().enumerate() {
        let later = lab[at + 1..].iter().map(|track| track.from).min();
        for (nth, (granted, until)) in track.periods.iter().enumerate() {
            let extended = track.periods.get(nth + 1).map(|(mark, _)| mark.on);
            let roles = &[(NOTICE, Caseworker), (NOTICE, Mentor), (OVERDUE, Lead)];
            let due = until.expect("a LAB period has an end");
            let (cycle, opens) = ((granted.entry, 0), granted.on);
            let plan = Plan { rule: "R07", cycle, opens, due, roles };
            duties.push(plan.duty(42, None, None).ends([extended, track.ended, later]));
        }
    }
}

/// R08.
fn limited_periods(case: &Known, duties: &mut Vec<Duty>) {
    for period in &case.limited {
        let roles = &[(NOTICE, Mentor), (NOTICE, Caseworker), (OVERDUE, Lead)];
        let (cycle, opens) = ((period.started.entry, 0), period.started.on);
        let plan = Plan { rule: "R08", cycle, opens, due: period.until, roles };
        let closed = closing_from(case, period.started.on);
        duties.push(plan.duty(7, None, None).ends([period.ended, closed]));
    }
}

pub fn closing_from(case: &Known, day: Day) -> Option<Day> {
    let closed = case.episodes.iter().filter_map(|episode| episode.closed);
    closed.map(|closed| closed.on).find(|closed| *closed >= day)
}

/// R11: while consent is in force, the case runs and the young person is under 18.
fn parent_updates(case: &Known, duties: &mut Vec<Duty>) {
    let Some((first, _)) = case.agreements.first() else { return };
    let mut marks: Vec<Mark> = case.agreements[1..].iter().map(|(mark, _)| *mark).collect();
    marks.extend(case.updates.iter().filter(|mark| mark.on >= first.on));
    let adult = case.birth().birthday(18);
    for (nth, (given, is_given, until)) in case.consents.iter().enumerate() {
        let next = case.consents.get(nth + 1).map(|(mark, _, _)| mark.on);
        let lapses = until.map(|until| until.plus(1));
        for place in 0..case.episodes.len() {
            let (start, closed) = bounds(case, place);
            let allowed = if given.on < start.on { start } else { *given };
            let over = [next, lapses, Some(adult), closed].into_iter().flatten().min();
            if !is_given || over.is_some_and(|over| over <= allowed.on) {
                continue;
            }
            for (from, met) in intervals(*first, marks.iter().copied()) {
                let has_room = over.is_none_or(|over| over > from.on)
                    && met.is_none_or(|met| met > allowed.on);
                let agreed = case.agreements.iter().rfind(|(mark, _)| mark.on <= from.on);
                let (_, every) = agreed.expect("the first agreement begins it");
                let roles = &[(NOTICE, Mentor)];
                // Its name is that of the later of the two: where both dates of a duty lie before the
                // consent, another date is a moved one, told again only when the level rises.
                let later = if from.on > allowed.on { from } else { allowed };
                let due = from.on.plus(*every);
                let (cycle, opens) = ((later.entry, 0), later.on);
                let plan = Plan { rule: "R11", cycle, opens, due, roles };
                if has_room {
                    duties.push(plan.duty(1, None, None).ends([met, over]));
                }
            }
        }
    }
}

/// R13.
fn handovers(case: &Known, duties: &mut Vec<Duty>) {
    for handover in &case.handovers {
        let started = handover.started;
        let roles = &[
            (NOTICE, ReceivingCaseworker),
            (OVERDUE, Caseworker),
            (OVERDUE, Lead),
            (ESCALATED, ReceivingLead),
        ];
        let (cycle, due) = ((started.entry, 0), started.on.plus(14));
        let plan = Plan { rule: "R13", cycle, opens: started.on, due, roles };
        let answered = handover.answered.map(|(on, _)| on);
        let closed = closing_from(case, started.on);
        duties.push(plan.duty(14, Some(7), None).ends([answered, closed]));
    }
}
