//! Acts on reminders as people type them, in a file and in a server's database.

use std::process::Output;

use serde_json::Value;
use spor_tests::binary::Sandbox;

/// One case whose notice is planned on a Saturday: nothing is written before Monday 2025-02-24,
/// the last day in time.
const JOURNAL: &str = r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"L-01","name":"Lis Eksempel","email":"lis@kommune.example","roles":["professional_lead"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","name":"Kastanje Frugtbar"}
"#;
const SATURDAY: &str = "2025-02-22T12:00:00+01:00";
const CASE: &str = "SPOR-2025-0001";

struct Town {
    sandbox: Sandbox,
}

impl Town {
    fn in_a_file() -> Self {
        Self::of(Sandbox::new())
    }

    fn in_a_server() -> Self {
        Self::of(Sandbox::in_postgres())
    }

    fn of(sandbox: Sandbox) -> Self {
        sandbox.write("journal", JOURNAL);
        sandbox.must(&["import", "journal"]);
        sandbox.must(&["scheduler", "tick", "--at", SATURDAY]);
        Self { sandbox }
    }

    /// The id of the R01 notice to a person.
    fn reminder(&self, person: &str) -> String {
        let rows =
            self.sandbox.json(&["reminders", "ledger", "--case", CASE, "--recipient", person]);
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|row| row["rule"] == "R01" && row["level"] == "notice");
        row.expect("it was planned")["id"].as_str().unwrap().to_owned()
    }

    /// What stands in the ledger of it.
    fn state(&self, id: &str) -> (String, String) {
        let rows = self.sandbox.json(&["reminders", "ledger"]);
        let row = rows.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        (text("state"), text("reason"))
    }

    /// Runs an act on that Saturday, by the mentor.
    fn act(&self, arguments: &[&str]) -> Output {
        let clock = ["--clock", "2025-02-22T13:00:00+01:00", "--as", "M-01", "reminders"];
        self.sandbox.run(&[&clock, arguments].concat())
    }

    fn accepted(&self, arguments: &[&str]) -> Value {
        let output = self.act(&[arguments, &["-o", "json"]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str], exit: i32, code: &str) -> Value {
        let output = self.act(&[arguments, &["-o", "json"]].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {told}");
        let line = told.find("{\"error\"").or_else(|| told.find('{')).expect("an error in JSON");
        let error: Value = serde_json::from_str(&told[line..]).unwrap();
        assert_eq!(error["error"]["code"], code, "{arguments:?}");
        error["error"].clone()
    }

    fn explained(&self, on: &str) -> Value {
        self.sandbox.json(&["reminders", "explain", CASE, "R01", "--on", on])
    }
}

fn everybody_s_acts_are_in_force_and_told(town: &Town) {
    let (mine, theirs) = (town.reminder("M-01"), town.reminder("SB-01"));
    let tried = town.accepted(&["acknowledge", &mine, "--dry-run"]);
    assert_eq!((&tried["dry_run"], &tried["position"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(town.state(&mine).0, "planned");

    let first = town.accepted(&["acknowledge", &mine, "--idempotency-key", "k-1"]);
    let again = town.accepted(&["acknowledge", &mine, "--idempotency-key", "k-1"]);
    assert_eq!((&first["replayed"], &again["replayed"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(first["event_id"], again["event_id"]);
    assert_eq!(first["type"], "ReminderAcknowledged");
    assert_eq!(town.state(&mine), ("cancelled".to_owned(), "acknowledged".to_owned()));
    assert_eq!(town.accepted(&["acknowledge", &mine])["outcome"], "unchanged");

    let put_off = ["snooze", &theirs, "--until", "2025-02-24", "--reason", "in court"];
    assert_eq!(town.accepted(&put_off)["until"], "2025-02-24");
    let explained = town.explained("2025-02-24");
    let acts = explained["acts"].as_array().unwrap();
    let told: Vec<(&str, &str, &str)> = acts
        .iter()
        .map(|act| {
            (
                act["what"].as_str().unwrap(),
                act["person"].as_str().unwrap(),
                act["by"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("acknowledged", "M-01", "M-01"), ("snoozed", "SB-01", "M-01")]);
    assert_eq!(acts[1]["reason"], "in court");
    // The letter of the last day in time: about R01 it says nothing to either.
    town.sandbox.must(&["scheduler", "tick", "--at", "2025-02-24T06:45:00+01:00"]);
    assert_eq!(town.state(&theirs).0, "planned");
    let rows = town.sandbox.json(&["reminders", "ledger", "--state", "composed"]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["rule"] != "R01"), "{rows}");
    // The next level is told to both.
    town.sandbox.must(&["scheduler", "tick", "--at", "2025-02-25T06:45:00+01:00"]);
    let rows = town.sandbox.json(&["reminders", "ledger", "--state", "composed"]);
    let overdue = rows.as_array().unwrap().iter();
    let overdue = overdue.filter(|row| row["rule"] == "R01" && row["level"] == "overdue");
    assert_eq!(overdue.count(), 2, "{rows}");
    let listed = town.sandbox.json(&["reminders", "list", "--case", CASE, "--as-of", "2025-02-25"]);
    let keys: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["due", "level", "name", "recipients", "rule", "since", "to"]);
    town.sandbox.must(&["audit", "verify"]);
}

#[test]
fn acts_are_in_force_and_told_in_a_file() {
    everybody_s_acts_are_in_force_and_told(&Town::in_a_file());
}

#[test]
fn acts_are_in_force_and_told_in_a_server() {
    everybody_s_acts_are_in_force_and_told(&Town::in_a_server());
}

#[test]
fn a_pause_is_seen_by_doctor_and_ends_with_resume() {
    let town = Town::in_a_file();
    let pause = ["pause", "--case", CASE, "--reason", "moving"];
    let until = town.accepted(&pause)["until"].as_str().unwrap().to_owned();
    assert_eq!(until, "2025-05-23", "90 days, when no end was given");
    town.sandbox.must(&["scheduler", "tick", "--at", "2025-02-24T06:45:00+01:00"]);
    assert_eq!(town.sandbox.json(&["reminders", "outbox"]), Value::Array(Vec::new()));
    let because = town.explained("2025-02-24")["because"].to_string();
    assert!(because.contains("moving") && because.contains("M-01"), "{because}");
    let doctor = town.sandbox.run(&["doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("SPOR-2025-0001 case until 2025-05-23"), "{doctor}");
    town.accepted(&["resume", "--case", CASE]);
    town.refused(&["resume", "--case", CASE], 3, "nothing_paused");
    town.sandbox.must(&["scheduler", "tick", "--at", "2025-02-24T07:45:00+01:00"]);
    let letters =
        town.sandbox.json(&["reminders", "outbox", "--state", "ready", "--recipient", "M-01"]);
    assert_eq!(letters.as_array().unwrap().len(), 1);
    let none = town.sandbox.json(&["reminders", "outbox", "--state", "sent,dead"]);
    assert_eq!(none, Value::Array(Vec::new()));
    assert_eq!(town.sandbox.json(&["reminders", "effect"]), Value::Array(Vec::new()));
}

#[test]
fn refusals_say_what_is_possible_in_both_languages() {
    let town = Town::in_a_file();
    let mine = town.reminder("M-01");
    town.refused(&["snooze", &mine, "--until", "2025-02-24"], 3, "reason_missing");
    let far = ["snooze", &mine, "--until", "2025-02-25", "--reason", "away"];
    let told = town.refused(&far, 3, "snooze_too_long");
    assert!(told["try"].as_str().unwrap().contains("2025-02-24"), "{told}");
    let danish = town.refused(&[&far[..], &["--lang", "da"]].concat(), 3, "snooze_too_long");
    assert_ne!(told["message"], danish["message"]);
    town.refused(&["snooze", &mine, "--until", "2025-02-21", "--reason", "x"], 3, "until_in_past");
    let long = ["pause", "--case", CASE, "--until", "2025-05-24", "--reason", "x"];
    town.refused(&long, 3, "pause_too_long");
    town.refused(&["acknowledge", "nobody-knows"], 4, "reminder_not_found");
    let other = "0190a0f0-0000-5000-8000-000000000001";
    town.refused(&["acknowledge", other], 4, "reminder_not_found");
    town.refused(&["pause", "--case", "SPOR-2099-0001", "--reason", "x"], 4, "case_not_found");
    town.refused(&["pause", "--case", CASE, "--rule", "R99", "--reason", "x"], 4, "rule_not_found");
    town.refused(&["snooze", &mine, "--until", "soon", "--reason", "x"], 2, "bad_date");
    town.refused(&["outbox", "--state", "lost"], 2, "usage");
    town.refused(&["cancel", other], 4, "letter_not_found");
    let rows =
        town.sandbox.json(&["query", "events", "--where", "stream=reminders-SPOR-2025-0001"]);
    assert_eq!(rows, Value::Array(Vec::new()), "a refusal writes nothing");
}
