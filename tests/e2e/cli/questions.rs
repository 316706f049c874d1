//! Questions: conditions, order, columns, both times; replay and differences; why a reminder.

use serde_json::{Value, json};

use super::sandbox;
use spor_tests::binary::Sandbox;

fn rows(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let answer = sandbox.json(&[&["query"], arguments].concat());
    answer.as_array().expect("a list of rows").clone()
}

fn column(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn every_table_can_be_asked_and_describes_itself() {
    let sandbox = sandbox();
    let tables = column(&rows(&sandbox, &[]), "table");
    for expected in
        ["cases", "deadlines", "follow_ups", "sessions", "tracks", "reminders", "events"]
    {
        assert!(tables.contains(&expected.to_owned()), "{expected} in {tables:?}");
    }
    for table in &tables {
        let described = column(&rows(&sandbox, &[table, "--describe"]), "column");
        for row in rows(&sandbox, &[table, "--limit", "1"]) {
            let mut columns: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
            let mut described = described.clone();
            columns.sort();
            described.sort();
            assert_eq!(columns, described, "{table}");
        }
    }
}

#[test]
fn conditions_combine_with_and_or_not_and_brackets() {
    let sandbox = sandbox();
    let cases = |condition: &str| {
        let asked = ["deadlines", "--as-of", "2025-03-10", "--sort", "case", "--where", condition];
        let mut cases = column(&rows(&sandbox, &asked), "case");
        cases.dedup();
        cases.join(" ")
    };
    let (first, second) = ("SPOR-2025-0001", "SPOR-2025-0002");
    assert_eq!(cases("status=overdue and rule=R01"), first);
    assert_eq!(cases("status=overdue and rule=R01 and administration=employment"), first);
    assert_eq!(cases("rule=R03"), second);
    assert_eq!(cases("rule=R03 or (rule=R01 and status=overdue)"), format!("{first} {second}"));
    assert_eq!(cases("rule=R01 and status=overdue and (administration=social or days>20)"), "");
    assert_eq!(cases("days>=14 and status=overdue and rule=R01"), first);
    assert_eq!(cases("rule=R01 and not status=overdue"), second);
    assert_eq!(cases("rule=R01 and due<2025-02-25"), first);
    assert_eq!(cases("case!=SPOR-2025-0001 and due>=2025-01-01"), second);
}

/// A week's hours are a statement without a last day.
const DATED: &str = "due>=1900-01-01";

#[test]
fn rows_come_in_the_order_and_the_number_asked_for() {
    let sandbox = sandbox();
    let asked = ["deadlines", "--as-of", "2025-03-10", "--columns", "due,case", "--where", DATED];
    let due = |more: &[&str]| column(&rows(&sandbox, &[&asked[..], more].concat()), "due");
    let rising = due(&["--sort", "due"]);
    let mut sorted = rising.clone();
    sorted.sort();
    assert_eq!(rising, sorted);
    let mut falling = due(&["--sort", "-due"]);
    falling.reverse();
    assert_eq!(falling, sorted);
    assert_eq!(due(&["--sort", "due", "--limit", "2"]), sorted[..2]);
    let first = &rows(&sandbox, &asked)[0];
    assert_eq!(first.as_object().unwrap().len(), 2, "only the columns asked for");
}

#[test]
fn stored_rows_and_folded_rows_are_the_same_rows() {
    let sandbox = sandbox();
    let head = "2025-03-03";
    for table in ["cases", "deadlines", "follow_ups", "tracks", "sessions"] {
        let today = rows(&sandbox, &[table]);
        let folded = rows(&sandbox, &[table, "--as-of", head, "--known-at", "now"]);
        assert_eq!(today, folded, "{table}");
        sandbox.must(&["store", "rebuild", table]);
        assert_eq!(rows(&sandbox, &[table]), today, "{table} built anew");
    }
}

#[test]
fn a_table_can_be_asked_as_it_was_known() {
    let sandbox = sandbox();
    let minutes = |known_at: &str| {
        let asked = ["sessions", "--as-of", "2025-02-09", "--known-at", known_at];
        rows(&sandbox, &asked)[0]["minutes"].as_i64().unwrap()
    };
    assert_eq!(minutes("2025-02-09"), 600);
    assert_eq!(minutes("2025-02-10"), 60);
    assert_eq!(minutes("now"), 60);
    assert!(rows(&sandbox, &["sessions", "--as-of", "2025-02-02"]).is_empty());
}

#[test]
fn replay_tells_each_entry_with_both_times_and_who() {
    let sandbox = sandbox();
    let replay = |more: &[&str]| {
        let asked = [&["replay", "SPOR-2025-0001"], more].concat();
        sandbox.json(&asked).as_array().unwrap().clone()
    };
    assert_eq!(replay(&["--as-of", "2025-02-09"]).len(), 3);
    let known_now = replay(&["--as-of", "2025-02-09", "--known-at", "now"]);
    assert!(known_now.len() >= 3);
    let all = replay(&[]);
    assert_eq!(all.len(), 4);
    assert_eq!(all[3]["type"], "EntryCorrected");
    assert_eq!(all[3]["on"], "2025-02-10");
    assert_eq!(all[3]["recorded_at"], "2025-02-10T11:00:00Z");
}

#[test]
fn a_difference_compares_two_days_or_then_with_now() {
    let sandbox = sandbox();
    let difference = |from: &str, to: &str| {
        let asked = ["replay", "SPOR-2025-0001", "--diff", from, to];
        sandbox.json(&asked).as_array().unwrap().clone()
    };
    let then_and_now = difference("2025-02-05", "2025-02-05");
    let hours = json!({"what": "hours_week.T1", "before": "10", "after": "1"});
    assert_eq!(then_and_now, [hours], "what we believed that day, and what we know now");
    let days = difference("2025-02-24", "2025-02-25");
    let whats = column(&days, "what");
    assert!(whats.contains(&"follow_up.status".to_owned()), "{days:?}");
    assert!(difference("2025-02-25", "2025-02-26").is_empty());
}

#[test]
fn explain_says_why_and_why_not() {
    let sandbox = sandbox();
    let explain =
        |on: &str| sandbox.json(&["reminders", "explain", "SPOR-2025-0001", "R01", "--on", on]);
    let open = explain("2025-03-10");
    assert_eq!((&open["standing"], &open["level"]), (&json!("open"), &json!("escalated")));
    assert_eq!(open["due"], "2025-02-24");
    assert!(!open["because"].as_array().unwrap().is_empty());
    assert_ne!(explain("2025-02-10")["standing"], "open");
    let by_name = ["reminders", "explain", "SPOR-2025-0001", "follow_up", "--on", "2025-03-10"];
    assert_eq!(sandbox.json(&by_name), open);
}

#[test]
fn reminders_of_all_cases_name_the_case() {
    let sandbox = sandbox();
    let all = sandbox.json(&["reminders", "list", "--as-of", "2025-03-10"]);
    let all = all.as_array().unwrap();
    assert!(all.iter().any(|open| open["case"] == "SPOR-2025-0001" && open["rule"] == "R01"));
    let one =
        sandbox.json(&["reminders", "list", "--case", "SPOR-2025-0001", "--as-of", "2025-03-10"]);
    let one = &one.as_array().unwrap()[0];
    for key in ["rule", "name", "due", "level", "to", "recipients", "since"] {
        assert!(one.get(key).is_some(), "{key} in {one}");
    }
    assert_eq!(one["to"], json!(["caseworker", "mentor", "professional_lead"]));
    assert_eq!(one["recipients"][1], json!({"role": "mentor", "person": "M-01"}));
}
