//! Stories of the seed, told to a log in memory: every outcome, every expectation, no store.

use std::path::Path;

use chrono::NaiveDate;
use serde_json::{Value, json};
use spor_domain::calendar;
use spor_domain::ids::CaseRef;
use spor_domain::policy::Policies;
use spor_domain::rules;
use spor_domain::view::View;
use spor_projections::case_document;
use spor_tests::book::{Answer, Book};

#[test]
fn born_on_29_february_meets_late() {
    tell("S01");
}

#[test]
fn support_is_switched_and_back_with_one_person() {
    tell("S02");
}

#[test]
fn a_course_ends_early_as_the_young_person_wishes() {
    tell("S04");
}

#[test]
fn a_volunteer_takes_over() {
    tell("S11");
}

#[test]
fn wrong_entries_are_corrected_and_stay_visible() {
    tell("S06");
}

#[test]
fn a_follow_up_is_missed_twice() {
    tell("S08");
}

fn tell(id: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories/seed.json");
    let stories: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let story = stories.iter().find(|story| story["id"] == id).unwrap();
    let mut book = Book::default();
    let mut lines = story["events"].as_array().unwrap().clone();
    lines
        .sort_by_key(|line| line["recorded"].as_str().or(line["date"].as_str()).map(str::to_owned));
    for line in lines {
        let answer = book.take(&line.to_string());
        let expected = match line["expect"].as_str() {
            Some("rejected") => matches!(answer, Answer::Rejected(_)),
            Some("no_change") => answer == Answer::Unchanged,
            _ => matches!(answer, Answer::Accepted(_)),
        };
        assert!(expected, "{id}: {line}\n{answer:?}");
    }
    for expectation in story["expectations"].as_array().unwrap() {
        check(&book, expectation);
    }
}

fn check(book: &Book, expectation: &Value) {
    let day = |key: &str| expectation[key].as_str().map(|text| text.parse().unwrap());
    let as_of: NaiveDate = day("as_of").unwrap();
    let policies = book.policies(None);
    let known_at = calendar::end_of_day(day("known_at").unwrap_or(as_of), policies.on(as_of).zone);
    let policies = book.policies(Some(known_at));
    let case = CaseRef::parse(expectation["case"].as_str().unwrap()).unwrap();
    let fold = book.case(&case, Some(known_at));
    let mut view = fold.as_of(as_of);
    book.fill_in(&case, &mut view, Some(known_at));
    let document = case_document::build(&view, policies.on(as_of), &fold).unwrap();
    let document = serde_json::to_value(document).unwrap();
    for (key, expected) in expectation["expect"].as_object().unwrap() {
        match key.as_str() {
            "reminders_open" => open(&view, &policies, expected, expectation),
            "reminders_absent" => absent(&view, &policies, expected, expectation),
            "flags" => {
                let raised = document["flags"].as_array().unwrap();
                let expected = expected.as_array().unwrap();
                assert!(expected.iter().all(|flag| raised.contains(flag)), "{expectation}");
            }
            "audit" => {
                let entry = expected["entry"].as_str().unwrap();
                let versions = &document["audit"]["entries"][entry];
                assert_eq!(versions, &expected["versions"], "{expectation}");
            }
            _ => matches_part(&document[key], expected, expectation),
        }
    }
}

/// Keys that are not named are free.
fn matches_part(found: &Value, expected: &Value, expectation: &Value) {
    match expected.as_object() {
        Some(fields) => {
            for (key, value) in fields {
                matches_part(&found[key], value, expectation);
            }
        }
        None if expected.is_number() => {
            assert_eq!(found.as_f64(), expected.as_f64(), "{expectation}");
        }
        None => assert_eq!(found, expected, "{expectation}"),
    }
}

fn reminders(view: &View, policies: &Policies) -> Vec<Value> {
    let policy = policies.on(view.day);
    let deadlines = rules::ALL.iter().flat_map(|rule| (rule.deadlines)(view, policy));
    let open = deadlines.filter_map(|deadline| {
        let level = deadline.level_on(view.day)?;
        let mut to: Vec<&str> =
            deadline.roles_on(view.day).into_iter().map(|role| role.as_str()).collect();
        to.sort_unstable();
        let (rule, level) = (deadline.rule.id, level.as_str());
        let mut told = json!({"rule": rule, "level": level, "to": to});
        if let Some(due) = deadline.dated() {
            told["due"] = json!(due);
        }
        Some(told)
    });
    open.collect()
}

fn open(view: &View, policies: &Policies, expected: &Value, expectation: &Value) {
    let reminders = reminders(view, policies);
    for wanted in expected.as_array().unwrap() {
        let found = reminders.iter().filter(|reminder| *reminder == wanted).count();
        assert_eq!(found, 1, "{expectation}\n{reminders:?}");
        let of_rule = reminders.iter().filter(|reminder| reminder["rule"] == wanted["rule"]);
        assert_eq!(of_rule.count(), 1, "{expectation}\n{reminders:?}");
    }
}

fn absent(view: &View, policies: &Policies, expected: &Value, expectation: &Value) {
    let reminders = reminders(view, policies);
    for rule in expected.as_array().unwrap() {
        let found = reminders.iter().any(|reminder| reminder["rule"] == *rule);
        assert!(!found, "{expectation}\n{reminders:?}");
    }
}

#[test]
fn a_document_has_the_keys_of_its_contract_and_no_others() {
    let mut book = Book::default();
    for line in [
        "2025-02-03 CaseOpened birth_date=2003-05-14 mentor=M-07",
        "2025-02-03 SupportGranted track=T1 basis=LAB-167 weekly_hours=4 until=2025-08-03",
        "2025-05-05 LimitedSupportPeriodStarted track=T1 until=2025-06-05",
        "2025-06-20 CaseClosed reason=youth_wish",
    ] {
        let answer = book.take(&spor_tests::entry::journal_line(line));
        assert!(matches!(answer, Answer::Accepted(_)), "{line}\n{answer:?}");
    }
    let always = [
        "active_tracks",
        "adult",
        "age",
        "audit",
        "caseworker",
        "coverage_gap_days",
        "episode",
        "flags",
        "granted_weekly_hours",
        "group",
        "hours_week",
        "mentor",
        "minimum_duration_until",
        "persons_met",
        "phase",
        "responsible_administration",
        "state",
        "switches",
    ];
    let open = [
        "follow_up",
        "hours",
        "hours_by_budget_4w",
        "lab_period",
        "method_review",
        "transition_meeting",
    ];
    let keys = |day: &str| -> Vec<String> {
        let case = book.case(&spor_tests::book::usual_case(), None);
        let policies = book.policies(None);
        let view = case.as_of(day.parse().unwrap());
        let document = case_document::build(&view, policies.on(view.day), &case).unwrap();
        let document = serde_json::to_value(document).unwrap();
        assert_eq!(document["group"]["assessment"], "none");
        document.as_object().unwrap().keys().cloned().collect()
    };
    let expected = |more: &[&str]| {
        let mut keys: Vec<String> =
            always.iter().chain(more).map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    assert_eq!(sorted(keys("2025-03-01")), expected(&open));
    assert_eq!(sorted(keys("2025-05-05")), expected(&[&open[..], &["limited_support"]].concat()));
    assert_eq!(sorted(keys("2025-06-20")), expected(&["duration_days"]));
    let case = book.case(&spor_tests::book::usual_case(), None);
    let before = case.as_of("2025-02-02".parse().unwrap());
    assert_eq!(case_document::build(&before, book.policies(None).on(before.day), &case), None);
}
