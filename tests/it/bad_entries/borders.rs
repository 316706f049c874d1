//! Numbers, hours and birthdays at their borders.

use serde_json::json;
use spor_domain::door;
use spor_domain::schema::{self, Kind};
use spor_tests::book::Book;
use spor_tests::entry;

use super::{sample, tried, types, with};

#[test]
fn numbers_at_their_borders_are_told_apart() {
    let minutes = |kind: &str, minutes: i64| {
        let line = with(&sample(schema::find(kind).unwrap()), "minutes", json!(minutes));
        tried(&line)[1]
    };
    for (number, session) in [
        (i64::MIN, "minutes_out_of_range"),
        (0, "minutes_out_of_range"),
        (1, "accepted"),
        (1_440, "accepted"),
        (1_441, "minutes_out_of_range"),
        (i64::MAX, "minutes_out_of_range"),
    ] {
        assert_eq!(minutes("SessionHeld", number), session, "{number}");
    }
    for kind in types() {
        for field in kind.fields.iter().filter(|field| field.kind == Kind::Whole) {
            for number in [i64::MIN, -1, i64::MAX] {
                let code = tried(&with(&sample(kind), field.name, json!(number)))[1];
                assert_ne!(code, "accepted", "{}.{} = {number}", kind.name, field.name);
            }
        }
    }
}

#[test]
fn hours_with_a_comma_are_understood_on_the_command_line_only() {
    let field = schema::find("SupportGranted").unwrap().field("weekly_hours").unwrap();
    assert_eq!(door::value_from_text(field, "2,75").unwrap(), json!(2.75));
    let line =
        with(&sample(schema::find("SupportGranted").unwrap()), "weekly_hours", json!("2,75"));
    assert_eq!(tried(&line), ["wrong_type", "wrong_type"]);
}

#[test]
fn a_birthday_at_the_end_of_a_month_gives_a_day_of_the_calendar() {
    for (birth, due) in
        [("2007-08-31", "2025-02-28"), ("2006-08-31", "2024-02-29"), ("2008-02-29", "2025-08-29")]
    {
        let mut book = Book::default();
        let opened = format!("2023-01-02 CaseOpened birth_date={birth}");
        assert_eq!(book.take(&entry::journal_line(&opened)).code(), "accepted");
        let day = "2023-02-01".parse().unwrap();
        let policies = book.policies(None);
        let clock = book.view(day).transition(policies.on(day)).unwrap();
        assert_eq!(clock.due.unwrap().to_string(), due);
    }
}

#[test]
fn nobody_has_a_case_before_birth() {
    for kind in ["CaseOpened", "CaseImported"] {
        let born = |day: &str| with(&sample(schema::find(kind).unwrap()), "birth_date", json!(day));
        assert_eq!(tried(&born("2025-05-05"))[0], "accepted");
        assert_eq!(tried(&born("2025-05-06"))[0], "born_later");
    }
    let corrected = "2025-05-05 EntryCorrected target=o changes={\"birth_date\":\"2025-01-07\"}";
    let mut book = Book::default();
    for (line, code) in [("2025-01-06 CaseOpened id=o", "accepted"), (corrected, "born_later")] {
        assert_eq!(book.take(&entry::journal_line(line)).code(), code, "{line}");
    }
}
