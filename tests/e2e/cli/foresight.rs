//! What is to come, why nothing came, and what was said: forecast, preview, silence, proof.

use std::fs;

use serde_json::{Value, json};

use super::sandbox;
use spor_tests::binary::Sandbox;

const CASE: &str = "SPOR-2025-0001";

fn refused(sandbox: &Sandbox, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = sandbox.run(&[arguments, &["-o", "json"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = told.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    (output.status.code(), error.unwrap_or_else(|| panic!("{told}"))["error"].clone())
}

fn sum(rows: &Value, column: &str) -> i64 {
    rows.as_array().expect("rows").iter().filter_map(|row| row[column].as_i64()).sum()
}

#[test]
fn a_forecast_has_the_same_total_however_it_is_ordered() {
    let sandbox = sandbox();
    let forecast = ["reminders", "forecast", "--from", "2025-03-03", "--months", "6"];
    let whole = sandbox.json(&forecast);
    assert_eq!((&whole["from"], &whole["until"]), (&json!("2025-03-03"), &json!("2025-09-02")));
    assert_eq!((&whole["assumed"], &whole["cases"]), (&json!("met_on_due_date"), &json!(2)));
    let total = whole["total"]["reminders"].as_i64().expect("a number");
    assert!(total > 0, "{whole}");
    for by in ["day", "week", "person", "rule"] {
        let rows = sandbox.json(&[&forecast[..], &["--by", by]].concat());
        assert_eq!(sum(&rows, "reminders"), total, "{by}");
        let columns = ["letters", "reminders", "unreached", "busiest_day", "on_busiest_day"];
        assert!(columns.iter().all(|column| rows[0].get(column).is_some()), "{rows}");
    }
    let letters = whole["total"]["letters"].as_i64();
    let by_person = sandbox.json(&[&forecast[..], &["--by", "person"]].concat());
    assert_eq!(Some(sum(&by_person, "letters")), letters);
    let csv = sandbox.must(&[&forecast[..], &["--by", "week", "-o", "csv"]].concat());
    assert!(csv.starts_with("week,letters,reminders,unreached,busiest_day,on_busiest_day"));
    let table = sandbox.must(&forecast);
    assert!(table.contains("each duty is met on its due date"), "{table}");
    let unmet = sandbox.json(&[&forecast[..], &["--unmet"]].concat());
    assert_eq!(unmet["assumed"], "unmet");
}

#[test]
fn a_draft_is_looked_at_and_never_written() {
    let sandbox = sandbox();
    let before = sandbox.must(&["policy", "show", "--history", "-o", "json"]);
    sandbox.write("draft.toml", "from = 2025-04-01\nfollow_up_interval_days = 21\n");
    let forecast = ["reminders", "forecast", "--from", "2025-03-03"];
    let now = sandbox.json(&forecast);
    let then = sandbox.json(&[&forecast[..], &["--policy", "draft.toml"]].concat());
    let letters = |answer: &Value| answer["total"]["letters"].as_i64().expect("a number");
    assert!(letters(&then) > letters(&now), "{} {}", letters(&then), letters(&now));
    let preview = ["policy", "preview", "follow_up_interval_days", "21", "--from", "2025-04-01"];
    let preview = [&preview[..], &["--as-of", "2025-03-03", "--known-at", "now"]].concat();
    let seen = sandbox.json(&preview);
    assert_eq!(
        seen["draft"][0],
        json!({"key": "follow_up_interval_days", "value": 21,
        "from": "2025-04-01"})
    );
    let moved = seen["moved"].as_array().expect("a list");
    let ours = moved.iter().find(|moved| moved["case"] == "SPOR-2025-0002").expect("it moves");
    assert_eq!((&ours["rule"], &ours["old_due"]), (&json!("R01"), &json!("2025-04-03")));
    assert_eq!(ours["new_due"], "2025-03-13");
    let people = seen["people"].as_array().expect("a list");
    assert!(people.iter().any(|person| person["of"] == "M-01"), "{people:?}");
    assert!(seen["rules"].as_array().expect("a list").iter().any(|rule| rule["of"] == "R01"));
    assert_eq!(sandbox.must(&["policy", "show", "--history", "-o", "json"]), before);
}

#[test]
fn a_draft_that_could_not_be_published_says_what_to_do() {
    let sandbox = sandbox();
    for (text, code) in [
        ("follow_up_interval_day = 28\n", "policy_unknown_key"),
        ("follow_up_interval_days = 3\n", "policy_out_of_range"),
        ("follow_up_interval_days = 'long'\n", "policy_out_of_range"),
        ("follow_up_interval_days = [28]\n", "draft_unreadable"),
        ("follow_up_interval_days 28\n", "draft_unreadable"),
        ("from = 2025-04-01\n", "draft_unreadable"),
        ("from = 7\nlab_notice_days = 30\n", "draft_unreadable"),
    ] {
        sandbox.write("draft.toml", text);
        let (_, error) = refused(&sandbox, &["reminders", "forecast", "--policy", "draft.toml"]);
        assert_eq!(error["code"], code, "{text}");
        assert!(!error["try"].as_str().unwrap_or_default().is_empty(), "{text}");
    }
    let (exit, error) = refused(&sandbox, &["policy", "preview", "lab_notice_days", "9999"]);
    assert_eq!((exit, &error["code"]), (Some(3), &json!("policy_out_of_range")));
    let (exit, _) = refused(&sandbox, &["reminders", "forecast", "--policy", "none.toml"]);
    assert_eq!(exit, Some(2));
}

#[test]
fn every_silence_has_a_reason_and_exactly_the_contract_s_columns() {
    let sandbox = sandbox();
    let audit = ["reminders", "silence-audit", "--to", "2025-03-02"];
    let silent = sandbox.json(&audit);
    let silent = silent.as_array().expect("a list");
    let ours = silent.iter().find(|row| row["case"] == CASE && row["rule"] == "R01");
    // No service ever ran over these cases.
    assert_eq!(
        ours.expect("the late follow-up"),
        &json!({"case": CASE, "rule": "R01", "due": "2025-02-24", "reason": "scheduler_was_off"})
    );
    assert!(silent.iter().all(|row| row.as_object().is_some_and(|row| row.len() == 4)));
    let none = sandbox.json(&[&audit[..], &["--unexplained"]].concat());
    assert_eq!(none, json!([]));
    let detailed = sandbox.json(&[&audit[..], &["--detail"]].concat());
    assert!(detailed[0].get("detail").is_some());
    assert!(sandbox.must(&audit).contains("each has a reason"));
    let earlier = ["reminders", "silence-audit", "--from", "2025-01-01", "--to", "2025-01-31"];
    assert!(sandbox.json(&earlier).as_array().expect("a list").len() < silent.len());
}

#[test]
fn a_newcomer_learns_with_one_command_why_nobody_was_told() {
    let sandbox = sandbox();
    let explain = |rule: &str, more: &[&str]| {
        let asked = ["reminders", "explain", CASE, rule, "--on", "2025-03-10"];
        sandbox.json(&[&asked[..], more].concat())
    };
    let codes = |answer: &Value| -> Vec<String> {
        let reasons = answer["reasons"].as_array().expect("reasons");
        reasons.iter().map(|reason| reason["code"].as_str().unwrap_or("-").to_owned()).collect()
    };
    for (rule, code) in [
        ("R03", "adult_at_start"),
        ("R07", "no_lab_track"),
        ("R08", "no_limited_period"),
        ("R11", "nothing_agreed"),
        ("R13", "no_handover"),
        ("R14", "not_closed"),
        ("R15", "no_dual_role"),
        ("R16", "not_waiting"),
        ("R17", "no_law_measure"),
    ] {
        let answer = explain(rule, &[]);
        assert_eq!(codes(&answer), [code], "{rule}");
        assert!(!answer["now"].as_str().unwrap_or_default().is_empty(), "{rule}");
    }
    let late = explain("R01", &[]);
    assert!(codes(&late).contains(&"recipient_unknown".to_owned()), "{late}");
    assert!(late["now"].as_str().unwrap_or_default().contains("spor staff add"), "{late}");
    let danish = explain("R08", &["--lang", "da"]);
    assert_eq!(danish["reasons"][0]["text"], "ingen måned med mere støtte er begyndt");
    let words = sandbox.must(&["reminders", "explain", CASE, "R05", "--on", "2025-03-10"]);
    assert!(words.contains("too early") && words.lines().last().unwrap().starts_with("now"));
    let unknown = explain("R01", &["--known-at", "2025-03-01"]);
    assert_eq!(unknown["due"], "2025-02-24");
    let none = ["reminders", "explain", CASE, "R01", "--known-at", "2025-01-12"];
    assert_eq!(refused(&sandbox, &none).0, Some(4));
}

#[test]
fn a_proof_is_a_file_that_a_third_party_can_check() {
    let sandbox = sandbox();
    sandbox.must(&["scheduler", "tick", "--at", "2025-03-10T08:00:00+01:00"]);
    let outbox = sandbox.json(&["reminders", "outbox"]);
    let to_mentor = outbox.as_array().expect("letters").iter().find(|l| l["recipient"] == "M-01");
    let letter = to_mentor.expect("a letter")["id"].as_str().expect("an id").to_owned();
    let proof = sandbox.json(&["reminders", "proof", &letter]);
    assert_eq!(proof["format"], "spor/notice/1");
    let reminders = proof["reminders"].as_array().expect("reminders");
    let first = reminders.iter().find(|told| told["rule"] == "R01").expect("the follow-up");
    assert_eq!(first["due"], "2025-02-24");
    assert_eq!(first["fact"]["event_type"], "CaseOpened");
    let reminder = first["id"].as_str().expect("an id").to_owned();
    let one = sandbox.json(&["reminders", "proof", &reminder]);
    assert_eq!(one["reminders"].as_array().map(Vec::len), Some(1));
    assert_eq!(one["letter"], proof["letter"]);
    let words = sandbox.must(&["reminders", "proof", &reminder, "-f", "notice.json"]);
    assert!(words.contains("sha256") && words.contains("checkpoint"), "{words}");
    for file in ["spor.db", "spor.keys", "spor.kek", "spor.sign"] {
        fs::remove_file(sandbox.folder().join(file)).expect("the store goes");
    }
    let check = ["audit", "check-proof", "notice.json", "--public-key", "spor.pub"];
    assert_eq!(sandbox.json(&check)["outcome"], "proven");
    let text = fs::read_to_string(sandbox.folder().join("notice.json")).expect("the file");
    let fact = first["fact"]["event"].as_str().expect("an id");
    let changes = [
        (format!("\"event\": \"{fact}\""), "\"event\": \"another\"".to_owned()),
        ("Message-ID".to_owned(), "Message-Id".to_owned()),
        ("employment".to_owned(), "disability".to_owned()),
    ];
    for (from, to) in changes {
        assert!(text.contains(&from), "{from}");
        sandbox.write("notice.json", &text.replace(&from, &to));
        let (exit, error) = refused(&sandbox, &check);
        assert_eq!((exit, &error["code"]), (Some(7), &json!("not_proven")), "{from}");
    }
    let other = self::sandbox();
    let (exit, error) = refused(&other, &["reminders", "proof", &reminder]);
    assert_eq!((exit, &error["code"]), (Some(4), &json!("notice_not_found")));
}
