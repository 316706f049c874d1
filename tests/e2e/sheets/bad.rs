//! Files and rows that cannot be taken: each says what and where.

use std::fmt::Write;
use std::fs;

use serde_json::Value;
use spor_tests::binary::Sandbox;

use super::{CASES, CLOCK, SESSIONS, counts, import, imported};
use crate::bad_input::{Refused, head};

/// A file that is refused whole: exit 2, nothing written, naming this.
#[track_caller]
fn refused(text: &[u8], format: &str, code: &str, naming: &str) {
    let sandbox = Sandbox::new();
    let before = head(&sandbox);
    fs::write(sandbox.folder().join("f.csv"), text).unwrap();
    let arguments = ["import", "f.csv", "--format", format, "-o", "json"];
    let output = sandbox.run(&[&arguments[..], &CLOCK].concat());
    Refused::read(&output).with(2, code).naming(naming);
    assert!(output.stdout.is_empty(), "an error is no answer");
    assert_eq!(head(&sandbox), before, "nothing was half-written");
}

#[test]
fn an_unterminated_quote_is_named_with_its_line() {
    let open = CASES.replace("4712;SPOR-2025-0902;", "4712;SPOR-2025-0902;\"");
    refused(open.as_bytes(), "cases-csv", "quote_not_closed", "line 4, column 3");
    let long = format!("{open}{}", "x;".repeat(200_000));
    refused(long.as_bytes(), "cases-csv", "cell_too_long", "line 4, column 3");
}

#[test]
fn a_million_columns_and_a_cell_of_more_than_64_kb_are_refused() {
    let wide = ";".repeat(1_000_000);
    refused(wide.as_bytes(), "cases-csv", "too_many_columns", "line 1");
    let wide_row = format!("{CASES}{}", "x;".repeat(1_000_000));
    refused(wide_row.as_bytes(), "cases-csv", "too_many_columns", "line 5");
    let limit = 64 * 1024;
    let cell = CASES.replace("SB-02", &"x".repeat(limit + 1));
    refused(cell.as_bytes(), "cases-csv", "cell_too_long", "line 4, column 6");
    let fits = CASES.replace("SB-02", &"x".repeat(limit));
    let (_, answer) = imported(fits.as_bytes(), "cases-csv", &[]);
    assert_eq!(counts(&answer), [5, 0, 0, 1], "a cell at the limit is only a bad row: {answer}");
}

#[test]
fn row_50_001_is_refused_before_anything_is_written() {
    let mut text = String::from("kilde_id;sag;dato;minutter;af\n");
    for row in 1..=50_001 {
        writeln!(text, "S{row};SPOR-2025-0901;03-03-2025;60;M-01").unwrap();
    }
    refused(text.as_bytes(), "sessions-csv", "too_many_rows", "line 50002");
}

#[test]
fn an_unknown_a_missing_and_a_doubled_header_are_named_with_the_list() {
    let unknown = CASES.replace("Kommune;", "Komune;");
    refused(unknown.as_bytes(), "cases-csv", "unknown_header", "did you mean kommune?");
    refused(unknown.as_bytes(), "cases-csv", "unknown_header", "forvaltning (administration)");
    let missing = CASES.replace(";Mentor;", ";;");
    refused(missing.as_bytes(), "cases-csv", "missing_header", "mentor");
    let doubled = CASES.replace("Budget", "mentor");
    refused(doubled.as_bytes(), "cases-csv", "doubled_header", "\\\"Mentor\\\" and \\\"mentor\\\"");
    refused(b"", "cases-csv", "missing_header", "empty");
    let neither = SESSIONS.replace("timer", "spor");
    refused(neither.as_bytes(), "sessions-csv", "missing_header", "minutter (minutes)");
}

#[test]
fn utf_16_is_named_as_an_unknown_encoding() {
    let wide: Vec<u8> = CASES.encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(&wide, "cases-csv", "unknown_encoding", "CSV UTF-8");
    refused(&[&b"\xff\xfe"[..], &wide].concat(), "cases-csv", "unknown_encoding", "CSV UTF-8");
}

/// What a change to the second row makes of it, by the error file.
#[track_caller]
fn bad_row(from: &str, to: &str) -> (String, String) {
    assert!(CASES.contains(from), "{from}");
    let (sandbox, answer) = imported(CASES.replace(from, to).as_bytes(), "cases-csv", &[]);
    let [_, rejected, _, malformed] = counts(&answer);
    assert_eq!(rejected + malformed, 1, "{answer}");
    let errors = fs::read_to_string(sandbox.folder().join("sager.csv.fejl.csv")).unwrap();
    let last = errors.trim_end().lines().next_back().unwrap_or_default().to_owned();
    let code = last.split(";4;").nth(1).and_then(|told| told.split(';').next());
    (code.unwrap_or_default().to_owned(), last)
}

#[test]
fn a_bad_row_goes_to_the_error_file_with_its_reason_in_both_languages() {
    let told = [
        ("2006-05-04", "04-05-06", "bad_date"),
        ("2006-05-04", "30-02-2006", "bad_date"),
        ("2006-05-04", "", "missing_cell"),
        (";3;;;", ";3,333;;;", "bad_number"),
        (";3;;;", ";tre;;;", "bad_number"),
        (";3;;;", ";0;;;", "hours_not_positive"),
        ("SEL § 85", "SEL § 86", "unknown_word"),
        ("jobcenter", "borgerservice", "unknown_word"),
        ("SPOR-2025-0902", "sag nr. 2", "bad_reference"),
        ("SB-02", "", "missing_cell"),
        ("2024-10-01;;", "2024-10-01;lukket;", "state_not_imported"),
        ("SEL § 85", "LAB § 167", "lab_until_missing"),
    ];
    for (from, to, code) in told {
        let (found, row) = bad_row(from, to);
        assert_eq!(found, code, "{from} -> {to}: {row}");
    }
    let (_, row) = bad_row("2006-05-04", "04-05-06");
    assert!(row.contains("er ikke en dato") && row.contains("is not a date"), "{row}");
    assert!(row.contains("4712;SPOR-2025-0902;04-05-06;A;jobcenter"), "the row as it was: {row}");
}

#[test]
fn the_good_rows_go_in_beside_the_bad_one_and_the_corrected_error_file_brings_the_rest() {
    let bad = CASES.replace("SEL § 85;3", "SEL § 85;3 t");
    let sandbox = Sandbox::new();
    sandbox.write("f.csv", &bad);
    let arguments = ["import", "f.csv", "--format", "cases-csv", "--report", "r.ndjson"];
    let output = sandbox.run(&[&arguments[..], &CLOCK].concat());
    assert_eq!(output.status.code(), Some(8), "partly done");
    let report = fs::read_to_string(sandbox.folder().join("r.ndjson")).unwrap();
    let last: Value = serde_json::from_str(report.lines().next_back().unwrap()).unwrap();
    assert_eq!(last["line"], 4, "{last}");
    assert_eq!(last["outcome"], "malformed");
    assert_eq!(last["case"], "SPOR-2025-0902");
    let errors = fs::read_to_string(sandbox.folder().join("f.csv.fejl.csv")).unwrap();
    let corrected = errors.replace("3 t", "3");
    let format = ["--format", "cases-csv"];
    let answer = import(&sandbox, "g.csv", corrected.as_bytes(), &format);
    assert_eq!(counts(&answer), [2, 0, 0, 0], "{answer}");
}

#[test]
fn a_row_whose_case_is_refused_leaves_that_case_alone() {
    let sandbox = crate::bad_input::sandbox();
    let taken = CASES.replace("SPOR-2025-0902", "SPOR-2025-0001");
    let answer = import(&sandbox, "f.csv", taken.as_bytes(), &["--format", "cases-csv"]);
    assert_eq!(counts(&answer), [5, 1, 0, 0], "{answer}");
    let tracks = sandbox.json(&["query", "tracks", "--where", "case=SPOR-2025-0001"]);
    assert_eq!(tracks.as_array().unwrap().len(), 1, "{tracks}");
}

#[test]
fn sessions_of_unknown_cases_and_before_the_start_are_refused_one_by_one() {
    let (sandbox, _) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let text = "kilde_id;sag;dato;minutter;af
S-1;SPOR-2025-0901;03-03-2025;60;M-01
S-2;SPOR-2025-0999;03-03-2025;60;M-01
S-3;SPOR-2025-0901;01-03-2025;60;M-01
S-4;SPOR-2025-0901;04-03-2025;60;M-01
S-5;SPOR-2025-0901;03-03-2025;1441;M-01
";
    let answer = import(&sandbox, "s.csv", text.as_bytes(), &["--format", "sessions-csv"]);
    assert_eq!(counts(&answer), [1, 3, 0, 1], "{answer}");
    let errors = fs::read_to_string(sandbox.folder().join("s.csv.fejl.csv")).unwrap();
    for code in ["case_not_found", "not_open", "date_in_future", "minutes_out_of_range"] {
        assert!(errors.contains(code), "{code}: {errors}");
    }
}
