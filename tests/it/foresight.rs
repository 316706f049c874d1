//! What is to come: reckoned in one go, and day by day with the rules themselves.

mod naive;
mod stored;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate};
use proptest::prelude::*;
use serde_json::{Value, json};
use spor_domain::case::{Case, Recorded};
use spor_domain::event::Event;
use spor_domain::ids::{CaseRef, EventId, PersonRef, Position};
use spor_domain::policy::Policies;
use spor_domain::rules::{self, Level};
use spor_domain::sealed::Sealed;
use spor_domain::staff::Directory;
use spor_scheduler::foresee::draft::{Change, drafted};
use spor_scheduler::foresee::tally::{By, Tally};
use spor_scheduler::foresee::{Assumed, Foretold, Outlook, Span};
use spor_tests::entry::{CASE, fields};
use uuid::Uuid;

use naive::simulated;

/// A letter's line: day, rule, level, person.
type Line = (NaiveDate, &'static str, Level, String);

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).expect("a day")
}

fn case_ref() -> CaseRef {
    CaseRef::parse(CASE).expect("a reference")
}

/// Puts a short entry behind the others.
fn add(case: &mut Case, entry: &str) {
    let told = fields(entry);
    let position = i64::try_from(case.entries().len()).expect("few") + 1;
    let mut event = Event::decode(
        told["type"].as_str().expect("a type"),
        &Value::Object(told.clone()).to_string(),
    )
    .unwrap_or_else(|problem| panic!("{entry}: {problem:?}"));
    event.open(&Sealed::Known(told.clone()));
    case.evolve(Recorded {
        position: Position(position),
        event_id: EventId(Uuid::from_u128(u128::from(position.unsigned_abs()) << 8)),
        recorded_at: DateTime::UNIX_EPOCH,
        occurred_on: day(told["date"].as_str().expect("a date")),
        id: None,
        event,
    });
}

fn case_of(entries: &[&str]) -> Case {
    let mut case = Case::default();
    for entry in entries {
        add(&mut case, entry);
    }
    case
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (person, role, email) in [
        ("M-01", "mentor", "mentor@kommune.example"),
        ("SB-01", "caseworker", "raadgiver@kommune.example"),
        ("L-01", "professional_lead", "leder@kommune.example"),
        ("D-01", "management", "ledelse@kommune.example"),
    ] {
        let entry = format!(
            "2023-01-02 StaffRegistered person={person} name='Ask Eksempel' email={email} \
             roles={role} administration=employment"
        );
        let case = case_of(&[&entry]);
        let Event::Staff(event) = &case.entries()[0].event else { panic!("{entry}") };
        let at = (day("2023-01-02"), case.entries()[0].event_id);
        directory.evolve(&PersonRef::parse(person).expect("a person"), at, event);
    }
    directory
}

fn outlook(policies: &Policies, span: Span, assumed: Assumed) -> Outlook {
    Outlook::new(policies.clone(), directory(), BTreeSet::new(), (span, assumed))
}

fn foretold(case: &Case, policies: &Policies, (span, assumed): (Span, Assumed)) -> Vec<Foretold> {
    let outlook = outlook(policies, span, assumed);
    outlook.of(&case_ref(), outlook.seen(case)).expect("the case can be read")
}

fn lines(found: &[Foretold]) -> Vec<Line> {
    let line = |found: &Foretold| {
        (found.day, found.rule.id, found.level, found.person.clone().unwrap_or_default())
    };
    let mut lines: Vec<Line> = found.iter().map(line).collect();
    lines.sort();
    lines
}

/// What happened before the first day, by a number that chance gave.
fn entry(kind: u8, on: NaiveDate, until: NaiveDate) -> String {
    match kind {
        0 => format!(
            "{on} SupportGranted track=T1 basis=LAB-167 weekly_hours=3 person=M-01 until={until}"
        ),
        1 => format!("{on} FollowUpHeld participants=caseworker,mentor,youth"),
        2 => format!("{on} FollowUpHeld participants=caseworker,mentor"),
        3 => format!("{on} MethodReviewHeld participants=professional_lead,mentor"),
        4 => format!("{on} MethodChosen"),
        5 => format!("{on} NetworkMapped"),
        6 => format!("{on} DialogueHeld need=same"),
        7 => format!("{on} SessionHeld minutes=90"),
        8 => format!("{on} LimitedSupportPeriodStarted track=T1 until={until}"),
        9 => format!("{on} ConsentGiven scope=parent_updates by=youth"),
        10 => format!("{on} FamilyInvolvementAgreed extent=limited update_days=40"),
        11 => format!("{on} SupportGranted track=T2 basis=BL-32 weekly_hours=2 person=M-01"),
        _ => format!("{on} SupportPaused"),
    }
}

prop_compose! {
    /// A case of one year and more, and the first day of an outlook. Half years begin on a day that
    /// every month has: what a short month does to them is looked at below.
    fn a_case()(
        opened in 0..200_u64,
        birth in 0..2500_u64,
        facts in proptest::collection::vec((0..13_u8, 1..300_u64, 0..260_u64), 0..18),
        ahead in 0..40_u64,
    ) -> (Case, NaiveDate) {
        let early = |on: NaiveDate| if chrono::Datelike::day(&on) > 28 { later(on, 4) } else { on };
        let opened = early(later(day("2024-02-01"), opened));
        let born = later(day("2004-01-01"), birth);
        let mut entries = vec![(opened, format!(
            "{opened} CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
             birth_date={born}"
        ))];
        let mut last = opened;
        let mut granted = BTreeSet::new();
        for (kind, after, until) in facts {
            // A fact may meet two tracks or agreements at once; here each is there once.
            if matches!(kind, 0 | 8..) && !granted.insert(kind) {
                continue;
            }
            let on = early(later(opened, after));
            last = last.max(on);
            entries.push((on, entry(kind, on, later(on, until))));
        }
        entries.sort();
        let entries: Vec<&str> = entries.iter().map(|(_, entry)| entry.as_str()).collect();
        (case_of(&entries), later(last, ahead))
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Nothing changes, or a setting does in the middle of the span.
fn policies(change: u8, on: NaiveDate) -> Policies {
    let (key, value) = match change {
        0 => ("follow_up_interval_days", 28),
        1 => ("follow_up_notice_days", 20),
        2 => ("follow_up_interval_days", 60),
        3 => ("method_review_notice_days", 5),
        _ => return Policies::default(),
    };
    let change = Change { key: key.to_owned(), value: json!(value), from: on };
    drafted(&Policies::default(), &[change]).expect("a setting that may be")
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn a_forecast_is_what_the_days_bring_one_after_the_other(
        (case, from) in a_case(), change in 0..8_u8, after in 1..200_u64, is_met in any::<bool>(),
    ) {
        let assumed = if is_met { Assumed::Met } else { Assumed::Unmet };
        let policies = policies(change, later(from, after));
        let asked = (Span::months(from, 12), assumed);
        let mut reckoned = lines(&foretold(&case, &policies, asked));
        let mut simulated = simulated(&case, &policies, asked);
        if is_met {
            // What nobody can meet with one fact is not assumed to be met: the hours of weeks.
            reckoned.retain(|line| line.1 != "R09");
            simulated.retain(|line| line.1 != "R09");
        }
        prop_assert_eq!(reckoned, simulated);
    }

    #[test]
    fn the_first_letter_of_a_duty_names_the_date_that_the_deadline_has((case, from) in a_case()) {
        let policies = Policies::default();
        let view = case.as_of(from);
        let due: BTreeSet<(&str, Option<NaiveDate>)> = rules::deadlines(&view, policies.on(from))
            .map(|deadline| (deadline.rule.id, deadline.dated()))
            .collect();
        let found = foretold(&case, &policies, (Span::months(from, 12), Assumed::Met));
        let mut seen = BTreeSet::new();
        for line in found.iter().filter(|line| line.rule.again.is_none()) {
            prop_assert!(due.contains(&(line.rule.id, line.due)), "{line:?}");
        }
        for line in found.iter().filter(|line| line.rule.id == "R01" && seen.insert(line.rule.id)) {
            let next = view.follow_up(policies.on(from)).expect("an open case").due;
            let next = if next < from { later(from, 42) } else { next };
            let first = [Some(next), Some(later(next, 42))];
            prop_assert!(first.contains(&line.due), "{line:?}, next {next}");
        }
    }
}

/// The due dates of a rule's letters, each once.
fn due_dates(case: &Case, rule: &str, span: Span) -> Vec<String> {
    let found = foretold(case, &Policies::default(), (span, Assumed::Met));
    let mut due: Vec<NaiveDate> =
        found.iter().filter(|line| line.rule.id == rule).filter_map(|line| line.due).collect();
    due.sort();
    due.dedup();
    due.iter().map(ToString::to_string).collect()
}

#[test]
fn what_a_weekend_brought_is_foretold_for_the_first_letters_after_it() {
    let case = case_of(&[
        "2026-01-05 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
         birth_date=2004-01-09",
        "2026-03-07 SupportGranted track=T1 basis=LAB-167 weekly_hours=3 person=M-01 \
         until=2026-03-20",
    ]);
    let (policies, monday) = (Policies::default(), day("2026-03-09"));
    let span = Span::months(monday, 1);
    let of_period = |found: Vec<Foretold>| -> Vec<Line> {
        lines(&found).into_iter().filter(|(_, rule, ..)| *rule == "R07").collect()
    };
    let found = of_period(foretold(&case, &policies, (span, Assumed::Unmet)));
    let first = found.first().expect("the end of the period is told of");
    assert_eq!((first.0, first.2), (monday, Level::Notice), "nobody was told on Friday: {found:?}");
}

#[test]
fn half_years_keep_to_one_anchor_and_never_drift() {
    let opened = "2025-08-31 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
                  birth_date=2004-01-09";
    let span = Span::months(day("2025-09-01"), 36);
    assert_eq!(
        due_dates(&case_of(&[opened]), "R05", span),
        ["2026-02-28", "2026-08-31", "2027-02-28", "2027-08-31", "2028-02-29", "2028-08-31"]
    );
    let reviewed = "2025-12-30 MethodReviewHeld participants=professional_lead,mentor";
    let span = Span::months(day("2026-01-01"), 24);
    assert_eq!(
        due_dates(&case_of(&[opened, reviewed]), "R05", span),
        ["2026-06-30", "2026-12-30", "2027-06-30", "2027-12-30"]
    );
}

#[test]
fn six_weeks_are_counted_from_the_day_the_last_one_was_met() {
    let opened = "2026-01-05 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
                  birth_date=2004-01-09";
    let span = Span::months(day("2026-01-06"), 6);
    assert_eq!(
        due_dates(&case_of(&[opened]), "R01", span),
        ["2026-02-16", "2026-03-30", "2026-05-11", "2026-06-22"]
    );
    // Late on the first day: met then, and counted from there.
    let span = Span::months(day("2026-03-02"), 3);
    assert_eq!(due_dates(&case_of(&[opened]), "R01", span), ["2026-04-13", "2026-05-25"]);
}

#[test]
fn seventeen_and_a_half_is_one_step_from_the_birthday() {
    let opened = "2026-01-05 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
                  birth_date=2008-08-31";
    let span = Span::months(day("2026-01-06"), 6);
    // 210 months in one step; six months from 31 August 2025 would be the same day only by chance.
    assert_eq!(due_dates(&case_of(&[opened]), "R03", span), ["2026-02-28"]);
}

#[test]
fn a_digest_of_a_person_and_a_day_counts_as_one_letter() {
    let opened = "2026-01-05 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
                  birth_date=2004-01-09";
    let span = Span::months(day("2026-01-06"), 2);
    let found = foretold(&case_of(&[opened]), &Policies::default(), (span, Assumed::Met));
    let mut tally = Tally::new(span);
    tally.add(Some(&found));
    tally.add(Some(&found));
    // Of follow-up, choice of method and network map the notices come on one day, in two cases.
    let ninth = tally.by(By::Day).into_iter().find(|day| day.of == "2026-02-09").expect("the day");
    assert_eq!((ninth.letters, ninth.reminders), (Some(2), 10));
    let people = tally.by(By::Person);
    let mentor = people.iter().find(|person| person.of == "M-01").expect("the mentor");
    assert_eq!(mentor.on_busiest_day, 6);
    assert_eq!(tally.total().reminders, 2 * found.len() as u64);
    let by_rule: u64 = tally.by(By::Rule).iter().map(|rule| rule.reminders).sum();
    let by_week: u64 = tally.by(By::Week).iter().map(|week| week.reminders).sum();
    assert_eq!((by_rule, by_week), (tally.total().reminders, tally.total().reminders));
}

#[test]
fn where_nothing_is_met_the_levels_rise_and_nothing_recurs() {
    let opened = "2026-01-05 CaseOpened administration=employment mentor=M-01 caseworker=SB-01 \
                  birth_date=2004-01-09";
    let span = Span::months(day("2026-01-06"), 12);
    let found = foretold(&case_of(&[opened]), &Policies::default(), (span, Assumed::Unmet));
    let levels: Vec<String> = lines(&found)
        .into_iter()
        .filter(|line| line.1 == "R01")
        .map(|(on, _, level, person)| format!("{on} {level} {person}"))
        .collect();
    assert_eq!(
        levels,
        [
            "2026-02-09 notice M-01",
            "2026-02-09 notice SB-01",
            "2026-02-17 overdue M-01",
            "2026-02-17 overdue SB-01",
            "2026-02-23 escalated L-01",
            "2026-02-23 escalated M-01",
            "2026-02-23 escalated SB-01",
            "2026-03-31 critical D-01",
            "2026-03-31 critical L-01",
            "2026-03-31 critical M-01",
            "2026-03-31 critical SB-01",
        ]
    );
}

#[test]
fn a_draft_is_refused_as_the_setting_would_be() {
    for (key, value) in
        [("follow_up_interval_day", json!(28)), ("follow_up_interval_days", json!(3))]
    {
        let change = Change { key: key.to_owned(), value, from: day("2026-01-01") };
        assert!(drafted(&Policies::default(), &[change]).is_err(), "{key}");
    }
}
