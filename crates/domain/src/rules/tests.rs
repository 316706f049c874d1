use chrono::DateTime;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::case::{Case, Recorded};
use crate::event::Event;
use crate::ids::Position;
use crate::sealed::Sealed;

mod clocks;
mod periods;
mod transition;

type Line<'a> = (&'a str, &'a str, Value);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn opened(birth_date: &str) -> Value {
    json!({"administration": "employment", "municipality": "A", "caseworker": "SB-01",
           "mentor": "M-01", "birth_date": birth_date})
}

fn imported(birth_date: &str, claims: &Value) -> Value {
    let mut fields = opened(birth_date);
    let more = json!({"source": "OLD", "source_id": "1", "original_start": "2024-06-03"});
    for extra in [&more, claims] {
        fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    }
    fields
}

fn reopened() -> Value {
    json!({"mentor": "M-01", "caseworker": "SB-01"})
}

fn follow_up(participants: &[&str]) -> Value {
    json!({"participants": participants, "outcome": "continue"})
}

fn all_three() -> Value {
    follow_up(&["caseworker", "mentor", "youth"])
}

fn reviewed() -> Value {
    json!({"participants": ["professional_lead", "mentor"]})
}

fn met(parties: &[&str]) -> Value {
    json!({ "parties": parties })
}

fn all_parties() -> Value {
    met(&["children_family", "employment", "adult_disability", "mentor", "youth"])
}

fn granted(track: &str, basis: &str, from: &str, until: Option<&str>) -> Value {
    json!({"track": track, "basis": basis, "weekly_hours": 4, "budget": "employment",
           "from": from, "until": until, "person": "M-01"})
}

/// Folds lines of (day, type, fields); the event id is the line's number.
fn case(lines: &[Line<'_>]) -> Case {
    let mut case = Case::default();
    for (number, (on, name, fields)) in (1..).zip(lines) {
        let mut event = Event::decode(name, &fields.to_string()).unwrap();
        let sealed: Map<String, Value> = fields.as_object().unwrap().clone();
        event.open(&Sealed::Known(sealed));
        case.evolve(Recorded {
            position: Position(number),
            event_id: id(number),
            recorded_at: DateTime::UNIX_EPOCH,
            occurred_on: day(on),
            id: None,
            event,
        });
    }
    case
}

fn id(number: i64) -> EventId {
    EventId(Uuid::from_u128(number.unsigned_abs().into()))
}

fn all_deadlines(case: &Case, as_of: NaiveDate) -> Vec<Deadline> {
    let view = case.as_of(as_of);
    ALL.iter().flat_map(|rule| (rule.deadlines)(&view, &Policy::default())).collect()
}

/// What is open on a day: "R01 2025-04-03 notice: caseworker mentor".
fn open_among(deadlines: &[Deadline], on: NaiveDate) -> Vec<String> {
    let line = |deadline: &Deadline| {
        let level = deadline.level_on(on)?;
        let roles: Vec<&str> = deadline.roles_on(on).into_iter().map(Role::as_str).collect();
        Some(format!("{} {} {level}: {}", deadline.rule.id, deadline.due, roles.join(" ")))
    };
    deadlines.iter().filter_map(line).collect()
}

/// Holds what is open under one rule against a table, day by day.
#[track_caller]
fn check(rule: &str, lines: &[Line<'_>], table: &[(&str, &str)]) {
    let case = case(lines);
    for (on, expected) in table {
        let open = open_among(&all_deadlines(&case, day(on)), day(on));
        let open: Vec<String> = open.into_iter().filter(|line| line.starts_with(rule)).collect();
        assert_eq!(open.join("; "), *expected, "on {on}");
    }
}

/// Every deadline of one rule as "cycle due settled how".
fn history(rule: &str, lines: &[Line<'_>], as_of: &str) -> Vec<String> {
    let deadlines = all_deadlines(&case(lines), day(as_of));
    let of_rule = deadlines.iter().filter(|deadline| deadline.rule.id == rule);
    let line = |deadline: &Deadline| {
        let settled = deadline.settled.map_or("open".to_owned(), |settled| {
            format!("{} by {} {:?}", settled.on, settled.by.0.as_u128(), settled.how)
        });
        format!("{} due {}: {settled}", deadline.cycle.0.as_u128(), deadline.due)
    };
    of_rule.map(line).collect()
}

#[test]
fn a_rule_is_found_by_number_or_name() {
    assert_eq!(find("R01").unwrap().name, "follow_up");
    assert_eq!(find("r07").unwrap().name, "lab_period");
    assert_eq!(find("transition_meeting").unwrap().id, "R03");
    assert!(find("R99").is_none());
}

#[test]
fn a_deadline_answers_for_every_day_as_the_case_of_that_day_would() {
    let lines = [
        ("2025-02-03", "CaseOpened", opened("2007-12-14")),
        (
            "2025-02-03",
            "SupportGranted",
            granted("T1", "LAB-167", "2025-02-03", Some("2025-08-03")),
        ),
        ("2025-03-14", "FollowUpHeld", all_three()),
        (
            "2025-05-05",
            "LimitedSupportPeriodStarted",
            json!({"track": "T1", "until": "2025-06-05"}),
        ),
        (
            "2025-06-10",
            "LimitedSupportPeriodEnded",
            json!({"track": "T1", "outcome": "back_to_lab"}),
        ),
        ("2025-06-20", "FollowUpHeld", all_three()),
        ("2025-08-10", "SupportExtended", json!({"track": "T1", "until": "2026-01-03"})),
        ("2025-09-01", "MethodReviewHeld", reviewed()),
        ("2025-12-20", "TransitionMeetingHeld", all_parties()),
        ("2026-02-01", "CaseClosed", json!({})),
        ("2026-06-01", "CaseReopened", reopened()),
    ];
    let case = case(&lines);
    let newest = all_deadlines(&case, day("2026-12-31"));
    // An extension fills the days since a track ran out, so its hours are asked about in hindsight.
    let filled = day("2025-08-04")..day("2025-08-10");
    for on in day("2025-01-01").iter_days().take_while(|on| *on <= day("2026-12-31")) {
        let of_that_day = open_among(&all_deadlines(&case, on), on);
        let mut in_hindsight = open_among(&newest, on);
        if filled.contains(&on) {
            in_hindsight.retain(|open| !open.starts_with("R09 "));
        }
        assert_eq!(in_hindsight, of_that_day, "on {on}");
    }
}

#[test]
fn policy_moves_dates_and_levels() {
    let policy = Policy {
        follow_up_interval_days: 28,
        follow_up_notice_days: 3,
        follow_up_escalate_days: 2,
        follow_up_critical_after_days: 40,
        ..Policy::default()
    };
    let case = case(&[("2025-01-01", "CaseOpened", opened("2004-01-09"))]);
    let deadlines = (follow_up::RULE.deadlines)(&case.as_of(day("2025-01-01")), &policy);
    assert_eq!(
        deadlines[0].level_days(),
        [
            (Level::Notice, day("2025-01-26")),
            (Level::Overdue, day("2025-01-30")),
            (Level::Escalated, day("2025-01-31")),
            (Level::Critical, day("2025-02-10")),
        ]
    );
    assert_eq!(deadlines[0].since(Level::Critical), Some(day("2025-02-10")));
}
