//! The rules for which a case alone does not say everything: the hours that a volunteer gives in all
//! cases together, and the supervision of whoever holds two roles towards one young person.

use super::calendar::Day;
use super::counted;
use super::duties::{Duty, ESCALATED, NOTICE, Plan, Role, closing_from};
use super::history::{Fact, History, Supervision, neighbourhood};
use super::known::{Known, Track};

/// What a volunteer gives in a month: ten hours.
const MONTH_MINUTES: i32 = 600;
/// Supervision is for so many days.
const SUPERVISED_DAYS: i32 = 60;
/// Days ahead that a letter may speak of: it comes before a weekend.
const AHEAD: i32 = 20;

/// What stands elsewhere on a day, as far as it is recorded.
pub struct Elsewhere<'a> {
    /// All cases, and how many entries of each are recorded.
    pub histories: &'a [History],
    pub recorded: &'a [usize],
    /// The supervision that is recorded.
    pub supervision: &'a [Supervision],
    /// Which case is asked about.
    pub number: usize,
    /// The day.
    pub day: Day,
}

/// What follows for a case on the day.
pub fn of(case: &Known, elsewhere: &Elsewhere<'_>) -> Vec<Duty> {
    let mut duties = Vec::new();
    volunteer_month(case, elsewhere, &mut duties);
    supervision(case, elsewhere, &mut duties);
    duties
}

/// R12: all through the month after a whole month in which the volunteer who came last gave less
/// than ten hours, to all young people together.
fn volunteer_month(case: &Known, elsewhere: &Elsewhere<'_>, duties: &mut Vec<Duty>) {
    let Some((came, volunteer)) = case.volunteers.last().copied() else { return };
    let (year, month, _) = elsewhere.day.date();
    let this = Day::of(year, month, 1);
    let last = this.plus_months(-1);
    let is_whole = came <= last;
    if !is_whole || !counted::runs(case, elsewhere.day) {
        return;
    }
    if elsewhere.minutes(volunteer, last, this) < MONTH_MINUTES {
        let roles = &[(NOTICE, Role::Coordinator)];
        let cycle = (usize::try_from(this.0).expect("a day of our time"), 0);
        let plan = Plan { rule: "R12", cycle, opens: this, due: this, roles };
        let statement = plan.since([Some(this), None, None, None]);
        duties.push(statement.ends([Some(this.plus_months(1))]));
    }
}

impl Elsewhere<'_> {
    /// What a volunteer gave from a day on, up to another one, in all cases of the neighbourhood.
    fn minutes(&self, volunteer: u64, from: Day, to: Day) -> i32 {
        let mut minutes = 0;
        for (history, recorded) in self.histories.iter().zip(self.recorded) {
            if neighbourhood(history.number) != neighbourhood(self.number) {
                continue;
            }
            let known = &history.entries[..*recorded];
            for (place, entry) in known.iter().enumerate() {
                if let Fact::Helped { volunteer: by, minutes: given } = entry.fact
                    && by == volunteer
                    && (from..to).contains(&entry.on)
                    && entry.on <= self.day
                    && !known.iter().any(|other| other.fact == Fact::Retracted { entry: place })
                {
                    minutes += given;
                }
            }
        }
        minutes
    }
}

/// R15: each stretch of days on which two tracks or more are one mentor's.
fn supervision(case: &Known, elsewhere: &Elsewhere<'_>, duties: &mut Vec<Duty>) {
    let mut mentors: Vec<u64> = case.tracks.iter().filter_map(|track| track.person).collect();
    mentors.sort_unstable();
    mentors.dedup();
    for mentor in mentors {
        let own: Vec<&Track> =
            case.tracks.iter().filter(|track| track.person == Some(mentor)).collect();
        if own.len() < 2 {
            continue;
        }
        let is_dual = |day: Day| own.iter().filter(|track| track.is_active(day)).count() > 1;
        let end = elsewhere.day.plus(AHEAD);
        // Two roles meet on the first day of some track.
        let mut begins: Vec<Day> = own.iter().map(|track| track.from).collect();
        begins.sort_unstable();
        begins.dedup();
        for from in begins.into_iter().filter(|day| is_dual(*day) && !is_dual(day.plus(-1))) {
            let mut day = from;
            while day <= end && is_dual(day) {
                day = day.plus(1);
            }
            let over = (day <= end).then_some(day);
            let second = own.iter().filter(|track| track.from == from);
            let entry = second.map(|track| track.periods[0].0.entry).max();
            let of = (mentor, entry.expect("a track begins on that day"));
            stretch(case, elsewhere, of, (from, over), duties);
        }
    }
}

/// From the last supervision before two roles met, or from that day; and from each one since.
fn stretch(
    case: &Known,
    elsewhere: &Elsewhere<'_>,
    (mentor, entry): (u64, usize),
    (from, over): (Day, Option<Day>),
    duties: &mut Vec<Duty>,
) {
    let of_mentor = elsewhere.supervision.iter().filter(|had| had.mentor == mentor);
    let mut had: Vec<Day> = of_mentor.map(|had| had.on).filter(|on| *on <= elsewhere.day).collect();
    had.sort_unstable();
    let before = had.iter().rfind(|on| **on <= from).copied();
    let within = |on: &Day| *on > from && over.is_none_or(|over| *on < over);
    let mut anchors = vec![before.unwrap_or(from)];
    anchors.extend(had.into_iter().filter(within));
    for (nth, anchor) in anchors.iter().enumerate() {
        let roles = &[(NOTICE, Role::Mentor), (NOTICE, Role::Lead), (ESCALATED, Role::Management)];
        let name = if nth == 0 { 0 } else { usize::try_from(anchor.0).expect("of our time") };
        let (cycle, opens) = ((entry, name), from.max(*anchor));
        let due = anchor.plus(SUPERVISED_DAYS);
        let plan = Plan { rule: "R15", cycle, opens, due, roles };
        let next = anchors.get(nth + 1).copied();
        let closed = closing_from(case, from);
        duties.push(plan.duty(14, Some(30), None).ends([next, over, closed]));
    }
}
