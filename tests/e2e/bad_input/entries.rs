//! One entry at a time: what cannot be understood, and what a rule refuses.

use super::{head, refused, sandbox};
use spor_tests::binary::Sandbox;

const SESSION: [&str; 6] =
    ["record", "session-held", "--case", "SPOR-2025-0001", "by=M-01", "form=one_to_one"];

fn session<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SESSION[..], more].concat()
}

#[test]
fn an_unknown_type_names_the_nearest() {
    let asked = ["record", "sesion-held", "--case", "SPOR-2025-0001"];
    refused(&sandbox(), &asked).with(2, "unknown_type").naming("SessionHeld");
}

#[test]
fn an_unknown_field_names_the_nearest() {
    let asked = session(&["minuts=60", "--date", "2025-02-03"]);
    refused(&sandbox(), &asked).with(2, "unknown_field").naming("minutes");
}

#[test]
fn a_missing_field_is_named_with_an_example() {
    let asked = session(&["--date", "2025-02-03"]);
    refused(&sandbox(), &asked).with(2, "missing_field").naming("minutes").naming("--help");
}

#[test]
fn a_date_that_does_not_exist_is_turned_away() {
    for date in ["2025-02-30", "30-01-2025", "yesterday"] {
        let asked = session(&["minutes=60", "--date", date]);
        refused(&sandbox(), &asked).with(2, "bad_date").naming(date);
    }
    refused(&sandbox(), &["case", "show", "SPOR-2025-0001", "--as-of", "2025-02-30"])
        .with(2, "bad_date");
}

#[test]
fn the_future_is_not_recorded() {
    let asked = session(&["minutes=60", "--date", "2025-02-04", "--clock", "2025-02-03"]);
    refused(&sandbox(), &asked).with(2, "date_in_future").naming("2025-02-04");
}

#[test]
fn in_a_production_store_the_wall_clock_says_what_is_future() {
    let production = Sandbox::production();
    let asked = session(&["minutes=60", "--date", "2190-01-01"]);
    refused(&production, &asked).with(2, "date_in_future");
    let asked = session(&["minutes=60", "--date", "2025-01-01", "recorded=2025-01-01"]);
    refused(&production, &asked).with(2, "recorded_not_allowed");
    let asked = session(&["minutes=60", "--clock", "2025-01-01"]);
    refused(&production, &asked).with(9, "clock_not_allowed").naming("--sandbox");
}

#[test]
fn an_id_is_used_once() {
    let asked = session(&["minutes=60", "--date", "2025-02-03", "--id", "o1"]);
    refused(&sandbox(), &asked).with(3, "duplicate_id").naming("o1");
}

#[test]
fn a_case_that_nobody_opened_is_not_found() {
    let sandbox = sandbox();
    for asked in [
        &["session", "SPOR-2025-0009", "60m", "--by", "M-01", "--date", "2025-02-03"][..],
        &["case", "show", "SPOR-2025-0009"],
        &["case", "timeline", "SPOR-2025-0009"],
        &["reminders", "list", "--case", "SPOR-2025-0009"],
        &["replay", "SPOR-2025-0009"],
        &["case", "show", "SPOR-2025-0001", "--as-of", "2025-01-12"],
    ] {
        refused(&sandbox, asked).with(4, "case_not_found");
    }
}

#[test]
fn a_rule_says_no_with_its_recommendation_and_what_to_do() {
    let close = ["record", "case-closed", "--case", "SPOR-2025-0001", "--date", "2025-02-03"];
    let sandbox = sandbox();
    let asked = [&close[..], &["reason=capacity"]].concat();
    let refused = refused(&sandbox, &asked).with(3, "too_early");
    assert_eq!(refused.error["recommendation"], "F4.4-4");
    refused.naming("2025-04-13").naming("youth_wish");
    sandbox.must(&[&close[..], &["reason=youth_wish"]].concat());
}

#[test]
fn a_dry_run_is_refused_like_the_real_thing_and_writes_nothing() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let asked = session(&["minutes=0", "--date", "2025-02-03", "--dry-run"]);
    refused(&sandbox, &asked).with(3, "minutes_out_of_range");
    sandbox.must(&session(&["minutes=60", "--date", "2025-02-03", "--dry-run"]));
    assert_eq!(head(&sandbox), before);
}

#[test]
fn a_person_reads_three_lines_in_the_language_asked_for() {
    let sandbox = sandbox();
    let asked = session(&["minutes=0", "--date", "2025-02-03"]);
    for (language, words) in
        [("en", ["refused", "because:", "try:"]), ("da", ["afvist", "fordi:", "gør:"])]
    {
        let output = sandbox.run(&[&asked[..], &["--lang", language]].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = told.trim_end().lines().map(str::trim_start).collect();
        assert_eq!(lines.len(), 3, "{told}");
        for (line, word) in lines.iter().zip(words) {
            assert!(line.starts_with(word), "{told}");
        }
    }
}

#[test]
fn an_idempotency_key_stands_for_one_request() {
    let sandbox = sandbox();
    let asked = session(&["minutes=60", "--date", "2025-02-03", "--idempotency-key", "k1"]);
    let first = sandbox.json(&asked);
    let before = head(&sandbox);
    let again = sandbox.json(&asked);
    assert_eq!(again["event_id"], first["event_id"]);
    assert_eq!(again["replayed"], true);
    assert_eq!(head(&sandbox), before);
    let other = session(&["minutes=90", "--date", "2025-02-03", "--idempotency-key", "k1"]);
    refused(&sandbox, &other).with(2, "idempotency_mismatch");
}

#[test]
fn a_command_that_does_not_exist_is_a_matter_of_usage() {
    let sandbox = sandbox();
    refused(&sandbox, &["sesion"]).with(2, "usage");
    refused(&sandbox, &["query", "deadlins"]).with(4, "unknown_table");
    refused(&sandbox, &["query", "deadlines", "--where", "stats=overdue"])
        .with(2, "bad_query")
        .naming("status");
    refused(&sandbox, &["reminders", "explain", "SPOR-2025-0001", "R99"]);
}
