//! An import taken back: by retractions, so that history stays.

use spor_tests::binary::Sandbox;

use super::{CASES, CLOCK, counts, import, imported, show};
use crate::bad_input::Refused;

fn undo(sandbox: &Sandbox, batch: &str, more: &[&str]) -> std::process::Output {
    sandbox.run(&[&["import", "undo", batch, "-o", "json"], more, &CLOCK].concat())
}

#[test]
fn a_batch_is_taken_back_its_history_stays_and_it_can_come_in_again() {
    let (sandbox, answer) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let batch = answer["batch"].as_str().unwrap();
    let head = || sandbox.json(&["store", "status"])["position"].clone();
    let before = head();
    let dry = undo(&sandbox, batch, &["--dry-run"]);
    let told: serde_json::Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(told["entries"].as_array().unwrap().len(), 7, "{told}");
    assert_eq!(head(), before, "a dry run writes nothing");
    assert!(undo(&sandbox, batch, &[]).status.success());
    let gone = sandbox.run(&["case", "show", "SPOR-2025-0901", "-o", "json"]);
    Refused::read(&gone).with(4, "case_not_found");
    let timeline = sandbox.must(&["case", "timeline", "SPOR-2025-0901", "-o", "json"]);
    assert!(timeline.contains("CaseImported") && timeline.contains("EntryRetracted"));
    assert!(undo(&sandbox, batch, &[]).status.success(), "a second time there is nothing left");
    let again = import(&sandbox, "b.csv", CASES.as_bytes(), &["--format", "cases-csv"]);
    assert_eq!(counts(&again), [7, 0, 0, 0], "{again}");
    assert_eq!(show(&sandbox, "SPOR-2025-0901")["state"], "open");
    let third = import(&sandbox, "c.csv", CASES.as_bytes(), &["--format", "cases-csv"]);
    assert_eq!(counts(&third), [0, 0, 7, 0], "{third}");
}

#[test]
fn a_batch_that_people_have_worked_on_is_only_taken_back_by_force() {
    let (sandbox, answer) = imported(CASES.as_bytes(), "cases-csv", &[]);
    let batch = answer["batch"].as_str().unwrap();
    sandbox.must(&[&["session", "SPOR-2025-0902", "60m", "--by", "M-02"], &CLOCK[..]].concat());
    let no = undo(&sandbox, batch, &[]);
    Refused::read(&no).with(3, "worked_on_since").naming("SPOR-2025-0902");
    assert_eq!(show(&sandbox, "SPOR-2025-0902")["state"], "open");
    assert!(undo(&sandbox, batch, &["--force"]).status.success());
    let gone = sandbox.run(&["case", "show", "SPOR-2025-0902", "-o", "json"]);
    Refused::read(&gone).with(4, "case_not_found");
}

#[test]
fn a_batch_that_nobody_knows_is_not_found() {
    let sandbox = Sandbox::new();
    for name in ["x", "0199d2c4-8f7e-7c31-9a55-2f6f0c1b7e10"] {
        Refused::read(&undo(&sandbox, name, &[])).with(4, "batch_not_found");
    }
}
