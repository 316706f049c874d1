//! The door: what cannot be understood is turned away with a code, a reason and a next step.

use serde_json::{Value, json};

use super::{OPENED, SEL};
use spor_tests::given::{When, given};

fn session(changes: &Value) -> String {
    let mut line = json!({"date": "2025-02-03", "type": "SessionHeld", "case": "SPOR-2025-0001",
                          "minutes": 60, "by": "M-01", "form": "one_to_one"});
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => line.as_object_mut().unwrap().remove(key),
            value => line.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    line.to_string()
}

fn when(changes: &Value) -> When {
    given(&[OPENED, SEL]).when_journal(&session(changes))
}

#[test]
fn a_line_as_it_should_be_passes() {
    when(&json!({})).accepted();
}

#[test]
fn a_line_is_one_json_object() {
    for line in ["", "{", "nonsense", "[]", "1", "null", "{\"date\":1}x"] {
        given(&[]).when_journal(line).malformed("not_json");
    }
}

#[test]
fn an_unknown_type_names_the_nearest() {
    when(&json!({"type": "SesionHeld"})).malformed("unknown_type").naming("SessionHeld");
    when(&json!({"type": "session-held"})).accepted();
}

#[test]
fn an_unknown_field_names_the_nearest() {
    when(&json!({"minuts": 60})).malformed("unknown_field").naming("minutes");
    when(&json!({"recordet": "2025-02-03"})).malformed("unknown_field").naming("recorded");
    when(&json!({"text": "a note"})).malformed("unknown_field");
}

#[test]
fn a_missing_field_is_named() {
    for field in ["date", "case", "minutes", "by", "form"] {
        when(&json!({field: null})).malformed("missing_field").naming(field);
    }
    when(&json!({"type": null})).malformed("missing_field").naming("type");
}

#[test]
fn a_date_stands_in_the_calendar() {
    for date in ["2025-02-30", "2025-13-01", "03-02-2025", "2025-2-3", "1899-12-31", "2200-01-01"] {
        when(&json!({"date": date})).malformed("bad_date").naming(date);
    }
    when(&json!({"date": 20_250_203})).malformed("bad_date");
    when(&json!({"recorded": "yesterday"})).malformed("bad_date");
}

#[test]
fn nothing_happens_in_the_future() {
    when(&json!({"recorded": "2025-02-02"})).malformed("date_in_future").naming("2025-02-02");
    when(&json!({"recorded": "2025-02-03"})).accepted();
}

#[test]
fn values_are_of_their_kind() {
    for wrong in [
        json!({"minutes": "60"}),
        json!({"minutes": 60.5}),
        json!({"minutes": true}),
        json!({"activities": 5}),
        json!({"case": 5}),
        json!({"id": 5}),
    ] {
        when(&wrong).malformed("wrong_type");
    }
    when(&json!({"activities": "walk"})).accepted();
    when(&json!({"activities": ["walk", "homework"]})).accepted();
}

#[test]
fn closed_lists_hold_their_words_only() {
    when(&json!({"form": "one-to-one"})).malformed("unknown_word").naming("one_to_one");
}

#[test]
fn references_are_pseudonymous() {
    for reference in ["m-01", "M", "M 01", "-M01", "999999-9999", "9999999999"] {
        when(&json!({"by": reference})).malformed("bad_reference");
    }
    when(&json!({"case": "9999999999"})).malformed("bad_reference");
    when(&json!({"id": "a b"})).malformed("bad_reference");
}

#[test]
fn text_is_bounded_and_hides_nothing() {
    let long = "x".repeat(10_001);
    when(&json!({"start": long})).malformed("too_long");
    when(&json!({"start": "x".repeat(10_000)})).accepted();
    let many = vec!["walk"; 101];
    when(&json!({"activities": many})).malformed("too_long");
    for hidden in ["a\u{0}b", "a\u{1b}[2Jb", "a\u{202e}b", "a\rb"] {
        when(&json!({"start": hidden})).malformed("control_character");
    }
    when(&json!({"start": "æøå\n\tÆØÅ"})).accepted();
}

#[test]
fn what_the_program_writes_nobody_else_may() {
    for kind in ["ReminderSent", "StoreCreated", "FactClaimed"] {
        when(&json!({"type": kind})).malformed("system_type");
    }
}

#[test]
fn what_stories_add_is_ignored() {
    when(&json!({"expect": "rejected", "because": "C2-10"})).accepted();
}
