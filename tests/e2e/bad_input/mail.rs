//! The relay is down, refuses, or is set up wrongly: letters wait or are given up, visibly.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;

use super::{OPENED, refused};
use spor_tests::binary::{Sandbox, beside};
use spor_tests::smtp::program::Program;

const STAFF: &str = r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
"#;
/// What keeps the rules quiet that are not about meetings: each letter then holds one reminder.
const QUIET: &str = r#"{"date":"2025-01-13","type":"SupportPaused","case":"SPOR-2025-0001","reason":"rest"}
{"date":"2025-01-13","type":"MethodChosen","case":"SPOR-2025-0001","method":"none","reason":"so it is wished"}
{"date":"2025-01-13","type":"NetworkMapped","case":"SPOR-2025-0001","kind":"genogram","persons":3,"support_described":true}
"#;
/// The Monday morning on which the follow-up is announced, and hours and a day later.
const MORNING: &str = "2025-02-17T06:45:00+01:00";
const NOON: &str = "2025-02-17T12:00:00+01:00";
const AFTERNOON: &str = "2025-02-17T15:00:00+01:00";
const NEXT_DAY: &str = "2025-02-18T06:45:00+01:00";

/// A sandbox with two letters to send through a relay on this port.
fn sandbox(port: u16, ca_file: &Path) -> Sandbox {
    let sandbox = Sandbox::new();
    let configuration = format!(
        "[mail]\nhost = \"localhost\"\nport = {port}\nca_file = \"{}\"\n\
         from = \"spor@kommune.example\"\nhello = \"spor.kommune.example\"\ntimeout_seconds = 5\n",
        ca_file.display()
    );
    sandbox.write("spor.toml", &configuration);
    sandbox.write("journal.ndjson", &format!("{STAFF}{OPENED}{QUIET}"));
    sandbox.must(&["import", "journal.ndjson"]);
    sandbox
}

fn relay(folder: &Path, more: &[&str]) -> Program {
    let arguments = [&["--open"], more].concat();
    Program::start(&beside("smtp_sink"), folder, &arguments).expect("the relay starts")
}

/// One letter a line: `state attempts smtp_code`.
fn outbox(sandbox: &Sandbox) -> Vec<String> {
    let outbox = sandbox.json(&["reminders", "outbox"]);
    let letters = outbox.as_array().expect("a list");
    let of = |letter: &Value| {
        let state = letter["state"].as_str().unwrap_or_default().to_owned();
        format!("{state} {} {}", letter["attempts"], letter["smtp_code"])
    };
    letters.iter().map(of).collect()
}

fn tick(sandbox: &Sandbox, at: &str) -> Value {
    sandbox.json(&["scheduler", "tick", "--at", at])
}

fn message_ids(sandbox: &Sandbox) -> Vec<String> {
    let outbox = sandbox.json(&["reminders", "outbox"]);
    let letters = outbox.as_array().expect("a list");
    letters.iter().map(|letter| letter["message_id"].to_string()).collect()
}

#[test]
fn letters_wait_for_a_relay_that_is_down_and_go_out_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = relay(folder.path(), &[]);
    let (port, ca_file) = (first.port, first.ca_file.clone());
    drop(first);
    let sandbox = sandbox(port, &ca_file);
    let ticked = tick(&sandbox, MORNING);
    assert_eq!((&ticked["composed"], &ticked["sent"]), (&2.into(), &0.into()), "{ticked}");
    let ids = message_ids(&sandbox);
    assert!(outbox(&sandbox).iter().all(|letter| !letter.starts_with("sent")));
    refused(&sandbox, &["reminders", "send-test", "prov@kommune.example"])
        .with(6, "letter_not_sent");

    let back = relay(folder.path(), &["--port", &port.to_string()]);
    tick(&sandbox, NOON);
    tick(&sandbox, NEXT_DAY);
    let letters = back.letters().unwrap();
    assert_eq!(letters.len(), 2, "{:?}", outbox(&sandbox));
    assert_eq!(message_ids(&sandbox)[..2], ids, "it is the same letter");
    assert!(outbox(&sandbox).iter().all(|letter| letter.starts_with("sent")));
    sandbox.must(&["reminders", "send-test", "prov@kommune.example"]);
    assert_eq!(back.letters().unwrap().len(), 3);
    sandbox.must(&["audit", "verify"]);
}

#[test]
fn a_letter_that_the_relay_refuses_is_dead_visible_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut relay = relay(folder.path(), &["--script", "recipient[asta@kommune.example]:550"]);
    let sandbox = sandbox(relay.port, &relay.ca_file);
    let ticked = tick(&sandbox, MORNING);
    assert_eq!((&ticked["sent"], &ticked["dead"]), (&1.into(), &1.into()), "{ticked}");
    let letters = outbox(&sandbox);
    assert!(letters.contains(&"dead 1 550".to_owned()), "{letters:?}");
    let failed = sandbox.json(&["query", "events", "--where", "type=ReminderFailed"]);
    assert_eq!(failed.as_array().unwrap().len(), 1, "the failure is a fact of the log");
    tick(&sandbox, NOON);
    assert_eq!(relay.letters().unwrap().len(), 1, "a refused letter is not offered again");

    let all = sandbox.json(&["reminders", "outbox"]);
    let dead = all.as_array().unwrap().iter().find(|letter| letter["state"] == "dead").unwrap();
    let id = dead["id"].as_str().unwrap();
    relay.script("clear").unwrap();
    sandbox.must(&["reminders", "retry", id, "--clock", AFTERNOON]);
    tick(&sandbox, AFTERNOON);
    assert_eq!(relay.letters().unwrap().len(), 2, "{:?}", outbox(&sandbox));
    refused(&sandbox, &["reminders", "retry", id]).with(4, "letter_not_found");
}

#[test]
fn a_relay_that_asks_for_patience_gets_the_same_letter_later() {
    let folder = tempfile::tempdir().unwrap();
    let relay = relay(folder.path(), &["--script", "recipient:451*2"]);
    let sandbox = sandbox(relay.port, &relay.ca_file);
    let ticked = tick(&sandbox, MORNING);
    assert_eq!((&ticked["sent"], &ticked["deferred"]), (&0.into(), &2.into()), "{ticked}");
    let ids = message_ids(&sandbox);
    tick(&sandbox, NOON);
    assert_eq!(relay.letters().unwrap().len(), 2, "{:?}", outbox(&sandbox));
    assert_eq!(message_ids(&sandbox), ids);
    tick(&sandbox, NEXT_DAY);
    assert_eq!(relay.letters().unwrap().len(), 2, "nobody is written to twice");
}

#[test]
fn a_setting_that_does_not_exist_names_the_nearest() {
    let sandbox = Sandbox::new();
    sandbox.write("spor.toml", "[mail]\nhosst = \"localhost\"\n");
    let output = sandbox.run(&["store", "status", "-o", "json"]);
    let refused = super::Refused::read(&output);
    assert_eq!(refused.exit, 2);
    refused.naming("mail.hosst").naming("mail.host");
    sandbox.write("spor.toml", "[mail]\nport = \"many\"\n");
    assert_eq!(super::Refused::read(&sandbox.run(&["store", "status", "-o", "json"])).exit, 2);
}

#[test]
fn without_a_relay_letters_wait() {
    let sandbox = Sandbox::new();
    sandbox.write("journal.ndjson", &format!("{STAFF}{OPENED}{QUIET}"));
    sandbox.must(&["import", "journal.ndjson"]);
    let ticked = tick(&sandbox, MORNING);
    assert_eq!((&ticked["composed"], &ticked["sent"]), (&2.into(), &0.into()), "{ticked}");
    refused(&sandbox, &["reminders", "send-test", "prov@kommune.example"])
        .with(2, "mail_configuration");
}

#[test]
fn a_port_where_nobody_listens_is_no_fault_of_the_program() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let trusted = relay(folder.path(), &[]);
    let sandbox = sandbox(port, &trusted.ca_file);
    refused(&sandbox, &["reminders", "send-test", "prov@kommune.example"])
        .with(6, "letter_not_sent")
        .naming("mail.port");
}
