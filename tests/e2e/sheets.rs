//! Cases and sessions out of a spreadsheet: as Danish Excel writes them, and every way they can be
//! wrong.

mod bad;
mod handover;
mod undo;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use spor_tests::binary::Sandbox;

/// The day of every import here.
const CLOCK: [&str; 2] = ["--clock", "2025-03-03T09:00:00Z"];

const CASES: &str = "\
Kilde-id;Sagsreference;Fødselsdato;Kommune;Forvaltning;Sagsbehandler;Mentor;Startdato;Status;\
Lovgrundlag;Timer pr. uge;Bevilget fra;Bevilget til;Budget;Seneste opfølgning;\
Seneste sagsgennemgang;Gruppevurdering;Samtykke forældre;Notatreference;Behov
4711;SPOR-2025-0901;03-02-2007;A;Børn og familie;SB-01;M-01;1.9.2024;åben;\
LAB § 167;2,75;01-01-2025;30.06.2025;;24-02-2025;2024-12-01;egnet;ja;N-1;\"ro om morgenen;
og en at tale med\"
4712;SPOR-2025-0902;2006-05-04;A;jobcenter;SB-02;M-02;2024-10-01;;SEL § 85;3;;;;;;;;;
";

const SESSIONS: &str = "\
kilde_id,sagsreference,dato,timer,afholdt_af,form,klokken,aktiviteter
S-1,SPOR-2025-0901,03-03-2025,\"1,5\",M-01,en til en,16.30,\"Hverdagsmestring, cykeltur\"
S-2,SPOR-2025-0901,3.3.2025,0.75,M-01,opsøgende,,
";

fn imported(text: &[u8], format: &str, more: &[&str]) -> (Sandbox, Value) {
    let sandbox = Sandbox::new();
    let answer = import(&sandbox, "sager.csv", text, &[&["--format", format], more].concat());
    (sandbox, answer)
}

/// Imports a file; whatever its exit, the answer is JSON.
fn import(sandbox: &Sandbox, name: &str, text: &[u8], more: &[&str]) -> Value {
    fs::write(sandbox.folder().join(name), text).unwrap();
    let arguments = [&["import", name, "-o", "json"], more, &CLOCK].concat();
    let output = sandbox.run(&arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no answer ({}): {told}", output.status))
}

fn counts(answer: &Value) -> [u64; 4] {
    ["accepted", "rejected", "unchanged", "malformed"].map(|what| answer[what].as_u64().unwrap())
}

fn show(sandbox: &Sandbox, case: &str) -> Value {
    sandbox.json(&["case", "show", case, "--as-of", "2025-03-03"])
}

fn everything_in(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).flat_map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn rows_of_excel_become_cases_with_grant_assessment_consent_and_note() {
    let (sandbox, answer) = imported(CASES.as_bytes(), "cases-csv", &[]);
    assert_eq!(counts(&answer), [7, 0, 0, 0], "{answer}");
    let case = show(&sandbox, "SPOR-2025-0901");
    assert_eq!(case["flags"], json!(["imported_history"]), "{case}");
    assert_eq!(case["hours"]["T1"]["granted"], json!(2.75));
    assert_eq!(case["follow_up"]["due"], json!("2025-04-07"), "42 days after the claimed one");
    assert_eq!(case["method_review"]["due"], json!("2025-06-01"));
    assert_eq!(case["lab_period"], json!({"track": "T1", "until": "2025-06-30"}));
    assert_eq!(case["group"]["assessment"], json!("suitable"));
    assert_eq!(case["notes"]["N-1"]["in_parent_output"], json!(false));
    assert_eq!(case["responsible_administration"], json!("children_family"));
    let timeline = sandbox.must(&["case", "timeline", "SPOR-2025-0901", "-o", "json"]);
    assert!(timeline.contains("import"), "the import is the actor: {timeline}");
}

#[test]
fn windows_1252_commas_and_a_mark_of_utf8_are_read_alike() {
    let latin: Vec<u8> = CASES.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let marked = format!("\u{feff}{CASES}");
    let hinted = format!("sep=;\r\n{}", CASES.replace('\n', "\r\n"));
    for text in [latin, marked.into_bytes(), hinted.into_bytes()] {
        let (sandbox, answer) = imported(&text, "cases-csv", &[]);
        assert_eq!(counts(&answer), [7, 0, 0, 0], "{answer}");
        let timeline = sandbox.must(&["case", "timeline", "SPOR-2025-0901", "-o", "json"]);
        assert!(timeline.contains("ro om morgenen"), "{timeline}");
    }
}

#[test]
fn a_repeat_changes_nothing_and_a_dry_run_writes_nothing() {
    let (sandbox, _) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let head = sandbox.json(&["store", "status"])["position"].clone();
    let again = import(&sandbox, "b.csv", CASES.as_bytes(), &["--format", "cases-csv"]);
    assert_eq!(counts(&again), [0, 0, 7, 0], "{again}");
    let more = CASES.replace("4712;SPOR-2025-0902", "4713;SPOR-2025-0903");
    let dry = ["--format", "cases-csv", "--dry-run"];
    assert_eq!(counts(&import(&sandbox, "c.csv", more.as_bytes(), &dry)), [2, 0, 5, 0]);
    assert_eq!(sandbox.json(&["store", "status"])["position"], head);
}

#[test]
fn another_reference_for_the_same_source_leaves_both_cases_as_they_are() {
    let (sandbox, _) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let other = CASES.replace("SPOR-2025-0901", "SPOR-2025-0902").replace("T1", "T9");
    let head = sandbox.json(&["store", "status"])["position"].clone();
    import(&sandbox, "b.csv", other.as_bytes(), &["--format", "cases-csv"]);
    assert_eq!(sandbox.json(&["store", "status"])["position"], head, "nothing of row 2 went there");
}

#[test]
fn sessions_are_read_with_hours_in_commas_and_a_repeat_is_harmless() {
    let (sandbox, _) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let format = ["--format", "sessions-csv"];
    let answer = import(&sandbox, "s.csv", SESSIONS.as_bytes(), &format);
    assert_eq!(counts(&answer), [2, 0, 0, 0], "{answer}");
    let rows = sandbox.json(&["query", "sessions", "--sort", "minutes"]);
    let minutes: Vec<u64> =
        rows.as_array().unwrap().iter().map(|row| row["minutes"].as_u64().unwrap()).collect();
    assert_eq!(minutes, [45, 90]);
    let again = import(&sandbox, "t.csv", SESSIONS.as_bytes(), &format);
    assert_eq!(counts(&again), [0, 0, 2, 0], "{again}");
    let changed = SESSIONS.replace("0.75", "2");
    let again = import(&sandbox, "u.csv", changed.as_bytes(), &format);
    assert_eq!(counts(&again), [0, 1, 1, 0], "a row that says something else is refused: {again}");
}

#[test]
fn a_cpr_number_leaves_a_birth_date_and_is_nowhere_else() {
    let number = format!("{}{}", "030299", "0000");
    let cases = CASES
        .replace("Fødselsdato", "CPR-nr.")
        .replace("03-02-2007", &format!("{}-{}", &number[..6], &number[6..]))
        .replace("2006-05-04", "1234");
    let (sandbox, answer) = imported(cases.as_bytes(), "cases-csv", &["--report", "r"]);
    assert_eq!(counts(&answer), [5, 0, 0, 1], "{answer}");
    assert_eq!(show(&sandbox, "SPOR-2025-0901")["age"], json!(26));
    fs::remove_file(sandbox.folder().join("sager.csv")).unwrap();
    let exported = sandbox.must(&["export", "journal"]);
    assert!(exported.contains("1999-02-03") && exported.contains("person_key"), "{exported}");
    let kept = [everything_in(sandbox.folder()), exported.into_bytes()].concat();
    let serial = format!("-{}", &number[6..]);
    for secret in [number.clone(), format!("{}{serial}", &number[..6])] {
        let is_there = kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
        assert!(!is_there, "the number stands somewhere");
    }
}
