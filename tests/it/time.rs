//! `docs/time.md`, executed: every row of its table is checked by the pure domain.

use chrono::NaiveDate;
use spor_domain::{calendar, policy};
use spor_tests::book::{self, Answer, Book};
use spor_tests::entry;

const PAGE: &str = include_str!("../../docs/time.md");
const START: [&str; 2] = [
    "2025-01-13 CaseOpened birth_date=2004-01-09 mentor=M-01 caseworker=SB-01",
    "2025-01-13 SupportGranted track=T1 basis=SEL-85",
];

struct Row<'a> {
    text: &'a str,
    entries: Vec<&'a str>,
    as_of: NaiveDate,
    known_at: NaiveDate,
    question: &'a str,
    answer: &'a str,
}

#[test]
fn every_row_of_the_page_on_time_holds() {
    let rows = rows();
    assert!(rows.len() >= 12, "the page has its dozen rows");
    for row in &rows {
        assert_eq!(answer(row), row.answer, "{}", row.text);
    }
}

#[test]
fn the_page_asks_about_both_times_and_about_corrections() {
    let rows = rows();
    let differs = |row: &&Row<'_>| row.known_at != row.as_of;
    assert!(rows.iter().filter(differs).count() >= 6);
    for word in ["EntryCorrected", "EntryRetracted", "PolicySet", "recorded="] {
        assert!(rows.iter().any(|row| row.text.contains(word)), "no row with {word}");
    }
}

fn rows() -> Vec<Row<'static>> {
    let table = PAGE.lines().skip_while(|line| !line.starts_with("| recorded")).skip(2);
    table.take_while(|line| line.starts_with('|')).map(row).collect()
}

fn row(text: &'static str) -> Row<'static> {
    let cells: Vec<&str> = text.trim_matches('|').split('|').map(str::trim).collect();
    let [entries, as_of, known_at, question, answer] = cells[..] else {
        panic!("not five cells: {text}");
    };
    let as_of: NaiveDate = as_of.parse().expect("a day");
    Row {
        text,
        entries: entries.split("<br>").map(|entry| entry.trim_matches('`')).collect(),
        as_of,
        known_at: if known_at.is_empty() { as_of } else { known_at.parse().expect("a day") },
        question,
        answer,
    }
}

fn answer(row: &Row<'_>) -> String {
    let mut book = Book::default();
    let mut refused = "nothing";
    for short in START.iter().chain(&row.entries) {
        match book.take(&entry::journal_line(short)) {
            Answer::Accepted(_) => {}
            other => refused = other.code(),
        }
    }
    if row.question == "refused" {
        return refused.to_owned();
    }
    assert_eq!(refused, "nothing", "{}", row.text);
    let zone = policy::Policy::default().zone;
    let known_at = Some(calendar::end_of_day(row.known_at, zone));
    let view = book.case(&book::usual_case(), known_at).as_of(row.as_of);
    let policies = book.policies(known_at);
    let policy = policies.on(row.as_of);
    match row.question {
        "state" => view.state().map_or("none", |state| state.as_str()).to_owned(),
        "mentor" => view.mentor.map_or("none".to_owned(), |mentor| mentor.to_string()),
        "hours_week" => {
            let hours = view.week_hours().minutes.values().sum();
            spor_domain::view::decimal_hours(hours).to_string()
        }
        "follow_up" => {
            let clock = view.follow_up(policy).expect("an open case has the clock");
            let last = clock.last.map_or("none".to_owned(), |day| day.to_string());
            format!("last {last}, due {}", clock.due)
        }
        "reminders of R01" => {
            let mut open = book::open_reminders(&view, &policies);
            open.retain(|reminder| reminder.starts_with("R01"));
            if open.is_empty() { "none".to_owned() } else { open.join("; ") }
        }
        other => panic!("the page asks {other}, which nobody answers"),
    }
}
