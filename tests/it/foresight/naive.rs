//! The same letters, written as straightforwardly as possible: day after day, entry after entry.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::case::Case;
use spor_domain::ids::{EventId, PersonRef};
use spor_domain::policy::{Policies, Policy};
use spor_domain::rules::{self, Deadline, Level, Rule};
use spor_domain::staff::Directory;
use spor_domain::view::View;
use spor_scheduler::foresee::{Assumed, Span};
use uuid::Uuid;

use super::{Line, add, directory, later};

/// The day of a level's letter, as the handbook says it.
fn letter_day(level: Level, since: NaiveDate, policy: &Policy) -> NaiveDate {
    let is_closed = |day: &NaiveDate| !calendar::is_working_day(*day, policy.offices);
    let mut day = since;
    while is_closed(&day) {
        day = match level {
            Level::Notice => calendar::days_before(day, 1),
            _ => calendar::days_after(day, 1),
        };
    }
    day
}

/// One municipality's days, one after the other: facts first, then the letters of the morning.
struct Naive<'a> {
    policies: &'a Policies,
    directory: Directory,
    /// The mentor's supervision, which stands in another stream.
    attended: BTreeMap<NaiveDate, EventId>,
    told: BTreeSet<(Uuid, &'static str, Level, String)>,
    lines: Vec<Line>,
}

impl Naive<'_> {
    fn view(&self, case: &Case, on: NaiveDate) -> View {
        let mut view = case.as_of(on);
        let mentor = PersonRef::parse("M-01").expect("a person");
        view.supervised.insert(mentor, self.attended.clone());
        view
    }

    fn morning(&mut self, case: &Case, on: NaiveDate, rules: &[&'static Rule]) {
        let policy = self.policies.on(on);
        if !calendar::is_working_day(on, policy.offices) {
            return;
        }
        let view = self.view(case, on);
        let come = |deadline: &Deadline, level: Level| {
            // No letter of a Friday tells of a Saturday on which there is nothing left to do.
            let ends = deadline.settled.map(|settled| settled.on);
            let since = deadline.since(level).filter(|since| ends.is_none_or(|ends| *since < ends));
            since.is_some_and(|since| letter_day(level, since, policy) <= on)
        };
        for rule in rules {
            for deadline in (rule.deadlines)(&view, policy) {
                let present = Level::ALL.into_iter().rfind(|level| come(&deadline, *level));
                let is_open = deadline.settled.is_none_or(|settled| settled.on > on);
                let Some(level) = present.filter(|_| is_open) else { continue };
                let roles = deadline.roles.iter().filter(|(from, _)| come(&deadline, *from));
                for (_, role) in roles {
                    let people = self.directory.resolve(*role, &view);
                    let mut told: Vec<(String, String)> =
                        people.iter().map(|who| (who.to_string(), who.to_string())).collect();
                    if people.is_empty() {
                        // Nobody is told, and whoever leads is told of that.
                        let role = role.as_str();
                        told = vec![(role.to_owned(), String::new())];
                        told.push((format!("alarm {role}"), "L-01".to_owned()));
                    }
                    for (name, person) in told {
                        if self.told.insert((deadline.cycle.0, rule.id, level, name)) {
                            self.lines.push((on, rule.id, level, person));
                        }
                    }
                }
            }
        }
    }
}

/// What meets a deadline, as an entry of a day; nothing for a statement.
fn meets(deadline: &Deadline, place: usize, on: NaiveDate) -> Option<Vec<String>> {
    let entries: &[&str] = match deadline.rule.id {
        "R01" => &["FollowUpHeld participants=caseworker,mentor,youth"],
        "R02" => &["DialogueHeld need=same"],
        "R03" => &["TransitionMeetingHeld \
             parties=children_family,employment,adult_disability,mentor,youth"],
        "R04" => &["SupportGranted track=T9 basis=SEL-85 weekly_hours=2"],
        "R05" => &["MethodReviewHeld participants=professional_lead,mentor"],
        "R06" => &["MethodChosen"],
        "R07" => &["SupportEnded track=T1"],
        "R08" => &["LimitedSupportPeriodEnded track=T1"],
        "R10" => &["NetworkMapped"],
        "R11" => &["ParentUpdateSent"],
        "R13" => &["HandoverAccepted by=SB-01"],
        "R14" => &["MethodEvaluated"],
        "R17" => [
            &["LawStepRecorded step=first_follow_up"],
            &["LawStepRecorded step=preparation"],
            &["LawStepRecorded step=youth_plan"],
        ][place % 3],
        _ => return None,
    };
    Some(entries.iter().map(|entry| format!("{on} {entry}")).collect())
}

/// Every letter of the span, simulated day by day from the first entry on; one rule at a time once
/// the span begins, so that a fact meets one duty alone.
pub(super) fn simulated(
    case: &Case,
    policies: &Policies,
    (span, assumed): (Span, Assumed),
) -> Vec<Line> {
    let letters: Vec<&'static Rule> =
        rules::ALL.into_iter().filter(|rule| rule.id != "R12").collect();
    let mut naive = Naive {
        policies,
        directory: directory(),
        attended: BTreeMap::new(),
        told: BTreeSet::new(),
        lines: Vec::new(),
    };
    let mut on = case.entries()[0].on;
    while on < span.from {
        naive.morning(case, on, &letters);
        on = later(on, 1);
    }
    let mut lines = Vec::new();
    for rule in letters {
        let mut future = case.clone();
        let mut days = Naive {
            policies,
            directory: directory(),
            attended: BTreeMap::new(),
            told: naive.told.clone(),
            lines: Vec::new(),
        };
        for on in span.from.iter_days().take_while(|on| *on <= span.until) {
            let deadlines = (rule.deadlines)(&days.view(&future, on), policies.on(on));
            if assumed == Assumed::Met {
                for (place, deadline) in deadlines.iter().enumerate() {
                    let is_open = deadline.settled.is_none_or(|settled| settled.on > on);
                    if is_open && deadline.dated().is_some_and(|due| due <= on) {
                        if rule.id == "R15" {
                            let nth = 1_000 + u128::try_from(days.attended.len()).unwrap_or(0);
                            days.attended.insert(on, EventId(Uuid::from_u128(nth)));
                        }
                        let entries = meets(deadline, place, on).unwrap_or_default();
                        entries.iter().for_each(|entry| add(&mut future, entry));
                    }
                }
            }
            days.morning(&future, on, &[rule]);
        }
        lines.extend(days.lines);
    }
    lines.sort();
    lines
}
