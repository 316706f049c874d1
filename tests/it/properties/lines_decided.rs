//! Lines that are almost right, through door, decision and fold: nothing panics on the way.
//!
//! `cargo test --release -p spor-tests --test it -- --ignored a_million_lines_are_answered` tries a
//! million of them.

use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_tests::book::{Answer, Book};
use spor_tests::entry;

use super::door_lines::almost_a_line;
use super::{config, everything};

/// Lines tried in each run of the tests, and in the long run.
const LINES: u32 = 20_000;
const MANY_LINES: u32 = 1_000_000;

/// A log in which most things are known, so that decisions are reached.
fn begun() -> Book {
    let mut book = Book::default();
    for line in [
        "2024-01-08 CaseOpened birth_date=2008-02-29 mentor=M-01 id=e0",
        "2024-01-08 SupportGranted track=T1 basis=SEL-85 weekly_hours=4 until=- id=e1",
        "2024-01-08 GoalSet goal=G1 id=e2",
        "2024-01-08 MethodChosen id=e3",
        "2024-01-08 GroupFormed group=G-01 mentor=M-01",
        "2024-01-08 GroupSuitabilityAssessed outcome=suitable by=M-01",
        "2024-01-08 ProgressionPlanSet stages=one_to_one,one_to_many,volunteer",
        "2024-02-08 FollowUpHeld id=e4",
        "2024-03-08 SessionHeld minutes=60 id=e5",
    ] {
        let answer = book.take(&entry::journal_line(line));
        assert_eq!(answer.code(), "accepted", "{line}: {answer:?}");
    }
    book
}

fn decided(book: &Book, lines: &[String]) {
    let mut book = book.clone();
    let mut day = NaiveDate::MIN;
    for line in lines {
        let fields: Value = serde_json::from_str(line).unwrap_or_default();
        let Value::Object(mut fields) = fields else {
            continue;
        };
        if fields.get("case").is_some_and(Value::is_string) {
            fields.insert("case".to_owned(), Value::from(entry::CASE));
        }
        let on = fields.get("date").and_then(Value::as_str).and_then(|date| date.parse().ok());
        match book.take(&Value::Object(fields).to_string()) {
            Answer::Accepted(_) => day = day.max(on.unwrap_or(day)),
            Answer::Rejected(no) => {
                for language in [Language::Da, Language::En] {
                    let told = no.explain(language);
                    assert!(!told.message.is_empty() && !told.try_next.is_empty(), "{line}");
                }
            }
            Answer::Unchanged | Answer::Malformed(_) => {}
        }
    }
    if day > NaiveDate::MIN {
        everything(&book.view(day), &Policy::default());
    }
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(almost_a_line(), 1..4)
}

#[test]
fn no_line_that_is_almost_right_breaks_a_decision_or_the_fold() {
    run(LINES);
}

#[test]
#[ignore = "a long run"]
fn a_million_lines_are_answered() {
    run(MANY_LINES);
}

fn run(least: u32) {
    let book = begun();
    let count = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(config(least / 2));
    let tried = runner.run(&lines(), |lines| {
        count.set(count.get() + lines.len());
        decided(&book, &lines);
        Ok(())
    });
    tried.expect("every line is answered");
    // One to three lines at a time.
    assert!(count.get() > usize::try_from(least).expect("a small number") * 9 / 10);
}
