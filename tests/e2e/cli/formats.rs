//! The same columns in the same order in every format; answers on stdout, talk on stderr.

use std::process::Command;

use serde_json::{Value, json};
use spor_tests::binary::Sandbox;

use super::sandbox;

const ASKED: [&str; 10] = [
    "query",
    "deadlines",
    "--columns",
    "case,rule,due,status",
    "--sort",
    "case,rule,due",
    "--as-of",
    "2025-03-10",
    "--where",
    "due>=1900-01-01",
];

#[test]
fn every_format_has_the_same_columns_and_rows() {
    let sandbox = sandbox();
    let answer = |format: &str| sandbox.must(&[&ASKED[..], &["-o", format]].concat());
    let json: Vec<Value> = serde_json::from_str(&answer("json")).unwrap();
    let ndjson: Vec<Value> =
        answer("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, ndjson);
    let as_text = |row: &Value| {
        ["case", "rule", "due", "status"].map(|key| row[key].as_str().unwrap().to_owned()).join(",")
    };
    let rows: Vec<String> = json.iter().map(as_text).collect();
    assert!(rows.contains(&"SPOR-2025-0001,R01,2025-02-24,overdue".to_owned()), "{rows:?}");
    let header = "case,rule,due,status".to_owned();
    let expected: Vec<String> = [header].into_iter().chain(rows).collect();
    assert_eq!(answer("csv").lines().collect::<Vec<_>>(), expected);
    let table: Vec<String> = answer("table")
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(table, expected);
    let markdown: Vec<String> = answer("markdown")
        .lines()
        .filter(|line| !line.contains("---"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(markdown, expected);
}

#[test]
fn an_empty_answer_is_an_answer() {
    let sandbox = sandbox();
    let asked = ["query", "deadlines", "--where", "case=SPOR-1999-0001", "-o"];
    let answer = |format: &str| sandbox.must(&[&asked[..], &[format]].concat());
    assert_eq!(answer("json").trim(), "[]");
    assert_eq!(answer("ndjson"), "");
    assert_eq!(answer("csv").lines().count(), 1, "the header stands alone");
}

#[test]
fn danish_spreadsheets_get_semicolons_commas_and_a_mark() {
    let sandbox = sandbox();
    let asked = ["query", "tracks", "--columns", "case,granted", "-o", "csv"];
    assert!(sandbox.must(&asked).contains("SPOR-2025-0001,2.5"), "{}", sandbox.must(&asked));
    let danish = sandbox.must(&[&asked[..], &["--csv-dialect", "da"]].concat());
    assert!(danish.starts_with('\u{feff}'));
    assert!(danish.contains("SPOR-2025-0001;2,5"), "{danish}");
}

/// The rows of a workbook as a reader of its own finds them.
fn workbook(sandbox: &Sandbox, asked: &[&str]) -> Vec<Vec<Value>> {
    let said = sandbox.run(&[asked, &["-o", "xlsx"]].concat());
    assert!(said.status.success(), "{said:?}");
    let path = sandbox.folder().join("table.xlsx");
    std::fs::write(&path, &said.stdout).unwrap();
    let reader = concat!(env!("CARGO_MANIFEST_DIR"), "/python/read_xlsx.py");
    let read = Command::new("python3").arg(reader).arg(&path).output().unwrap();
    assert!(read.status.success(), "{read:?}");
    serde_json::from_slice(&read.stdout).unwrap()
}

#[test]
fn a_workbook_holds_days_as_days_numbers_as_numbers_and_no_formula() {
    let sandbox = sandbox();
    let json = sandbox.json(&ASKED);
    let sheet = workbook(&sandbox, &ASKED);
    assert_eq!(sheet[0], ["case", "rule", "due", "status"]);
    assert_eq!(sheet.len() - 1, json.as_array().unwrap().len());
    for (cells, row) in sheet[1..].iter().zip(json.as_array().unwrap()) {
        assert_eq!(cells[..], ["case", "rule", "due", "status"].map(|key| row[key].clone()));
    }
    let tracks = workbook(&sandbox, &["query", "tracks", "--columns", "case,granted"]);
    assert_eq!(tracks[1], [json!("SPOR-2025-0001"), json!(2.5)]);
    let folder = sandbox.folder().join("books");
    sandbox.must(&["export", "tables", "books", "-o", "xlsx"]);
    assert!(std::fs::read(folder.join("cases.xlsx")).unwrap().starts_with(b"PK"));
}

#[test]
fn no_cell_is_a_formula() {
    let sandbox = sandbox();
    for table in ["sessions", "events", "cases"] {
        let csv = sandbox.must(&["query", table, "-o", "csv"]);
        for cell in csv.lines().skip(1).flat_map(|line| line.split(',')) {
            let bare = cell.trim_start_matches('"');
            let is_number = bare.trim_matches('"').parse::<f64>().is_ok();
            assert!(is_number || !bare.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[test]
fn an_answer_that_is_piped_has_no_colour_and_no_talk_in_it() {
    let sandbox = sandbox();
    for arguments in [
        &["case", "show", "SPOR-2025-0001"][..],
        &["case", "list"],
        &["query"],
        &["replay", "SPOR-2025-0001"],
        &["reminders", "explain", "SPOR-2025-0001", "R01"],
        &["audit", "verify"],
        &["config", "show"],
    ] {
        let output = sandbox.run(arguments);
        assert!(output.status.success(), "{arguments:?}");
        assert!(!output.stdout.contains(&0x1b), "{arguments:?} has colours");
        assert!(!output.stderr.contains(&0x1b), "{arguments:?} talks in colours");
    }
    let quiet = sandbox.run(&["session", "SPOR-2025-0001", "30m", "--by", "M-09", "-q"]);
    assert!(quiet.status.success());
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}

#[test]
fn every_answer_in_json_is_json() {
    let sandbox = sandbox();
    for arguments in [
        &["case", "list"][..],
        &["case", "show", "SPOR-2025-0001"],
        &["case", "timeline", "SPOR-2025-0001"],
        &["query"],
        &["query", "deadlines", "--describe"],
        &["reminders", "list"],
        &["reminders", "explain", "SPOR-2025-0001", "R01", "--on", "2025-03-10"],
        &["reminders", "outbox"],
        &["replay", "SPOR-2025-0001", "--as-of", "2025-03-10"],
        &["replay", "SPOR-2025-0001", "--diff", "2025-02-03", "2025-02-03"],
        &["audit", "verify"],
        &["scheduler", "tick"],
        &["store", "status"],
        &["store", "rebuild"],
        &["config", "show"],
    ] {
        sandbox.json(arguments);
    }
}
