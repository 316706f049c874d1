//! Whole files: all or nothing where lines cannot be understood, line by line where a rule says no.

use std::fs;

use serde_json::Value;

use super::{Refused, head, refused, sandbox};
use spor_tests::binary::Sandbox;

const GOOD: &str = r#"{"date":"2025-02-03","type":"SessionHeld","case":"SPOR-2025-0001","minutes":60,"by":"M-01","form":"one_to_one"}"#;

/// A good line with something else in it.
fn line(from: &str, to: &str) -> String {
    let line = GOOD.replace(from, to);
    assert_ne!(line, GOOD);
    line
}

/// What an import says about each line of a file.
fn report(sandbox: &Sandbox, text: &str, more: &[&str]) -> (std::process::Output, Vec<Value>) {
    sandbox.write("journal.ndjson", text);
    let arguments = ["import", "journal.ndjson", "--report", "report.ndjson", "-o", "json"];
    let output = sandbox.run(&[&arguments[..], more].concat());
    let report = fs::read_to_string(sandbox.folder().join("report.ndjson")).unwrap();
    (output, report.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_malformed_line_stops_the_import_before_anything_is_written() {
    let bad = [
        ("{\"date\":", "not_json"),
        (&line("SessionHeld", "SesionHeld"), "unknown_type"),
        (&line("\"minutes\"", "\"minuts\""), "unknown_field"),
        (&line("\"by\":\"M-01\",", ""), "missing_field"),
        (&line("2025-02-03", "2025-02-30"), "bad_date"),
        (&line("\"minutes\"", "\"recorded\":\"2025-02-02\",\"minutes\""), "date_in_future"),
        (&line("60", "\"60\""), "wrong_type"),
        (&line("one_to_one", "one-to-one"), "unknown_word"),
        (&line("M-01", "m-01"), "bad_reference"),
    ];
    let sandbox = sandbox();
    let before = head(&sandbox);
    let mut text = format!("{GOOD}\n");
    for (line, _) in bad {
        text.push_str(line);
        text.push('\n');
    }
    let (output, report) = report(&sandbox, &text, &[]);
    Refused::read(&output).with(2, "malformed_lines").naming("9 lines");
    let codes: Vec<(i64, &str)> = report
        .iter()
        .filter(|line| line["outcome"] == "malformed")
        .map(|line| (line["line"].as_i64().unwrap(), line["code"].as_str().unwrap()))
        .collect();
    let expected: Vec<(i64, &str)> = (2..).zip(bad.map(|(_, code)| code)).collect();
    assert_eq!(codes, expected, "every malformed line is listed with its code");
    assert_eq!(head(&sandbox), before);
}

#[test]
fn what_can_be_understood_is_taken_when_asked_to_keep_going() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let text = format!("{GOOD}\nnonsense\n{}\n", line("60", "90"));
    let (output, _) = report(&sandbox, &text, &["--keep-going"]);
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(head(&sandbox), before + 2);
}

#[test]
fn a_refused_line_leaves_its_outcome_and_the_rest_goes_on() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let text = format!("{}\n{GOOD}\n", line("60", "0"));
    let (output, report) = report(&sandbox, &text, &[]);
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(report[0]["code"], "minutes_out_of_range");
    assert_eq!(report[0]["outcome"], "rejected");
    assert_eq!(report[1]["outcome"], "accepted");
    assert_eq!(head(&sandbox), before + 1);
}

#[test]
fn the_same_file_again_changes_nothing() {
    let sandbox = sandbox();
    let text = format!("{}\n{GOOD}\n{GOOD}\n", line("60", "0"));
    report(&sandbox, &text, &[]);
    let before = head(&sandbox);
    let (output, again) = report(&sandbox, &text, &[]);
    assert_eq!(output.status.code(), Some(8), "what was refused stays refused");
    let outcomes: Vec<&str> = again.iter().map(|l| l["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["rejected", "unchanged", "unchanged"]);
    assert_eq!(head(&sandbox), before);
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let text = format!("{GOOD}\n{}\n", line("60", "0"));
    let (output, outcomes) = report(&sandbox, &text, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(outcomes[0]["outcome"], "accepted");
    assert_eq!(outcomes[1]["outcome"], "rejected");
    assert_eq!(head(&sandbox), before);
    let (_, written) = report(&sandbox, &text, &[]);
    assert_eq!(written[0]["outcome"], "accepted", "a dry run leaves no outcome behind");
    assert_eq!(head(&sandbox), before + 1);
}

#[test]
fn recorded_never_goes_back() {
    let sandbox = sandbox();
    let earlier = line("\"minutes\"", "\"recorded\":\"2025-02-10\",\"minutes\"");
    let back = line("\"minutes\"", "\"recorded\":\"2025-02-09\",\"minutes\"");
    let before = head(&sandbox);
    let (output, report) = report(&sandbox, &format!("{earlier}\n{back}\n"), &[]);
    Refused::read(&output).with(2, "malformed_lines");
    assert_eq!(report[0]["code"], "recorded_goes_back", "{report:?}");
    assert_eq!(report[0]["line"], 2);
    assert_eq!(head(&sandbox), before);
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let sandbox = sandbox();
    let refused = refused(&sandbox, &["import", "nowhere.ndjson"]);
    assert_ne!(refused.exit, 1, "a missing file is no bug: {}", refused.error);
}

#[test]
fn a_production_store_takes_nobodys_word_for_when_something_was_recorded() {
    let production = Sandbox::production();
    let before = head(&production);
    let said = line("\"minutes\"", "\"recorded\":\"2025-02-10\",\"minutes\"");
    let (output, report) = report(&production, &format!("{said}\n"), &[]);
    Refused::read(&output).with(2, "malformed_lines");
    assert_eq!(report[0]["code"], "recorded_not_allowed");
    assert_eq!(head(&production), before);
}
